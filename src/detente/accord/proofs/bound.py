"""The bounds around an accord's rules, of two versions: what no rule speaks of and the gate keeps to.

    bounds(old, new)      those that changed, each widened or narrowed

outflow     how many bytes may go to a party in a period of the budget
classified  the highest of an author's classes that may go to a party
runs        until when a pillar is in force; 0 if it is not
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from detente.accord.version import RUNNING, Version

Turn = Literal["widened", "narrowed", "both"]


class Bound(Struct, frozen=True):
    """A bound that changed.

    Args:
        about: `outflow`, `classified` or `runs`.
        names: the party; author and party; the pillar.
        shift: widened if more may happen under the new version, `both` if the two cannot be ordered.
        before: bytes and the period in milliseconds; the class; the milliseconds.
        after: the same in the new version.
    """

    about: Literal["outflow", "classified", "runs"]
    names: tuple[str, ...]
    shift: Turn
    before: tuple[str, ...]
    after: tuple[str, ...]


def bounds(old: Version, new: Version) -> tuple[Bound, ...]:
    """The bounds that changed, between parties and of pillars that either version has."""
    return (*_outflow(old, new), *_classified(old, new), *_running(old, new))


def _outflow(old: Version, new: Version) -> Iterator[Bound]:
    for name in sorted({*old.world.parties} & {*new.world.parties}):
        before, after = _budget(old, name), _budget(new, name)
        wider = after[0] > before[0] or after[1] < before[1]
        narrower = after[0] < before[0] or after[1] > before[1]
        if wider or narrower:
            shift: Turn = "both" if wider and narrower else "widened" if wider else "narrowed"
            yield Bound("outflow", (name,), shift, tuple(map(str, before)), tuple(map(str, after)))


def _budget(version: Version, party: str) -> tuple[int, int]:
    outflow = version.accord.outflow
    return outflow.per.get(party, outflow.bytes), version.outflow_period


def _classified(old: Version, new: Version) -> Iterator[Bound]:
    for author, party in sorted(old.classes.keys() & new.classes.keys()):
        if author == party:
            continue
        before, after = (_class(one, author, party) for one in (old, new))
        if before == after:
            continue
        known = new.accord.parties[author].lawful.classes
        if before not in known:
            yield Bound("classified", (author, party), "both", (before,), (after,))
        else:
            shift: Turn = "widened" if known.index(after) > known.index(before) else "narrowed"
            yield Bound("classified", (author, party), shift, (before,), (after,))


def _class(version: Version, author: str, party: str) -> str:
    return version.accord.parties[author].lawful.classes[version.classes[author, party]]


def _running(old: Version, new: Version) -> Iterator[Bound]:
    for name in sorted({*old.accord.pillars} | {*new.accord.pillars}):
        before, after = (_end(one, name) for one in (old, new))
        if before != after:
            shift: Turn = "widened" if after > before else "narrowed"
            yield Bound("runs", (name,), shift, (str(before),), (str(after),))


def _end(version: Version, pillar: str) -> int:
    terms = version.accord.pillars.get(pillar)
    return version.sunsets[pillar] if terms is not None and terms.state in RUNNING else 0
