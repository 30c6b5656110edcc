"""Exact one-sided bounds on a rate, by whole numbers alone (Clopper and Pearson, Biometrika 26, 1934).

`shown_below(k, n, rate, doubt)`: had the true rate been at least this, k or fewer events out of n would have
been seen with a probability of at most doubt; so the upper bound on the rate lies at or below it.
`shown_at_least` is its mirror; `agreement` is what two runs of the same samples come to by both.
Rates are in ten-thousandths; a doubt is a fraction (5, 100). Nothing is rounded.
"""

from fractions import Fraction
from math import comb
from typing import Literal, TypeAlias

Agreement: TypeAlias = Literal["agree", "differ", "undecided"]
_WHOLE = 10_000


def shown_below(events: int, samples: int, rate: int, doubt: Fraction) -> bool:
    """Whether the upper bound on the rate is at most `rate`, which lies between 0 and 10,000.

    The terms of the binomial sum are added from the greatest number of events down, until they exceed the
    doubt, or all that are left cannot make them: so a long run costs little, whatever its counts.
    """
    other, part = _WHOLE - rate, doubt.denominator
    most = doubt.numerator * _power(_WHOLE, samples)
    term = comb(samples, events) * _power(rate, events) * _power(other, samples - events)
    total = 0
    for seen in range(events, -1, -1):
        total += term
        if total * part > most:
            return False
        # Each further term is at most up / down of the one before it, and less and less.
        up, down = seen * other, (samples - seen + 1) * rate
        if up < down and (total * (down - up) + term * up) * part <= most * (down - up):
            return True
        term = term * up // down
    return True


def shown_at_least(events: int, samples: int, rate: int, doubt: Fraction) -> bool:
    """Whether the lower bound on the rate is at least `rate`."""
    # At least k events at this rate are at most n - k of the opposite at the opposite rate.
    return shown_below(samples - events, samples, _WHOLE - rate, doubt)


def agreement(apart: int, unpaired: int, samples: int, margin: int, doubt: Fraction) -> Agreement:
    """Whether two runs agree: the share of samples that differ is shown to lie below the margin, or above it.

    Args:
        apart: samples on which the runs differ.
        unpaired: samples that could not be compared; they count against agreeing alone.
        samples: all of them.
        margin: in ten-thousandths.
        doubt: of each of the two bounds.
    """
    if shown_below(apart + unpaired, samples, margin, doubt):
        return "agree"
    return "differ" if shown_at_least(apart, samples, margin, doubt) else "undecided"


def false_at_most(drawn: int, total: int, doubt: Fraction) -> int:
    """How many of `total` may be false at most, with this doubt, when `drawn` of them were checked and held.

    Drawing is without replacement: the largest number of false samples that would have been missed with a
    probability above the doubt.
    """
    low, high = 0, total - drawn
    while low < high:
        middle = (low + high + 1) // 2
        missed = Fraction(comb(total - middle, drawn), comb(total, drawn))
        low, high = (middle, high) if missed > doubt else (low, middle - 1)
    return low


def _power(base: int, times: int) -> int:
    """A whole number to a power that is not negative."""
    value: int = base**times
    return value
