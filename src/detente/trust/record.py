"""The record: one signed statement by one party, and the leaf that commits a log to it.

    {"accord":{"genesis":"5d…","version":1},"at":1790000000000,"domain":"live","kind":"incidents.report",
     "key":"04…","nonce":"0f…","open":{"level":3},"party":"us","sealed":{"evidence":"8h…"},"thread":null,"v":1}

All fields are always present. A record's id is the digest of its DSSE pre-authentication encoding, and
names it everywhere: leaf, thread, receipt. It names the one key that signs it, so that a leaf commits to who
signed, and nobody is shown another envelope than the rest (docs/adr/0037). What its kind means is not known
here: pillars say which open fields and which sealed paths a kind has. Pure.
"""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from detente.trust import canonical, envelope
from detente.trust.envelope import Envelope
from detente.trust.errors import Malformed, Misuse, NotCanonical, TooLarge, WrongContext, WrongKey
from detente.trust.key import PrivateKey, PublicKey

Domain: TypeAlias = Literal["live", "exercise"]

PAYLOAD_TYPES: MappingProxyType[Domain, str] = MappingProxyType(
    {
        "live": "application/vnd.detente.record+json",
        "exercise": "application/vnd.detente.exercise+json",
    }
)
"""Domain to DSSE payload type: the type is under the signature, so neither is ever taken for the other."""

VERSION = 1
MAX_BYTES = 65_536
"""The longest payload of a record."""

MAX_SEALED = 64
"""The most sealed paths in one record."""

RECEIPT_KIND = "accord.receipt"

HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
PARTY = re.compile(r"[a-z][a-z0-9-]{0,31}")
KIND = re.compile(r"[a-z][a-z0-9-]{0,31}\.[a-z][a-z0-9-]{0,31}")
NONCE = re.compile(r"[0-9a-f]{32}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
PATH = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
COMMITMENT = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
"""Base64url of 32 bytes without padding; the last character carries four bits: 16 spellings."""


class AccordRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which accord a record is made under: the digest of its first version, and the version in force."""

    genesis: str
    version: int


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A statement as signed.

    Attributes:
        v: the version of this format, 1.
        domain: `live` or `exercise`.
        kind: `pillar.name`.
        party: who states it.
        accord: under which accord.
        thread: id of the thread's root, or None if this record is a root.
        at: the author's clock, milliseconds since the Unix epoch.
        nonce: 128 random bits, 32 hexadecimal digits, fixed at draft.
        key: keyid of the one key that signs it.
        open: what every party reads.
        sealed: path to commitment, see `disclosure`.
    """

    v: int
    domain: Domain
    kind: str
    party: str
    accord: AccordRef
    thread: str | None
    at: int
    nonce: str
    key: str
    open: dict[str, Any]
    sealed: dict[str, str]


def parse(payload_type: str, payload: bytes) -> Record:
    """Read a record from the bytes of a payload, which the caller has verified.

    Raises:
        WrongContext: `record.1`, `record.5`.
        Malformed, NotCanonical, TooLarge: `canonical.1` to `canonical.5`, and the other steps to `record.10`.
    """
    # 1. The payload type is a record's.
    if payload_type not in PAYLOAD_TYPES.values():
        raise WrongContext("record.1", f"{payload_type!a} is no record.", "Present it where it belongs.")
    # 2. Canonical JSON of at most MAX_BYTES (checks `canonical.*`); 3. exactly the fields, each of its type.
    value = canonical.decode(payload, MAX_BYTES)
    try:
        record = msgspec.convert(value, Record)
    except msgspec.ValidationError as error:
        raise Malformed(
            "record.3", f"Not a record: {error}.", "Send exactly the fields of a record."
        ) from error
    _check(record)
    # 5. The domain is the payload type's.
    if PAYLOAD_TYPES[record.domain] != payload_type:
        raise WrongContext(
            "record.5",
            f"A record of domain {record.domain} came as {payload_type}.",
            "Keep the domains apart.",
        )
    return record


def dump(record: Record) -> bytes:
    """Return the payload of a record: its canonical JSON.

    Raises:
        Malformed, NotCanonical, TooLarge: as `parse`; what `parse` would refuse cannot be written.
    """
    _check(record)
    fields = msgspec.structs.asdict(record) | {"accord": msgspec.structs.asdict(record.accord)}
    payload = canonical.encode(fields)
    if len(payload) > MAX_BYTES:
        raise TooLarge("canonical.1", f"The record has {len(payload)} bytes.", f"Keep it within {MAX_BYTES}.")
    return payload


def record_id(record: Record) -> str:
    """Return the record's name: hexadecimal SHA-256 of its pre-authentication encoding."""
    return envelope.statement_id(PAYLOAD_TYPES[record.domain], dump(record))


def seal(record: Record, key: PrivateKey) -> Envelope:
    """Return the record in an envelope signed by its party's key."""
    return envelope.sign(PAYLOAD_TYPES[record.domain], dump(record), [key])


def verify(sealed: Envelope, keys: Iterable[PublicKey], domain: Domain) -> Record:
    """Return the record in an envelope that is signed by `keys` and nobody else.

    Args:
        sealed: the envelope as received.
        keys: record keys of its party, among them the one that it may name.
        domain: the domain of the log it came from.

    Raises:
        WrongContext, BadSignature, WrongKey: `envelope.6` to `envelope.8`, `envelope.10`.
        As `parse` for the payload. WrongKey: `record.12`.
    """
    signed = require_signed(sealed, keys, domain)
    found = parse(sealed.payload_type, sealed.payload)
    require_signer(found, signed)
    return found


def require_signed(sealed: Envelope, keys: Iterable[PublicKey], domain: Domain) -> frozenset[str]:
    """Return who of `keys` signed an envelope of this domain, if nobody else did; what it says is not read.

    Raises:
        WrongContext, BadSignature, WrongKey: `envelope.6` to `envelope.8`, `envelope.10`.
    """
    signed = envelope.verify(sealed, keys, 1, PAYLOAD_TYPES[domain])
    envelope.require_no_others(sealed, signed)
    return signed


def require_signer(record: Record, signed: frozenset[str]) -> None:
    """Return if a record was signed by the key that it names, and by no other.

    Raises:
        WrongKey: `record.12`.
    """
    # 12. The key that it names signed it, and no other: one id has one signer.
    if signed != {record.key}:
        what = f"It names the key {record.key[:16]}, another signed."
        raise WrongKey("record.12", what, "Sign with the key that it names.")


def require_sealed(record: Record, paths: Collection[str]) -> None:
    """Return if the record seals exactly the paths of its kind, so that presence says nothing.

    Raises:
        Malformed: `record.11`.
    """
    # 11. All the kind's sealed paths, and no other.
    if record.sealed.keys() != set(paths):
        odd = ", ".join(sorted(record.sealed.keys() ^ set(paths)))
        raise Malformed(
            "record.11", f"{record.kind} seals a fixed set of paths; see: {odd}.", "Seal them all."
        )


def _check(record: Record) -> None:
    # 4. The version of the format is known.
    if record.v != VERSION:
        raise Malformed(
            "record.4", f"Version {record.v} of the format is not known.", "Update this software."
        )
    # 6. The kind and the party have names.
    if not KIND.fullmatch(record.kind) or not PARTY.fullmatch(record.party):
        raise Malformed(
            "record.6", f"No kind or party: {record.kind[:65]!a}, {record.party[:32]!a}.", "Name both."
        )
    # 7. The accord is named by a digest and a version.
    if (
        not HEX_DIGEST.fullmatch(record.accord.genesis)
        or not 1 <= record.accord.version <= canonical.MAX_INTEGER
    ):
        raise Malformed(
            "record.7", "The accord is not named by digest and version.", "Name the accord in force."
        )
    _check_place(record)
    _check_sealed(record.sealed)
    # 10. Open fields have names of the house, and none is sealed under the same name.
    if not _all_match(NAME, tuple(record.open)) or record.open.keys() & record.sealed.keys():
        raise Malformed(
            "record.10", "An open field is ill named, or sealed as well.", "Name each field once."
        )


def _check_place(record: Record) -> None:
    # 8. Thread, time, nonce and key have their forms.
    if record.thread is not None and not HEX_DIGEST.fullmatch(record.thread):
        raise Malformed("record.8", "The thread is no record's id.", "Name the root of the thread, or null.")
    if not 0 <= record.at <= canonical.MAX_INTEGER:
        raise Malformed("record.8", "The time is out of range.", "Give milliseconds since 1970.")
    if not NONCE.fullmatch(record.nonce):
        raise Malformed("record.8", "The nonce is not 128 bits in hexadecimal.", "Draw a new one.")
    if not HEX_DIGEST.fullmatch(record.key):
        raise Malformed("record.8", "The key is not named by a keyid.", "Name the key that signs.")


def _check_sealed(sealed: dict[str, str]) -> None:
    # 9. Few sealed paths, well named, each with a commitment of its own.
    if len(sealed) > MAX_SEALED:
        raise TooLarge("record.9", f"{len(sealed)} sealed paths.", f"Seal at most {MAX_SEALED}.")
    if not _all_match(PATH, tuple(sealed)):
        raise Malformed("record.9", "A sealed path is ill named.", "Use lower-case names joined by dots.")
    if not all(COMMITMENT.fullmatch(digest) for digest in sealed.values()):
        raise Malformed("record.9", "A commitment is not base64url of 32 bytes.", "Commit as RFC 9901 does.")
    if len(set(sealed.values())) != len(sealed):
        raise NotCanonical("record.9", "One commitment stands under two paths.", "Commit to each path.")


@lru_cache(maxsize=256)
def _all_match(form: re.Pattern[str], names: tuple[str, ...]) -> bool:
    """Whether names are all of a form; the records of one kind ask it of the same names."""
    return all(form.fullmatch(name) for name in names)


LeafClass: TypeAlias = Literal["record", "receipt"]

_LEAF = re.compile(rb"detente/v1 (record|receipt) ([0-9a-f]{64})")


class Leaf(msgspec.Struct, frozen=True):
    """What a log commits to: the class of an entry and the id of its record, nothing more."""

    cls: LeafClass
    id: str


def leaf(record: Record) -> Leaf:
    """Return the leaf of a record: class `receipt` for `accord.receipt`, else `record`."""
    return Leaf("receipt" if record.kind == RECEIPT_KIND else "record", record_id(record))


def leaf_of(sealed: Envelope, record: Record) -> Leaf:
    """Return the leaf of a record that was parsed from this envelope, whose bytes are its one spelling."""
    name = envelope.statement_id(sealed.payload_type, sealed.payload)
    return Leaf("receipt" if record.kind == RECEIPT_KIND else "record", name)


def leaf_bytes(entry: Leaf) -> bytes:
    """Return the log entry of a leaf: ASCII `detente/v1 <class> <id>`, no newline.

    Raises:
        Misuse: `leaf.1`: no such class, or no id.
    """
    if entry.cls not in get_args(LeafClass) or not HEX_DIGEST.fullmatch(entry.id):
        raise Misuse("leaf.1", f"No leaf: {entry.cls!a} {entry.id!a}.", "Fix the caller.")
    return f"detente/v1 {entry.cls} {entry.id}".encode("ascii")


def parse_leaf(data: bytes) -> Leaf:
    """Read a log entry.

    Raises:
        Malformed: `leaf.1`.
    """
    # 1. The entry has the one form that a leaf has.
    match = _LEAF.fullmatch(data)
    if match is None:
        raise Malformed("leaf.1", f"No leaf of version 1, {len(data)} bytes.", "Is this a log of Detente?")
    return Leaf("receipt" if match[1] == b"receipt" else "record", match[2].decode("ascii"))


def require_leaf(entry: Leaf, record: Record, sealed: Envelope | None = None) -> None:
    """Return if the entry is the record's: its class and its id.

    Args:
        entry: of the log.
        record: that should be its.
        sealed: the envelope that the record was parsed from, if it was: then it is not spelled again.

    Raises:
        WrongContext: `leaf.2`.
    """
    # 2. Class and id are the record's: no receipt hides among records, no record poses as a receipt.
    if (leaf(record) if sealed is None else leaf_of(sealed, record)) != entry:
        raise WrongContext(
            "leaf.2", f"This body is not that of entry {entry.id[:16]}.", "Fetch the right body."
        )
