"""The draw: which samples of a result are opened, computed by everybody from what nobody chose alone.

    drawn("9f…", ("03…", "a1…"), count=3, total=120)   ->   (17, 54, 101)

The seed is SHA-256 over `detente/draw/1`, the result's id and the heads, each followed by a line feed. Number
i of the stream is SHA-256 over the seed and i (8 bytes, big-endian), its first 16 bytes taken as a whole
number; numbers that would favour some samples are skipped, and so are repetitions.
"""

from hashlib import sha256

_LABEL = b"detente/draw/1\n"
_SPACE = 2**128


def drawn(result: str, heads: tuple[str, ...], count: int, total: int) -> tuple[int, ...]:
    """The numbers drawn, ascending: `count` different ones from 0 to `total` - 1; all, if there are fewer."""
    seed = sha256(_LABEL + b"".join(f"{one}\n".encode("ascii") for one in (result, *heads))).digest()
    fair = _SPACE - _SPACE % max(total, 1)
    found: set[int] = set()
    turn = 0
    while len(found) < min(count, total):
        number = int.from_bytes(sha256(seed + turn.to_bytes(8, "big")).digest()[:16], "big")
        if number < fair:
            found.add(number % total)
        turn += 1
    return tuple(sorted(found))
