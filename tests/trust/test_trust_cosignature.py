"""Cosignatures: the messages of the specification, both algorithms, a time that states something."""

from pathlib import Path

import ledger
import pytest
from ledger import ORIGIN, SECONDS, STRANGER, WITNESSES, publics, witness_name

from detente.trust import checkpoint, cosignature, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadSignature, DetenteError, Malformed, WrongKey
from detente.trust.key import PrivateKey
from detente.trust.note import COSIGNATURE_ED25519, Note, NoteKey, NoteSignature
from detente.trust.tree import leaf_hash

VECTORS = Path(__file__).parent / "vectors"
SOFA = (VECTORS / "c2sp-tlog-cosignature.txt").read_bytes()
SOFA_MESSAGE = (VECTORS / "c2sp-tlog-cosignature-message.txt").read_bytes()

HEAD = ledger.head(5)
NAME = witness_name("us")
KEYS = WITNESSES["us"]
COSIGNED = note.parse(ledger.cosign(ledger.signed(5), ["us", "neutral"]))


def test_the_example_of_the_specification_gives_its_message() -> None:
    read = note.parse(SOFA)
    line = read.signatures[1]
    assert int.from_bytes(line.raw[:8], "big") == 1_679_315_147
    assert len(line.raw) == 8 + 64
    key = cosignature.key(line.name, KEYS[0].public)
    head = checkpoint.parse_text(read.text)
    assert cosignature.message(head, key, 1_679_315_147) == SOFA_MESSAGE
    assert note.dump(read) == SOFA


def test_the_message_of_ml_dsa_44_is_the_structure_of_the_specification() -> None:
    key = cosignature.key("example.com/w1", KEYS[1].public)
    head = Checkpoint("example.com/log", 0x0102, b"\x07" * 32)
    assert cosignature.message(head, key, 0x0A0B) == (
        b"subtree/v1\n\x00"
        b"\x0eexample.com/w1"
        b"\x00\x00\x00\x00\x00\x00\x0a\x0b"
        b"\x0fexample.com/log"
        b"\x00\x00\x00\x00\x00\x00\x00\x00"
        b"\x00\x00\x00\x00\x00\x00\x01\x02" + b"\x07" * 32
    )


def test_the_key_of_anothers_test_log_has_the_id_that_they_give() -> None:
    """From the seed printed in torchwood's cmd/litewitness/testdata/mldsa.txt (see vectors/README.md)."""
    seed = bytes.fromhex("2886adc2b0eabfce67c0472939127998bf886cf256bfee8ba76a253fce1146e0")
    key = cosignature.key("example.com/mldsa-log", PrivateKey.from_seed("ml-dsa-44", seed).public)
    assert key.vkey.startswith("example.com/mldsa-log+b5df45c5+BuhtcL97l3dcitjZ8Y9J54gmQ1TWn")
    head = Checkpoint("example.com/mldsa-log", 1, leaf_hash(b"testonly"))
    assert head.text.splitlines()[2] == b"+zoErtsZtGO6sfiSV/v4UJSIyowisE8hvjw0q5+bD38="


@pytest.mark.parametrize("private", KEYS, ids=ledger.BOTH)
def test_a_cosignature_states_its_second(private: PrivateKey) -> None:
    key = cosignature.key(NAME, private.public)
    line = cosignature.sign(HEAD, NAME, private, SECONDS)
    assert cosignature.verify(HEAD, line, key) == SECONDS


@pytest.mark.parametrize("private", KEYS, ids=ledger.BOTH)
@pytest.mark.parametrize(
    "other",
    [
        Checkpoint(ORIGIN, 6, HEAD.root),
        Checkpoint(ORIGIN, 5, bytes(32)),
        Checkpoint(ledger.EXERCISE_ORIGIN, 5, HEAD.root),
    ],
    ids=["size", "root", "domain"],
)
def test_a_cosignature_does_not_move_to_another_head(private: PrivateKey, other: Checkpoint) -> None:
    line = cosignature.sign(HEAD, NAME, private, SECONDS)
    with pytest.raises(BadSignature, match=r"cosignature\.5"):
        cosignature.verify(other, line, cosignature.key(NAME, private.public))


@pytest.mark.parametrize("private", KEYS, ids=ledger.BOTH)
def test_a_cosignature_does_not_move_to_another_second(private: PrivateKey) -> None:
    key = cosignature.key(NAME, private.public)
    line = cosignature.sign(HEAD, NAME, private, SECONDS)
    later = NoteSignature(NAME, line.keyid, (SECONDS + 1).to_bytes(8, "big") + line.raw[8:])
    with pytest.raises(BadSignature, match=r"cosignature\.5"):
        cosignature.verify(HEAD, later, key)


