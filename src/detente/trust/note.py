"""Signed notes and the keys that verify them (C2SP signed-note).

    Ognuno sta solo sul cuor della terra
    …
    — quasimodo.example/salvatore NnugSzTj…

A text, an empty line, and signature lines: em dash, key name, base64 of a four-byte key id and a signature.
A key is known by name and key id; its vkey is `<name>+<hex key id>+<base64 of type and public key>`. Lines of
unknown keys are ignored; a bad line of a known key refuses the note. Narrower than C2SP: base64 in its one
spelling, no two lines of one key, names of at most 255 bytes. Pure.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from detente.trust.errors import Malformed, Misuse, NotCanonical, TooLarge, WrongKey
from detente.trust.key import Algorithm, PrivateKey, PublicKey

MAX_BYTES = 262_144
"""The longest note: 64 signatures of ML-DSA-44 in base64 have room."""

MAX_SIGNATURES = 64
"""The most signature lines; C2SP asks for at least 16."""

MAX_NAME = 255
"""The longest key name, in bytes of UTF-8: tlog-cosignature gives its length one byte."""

ED25519 = 0x01
COSIGNATURE_ED25519 = 0x04
COSIGNATURE_ML_DSA_44 = 0x06
UNASSIGNED = 0xFF
SM2 = b"detente/sm2-sm3"
"""What follows 0xff, which C2SP keeps for types without a byte of their own: SM2 over the note's text."""

ALGORITHMS: MappingProxyType[int, Algorithm] = MappingProxyType(
    {
        ED25519: "ed25519",
        COSIGNATURE_ED25519: "ed25519",
        COSIGNATURE_ML_DSA_44: "ml-dsa-44",
        UNASSIGNED: "sm2",
    }
)
"""Signature type, as C2SP assigns them, to algorithm."""

_DASH = "— ".encode()
_CONTROLS = bytes(set(range(0x20)) - {0x0A})
_NEVER = re.compile(r"[\s+\x00-\x1f]")
"""What stands in no name: what `str.isspace` calls a space, plus, and control characters."""


@dataclass(frozen=True)
class NoteKey:
    """A public key under a name, for one signature type.

    Args:
        name: the key name, not empty, without spaces and `+`.
        kind: `ED25519`, `COSIGNATURE_ED25519`, `COSIGNATURE_ML_DSA_44` or `UNASSIGNED`.
        public: the key, of that type's algorithm.

    Raises:
        Malformed: `vkey.1` or `vkey.2`.
    """

    name: str
    kind: int
    public: PublicKey

    def __post_init__(self) -> None:
        # 1. The name can stand in a note.
        if not is_name(self.name):
            raise Malformed("vkey.1", f"{self.name[:MAX_NAME]!a} is no key name.", "Name it like a path.")
        # 2. The signature type is known, and the key is of its algorithm.
        if ALGORITHMS.get(self.kind) != self.public.algorithm:
            raise Malformed(
                "vkey.2",
                f"Type {self.kind:#04x} has no {self.public.algorithm} keys.",
                "See tlog-cosignature.",
            )

    @property
    def keyid(self) -> bytes:
        """Four bytes that name the key beside its name: a hint, not a commitment."""
        return sha256(self.name.encode() + b"\n" + _type(self.kind) + self.public.raw).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as text."""
        material = base64.b64encode(_type(self.kind) + self.public.raw).decode()
        return f"{self.name}+{self.keyid.hex()}+{material}"


@dataclass(frozen=True)
class NoteSignature:
    """A signature line: who seems to have signed, and the bytes."""

    name: str
    keyid: bytes
    raw: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.keyid + self.raw).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text, which ends in a newline, and the lines under it, in the order received."""

    text: bytes
    signatures: tuple[NoteSignature, ...]


def _type(kind: int) -> bytes:
    """What names a signature type before a public key: its byte, and after 0xff a longer name."""
    return bytes([kind]) + (SM2 if kind == UNASSIGNED else b"")


