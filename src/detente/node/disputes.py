"""The disputes: who disputes what, and how far its procedure is, by the table `machines.dispute`.

    of(realm, judge, now)  ->  (Disputed(id="9f…", raiser="us", state="talking", until=…, agreed=("cn",)),)

The sides talk for the accord's term, then its neutral has as long again to find. What is not settled by then
is unresolved, for all to see. Standing stays as the evidence has it.
"""

import msgspec

from detente.accord import decision
from detente.accord.acts import DISPUTE as RAISE
from detente.accord.acts import RESOLVE
from detente.accord.duration import milliseconds
from detente.accord.machines.dispute import DISPUTE
from detente.node import roll
from detente.node.judge import Judge
from detente.node.roll import Hall
from detente.trust.machine import Cells, Event, fold
from detente.trust.record import Record

OVER = ("settled", "dropped", "found")
"""Ends at which nobody need look any more; `unresolved` is for all to see."""


class Disputed(msgspec.Struct, frozen=True):
    """One dispute.

    Attributes:
        id: of the record that raised it.
        raiser: who raised it.
        record: what it is about.
        about: which side of it: standing, facts, release or authenticity.
        clause: of the duty whose verdict is disputed, or None.
        state: of the table `machines.dispute`.
        until: when this stage ends, in milliseconds.
        agreed: sides that say that it is over.
        finding: for whom the neutral found, or None.
    """

    id: str
    raiser: str
    record: str
    about: str
    clause: str | None
    state: str
    until: int
    agreed: tuple[str, ...]
    finding: str | None


def of(realm: Hall, judge: Judge, now: int) -> tuple[Disputed, ...]:
    """Return every dispute that is held and stands, the one whose stage ends first first."""
    said = roll.signed(realm, judge, RESOLVE)
    found = [
        _disputed(name, entry, [one for _, one in said if one.open["dispute"] == name], judge, now)
        for name, _, entry in roll.standing(realm, judge, RAISE)
    ]
    return tuple(sorted(found, key=lambda one: (one.until, one.id)))


def _disputed(name: str, entry: Record, answers: list[Record], judge: Judge, now: int) -> Disputed:
    version = judge.terms.versions[entry.accord.version]
    about = str(entry.open["record"])
    talk = milliseconds(version.accord.dispute.talk, "$.dispute.talk")
    author = judge.library[about].party
    terms: Cells = {
        "talk": talk,
        "mediate": talk,
        "neutral": decision.mediator(version),
        "sides": decision.sides(entry.party, author, version),
    }
    later = sorted((one for one in answers if one.at >= entry.at), key=lambda one: (one.at, one.nonce))
    events = [Event("raise", entry.at, entry.party)]
    for one in later:
        events += [*_ticks(one.at), Event(str(one.open["answer"]), one.at, one.party)]
    moment = fold(DISPUTE, terms, [*events, *_ticks(now)])
    agreed = moment.cells["agreed"]
    finding = next((str(one.open["finding"]) for one in later if one.open["finding"]), None)
    return Disputed(
        id=name,
        raiser=entry.party,
        record=about,
        about=str(entry.open["about"]),
        clause=entry.open.get("clause"),
        state=moment.state,
        until=int(str(moment.cells["until"])),
        agreed=tuple(sorted(agreed)) if isinstance(agreed, frozenset) else (),
        finding=finding if moment.state == "found" else None,
    )


def _ticks(at: int) -> list[Event]:
    """Time passes: through each stage that is over by then."""
    return [Event("tick", at)] * 2
