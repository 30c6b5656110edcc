"""Two runs of the same samples, held against each other sample by sample.

    pairing.compared(pairing.paired(first, second), Fraction(5, 100), Fraction(5, 100)).agree

Pairs have one item, language and epoch. What one run lacks, or could not score, is unpaired, and counts as a
difference of the whole scale against agreeing. Epochs of an item are no independent pairs: each item, in a
language, is one difference, the mean of its epochs.
"""

from fractions import Fraction
from typing import NamedTuple

from detente.instruments import equivalence
from detente.instruments.equivalence import Paired
from detente.instruments.extract import EVENT, Extract, Sample
from detente.trust.errors import WrongContext


class Pairs(NamedTuple):
    """What two runs say of the samples of the first; the counts of `evaluations.replication`.

    Args:
        both: unwanted events in both.
        first_only: in the first alone.
        second_only: in the second alone.
        neither: in neither.
        unpaired: samples of the first that cannot be compared.
        scores: what each said of every pair.
        differences: of each item in each language, the mean of first less second.
    """

    both: int
    first_only: int
    second_only: int
    neither: int
    unpaired: int
    scores: tuple[tuple[str, str], ...]
    differences: tuple[Fraction, ...]


def paired(first: Extract, second: Extract) -> Pairs:
    """Return the samples of two runs side by side; twins are left out, as they are in a replication.

    Raises:
        WrongContext: `pairing.1`: the runs are not of one suite, scored in one way.
    """
    # 1. Both are of one suite, and scored by one scorer and judge: else differences say nothing of the runs.
    for field in ("suite", "scorer", "judge"):
        if getattr(first.header, field) != getattr(second.header, field):
            what = f"The two runs have not the same {field}."
            raise WrongContext("pairing.1", what, "Compare runs that go by one playbook.")
    others = {one.place: one for one in second.samples}
    counts = dict.fromkeys(("both", "first_only", "second_only", "neither", "unpaired"), 0)
    scores: list[tuple[str, str]] = []
    items: dict[tuple[str, str], list[int]] = {}
    for one in first.samples:
        if one.twin:
            continue
        other = others.get(one.place)
        items.setdefault((one.item, one.language), []).append(_apart(one, other, counts))
        if other is not None and other.error is None and one.error is None:
            scores.append((one.score, other.score))
    means = tuple(Fraction(sum(some), len(some)) for some in items.values())
    return Pairs(**counts, scores=tuple(scores), differences=means)


def compared(found: Pairs, margin: Fraction, doubt: Fraction) -> Paired:
    """Return whether two runs agree: the difference of their rates is shown to lie within the margin.

    Args:
        found: the pairs.
        margin: as agreed.
        doubt: of each of the two tests.
    """
    seen = equivalence.tost(found.differences, margin, doubt)
    # What could not be compared may all have gone one way.
    total = found.both + found.first_only + found.second_only + found.neither + found.unpaired
    lost = Fraction(found.unpaired, total) if total else Fraction(1)
    if not lost:
        return seen
    if lost >= margin:
        return seen._replace(agree=False)
    return equivalence.tost(found.differences, margin - lost, doubt)


def _apart(one: Sample, other: Sample | None, counts: dict[str, int]) -> int:
    """Count a pair; return first less second: 1, 0 or -1."""
    if other is None or one.error is not None or other.error is not None:
        counts["unpaired"] += 1
        return 0
    first, second = one.score == EVENT, other.score == EVENT
    names = {(True, True): "both", (True, False): "first_only", (False, True): "second_only"}
    counts[names.get((first, second), "neither")] += 1
    return first - second
