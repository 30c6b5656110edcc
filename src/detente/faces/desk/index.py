"""The index: what a desk keeps beside the log so that any page comes at once, for one domain.

    H/cache/desk-live.db     one row a record, one a thread, and the words of what can be read here

It is made from the log and nothing else, so it may be lost, and is thrown away in any doubt: of another
program or accord, or when values were erased. It holds at most `MOST` records; the oldest leave the search
first, and stay in the log. Receipts are not in it. One thread writes, any may read.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import Struct

from detente.faces.desk import bigrams

FORMAT = 3
MOST = 250_000
MAX_WORDS = 8_000
"""How many characters of one record are searched, at most."""

PAGE = 50
_LOOK = 4 * PAGE
"""How many records are looked at for one page of threads that a search finds."""

_SCHEMA = """
CREATE TABLE made (mark TEXT NOT NULL);
CREATE TABLE fed (party TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE gap (party TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (party, idx)) WITHOUT ROWID;
CREATE TABLE record (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, party TEXT NOT NULL, idx INTEGER NOT NULL,
    kind TEXT NOT NULL, at INTEGER NOT NULL, root BLOB NOT NULL, stands INTEGER NOT NULL,
    came INTEGER NOT NULL
);
CREATE INDEX record_root ON record (root, seq);
CREATE INDEX record_came ON record (came, seq);
CREATE TABLE thread (
    root BLOB PRIMARY KEY, pillar TEXT NOT NULL, kind TEXT NOT NULL, party TEXT NOT NULL,
    begun INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, last TEXT NOT NULL,
    count INTEGER NOT NULL, level INTEGER, level_low INTEGER, title TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX thread_pillar ON thread (pillar, seq);
CREATE INDEX thread_seq ON thread (seq);
CREATE INDEX thread_level ON thread (pillar, level, seq);
CREATE TABLE released (record BLOB NOT NULL, audience TEXT NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (record, audience, path)) WITHOUT ROWID;
CREATE TABLE fired (record BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE awaited (record BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
    scope, text, tokenize = "unicode61 remove_diacritics 2", prefix = "1 2 3 4 5 6 7"
);
"""
"""The beginnings of words are kept too: else one that many records have is a list to be merged first."""


class Row(Struct, frozen=True):
    """One record as the index takes it.

    Attributes:
        id: of the record.
        party: its author.
        index: in its log.
        kind: `pillar.name`.
        at: the author's clock, in milliseconds.
        root: id of its thread's root; its own if it starts one.
        stands: whether it stands.
        level: highest severity that follows, or None.
        level_low: lowest.
        title: English and Chinese; empty where there is none here.
        words: what can be searched.
        released: audience and path, of what it says was shown.
        about: the record whose values it opens or releases, or empty.
        fired: whether a trigger proposes something by it, or may yet, for it does not stand so far.
        came: when it came here, in milliseconds; its own time if that was before anybody looked.
    """

    id: str
    party: str
    index: int
    kind: str
    at: int
    root: str
    stands: bool
    level: int | None
    level_low: int | None
    title: tuple[str, str]
    words: str
    released: tuple[tuple[str, str], ...]
    about: str
    fired: bool = False
    came: int = 0


class Thread(Struct, frozen=True):
    """One thread in a list."""

    root: str
    pillar: str
    kind: str
    party: str
    begun: int
    seq: int
    at: int
    last: str
    count: int
    level: int | None
    level_low: int | None
    title: tuple[str, str]


class Entry(Struct, frozen=True):
    """One record of a thread, or one change in the order in which it came here."""

    seq: int
    id: str
    party: str
    index: int
    kind: str
    at: int
    root: str
    stands: bool


class Wanted(Struct, frozen=True):
    """Which threads a list shows: of a pillar, with words, from a level on, before a place in the list."""

    pillar: str = ""
    words: str = ""
    level: int = 0
    before: int = 0


_THREAD = "SELECT root, pillar, kind, party, begun, seq, at, last, count, level, level_low, title FROM thread"
_FOUND = (
    "SELECT t.root, t.pillar, t.kind, t.party, t.begun, t.seq, t.at, t.last, t.count, t.level, t.level_low,"
    " t.title FROM words w JOIN record r ON r.seq = w.rowid JOIN thread t ON t.root = r.root"
)
_EVER = 2**62
_ENTRY = "SELECT seq, id, party, idx, kind, at, root, stands FROM record"


@dataclass
class Index:
    """The index of one domain.

    Attributes:
        path: of the file.
        mark: what it was made for: another mark, and it is made anew.
        most: how many records it holds.
    """

    path: Path
    mark: str
    most: int = MOST
    _own: threading.local = field(default_factory=threading.local)
    _generation: int = 0

    def __post_init__(self) -> None:
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            made = self._conn.execute("SELECT mark FROM made").fetchone()
        except sqlite3.Error:
            made = None
        if made is None or made[0] != self.mark:
            self.renew()

    @property
    def lost(self) -> bool:
        """Whether the file is gone: an erasure removes it."""
        return not self.path.exists()

    def renew(self) -> None:
        """Begin anew, with nothing."""
        self.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self._generation += 1
        conn = self._conn
        conn.execute("PRAGMA journal_mode=WAL")
        conn.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        conn.execute("INSERT INTO made (mark) VALUES (?)", (self.mark,))
        self.path.chmod(0o600)

    def close(self) -> None:
        """Let go of this thread's connection."""
        kept = getattr(self._own, "conn", None)
        if kept is not None:
            kept.close()
            self._own.conn = None

    def fed(self) -> dict[str, int]:
        """Return party to how many leaves of its log were read."""
        return dict(self._conn.execute("SELECT party, size FROM fed").fetchall())

    def gaps(self, party: str) -> frozenset[int]:
        """Return the indices of leaves that were read while their bodies were not held."""
        rows = self._conn.execute("SELECT idx FROM gap WHERE party = ?", (party,)).fetchall()
        return frozenset(int(row[0]) for row in rows)

    def awaited(self) -> list[str]:
        """Return the records whose values were shown to us and may still have to come."""
        return [bytes(row[0]).hex() for row in self._conn.execute("SELECT record FROM awaited").fetchall()]

    def fired(self) -> list[str]:
        """Return the records by which a trigger proposes something, or may yet."""
        return [bytes(row[0]).hex() for row in self._conn.execute("SELECT record FROM fired").fetchall()]

    def add(
        self, party: str, size: int, rows: Iterable[Row], gaps: Iterable[int], filled: Iterable[int]
    ) -> None:
        """Take the next leaves of a log: what stands there, and which bodies lack or have come."""
        conn = self._conn
        conn.execute("BEGIN")
        try:
            for row in rows:
                self._add(conn, row)
            conn.executemany("INSERT OR IGNORE INTO gap VALUES (?, ?)", [(party, at) for at in gaps])
            conn.executemany("DELETE FROM gap WHERE party = ? AND idx = ?", [(party, at) for at in filled])
            conn.execute("INSERT OR REPLACE INTO fed VALUES (?, ?)", (party, size))
            self._prune(conn)
            conn.execute("COMMIT")
        except BaseException:
            conn.execute("ROLLBACK")
            raise

    def reword(self, row: Row, *, settled: bool) -> None:
        """Take a record again, of which more can be read now; `settled` if nothing more is awaited."""
        conn, raw = self._conn, bytes.fromhex(row.id)
        conn.execute("BEGIN")
        found = conn.execute("SELECT seq FROM record WHERE id = ?", (raw,)).fetchone()
        if found is not None:
            conn.execute("UPDATE words SET text = ? WHERE rowid = ?", (_cut(row.words), found[0]))
            if any(row.title):
                title = json.dumps(row.title, ensure_ascii=False)
                conn.execute("UPDATE thread SET title = ? WHERE root = ?", (title, raw))
        if settled:
            conn.execute("DELETE FROM awaited WHERE record = ?", (raw,))
        conn.execute("COMMIT")

    def threads(self, wanted: Wanted) -> list[Thread]:
        """Return one page of threads, the one that changed last first."""
        asked = bigrams.question(wanted.words)
        if wanted.words.strip():
            return self._found(asked, wanted) if asked else []
        clauses, values = ["seq < ?"], [wanted.before or _EVER]
        if wanted.pillar:
            clauses.append("pillar = ?")
            values.append(wanted.pillar)  # type: ignore[arg-type]  # a query's values are of any type
        if wanted.level:
            clauses.append("level >= ?")
            values.append(wanted.level)
        sql = f"{_THREAD} WHERE {' AND '.join(clauses)} ORDER BY seq DESC LIMIT ?"
        return [_thread(row) for row in self._conn.execute(sql, (*values, PAGE)).fetchall()]

    def thread(self, root: str) -> Thread | None:
        """Return one thread."""
        row = self._conn.execute(f"{_THREAD} WHERE root = ?", (bytes.fromhex(root),)).fetchone()
        return None if row is None else _thread(row)

    def entries(self, root: str, most: int) -> list[Entry]:
        """Return the records of a thread in the order in which they came here, the first so many."""
        rows = self._conn.execute(
            f"{_ENTRY} WHERE root = ? ORDER BY seq LIMIT ?", (bytes.fromhex(root), most)
        ).fetchall()
        return [_entry(row) for row in rows]

    def newest(self, most: int) -> list[Entry]:
        """Return the records that came last, the last first."""
        sql = f"{_ENTRY} ORDER BY came DESC, seq DESC LIMIT ?"
        return [_entry(row) for row in self._conn.execute(sql, (most,))]

    def named(self, digits: str) -> list[str]:
        """Return the ids that begin with these hexadecimal digits, at most two."""
        low, high = bytes.fromhex(digits.ljust(64, "0")), bytes.fromhex(digits.ljust(64, "f"))
        rows = self._conn.execute("SELECT id FROM record WHERE id BETWEEN ? AND ? LIMIT 2", (low, high))
        return [bytes(row[0]).hex() for row in rows.fetchall()]

    def root_of(self, name: str) -> str | None:
        """Return the root of a record's thread."""
        row = self._conn.execute("SELECT root FROM record WHERE id = ?", (bytes.fromhex(name),)).fetchone()
        return None if row is None else bytes(row[0]).hex()

    def released(self, record: str) -> Mapping[str, frozenset[str]]:
        """Return audience to the sealed paths of a record that were shown to it."""
        rows = self._conn.execute(
            "SELECT audience, path FROM released WHERE record = ?", (bytes.fromhex(record),)
        ).fetchall()
        return {to: frozenset(path for other, path in rows if other == to) for to, _ in rows}

    def count(self) -> int:
        """Return how many records there are."""
        return int(self._conn.execute("SELECT count(*) FROM record").fetchone()[0])

    def _found(self, asked: str, wanted: Wanted) -> list[Thread]:
        scope = f"scope : {wanted.pillar} AND " if wanted.pillar else ""
        rows = self._conn.execute(
            f"{_FOUND} WHERE words MATCH ? AND coalesce(t.level, 0) >= ? AND t.seq < ?"
            " ORDER BY w.rowid DESC LIMIT ?",
            (f"{scope}text : ({asked})", wanted.level, wanted.before or _EVER, _LOOK),
        ).fetchall()
        found = {bytes(row[0]): row for row in rows}
        return [_thread(row) for row in list(found.values())[:PAGE]]

    def _add(self, conn: sqlite3.Connection, row: Row) -> None:
        raw, root = bytes.fromhex(row.id), bytes.fromhex(row.root)
        seq = conn.execute(
            "INSERT OR IGNORE INTO record (id, party, idx, kind, at, root, stands, came)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq",
            (raw, row.party, row.index, row.kind, row.at, root, row.stands, row.came),
        ).fetchone()
        if seq is None:
            return
        pillar = row.kind.partition(".")[0]
        conn.execute(
            "INSERT INTO words (rowid, scope, text) VALUES (?, ?, ?)", (seq[0], pillar, _cut(row.words))
        )
        if row.about:
            about = bytes.fromhex(row.about)
            shown = [(about, to, path) for to, path in row.released]
            conn.executemany("INSERT OR IGNORE INTO released VALUES (?, ?, ?)", shown)
            conn.execute("INSERT OR IGNORE INTO awaited VALUES (?)", (about,))
        if row.fired:
            conn.execute("INSERT OR IGNORE INTO fired VALUES (?)", (raw,))
        self._thread(conn, (seq[0], pillar, root), row)

    def _thread(self, conn: sqlite3.Connection, place: tuple[int, str, bytes], row: Row) -> None:
        """Let a thread follow its newest record; what starts one gives it title and kind."""
        seq, pillar, root = place
        begins = row.id == row.root
        conn.execute(
            "INSERT INTO thread VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT (root) DO UPDATE SET"
            " seq = excluded.seq, at = max(at, excluded.at), last = excluded.last, count = count + 1,"
            " level = coalesce(excluded.level, level), level_low = coalesce(excluded.level_low, level_low)",
            (
                root,
                pillar,
                row.kind,
                row.party,
                row.at,
                seq,
                row.at,
                row.kind,
                row.level if row.stands else None,
                row.level_low if row.stands else None,
                json.dumps(row.title, ensure_ascii=False),
            ),
        )
        if begins:
            conn.execute(
                "UPDATE thread SET kind = ?, party = ?, begun = ?, title = ? WHERE root = ?",
                (row.kind, row.party, row.at, json.dumps(row.title, ensure_ascii=False), root),
            )

    def _prune(self, conn: sqlite3.Connection) -> None:
        last = conn.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()[0] - self.most
        if last > 0:
            conn.execute("DELETE FROM words WHERE rowid <= ?", (last,))
            conn.execute("DELETE FROM record WHERE seq <= ?", (last,))
            conn.execute("DELETE FROM thread WHERE seq <= ?", (last,))

    @property
    def _conn(self) -> sqlite3.Connection:
        """The connection of this thread, to the file as it is now."""
        if getattr(self._own, "conn", None) is None or self._own.generation != self._generation:
            self.close()
            conn = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
            conn.execute("PRAGMA synchronous=OFF")
            conn.execute("PRAGMA secure_delete=ON")
            self._own.conn, self._own.generation = conn, self._generation
        found: sqlite3.Connection = self._own.conn
        return found


def _cut(words: str) -> str:
    return bigrams.cut(words[:MAX_WORDS])


def _thread(row: tuple[Any, ...]) -> Thread:
    english, chinese = json.loads(row[11])
    found = (bytes(row[0]).hex(), *row[1:11], (english, chinese))
    return Thread(**dict(zip(Thread.__struct_fields__, found, strict=True)))


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, name, party, at_index, kind, at, root, stands = row
    return Entry(seq, bytes(name).hex(), party, at_index, kind, at, bytes(root).hex(), bool(stands))
