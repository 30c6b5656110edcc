"""The effects of an accord: what all clauses together bring about between two parties.

    Effect(family="may", kind="incidents.report", what=("pattern",))          may be shown
    Effect(family="duty", kind="incidents.report", what=("notices.notice",), within=86400000)

An effect holds if any of its clauses holds: all that bring about at least as much. A duty due in an hour is
also one due within a day, and one that a notice alone performs is also one that a notice or a nil performs.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Literal

from msgspec import Struct

from detente.accord.ceiling import audiences
from detente.accord.clause import Duty, Release
from detente.accord.duration import milliseconds
from detente.accord.rule import Rule
from detente.accord.soundness import whats
from detente.accord.version import Version

Family = Literal["may", "node", "owed", "duty", "calendar", "trigger"]
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "release": ("may", "node", "owed"),
    "duty": ("duty", "calendar"),
    "trigger": ("trigger",),
}
PARTY = "party"
"""Stands for a party that a trigger names, so that the mirrored trigger is the same effect on another."""


class Effect(Struct, frozen=True, order=True):
    """One effect.

    Args:
        family: `may` be shown; shown by the `node` without an officer; `owed` to be shown; a `duty` after a
            record; a duty of the `calendar`; what a `trigger` proposes.
        kind: of the record; "" for the calendar.
        what: the sealed paths, the kinds that perform it, or what is proposed and about what.
        within: milliseconds, if it has a term.
        every: period of a calendar.
        excuse: kinds that stop the clock.
    """

    family: Family
    kind: str
    what: tuple[str, ...]
    within: int = 0
    every: str = ""
    excuse: tuple[str, ...] = ()

    def covers(self, other: "Effect") -> bool:
        """Whether who has the other has at least this."""
        same = (self.family, self.kind, self.every) == (other.family, other.kind, other.every)
        if not same or other.within > self.within or not set(other.excuse) <= set(self.excuse):
            return False
        if self.family in FAMILIES["duty"]:
            return set(other.what) <= set(self.what)
        return self.what == other.what


class Part(Struct, frozen=True):
    """What one clause brings about.

    Args:
        id: of the clause.
        effect: what.
        rule: under which condition; None for the calendar.
        towards: of a release the parties it speaks of; of a trigger the party it names, or ("",) for none;
            of a duty who owes it, as written.
    """

    id: str
    effect: Effect
    rule: Rule | None
    towards: tuple[str, ...]


def parts(version: Version) -> tuple[Part, ...]:
    """What every clause of a version brings about, in the order of the document."""
    return (*_duties(version), *_releases(version), *_triggers(version))


def pairs(effect: Effect, version: Version) -> Iterator[tuple[str, str]]:
    """The pairs (author, other) between which an effect could hold."""
    parties = version.world.parties
    authors = ("",) if effect.family == "calendar" else parties
    others = (*parties, "") if effect.family == "trigger" else parties
    shown = effect.family in FAMILIES["release"]
    for author, other in product(authors, others):
        if not (shown and author == other):
            yield author, other


def _duties(version: Version) -> Iterator[Part]:
    for one in version.obligations.values():
        clause = one.clause
        if isinstance(clause, Duty):
            family: Family = "duty" if clause.on else "calendar"
            effect = Effect(
                family=family,
                kind=clause.on or "",
                what=tuple(sorted(whats(clause.what))),
                within=one.spec.within,
                every=clause.every or "",
                excuse=tuple(sorted(clause.excuse)),
            )
            yield Part(clause.id, effect, one.rule, (clause.owes,))


def _releases(version: Version) -> Iterator[Part]:
    owed = {one.clause.id for one in version.obligations.values() if isinstance(one.clause, Release)}
    rules = release_rules(version)
    for clause in version.accord.release:
        towards = spoken(clause, version)
        rule = rules.get(clause.id)
        for path in clause.fields if rule else ():
            yield Part(clause.id, Effect("may", clause.kind, (path,)), rule, towards)
            if clause.by == "node":
                yield Part(clause.id, Effect("node", clause.kind, (path,)), rule, towards)
            if clause.id in owed:
                term = milliseconds(clause.within or "", clause.id)
                excuse = tuple(sorted(clause.excuse))
                yield Part(
                    clause.id, Effect("owed", clause.kind, (path,), term, excuse=excuse), rule, towards
                )


def release_rules(version: Version) -> dict[str, Rule]:
    """The compiled rules of the release clauses, by id; a clause that speaks of nobody has none."""
    return {
        granted.clauses[rule.place.path].id: rule
        for granted in version.grants.values()
        for rule in granted.bank.rules
    }


def spoken(clause: Release, version: Version) -> tuple[str, ...]:
    """The parties that a release clause speaks of."""
    rows = version.accord.parties.items()
    return tuple(name for name, one in sorted(rows) if clause.to in audiences(frozenset(one.roles)) | {name})


def _triggers(version: Version) -> Iterator[Part]:
    for clause, rule in version.triggers.values():
        term = milliseconds(clause.decide, clause.id)
        for verb, subject in sorted(clause.propose.items()):
            named = subject in version.world.parties
            what = (verb, PARTY if named else subject)
            yield Part(clause.id, Effect("trigger", clause.on, what, term), rule, (subject if named else "",))
