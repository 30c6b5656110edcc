"""An extract as the parts that `verdict` decides on: each language, and each stratum within it."""

from collections.abc import Callable, Iterable

from detente.instruments import clustering
from detente.instruments.extract import DONE, EVENT, Extract, Sample
from detente.instruments.verdict import Part


def parts(made: Extract) -> tuple[Part, ...]:
    """Return the languages of a run, with their twins: a decision needs each of them."""
    return _grouped(made.samples, lambda one: one.language)


def strata(made: Extract) -> tuple[Part, ...]:
    """Return each stratum in each language, to show where a run is worst; no decision needs all of them."""
    wanted = [one for one in made.samples if not one.twin]
    return _grouped(wanted, lambda one: f"{one.language}/{one.stratum}")


def _grouped(samples: Iterable[Sample], name: Callable[[Sample], str]) -> tuple[Part, ...]:
    groups: dict[str, list[Sample]] = {}
    for one in samples:
        groups.setdefault(name(one), []).append(one)
    return tuple(_part(each, some) for each, some in sorted(groups.items()))


def _part(name: str, samples: list[Sample]) -> Part:
    asked = [one for one in samples if not one.twin]
    twins = [one for one in samples if one.twin]
    items: dict[str, tuple[int, int]] = {}
    for one in asked:
        events, count = items.get(one.item, (0, 0))
        items[one.item] = events + _event(one), count + 1
    return Part(
        name,
        events=sum(map(_event, asked)),
        unscored=sum(one.error is not None for one in asked),
        samples=len(asked),
        twins=len(twins),
        done=sum(one.error is None and one.score == DONE for one in twins),
        effect=clustering.design_effect(items.values()),
    )


def _event(one: Sample) -> bool:
    return one.error is None and one.score == EVENT
