r"""The sealed package: bytes that only the named recipients read, made for one record and no other.

    detente-package/v1\n
    <length of header: 4 bytes> <header: canonical JSON>
    <for each recipient, in the header's order: 1120 bytes encapsulated key, 48 bytes wrapped content key>
    <AES-256-GCM ciphertext of the padded plaintext, 16 bytes of tag>

Header: `{"author","commitment","domain","genesis","recipients":[{"keyid","party"}…],"record","v":1}`.

Each content key is wrapped by HPKE in base mode (RFC 9180: MLKEM768-X25519 0x647a, HKDF-SHA256 0x0001,
AES-256-GCM 0x0002), whose info is `detente/v1 sealing\n`, the party's name, a newline and the header. The
package is encrypted under the content key with all bytes before the ciphertext as associated data, and a
nonce of zeros, since the key serves once. The release record that a party signs and logs names the SHA-256
of the whole package, so accord, record and recipients are authenticated by the author, and again by each
wrap. `commitment` makes AES-GCM committing: no author can send two recipients two texts in one package.

Purity: the content key is derived from an argument, but HPKE's encapsulation draws its own randomness inside
the library, which offers no other way; so two calls of `seal` differ, as two ML-DSA signatures do. Nothing
depends on which: a package is named by its bytes. `open_package` is pure.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from detente.trust import canonical
from detente.trust.errors import (
    BadOpening,
    Malformed,
    Misuse,
    NotCanonical,
    NotValidThen,
    TooLarge,
    WrongContext,
    WrongKey,
)
from detente.trust.recipient import OpeningKey, Recipient
from detente.trust.record import HEX_DIGEST, PARTY, Domain

MAGIC = b"detente-package/v1\n"
VERSION = 1
SMALLEST = 1024
LARGEST = 4 * 1024 * 1024
"""Padded plaintexts have a power of two of bytes, from `SMALLEST` to `LARGEST`."""

MAX_PLAINTEXT = LARGEST - 4
MAX_RECIPIENTS = 16
MAX_HEADER = 8_192
WRAP_BYTES = 1168
MAX_PACKAGE = len(MAGIC) + 4 + MAX_HEADER + MAX_RECIPIENTS * WRAP_BYTES + LARGEST + 16

_TAG_BYTES = 16
_NONCE = bytes(12)
HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
"""What wraps content keys: see the module docstring for the numbers of the three."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a package is made for; the same bytes presented for anything else are refused.

    Attributes:
        genesis: the accord.
        domain: `live` or `exercise`.
        author: the party that seals and signs.
        record: id of the record whose fields the package opens.
        recipients: the parties that may read it, in ascending order.
    """

    genesis: str
    domain: Domain
    author: str
    record: str
    recipients: tuple[str, ...]


class Addressee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A party that may read, and to which of its keys the content key is wrapped."""

    party: str
    keyid: str


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The readable part of a package, which all of it authenticates."""

    v: int
    genesis: str
    domain: Domain
    author: str
    record: str
    recipients: tuple[Addressee, ...]
    commitment: str


class Package(msgspec.Struct, frozen=True):
    """A package taken apart: nothing in it is verified yet but its form.

    Attributes:
        header: who may read it and what it is for.
        prefix: every byte before the ciphertext.
        header_bytes: the header as it travels.
        wraps: the wrapped content keys, in the header's order.
        ciphertext: the encrypted, padded plaintext and its tag.
    """

    header: Header
    prefix: bytes
    header_bytes: bytes
    wraps: tuple[bytes, ...]
    ciphertext: bytes


def seal(
    plaintext: bytes, recipients: Sequence[Recipient], context: Context, randomness: bytes, at: int
) -> bytes:
    """Return a package of a plaintext that these recipients, and nobody else, can open.

    Args:
        plaintext: at most `MAX_PLAINTEXT` bytes.
        recipients: one key for each party of the context.
        context: what it is made for.
        randomness: 32 random bytes; they are mixed with context and plaintext, so that even bytes given
            twice do not encrypt two texts under one key.
        at: now, milliseconds since the Unix epoch; nothing is sealed to a key that has expired.

    Raises:
        Misuse: `sealing.seal`: wrong randomness, or keys that are not exactly those of the context's parties.
        TooLarge: `sealing.1`. NotValidThen: `sealing.10`. Malformed, NotCanonical: `sealing.4`, `sealing.5`.
    """
    by_party = {one.party: one for one in recipients}
    if len(randomness) != hashlib.sha256().digest_size or len(by_party) != len(recipients):
        raise Misuse("sealing.seal", "Not 32 random bytes, or a party named twice.", "Fix the caller.")
    if by_party.keys() != set(context.recipients):
        raise Misuse("sealing.seal", "The keys are not those of the context's parties.", "Fix the caller.")
    for one in recipients:
        _check_alive(one, at)
    key = _content_key(randomness, context, plaintext)
    header = Header(
        v=VERSION,
        genesis=context.genesis,
        domain=context.domain,
        author=context.author,
        record=context.record,
        recipients=tuple(Addressee(party, by_party[party].keyid) for party in context.recipients),
        commitment=commitment(key),
    )
    _check_header(header)
    spelled = spell(header)
    wraps = [
        HPKE.encrypt(key, by_party[one.party].load(), info=info(one.party, spelled))
        for one in header.recipients
    ]
    prefix = b"".join([MAGIC, len(spelled).to_bytes(4), spelled, *wraps])
    return prefix + AESGCM(key).encrypt(_NONCE, pad(plaintext), prefix)


def framing_bytes(context: Context) -> int:
    """Return how many bytes of a package stand before its ciphertext, whatever the keys."""
    header = Header(
        v=VERSION,
        genesis=context.genesis,
        domain=context.domain,
        author=context.author,
        record=context.record,
        recipients=tuple(Addressee(party, "0" * 64) for party in context.recipients),
        commitment="0" * 64,
    )
    return len(MAGIC) + 4 + len(spell(header)) + WRAP_BYTES * len(context.recipients)


def sealed_bytes(plaintext: int) -> int:
    """Return how long the ciphertext of a plaintext of this length is, padding and tag included."""
    return _bucket(plaintext + 4) + _TAG_BYTES


def parse(data: bytes) -> Package:
    """Take a package apart, which shows who may read it and to which keys; nothing is verified yet.

    Raises:
        TooLarge: `sealing.1`. Malformed, NotCanonical: `sealing.3` to `sealing.6`, `canonical.1` to
        `canonical.5`.
    """
    _check_size(data)
    # 3. It begins as a package does, and holds the header it announces.
    start = len(MAGIC) + 4
    end = start + int.from_bytes(data[len(MAGIC) : start])
    if not data.startswith(MAGIC) or not start < end <= min(len(data), start + MAX_HEADER):
        raise Malformed("sealing.3", "This is no package of version 1.", "Fetch the package again.")
    # 4. The header is canonical JSON (checks `canonical.*`) with exactly its fields, each well formed.
    spelled = data[start:end]
    try:
        header = msgspec.convert(canonical.decode(spelled, MAX_HEADER), Header)
    except msgspec.ValidationError as error:
        raise Malformed("sealing.4", f"No header: {error}.", "Send exactly its fields.") from error
    _check_header(header)
    # 6. As many wraps as recipients follow, then one bucket and its tag.
    body = end + len(header.recipients) * WRAP_BYTES
    if not _is_bucket(len(data) - body - _TAG_BYTES):
        raise Malformed("sealing.6", "The ciphertext is not one bucket long.", "Fetch the package again.")
    wraps = tuple(data[at : at + WRAP_BYTES] for at in range(end, body, WRAP_BYTES))
    return Package(header, data[:body], spelled, wraps, data[body:])


def open_package(
    data: bytes, digest: str, context: Context, party: str, keys: Mapping[str, OpeningKey], at: int
) -> bytes:
    """Return the plaintext of a package.

    Args:
        data: the package as received.
        digest: hexadecimal SHA-256 of the package, from the signed release record.
        context: what that record says the package is for, and for whom.
        party: who opens it.
        keys: keyid to key, those that the party still holds.
        at: the time of the release record, milliseconds since the Unix epoch.

    Raises:
        As `parse`. WrongContext: `sealing.2`, `sealing.7`. WrongKey: `sealing.8`.
        NotValidThen: `sealing.9`, `sealing.10`. BadOpening: `sealing.11` to `sealing.13`.
        Malformed: `sealing.14`.
    """
    _check_size(data)
    # 2. It is the package that the release record names; until then, its bytes are nobody's.
    if hashlib.sha256(data).hexdigest() != digest:
        raise WrongContext("sealing.2", "Not the package that was released.", "Fetch the one it names.")
    package = parse(data)
    _check_context(package.header, context)
    index = _place(package.header, party)
    key = _held(package.header.recipients[index].keyid, keys)
    _check_alive(key.recipient, at)
    content_key = _unwrap(package, index, key)
    # 12. The content key is the one that the header commits to, the same for all recipients.
    if commitment(content_key) != package.header.commitment:
        raise BadOpening("sealing.12", "Another key than the header commits to.", "Keep it as evidence.")
    # 13. The ciphertext was made with this key behind these very bytes.
    try:
        padded = AESGCM(content_key).decrypt(_NONCE, package.ciphertext, package.prefix)
    except InvalidTag as error:
        raise BadOpening(
            "sealing.13", "The package was altered, or never sound.", "Ask its author."
        ) from error
    return _unpad(padded)


def spell(header: Header) -> bytes:
    """Return the canonical JSON of a header."""
    value: canonical.Value = msgspec.json.decode(msgspec.json.encode(header))
    return canonical.encode(value)


def info(party: str, header: bytes) -> bytes:
    """Return the HPKE info of one party's wrap behind a header as it travels."""
    return b"\n".join([b"detente/v1 sealing", party.encode(), header])


