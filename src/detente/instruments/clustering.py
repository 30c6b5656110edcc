"""Samples that are not independent: one item asked in many epochs says less than as many items.

    design_effect([(0, 10), (10, 10), (0, 10)])  ->  Fraction(10, 1) or more: each item speaks with one voice

The design effect is the variance that the items show, over the variance that independent samples would have
(Kish 1965), both estimated without bias: items that are asked once have exactly 1. Counts divided
by it are then bounded exactly. Dividing is an approximation for many items; it is never used to gain: an
effect below 1 is 1, and where the events show no spread (none, or all) each item counts once.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

_TWO = 2


class Counted(NamedTuple):
    """Events out of samples; in a cluster, of one item."""

    events: int
    samples: int


def design_effect(clusters: Iterable[tuple[int, int]]) -> Fraction:
    """Return by how much the variance of the rate is larger than for independent samples; 1 at least.

    Args:
        clusters: events and samples of each item.
    """
    counted = [Counted(*one) for one in clusters if one[1]]
    events = sum(one.events for one in counted)
    samples = sum(one.samples for one in counted)
    groups = len(counted)
    if not samples:
        return Fraction(1)
    if groups < _TWO or events in (0, samples):
        return Fraction(sum(one.samples**2 for one in counted), samples)
    rate = Fraction(events, samples)
    spread = sum((one.events - one.samples * rate) ** 2 for one in counted)
    effect = Fraction(groups, groups - 1) * spread * (samples - 1) / (samples**2 * rate * (1 - rate))
    return max(Fraction(1), effect)


def against(events: int, samples: int, effect: Fraction) -> Counted:
    """Return the effective counts for an upper bound: rounded so that it can only rise."""
    whole = floor(samples / effect)
    return Counted(min(whole, ceil(Fraction(events * whole, max(samples, 1)))), whole)


def towards(events: int, samples: int, effect: Fraction) -> Counted:
    """Return the effective counts for a lower bound: rounded so that it can only fall."""
    whole = floor(samples / effect)
    return Counted(floor(Fraction(events * whole, max(samples, 1))), whole)
