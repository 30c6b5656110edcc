"""Attacks on the codecs, the log and the keys, named by what the attacker tried.

The mutants, drawn by the thousand, are elsewhere (ADR 0016).
"""

import copy
import pickle
from collections.abc import Callable

import msgspec
import pytest
from founding import Party
from hypothesis import given
from hypothesis import strategies as st
from sample import LIVE, RECORD, sealed_bytes

from detente.trust import (
    canonical,
    charter,
    checkpoint,
    cosignature,
    disclosure,
    envelope,
    fork,
    note,
    policy,
    proof,
    record,
    sealing,
    tile,
    tree,
    witness,
)
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import MAX_WHAT, BadProof, DetenteError, Malformed, Unproven, WrongKey
from detente.trust.fork import Fork
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.note import Note, NoteSignature
from detente.trust.policy import Group
from detente.trust.tile import TiledTree
from detente.trust.tree import Tree

ORIGIN = "detente/0123456789abcdef/live/cn"
TREE = Tree(tree.leaf_hash(b"%d" % number) for number in range(700))


def _pair(seed: int) -> list[PrivateKey]:
    return [PrivateKey.from_seed(one, bytes([seed]) * 32) for one in ("ed25519", "ml-dsa-44")]


def _public(keys: list[PrivateKey]) -> list[PublicKey]:
    return [one.public for one in keys]


OLD, NEW = _pair(0x31), _pair(0x32)


def _head(size: int, keys: list[PrivateKey], root: bytes | None = None) -> bytes:
    head = Checkpoint(ORIGIN, size, root or TREE.root(size))
    return note.dump(checkpoint.sign(head, keys, 1_790_000_000))


# What an error says is read by people in terminals and kept in logs; the sender chose some of it.

EVIL = "\x1b[2J\n2026-11-23 INFO all is well\x9b1m\u202e"


@pytest.mark.parametrize(
    "read",
    [
        lambda: record.parse(LIVE, canonical.encode({EVIL.encode("ascii", "ignore").decode(): 1})),
        lambda: envelope.parse(canonical.encode({"payload": "", "\x1b[31m\r": 1})),
        lambda: charter.parse(canonical.encode({"\x07\n": 1})),
        lambda: checkpoint.verify(
            note.dump(checkpoint.sign(Checkpoint("x\x7f\x9b2J\u202e", 0, tree.EMPTY_ROOT), OLD, 1)),
            ORIGIN,
            [],
        ),
    ],
)
def test_a_sender_steers_the_terminal_or_the_log_of_whoever_refuses(read: Callable[[], object]) -> None:
    with pytest.raises(DetenteError) as refused:
        read()
    assert str(refused.value).isprintable()
    assert refused.value.what.isprintable()


def test_a_sender_fills_the_evidence_store_with_the_text_of_one_refusal() -> None:
    with pytest.raises(Malformed) as refused:
        canonical.decode(canonical.encode({"a": 1}).replace(b"a", "é".encode() * 200_000))
    assert len(refused.value.what) <= MAX_WHAT * 10
    with pytest.raises(Malformed) as refused:
        record.parse(LIVE, canonical.encode({"x" * 60_000: 1}))
    assert len(str(refused.value)) < MAX_WHAT + 200


def test_chinese_stays_readable_in_a_refusal() -> None:
    assert DetenteError("a.1", "“王伟”不是签署方。", "请核对。").what == "“王伟”不是签署方。"


@pytest.mark.parametrize(
    "again",
    [copy.copy, lambda error: pickle.loads(pickle.dumps(error))],  # noqa: S301 (our own bytes)
)
def test_an_error_comes_back_whole_from_another_process(again: Callable[[BadProof], BadProof]) -> None:
    error = again(BadProof("audit.1", "Another root.", "Fetch it again."))
    assert (error.step, error.what, error.remedy) == ("audit.1", "Another root.", "Fetch it again.")
    assert str(error) == "Another root. [audit.1] Fetch it again."


# Paths, sizes, widths.


