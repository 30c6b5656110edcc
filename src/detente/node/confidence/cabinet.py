"""The cabinet: what arrived at the confidential desk, and what became of it.

    H/confidence/cabinet.db    reports, parts and messages, all sealed; acts, in the open and chained
    H/confidence/stamp.key     the seed of the stamp, which signs receipts and cards, 0600
    H/confidence/card          the newest intake card, and cards/DIGEST each one before
    H/confidence/identities/   see `safe`

Nothing is ever removed but identities: a report is closed with its outcome, never deleted. SQLite in WAL with
`synchronous=FULL`, so that the web server and the officers' commands work beside one another, and no receipt
is given for what a power cut could take. It is no part of the node's own database, and needs no node.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from detente.node import durable, store
from detente.node.clock import Clock
from detente.node.confidence import stamp
from detente.node.confidence.entry import COLUMNS, Act, Done, Entry, Posted, entry
from detente.node.confidence.letter import Letter
from detente.node.confidence.safe import FOLDER as IDENTITIES
from detente.node.confidence.safe import Safe
from detente.node.confidence.tally import Tally
from detente.node.errors import DiskFailed, HomeMissing, NoSuchThing
from detente.trust.errors import Contradiction, Malformed

FOLDER = "confidence"
DATABASE = "cabinet.db"
FORMAT = 1
DAY = 86_400_000
DESTROYED: Act = "identity-destroyed"

Stamper: TypeAlias = Callable[[Letter, int, int, str], bytes]
"""Makes a receipt of a letter, its number, the time in milliseconds, and the chain with it."""

_SCHEMA = """
CREATE TABLE report (
    number INTEGER PRIMARY KEY, lookup TEXT NOT NULL UNIQUE, letter TEXT NOT NULL UNIQUE,
    header BLOB NOT NULL, via TEXT NOT NULL, received INTEGER NOT NULL, receipt BLOB NOT NULL,
    chain TEXT NOT NULL, state TEXT NOT NULL, hold TEXT NOT NULL, destroy_by INTEGER
) STRICT;
CREATE TABLE part (
    number INTEGER NOT NULL, idx INTEGER NOT NULL, package BLOB NOT NULL, PRIMARY KEY (number, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE message (
    number INTEGER NOT NULL, n INTEGER NOT NULL, side TEXT NOT NULL, at INTEGER NOT NULL,
    sha256 TEXT NOT NULL UNIQUE, package BLOB NOT NULL, PRIMARY KEY (number, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE act (                    -- what was done, by whom; never changed, each bound to the one before
    n INTEGER PRIMARY KEY, number INTEGER NOT NULL, at INTEGER NOT NULL, act TEXT NOT NULL,
    by TEXT NOT NULL, note TEXT NOT NULL, chain TEXT NOT NULL
) STRICT;
CREATE TABLE token (
    sha256 TEXT PRIMARY KEY, label TEXT NOT NULL, made INTEGER NOT NULL, ended INTEGER
) STRICT;
"""


@dataclass
class Cabinet:
    """The confidential desk of one home, open.

    Attributes:
        path: of the folder.
        clock: the time.
        conn: the database; each thread opens a cabinet of its own.
    """

    path: Path
    clock: Clock
    conn: sqlite3.Connection

    @classmethod
    def create(cls, home: Path, clock: Clock) -> "Cabinet":
        """Make an empty desk. Raises HomeMissing: `cabinet.1`. DiskFailed: `disk.1`, `store.1`."""
        path = home / FOLDER
        # 1. Nothing is overwritten.
        if (path / DATABASE).exists():
            raise HomeMissing("cabinet.1", f"{path} is a confidential desk already.", "Choose another home.")
        try:
            for one in (path, path / IDENTITIES, path / "cards"):
                one.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise durable.failed(path, error) from error
        conn = _connect(path / DATABASE, "rwc")
        conn.execute("PRAGMA journal_mode=WAL")
        conn.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version={FORMAT};COMMIT;")
        (path / DATABASE).chmod(0o600)
        return cls(path, clock, conn)

    @classmethod
    def open(cls, home: Path, clock: Clock) -> "Cabinet":
        """Open a desk. Raises NoSuchThing: `cabinet.2`. DiskFailed: `store.1`, `cabinet.3`."""
        path = home / FOLDER
        # 2. There is one.
        if not (path / DATABASE).exists():
            raise NoSuchThing(
                "cabinet.2", f"There is no confidential desk in {home}.", "Make one: detente intake init"
            )
        conn = _connect(path / DATABASE, "rw")
        version = int(conn.execute("PRAGMA user_version").fetchone()[0])
        # 3. It is of this format.
        if version != FORMAT:
            conn.close()
            raise DiskFailed("cabinet.3", f"The desk has format {version}.", "Update this program.")
        return cls(path, clock, conn)

    def close(self) -> None:
        """Let go of the file."""
        self.conn.close()

    @property
    def safe(self) -> Safe:
        """Where identities lie."""
        return Safe(self.path / IDENTITIES)

    @property
    def tally(self) -> Tally:
        """What was destroyed, in the second place."""
        return Tally(self.path.parent / "signed")

    def receive(self, found: Letter, via: str, days: int, sign: Stamper) -> bytes:
        """Keep a letter, and return the receipt; the same letter again gets the same receipt.

        Args:
            found: the letter, checked against its card.
            via: how it came.
            days: after how many its identity is to be destroyed.
            sign: makes a receipt of what is known of it.

        Raises:
            Contradiction: `cabinet.4`. DiskFailed: `store.1`, `disk.1`.
        """
        header = found.header
        with self.writing():
            row = self.conn.execute(
                "SELECT letter, receipt FROM report WHERE lookup = ?", (header.lookup,)
            ).fetchone()
            # 4. A code has one report.
            if row is not None and row[0] != found.digest:
                raise Contradiction(
                    "cabinet.4",
                    "Another report is kept under this code.",
                    "Seal the new report with a new code.",
                )
            if row is not None:
                return bytes(row[1])
            number, before = self._last()
            number, now = number + 1, self.clock.now()
            chain = stamp.linked(before, number, found.digest)
            receipt = sign(found, number, now, chain)
            identity = [n for n, one in enumerate(header.parts) if one.role == "identity"]
            # What a power cut has left under this number belongs to a letter that got no receipt.
            self.safe.destroy(number)
            if identity:
                self.safe.put(number, found.packages[identity[0]])
            self.conn.execute(
                "INSERT INTO report VALUES (?,?,?,?,?,?,?,?,'arrived','',?)",
                (
                    number,
                    header.lookup,
                    found.digest,
                    msgspec.json.encode(header),
                    via,
                    now,
                    receipt,
                    chain,
                    now + days * DAY if identity else None,
                ),
            )
            self.conn.executemany(
                "INSERT INTO part VALUES (?,?,?)",
                [(number, n, one) for n, one in enumerate(found.packages) if n not in identity],
            )
            self._log(number, "arrived", via, "")
        return receipt

    def entries(self) -> list[Entry]:
        """Return every report, oldest first."""
        return [entry(row) for row in self.conn.execute(f"{_SELECT} ORDER BY number")]

    def entry(self, number: int) -> Entry:
        """Return one report. Raises NoSuchThing: `cabinet.5`."""
        row = self.conn.execute(f"{_SELECT} WHERE number = ?", (number,)).fetchone()
        # 5. It is there.
        if row is None:
            raise NoSuchThing("cabinet.5", f"No report has the number {number}.", "See: detente intake list")
        return entry(row)

    def find(self, lookup: str) -> Entry:
        """Return the report of a lookup. Raises NoSuchThing: `cabinet.6`."""
        row = self.conn.execute(f"{_SELECT} WHERE lookup = ?", (lookup,)).fetchone()
        # 6. The code finds a report here.
        if row is None:
            raise NoSuchThing(
                "cabinet.6",
                "No report is kept here under this code.",
                "Check the code, and to which desk you reported.",
            )
        return entry(row)

    def package(self, number: int, index: int) -> bytes:
        """Return a sealed part of a report, but for an identity. Raises NoSuchThing: `cabinet.7`."""
        row = self.conn.execute(
            "SELECT package FROM part WHERE number = ? AND idx = ?", (number, index)
        ).fetchone()
        # 7. It is there.
        if row is None:
            raise NoSuchThing(
                "cabinet.7", f"Report {number} has no part {index}.", "See: detente intake list"
            )
        return bytes(row[0])

    def thread(self, number: int) -> list[Posted]:
        """Return the messages of a report, oldest first."""
        rows = self.conn.execute(
            "SELECT n, side, at, package FROM message WHERE number = ? ORDER BY n", (number,)
        )
        return [Posted(n, side, at, bytes(package)) for n, side, at, package in rows]

    def unread(self, number: int) -> int:
        """Return how many messages of the reporter have come since an officer last opened or wrote."""
        row = self.conn.execute(
            "SELECT count(*) FROM act WHERE number = ?1 AND act = 'answered' AND n > (SELECT max(n) FROM act"
            " WHERE number = ?1 AND act <> 'answered')",
            (number,),
        ).fetchone()
        return int(row[0])

    def post(self, number: int, side: str, package: bytes, act: Act, by: str) -> int:
        """Put a sealed message into a thread, and return its number there; twice changes nothing.

        Raises:
            NoSuchThing: `cabinet.5`. DiskFailed: `store.1`.
        """
        self.entry(number)
        digest = hashlib.sha256(package).hexdigest()
        with self.writing():
            row = self.conn.execute("SELECT n FROM message WHERE sha256 = ?", (digest,)).fetchone()
            if row is not None:
                return int(row[0])
            last = self.conn.execute("SELECT count(*) FROM message WHERE number = ?", (number,)).fetchone()
            n = int(last[0]) + 1
            self.conn.execute(
                "INSERT INTO message VALUES (?,?,?,?,?,?)",
                (number, n, side, self.clock.now(), digest, package),
            )
            if act == "closed":
                self.conn.execute("UPDATE report SET state = 'closed' WHERE number = ?", (number,))
            self._log(number, act, by, "")
        return n

    def mark_opened(self, number: int, by: str) -> None:
        """Log that an officer has opened a report. Raises NoSuchThing: `cabinet.5`. DiskFailed: `store.1`."""
        self.entry(number)
        with self.writing():
            self.conn.execute(
                "UPDATE report SET state = 'opened' WHERE number = ? AND state = 'arrived'", (number,)
            )
            self._log(number, "opened", by, "")

    def hold(self, number: int, why: str, by: str) -> None:
        """Put a report under legal hold, or lift it with an empty `why`.

        Raises:
            NoSuchThing: `cabinet.5`. DiskFailed: `store.1`.
        """
        before = self.entry(number).hold
        with self.writing():
            self.conn.execute("UPDATE report SET hold = ? WHERE number = ?", (why, number))
            self._log(number, "held" if why else "released", by, why or before)

    def log(self, number: int, act: Act, by: str, note: str = "") -> None:
        """Log an act that changes nothing here. Raises DiskFailed: `store.1`."""
        with self.writing():
            self._log(number, act, by, note)

    def destroy(self, number: int, by: str) -> bool:
        """Destroy an identity and log it; return whether there was one.

        The log is written first: a destruction that a power cut interrupts is logged, and is done again.

        Raises:
            Malformed: `cabinet.8`: a legal hold forbids it. NoSuchThing: `cabinet.5`. DiskFailed.
        """
        found = self.entry(number)
        # 8. No legal hold stands against it.
        if found.hold:
            raise Malformed(
                "cabinet.8",
                f"Report {number} is under legal hold: {found.hold}.",
                "Lift the hold first: detente intake release",
            )
        if found.destroy_by is None and not self.safe.holds(number):
            return False
        self.mark_destroyed(number, by)
        self.safe.destroy(number)
        return True

    def mark_destroyed(self, number: int, by: str) -> None:
        """Log that an identity is destroyed, here and in the second place. Raises DiskFailed."""
        with self.writing():
            self._log(number, DESTROYED, by, "")
            self.conn.execute("UPDATE report SET destroy_by = NULL WHERE number = ?", (number,))
            self.tally.add((self.letters()[number],))

    def letters(self) -> dict[int, str]:
        """Return the digest of each report's letter, by its number."""
        return {int(n): str(one) for n, one in self.conn.execute("SELECT number, letter FROM report")}

    def due(self) -> list[Entry]:
        """Return the reports whose identity is to be destroyed by now, those under hold too.

        One whose destruction was logged and then interrupted is among them.
        """
        now = self.clock.now()
        return [
            one
            for one in self.entries()
            if (self.safe.holds(one.number) if one.destroy_by is None else one.destroy_by <= now)
        ]

    def acts(self, number: int | None = None) -> list[Done]:
        """Return what was done, oldest first; of one report, or of all."""
        rows = self.conn.execute(
            "SELECT number, at, act, by, note FROM act WHERE ?1 IS NULL OR number = ?1 ORDER BY n", (number,)
        )
        return [Done(*row) for row in rows]

    def broken(self) -> str:
        """Return where the chains of reports and acts break, or an empty text: both are whole."""
        chain = stamp.START
        for place, row in enumerate(
            self.conn.execute("SELECT number, letter, chain FROM report ORDER BY number")
        ):
            chain = stamp.linked(chain, row[0], row[1])
            if row[0] != place + 1 or row[2] != chain:
                return f"report {place + 1}"
        chain = stamp.START
        for place, row in enumerate(self.conn.execute("SELECT * FROM act ORDER BY n")):
            chain = _acted(chain, Done(*row[1:6]))
            if row[0] != place + 1 or row[6] != chain:
                return f"act {place + 1}"
        return ""

    def _last(self) -> tuple[int, str]:
        row = self.conn.execute("SELECT number, chain FROM report ORDER BY number DESC LIMIT 1").fetchone()
        return (int(row[0]), str(row[1])) if row else (0, stamp.START)

    def _log(self, number: int, act: Act, by: str, note: str) -> None:
        row = self.conn.execute("SELECT n, chain FROM act ORDER BY n DESC LIMIT 1").fetchone() or (
            0,
            stamp.START,
        )
        done = Done(number, self.clock.now(), act, by, note)
        self.conn.execute(
            "INSERT INTO act VALUES (?,?,?,?,?,?,?)",
            (row[0] + 1, number, done.at, act, by, note, _acted(row[1], done)),
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Do all of it or nothing, one process at a time. Raises DiskFailed: `store.1`."""
        with store.transaction(self.conn):
            yield


_SELECT = f"SELECT {COLUMNS} FROM report"  # noqa: S608 (columns of our own)


def _acted(chain: str, done: Done) -> str:
    return hashlib.sha256(
        b"detente/v1 intake act\n" + chain.encode() + b"\n" + msgspec.json.encode(done)
    ).hexdigest()


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    try:
        uri = path.absolute().as_uri() + f"?mode={mode}"
        conn = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30)
        conn.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error as error:
        raise store.failed(error) from error
    return conn
