"""Checkpoints: one spelling, both signatures, the right log; anything else is refused by name."""

from pathlib import Path

import ledger
import pytest
from ledger import BOTH, LOG, ORIGIN, SECONDS, STRANGER, publics

from detente.trust import checkpoint, cosignature, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadSignature, DetenteError, Malformed, NotCanonical, WrongContext, WrongKey
from detente.trust.key import PrivateKey
from detente.trust.note import Note
from detente.trust.tree import EMPTY_ROOT

VECTORS = Path(__file__).parent / "vectors"
SOFA = (VECTORS / "c2sp-tlog-checkpoint.txt").read_bytes()

HEAD = ledger.head(5)
SIGNED = ledger.signed(5)
KEYS = publics(LOG)


def test_the_example_of_the_specification_reads_and_writes_back() -> None:
    read = checkpoint.parse_text(note.parse(SOFA).text)
    assert (read.origin, read.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert note.dump(Note(read.text, note.parse(SOFA).signatures)) == SOFA


def test_a_log_signs_with_ed25519_and_ml_dsa_44_under_its_origin() -> None:
    lines = note.parse(SIGNED).signatures
    assert [(one.name, len(one.raw)) for one in lines] == [(ORIGIN, 64), (ORIGIN, 8 + 2420)]
    assert checkpoint.verify(SIGNED, ORIGIN, KEYS) == HEAD


@pytest.mark.parametrize("number", [0, 1])
def test_one_signature_of_two_is_not_enough(number: int) -> None:
    read = note.parse(SIGNED)
    alone = note.dump(Note(read.text, (read.signatures[number],)))
    with pytest.raises(WrongKey, match=rf"{BOTH[1 - number]}.*checkpoint\.9"):
        checkpoint.verify(alone, ORIGIN, KEYS)


@pytest.mark.parametrize("number", [0, 1])
def test_a_strangers_signature_beside_a_genuine_one_is_not_enough(number: int) -> None:
    keys = [LOG[0], STRANGER[1]] if number else [STRANGER[0], LOG[1]]
    with pytest.raises(WrongKey, match=r"checkpoint\.9"):
        checkpoint.verify(ledger.sign(HEAD, keys), ORIGIN, KEYS)


def test_without_keys_nothing_is_believed_even_if_no_algorithm_is_asked_for() -> None:
    with pytest.raises(WrongKey, match=r"any key.*checkpoint\.9"):
        checkpoint.verify(SIGNED, ORIGIN, [], [])


def test_a_bad_line_of_a_known_key_refuses_the_checkpoint() -> None:
    read = note.parse(SIGNED)
    ed, ml = read.signatures
    wrong_ed = note.NoteSignature(ORIGIN, ed.keyid, bytes(64))
    wrong_ml = note.NoteSignature(ORIGIN, ml.keyid, ml.raw[:-1] + bytes([ml.raw[-1] ^ 1]))
    short_ml = note.NoteSignature(ORIGIN, ml.keyid, ml.raw[:8])
    for lines, step in (
        ((wrong_ed, ml), "checkpoint.8"),
        ((ed, wrong_ml), "cosignature.5"),
        ((ed, short_ml), "cosignature.3"),
    ):
        with pytest.raises(DetenteError) as refused:
            checkpoint.verify(note.dump(Note(read.text, lines)), ORIGIN, KEYS)
        assert refused.value.step == step


@pytest.mark.parametrize("field", ["size", "root", "origin"])
def test_signatures_do_not_move_to_another_head(field: str) -> None:
    other = {
        "size": Checkpoint(ORIGIN, 6, HEAD.root),
        "root": Checkpoint(ORIGIN, 5, EMPTY_ROOT),
        "origin": Checkpoint(ledger.EXERCISE_ORIGIN, 5, HEAD.root),
    }[field]
    moved = note.dump(Note(other.text, note.parse(SIGNED).signatures))
    with pytest.raises((BadSignature, WrongKey)):
        checkpoint.verify(moved, other.origin, KEYS)


def test_neither_signature_alone_is_over_less_than_the_whole_head() -> None:
    """Each of the two is checked against the moved head with only its own algorithm asked for."""
    other = Checkpoint(ORIGIN, 6, HEAD.root)
    for line, key, algorithm in zip(note.parse(SIGNED).signatures, KEYS, BOTH, strict=True):
        moved = note.dump(Note(other.text, (line,)))
        with pytest.raises(BadSignature):
            checkpoint.verify(moved, ORIGIN, [key], [algorithm])


def test_a_checkpoint_of_the_other_domain_or_of_another_log_is_not_this_logs() -> None:
    for origin in (ledger.EXERCISE_ORIGIN, ORIGIN[:-1], ORIGIN + "x"):
        other = ledger.sign(Checkpoint(origin, 5, HEAD.root))
        with pytest.raises(WrongContext, match=r"checkpoint\.7"):
            checkpoint.verify(other, ORIGIN, KEYS)


def test_a_log_does_not_sign_with_a_time_of_zero_and_such_a_line_is_refused() -> None:
    with pytest.raises(Malformed, match=r"cosignature\.4"):
        ledger.sign(HEAD, seconds=0)
    key = checkpoint.key(ORIGIN, KEYS[1])
    timeless = LOG[1].sign(cosignature.message(HEAD, key, 0))
    lines = (note.parse(SIGNED).signatures[0], note.NoteSignature(ORIGIN, key.keyid, bytes(8) + timeless))
    with pytest.raises(Malformed, match=r"cosignature\.4"):
        checkpoint.verify(note.dump(Note(HEAD.text, lines)), ORIGIN, KEYS)


def test_an_officers_key_signs_no_checkpoint() -> None:
    officer = PrivateKey.from_seed("ml-dsa-65", b"\x01" * 32)
    with pytest.raises(Malformed, match=r"cosignature\.1"):
        ledger.sign(HEAD, [officer])
    with pytest.raises(Malformed, match=r"cosignature\.1"):
        checkpoint.verify(SIGNED, ORIGIN, [officer.public])


ROOT = SOFA.splitlines()[2].decode()


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("", "checkpoint.1"),
        ("o\n5\n", "checkpoint.1"),
        (f"o\n5\n{ROOT}", "checkpoint.1"),
        (f"o\n5\n{ROOT}\nextension\n", "checkpoint.1"),
        (f"o\n5\n{ROOT}\n\n", "checkpoint.1"),
        (f"o\n05\n{ROOT}\n", "checkpoint.2"),
        (f"o\n+5\n{ROOT}\n", "checkpoint.2"),
        (f"o\n-5\n{ROOT}\n", "checkpoint.2"),
        (f"o\n 5\n{ROOT}\n", "checkpoint.2"),
        (f"o\n5_0\n{ROOT}\n", "checkpoint.2"),
        (f"o\n٥\n{ROOT}\n", "checkpoint.2"),
        (f"o\n\n{ROOT}\n", "checkpoint.2"),
        (f"o\n{10**19}\n{ROOT}\n", "checkpoint.2"),
        (f"o\n5\n{ROOT[:-1]}\n", "checkpoint.2"),
        (f"o\n5\n {ROOT}\n", "checkpoint.2"),
        (f"o\n5\n{ROOT.replace('I=', 'J=')}\n", "checkpoint.2"),
        ("o\n5\nAAAA\n", "checkpoint.2"),
        (f"\n5\n{ROOT}\n", "checkpoint.3"),
        (f"o p\n5\n{ROOT}\n", "checkpoint.3"),
        (f"o+p\n5\n{ROOT}\n", "checkpoint.3"),
        (f"o\n{2**63}\n{ROOT}\n", "checkpoint.4"),
        (f"o\n0\n{ROOT}\n", "checkpoint.6"),
    ],
)
def test_another_text_is_no_checkpoint(text: str, step: str) -> None:
    with pytest.raises(Malformed) as refused:
        checkpoint.parse_text(text.encode())
    assert refused.value.step == step


