"""Policies: the grammar of the specification, and quorums that never fail open."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import ledger
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import LOG, ORIGIN, STRANGER, WITNESSES, publics, witness_name

from detente.trust import checkpoint, cosignature, note, policy
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import (
    BadSignature,
    BelowThreshold,
    DetenteError,
    Malformed,
    Misuse,
    TooLarge,
    WrongKey,
)
from detente.trust.key import PrivateKey
from detente.trust.note import Note, NoteKey, NoteSignature
from detente.trust.policy import Group, Policy

EXAMPLE = (Path(__file__).parent / "vectors" / "c2sp-tlog-policy.txt").read_bytes()
HEAD = ledger.head(5)
SIGNED = ledger.signed(5)
TRUST = ledger.trust()


def cosigner(number: int) -> PrivateKey:
    return PrivateKey.from_seed("ed25519", number.to_bytes(32, "big"))


def filled() -> bytes:
    """The example with keys in place of its `<vkey>`: a log's, then one for each witness in turn."""
    log = checkpoint.key(ORIGIN, LOG[0].public)
    vkeys = [log.vkey] + [cosignature.key(f"w{n}", cosigner(n).public).vkey for n in range(1, 7)]
    data = EXAMPLE.decode()
    for vkey in vkeys:
        data = data.replace("<vkey>", vkey, 1)
    return data.encode()


def cosigned(*numbers: int) -> bytes:
    lines = tuple(cosignature.sign(HEAD, f"w{n}", cosigner(n), 77) for n in numbers)
    return note.dump(Note(HEAD.text, (note.sign(HEAD.text, ORIGIN, LOG[0]), *lines)))


def test_the_example_of_the_specification_reads() -> None:
    read = policy.parse(filled())
    assert list(read.witnesses) == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    assert read.groups == {
        "X-witnesses": Group(2, ("X1", "X2", "X3")),
        "Y-witnesses": Group(1, ("Y1", "Y2", "Y3")),
        "X-and-Y": Group(2, ("X-witnesses", "Y-witnesses")),
    }
    assert read.quorum == "X-and-Y"
    assert policy.parse(policy.dump(read)) == read


@given(st.sets(st.integers(1, 6)))
@settings(deadline=None)
def test_the_quorum_of_the_example_is_two_of_x_and_one_of_y(numbers: set[int]) -> None:
    reached = len(numbers & {1, 2, 3}) >= 2 and len(numbers & {4, 5, 6}) >= 1
    read = policy.parse(filled())
    if reached:
        assert policy.check(read, cosigned(*numbers)) == HEAD
    else:
        with pytest.raises(BelowThreshold, match=r"policy\.3"):
            policy.check(read, cosigned(*numbers))


def test_our_policy_asks_for_both_signatures_of_enough_witnesses() -> None:
    assert policy.parse(policy.dump(TRUST)) == TRUST
    assert policy.check(TRUST, ledger.cosign(SIGNED, ["us", "eu"])) == HEAD
    assert policy.check(TRUST, ledger.cosign(SIGNED, WITNESSES)) == HEAD
    for parties in ([], ["us"], ["neutral"]):
        with pytest.raises(BelowThreshold, match=r"policy\.3"):
            policy.check(TRUST, ledger.cosign(SIGNED, parties))


def test_a_witness_with_one_signature_of_two_does_not_count() -> None:
    whole = note.parse(ledger.cosign(SIGNED, ["us", "eu"]))
    for missing in range(2, 6):
        lines = whole.signatures[:missing] + whole.signatures[missing + 1 :]
        with pytest.raises(BelowThreshold):
            policy.check(TRUST, note.dump(Note(whole.text, lines)))


def test_a_bad_line_of_a_listed_witness_refuses_the_note_though_the_quorum_is_reached() -> None:
    whole = note.parse(ledger.cosign(SIGNED, WITNESSES))
    for at in range(2, 8):
        one = whole.signatures[at]
        bad = NoteSignature(one.name, one.keyid, one.raw[:-1] + bytes([one.raw[-1] ^ 1]))
        lines = (*whole.signatures[:at], bad, *whole.signatures[at + 1 :])
        with pytest.raises(BadSignature, match=r"cosignature\.5"):
            policy.check(TRUST, note.dump(Note(whole.text, lines)))