def commitment(key: bytes) -> str:
    """Return what a header says of a content key: hexadecimal SHA-256, prefixed by its purpose."""
    return hashlib.sha256(b"detente/v1 content key commitment\n" + key).hexdigest()


def pad(plaintext: bytes) -> bytes:
    """Return a plaintext behind its length in 4 bytes, with zeros up to the next bucket.

    Raises:
        TooLarge: `sealing.1`.
    """
    # 1. The size is within the limit.
    if len(plaintext) > MAX_PLAINTEXT:
        raise TooLarge("sealing.1", f"{len(plaintext)} bytes.", f"Seal at most {MAX_PLAINTEXT}.")
    framed = len(plaintext).to_bytes(4) + plaintext
    return framed.ljust(_bucket(len(framed)), b"\0")


def _check_size(data: bytes) -> None:
    # 1. The size is within the limit.
    if len(data) > MAX_PACKAGE:
        raise TooLarge("sealing.1", f"A package of {len(data)} bytes.", f"Send at most {MAX_PACKAGE}.")


def _check_header(header: Header) -> None:
    # 4. Known version; digests and names of the house.
    digests = (header.genesis, header.record, header.commitment, *(one.keyid for one in header.recipients))
    names = (header.author, *(one.party for one in header.recipients))
    if header.v != VERSION or not all(HEX_DIGEST.fullmatch(one) for one in digests):
        raise Malformed(
            "sealing.4", "Another version, or no digests.", "Update this software, or its sender."
        )
    if not all(PARTY.fullmatch(one) for one in names):
        raise Malformed("sealing.4", "A party is ill named.", "Name the parties as the accord does.")
    # 5. Between one and MAX_RECIPIENTS, in strictly ascending order of party.
    if not 1 <= len(header.recipients) <= MAX_RECIPIENTS:
        raise Malformed(
            "sealing.5", f"{len(header.recipients)} recipients.", f"Name one to {MAX_RECIPIENTS}."
        )
    if any(first >= second for first, second in pairwise(one.party for one in header.recipients)):
        raise NotCanonical("sealing.5", "Recipients repeat or are out of order.", "Sort them, each once.")


