"""Suppression: which counts are withheld so that no small one can be told from the others. Pure.

    suppressed({"jan bio": 2, "jan": 9, …}, [Sum("jan", ("jan bio", "jan cyber"))], least=5)

A count above nothing and below `least` is withheld (primary). A sum that is published over counts of which
one is withheld would give it away: another is withheld with it, the smallest first, until each sum leaves two
unknown that come to at least `least` together (complementary). Totals are counts like the others, and can be
withheld too. What is nothing is shown, and is no cover. In the end each cell is checked by intervals: where
anything is left to withhold, none that was withheld for its size can be bounded below `least`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Sum(NamedTuple):
    """One sum that readers can work out: a total, and the counts that it is made of."""

    total: str
    parts: tuple[str, ...]


def guarded(
    counts: Mapping[str, int], rest: Mapping[str, int], sums: Sequence[Sum], least: int
) -> frozenset[str]:
    """Return the counts that are withheld where readers know some of what was counted by itself.

    Whoever takes the cases that are told away from every count has the counts of the others: they follow the
    same rule.

    Args:
        counts: as of `suppressed`.
        rest: the same without the cases that are told.
        sums: as of `suppressed`; they hold between both.
        least: as of `suppressed`.
    """
    hidden, before = suppressed(counts, sums, least), frozenset({""})
    while hidden != before:
        before = hidden
        hidden = suppressed(counts, sums, least, suppressed(rest, sums, least, hidden))
    return hidden


def suppressed(
    counts: Mapping[str, int], sums: Sequence[Sum], least: int, withheld: Iterable[str] = ()
) -> frozenset[str]:
    """Return the counts that are withheld.

    Args:
        counts: name to count, totals among them.
        sums: all sums that hold between them.
        least: the smallest count above nothing that is shown.
        withheld: what is withheld anyway.
    """
    hidden = {name for name, count in counts.items() if 0 < count < least} | set(withheld)
    while True:
        more = next((found for one in sums if (found := _cover(counts, one, hidden, least))), None)
        more = more or _bounded(counts, sums, hidden, least)
        if more is None:
            return frozenset(hidden)
        hidden.add(more)


def _cover(counts: Mapping[str, int], one: Sum, hidden: set[str], least: int) -> str | None:
    """Return what has to be withheld too in one sum, or None."""
    within = [name for name in (*one.parts, one.total) if name in hidden]
    known = one.total not in hidden
    enough = sum(counts[name] for name in within) >= least if known else len(within) > 1
    if not within or (len(within) > 1 and enough):
        return None
    return _smallest(counts, (one,), hidden)


def _smallest(counts: Mapping[str, int], sums: Iterable[Sum], hidden: set[str]) -> str | None:
    """Return the smallest count that can be a cover: a part before a total; what is nothing is none."""
    for names in ([part for one in sums for part in one.parts], [one.total for one in sums]):
        left = [name for name in names if name not in hidden and counts[name] > 0]
        if left:
            return min(left, key=lambda name: (counts[name], name))
    return None


def _bounded(counts: Mapping[str, int], sums: Sequence[Sum], hidden: set[str], least: int) -> str | None:
    """Return what has to be withheld because a reader could bound a small count, or None."""
    _, high = bounds(counts, sums, hidden)
    for name in sorted(hidden):
        if 0 < counts[name] < least and high[name] < least:
            found = _smallest(counts, [one for one in sums if name in (one.total, *one.parts)], hidden)
            if found is not None:
                return found
    return None


def bounds(
    counts: Mapping[str, int], sums: Sequence[Sum], hidden: Iterable[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the least and the most that each count can be for a reader who sees all but the hidden ones.

    Sums are followed until nothing changes: what a careful reader can work out from non-negative counts.
    """
    unknown, most = frozenset(hidden), max(counts.values(), default=0) + sum(counts.values())
    low = {name: 0 if name in unknown else count for name, count in counts.items()}
    high = {name: most if name in unknown else count for name, count in counts.items()}
    changed = True
    while changed:
        changed = False
        for one in sums:
            changed |= _narrow(one, low, high)
    return low, high


def _narrow(one: Sum, low: dict[str, int], high: dict[str, int]) -> bool:
    """Narrow what a sum says of its members; return whether it did."""
    before = [(low[name], high[name]) for name in (*one.parts, one.total)]
    least, most = sum(low[name] for name in one.parts), sum(high[name] for name in one.parts)
    low[one.total], high[one.total] = max(low[one.total], least), min(high[one.total], most)
    for name in one.parts:
        rest_low, rest_high = least - low[name], most - high[name]
        low[name] = max(low[name], low[one.total] - rest_high)
        high[name] = min(high[name], high[one.total] - rest_low)
        least, most = rest_low + low[name], rest_high + high[name]
    return before != [(low[name], high[name]) for name in (*one.parts, one.total)]
