"""The wakes: which messages want an officer, and who was called about them; kept with the deadlines' clock.

    wake   live 9f… arrived   ringing    flash, from cn, read back by 14:20
    call   live 9f… arrived   night desk, mail, begun 14:05, delivered 14:05

A call is written down before it is made and again when its outcome is known. One that was begun and has no
outcome when its process ended is `unknown`: it is not made again, the next one is made in its place. So a
restart loses no alarm, and wakes nobody twice about the same thing.
"""

import sqlite3
from typing import Literal, TypeAlias

import msgspec

from detente.accord.machines.wake import WAKE
from detente.node.rota import Officer, Rota, Way
from detente.trust.machine import Event, Moment, Value, step
from detente.trust.record import Domain

Why: TypeAlias = Literal["arrived", "unheard", "unread"]
"""It came and is not read back here; or ours was not received, or not read back, by the others in time."""

Outcome: TypeAlias = Literal["begun", "delivered", "failed", "unknown"]
SECOND = 1000


class Wake(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm.

    Attributes:
        domain: of the message; record: its id.
        why: what is lacking.
        kind: of the message; party: its author; precedence: of it.
        since: when this node took it in; due: when it is late; both in milliseconds.
        lacking: parties that have not received or read it, of an own message.
        state: of the table `machines.wake`.
        until: how long the newest call is waited for.
        officer: who took it, or who was called last; empty if nobody was.
    """

    domain: Domain
    record: str
    why: Why
    kind: str
    party: str
    precedence: str
    since: int
    due: int
    lacking: tuple[str, ...] = ()
    state: str = ""
    until: int = 0
    officer: str = ""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call of one officer, by one way.

    Attributes:
        domain, record, why: of the alarm.
        officer: by name; way: by which.
        at: when it was begun, in milliseconds.
        outcome: what came of it; what: why it failed, in the words of whoever refused.
    """

    domain: Domain
    record: str
    why: Why
    officer: str
    way: Way
    at: int
    outcome: Outcome = "begun"
    what: str = ""


def read(conn: sqlite3.Connection, domain: Domain, *, ended: bool = False) -> tuple[Wake, ...]:
    """Return the alarms of a domain that are not over, or all, oldest first."""
    rows = conn.execute(
        "SELECT data FROM wake WHERE domain = ? AND (? OR state <> 'done') ORDER BY since, record, why",
        (domain, ended),
    )
    return tuple(msgspec.json.decode(row[0], type=Wake) for row in rows)


def calls(conn: sqlite3.Connection, domain: Domain, record: str = "") -> tuple[Call, ...]:
    """Return the calls about a record, or all, oldest first."""
    rows = conn.execute(
        "SELECT data FROM call WHERE domain = ? AND (? = '' OR record = ?) ORDER BY at, record, officer, way",
        (domain, record, bytes.fromhex(record)),
    )
    return tuple(msgspec.json.decode(row[0], type=Call) for row in rows)


def known(conn: sqlite3.Connection, domain: Domain, record: str, why: Why) -> bool:
    """Tell whether there was an alarm of this sort about a record."""
    row = conn.execute(
        "SELECT 1 FROM wake WHERE domain = ? AND record = ? AND why = ?", (domain, bytes.fromhex(record), why)
    ).fetchone()
    return row is not None


def put(conn: sqlite3.Connection, one: Wake) -> None:
    """Write an alarm; in a transaction."""
    conn.execute(
        "INSERT INTO wake (domain, record, why, state, since, data) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (domain, record, why) DO UPDATE SET state = excluded.state, data = excluded.data",
        (one.domain, bytes.fromhex(one.record), one.why, one.state, one.since, msgspec.json.encode(one)),
    )


def note(conn: sqlite3.Connection, one: Call) -> None:
    """Write a call, or its outcome; in a transaction."""
    conn.execute(
        "INSERT INTO call (domain, record, why, officer, way, at, data) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (domain, record, why, officer, way) DO UPDATE SET data = excluded.data",
        (
            one.domain,
            bytes.fromhex(one.record),
            one.why,
            one.officer,
            one.way,
            one.at,
            msgspec.json.encode(one),
        ),
    )


def tick(conn: sqlite3.Connection, one: Wake, rota: Rota, now: int) -> tuple[Wake, tuple[Call, ...]]:
    """Let an alarm see the time: return it as it is now, and the calls to be made; both are written down."""
    made = [call for call in calls(conn, one.domain, one.record) if call.why == one.why]
    called = {call.officer for call in made}
    left = [
        officer
        for officer in rota.reachable(one.precedence, now, late=now >= one.due)
        if officer.name not in called
    ]
    last = [call.outcome for call in made if call.officer == one.officer]
    said: dict[str, Value] = {
        "left": len(left),
        "more": len({officer.name for officer in rota.officers} - called),
        "failed": int(bool(last) and not {"begun", "delivered"} & set(last)),
        "patience": rota.clocks_of(one.precedence).patience * SECOND,
        "due": one.due,
    }
    done = step(WAKE, {}, Moment(one.state, {"until": one.until}), Event("tick", now, said=said))
    fresh = _begin(conn, one, left[0], now) if "call" in done.emit else ()
    after = msgspec.structs.replace(
        one,
        state=done.moment.state,
        until=int(str(done.moment.cells["until"])),
        officer=left[0].name if fresh else one.officer,
    )
    if after != one:
        put(conn, after)
    return after, fresh


def turn(conn: sqlite3.Connection, one: Wake, event: Literal["take", "settle"], officer: str = "") -> Wake:
    """Let something else befall an alarm; in a transaction."""
    done = step(WAKE, {}, Moment(one.state, {"until": one.until}), Event(event))
    after = msgspec.structs.replace(one, state=done.moment.state, officer=officer or one.officer)
    put(conn, after)
    return after


def _begin(conn: sqlite3.Connection, one: Wake, officer: Officer, now: int) -> tuple[Call, ...]:
    made = tuple(
        Call(domain=one.domain, record=one.record, why=one.why, officer=officer.name, way=way, at=now)
        for way in officer.ways
    )
    for call in made:
        note(conn, call)
    return made