def test_a_line_of_another_name_or_key_id_is_not_this_cosigners() -> None:
    key = cosignature.key(NAME, KEYS[0].public)
    line = cosignature.sign(HEAD, NAME, KEYS[0], SECONDS)
    for other in (
        NoteSignature(witness_name("eu"), line.keyid, line.raw),
        NoteSignature(NAME, bytes(4), line.raw),
    ):
        with pytest.raises(WrongKey, match=r"cosignature\.2"):
            cosignature.verify(HEAD, other, key)


def test_ml_dsa_44_binds_the_name_which_ed25519_does_not() -> None:
    """So both are asked for, and no key serves two names."""
    for private, moved in zip(KEYS, (True, False), strict=True):
        line = cosignature.sign(HEAD, NAME, private, SECONDS)
        alias = cosignature.key("example.com/alias", private.public)
        renamed = NoteSignature(alias.name, alias.keyid, line.raw)
        if moved:
            assert cosignature.verify(HEAD, renamed, alias) == SECONDS
        else:
            with pytest.raises(BadSignature, match=r"cosignature\.5"):
                cosignature.verify(HEAD, renamed, alias)


@pytest.mark.parametrize("private", KEYS, ids=ledger.BOTH)
@pytest.mark.parametrize("seconds", [0, 2**63, 2**64 - 1])
def test_a_time_of_zero_or_out_of_range_is_refused_though_genuinely_signed(
    private: PrivateKey, seconds: int
) -> None:
    key = cosignature.key(NAME, private.public)
    raw = seconds.to_bytes(8, "big") + private.sign(cosignature.message(HEAD, key, seconds))
    with pytest.raises(Malformed, match=r"cosignature\.4"):
        cosignature.verify(HEAD, NoteSignature(NAME, key.keyid, raw), key)
    with pytest.raises(Malformed, match=r"cosignature\.4"):
        cosignature.sign(HEAD, NAME, private, seconds)


@pytest.mark.parametrize("length", [0, 1, 8])
def test_a_line_without_a_signature_is_refused(length: int) -> None:
    key = cosignature.key(NAME, KEYS[0].public)
    with pytest.raises(Malformed, match=r"cosignature\.3"):
        cosignature.verify(HEAD, NoteSignature(NAME, key.keyid, b"\x01" * length), key)


def test_a_note_signature_is_no_cosignature_though_the_key_is_the_same() -> None:
    plain = note.sign(HEAD.text, NAME, KEYS[0])
    key = cosignature.key(NAME, KEYS[0].public)
    dressed = NoteSignature(NAME, key.keyid, SECONDS.to_bytes(8, "big") + plain.raw)
    with pytest.raises(BadSignature, match=r"cosignature\.5"):
        cosignature.verify(HEAD, dressed, key)


def test_a_witness_cosigns_with_both_and_the_earliest_second_counts() -> None:
    lines = tuple(
        cosignature.sign(HEAD, NAME, key, second) for key, second in zip(KEYS, (70, 60), strict=True)
    )
    assert cosignature.verify_all(Note(HEAD.text, lines), HEAD, NAME, publics(KEYS)) == 60
    assert cosignature.verify_all(COSIGNED, HEAD, NAME, publics(KEYS)) == SECONDS + 1


def test_one_cosignature_of_two_is_not_enough() -> None:
    lines = [one for one in COSIGNED.signatures if one.name == NAME]
    for number in (0, 1):
        alone = Note(HEAD.text, (lines[number],))
        with pytest.raises(WrongKey, match=rf"{ledger.BOTH[1 - number]}.*cosignature\.6"):
            cosignature.verify_all(alone, HEAD, NAME, publics(KEYS))


def test_the_keys_of_another_witness_or_none_find_nothing() -> None:
    for keys in (publics(STRANGER), ()):
        with pytest.raises(WrongKey, match=r"cosignature\.6"):
            cosignature.verify_all(COSIGNED, HEAD, NAME, keys, ())
    with pytest.raises(WrongKey, match=r"cosignature\.6"):
        cosignature.verify_all(COSIGNED, HEAD, witness_name("eu"), publics(KEYS))


def test_one_bad_line_of_two_refuses_the_witness() -> None:
    lines = [one for one in COSIGNED.signatures if one.name == NAME]
    bent = NoteSignature(NAME, lines[1].keyid, lines[1].raw[:-1] + b"\xff")
    with pytest.raises(DetenteError, match=r"cosignature\.5"):
        cosignature.verify_all(Note(HEAD.text, (lines[0], bent)), HEAD, NAME, publics(KEYS))


def test_an_officers_key_does_not_cosign() -> None:
    officer = PrivateKey.from_seed("ml-dsa-65", b"\x01" * 32)
    with pytest.raises(Malformed, match=r"cosignature\.1"):
        cosignature.sign(HEAD, NAME, officer, SECONDS)


def test_a_cosigners_ed25519_key_has_the_type_of_cosignatures() -> None:
    assert cosignature.key(NAME, KEYS[0].public) == NoteKey(NAME, COSIGNATURE_ED25519, KEYS[0].public)
