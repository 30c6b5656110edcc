"""The pauses: who pauses what, who was asked to, and until when, by the table `machines.pause`.

    of(realm, judge, now)  ->  (Paused(id="9f…", asker="us", who="cn", state="unanswered", until=…),)

Each pause is played from the records of its thread that are held here. A request that was accepted ends with
the pause that accepted it, and is mutual for as long as the asker pauses too. Nothing is enforced: a node
does not run what is paused (docs/adr/0125).
"""

from typing import TypeAlias

import msgspec

from detente.accord.acts import ATTEST
from detente.accord.machines.pause import PAUSE
from detente.accord.terms import Terms
from detente.node import roll
from detente.node.judge import Judge
from detente.node.roll import Hall
from detente.trust.machine import Event, Value, fold
from detente.trust.record import Record

KIND = "notices.pause"
LIFT = "notices.lift"
ANSWERS = ("notices.answer", "notices.cannot-lawfully-send", LIFT)
NEVER = 2**53 - 1
Others: TypeAlias = tuple[list[tuple[str, Record]], list[Record]]
"""Every pause by its id, and what answers pauses."""


class Paused(msgspec.Struct, frozen=True):
    """One pause, or a request for one.

    Attributes:
        id: of the record.
        asker: its author.
        who: who pauses, or is asked to.
        state: of the table `machines.pause`.
        activity: what is paused.
        until: when it ends by itself, in milliseconds.
        attested: laboratories of whoever pauses that said, through it, that the activity rests.
        vouched: those of them that signed it with their own key; of the others it is the party's word.
    """

    id: str
    asker: str
    who: str
    state: str
    activity: str
    until: int
    attested: tuple[str, ...] = ()
    vouched: tuple[str, ...] = ()


def of(realm: Hall, judge: Judge, now: int) -> tuple[Paused, ...]:
    """Return every pause that is held and stands, the one that ends last first."""
    pauses = [(name, entry) for name, _, entry in roll.standing(realm, judge, KIND)]
    answers = [entry for kind in ANSWERS for _, _, entry in roll.standing(realm, judge, kind)]
    answers += [entry for _, entry in roll.signed(realm, judge, ATTEST)]
    found = [_paused(name, entry, (pauses, answers), (judge.terms, now)) for name, entry in pauses]
    return tuple(sorted(found, key=lambda one: (-one.until, one.id)))


def _paused(name: str, entry: Record, others: Others, ground: tuple[Terms, int]) -> Paused:
    later = sorted(_later(name, entry, others), key=lambda one: (one.at, one.nonce))
    who = str(entry.open["binds"])
    parties = ground[0].versions[entry.accord.version].accord.parties
    known = frozenset(parties[who].laboratories) if who in parties else frozenset()
    moment = fold(PAUSE, {"longest": NEVER, "laboratories": known}, _events([entry, *later], ground[1]))
    cell = moment.cells["attested"]
    attested = tuple(sorted(cell)) if isinstance(cell, frozenset) else ()
    signed = {one.open["laboratory"] for one in later if _by_key(one)}
    return Paused(
        id=name,
        asker=entry.party,
        who=who,
        state=moment.state,
        activity=str(entry.open["activity"]),
        until=int(str(moment.cells["until"])),
        attested=attested,
        vouched=tuple(one for one in attested if one in signed),
    )


def _by_key(one: Record) -> bool:
    """Whether a laboratory itself signed that what was paused rests; `roll.signed` has checked it."""
    return one.kind == ATTEST and one.open["claim"] == "done" and one.open["approval"] is not None


def _later(name: str, entry: Record, others: Others) -> list[Record]:
    """The records that answer a pause: those that name it, and to a request, pauses in its thread."""
    pauses, answers = others
    asked = entry.party != entry.open["binds"]
    near = [(own, one) for own, one in pauses if asked and _accepts(one, name, entry)]
    accepting = sorted((one.at, one.nonce, own) for own, one in near if one.party == entry.open["binds"])
    # Whoever accepted ends its own pause, and with it what it accepted.
    named = {name, *(own for _, _, own in accepting[:1])}
    lifted = {one.open["of"] for one in answers if one.kind == LIFT}
    held = [one for own, one in near if one.party != entry.party or own not in lifted]
    return [
        *held,
        *(one for one in answers if _names(one) == name or (one.kind == LIFT and _names(one) in named)),
    ]


def _accepts(one: Record, name: str, entry: Record) -> bool:
    """Whether a pause stands in the thread of a request, after it."""
    return one.thread == (entry.thread or name) and one.nonce != entry.nonce and one.at >= entry.at


def _names(one: Record) -> str:
    return str(one.open.get("pause" if one.kind == ATTEST else "of"))


def _events(records: list[Record], now: int) -> list[Event]:
    """Return what the records say, each after the time that had passed before it, and the time now."""
    events: list[Event] = []
    for one in records:
        events += [Event("tick", one.at), _event(one)] if events else [_event(one)]
    return [*events, Event("tick", now), Event("tick", now)]


def _event(one: Record) -> Event:
    said = one.open
    if one.kind == ATTEST:
        # That it was not done is on record, and attests nothing.
        return Event("attest" if said["claim"] == "done" else "other", one.at, str(said["laboratory"]))
    if one.kind == KIND:
        reply = said["respond_by"] if said["respond_by"] is not None else said["until"]
        values: dict[str, Value] = {"binds": said["binds"], "until": said["until"], "reply": reply}
        return Event("pause", one.at, one.party, values)
    names = {LIFT: "lift", "notices.cannot-lawfully-send": "cannot-send"}
    replies = {"declined": "decline", "cannot_say": "cannot-say"}
    return Event(names.get(one.kind) or replies.get(str(said["reply"]), "other"), one.at, one.party)
