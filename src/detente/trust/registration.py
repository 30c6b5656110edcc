"""The registration: a new passkey, as authenticator and browser say it, read without a parser.

    read(authenticator, client, challenge, "http://localhost:7788") -> Registered(credential, public, counter)

WebAuthn Level 2, sections 6.5.1 and 7.1, with ES256 and without attestation (docs/adr/0162). The key stands
in the one spelling that CTAP2 gives it (canonical CBOR), so its bytes are compared and cut, and nothing is
decoded. What is read here goes into a charter only when officers sign that. Pure.
"""

import hashlib
import json
from typing import NamedTuple

from detente.trust import passkey
from detente.trust.errors import BadSignature
from detente.trust.key import PublicKey

MAX_CREDENTIAL = 1_023
"""The longest name of a credential, in bytes (WebAuthn Level 2, section 4)."""

_AT = 37
_LENGTH = _AT + 16
_NAME = _LENGTH + 2
# {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}, each of x and y a string of 32 bytes.
_BEFORE_X = bytes.fromhex("a5010203262001215820")
_BEFORE_Y = bytes.fromhex("225820")
_COORDINATE = 32
_KEY = len(_BEFORE_X) + _COORDINATE + len(_BEFORE_Y) + _COORDINATE


class Registered(NamedTuple):
    """A passkey: what its authenticator calls it, its public half with its page, and its counter."""

    credential: bytes
    public: PublicKey
    counter: int


def read(authenticator: bytes, client: bytes, challenge: str, origin: str) -> Registered:
    """Return the passkey that was registered on a page.

    Args:
        authenticator: the authenticator's data.
        client: the browser's.
        challenge: that the page gave, base64url.
        origin: of the page.

    Raises:
        BadSignature: `registration.1` to `registration.4`. Malformed: `key.3`.
    """
    # 1. It answers this page's question, and was not made inside another page.
    start = (
        f'{{"type":"webauthn.create","challenge":"{challenge}","origin":{json.dumps(origin)},"crossOrigin":false'
    ).encode()
    if not client.startswith(start) or client[len(start) : len(start) + 1] not in (b"}", b","):
        raise BadSignature(
            "registration.1",
            f"This is no answer to the page {origin}: {passkey.said_origin(client)}.",
            "Load the page again, and register there.",
        )
    # 2. It is bound to this page's host.
    if authenticator[:32] != hashlib.sha256(passkey.host(origin).encode()).digest():
        raise BadSignature(
            "registration.2", "The passkey was made for another host.", "Register on the desk's own page."
        )
    # 3. The authenticator knew the person.
    flags = authenticator[32] if len(authenticator) > _AT else 0
    if not flags & passkey.PRESENT or not flags & passkey.VERIFIED:
        raise BadSignature(
            "registration.3",
            "The authenticator did not verify the person.",
            "Set a PIN or a fingerprint on it, and register again.",
        )
    credential, key = _attested(authenticator, flags)
    point = b"\x04" + key[len(_BEFORE_X) : len(_BEFORE_X) + _COORDINATE] + key[-_COORDINATE:]
    counter = int.from_bytes(authenticator[33:_AT], "big")
    return Registered(credential, PublicKey("webauthn-es256", point + origin.encode()), counter)


def _attested(data: bytes, flags: int) -> tuple[bytes, bytes]:
    """Return the credential's name and its key."""
    size = int.from_bytes(data[_LENGTH:_NAME], "big")
    credential, rest = data[_NAME : _NAME + size], data[_NAME + size :]
    key = rest[:_KEY]
    middle = key[len(_BEFORE_X) + _COORDINATE : -_COORDINATE]
    spelt = len(key) == _KEY and key.startswith(_BEFORE_X) and middle == _BEFORE_Y
    ends = len(rest) == _KEY or flags & passkey.EXTENDED
    # 4. It has a key of ES256 in its one spelling.
    if not (flags & passkey.ATTESTED and 0 < size <= MAX_CREDENTIAL and spelt and ends):
        raise BadSignature(
            "registration.4", "It has no key of ES256.", "Take an authenticator that signs ES256."
        )
    return credential, key
