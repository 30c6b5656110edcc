"""The group: ristretto255 (RFC 9496), through libsodium by `rbcl`, an optional dependency.

    point = hashed(b"run", b"cve:CVE-2026-1234");  multiplied(secret, point)

Points are 32 bytes, in their one canonical encoding; scalars 32 bytes, little-endian, below the group's
order.
"""

import importlib
from hashlib import sha512
from types import ModuleType

from detente.trust.errors import Malformed, Misuse

POINT_BYTES = 32
ORDER = 2**252 + 27742317777372353535851937790883648493
IDENTITY = bytes(POINT_BYTES)
_LABEL = b"detente/match/1\n"


def library() -> ModuleType:
    """Return the library that knows the group. Raises Misuse: `group.1`."""
    # 1. It is installed.
    try:
        return importlib.import_module("rbcl")
    except ImportError as error:
        raise Misuse(
            "group.1",
            "Private matching needs the extra `match`.",
            "Install it: pip install --require-hashes -r requirements-match.lock",
        ) from error


def scalar(entropy: bytes) -> bytes:
    """Return a secret of 64 bytes of entropy, never zero.

    Raises:
        Misuse: `group.2`: other than 64 bytes.
    """
    # 2. Twice the order's length, so that no scalar is favoured.
    if len(entropy) != 2 * POINT_BYTES:
        raise Misuse("group.2", f"{len(entropy)} bytes of entropy.", "Draw 64 from the system's source.")
    return (int.from_bytes(entropy, "little") % (ORDER - 1) + 1).to_bytes(POINT_BYTES, "little")


def hashed(context: bytes, value: bytes) -> bytes:
    """Return the point of a value in a context: the map of RFC 9496, 4.3.4, over SHA-512.

    The digest is over the label `detente/match/1`, a line feed, the context's length (8 bytes, big-endian),
    the context and the value: one value has points in two runs that nobody can tell belong together.
    """
    digest = sha512(_LABEL + len(context).to_bytes(8, "big") + context + value).digest()
    return bytes(library().crypto_core_ristretto255_from_hash(digest))


def multiplied(secret: bytes, point: bytes) -> bytes:
    """Return the point times the secret.

    Raises:
        Malformed: `group.3`: no canonical point, or the identity, which would hide nothing.
    """
    # 3. A canonical encoding of a point other than the identity (RFC 9496, 4.3.1).
    if len(point) != POINT_BYTES or point == IDENTITY:
        raise Malformed("group.3", "A point that is none.", "Ask its author for the file again.")
    try:
        return bytes(library().crypto_scalarmult_ristretto255(secret, point))
    except (RuntimeError, ValueError, TypeError) as error:
        raise Malformed("group.3", "A point that is none.", "Ask its author for the file again.") from error
