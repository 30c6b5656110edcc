"""The disclosure: what opens one sealed field to an audience, hashed as RFC 9901 (SD-JWT) hashes it.

    ["<salt>","us/0f…/evidence",{"value":"…"}]      canonical JSON; its base64url is the disclosure
    base64url(SHA-256(the disclosure))              the commitment, under the record's signature

Base64url stands without padding. The claim name carries party, nonce and path, so a commitment copied into
another record never opens there. The third member is always an object of one member: `value`, `absent` or
`unknown`; a kind always seals all its paths, so presence says nothing. A list is one value. Salts are 128
random bits, a new one for each path; the caller draws them. Pure.
"""

import base64
import binascii
import enum
import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

import msgspec

from detente.trust import canonical
from detente.trust.canonical import Value
from detente.trust.errors import BadOpening, Malformed, Misuse, NotCanonical, TooLarge, WrongContext
from detente.trust.record import NONCE, PARTY, PATH, Record

MAX_ENCODED = 32_768
"""The longest disclosure, in characters of base64url."""

SALT_BYTES = 16
_SALT = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")  # 16 bytes; the last character carries two bits

_RESERVED = frozenset({"_sd", "..."})
"""Keys that RFC 9901, section 4.2, keeps for digests: others would look for further disclosures there."""


