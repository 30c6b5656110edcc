"""Signed notes: the examples of the specifications, every way to write one wrongly, and wrong keys."""

import base64
from pathlib import Path

import ledger
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.trust import note
from detente.trust.errors import BadSignature, Malformed, Misuse, NotCanonical, TooLarge, WrongKey
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, Note, NoteKey

VECTORS = Path(__file__).parent / "vectors"

QUASIMODO = (VECTORS / "c2sp-signed-note.txt").read_bytes()

PETER_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETER_NOTE = (VECTORS / "go-sumdb-note.txt").read_bytes()
PETER_TEXT = note.parse(PETER_NOTE).text

NAME = "example.com/log"
KEY, _ = ledger.LOG
NOTE_KEY = NoteKey(NAME, ED25519, KEY.public)
TEXT = b"a line\n\nand another\n"
SIGNED = note.dump(Note(TEXT, (note.sign(TEXT, NAME, KEY),)))


def test_the_example_of_the_specification_reads_and_writes_back() -> None:
    read = note.parse(QUASIMODO)
    assert read.text.endswith("\n\ned è subito sera.\n".encode())
    assert [(one.name, one.keyid.hex(), len(one.raw)) for one in read.signatures] == [
        ("quasimodo.example/salvatore", "367ba04b", 64)
    ]
    assert note.dump(read) == QUASIMODO


def test_the_example_of_go_verifies_and_signs_alike() -> None:
    key = note.parse_vkey(PETER_VKEY)
    assert key.vkey == PETER_VKEY
    assert note.verify(note.parse(PETER_NOTE), [key]) == {key}
    private = PrivateKey.from_seed("ed25519", PETER_SEED)
    assert private.public == key.public
    assert note.dump(Note(PETER_TEXT, (note.sign(PETER_TEXT, "PeterNeumann", private),))) == PETER_NOTE


def test_a_note_of_64_lines_is_read_and_one_more_is_not() -> None:
    line = "— a{} AAAAAAAA\n"
    read = note.parse(b"t\n\n" + "".join(line.format(number) for number in range(64)).encode())
    assert len(read.signatures) == note.MAX_SIGNATURES
    with pytest.raises(TooLarge, match=r"note\.4"):
        note.parse(b"t\n\n" + "".join(line.format(number) for number in range(65)).encode())


def test_a_note_beyond_the_limit_is_not_read() -> None:
    with pytest.raises(TooLarge, match=r"note\.1"):
        note.parse(b"x" * note.MAX_BYTES + SIGNED)


@pytest.mark.parametrize("bad", [b"\x00", b"\x1f", b"\t", b"\r", b"\xff", b"\xed\xa0\x80"])
def test_control_characters_and_what_is_not_utf8_are_refused(bad: bytes) -> None:
    for data in (bad + SIGNED, SIGNED[:-20] + bad + SIGNED[-20:], SIGNED.replace(b"line", bad)):
        with pytest.raises(Malformed, match=r"note\.2"):
            note.parse(data)


@pytest.mark.parametrize(
    "data", [b"", b"\n", TEXT, TEXT + b"\n", SIGNED[:-1], SIGNED.replace(b"\n\n", b"\n"), SIGNED + b"\n"]
)
def test_a_note_without_an_empty_line_and_signatures_after_it_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match=r"note\.[35]"):
        note.parse(data)


@pytest.mark.parametrize(
    "line",
    [
        "- a AAAAAAAA",
        "—a AAAAAAAA",
        "—  AAAAAAAA",
        "— a",
        "— a ",
        "— a  AAAAAAAA",
        "— a+b AAAAAAAA",
        "— a\u00a0b AAAAAAAA",
        "— a\u2003b AAAAAAAA",
        "— a AAAAAAAA ",
        "— a AAAA",
        "— a AAAAAA==",
        "— a AAAAAAAA=",
        "— a AAAAAAB=",
        "— a AAAAAA",
        "— a AAAA_AAA",
        "— " + "a" * 256 + " AAAAAAAA",
    ],
)
def test_a_line_of_another_form_is_refused(line: str) -> None:
    with pytest.raises(Malformed, match=r"note\.5"):
        note.parse(TEXT + b"\n" + line.encode() + b"\n" + SIGNED.splitlines(keepends=True)[-1])
    with pytest.raises(Malformed, match=r"note\.5"):
        note.parse_lines(f"{line}\n".encode())


def test_two_lines_of_one_key_are_refused() -> None:
    with pytest.raises(NotCanonical, match=r"note\.6"):
        note.parse(SIGNED + SIGNED.splitlines(keepends=True)[-1])


def test_lines_alone_read_as_under_a_note_and_must_end() -> None:
    lines = SIGNED.splitlines(keepends=True)[-1]
    assert note.parse_lines(lines) == note.parse(SIGNED).signatures
    assert note.dump_lines(note.parse_lines(lines)) == lines
    for bad in (lines[:-1], b"\n", lines + b"\n"):
        with pytest.raises(Malformed, match=r"note\.5"):
            note.parse_lines(bad)


def test_unknown_lines_are_ignored_even_with_a_known_name_or_a_known_key_id() -> None:
    read = note.parse(SIGNED)
    noise = (
        note.NoteSignature(NAME, b"\x00\x00\x00\x00", b"x"),
        note.NoteSignature("example.com/other", NOTE_KEY.keyid, b"x"),
    )
    assert note.verify(Note(TEXT, noise + read.signatures), [NOTE_KEY]) == {NOTE_KEY}
    with pytest.raises(WrongKey, match=r"note\.9"):
        note.verify(Note(TEXT, noise), [NOTE_KEY])


