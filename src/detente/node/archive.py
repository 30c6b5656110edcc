"""The archive: leaves, bodies and heads of all logs, own and others', as rows of the store.

    append(conn, 2, [Leaf("record", "9f…")])      leaf 17 of log 2, its body not yet held
    put_bodies(conn, 2, {17: body})                now it is
    missing(conn, 2) == ((12, 14), (20, 20))       what is still to be fetched, first and last index

Functions that write take the writer's connection, inside a transaction.
"""

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from detente.trust.record import Leaf, LeafClass, leaf_bytes

_ID = re.compile(r"[0-9a-f]{64}")
_CLASSES: tuple[LeafClass, ...] = ("record", "receipt")


class Body(msgspec.Struct, frozen=True):
    """A record's envelope as received, its id, its kind and its claimed time."""

    id: str
    kind: str
    at: int
    envelope: bytes


class StoredHead(msgspec.Struct, frozen=True):
    """The newest checkpoint accepted of a log: size, root, the signed note, and when we took it (ms)."""

    size: int
    root: bytes
    note: bytes
    at: int


class Position(msgspec.Struct, frozen=True):
    """Where a record stands."""

    domain: str
    party: str
    index: int
    cls: LeafClass
    id: str


@dataclass(frozen=True)
class LogShelf:
    """What `publication` reads of one log."""

    conn: sqlite3.Connection
    log: int

    def entries(self, start: int, end: int) -> list[bytes]:
        """Return log entries `start` up to `end`."""
        return [leaf_bytes(one) for one in leaves(self.conn, self.log, start, end)]

    def bodies(self, start: int, end: int) -> list[bytes | None]:
        """Return envelopes `start` up to `end`, None where a body is not held."""
        return [envelope for _, _, envelope in bodies(self.conn, self.log, start, end)]


def logs(conn: sqlite3.Connection, domain: str) -> dict[str, int]:
    """Return party to log number, of the logs known in a domain."""
    rows = conn.execute("SELECT party, log FROM log WHERE domain = ? ORDER BY party", (domain,))
    return {str(party): int(log) for party, log in rows}


def size(conn: sqlite3.Connection, log: int) -> int:
    """Return how many leaves of a log are here."""
    row = conn.execute("SELECT max(idx) FROM entry WHERE log = ?", (log,)).fetchone()
    return 0 if row[0] is None else int(row[0]) + 1


def append(conn: sqlite3.Connection, log: int, leaves: Sequence[Leaf]) -> int:
    """Put leaves at the end of a log, bodies missing, and return the index of the first."""
    first = size(conn, log)
    rows = [
        (log, index, _CLASSES.index(leaf.cls), bytes.fromhex(leaf.id))
        for index, leaf in enumerate(leaves, first)
    ]
    conn.executemany("INSERT INTO entry (log, idx, cls, id) VALUES (?, ?, ?, ?)", rows)
    conn.executemany("INSERT INTO missing (log, idx) VALUES (?, ?)", [row[:2] for row in rows])
    return first


def add(conn: sqlite3.Connection, log: int, leaf: Leaf, body: Body) -> int:
    """Put a leaf with its body at the end of a log, and return its index: as `append` and `put_bodies`."""
    index = size(conn, log)  # two statements: one with RETURNING takes twice as long
    conn.execute(
        "INSERT INTO entry (log, idx, cls, id) VALUES (?, ?, ?, ?)",
        (log, index, _CLASSES.index(leaf.cls), bytes.fromhex(leaf.id)),
    )
    _insert_bodies(conn, log, [body])
    return index


def leaves(conn: sqlite3.Connection, log: int, start: int, end: int) -> list[Leaf]:
    """Return the leaves `start` up to `end` of a log."""
    rows = conn.execute(
        "SELECT cls, id FROM entry WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx", (log, start, end)
    )
    return [Leaf(_CLASSES[cls], id_.hex()) for cls, id_ in rows]


def put_bodies(conn: sqlite3.Connection, log: int, bodies: Mapping[int, Body]) -> None:
    """Keep bodies of leaves, by index; keeping one twice is the same as once."""
    _insert_bodies(conn, log, bodies.values())
    conn.executemany("DELETE FROM missing WHERE log = ? AND idx = ?", [(log, index) for index in bodies])


def _insert_bodies(conn: sqlite3.Connection, log: int, bodies: Collection[Body]) -> None:
    conn.executemany(
        "INSERT OR IGNORE INTO body (id, kind, envelope) VALUES (?, ?, ?)",
        [(bytes.fromhex(body.id), body.kind, body.envelope) for body in bodies],
    )
    newest = max((body.at for body in bodies), default=0)
    conn.execute("UPDATE log SET last_at = ?1 WHERE log = ?2 AND last_at < ?1", (newest, log))


def body(conn: sqlite3.Connection, record: str) -> bytes | None:
    """Return the envelope of a record, or None if it is not held."""
    if not _ID.fullmatch(record):
        return None
    row = conn.execute("SELECT envelope FROM body WHERE id = ?", (bytes.fromhex(record),)).fetchone()
    return None if row is None else bytes(row[0])


