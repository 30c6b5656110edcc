"""Power before the run: how many samples it takes to show a system below a line, if it is as good as hoped.

    samples_needed(Fraction(1, 100), Fraction(0), Fraction(5, 100), Fraction(80, 100))  ->  Size(299, 0, …)

Exact: the run passes with at most `events` events, which `rate.shown_below` decides; the chance of that at
the rate hoped for is a binomial sum.
"""

from fractions import Fraction
from typing import NamedTuple

from detente.instruments import rate

MOST = 100_000
"""More samples than this are not looked for."""
MOST_EVENTS = 200
"""Nor more events than this."""


class Size(NamedTuple):
    """How large a run must be.

    Args:
        samples: how many.
        events: with at most so many it passes.
        power: the chance that it does, at the rate hoped for.
    """

    samples: int
    events: int
    power: Fraction


def passes(events: int, samples: int, true: Fraction) -> Fraction:
    """Return the chance of at most `events` events at a true rate."""
    part, whole = true.numerator, true.denominator
    other = whole - part
    if not other:
        return Fraction(int(events >= samples))
    term = ways = _power(other, samples)
    for one in range(1, events + 1):
        term = term * (samples - one + 1) * part // (one * other)
        ways += term
    return Fraction(ways, _power(whole, samples))


def samples_needed(line: Fraction, true: Fraction, doubt: Fraction, power: Fraction) -> Size | None:
    """Return the smallest run that passes with a chance of `power`; None if none up to `MOST` does.

    For each number of events allowed, the smallest run that passes with it is the most likely to pass.

    Args:
        line: below which the rate has to be shown.
        true: the rate hoped for; a system at the line or above is passed by luck alone.
        doubt: of the bound.
        power: the chance wanted; above the doubt.
    """
    if true >= line:
        return None
    samples: int | None = 0
    for events in range(MOST_EVENTS + 1):
        samples = least_passing(events, line, doubt, samples or 0)
        if samples is None:
            return None
        chance = passes(events, samples, true)
        if chance >= power:
            return Size(samples, events, chance)
    return None


def least_passing(events: int, line: Fraction, doubt: Fraction, start: int = 0) -> int | None:
    """Return the fewest samples, from `start` on, with which so many events still pass; None: beyond `MOST`.

    Args:
        events: how many.
        line: below which the rate has to be shown.
        doubt: of the bound.
        start: so many do not pass, or are the fewest that do.
    """

    def holds(samples: int) -> bool:
        return rate.shown_below(events, samples, line, doubt)

    low = max(start, events)
    high = low + 1
    while not holds(high):
        if high >= MOST:
            return None
        low, high = high, min(2 * high, MOST)
    return low + rate.first(lambda more: holds(low + more), high - low)


def power_of(samples: int, line: Fraction, true: Fraction, doubt: Fraction) -> Size:
    """Return with how many events a run of this size passes, and the chance of that; events -1: never."""
    events = -1
    while events < samples and rate.shown_below(events + 1, samples, line, doubt):
        events += 1
    return Size(samples, events, passes(events, samples, true) if events >= 0 else Fraction(0))


def _power(base: int, times: int) -> int:
    """A whole number to a power that is not negative."""
    value: int = base**times
    return value
