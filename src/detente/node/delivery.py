"""The delivery ledger: what became of each sealed value towards each party; nothing is silently not sent.

    record 9f…  cn  pattern title     held          near-misses-to-peers
    record 9f…  cn  evidence system   not-eligible  No clause grants it to cn. [gate.13 no-clause]
    record 5d…  *                     refused       The open fields do not fit Report. [gate.6 open-malformed]

`*` is everybody: a record that the gate did not let be tabled. A row is the newest decision about some values
and a party; values with one fate share a row. Each sealed path of an own record is in exactly one row for
each other party: `detente.node.ledger` adds those that were not decided yet.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias

import msgspec

from detente.accord.gate import Denial, Spend, Warned
from detente.trust.record import Domain

State: TypeAlias = Literal["sent", "held", "refused", "not-eligible", "waiting", "withheld"]
"""`sent`: released and logged; `held`: and the party logged that it holds the release. `waiting`: for an
officer, for their time to read, for the party's key, for the budget, for a body that standing needs, for a
pillar that rests, or for a first decision.
`withheld`: by the author's law, whose basis `why` has. `not-eligible`: no clause, its condition, or the
ceiling. `refused`: not let into the log at all."""

STATES: dict[str, State] = {
    "officer": "waiting",
    "reading": "waiting",
    "budget": "waiting",
    "budget-too-small": "waiting",
    "incomplete": "waiting",
    "no-key": "waiting",
    "undecided": "waiting",
    "suspended": "waiting",
    "not-asked": "waiting",
    "withheld": "withheld",
    "erased": "withheld",
    "no-basis": "withheld",
    "basis-unknown": "withheld",
    "class-unknown": "withheld",
    "above-classification": "withheld",
}
"""A denial's code to the state that it leaves; every other code leaves `not-eligible`."""

EVERYBODY = "*"

_SELECT = (
    "SELECT record, audience, paths, state, code, rule, why, at, until, release, bytes"
    " FROM delivery JOIN reason USING (reason)"
)
_EVER = 2**63 - 1


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        domain: of the record.
        record: its id.
        audience: a party, or `*`.
        paths: the sealed paths, sorted; none for a decision about the whole record.
        state: see `State`.
        code: of the check that took it away, such as `no-clause`; empty if it was sent.
        rule: ids of the clauses that granted it or were asked, joined by commas.
        why: the check and the sentence, where it was not sent.
        at: when it was decided, in milliseconds.
        until: from when on it may go; 0 where time alone does not help.
        release: id of the release record; empty if it was not sent.
        bytes: length of the sealed package in which it went.
    """

    domain: Domain
    record: str
    audience: str
    paths: tuple[str, ...]
    state: State
    code: str = ""
    rule: str = ""
    why: str = ""
    at: int = 0
    until: int = 0
    release: str = ""
    bytes: int = 0


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A clause that could not be decided about a record and a party: it granted nothing, and needs people."""

    domain: Domain
    record: str
    audience: str
    clause: str
    truth: Literal["unknown", "error"]
    at: int


def grouped(domain: Domain, record: str, audience: str, denials: Iterable[Denial], at: int) -> list[Delivery]:
    """Return one row for all paths that share a fate."""
    fates: dict[tuple[str, ...], list[Denial]] = {}
    for one in denials:
        fates.setdefault((one.step, one.code, one.why, *one.clauses), []).append(one)
    return [
        Delivery(
            domain=domain,
            record=record,
            audience=audience,
            paths=tuple(sorted(one.path for one in alike if one.path)),
            state=STATES.get(alike[0].code, "not-eligible"),
            code=alike[0].code,
            rule=",".join(alike[0].clauses),
            why=f"{alike[0].why} [{alike[0].step} {alike[0].code}]",
            at=at,
            until=alike[0].until,
        )
        for alike in fates.values()
    ]


def put(conn: sqlite3.Connection, rows: Iterable[Delivery]) -> None:
    """Add rows."""
    kept = tuple(rows)
    said = sorted({(one.rule, one.why) for one in kept})
    conn.executemany("INSERT OR IGNORE INTO reason (rule, why) VALUES (?, ?)", said)
    conn.executemany(
        "INSERT OR REPLACE INTO delivery (domain, record, audience, paths, state, code, reason, at, until,"
        " release, bytes) VALUES (?, ?, ?, ?, ?, ?,"
        " (SELECT reason FROM reason WHERE rule = ? AND why = ?), ?, ?, ?, ?)",
        [
            (
                one.domain,
                bytes.fromhex(one.record),
                one.audience,
                ",".join(one.paths),
                one.state,
                one.code,
                one.rule,
                one.why,
                one.at,
                one.until,
                bytes.fromhex(one.release),
                one.bytes,
            )
            for one in kept
        ],
    )


def settle(
    conn: sqlite3.Connection,
    about: tuple[Domain, str, str],
    rows: Iterable[Delivery],
    alarms: Iterable[Alarm] = (),
) -> None:
    """Replace all that stood about a domain, record and audience, but for what was sent: that stays."""
    domain, record, audience = about
    key = (domain, bytes.fromhex(record), audience)
    conn.execute(
        "DELETE FROM delivery WHERE domain = ? AND record = ? AND audience = ? AND state <> 'sent'", key
    )
    conn.execute("DELETE FROM alarm WHERE domain = ? AND record = ? AND audience = ?", key)
    put(conn, rows)
    conn.executemany(
        "INSERT OR REPLACE INTO alarm (domain, record, audience, clause, truth, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [(*key, one.clause, one.truth, one.at) for one in alarms],
    )


