"""A passkey: an officer's key in an authenticator that signs only for its own page and its own person.

    key        0x04, x, y, then the origin of the desk: http://localhost:7788
    signature  length and authenticator data, length and client data, ECDSA in DER

WebAuthn Level 2 with ES256. The challenge is SHA-256 of what is signed: for an act, its id. Client data are
compared byte by byte with the one spelling that browsers give them (section 5.8.1.1, and the limited
verification of 5.8.1.2), so that no two readers of JSON can differ. The origin is part of the key, and so of
the charter: what was shown on another page does not count. The counter is under the signature and is not
compared: many authenticators keep it at zero, and a log knows the order of acts better. Pure.
"""

import base64
import hashlib
import json
import re
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256

POINT_BYTES = 65
MAX_ORIGIN = 128
MAX_SIGNATURE = 2_048
"""The longest assertion: browsers add a few members to client data, extensions a few bytes of CBOR."""

ORIGIN = re.compile(r"https?://([a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?)(?::[1-9][0-9]{0,4})?")
Fault = Literal["origin", "act", "person", "form", "signature"]
"""What an officer can act on: another page, another act, nobody verified; else its form or key."""

_ORIGIN_SAID = re.compile(rb'"origin":"([^"\\]{1,128})"')
PRESENT = 0x01
VERIFIED = 0x04
ELIGIBLE = 0x08
BACKED_UP = 0x10
ATTESTED = 0x40
EXTENDED = 0x80
_FIXED = 37
_PREFIX = 2


class Verifier:
    """A passkey's public half."""

    def __init__(self, raw: bytes) -> None:
        self._point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw[:POINT_BYTES])
        self._origin = raw[POINT_BYTES:].decode()

    @classmethod
    def from_public_bytes(cls, raw: bytes) -> "Verifier":
        """Return the key of these bytes, which `is_key` accepts."""
        return cls(raw)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return if the person signed this message, on this page, after the authenticator knew them.

        Raises:
            InvalidSignature: anything in it is otherwise.
        """
        self.check(signature, challenge(message))

    def check(self, signature: bytes, expected: str) -> None:
        """Return if the assertion answers this challenge. Raises as `verify`."""
        authenticator, client, ecdsa = _parts(signature)
        _check_client(client, expected, self._origin)
        _check_authenticator(authenticator, hashlib.sha256(host(self._origin).encode()).digest())
        signed = authenticator + hashlib.sha256(client).digest()
        self._point.verify(ecdsa, signed, ECDSA(SHA256()))


def is_key(raw: bytes) -> bool:
    """Tell whether these bytes are a point of P-256, uncompressed, and an origin that a browser has."""
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw[:POINT_BYTES])
        origin = raw[POINT_BYTES:].decode("ascii")
    except ValueError:
        return False
    return raw[:1] == b"\x04" and len(origin) <= MAX_ORIGIN and ORIGIN.fullmatch(origin) is not None


def challenge(message: bytes) -> str:
    """Return the challenge for a message, as client data have it: for an envelope, its statement's id."""
    return base64.urlsafe_b64encode(hashlib.sha256(message).digest()).decode().rstrip("=")


def pack(authenticator: bytes, client: bytes, ecdsa: bytes) -> bytes:
    """Return the one signature that an assertion's three parts make."""
    sizes = [len(one).to_bytes(_PREFIX, "big") for one in (authenticator, client)]
    return b"".join((sizes[0], authenticator, sizes[1], client, ecdsa))


def origin(raw: bytes) -> str:
    """Return the page of a public key that `is_key` accepts."""
    return raw[POINT_BYTES:].decode()


def host(page: str) -> str:
    """Return the relying party of a page: its host."""
    found = ORIGIN.fullmatch(page)
    return found[1] if found else ""


def said_origin(data: bytes) -> str:
    """Return the page that client data, or a whole assertion, name, for a person to read; or a dash."""
    found = _ORIGIN_SAID.search(data)
    return "-" if found is None else found[1].decode("ascii", "replace")


def counter(signature: bytes) -> int:
    """Return the authenticator's counter of an assertion that was verified."""
    return int.from_bytes(_part(signature)[0][_FIXED - 4 : _FIXED], "big")


def fault(raw: bytes, signature: bytes, message: bytes) -> Fault | None:
    """Tell a person what is wrong with an assertion; None where `Verifier.verify` returns.

    Only the verifier decides. This looks for the first thing that an officer can do something about.
    """
    try:
        Verifier(raw).verify(signature, message)
    except InvalidSignature:
        return _fault(raw, signature, message)
    return None


def _fault(raw: bytes, signature: bytes, message: bytes) -> Fault:
    try:
        data, client, _ = _parts(signature)
        _check_client(client, challenge(message), origin(raw))
    except InvalidSignature:
        own = f'"origin":{json.dumps(origin(raw))}'.encode()
        said = said_origin(signature)
        if said not in ("-", origin(raw)) or (said != "-" and own not in signature):
            return "origin"
        return "act" if challenge(message).encode() not in signature else "form"
    if len(data) >= _FIXED and not (data[32] & VERIFIED and data[32] & PRESENT):
        return "person"
    try:
        _check_authenticator(data, hashlib.sha256(host(origin(raw)).encode()).digest())
    except InvalidSignature:
        return "form"
    return "signature"


def _parts(signature: bytes) -> tuple[bytes, bytes, bytes]:
    if len(signature) > MAX_SIGNATURE:
        raise InvalidSignature
    authenticator, rest = _part(signature)
    client, ecdsa = _part(rest)
    return authenticator, client, ecdsa


def _part(data: bytes) -> tuple[bytes, bytes]:
    size = int.from_bytes(data[:_PREFIX], "big")
    if len(data) < _PREFIX + size:
        raise InvalidSignature
    return data[_PREFIX : _PREFIX + size], data[_PREFIX + size :]


def _check_client(client: bytes, expected: str, origin: str) -> None:
    """Type, challenge, origin, `crossOrigin`, in this order and spelling; browsers may add members after."""
    start = (
        f'{{"type":"webauthn.get","challenge":"{expected}","origin":{json.dumps(origin)},"crossOrigin":false'
    ).encode()
    if not client.startswith(start) or client[len(start) : len(start) + 1] not in (b"}", b","):
        raise InvalidSignature
    if client[len(start) :] != b"}" and not client.endswith(b"}"):
        raise InvalidSignature


def _check_authenticator(data: bytes, party: bytes) -> None:
    flags = data[32] if len(data) >= _FIXED else 0
    extended = bool(flags & EXTENDED)
    if (
        data[:32] != party
        or not flags & PRESENT
        or not flags & VERIFIED
        or flags & ATTESTED
        or (flags & BACKED_UP and not flags & ELIGIBLE)
        or extended != (len(data) > _FIXED)
    ):
        raise InvalidSignature
