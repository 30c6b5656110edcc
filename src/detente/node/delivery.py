"""The delivery ledger: what became of each sealed value towards each party; nothing is silently not sent.

    record 9f…  cn  pattern   held          near-misses-to-peers
    record 9f…  cn  evidence  not-eligible  No clause grants evidence to cn. [gate.13]
    record 5d…  *             refused       The open fields do not fit Report. [gate.6]

`*` is everybody: a record that the gate did not let be tabled. Each row is the newest decision about a value
and a party.
"""

import sqlite3
from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from detente.accord.gate import Spend
from detente.trust.record import Domain

State: TypeAlias = Literal["sent", "held", "refused", "not-eligible", "waiting", "withheld"]
"""`sent`: released and logged; `held`: and the party logged that it holds the release. `waiting`: for an
officer, for the party's key, or for a body that standing needs. `withheld`: the author's law or choice.
`not-eligible`: no clause, its condition, or the ceiling. `refused`: not let into the log at all."""

STATES: dict[str, State] = {
    "officer": "waiting",
    "budget": "waiting",
    "incomplete": "waiting",
    "no-key": "waiting",
    "budget-too-small": "waiting",
    "withheld": "withheld",
    "no-basis": "withheld",
    "basis-unknown": "withheld",
    "class-unknown": "withheld",
    "above-classification": "withheld",
}
"""A denial's code to the state that it leaves; every other code leaves `not-eligible`."""

EVERYBODY = "*"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        domain: of the record.
        record: its id.
        audience: a party, or `*`.
        path: the sealed path; empty for a decision about the whole record.
        state: see `State`.
        rule: ids of the clauses that granted it or were asked, joined by commas.
        why: the check and the sentence, where it was not sent.
        at: when it was decided, in milliseconds.
        release: id of the release record; empty if it was not sent.
        bytes: length of the sealed package in which it went.
    """

    domain: Domain
    record: str
    audience: str
    path: str
    state: State
    rule: str = ""
    why: str = ""
    at: int = 0
    release: str = ""
    bytes: int = 0


def put(conn: sqlite3.Connection, rows: Iterable[Delivery]) -> None:
    """Keep the newest decision about each value and party; what was sent stays sent."""
    kept = tuple(rows)
    said = sorted({(one.rule, one.why) for one in kept})
    conn.executemany("INSERT OR IGNORE INTO reason (rule, why) VALUES (?, ?)", said)
    conn.executemany(
        "INSERT INTO delivery (domain, record, audience, path, state, reason, at, release, bytes)"
        " VALUES (?, ?, ?, ?, ?, (SELECT reason FROM reason WHERE rule = ? AND why = ?), ?, ?, ?)"
        " ON CONFLICT (domain, record, audience, path) DO UPDATE"
        " SET state = excluded.state, reason = excluded.reason, at = excluded.at,"
        " release = excluded.release, bytes = excluded.bytes WHERE delivery.state <> 'sent'",
        [
            (
                one.domain,
                bytes.fromhex(one.record),
                one.audience,
                one.path,
                one.state,
                one.rule,
                one.why,
                one.at,
                bytes.fromhex(one.release),
                one.bytes,
            )
            for one in kept
        ],
    )


def read(conn: sqlite3.Connection, domain: Domain, record: str | None = None) -> tuple[Delivery, ...]:
    """Return the ledger of a domain, or of one record, oldest decision first."""
    rows = conn.execute(
        "SELECT record, audience, path, state, rule, why, at, release, bytes"
        " FROM delivery JOIN reason USING (reason)"
        " WHERE domain = ? AND (? IS NULL OR record = ?) ORDER BY at, record, audience, path",
        (domain, record, bytes.fromhex(record or "")),
    )
    return tuple(
        Delivery(
            domain=domain,
            record=row[0].hex(),
            audience=row[1],
            path=row[2],
            state=row[3],
            rule=row[4],
            why=row[5],
            at=row[6],
            release=row[7].hex(),
            bytes=row[8],
        )
        for row in rows
    )


def sent_paths(conn: sqlite3.Connection, domain: Domain, record: str, audience: str) -> frozenset[str]:
    """Return the paths of a record that a party was sent."""
    rows = conn.execute(
        "SELECT path FROM delivery WHERE domain = ? AND record = ? AND audience = ? AND state = 'sent'",
        (domain, bytes.fromhex(record), audience),
    )
    return frozenset(str(row[0]) for row in rows)


def spends(conn: sqlite3.Connection, domain: Domain, audience: str, since: int) -> tuple[Spend, ...]:
    """Return the packages that went to a party after a time: when, and their lengths."""
    rows = conn.execute(
        "SELECT DISTINCT release, at, bytes FROM delivery"
        " WHERE domain = ? AND audience = ? AND state = 'sent' AND at > ?",
        (domain, audience, since),
    )
    return tuple(Spend(int(at), int(length)) for _, at, length in rows)
