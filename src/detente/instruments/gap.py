"""The gap between practice and sealed items: does a system do worse on items that it cannot have seen?

    gap.between((3, 200), (14, 100))   ->   rates, their difference, and by what chance so large a gap arises

Practice items are open; a system may have been trained on them. Fisher's exact test on the two counts, with
one side (Fisher, The Design of Experiments, 1935): had both kinds of items one rate, so many or more of the
unwanted events would have fallen on the sealed ones with the chance that is returned. Whole numbers alone.
"""

from fractions import Fraction
from math import comb
from typing import NamedTuple

from detente.instruments.extract import Extract
from detente.trust.errors import WrongContext

Counted = tuple[int, int]
"""Events, and samples."""


class Gap(NamedTuple):
    """What two runs show.

    Args:
        practice: rate of unwanted events on open items.
        sealed: on sealed ones.
        chance: of a gap so large or larger, had both one rate; 1 if the sealed rate is not above.
    """

    practice: Fraction
    sealed: Fraction
    chance: Fraction


def counted(made: Extract) -> Counted:
    """Return events and samples of an extract in all languages; what was not scored counts as an event."""
    every = made.header.counts.values()
    return sum(one.events + one.unscored for one in every), sum(one.samples for one in every)


def between(practice: Counted, sealed: Counted) -> Gap:
    """Return the gap between two runs.

    Raises:
        WrongContext: `gap.1`: one of them has no samples.
    """
    # 1. There is something to compare.
    if not practice[1] or not sealed[1]:
        raise WrongContext("gap.1", "One of the runs has no samples.", "Compare two whole runs.")
    rates = Fraction(*practice), Fraction(*sealed)
    events, samples = practice[0] + sealed[0], practice[1] + sealed[1]
    ways = sum(
        comb(sealed[1], some) * comb(practice[1], events - some)
        for some in range(sealed[0], min(events, sealed[1]) + 1)
    )
    return Gap(*rates, Fraction(ways, comb(samples, events)))
