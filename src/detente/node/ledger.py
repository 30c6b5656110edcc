"""The ledger, whole: each sealed path of an own record is in exactly one row for each other party.

    ledger.whole(branch, conn)       rows of the delivery ledger, with `held`, and what was not decided yet

What the gate has not been asked yet waits for it, and says so: nothing is ever silently not sent.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
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
    rows = delivery.read(conn, branch.realm.domain, record)
    names = branch.questions.sealed() if record is None else (record,)
    return (*with_held(branch, conn, rows), *_undecided(branch, names, rows))


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


def _undecided(branch: Branch, names: Iterable[str], rows: tuple[Delivery, ...]) -> list[Delivery]:
    decided: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        decided.setdefault((row.record, row.audience), set()).update(row.paths)
    found = []
    for name in names:
        entry = branch.library.get(name)
        if entry is None or entry.party != branch.realm.party:
            continue
        for audience in branch.realm.others:
            left = entry.sealed.keys() - decided.get((name, audience), set())
            if left:
                found.append(_row(branch, name, audience, left))
    return found


def _row(branch: Branch, name: str, audience: str, left: Iterable[str]) -> Delivery:
    denials = [
        Denial("ledger.1", "undecided", "The gate has not been asked yet.", path) for path in sorted(left)
    ]
    return delivery.grouped(branch.realm.domain, name, audience, denials, 0)[0]
