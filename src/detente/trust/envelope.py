"""The envelope: DSSE v1 (secure-systems-lab/dsse, protocol.md and envelope.md), in one spelling.

    {"payload":"eyJ2IjoxfQ==","payloadType":"application/vnd…","signatures":[{"keyid":"9f…","sig":"…"}]}

What is signed is the pre-authentication encoding of type and payload, so a payload never verifies as
another type. Distinct keys are counted, never signatures; the algorithm comes from the pinned key. Verify
first; then parse `envelope.payload`, those same bytes. Narrower than DSSE: the JSON is canonical, base64 is
the standard alphabet with padding, `keyid` is required, and signatures stand in ascending order of it, each
once. Pure.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from itertools import pairwise

import msgspec

from detente.trust import canonical
from detente.trust.errors import (
    BelowThreshold,
    Malformed,
    Misuse,
    NotCanonical,
    TooLarge,
    WrongContext,
    WrongKey,
)
from detente.trust.key import PrivateKey, PublicKey

ACCORD_TYPE = "application/vnd.detente.accord+json"
ACT_TYPE = "application/vnd.detente.act+json"
CHARTER_TYPE = "application/vnd.detente.charter+json"

MAX_BYTES = 1_048_576
"""The longest envelope, as JSON."""

MAX_SIGNATURES = 64
"""The most signatures on one envelope: an accord signed twice by each officer of eight parties has room."""

MAX_TYPE = 128
"""The longest payload type, in characters."""

_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_KEYID = re.compile(r"[0-9a-f]{64}")


class Signature(msgspec.Struct, frozen=True):
    """One signature: the key's name, and the raw bytes it gave."""

    keyid: str
    sig: bytes