def test_a_log_signs_with_every_algorithm_listed_for_it() -> None:
    whole = note.parse(ledger.cosign(SIGNED, WITNESSES))
    for number in (0, 1):
        lines = tuple(one for at, one in enumerate(whole.signatures) if at != number)
        with pytest.raises(WrongKey, match=r"checkpoint\.9"):
            policy.check(TRUST, note.dump(Note(whole.text, lines)))


def test_a_log_that_is_not_listed_is_refused_though_every_witness_cosigned() -> None:
    other = ledger.sign(Checkpoint(ledger.EXERCISE_ORIGIN, 5, HEAD.root))
    with pytest.raises(WrongKey, match=r"policy\.1"):
        policy.check(TRUST, ledger.cosign(other, WITNESSES))
    with pytest.raises(WrongKey, match=r"policy\.1"):
        policy.check(replace(TRUST, logs=()), ledger.cosign(SIGNED, WITNESSES))


def test_without_a_quorum_the_logs_own_signatures_are_enough_and_needed() -> None:
    alone = ledger.trust(0)
    assert alone.quorum == policy.NONE
    assert policy.check(alone, SIGNED) == HEAD
    with pytest.raises(WrongKey, match=r"checkpoint\.9"):
        policy.check(alone, ledger.sign(HEAD, STRANGER))


def test_a_threshold_that_nobody_or_more_than_all_would_reach_is_refused() -> None:
    for threshold in (-1, 4):
        with pytest.raises(Malformed, match=r"policy\.10"):
            ledger.trust(threshold)
    for group in ((0, ("a",)), (2, ("a",)), (1, ())):
        with pytest.raises(Malformed, match=r"policy\.10"):
            Group(*group)


def test_a_witness_without_keys_or_with_two_of_one_algorithm_is_refused() -> None:
    with pytest.raises(Malformed, match=r"policy\.10"):
        policy.compose(ORIGIN, publics(LOG), {"us": (witness_name("us"), ())}, 1)
    with pytest.raises(Misuse, match=r"policy\.4"):
        policy.compose(ORIGIN, publics(LOG), {"us": (witness_name("us"), publics([LOG[0], STRANGER[0]]))}, 1)


def test_the_name_of_a_party_cannot_stand_for_anothers_key() -> None:
    parties = {
        "us": (witness_name("us"), publics(WITNESSES["us"])),
        "us-ed25519": (witness_name("eu"), publics(WITNESSES["eu"])),
    }
    both = policy.compose(ORIGIN, publics(LOG), parties, 2)
    assert policy.parse(policy.dump(both)) == both
    with pytest.raises(BelowThreshold):
        policy.check(both, ledger.cosign(SIGNED, ["us"]))


def test_spaces_tabs_comments_urls_and_empty_lines_say_nothing() -> None:
    data = (
        filled().replace(b"witness X1", b"\t witness\t  X1").replace(b"quorum", b"\n # note\n#x\n \t\nquorum")
    )
    lines = data.replace(b"\n\n", b"  https://example.com/log\t\n\n", 1)
    assert policy.parse(lines) == policy.parse(filled())


def test_names_are_octets() -> None:
    data = filled().replace(b"X1", b"\xff\xe4").replace(b"X2", "猫".encode()).replace(b"X3", b"K")
    read = policy.parse(data)
    assert read.groups["X-witnesses"].members[0].encode(errors="surrogateescape") == b"\xff\xe4"
    assert policy.parse(policy.dump(read)) == read
    with pytest.raises(Malformed, match=r"policy\.10"):
        policy.parse(data.replace(b" K\n", b" \xe2\x84\xaa\n"))


VKEYS = [NoteKey("a", 4, cosigner(n).public).vkey for n in (1, 2)]
ML_VKEY = cosignature.key("a", LOG[1].public).vkey
LOG_VKEY = NoteKey("o", 1, LOG[0].public).vkey