class Missing(enum.Enum):
    """Why a sealed field has no value."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


ABSENT: Final = Missing.ABSENT
UNKNOWN: Final = Missing.UNKNOWN

Sealed: TypeAlias = Value | Missing
"""What a sealed path may hold."""


class Disclosure(msgspec.Struct, frozen=True):
    """An opened field.

    Attributes:
        encoded: the disclosure as it travels.
        digest: its commitment, 43 characters of base64url.
        name: `party/nonce/path`.
        value: the value, or `ABSENT`, or `UNKNOWN`.
    """

    encoded: str
    digest: str
    name: str
    value: Sealed


def commit(party: str, nonce: str, path: str, value: Sealed, salt: bytes) -> Disclosure:
    """Return the disclosure of one field of one record, whose `digest` goes into the record.

    Args:
        party: who will sign the record.
        nonce: the record's nonce.
        path: the sealed path.
        value: what is sealed, or why nothing is.
        salt: 16 random bytes, never used before.

    Raises:
        Misuse: `disclosure.4`: a salt of another length.
        Malformed, TooLarge: as `parse`; what `parse` would refuse cannot be committed to.
    """
    if len(salt) != SALT_BYTES:
        raise Misuse("disclosure.4", f"A salt has {SALT_BYTES} bytes, not {len(salt)}.", "Fix the caller.")
    held: Value = {value.value: True} if isinstance(value, Missing) else {"value": value}
    plain = canonical.encode([_base64url(salt), f"{party}/{nonce}/{path}", held])
    return parse(_base64url(plain))


def commit_all(
    record: tuple[str, str], paths: Collection[str], values: Mapping[str, Sealed], salts: Mapping[str, bytes]
) -> dict[str, Disclosure]:
    """Return a disclosure for every path of a kind; a path without a value is sealed as `ABSENT`.

    Args:
        record: the party and the nonce of the record to be.
        paths: the fixed set of sealed paths of its kind.
        values: path to value.
        salts: path to 16 random bytes, all different.

    Raises:
        Misuse: `disclosure.4`: a salt is missing, or used twice.
        Malformed: `disclosure.8`: a value for a path that the kind does not seal; else as `commit`.
    """
    if not values.keys() <= set(paths):
        odd = ", ".join(sorted(values.keys() - set(paths)))
        raise Malformed("disclosure.8", f"This kind does not seal: {odd}.", "Give values for its paths only.")
    if len({salts.get(path) for path in paths} - {None}) != len(paths):
        raise Misuse("disclosure.4", "A salt is missing or used twice.", "Fix the caller.")
    party, nonce = record
    return {path: commit(party, nonce, path, values.get(path, ABSENT), salts[path]) for path in paths}


def parse(encoded: str) -> Disclosure:
    """Read a disclosure; it opens nothing yet.

    Raises:
        Malformed, NotCanonical, TooLarge: `canonical.2` to `canonical.5`, `disclosure.1` to `disclosure.6`.
    """
    # 1. The size is within the limit.
    if len(encoded) > MAX_ENCODED:
        raise TooLarge(
            "disclosure.1", f"A disclosure of {len(encoded)} characters.", f"At most {MAX_ENCODED}."
        )
    # 2. Base64url without padding, in its one spelling.
    plain = _unbase64url(encoded)
    # 3. Canonical JSON (checks `canonical.*`): a list of salt, name and value.
    match canonical.decode(plain, MAX_ENCODED):
        case [str(salt), str(name), dict(held)]:
            pass
        case _:
            raise Malformed(
                "disclosure.3", "Not a list of salt, name and value.", "Disclose as RFC 9901 does."
            )
    # 4. The salt is 16 bytes.
    if not _SALT.fullmatch(salt):
        raise Malformed("disclosure.4", "The salt is not 128 bits.", "Salt with 16 random bytes.")
    # 5. The name is that of a field of a record.
    _split(name)
    # 6. The value is of one of three forms.
    return Disclosure(encoded, commitment(encoded), name, _value(held))


def commitment(encoded: str) -> str:
    """Return the commitment to a disclosure: base64url of SHA-256 of its text (RFC 9901, 4.2.3)."""
    return _base64url(hashlib.sha256(encoded.encode()).digest())


def dump(disclosure: Disclosure) -> str:
    """Return the disclosure as it travels."""
    return disclosure.encoded


def open_with(record: Record, encoded: str) -> tuple[str, Sealed]:
    """Return the path and the value that a disclosure opens in a record.

    Raises:
        As `parse`.
        WrongContext: `disclosure.7`: made for another party's record, or for another record.
        BadOpening: `disclosure.8`: the record does not seal this path.
        BadOpening: `disclosure.9`: it committed to something else.
    """
    disclosure = parse(encoded)
    party, nonce, path = _split(disclosure.name)
    # 7. It was made for this record.
    if (party, nonce) != (record.party, record.nonce):
        raise WrongContext("disclosure.7", f"It opens a record of {party}, another one.", "Open that record.")
    # 8. The record seals this path.
    if path not in record.sealed:
        raise BadOpening("disclosure.8", f"The record does not seal {path}.", "Ask its author.")
    # 9. The commitment is this disclosure's.
    if record.sealed[path] != disclosure.digest:
        raise BadOpening("disclosure.9", f"Not what was sealed as {path}.", "Keep it: this is a finding.")
    return path, disclosure.value


def _split(name: str) -> tuple[str, str, str]:
    match name.split("/"):
        case [party, nonce, path] if (
            PARTY.fullmatch(party) and NONCE.fullmatch(nonce) and PATH.fullmatch(path)
        ):
            return party, nonce, path
        case _:
            raise Malformed("disclosure.5", f"No name: {name[:140]!a}.", "Name party, nonce and path.")


def _value(held: dict[str, Value]) -> Sealed:
    match held:
        case {"value": value} if len(held) == 1:
            _refuse_reserved(value)
            return value
        case {"absent": True} if len(held) == 1:
            return ABSENT
        case {"unknown": True} if len(held) == 1:
            return UNKNOWN
        case _:
            raise Malformed("disclosure.6", "Neither value, absent nor unknown.", "State exactly one.")


def _refuse_reserved(value: Value) -> None:
    if isinstance(value, dict):
        if not _RESERVED.isdisjoint(value):
            raise Malformed("disclosure.6", "A key that SD-JWT keeps for digests.", "Rename the key.")
        for member in value.values():
            _refuse_reserved(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_reserved(member)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unbase64url(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("disclosure.2", f"Not base64url: {error}.", "Encode without padding.") from error
    if _base64url(data) != text:
        raise NotCanonical("disclosure.2", "The base64url has another spelling.", "Encode without padding.")
    return data
