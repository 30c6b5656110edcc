"""The ledger, whole: each sealed path of an own record is in exactly one row for each other party.

    ledger.whole(branch, conn)       rows of the delivery ledger, with `held`, and what was not decided yet
    ledger.each(branch, conn)        the same, one by one

What the gate has not been asked yet waits for it, and says so: nothing is ever silently not sent.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TypeAlias

import msgspec

from detente.accord.gate import Denial
from detente.accord.receipt import Seen
from detente.node import archive, delivery
from detente.node.branch import Branch
from detente.node.delivery import Delivery

Ways: TypeAlias = tuple[str, Callable[[str], Mapping[str, Seen]]]


def whole(branch: Branch, conn: sqlite3.Connection, record: str | None = None) -> tuple[Delivery, ...]:
    """Return the ledger of a branch, or of one record, oldest decision first."""
    return tuple(each(branch, conn, record))


def each(branch: Branch, conn: sqlite3.Connection, record: str | None = None) -> Iterator[Delivery]:
    """Yield what `whole` returns: never all of it in memory."""
    ways = (branch.realm.party, cache(branch.heartbeat.said))
    with _one_moment(conn):
        for row in delivery.each(conn, branch.realm.domain, record):
            yield arrived(conn, ways, row)
        for name in branch.questions.sealed() if record is None else (record,):
            yield from _undecided(branch, conn, name)


@contextmanager
def _one_moment(conn: sqlite3.Connection) -> Iterator[None]:
    """Read all as it stands now: what is decided meanwhile would be in neither half of the ledger."""
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.execute("COMMIT")


def with_held(branch: Branch, conn: sqlite3.Connection, rows: Iterable[Delivery]) -> tuple[Delivery, ...]:
    """Return the rows with `held` where the audience has logged that it holds the release."""
    ways = (branch.realm.party, branch.heartbeat.said)
    return tuple(arrived(conn, ways, row) for row in rows)


def arrived(conn: sqlite3.Connection, ways: Ways, row: Delivery) -> Delivery:
    """Return a row with `held` if its audience has logged that it holds the release.

    Args:
        conn: to read.
        ways: whose ledger it is, and what a party's newest receipt says.
        row: as it was kept.
    """
    party, said = ways
    if row.state != "sent":
        return row
    places = [one for one in archive.find(conn, row.release) if one.party == party]
    seen = said(row.audience).get(party)
    if places and seen is not None and seen.size > places[0].index and not seen.lacks(places[0].index):
        return msgspec.structs.replace(row, state="held")
    return row


def _undecided(branch: Branch, conn: sqlite3.Connection, name: str) -> Iterator[Delivery]:
    decided = delivery.decided(conn, branch.realm.domain, name)
    entry = branch.library.get(name)
    if entry is None or entry.party != branch.realm.party:
        return
    for audience in branch.realm.others:
        left = entry.sealed.keys() - decided.get(audience, set())
        if left:
            yield _row(branch, name, audience, left)


def _row(branch: Branch, name: str, audience: str, left: Iterable[str]) -> Delivery:
    denials = [
        Denial("ledger.1", "undecided", "The gate has not been asked yet.", path) for path in sorted(left)
    ]
    return delivery.grouped(branch.realm.domain, name, audience, denials, 0)[0]
