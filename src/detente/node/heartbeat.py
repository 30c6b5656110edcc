"""The heartbeat: what this node has seen and holds of the others' logs, logged as one receipt.

    {"heads":{"cn":{"missing":[[4,4]],"root":"5d…","size":17},"neutral":{…}}}

A receipt is due when a record of another party is newly seen or newly held, and in any case before the
accord's period has passed. Other parties' receipts alone never cause one: two nodes with nothing to say to
each other are silent but for the period.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from detente.accord import receipt
from detente.accord.receipt import Seen
from detente.node import archive
from detente.node.library import Library
from detente.node.realm import Realm
from detente.trust.canonical import Value

MAX_RANGES = 128
"""The most ranges of missing bodies that a receipt names for one log: a record has room for little more."""


@dataclass(frozen=True)
class Beat:
    """The newest own receipt: its time and what it said."""

    at: int
    heads: Mapping[str, Seen]


@dataclass
class Heartbeat:
    """Decides on receipts in one realm.

    Attributes:
        realm: where the logs are.
        library: the bodies.
        period: the accord's period Δ, in milliseconds.
    """

    realm: Realm
    library: Library
    period: int

    def due(self) -> dict[str, Seen] | None:
        """Return what the next receipt says, or None if nothing calls for one now."""
        conn = self.realm.readers.conn
        heads = {party: seen for party in self.realm.others if (seen := self._seen(conn, party)) is not None}
        last = self.last(conn)
        if last is None:
            return heads
        # A quarter of the period is left for the receipt to be made, logged and seen in time.
        late = self.realm.clock.now() - last.at >= self.period * 3 // 4
        news = any(self._news(conn, party, last.heads.get(party), seen) for party, seen in heads.items())
        return heads if late or news else None

    def open_fields(self, heads: Mapping[str, Seen]) -> dict[str, Value]:
        """Return the open fields of the receipt that says this."""
        return receipt.open_fields(heads)

    def said(self, party: str) -> Mapping[str, Seen]:
        """Return what the newest receipt held of any party says of the others' logs."""
        return said(self.realm.readers.conn, self.realm.log(party), self.library, party)

    def last(self, conn: sqlite3.Connection) -> Beat | None:
        """Return the newest own receipt."""
        row = conn.execute(
            "SELECT id FROM entry WHERE log = ? AND cls = 1 ORDER BY idx DESC LIMIT 1",
            (self.realm.log(self.realm.party),),
        ).fetchone()
        if row is None:
            return None
        entry = self.library.get(bytes(row[0]).hex())
        if entry is None:
            return None  # it was restored without its body, which nobody has: the next one is due
        return Beat(entry.at, receipt.heads(entry, self.realm.party) or {})

    def _seen(self, conn: sqlite3.Connection, party: str) -> Seen | None:
        """Return what is seen of a log, and which of its bodies are not here."""
        log = self.realm.log(party)
        # Of leaves that are here, and no further: a head may promise leaves that nobody will ever show, and
        # a receipt that named them would stop this clock about its author for every reader.
        size = min(archive.size(conn, log), len(self.realm.trees[party]))
        # And no further than a receipt that is not here: no cut reaches beyond it, so this one could not be
        # read, and whoever withholds a receipt would stop every clock that could condemn it.
        unread = archive.unread_receipt(conn, log)
        size = size if unread is None else min(size, unread)
        if size == 0:
            return None
        lacking = [index for index in archive.missing_indices(conn, log) if index < size]
        return Seen(size, self.realm.trees[party].root(size).hex(), _few(tuple(archive.ranges(lacking))))

    def _news(self, conn: sqlite3.Connection, party: str, before: Seen | None, now: Seen) -> bool:
        """Tell whether a leaf of class record is newly seen, or its body newly held."""
        old = before or Seen(0, "")
        if old == now:
            return False
        lacking = {index for first, last in now.missing for index in range(first, last + 1)}
        arrived = [
            index
            for first, last in old.missing
            for index in range(first, min(last + 1, now.size))
            if index not in lacking
        ]
        start = min([old.size, *arrived])
        changed = {*arrived, *range(old.size, now.size)}
        leaves = enumerate(archive.leaves(conn, self.realm.log(party), start, now.size), start)
        return any(leaf.cls == "record" for index, leaf in leaves if index in changed)


def said(conn: sqlite3.Connection, log: int, library: Library, party: str) -> Mapping[str, Seen]:
    """Return what the newest receipt held of a party's log says of the others' logs."""
    row = conn.execute(
        "SELECT e.id FROM entry e JOIN body b ON b.id = e.id"
        " WHERE e.log = ? AND e.cls = 1"
        " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)"
        " ORDER BY e.idx DESC LIMIT 1",
        (log,),
    ).fetchone()
    return {} if row is None else receipt.heads(library[bytes(row[0]).hex()], party) or {}


def _few(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Return at most `MAX_RANGES`, the last of them wide enough for the rest."""
    if len(ranges) <= MAX_RANGES:
        return ranges
    return (*ranges[: MAX_RANGES - 1], (ranges[MAX_RANGES - 1][0], ranges[-1][1]))
