"""The projection: the STIX objects that each audience may have now, made from the logs of one domain.

    H/cache/taxii-live.db

It follows the logs like the desk's index, and may be lost like it: an erasure removes it. It is brought up to
date before every answer, so that nothing is served that was narrowed in the meantime. Of each object there is
one version, the newest; one that is no longer an audience's to see stays as revoked, with nothing in it, so
that whoever has a copy learns that it is not to be kept. A changed object always has a later `modified`.
"""

import secrets
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from detente.accord.keyact import KINDS
from detente.faces.neighbours import stix, tlp
from detente.faces.neighbours.case import Case
from detente.faces.neighbours.view import Act, act_of, parties, seen
from detente.faces.taxii import issued
from detente.faces.taxii.issued import Issued
from detente.node.window import Pane, Seat

FORMAT = 2
BATCH = 500
STATIC = frozenset({"identity", "attack-pattern", "marking-definition", "extension-definition"})
"""Types that several cases share: once shown, they stay."""

_SCHEMA = """
CREATE TABLE made (mark TEXT NOT NULL, generation TEXT NOT NULL);
CREATE TABLE fed (party TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE gap (party TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (party, idx)) WITHOUT ROWID;
CREATE TABLE member (record TEXT PRIMARY KEY, root TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX member_root ON member (root);
CREATE TABLE act (record TEXT NOT NULL, data BLOB NOT NULL);
CREATE INDEX act_record ON act (record);
CREATE TABLE awaited (root TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE object (
    added INTEGER PRIMARY KEY, audience TEXT NOT NULL, pillar TEXT NOT NULL, id TEXT NOT NULL,
    type TEXT NOT NULL, version TEXT NOT NULL, rank INTEGER NOT NULL, root TEXT NOT NULL, data BLOB NOT NULL,
    UNIQUE (audience, pillar, id)
);
CREATE INDEX object_page ON object (audience, added);
CREATE INDEX object_root ON object (root);
"""