def test_a_root_in_another_spelling_is_refused_as_such() -> None:
    with pytest.raises(NotCanonical, match=r"checkpoint\.2"):
        checkpoint.parse_text(f"o\n5\n{ROOT.replace('I=', 'J=')}\n".encode())


def test_what_is_not_utf8_is_no_checkpoint() -> None:
    with pytest.raises(Malformed, match=r"checkpoint\.1"):
        checkpoint.parse_text(b"\xff\n5\n" + ROOT.encode() + b"\n")


def test_a_root_of_another_length_is_no_root() -> None:
    with pytest.raises(Malformed, match=r"checkpoint\.5"):
        Checkpoint(ORIGIN, 5, bytes(31))


def test_the_largest_and_the_empty_tree_have_checkpoints() -> None:
    for head in (Checkpoint(ORIGIN, 2**63 - 1, bytes(32)), Checkpoint(ORIGIN, 0, EMPTY_ROOT)):
        assert checkpoint.parse_text(head.text) == head


def test_lines_of_unknown_keys_are_ignored() -> None:
    read = note.parse(SIGNED)
    noise = tuple(note.parse(ledger.sign(HEAD, STRANGER)).signatures)
    crowded = note.dump(Note(read.text, noise + read.signatures))
    assert checkpoint.verify(ledger.cosign(crowded, ["us"]), ORIGIN, KEYS) == HEAD


def test_a_log_with_an_old_and_a_new_key_is_believed_by_either() -> None:
    assert checkpoint.verify(SIGNED, ORIGIN, [*publics(STRANGER), *KEYS]) == HEAD
    assert note.parse(SIGNED).signatures[1].raw[:8] == SECONDS.to_bytes(8, "big")
