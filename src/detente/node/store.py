"""The store: one SQLite file, and the only place that knows its tables.

    log 1 = live/us   entry (1, 0) = record 9f…   body 9f… = the envelope   head 1 = 17 leaves, root 5d…

WAL with `synchronous=FULL`: what is committed survives a power cut. One connection writes (`writer`); any
thread may open others to read. Ids, roots and digests are stored as 32 raw bytes.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from detente.node.errors import DiskFailed

FORMAT = 7
"""Kept as `user_version`; a file of another format is not touched."""

_SCHEMA = """
CREATE TABLE log (
    log INTEGER PRIMARY KEY, domain TEXT NOT NULL, party TEXT NOT NULL,
    last_at INTEGER NOT NULL DEFAULT 0,       -- newest `at` of a body held, for the own log a bound
    UNIQUE (domain, party)
) STRICT;
CREATE TABLE entry (                          -- leaves of all logs, own and others'
    log INTEGER NOT NULL, idx INTEGER NOT NULL, cls INTEGER NOT NULL, id BLOB NOT NULL,
    PRIMARY KEY (log, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_id ON entry (id);
CREATE TABLE missing (                        -- leaves whose bodies are not held
    log INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (log, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE body (id BLOB PRIMARY KEY, kind TEXT NOT NULL, envelope BLOB NOT NULL) STRICT;
CREATE INDEX body_kind ON body (kind);
CREATE TABLE head (                           -- newest checkpoint accepted of each log
    log INTEGER PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE TABLE promise (                        -- heads of others from the leaves held on, see `promise`
    log INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (log, size)
) STRICT, WITHOUT ROWID;
CREATE TABLE cosignature (                    -- newest of each witness on each log
    log INTEGER NOT NULL, witness TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    note BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (log, witness)
) STRICT, WITHOUT ROWID;
CREATE TABLE tabled (                         -- own drafts by nonce: the same one twice is success
    domain TEXT NOT NULL, nonce TEXT NOT NULL, id BLOB NOT NULL, PRIMARY KEY (domain, nonce)
) STRICT, WITHOUT ROWID;
CREATE TABLE sheet (                          -- drafts that are kept, see `drawer`; never in a log
    name TEXT NOT NULL UNIQUE, source TEXT UNIQUE, digest BLOB NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE TABLE disclosure (                     -- own, and those that others made to us
    record BLOB NOT NULL, path TEXT NOT NULL, encoded TEXT NOT NULL,
    PRIMARY KEY (record, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE delivery (                       -- what became of each sealed value towards each party
    domain TEXT NOT NULL, record BLOB NOT NULL, audience TEXT NOT NULL, paths TEXT NOT NULL,
    state TEXT NOT NULL, code TEXT NOT NULL, reason INTEGER NOT NULL, at INTEGER NOT NULL,
    until INTEGER NOT NULL, release BLOB NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (domain, record, audience, paths)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_state ON delivery (domain, state, at);
CREATE TABLE alarm (                          -- clauses that could not be decided, hence granted nothing
    domain TEXT NOT NULL, record BLOB NOT NULL, audience TEXT NOT NULL, clause TEXT NOT NULL,
    truth TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (domain, record, audience, clause)
) STRICT, WITHOUT ROWID;
CREATE TABLE reason (                         -- by which rule and why, once however many values it is about
    reason INTEGER PRIMARY KEY, rule TEXT NOT NULL, why TEXT NOT NULL, UNIQUE (rule, why)
) STRICT;
CREATE TABLE clearance (                      -- under which the sealed values of an own record may go
    record BLOB PRIMARY KEY, basis TEXT NOT NULL, classification TEXT NOT NULL,
    by_path TEXT NOT NULL                     -- JSON: sealed path to a class of its own
) STRICT, WITHOUT ROWID;
CREATE TABLE opened (                         -- releases of others to us that were dealt with
    release BLOB PRIMARY KEY, outcome TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE reviewed (                       -- up to where the releases of a log were decided again here
    log INTEGER PRIMARY KEY, upto INTEGER NOT NULL
) STRICT;
CREATE TABLE package (                        -- the outbox: sealed packages that wait in the static tree
    sha256 BLOB PRIMARY KEY, domain TEXT NOT NULL, party TEXT NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE TABLE approval (                       -- officers' acts that a release waits for
    domain TEXT NOT NULL, record BLOB NOT NULL, audience TEXT NOT NULL, act BLOB NOT NULL,
    PRIMARY KEY (domain, record, audience)
) STRICT, WITHOUT ROWID;
CREATE TABLE laid (                           -- acts that this node laid before its officers, see `laid`
    act BLOB PRIMARY KEY, domain TEXT NOT NULL, record BLOB NOT NULL, audience TEXT NOT NULL,
    payload BLOB NOT NULL, at INTEGER NOT NULL, ready INTEGER NOT NULL,
    aborted BLOB NOT NULL                     -- the record that logs its abort, or empty
) STRICT, WITHOUT ROWID;
CREATE INDEX laid_record ON laid (domain, record, audience);
CREATE TABLE evidence (                       -- what was refused, and why
    digest BLOB PRIMARY KEY, domain TEXT NOT NULL, party TEXT NOT NULL, via TEXT NOT NULL,
    kind TEXT NOT NULL, step TEXT NOT NULL, error TEXT NOT NULL, what TEXT NOT NULL,
    remedy TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE TABLE forked (log INTEGER PRIMARY KEY, evidence BLOB NOT NULL) STRICT;
CREATE TABLE deadline (                       -- open duties, derived from the logs
    domain TEXT NOT NULL, name TEXT NOT NULL, due INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (domain, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE wake (                           -- messages that want an officer, see `wake`
    domain TEXT NOT NULL, record BLOB NOT NULL, why TEXT NOT NULL, state TEXT NOT NULL,
    since INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (domain, record, why)
) STRICT, WITHOUT ROWID;
CREATE INDEX wake_state ON wake (domain, state);
CREATE TABLE call (                           -- who was called about them, and what came of it
    domain TEXT NOT NULL, record BLOB NOT NULL, why TEXT NOT NULL, officer TEXT NOT NULL,
    way TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (domain, record, why, officer, way)
) STRICT, WITHOUT ROWID;
CREATE TABLE away (                           -- parties whose trees cannot be read, and since when
    domain TEXT NOT NULL, party TEXT NOT NULL, since INTEGER NOT NULL, why TEXT NOT NULL,
    PRIMARY KEY (domain, party)
) STRICT, WITHOUT ROWID;
CREATE TABLE secret (                         -- short-lived decryption keys, destroyed after use
    domain TEXT NOT NULL, name TEXT NOT NULL, seed BLOB NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (domain, name)
) STRICT, WITHOUT ROWID;
"""


def open_writing(path: Path) -> sqlite3.Connection:
    """Open the file for the one writer, and make its tables if it is new.

    Raises:
        DiskFailed: `store.1`, `store.2`.
    """
    try:
        conn = _connect(f"file:{_quoted(path)}?mode=rwc")
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute("PRAGMA secure_delete=ON")
        _make(conn)
        path.chmod(0o600)
    except sqlite3.Error as error:
        raise failed(error) from error
    return conn


def open_reading(path: Path) -> sqlite3.Connection:
    """Open the file to read from this thread and later ones; nothing can be written through it.

    Raises:
        DiskFailed: `store.1`.
    """
    try:
        conn = _connect(f"file:{_quoted(path)}?mode=ro")
        conn.execute("PRAGMA query_only=ON")
    except sqlite3.Error as error:
        raise failed(error) from error
    return conn


class _Reader:
    """A thread's connection: closed when the thread ends, and this with it."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self.close = weakref.finalize(self, conn.close)


class Readers:
    """A connection to read for each thread that asks; closed when that thread ends, or with all others.

    A door or a web server answers each question in a thread of its own: what threads that are gone have
    opened must not stay.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = threading.local()
        self._lock = threading.Lock()
        self._all: weakref.WeakSet[_Reader] = weakref.WeakSet()

    @property
    def conn(self) -> sqlite3.Connection:
        """The connection of this thread. Raises DiskFailed: `store.1`."""
        found: _Reader | None = getattr(self._own, "reader", None)
        if found is None:
            found = self._own.reader = _Reader(open_reading(self._path))
            with self._lock:
                self._all.add(found)
        return found.conn

    def close(self) -> None:
        """Close them all; no thread may be reading."""
        with self._lock:
            for reader in self._all:
                reader.close()


def failed(error: Exception) -> DiskFailed:
    """Return the error that says what SQLite refused."""
    # 1. The disk did what it was asked.
    return DiskFailed(
        "store.1",
        f"The database refused: {error}.",
        "Free space or mend the disk; nothing that was acknowledged is lost, then start again.",
    )


def forget(conn: sqlite3.Connection) -> None:
    """Empty the journal, so that what was deleted is in no file; on the writer's thread, after a commit.

    Raises:
        DiskFailed: `store.3`.
    """
    busy = int(conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
    # 3. Nobody was reading an older state meanwhile: the journal would have had to be kept for them.
    if busy:
        raise DiskFailed("store.3", "A reader keeps the journal.", "Ask again; all else is done.")


def log_number(conn: sqlite3.Connection, domain: str, party: str) -> int:
    """Return the number of a log, giving it one if it has none (then `conn` must be the writer's)."""
    row = conn.execute("SELECT log FROM log WHERE domain = ? AND party = ?", (domain, party)).fetchone()
    if row is None:
        row = conn.execute(
            "INSERT INTO log (domain, party) VALUES (?, ?) RETURNING log", (domain, party)
        ).fetchone()
    return int(row[0])


def _connect(uri: str) -> sqlite3.Connection:
    conn = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=10)
    conn.execute("PRAGMA foreign_keys=ON")
    return conn


def _make(conn: sqlite3.Connection) -> None:
    found = int(conn.execute("PRAGMA user_version").fetchone()[0])
    # 2. The file is of this format, or new.
    if found not in (0, FORMAT):
        raise DiskFailed(
            "store.2", f"The database has format {found}, this program {FORMAT}.", "Update this."
        )
    if found == 0:
        conn.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version={FORMAT};COMMIT;")


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """Do all of it or nothing, one process at a time. Raises DiskFailed: as `failed`."""
    try:
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            conn.execute("ROLLBACK")
            raise
        conn.execute("COMMIT")
    except sqlite3.Error as error:
        raise failed(error) from error
