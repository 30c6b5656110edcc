"""The promises: the signed heads that are kept of another's log, from the one over the leaves held on.

    kept(conn, 2)  ->  17 leaves, all held;  20 and 25, known by their proofs alone

A head that a doorbell brought is accepted by its proof, before its leaves are here. Its signer has promised
leaves: those that it shows later must give each of these roots, or two of its signatures prove a fork. So no
such head is forgotten before leaves are held up to it, and the head over the leaves held is kept beside them.
"""

import sqlite3

from detente.node import archive
from detente.node.archive import StoredHead

MAX_PROMISES = 64
"""The most heads of one log that wait for their leaves; further ones are not accepted until leaves come."""


def kept(conn: sqlite3.Connection, log: int) -> tuple[StoredHead, ...]:
    """Return the heads that are kept of a log, smallest first."""
    rows = conn.execute("SELECT size, root, note, at FROM promise WHERE log = ? ORDER BY size", (log,))
    return tuple(StoredHead(int(size), bytes(root), bytes(note), int(at)) for size, root, note, at in rows)


def held(conn: sqlite3.Connection, log: int) -> StoredHead | None:
    """Return the head under which the leaves of a log are held, or None if none are."""
    size = archive.size(conn, log)
    return next((one for one in kept(conn, log) if one.size == size), None)


def waiting(conn: sqlite3.Connection, log: int) -> tuple[StoredHead, ...]:
    """Return the heads of a log whose leaves are not all here, smallest first."""
    size = archive.size(conn, log)
    return tuple(one for one in kept(conn, log) if one.size > size)


def keep(conn: sqlite3.Connection, log: int, head: StoredHead) -> None:
    """Keep a head; one that is kept stays as it is, and waits since when it came first."""
    conn.execute(
        "INSERT OR IGNORE INTO promise (log, size, root, note, at) VALUES (?, ?, ?, ?, ?)",
        (log, head.size, head.root, head.note, head.at),
    )


def fulfil(conn: sqlite3.Connection, log: int, head: StoredHead) -> None:
    """Note that the leaves of a log are held up to this head: what is smaller is contained in it."""
    conn.execute("DELETE FROM promise WHERE log = ? AND size <= ?", (log, head.size))
    keep(conn, log, head)
