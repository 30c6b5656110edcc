"""What a spot check shows about the samples that were not drawn: the hypergeometric distribution, exactly.

    most_false(64, 1_000, 0, Fraction(5, 100))  ->  44: were 45 of 1,000 false, 64 draws would have met one
    chance_met(64, 1_000, 1)                     ->  Fraction(8, 125): one edited sample is mostly missed

Samples are drawn without replacement. What is said holds for any author, whatever he changed, as long as he
could not know the draw when he committed.
"""

from fractions import Fraction
from math import comb

from detente.instruments import rate


def most_false(drawn: int, total: int, found: int, doubt: Fraction) -> int:
    """Return how many of `total` may be false at most, when `found` of those `drawn` were.

    The largest number of false samples at which so few would have been found with a chance above `doubt`.

    Args:
        drawn: how many were opened and checked.
        total: how many the result commits to.
        found: how many of the drawn did not hold.
        doubt: 1 less the confidence.
    """
    room = total - drawn  # as many may be false beside the found ones
    return found + rate.first(lambda more: chance_few(drawn, total, found + more + 1, found) <= doubt, room)


def chance_few(drawn: int, total: int, false: int, found: int) -> Fraction:
    """Return the chance that at most `found` of `false` ones are among the drawn."""
    if false > total:
        return Fraction(0)
    ways = sum(comb(false, one) * comb(total - false, drawn - one) for one in range(min(found, drawn) + 1))
    return Fraction(ways, comb(total, drawn))


def chance_met(drawn: int, total: int, false: int) -> Fraction:
    """Return the chance that a draw meets at least one of `false` samples."""
    return 1 - chance_few(drawn, total, false, 0)


def needed(total: int, false: int, doubt: Fraction) -> int:
    """Return how many must be drawn so that `false` false ones are met but for a chance of `doubt`."""
    return rate.first(lambda drawn: chance_few(drawn, total, false, 0) <= doubt, total)
