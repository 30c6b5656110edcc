"""What records propose to people by the accord's triggers, and by when, by `machines.proposal`.

    of(realm, judge, now)  ->  (Proposed(record="9f…", clause="control-lost", states={"us": "open"}, …),)

The clock starts at the record's own time, so that all sides see the same one. Nothing happens by itself: the
officers of each party decide, and their party logs it (`accord.decide`); whoever does what was proposed does
it by the act for that.
"""

from collections.abc import Iterable, Iterator

import msgspec

from detente.accord import decision
from detente.accord.acts import DECIDE
from detente.accord.clause import Trigger
from detente.accord.duration import milliseconds
from detente.accord.machines.proposal import PROPOSAL
from detente.accord.pillar import Statement
from detente.accord.terms import Terms
from detente.node import roll
from detente.node.judge import Judge
from detente.node.roll import Hall
from detente.trust.machine import Cells, Event, fold
from detente.trust.record import Record

WARN_PART = 4
"""A warning comes when a quarter of the time to decide is left."""

SHOWN = 7 * 86_400_000
"""How long a proposal on which nobody decided is shown, in milliseconds after its end."""


class Proposed(msgspec.Struct, frozen=True):
    """One proposal.

    Attributes:
        record: that fired the trigger.
        party: its author.
        clause: id of the trigger.
        propose: what: `pause`, `notify`, `activate`, `suspend` to about what.
        since: when the clock started, in milliseconds.
        until: when it ends.
        states: of each party, by the table `machines.proposal`.
    """

    record: str
    party: str
    clause: str
    propose: dict[str, str]
    since: int
    until: int
    states: dict[str, str]


def of(realm: Hall, judge: Judge, now: int, among: Iterable[str] | None = None) -> tuple[Proposed, ...]:
    """Return every proposal whose clock runs, or ended not long ago; the one that ends first comes first.

    Args:
        realm: where records are looked up.
        judge: who judges them.
        now: in milliseconds.
        among: only these records are looked at, whoever keeps a list of them; None: all that are recent.
    """
    decided: dict[tuple[str, str], list[Record]] = {}
    for _, entry in roll.signed(realm, judge, DECIDE):
        decided.setdefault((str(entry.open["record"]), str(entry.open["clause"])), []).append(entry)
    found = []
    for name, entry, clause in _fired(realm, judge, now, among):
        answers = decided.get((name, clause.id), [])
        length = milliseconds(clause.decide, clause.id)
        parties = judge.terms.versions[entry.accord.version].world.parties
        found.append(
            Proposed(
                record=name,
                party=entry.party,
                clause=clause.id,
                propose={str(verb): about for verb, about in clause.propose.items()},
                since=entry.at,
                until=entry.at + length,
                states={one: _state(entry, one, answers, length, now) for one in parties},
            )
        )
    return tuple(sorted(found, key=lambda one: (one.until, one.record, one.clause)))


def waits(one: Proposed, party: str) -> bool:
    """Tell whether a party has still to decide, or let the time pass."""
    return one.states.get(party) in ("open", "warned", "lapsed")


def watched(terms: Terms) -> dict[str, int]:
    """Return the kinds that triggers are on, each with how long its records may matter, in milliseconds."""
    longest: dict[str, int] = {}
    for version in terms.versions.values():
        for clause, _ in version.triggers.values():
            length = milliseconds(clause.decide, clause.id)
            longest[clause.on] = max(length + SHOWN, longest.get(clause.on, 0))
    return longest


def _fired(
    realm: Hall, judge: Judge, now: int, among: Iterable[str] | None
) -> Iterator[tuple[str, Record, Trigger]]:
    for name, entry in _recent(realm, judge, now) if among is None else _held(judge, now, among):
        said = judge.said(name).facts
        if isinstance(said, Statement):
            for clause in decision.fired(said, judge.terms.versions[entry.accord.version]):
                yield name, entry, clause


def _recent(realm: Hall, judge: Judge, now: int) -> Iterator[tuple[str, Record]]:
    for kind, length in watched(judge.terms).items():
        yield from roll.newest(realm, judge, kind, since=now - length)


def _held(judge: Judge, now: int, among: Iterable[str]) -> Iterator[tuple[str, Record]]:
    longest = watched(judge.terms)
    for name in among:
        entry = judge.library.get(name)
        recent = entry is not None and entry.at >= now - longest.get(entry.kind, 0)
        if entry is not None and recent and judge.said(name).stands:
            yield name, entry


def _state(entry: Record, party: str, answers: list[Record], length: int, now: int) -> str:
    terms: Cells = {"decide": length, "warn": length // WARN_PART}
    said = sorted((one for one in answers if one.party == party), key=lambda one: (one.at, one.nonce))
    events = [
        event
        for one in said
        for event in (Event("tick", one.at), Event(str(one.open["answer"]), one.at, party, {"person": 1}))
    ]
    events = [Event("fire", entry.at, entry.party), *events, Event("tick", now), Event("tick", now)]
    return fold(PROPOSAL, terms, events).state