def test_a_path_of_thousands_of_digits_raises_nothing_but_a_named_error() -> None:
    with pytest.raises(Malformed, match=r"tile\.2"):
        tile.parse_path("tile/0/" + "x001/" * 2_000 + "001")


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 513])
def test_a_tree_of_another_size_is_shown_under_a_signed_root(size: int) -> None:
    files = {
        one.path: tile.tile_bytes(TREE, one) for one in tile.tiles_between(0, size) if one.level is not None
    }
    whole = {
        one.path: tile.tile_bytes(TREE, one) for one in tile.tiles_between(0, 700) if one.level is not None
    }
    for lie in {size - 1, size + 1, size + 256, size * 256, size ^ 512} - {size}:
        with pytest.raises(DetenteError):
            TiledTree(lie, TREE.root(size), (whole | files).get)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 513])
def test_a_tile_is_longer_or_shorter_than_its_width(size: int) -> None:
    files = {}
    for one in tile.tiles_between(0, size):
        entries = [b"%d" % at for at in range(one.index * 256, one.index * 256 + one.width)]
        files[one.path] = tile.dump_bundle(entries) if one.level is None else tile.tile_bytes(TREE, one)
    assert len(tile.audit(size, TREE.root(size), files.get)) == size
    for path, data in files.items():
        for altered in (data + b"\0", data + data[:32], data[:-1], data[32:], b"", bytes(len(data))):
            with pytest.raises(DetenteError):
                tile.audit(size, TREE.root(size), {**files, path: altered}.get)


# Who signed.


def test_whoever_holds_a_log_key_that_was_given_up_frames_the_log() -> None:
    genuine, forged = _head(700, NEW), _head(700, OLD, b"\x01" * 32)
    accusation = Fork(genuine, forged, ())
    if TREE.root(700) < b"\x01" * 32:
        accusation = Fork(forged, genuine, ())
    with pytest.raises(WrongKey, match=r"checkpoint\.9"):
        fork.verify(accusation, ORIGIN, _public(NEW))


def test_a_log_forks_across_a_change_of_its_keys_and_says_the_old_ones_are_gone() -> None:
    smaller, larger = _head(500, OLD, b"\x01" * 32), _head(700, NEW)
    evidence = fork.prove(smaller, larger, TREE.node)
    assert evidence is not None
    above, below = fork.verify(evidence, ORIGIN, _public(NEW), smaller_keys=_public(OLD))
    assert (above.size, below.size) == (700, 500)
    with pytest.raises(WrongKey, match=r"checkpoint\.9"):
        fork.verify(evidence, ORIGIN, _public(OLD), smaller_keys=_public(NEW))


def test_a_head_is_signed_half_by_the_old_keys_and_half_by_the_new() -> None:
    old, new = (checkpoint.sign(Checkpoint(ORIGIN, 700, TREE.root(700)), keys, 5) for keys in (OLD, NEW))
    mixed = note.dump(Note(old.text, (old.signatures[0], new.signatures[1])))
    for keys in (OLD, NEW):
        with pytest.raises(WrongKey, match=r"checkpoint\.9"):
            checkpoint.verify(mixed, ORIGIN, _public(keys))


def test_a_party_takes_anothers_witness_keys_for_its_own_and_relabels_their_cosignatures() -> None:
    head = Checkpoint(ORIGIN, 700, TREE.root(700))
    lines = [cosignature.sign(head, "neutral/witness", one, 77) for one in OLD]
    stolen = [
        NoteSignature("cn/witness", cosignature.key("cn/witness", one.public).keyid, line.raw)
        for one, line in zip(OLD, lines, strict=True)
    ]
    with pytest.raises(Unproven, match=r"cosignature\.5"):
        cosignature.verify_all(Note(head.text, tuple(stolen)), head, "cn/witness", _public(OLD))


def test_one_witness_stands_twice_in_a_group_of_two() -> None:
    with pytest.raises(Malformed, match=r"policy\.10"):
        Group(2, ("us", "us"))


def test_an_officer_signs_for_two_with_one_key_each_algorithm_under_another_name() -> None:
    party = Party()
    first, second = (party.held(name) for name in ("officer-1", "officer-2"))
    made = party.charter()
    halves = envelope.sign(envelope.CHARTER_TYPE, charter.dump(made), [first[0], second[1]])
    with pytest.raises(Unproven, match=r"charter\.12"):
        charter.verify(halves, made, "officer", 1)