def read(conn: sqlite3.Connection, domain: Domain, record: str | None = None) -> tuple[Delivery, ...]:
    """Return the rows of a domain, or of one record, oldest decision first."""
    return tuple(each(conn, domain, record))


def each(conn: sqlite3.Connection, domain: Domain, record: str | None = None) -> Iterator[Delivery]:
    """Yield what `read` returns."""
    about = ("", (domain,)) if record is None else (" AND record = ?", (domain, bytes.fromhex(record)))
    rows = conn.execute(
        f"{_SELECT} WHERE domain = ?{about[0]} ORDER BY at, record, audience, paths", about[1]
    )
    return (_row(domain, row) for row in rows)


def decided(conn: sqlite3.Connection, domain: Domain, record: str) -> dict[str, set[str]]:
    """Return audience to the paths of a record on which there is some row."""
    found: dict[str, set[str]] = {}
    rows = conn.execute(
        "SELECT audience, paths FROM delivery WHERE domain = ? AND record = ?",
        (domain, bytes.fromhex(record)),
    )
    for audience, paths in rows.fetchall():
        found.setdefault(str(audience), set()).update(_paths(paths))
    return found


def newest(
    conn: sqlite3.Connection, domain: Domain, state: str, most: int, before: int | None = None
) -> tuple[Delivery, ...]:
    """Return the newest rows in one state as it is kept (`held` is kept as `sent`), newest first.

    Args:
        conn: to read.
        domain: of the records.
        state: one of `State`.
        most: how many rows.
        before: decided before this time only, in milliseconds.
    """
    rows = conn.execute(
        f"{_SELECT} WHERE domain = ? AND state = ? AND at < ? ORDER BY at DESC, record DESC LIMIT ?",
        (domain, "sent" if state == "held" else state, _EVER if before is None else before, most),
    )
    return tuple(_row(domain, row) for row in rows.fetchall())


def tallied(conn: sqlite3.Connection, domain: Domain) -> dict[str, dict[str, int]]:
    """Return audience to state to how many rows there are."""
    found: dict[str, dict[str, int]] = {}
    rows = conn.execute(
        "SELECT audience, state, count(*) FROM delivery WHERE domain = ? GROUP BY audience, state", (domain,)
    )
    for audience, state, count in rows.fetchall():
        found.setdefault(str(audience), {})[str(state)] = int(count)
    return found


def _row(domain: Domain, row: tuple[Any, ...]) -> Delivery:
    return Delivery(
        domain=domain,
        record=row[0].hex(),
        audience=row[1],
        paths=_paths(row[2]),
        state=row[3],
        code=row[4],
        rule=row[5],
        why=row[6],
        at=row[7],
        until=row[8],
        release=row[9].hex(),
        bytes=row[10],
    )


def alarms(conn: sqlite3.Connection, domain: Domain, record: str | None = None) -> tuple[Alarm, ...]:
    """Return the alarms that stand in a domain, or about one record, oldest first."""
    rows = conn.execute(
        "SELECT record, audience, clause, truth, at FROM alarm WHERE domain = ?"
        " AND (? IS NULL OR record = ?) ORDER BY at, record, audience, clause",
        (domain, record, bytes.fromhex(record or "")),
    )
    return tuple(
        Alarm(domain=domain, record=row[0].hex(), audience=row[1], clause=row[2], truth=row[3], at=row[4])
        for row in rows
    )


def raised(about: tuple[Domain, str, str], warned: Iterable[Warned], at: int) -> list[Alarm]:
    """Return a decision's alarms as rows."""
    domain, record, audience = about
    return [
        Alarm(domain=domain, record=record, audience=audience, clause=one.clause, truth=one.truth, at=at)
        for one in warned
    ]


def narrow(conn: sqlite3.Connection, domain: Domain, record: str, erased: Iterable[str]) -> list[str]:
    """Return the releases whose packages hold one of these paths; their other paths count as not sent."""
    gone = set(erased)
    touched = [one for one in read(conn, domain, record) if one.state == "sent" and gone & set(one.paths)]
    for one in touched:
        conn.execute(
            "DELETE FROM delivery WHERE domain = ? AND record = ? AND audience = ? AND paths = ?",
            (domain, bytes.fromhex(record), one.audience, ",".join(one.paths)),
        )
    put(
        conn,
        [msgspec.structs.replace(one, paths=tuple(p for p in one.paths if p in gone)) for one in touched],
    )
    return [one.release for one in touched]


def sent_paths(conn: sqlite3.Connection, domain: Domain, record: str, audience: str) -> frozenset[str]:
    """Return the paths of a record that a party was sent."""
    rows = conn.execute(
        "SELECT paths FROM delivery WHERE domain = ? AND record = ? AND audience = ? AND state = 'sent'",
        (domain, bytes.fromhex(record), audience),
    )
    return frozenset(path for row in rows for path in _paths(row[0]))


def spends(conn: sqlite3.Connection, domain: Domain, audience: str, since: int) -> tuple[Spend, ...]:
    """Return the packages that went to a party after a time: when, and their lengths."""
    rows = conn.execute(
        "SELECT at, bytes FROM delivery WHERE domain = ? AND audience = ? AND state = 'sent' AND at > ?",
        (domain, audience, since),
    )
    return tuple(Spend(int(at), int(length)) for at, length in rows)


def _paths(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
