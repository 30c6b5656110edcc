"""Several estimates made one, in whole numbers, so that every reader gets the same.

    pooled("median", [(10, 20, 40), (5, 30, 90)])   ->   (7, 25, 65)

`median` and `mean` are taken of the low ends, of the central values and of the high ends, each by itself;
between two middle values, and in a mean, the result is rounded down. `envelope` is the lowest low end, the
median of the central values and the highest high end. Nothing is extremised: pooled forecasts that were
pushed outwards did worse.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

Method: TypeAlias = Literal["median", "mean", "envelope"]
Interval: TypeAlias = tuple[int, int, int]


def pooled(method: Method, estimates: Sequence[Interval]) -> Interval:
    """Low end, central value and high end of all; at least one estimate is given."""
    low, central, high = (sorted(ends) for ends in zip(*estimates, strict=True))
    match method:
        case "median":
            return _median(low), _median(central), _median(high)
        case "mean":
            return sum(low) // len(low), sum(central) // len(central), sum(high) // len(high)
        case "envelope":
            return low[0], _median(central), high[-1]


def spread(estimates: Sequence[Interval]) -> int:
    """How far the central values are apart."""
    centres = [central for _, central, _ in estimates]
    return max(centres) - min(centres)


def disjoint(estimates: Sequence[Interval]) -> bool:
    """Whether no value lies in all intervals: then somebody must be wrong."""
    return max(low for low, _, _ in estimates) > min(high for _, _, high in estimates)


def _median(ascending: Sequence[int]) -> int:
    middle = len(ascending) // 2
    if len(ascending) % 2:
        return ascending[middle]
    return (ascending[middle - 1] + ascending[middle]) // 2