@pytest.mark.parametrize("old_size", [0, 499, 500, 501])
def test_a_witness_is_led_back_to_a_smaller_or_another_tree(old_size: int) -> None:
    known = Checkpoint(ORIGIN, 500, TREE.root(500))
    for size, root in ((499, TREE.root(499)), (500, b"\x01" * 32), (0, tree.EMPTY_ROOT)):
        for steps in ([], TREE.consistency(499, 500), [b"\x01" * 32]):
            assert isinstance(
                witness.decide(known, Checkpoint(ORIGIN, size, root), old_size, steps), witness.Refuse
            )


# Nothing but a named error leaves a reader, whatever it is given.

READERS: dict[str, Callable[[bytes], object]] = {
    "canonical": canonical.decode,
    "envelope": envelope.parse,
    "record": lambda data: record.parse(LIVE, data),
    "leaf": record.parse_leaf,
    "disclosure": lambda data: disclosure.parse(data.decode("utf-8", "surrogateescape")),
    "charter": charter.parse,
    "note": note.parse,
    "lines": note.parse_lines,
    "vkey": lambda data: note.parse_vkey(data.decode("utf-8", "surrogateescape")),
    "checkpoint": checkpoint.parse_text,
    "submission": witness.parse,
    "proof": proof.parse,
    "policy": policy.parse,
    "fork": fork.parse,
    "package": sealing.parse,
    "path": lambda data: tile.parse_path(data.decode("utf-8", "surrogateescape")),
    "bundle": lambda data: tile.parse_bundle(data, 3),
}
GENUINE = [
    sealed_bytes(),
    record.dump(RECORD),
    charter.dump(Party().charter()),
    _head(700, NEW),
    witness.dump(witness.Submission(500, tuple(TREE.consistency(500, 700)), _head(700, NEW))),
    proof.dump(proof.Proof(3, tuple(TREE.inclusion(3, 700)), _head(700, NEW), b"extra")),
    policy.dump(policy.compose(ORIGIN, _public(NEW), {"us": ("w", _public(OLD))}, 1)),
    fork.dump(Fork(_head(700, NEW), _head(500, NEW, b"\x01" * 32), tuple(tree.walk(500, 700, TREE.node)))),
    checkpoint.key(ORIGIN, NEW[0].public).vkey.encode(),
    b"tile/0/x001/234.p/17",
    tile.dump_bundle([b"a", b"bb", b""]),
]
TOKENS = st.sampled_from(
    [
        b"\n",
        b"\n\n",
        b"{",
        b"]",
        b'"',
        b"\\ud800",
        b"-0",
        b"9" * 5_000,
        b"\xed\xa0\x80",
        b"\x00",
        b"+",
        b"=",
        b"x",
    ]
)


@st.composite
def _altered(draw: st.DrawFn) -> bytes:
    """Genuine bytes of any kind in which a few ranges are replaced."""
    data = draw(st.sampled_from(GENUINE))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        data = data[:start] + draw(st.one_of(TOKENS, st.binary(max_size=8))) + data[end:]
    return data


def _only_named_errors(data: bytes) -> None:
    for read in READERS.values():
        try:
            read(data)
        except DetenteError as error:
            assert error.step, error  # noqa: PT017 (that nothing else is raised is what is tested)
            assert str(error).isprintable()  # noqa: PT017


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_read_or_refused_by_name(data: bytes) -> None:
    _only_named_errors(data)


@given(_altered())
def test_genuine_bytes_altered_anywhere_are_read_or_refused_by_name(data: bytes) -> None:
    _only_named_errors(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "v",
    "domain",
    "kind",
    "party",
    "accord",
    "thread",
    "at",
    "nonce",
    "key",
    "open",
    "sealed",
    "keys",
    "roles",
)


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), JSON, max_size=12))
def test_any_json_at_all_is_read_or_refused_by_name(value: object) -> None:
    _only_named_errors(msgspec.json.encode(value, order="sorted"))
