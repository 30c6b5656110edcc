"""Deadlines: the open duties of a standing as dates, and the tick that warns before and escalates after.

    notify-serious  us  due 1790086400000  warned       for the report 9f…

They are derived from the logs alone and kept beside them, so a restart neither forgets a warning nor gives it
twice. A deadline that has lost its duty is gone with it.
"""

import sqlite3
from typing import Literal, TypeAlias

import msgspec

from detente.accord.machines.duty import ALARM
from detente.accord.standing import Duty, Standing
from detente.trust.machine import Event, Moment, Step, Value, step
from detente.trust.record import Domain

Raised: TypeAlias = Literal["", "warned", "overdue"]
"""The state of its alarm, by the table `machines.duty.ALARM`."""
OPEN = frozenset({"owed", "disputed", "unobservable", "forked"})

WARN_PART = 4
"""A warning comes when a quarter of the time between seeing a duty and its term is left."""


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """One open duty.

    Attributes:
        domain: of the logs.
        name: of the duty: clause, version, base or start of its period, debtor.
        party: who owes it.
        clause: id of the clause.
        base: id of the record from which it arose; empty for a calendar.
        due: the end of its term, in milliseconds.
        since: when this node first saw it.
        verdict: as standing gives it.
        raised: what was said about it so far.
    """

    domain: Domain
    name: str
    party: str
    clause: str
    base: str
    due: int
    since: int
    verdict: str
    raised: Raised


def tick(conn: sqlite3.Connection, domain: Domain, standing: Standing, now: int) -> tuple[Deadline, ...]:
    """Bring the table up to a standing, and return what has newly to be said; in a transaction."""
    known = {one.name: one for one in read(conn, domain)}
    current = {one.name: one for one in map(_deadline, _open(standing), [domain] * len(standing.duties))}
    conn.execute("DELETE FROM deadline WHERE domain = ?", (domain,))
    news = []
    for name, fresh in current.items():
        old = known.get(name)
        one = msgspec.structs.replace(
            fresh, since=old.since if old else now, raised=old.raised if old else ""
        )
        alarm = _alarm(one, now)
        one = msgspec.structs.replace(one, raised=msgspec.convert(alarm.moment.state, Raised))
        if alarm.emit:
            news.append(one)
        _put(conn, one)
    return tuple(news)


def read(conn: sqlite3.Connection, domain: Domain) -> tuple[Deadline, ...]:
    """Return the open deadlines, soonest first."""
    rows = conn.execute("SELECT data FROM deadline WHERE domain = ? ORDER BY due, name", (domain,))
    return tuple(msgspec.json.decode(row[0], type=Deadline) for row in rows)


def _open(standing: Standing) -> list[Duty]:
    return [one for one in standing.duties if one.verdict in OPEN or one.overdue]


def _deadline(duty: Duty, domain: Domain) -> Deadline:
    name = f"{duty.spec}/{duty.version}/{duty.base or duty.start}/{duty.debtor}"
    return Deadline(
        domain=domain,
        name=name,
        party=duty.debtor,
        clause=duty.spec,
        base=duty.base,
        due=duty.due[0],
        since=0,
        verdict=duty.verdict,
        raised="",
    )


def _alarm(one: Deadline, now: int) -> Step:
    said: dict[str, Value] = {"due": one.due, "warn": one.due - (one.due - one.since) // WARN_PART}
    return step(ALARM, {}, Moment(one.raised, {}), Event("tick", now, said=said))


def _put(conn: sqlite3.Connection, one: Deadline) -> None:
    conn.execute(
        "INSERT INTO deadline (domain, name, due, data) VALUES (?, ?, ?, ?)",
        (one.domain, one.name, one.due, msgspec.json.encode(one)),
    )