def is_name(name: str) -> bool:
    """Tell whether a name can be a key's: not empty, no spaces of Unicode, no plus, no control characters."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return False
    return 1 <= size <= MAX_NAME and _NEVER.search(name) is None


def parse_vkey(text: str) -> NoteKey:
    """Read a key from its text.

    Raises:
        Malformed: `vkey.3`, `vkey.4`; `vkey.1`, `vkey.2`, `key.2`, `key.3`; NotCanonical: `vkey.5`.
    """
    # 3. It has three parts, and the last holds a type and a key.
    parts = text.split("+", 2)
    material = _unbase64(parts[2], "vkey.3") if len(parts) == 3 else b""  # noqa: PLR2004 (name, hash, key)
    # 4. The type is known.
    algorithm = ALGORITHMS.get(material[0]) if material else None
    if algorithm is None or not material.startswith(_type(material[0])):
        raise Malformed("vkey.4", "This is no vkey of a known signature type.", "Copy the whole line.")
    key = NoteKey(parts[0], material[0], PublicKey(algorithm, material[len(_type(material[0])) :]))
    # 5. The key id is this key's, in lower case.
    if key.vkey != text:
        raise NotCanonical("vkey.5", "The key id of the vkey is not that of its key.", "Copy the whole line.")
    return key


def parse(data: bytes) -> Note:
    """Read a note; nothing is verified yet.

    Raises:
        TooLarge: `note.1`, `note.4`; Malformed: `note.2`, `note.3`, `note.5`; NotCanonical: `note.6`.
    """
    # 1. The size is within the limit.
    if len(data) > MAX_BYTES:
        raise TooLarge("note.1", f"A note of {len(data)} bytes.", f"At most {MAX_BYTES}.")
    # 2. UTF-8, and no control characters but newlines.
    _check_text(data)
    # 3. The last empty line parts the text from one or more signature lines.
    at = data.rfind(b"\n\n") + 1
    if at == 0 or data[at + 1 :] == b"" or not data.endswith(b"\n"):
        raise Malformed("note.3", "No empty line, or no signature line, at the end.", "Send the whole note.")
    return Note(data[:at], parse_lines(data[at + 1 :]))


def parse_lines(data: bytes) -> tuple[NoteSignature, ...]:
    """Read signature lines, as they stand under a note, or alone in a witness's answer.

    Raises:
        TooLarge: `note.4`; Malformed: `note.2`, `note.5`; NotCanonical: `note.6`.
    """
    _check_text(data)
    lines = data.split(b"\n")
    # 4. Not too many.
    if len(lines) > MAX_SIGNATURES + 1:
        raise TooLarge("note.4", f"{len(lines) - 1} signature lines.", f"At most {MAX_SIGNATURES}.")
    # 5. Each has the form of a signature line, and a newline ends the last.
    if lines.pop() != b"":
        raise Malformed("note.5", "The last signature line does not end.", "Send the whole note.")
    signatures = tuple(_parse_line(line) for line in lines)
    # 6. Each key has one line.
    if len({(one.name, one.keyid) for one in signatures}) != len(signatures):
        raise NotCanonical("note.6", "Two signature lines have one key.", "Send each signature once.")
    return signatures


def dump(note: Note) -> bytes:
    """Return the bytes of a note.

    Raises:
        Malformed, NotCanonical, TooLarge: as `parse`; what `parse` would refuse cannot be written.
    """
    data = note.text + b"\n" + dump_lines(note.signatures)
    if parse(data) != note:
        raise Misuse("note.3", "The text of this note does not end in a newline.", "Fix the caller.")
    return data


def dump_lines(signatures: Iterable[NoteSignature]) -> bytes:
    """Return signature lines as they stand under a note."""
    return "".join(str(one) for one in signatures).encode()


def sign(text: bytes, name: str, key: PrivateKey, kind: int = ED25519) -> NoteSignature:
    """Return the signature of a text under a name, of type 0x01, or 0xff with SM2.

    Raises:
        Malformed: `vkey.1`, or `vkey.2`: the key is not of that type's algorithm.
    """
    return NoteSignature(name, NoteKey(name, kind, key.public).keyid, key.sign(text))


def verify(note: Note, keys: Iterable[NoteKey]) -> frozenset[NoteKey]:
    """Return those of these keys that signed the text; at least one did.

    Raises:
        Misuse: `note.7`: a key of another type than `ED25519`.
        BadSignature: `note.8`; WrongKey: `note.9`.
    """
    found = []
    for key in keys:
        # 7. The type's message is the text itself.
        if key.kind != ED25519:
            raise Misuse("note.7", f"Type {key.kind:#04x} does not sign the text.", "See `cosignature`.")
        signature = find(note, key)
        if signature is not None:
            # 8. What claims to be by a known key is.
            key.public.verify(note.text, signature.raw, "note.8")
            found.append(key)
    # 9. A known key signed.
    if not found:
        raise WrongKey("note.9", "No known key signed this note.", "Check whose note it is, and their keys.")
    return frozenset(found)


def find(note: Note, key: NoteKey) -> NoteSignature | None:
    """Return the line that claims to be by this key, by name and key id, unverified."""
    keyid = key.keyid
    for one in note.signatures:
        if one.keyid == keyid and one.name == key.name:
            return one
    return None


def _parse_line(line: bytes) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).decode().partition(" ")
    if not line.startswith(_DASH) or not is_name(name):
        raise Malformed("note.5", f"No signature line: {line[:80]!a}.", "Write them as signed-note does.")
    raw = _unbase64(encoded, "note.5")
    if len(raw) <= 4:  # noqa: PLR2004 (four bytes of key id)
        raise Malformed("note.5", "A signature line holds no signature.", "Send the whole note.")
    return NoteSignature(name, raw[:4], raw[4:])


def _check_text(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("note.2", "The note is not UTF-8.", "Send the bytes as signed.") from error
    if len(data.translate(None, _CONTROLS)) != len(data):
        raise Malformed("note.2", "The note holds a control character.", "Send the bytes as signed.")


def _unbase64(text: str, step: str) -> bytes:
    try:
        raw = base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(step, "The base64 cannot be read.", "Write standard base64 with padding.") from error
    if base64.b64encode(raw).decode() != text:
        raise NotCanonical(step, "The base64 has a shorter spelling.", "Write it as an encoder does.")
    return raw