def test_a_bad_line_of_a_known_key_refuses_the_note_though_another_is_good() -> None:
    other = NoteKey("example.com/other", ED25519, ledger.STRANGER[0].public)
    bad = note.NoteSignature(other.name, other.keyid, bytes(64))
    with pytest.raises(BadSignature, match=r"note\.8"):
        note.verify(Note(TEXT, (*note.parse(SIGNED).signatures, bad)), [NOTE_KEY, other])


def test_a_signature_of_another_text_or_length_is_refused() -> None:
    (signature,) = note.parse(SIGNED).signatures
    for text, raw in ((b"a line\n", signature.raw), (TEXT, signature.raw[:-1]), (TEXT, signature.raw * 2)):
        with pytest.raises(BadSignature, match=r"note\.8"):
            note.verify(Note(text, (note.NoteSignature(NAME, NOTE_KEY.keyid, raw),)), [NOTE_KEY])


def test_a_key_whose_type_does_not_sign_the_text_is_our_own_mistake() -> None:
    with pytest.raises(Misuse, match=r"note\.7"):
        note.verify(note.parse(SIGNED), [NoteKey(NAME, COSIGNATURE_ED25519, KEY.public)])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "a\u3000", "a" * 256, "\ud800", "é" * 128])
def test_such_a_name_is_no_key_name(name: str) -> None:
    with pytest.raises(Malformed, match=r"vkey\.1"):
        NoteKey(name, ED25519, KEY.public)


def test_a_key_of_another_algorithm_than_its_type_is_refused() -> None:
    officer = PrivateKey.from_seed("ml-dsa-65", b"\x01" * 32)
    for kind, public in (
        (COSIGNATURE_ML_DSA_44, KEY.public),
        (ED25519, ledger.LOG[1].public),
        (COSIGNATURE_ML_DSA_44, officer.public),
        (0x02, KEY.public),
    ):
        with pytest.raises(Malformed, match=r"vkey\.2"):
            NoteKey(NAME, kind, public)


@pytest.mark.parametrize(
    ("kind", "key"),
    [(ED25519, ledger.LOG[0]), (COSIGNATURE_ED25519, ledger.LOG[0]), (COSIGNATURE_ML_DSA_44, ledger.LOG[1])],
)
def test_a_vkey_reads_back(kind: int, key: PrivateKey) -> None:
    named = NoteKey(NAME, kind, key.public)
    assert note.parse_vkey(named.vkey) == named


def test_one_key_has_another_id_for_another_name_or_type() -> None:
    ids = {
        NoteKey(name, kind, KEY.public).keyid
        for name in (NAME, NAME + "x")
        for kind in (ED25519, COSIGNATURE_ED25519)
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("", "vkey.4"),
        ("PeterNeumann", "vkey.4"),
        ("PeterNeumann+c74f20a3", "vkey.4"),
        ("PeterNeumann+c74f20a3+", "vkey.4"),
        ("PeterNeumann+c74f20a3+!", "vkey.3"),
        (PETER_VKEY + "\n", "vkey.3"),
        (PETER_VKEY[:-4], "key.2"),
        (PETER_VKEY.replace("+AR", "+Ag"), "vkey.4"),
        (PETER_VKEY.replace("+AR", "+/x"), "vkey.4"),
        (PETER_VKEY.replace("c74f20a3", "C74F20A3"), "vkey.5"),
        (PETER_VKEY.replace("c74f20a3", "c74f20a4"), "vkey.5"),
        (PETER_VKEY.replace("c74f20a3", ""), "vkey.5"),
        (PETER_VKEY.replace("Peter", "Pieter"), "vkey.5"),
        (PETER_VKEY.replace("Peter", "Peter "), "vkey.1"),
        ("a+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(), "key.3"),
    ],
)
def test_another_spelling_of_a_vkey_is_refused(text: str, step: str) -> None:
    with pytest.raises(Malformed) as refused:
        note.parse_vkey(text)
    assert refused.value.step == step


def test_what_would_not_read_back_is_not_written() -> None:
    with pytest.raises(Malformed):
        note.dump(Note(b"text\n", ()))
    with pytest.raises((Malformed, Misuse)):
        note.dump(Note(b"no newline", note.parse(SIGNED).signatures))
    with pytest.raises(Malformed):
        note.dump(Note(b"a\tb\n", note.parse(SIGNED).signatures))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(lambda t: t + "\n"))
def test_any_text_reads_back(text: str) -> None:
    data = text.encode()
    written = note.dump(Note(data, (note.sign(data, NAME, KEY),)))
    assert note.verify(note.parse(written), [NOTE_KEY]) == {NOTE_KEY}
    assert note.dump(note.parse(written)) == written


@given(st.binary(max_size=200))
def test_no_bytes_bring_the_parser_down(data: bytes) -> None:
    for bytes_ in (data, SIGNED[:40] + data, TEXT + b"\n" + "— ".encode() + data + b"\n"):
        try:
            read = note.parse(bytes_)
        except Malformed:
            continue
        assert note.dump(read) == bytes_


def test_a_public_key_is_not_taken_for_a_note_key_of_another_length() -> None:
    with pytest.raises(Malformed, match=r"key\.2"):
        PublicKey("ed25519", bytes(31))