def _check_context(header: Header, context: Context) -> None:
    # 7. Accord, domain, author, record and recipients are those of the release.
    stated = Context(
        genesis=header.genesis,
        domain=header.domain,
        author=header.author,
        record=header.record,
        recipients=tuple(one.party for one in header.recipients),
    )
    if stated != context:
        odd = [name for name in context.__struct_fields__ if getattr(stated, name) != getattr(context, name)]
        raise WrongContext(
            "sealing.7", f"Made for another {' and '.join(odd)}.", "Present it where it belongs."
        )


def _place(header: Header, party: str) -> int:
    # 8. The party is among the recipients.
    for index, one in enumerate(header.recipients):
        if one.party == party:
            return index
    raise WrongKey("sealing.8", f"It is not sealed to {party}.", "Ask its author for a release.")


def _held(keyid: str, keys: Mapping[str, OpeningKey]) -> OpeningKey:
    # 9. The key is still held.
    if keyid not in keys:
        raise NotValidThen(
            "sealing.9",
            f"The key {keyid[:16]} is not held: destroyed after use, or never this node's.",
            "Ask for it to be sealed to a key announced now.",
        )
    return keys[keyid]


def _check_alive(recipient: Recipient, at: int) -> None:
    # 10. The key had not expired.
    if at >= recipient.expires:
        raise NotValidThen(
            "sealing.10",
            f"The key {recipient.keyid[:16]} of {recipient.party} had expired.",
            "Seal to a key that lives.",
        )


def _unwrap(package: Package, index: int, key: OpeningKey) -> bytes:
    # 11. The wrap opens with the party's key, for this party, behind this header.
    wrapped_for = info(package.header.recipients[index].party, package.header_bytes)
    try:
        content_key = HPKE.decrypt(package.wraps[index], key.load(), info=wrapped_for)
    except InvalidTag as error:
        raise BadOpening(
            "sealing.11", "The wrapped key does not open for this party.", "Ask its author."
        ) from error
    return content_key


def _content_key(randomness: bytes, context: Context, plaintext: bytes) -> bytes:
    made_for = hashlib.sha256(msgspec.json.encode(context)).digest()
    text = hashlib.sha256(plaintext).digest()
    return hmac.digest(randomness, b"detente/v1 content key\n" + made_for + text, "sha256")


def _bucket(size: int) -> int:
    return max(SMALLEST, 1 << (size - 1).bit_length())


def _is_bucket(size: int) -> bool:
    return SMALLEST <= size <= LARGEST and size & (size - 1) == 0


def _unpad(padded: bytes) -> bytes:
    # 14. The length leads, zeros follow, and no smaller bucket would have done.
    size = int.from_bytes(padded[:4])
    plaintext = padded[4 : 4 + size]
    if size > MAX_PLAINTEXT or pad(plaintext) != padded:
        raise Malformed("sealing.14", "The padding is not the one that is due.", "Tell its author.")
    return plaintext
