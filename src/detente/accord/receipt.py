"""The receipt: a party's logged vector of the others' heads, each seen, and held but for missing ranges.

    {"heads":{"cn":{"missing":[[4,4]],"root":"5d…","size":17}}}

It is a record of kind `accord.receipt`, and its leaf says so. Only receipts move time. A receipt that is
not of this form moves nothing, not even its author's clock: it is skipped, at every node alike, because
its bytes are the same everywhere. Pure.
"""

from bisect import bisect_right
from collections.abc import Mapping

from msgspec import Struct

from detente.trust.canonical import MAX_INTEGER, Value
from detente.trust.record import HEX_DIGEST, PARTY, RECEIPT_KIND, Record


class Seen(Struct, frozen=True):
    """What a witness says of one log.

    Args:
        size: how many entries it has seen.
        root: the root of those, 64 hexadecimal digits.
        missing: ranges of indices, both ends included, ascending and apart, whose bodies it does not hold.
    """

    size: int
    root: str
    missing: tuple[tuple[int, int], ...] = ()

    def lacks(self, index: int) -> bool:
        """Whether the body at this index is among the missing."""
        place = bisect_right(self.missing, (index, MAX_INTEGER)) - 1
        return place >= 0 and index <= self.missing[place][1]


def open_fields(heads: Mapping[str, Seen]) -> dict[str, Value]:
    """Return the open fields of a receipt."""
    return {"heads": {party: _value(seen) for party, seen in heads.items()}}


def heads(record: Record, author: str) -> dict[str, Seen] | None:
    """Return what a receipt in the log of `author` says, or None if it says nothing that counts."""
    # 1. It is a receipt of that party, without thread or sealed paths.
    if record.kind != RECEIPT_KIND or record.party != author or record.thread is not None or record.sealed:
        return None
    # 2. It has `heads` and nothing else.
    value = record.open.get("heads")
    if len(record.open) != 1 or not isinstance(value, dict):
        return None
    # 3. Every head reads well; one that does not spoils the receipt.
    found = {party: _seen(head) for party, head in value.items() if PARTY.fullmatch(party)}
    if len(found) != len(value):
        return None
    return {party: seen for party, seen in found.items() if seen} if all(found.values()) else None


def ranges(indices: list[int]) -> tuple[tuple[int, int], ...]:
    """Return ascending indices as ranges, both ends included."""
    found: list[tuple[int, int]] = []
    for index in indices:
        if found and found[-1][1] == index - 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return tuple(found)


def _value(seen: Seen) -> Value:
    return {"size": seen.size, "root": seen.root, "missing": [list(pair) for pair in seen.missing]}


def _seen(value: object) -> Seen | None:
    match value:
        case {"size": int(size), "root": str(root), "missing": list(missing), **rest} if not rest:
            spans = tuple(_pair(pair) for pair in missing)
            if type(size) is int and HEX_DIGEST.fullmatch(root) and _apart(spans, size):
                return Seen(size, root, spans)
    return None


def _pair(value: object) -> tuple[int, int]:
    match value:
        case [int(first), int(last)] if type(first) is int and type(last) is int and first <= last:
            return first, last
    return -1, -1


def _apart(spans: tuple[tuple[int, int], ...], size: int) -> bool:
    """Whether ranges ascend, lie within 0 up to `size`, and neither touch nor overlap."""
    last = -2
    for first, end in spans:
        if first < max(0, last + 2) or end >= size:
            return False
        last = end
    return size >= 0
