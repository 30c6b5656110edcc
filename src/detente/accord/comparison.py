"""The comparison of two versions by their text: what each party may see and owes, widened or narrowed.

    for row in compare(old, new):
        row.party, row.effect, row.shift      "cn", Effect("may", "incidents.report", ("title",)), "widened"

Rules are compared as they are written, and as ranges where they are plain comparisons (`band`): that needs no
prover, and does not see that two other wordings mean the same. `undecided` says so. What the rules do is
compared by `proofs.amendment`.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from detente.accord.band import Range, bands
from detente.accord.document import Accord, to_value
from detente.accord.proofs.effect import FAMILIES, Effect, Part, parts
from detente.accord.rule import Rule
from detente.accord.version import Version
from detente.trust.canonical import Value

Shift = Literal["widened", "narrowed", "both", "unchanged", "undecided"]
SECTIONS = ("duties", "release", "triggers")
UNTOLD = frozenset({"genesis", "previous", "charters"})
"""Fields that follow from the versions themselves; a later version that changes a charter does not bind."""


class Row(Struct, frozen=True):
    """What became of one effect for one party.

    Args:
        party: who sees or owes it, or about whom a trigger proposes; "" is nobody in particular.
        effect: what.
        shift: the verdict.
    """

    party: str
    effect: Effect
    shift: Shift


class Change(Struct, frozen=True):
    """A clause that came, went or is written otherwise; None where it is not there."""

    section: str
    id: str
    old: int | None
    new: int | None


class Way(Struct, frozen=True):
    """One way in which an effect comes about: who owes it, as written, and the rule; None is always."""

    owes: str
    rule: Rule | None

    def implies(self, other: "Way") -> bool:
        """Whether it is certain that wherever this applies, the other does."""
        if other.owes not in (self.owes, "all"):
            return False
        if other.rule is None or other.rule.text == "true":
            return True
        if self.rule is None:
            return False
        if self.rule.guarded == other.rule.guarded:
            return True
        mine, theirs = bands(self.rule.node), bands(other.rule.node)
        if mine is None or theirs is None:
            return False
        return all(mine.get(path, Range()).within(wide) for path, wide in theirs.items())


def clauses(old: Accord, new: Accord) -> Iterator[Change]:
    """The clauses that differ, in the order of the new document, then those that went."""
    for section in SECTIONS:
        before = {one.id: n for n, one in enumerate(getattr(old, section))}
        after = {one.id: n for n, one in enumerate(getattr(new, section))}
        for name, n in after.items():
            was = before.get(name)
            if was is None or getattr(old, section)[was] != getattr(new, section)[n]:
                yield Change(section, name, was, n)
        for name, n in before.items():
            if name not in after:
                yield Change(section, name, n, None)


def frame(old: Accord, new: Accord) -> Iterator[tuple[str, Value, Value]]:
    """Every value outside the clauses that differs: path, before, after; None where it is not there."""
    before, after = (dict(_leaves(to_value(one), "$")) for one in (old, new))
    for path in dict.fromkeys((*before, *after)):
        if before.get(path) != after.get(path):
            yield path, before.get(path), after.get(path)


def compare(old: Version, new: Version) -> tuple[Row, ...]:
    """Every effect of either version for every party that it concerns."""
    versions = (old, new)
    every = dict.fromkeys(part.effect for version in versions for part in parts(version))
    known = dict.fromkeys(party for version in versions for party in (*version.world.parties, ""))
    found = []
    for effect in every:
        for party in known:
            before, after = ([*_ways(version, effect, party)] for version in versions)
            if before or after:
                found.append(Row(party, effect, _shift(before, after)))
    return tuple(found)


def _shift(before: list[Way], after: list[Way]) -> Shift:
    kept = all(any(one.implies(other) for other in after) for one in before)
    bounded = all(any(one.implies(other) for other in before) for one in after)
    if kept:
        return "unchanged" if bounded else "widened"
    return "narrowed" if bounded else "undecided"


def _ways(version: Version, effect: Effect, party: str) -> Iterator[Way]:
    for part in parts(version):
        if effect.covers(part.effect) and party in _concerned(part, version):
            owes = part.towards[0] if part.effect.family in FAMILIES["duty"] else ""
            yield Way(owes, part.rule)


def _concerned(part: Part, version: Version) -> tuple[str, ...]:
    if part.effect.family not in FAMILIES["duty"]:
        return part.towards
    owes = part.towards[0]
    return (owes,) if owes in version.world.parties else version.world.parties


def _leaves(value: Value, path: str) -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in UNTOLD and not (path == "$" and name in SECTIONS):
                yield from _leaves(one, f"{path}.{name}")
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for n, one in enumerate(value):
            yield from _leaves(one, f"{path}[{n}]")
    else:
        yield path, value
