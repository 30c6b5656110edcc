"""Exact one-sided bounds on a rate (Clopper and Pearson, Biometrika 26, 1934), by whole numbers alone.

    shown_below(0, 299, Fraction(1, 100), Fraction(5, 100))  ->  True     and with 298 samples False
    upper(0, 299, Fraction(5, 100))                          ->  Fraction(9970, 1000000)

A decision is a comparison of whole numbers and nothing is rounded. Where a bound itself is shown, it is the
nearest multiple of `STEP` on its safe side: an upper bound is never too low, a lower one never too high.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import comb

STEP = Fraction(1, 1_000_000)
"""How finely a bound is shown."""


def shown_below(events: int, samples: int, rate: Fraction, doubt: Fraction) -> bool:
    """Whether the upper bound is at most `rate`: at that rate, so few events had at most chance `doubt`.

    Args:
        events: how many were seen.
        samples: out of how many.
        rate: from 0 to 1.
        doubt: 1 less the confidence, above 0.
    """
    part, whole = rate.numerator, rate.denominator
    other = whole - part
    most = doubt.numerator * _power(whole, samples)
    term = comb(samples, events) * _power(part, events) * _power(other, samples - events)
    total = 0
    for seen in range(events, -1, -1):
        total += term
        if total * doubt.denominator > most:
            return False
        # Each further term is at most up / down of the one before it, and less and less.
        up, down = seen * other, (samples - seen + 1) * part
        if up < down and (total * (down - up) + term * up) * doubt.denominator <= most * (down - up):
            return True
        term = term * up // down if down else 0
    return True


def shown_at_least(events: int, samples: int, rate: Fraction, doubt: Fraction) -> bool:
    """Whether the lower bound is at least `rate`: the mirror of `shown_below`."""
    return shown_below(samples - events, samples, 1 - rate, doubt)


def upper(events: int, samples: int, doubt: Fraction) -> Fraction:
    """Return the upper bound, rounded up to a multiple of `STEP`; 1 without samples."""
    if events >= samples:
        return Fraction(1)
    most = STEP.denominator
    return STEP * first(lambda step: shown_below(events, samples, STEP * step, doubt), most)


def lower(events: int, samples: int, doubt: Fraction) -> Fraction:
    """Return the lower bound, rounded down to a multiple of `STEP`; 0 without samples."""
    return 1 - upper(samples - events, samples, doubt)


def first(holds: Callable[[int], bool], most: int) -> int:
    """Return the smallest number up to `most` from which on something holds; `most` if it never does."""
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def holm(criteria: Mapping[str, Callable[[Fraction], bool]], doubt: Fraction) -> frozenset[str]:
    """Return which of many criteria are shown, so that any false one among them has at most chance `doubt`.

    Holm's procedure (Scandinavian Journal of Statistics 6, 1979) without p-values: whatever is shown at the
    doubt divided by the number of criteria still open is shown, and the others are asked again.

    Args:
        criteria: name to whether it is shown at a given doubt; once shown, it is at each larger doubt.
        doubt: for all together.
    """
    left = dict(criteria)
    shown: set[str] = set()
    while left:
        level = doubt / len(left)
        name = next((one for one, holds in left.items() if holds(level)), None)
        if name is None:
            break
        shown.add(name)
        del left[name]
    return frozenset(shown)


def _power(base: int, times: int) -> int:
    """A whole number to a power that is not negative."""
    value: int = base**times
    return value
