"""The bundle of bodies: up to 256 envelopes in one file, each after its length in four bytes.

    bodies/000          leaves 0 to 255        bodies/001.p/17      leaves 256 to 272

Length 0 says that this node does not hold that body. Unlike tiles, a mirror's bundle may gain bodies later;
it never loses one. Nothing read from a bundle counts before it is checked against its leaf.
"""

from collections.abc import Sequence

from detente.trust.errors import Malformed, TooLarge
from detente.trust.tile import WIDTH, indexed_path

MAX_BODY = 98_304
"""The longest envelope of a record: 65,536 bytes of payload in base64, type, signature and spelling."""

MAX_BUNDLE = WIDTH * (4 + MAX_BODY)
"""The longest file of bodies."""


def path(index: int, width: int = WIDTH) -> str:
    """Return the path of a bundle below its log: `bodies/000`, or `bodies/000.p/17` if not full."""
    return f"bodies/{indexed_path(index, width)}"


def dump(bodies: Sequence[bytes | None]) -> bytes:
    """Return the file of these envelopes; None is one that is not held."""
    return b"".join(len(one or b"").to_bytes(4, "big") + (one or b"") for one in bodies)


def parse(data: bytes, width: int) -> list[bytes | None]:
    """Return the envelopes of a file that should have room for `width`.

    Raises:
        TooLarge: `bodies.1`; Malformed: `bodies.2`, `bodies.3`.
    """
    bodies: list[bytes | None] = []
    at = 0
    for _ in range(width):
        length = int.from_bytes(data[at : at + 4], "big")
        # 1. Each is within the limit.
        if length > MAX_BODY:
            raise TooLarge("bodies.1", f"A body of {length} bytes.", f"Records have at most {MAX_BODY}.")
        # 2. Each is there to its end.
        if at + 4 + length > len(data):
            raise Malformed("bodies.2", f"The file ends within body {len(bodies)} of {width}.", _FETCH)
        bodies.append(data[at + 4 : at + 4 + length] or None)
        at += 4 + length
    # 3. Nothing follows.
    if at != len(data):
        raise Malformed("bodies.3", f"{len(data) - at} bytes follow the {width} bodies.", _FETCH)
    return bodies


_FETCH = "Fetch it again, or from another mirror."