@pytest.mark.parametrize(
    ("data", "step"),
    [
        ("", "policy.5"),
        ("quorum none", "policy.5"),
        ("quorum none\r\n", "policy.5"),
        ("quorum none\x7f\n", "policy.5"),
        ("quorum none\x00\n", "policy.5"),
        ("\n", "policy.11"),
        ("quorum none\nquorum none\n", "policy.11"),
        ("quorum\n", "policy.7"),
        ("quorum a b\n", "policy.7"),
        ("quorum later\n", "policy.11"),
        (f"quorum w\nwitness w {VKEYS[0]}\n", "policy.11"),
        ("log\nquorum none\n", "policy.7"),
        (f"log {LOG_VKEY} a b\nquorum none\n", "policy.7"),
        ("log vkey\nquorum none\n", "vkey.4"),
        (f"log {VKEYS[0]}\nquorum none\n", "policy.8"),
        (f"log {LOG_VKEY}\nlog {LOG_VKEY}\nquorum none\n", "policy.8"),
        (f"log {LOG_VKEY}\nlog {NoteKey('p', 1, LOG[0].public).vkey}\nquorum none\n", "policy.8"),
        (f"witness w {LOG_VKEY}\nquorum w\n", "policy.8"),
        (f"witness w {VKEYS[0]}\nwitness v {VKEYS[0]}\nquorum w\n", "policy.8"),
        (f"witness w {VKEYS[0]}\nwitness w {VKEYS[1]}\nquorum w\n", "policy.9"),
        (f"witness none {VKEYS[0]}\nquorum none\n", "policy.9"),
        (f"witness w {VKEYS[0]}\ngroup w any w\nquorum w\n", "policy.9"),
        (f"witness w {VKEYS[0]}\ngroup none any w\nquorum none\n", "policy.9"),
        ("group g any\nquorum g\n", "policy.7"),
        ("group g any none\nquorum g\n", "policy.10"),
        ("group g any g\nquorum g\n", "policy.10"),
        (f"witness w {VKEYS[0]}\ngroup g any w w\nquorum g\n", "policy.10"),
        (f"witness w {VKEYS[0]}\ngroup g any w\ngroup h any w\nquorum g\n", "policy.10"),
        (f"witness w {VKEYS[0]}\ngroup g any w x\nquorum g\n", "policy.10"),
        ("Log x\nquorum none\n", "policy.7"),
        ("logs\nquorum none\n", "policy.7"),
    ],
)
def test_another_form_of_a_policy_is_refused(data: str, step: str) -> None:
    with pytest.raises(DetenteError) as raised:
        policy.parse(data.encode())
    assert raised.value.step == step


@pytest.mark.parametrize("needed", ["0", "2", "-1", "01", "+1", "x", "ALL", "١", "9" * 30])
def test_a_threshold_in_another_spelling_or_out_of_reach_is_refused(needed: str) -> None:
    with pytest.raises(Malformed, match=r"policy\.10"):
        policy.parse(f"witness w {VKEYS[0]}\ngroup g {needed} w\nquorum g\n".encode())


def test_a_policy_beyond_the_limits_is_not_read() -> None:
    with pytest.raises(TooLarge, match=r"policy\.4"):
        policy.parse(b"#" * policy.MAX_BYTES + b"\nquorum none\n")
    with pytest.raises(TooLarge, match=r"policy\.6"):
        policy.parse(crowd())


def crowd() -> bytes:
    """More lines than a policy may have, each in order."""
    names = [f"g{number}" for number in range(policy.MAX_LINES)]
    first = f"witness w {VKEYS[0]}\ngroup g0 any w\n"
    rest = "".join(f"group {name} any {before}\n" for before, name in pairwise(names))
    return (first + rest).encode()


def test_32_logs_witnesses_and_groups_are_read() -> None:
    lines = [f"log {NoteKey('o', 1, cosigner(n).public).vkey}" for n in range(1, 33)]
    lines += [f"witness w{n} {NoteKey('a', 4, cosigner(n).public).vkey}" for n in range(1, 33)]
    lines += [f"group g{n} any w{n}" for n in range(1, 33)]
    read = policy.parse("\n".join([*lines, "quorum g32", ""]).encode())
    assert (len(read.logs), len(read.witnesses), len(read.groups)) == (32, 32, 32)


def test_a_policy_that_would_not_read_back_is_not_written() -> None:
    for odd in (
        Policy((), {}, {}, "nobody"),
        Policy((), {"a b": cosignature.key("a", cosigner(1).public)}, {}, "none"),
        Policy((), {"#": cosignature.key("a", cosigner(1).public)}, {"g": Group(1, ("x",))}, "g"),
    ):
        with pytest.raises(DetenteError):
            policy.dump(odd)


def test_a_key_of_ml_dsa_44_serves_a_log_and_a_witness() -> None:
    read = policy.parse(f"log {ML_VKEY}\nwitness w {ML_VKEY}\nquorum w\n".encode())
    assert read.logs == (read.witnesses["w"],)