def bodies(
    conn: sqlite3.Connection, log: int, start: int, end: int
) -> Iterator[tuple[int, Leaf, bytes | None]]:
    """Yield index, leaf and envelope (None if not held) of the leaves `start` up to `end`.

    A body that came for a leaf of another log is not held for this one: it was not checked against it.
    """
    rows = conn.execute(
        "SELECT e.idx, e.cls, e.id, b.envelope FROM entry e LEFT JOIN body b ON b.id = e.id"
        " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)"
        " WHERE e.log = ? AND e.idx >= ? AND e.idx < ? ORDER BY e.idx",
        (log, start, end),
    )
    for index, cls, id_, envelope in rows:
        yield int(index), Leaf(_CLASSES[cls], id_.hex()), None if envelope is None else bytes(envelope)


def last_at(conn: sqlite3.Connection, log: int) -> int:
    """Return the newest claimed time of a body held of a log; 0 if there is none."""
    row = conn.execute("SELECT last_at FROM log WHERE log = ?", (log,)).fetchone()
    return 0 if row is None else int(row[0])


def missing_indices(conn: sqlite3.Connection, log: int) -> list[int]:
    """Return the indices of leaves whose bodies are not held, ascending."""
    return [int(row[0]) for row in conn.execute("SELECT idx FROM missing WHERE log = ? ORDER BY idx", (log,))]


def unread_receipt(conn: sqlite3.Connection, log: int) -> int | None:
    """Return the index of the first leaf of class receipt whose body is not held, or None."""
    row = conn.execute(
        "SELECT min(m.idx) FROM missing m JOIN entry e ON e.log = m.log AND e.idx = m.idx"
        " WHERE m.log = ? AND e.cls = ?",
        (log, _CLASSES.index("receipt")),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def missing(conn: sqlite3.Connection, log: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of leaves whose bodies are not held, first and last index."""
    return tuple(ranges(missing_indices(conn, log)))


def ranges(indices: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Join ascending indices into ranges, first and last."""
    first = last = None
    for index in indices:
        if first is None or last is None:
            first = last = index
        elif index == last + 1:
            last = index
        else:
            yield first, last
            first = last = index
    if first is not None and last is not None:
        yield first, last


def head(conn: sqlite3.Connection, log: int) -> StoredHead | None:
    """Return the newest checkpoint accepted of a log."""
    row = conn.execute("SELECT size, root, note, at FROM head WHERE log = ?", (log,)).fetchone()
    return None if row is None else StoredHead(int(row[0]), bytes(row[1]), bytes(row[2]), int(row[3]))


def set_head(conn: sqlite3.Connection, log: int, new: StoredHead) -> None:
    """Take a checkpoint as the newest of a log."""
    conn.execute(
        "INSERT OR REPLACE INTO head (log, size, root, note, at) VALUES (?, ?, ?, ?, ?)",
        (log, new.size, new.root, new.note, new.at),
    )


def cosignatures(conn: sqlite3.Connection, log: int, size: int) -> list[bytes]:
    """Return the notes by which others cosigned a log at a size, by witness."""
    rows = conn.execute(
        "SELECT note FROM cosignature WHERE log = ? AND size = ? ORDER BY witness", (log, size)
    )
    return [bytes(row[0]) for row in rows]


def cosigned(conn: sqlite3.Connection, log: int) -> dict[str, tuple[int, int]]:
    """Return witness to the size that it has cosigned, and when (ms by its own statement)."""
    rows = conn.execute("SELECT witness, size, at FROM cosignature WHERE log = ? ORDER BY witness", (log,))
    return {str(witness): (int(size), int(at)) for witness, size, at in rows}


def cosignature(conn: sqlite3.Connection, log: int, witness: str) -> StoredHead | None:
    """Return the newest cosigned note of a witness on a log, and when (ms by its own statement)."""
    row = conn.execute(
        "SELECT size, root, note, at FROM cosignature WHERE log = ? AND witness = ?", (log, witness)
    ).fetchone()
    return None if row is None else StoredHead(int(row[0]), bytes(row[1]), bytes(row[2]), int(row[3]))


def put_cosignature(conn: sqlite3.Connection, log: int, witness: str, head: StoredHead) -> None:
    """Keep the newest cosigned note of a witness on a log."""
    conn.execute(
        "INSERT OR REPLACE INTO cosignature (log, witness, size, root, note, at) VALUES (?, ?, ?, ?, ?, ?)",
        (log, witness, head.size, head.root, head.note, head.at),
    )


def find(conn: sqlite3.Connection, record: str) -> list[Position]:
    """Return where a record stands; more than once if somebody logged it twice, nowhere if it is no id."""
    if not _ID.fullmatch(record):
        return []
    rows = conn.execute(
        "SELECT l.domain, l.party, e.idx, e.cls, e.id FROM entry e JOIN log l ON l.log = e.log WHERE e.id = ?"
        " ORDER BY l.domain, l.party, e.idx",
        (bytes.fromhex(record),),
    )
    return [
        Position(domain, party, index, _CLASSES[cls], id_.hex()) for domain, party, index, cls, id_ in rows
    ]


def of_kinds(conn: sqlite3.Connection, domain: str, kinds: Iterable[str]) -> list[tuple[str, int, str]]:
    """Return party, index and id of the records of some kinds whose bodies are held, kind by kind."""
    found = []
    for kind in sorted(kinds):
        rows = conn.execute(
            "SELECT l.party, e.idx, e.id FROM entry e JOIN body b ON b.id = e.id"
            " JOIN log l ON l.log = e.log WHERE b.kind = ? AND l.domain = ?"
            " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)",
            (kind, domain),
        ).fetchall()
        found += [(str(party), int(index), bytes(name).hex()) for party, index, name in rows]
    return found