@dataclass
class Projection:
    """What each audience may have of one domain.

    Attributes:
        path: of the file.
        pane: the domain.
        names: party to its English name.
        issued: what was ever issued, which outlives this.
    """

    path: Path
    pane: Pane
    names: dict[str, str]
    issued: Issued
    generation: str = ""
    _conn: sqlite3.Connection | None = None
    _touched: set[str] = field(default_factory=set)
    _audiences: tuple[str, ...] = ()

    def refresh(self) -> sqlite3.Connection:
        """Bring it up to date with all that is durable; return the connection to read it."""
        conn, self._audiences = self._open(), parties(self.pane)
        conn.execute("BEGIN")
        try:
            for party, size in self.pane.sizes().items():
                self._follow(conn, party, size)
            self._touched |= {str(row[0]) for row in conn.execute("SELECT root FROM awaited").fetchall()}
            if self._touched:
                with self.issued.writing():
                    for root in sorted(self._touched):
                        self._remake(conn, root)
            conn.execute("COMMIT")
        except BaseException:
            conn.execute("ROLLBACK")
            raise
        finally:
            self._touched.clear()
        return conn

    def close(self) -> None:
        """Let go of the file."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _open(self) -> sqlite3.Connection:
        """Return the connection; begin anew if the file is gone, or of another program or accord."""
        if self._conn is not None and self.path.exists():
            return self._conn
        self.close()
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        pane = self.pane
        mark = " ".join((str(FORMAT), pane.terms.genesis, pane.party, pane.domain, *parties(pane)))
        conn = self._connect()
        try:
            found = conn.execute("SELECT mark, generation FROM made").fetchone()
        except sqlite3.Error:
            found = None
        if found is None or found[0] != mark:
            conn.close()
            for suffix in ("", "-wal", "-shm", "-journal"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            conn = self._connect()
            conn.executescript(f"PRAGMA journal_mode=WAL;BEGIN;{_SCHEMA}COMMIT;")
            found = (mark, secrets.token_hex(4))
            conn.execute("INSERT INTO made VALUES (?, ?)", found)
            self.path.chmod(0o600)
        self._conn, self.generation = conn, str(found[1])
        return conn

    def _connect(self) -> sqlite3.Connection:
        conn = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        conn.execute("PRAGMA synchronous=OFF")
        conn.execute("PRAGMA secure_delete=ON")
        return conn

    def _follow(self, conn: sqlite3.Connection, party: str, size: int) -> None:
        row = conn.execute("SELECT size FROM fed WHERE party = ?", (party,)).fetchone()
        at = int(row[0]) if row else 0
        while at < size:
            seats = self.pane.leaves(party, at, BATCH)
            self._take(conn, party, seats)
            at += len(seats)
            conn.execute("INSERT OR REPLACE INTO fed VALUES (?, ?)", (party, at))
            if not seats:
                break
        gaps = {
            int(one[0]) for one in conn.execute("SELECT idx FROM gap WHERE party = ?", (party,)).fetchall()
        }
        for index in sorted(gaps - self.pane.lacking(party)) if gaps else ():
            conn.execute("DELETE FROM gap WHERE party = ? AND idx = ?", (party, index))
            self._take(conn, party, self.pane.leaves(party, index, 1))

    def _take(self, conn: sqlite3.Connection, party: str, seats: list[Seat]) -> None:
        if any(seat.kind in KINDS for seat in seats):
            self.pane.learn()
        for seat in seats:
            if not seat.kind:
                conn.execute("INSERT OR IGNORE INTO gap VALUES (?, ?)", (party, seat.at))
            elif seat.record:
                self._record(conn, party, seat)

    def _record(self, conn: sqlite3.Connection, party: str, seat: Seat) -> None:
        entry = self.pane.library.get(seat.id)
        if entry is None or self.pane.refusals(seat.id, entry, seat.at):
            return
        act = act_of(entry)
        if act is not None:
            conn.execute("INSERT INTO act VALUES (?, ?)", (act.record, msgspec.json.encode(act)))
            row = conn.execute("SELECT root FROM member WHERE record = ?", (act.record,)).fetchone()
            root = str(row[0]) if row else act.record
            conn.execute("INSERT OR IGNORE INTO awaited VALUES (?)", (root,))
        elif entry.party == party and not entry.kind.startswith("accord."):
            root = entry.thread or seat.id
            conn.execute("INSERT OR IGNORE INTO member VALUES (?, ?)", (seat.id, root))
            self._touched.add(root)

    def _remake(self, conn: sqlite3.Connection, root: str) -> None:
        """Write anew what each audience may have of a thread."""
        members = [str(row[0]) for row in conn.execute("SELECT record FROM member WHERE root = ?", (root,))]
        acts = {name: self._acts(conn, name) for name in members}
        for audience in self._audiences:
            views = (seen(self.pane, name, audience, acts[name], self._audiences) for name in members)
            case = Case.of(view for view in views if view is not None)
            found = stix.objects(case, self.names) if case else []
            pillar = case.root.kind.partition(".")[0] if case else ""
            self._keep(conn, (audience, pillar, root), found)
        if self._settled(members, acts):
            conn.execute("DELETE FROM awaited WHERE root = ?", (root,))

    def _acts(self, conn: sqlite3.Connection, name: str) -> list[Act]:
        rows = conn.execute("SELECT data FROM act WHERE record = ? ORDER BY rowid", (name,)).fetchall()
        return [msgspec.json.decode(row[0], type=Act) for row in rows]

    def _settled(self, members: list[str], acts: dict[str, list[Act]]) -> bool:
        """Whether all that was shown to us is here; until then the thread is looked at again."""
        for name in members:
            entry = self.pane.library.get(name)
            opened = self.pane.opened(name, entry) if entry else None
            ours = {path for act in acts[name] if act.to in (self.pane.party, "*") for path in act.paths}
            if opened is None or not ours <= opened.values.keys() | opened.missing.keys():
                return False
        return bool(members)

    def _keep(self, conn: sqlite3.Connection, place: tuple[str, str, str], found: list[stix.Object]) -> None:
        audience, pillar, root = place
        ranks = {one["id"]: rank_of(one) for one in found}
        least = min((rank for one, rank in ranks.items() if not one.startswith(tuple(STATIC))), default=0)
        for one in found:
            static = one["type"] in STATIC
            self._put(
                conn, (audience, pillar, "" if static else root), one, least if static else ranks[one["id"]]
            )
        for one in self.issued.of(self.pane.domain, audience, root):
            if one["id"] not in ranks:
                self._put(conn, (audience, self.issued.pillar(one), root), issued.plain(one), rank_of(one))

    def _put(
        self, conn: sqlite3.Connection, place: tuple[str, str, str], one: stix.Object, rank: int
    ) -> None:
        audience, pillar, root = place
        key = (audience, pillar, one["id"])
        row = conn.execute(
            "SELECT data, rank FROM object WHERE audience = ? AND pillar = ? AND id = ?", key
        ).fetchone()
        before = msgspec.json.decode(row[0]) if row else None
        rank = min(rank, int(row[1])) if row and not root else rank
        if before is not None and _same(before, one):
            if rank != row[1]:
                conn.execute(
                    "UPDATE object SET rank = ? WHERE audience = ? AND pillar = ? AND id = ?", (rank, *key)
                )
            return
        one = self.issued.later(self.pane.domain, (audience, pillar, root), one, changed=row is not None)
        conn.execute("DELETE FROM object WHERE audience = ? AND pillar = ? AND id = ?", key)
        version = str(one.get("modified", one["created"]))
        last = conn.execute("SELECT coalesce(max(added), 0) FROM object").fetchone()[0]
        added = max(time.time_ns() // 1000, int(last) + 1)
        row_of = (added, *key, one["type"], version, rank, root, stix.dump(one))
        conn.execute("INSERT INTO object VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row_of)


def rank_of(one: stix.Object) -> int:
    """Return how strict an object's marking is; what has none is as wide as can be."""
    marked = [
        tlp.LEVELS.index(level)
        for level, named in tlp.IDS.items()
        if named in one.get("object_marking_refs", ())
    ]
    return max(marked, default=0)


def _same(before: stix.Object, now: stix.Object) -> bool:
    """Whether nothing but a version that we moved on ourselves differs."""
    versions = ("modified", "object_modified")
    return {key: one for key, one in before.items() if key not in versions} == {
        key: one for key, one in msgspec.json.decode(stix.dump(now)).items() if key not in versions
    }