class Envelope(msgspec.Struct, frozen=True):
    """A payload, its type, and signatures in ascending order of keyid."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]


class _SignatureJson(msgspec.Struct, forbid_unknown_fields=True):
    keyid: str
    sig: str


class _EnvelopeJson(msgspec.Struct, forbid_unknown_fields=True):
    payload: str
    payloadType: str  # noqa: N815 (the name is DSSE's)
    signatures: list[_SignatureJson]


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed: `DSSEv1 <len(type)> <type> <len(payload)> <payload>`, lengths in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def statement_id(payload_type: str, payload: bytes) -> str:
    """Return the name of a statement: hexadecimal SHA-256 of its pre-authentication encoding."""
    return hashlib.sha256(pae(payload_type, payload)).hexdigest()


def sign(payload_type: str, payload: bytes, keys: Iterable[PrivateKey]) -> Envelope:
    """Return the envelope of a payload signed by each of these keys once."""
    message = pae(payload_type, payload)
    by_keyid = {key.public.keyid: key for key in keys}
    signatures = tuple(Signature(keyid, by_keyid[keyid].sign(message)) for keyid in sorted(by_keyid))
    return Envelope(payload_type, payload, signatures)


def dump(envelope: Envelope) -> bytes:
    """Return the canonical JSON of an envelope."""
    signatures: list[canonical.Value] = [
        {"keyid": one.keyid, "sig": base64.b64encode(one.sig).decode()} for one in envelope.signatures
    ]
    payload = base64.b64encode(envelope.payload).decode()
    return canonical.encode(
        {"payload": payload, "payloadType": envelope.payload_type, "signatures": signatures}
    )


def parse(data: bytes, limit: int = MAX_BYTES) -> Envelope:
    """Read an envelope; nothing is verified yet.

    Raises:
        Malformed, NotCanonical, TooLarge: `canonical.1` to `canonical.5`, or `envelope.1` to `envelope.5`.
    """
    # 1. Canonical JSON (checks `canonical.*`) with exactly the fields of DSSE.
    value = canonical.decode(data, limit)
    try:
        fields = msgspec.convert(value, _EnvelopeJson)
    except msgspec.ValidationError as error:
        raise Malformed("envelope.1", f"Not a DSSE envelope: {error}.", "Send the envelope alone.") from error
    # 2. The payload type is a short media type.
    if len(fields.payloadType) > MAX_TYPE or not _TYPE.fullmatch(fields.payloadType):
        raise Malformed(
            "envelope.2", f"No payload type: {fields.payloadType[:MAX_TYPE]!a}.", "Name the type."
        )
    # 3. Payload and signatures are base64 in its one spelling.
    payload = _base64(fields.payload)
    signatures = tuple(Signature(one.keyid, _base64(one.sig)) for one in fields.signatures)
    # 4. and 5. The signatures are few, well named, in order, each key once.
    _check_signatures(signatures)
    return Envelope(fields.payloadType, payload, signatures)


def verify(
    envelope: Envelope, keys: Iterable[PublicKey], threshold: int, payload_type: str
) -> frozenset[str]:
    """Return the keyids of those of `keys` that signed, if there are at least `threshold`.

    A signature under a keyid not among `keys` is ignored, as DSSE asks; one under a keyid that is, and
    does not verify, refuses all.

    Raises:
        WrongContext: `envelope.6`: the payload is of another type.
        BadSignature: `envelope.7`: a known key, a wrong signature.
        WrongKey: `envelope.8`: none of the keys signed.
        BelowThreshold: `envelope.9`: fewer distinct keys signed than the threshold.
    """
    if threshold < 1:
        raise Misuse("envelope.verify", f"A threshold of {threshold} proves nothing.", "Fix the caller.")
    # 6. The type is the one asked for.
    if envelope.payload_type != payload_type:
        raise WrongContext(
            "envelope.6",
            f"This is {envelope.payload_type}, not {payload_type}.",
            "Present it where it belongs.",
        )
    # 7. Every signature by a known key verifies.
    by_keyid = {key.keyid: key for key in keys}
    message = pae(envelope.payload_type, envelope.payload)
    signed = {one.keyid: one.sig for one in envelope.signatures if one.keyid in by_keyid}
    for keyid, signature in signed.items():
        by_keyid[keyid].verify(message, signature, "envelope.7")
    # 8. One of the keys signed.
    if not signed:
        raise WrongKey(
            "envelope.8", "None of the keys that could sign this did.", "Check whose statement it is."
        )
    # 9. Enough distinct keys signed.
    if len(signed) < threshold:
        raise BelowThreshold("envelope.9", f"{len(signed)} of {threshold} keys signed.", "Gather the others.")
    return frozenset(signed)


def require_no_others(envelope: Envelope, signed: frozenset[str]) -> None:
    """Return if everybody who signed is among those verified: no unverified byte travels in the envelope.

    Args:
        envelope: the envelope.
        signed: what `verify` returned; for several groups of keys, the union.

    Raises:
        WrongKey: `envelope.10`.
    """
    # 10. Nobody else signed, so that what was signed by these keys has one envelope.
    others = [one.keyid for one in envelope.signatures if one.keyid not in signed]
    if others:
        raise WrongKey(
            "envelope.10", f"{len(others)} keys that were not asked signed too.", "Remove their signatures."
        )


def _base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(
            "envelope.3", f"Not base64: {error}.", "Use the standard alphabet and padding."
        ) from error
    if base64.b64encode(data).decode() != text:
        raise NotCanonical("envelope.3", "The base64 has another spelling.", "Encode the bytes again.")
    return data


def _check_signatures(signatures: tuple[Signature, ...]) -> None:
    # 4. Between one and MAX_SIGNATURES, each under a keyid of 64 hexadecimal digits.
    if len(signatures) > MAX_SIGNATURES:
        raise TooLarge("envelope.4", f"{len(signatures)} signatures.", f"Send at most {MAX_SIGNATURES}.")
    if not signatures or not all(_KEYID.fullmatch(one.keyid) for one in signatures):
        raise Malformed("envelope.4", "A signature or its key's name is missing.", "Sign, and name the keys.")
    # 5. In strictly ascending order of keyid: no key twice, one order.
    keyids = [one.keyid for one in signatures]
    if any(first >= second for first, second in pairwise(keyids)):
        raise NotCanonical("envelope.5", "Keyids repeat or are out of order.", "Sort them, each once.")
