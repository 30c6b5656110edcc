"""The register: where the acts of the casework lie, each bound to the one before.

    H/casework/register.db    acts, in order; nothing is changed or removed, 0600

SQLite in WAL with `synchronous=FULL`; an act is admitted inside the transaction that keeps it, so two
people at two desks cannot both be first.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from detente.node import store
from detente.node.casework import case as cases
from detente.node.casework.case import Case
from detente.node.casework.entry import SHIFT, Entry
from detente.node.casework.person import Roll
from detente.node.clock import Clock
from detente.node.errors import DiskFailed, NoSuchThing, Refused

FOLDER, DATABASE, FORMAT = "casework", "register.db", 1

_SCHEMA = """
CREATE TABLE act (n INTEGER PRIMARY KEY, data BLOB NOT NULL, chain BLOB NOT NULL) STRICT;
"""


@dataclass
class Register:
    """The casework of one home, open; each thread opens one of its own."""

    clock: Clock
    conn: sqlite3.Connection

    @classmethod
    def open(cls, home: Path, clock: Clock) -> "Register":
        """Open it, or make an empty one. Raises DiskFailed: `store.1`, `casework.1`."""
        path = home / FOLDER
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            conn = sqlite3.connect(path / DATABASE, isolation_level=None, timeout=10)
            conn.execute("PRAGMA journal_mode=WAL")
            conn.execute("PRAGMA synchronous=FULL")
            version = int(conn.execute("PRAGMA user_version").fetchone()[0])
            if version == 0:
                conn.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version={FORMAT};COMMIT;")
                (path / DATABASE).chmod(0o600)
        except (OSError, sqlite3.Error) as error:
            raise store.failed(error) from error
        # 1. It is of this format.
        if version not in (0, FORMAT):
            conn.close()
            raise DiskFailed("casework.1", f"The casework has format {version}.", "Update this program.")
        return cls(clock, conn)

    def close(self) -> None:
        """Let go of the file."""
        self.conn.close()

    def entries(self) -> list[Entry]:
        """Return all acts, in order. Raises DiskFailed: `casework.2` the chain does not hold."""
        found, before = [], b""
        for data, chain in self.conn.execute("SELECT data, chain FROM act ORDER BY n"):
            before = hashlib.sha256(before + data).digest()
            # 2. Each is bound to the one before.
            if before != chain:
                raise DiskFailed(
                    "casework.2", "An act was changed on the disk.", "Restore a backup, and compare."
                )
            found.append(msgspec.json.decode(data, type=Entry))
        return found

    @property
    def cases(self) -> dict[str, Case]:
        """All cases by name."""
        return cases.fold(self.entries())

    @property
    def roll(self) -> Roll:
        """Who is on the roll; the newest keys of each."""
        return {one.by: one.data["keys"] for one in self.entries() if one.what == "person"}

    def case(self, name: str) -> Case:
        """Return the case of this name, or so beginning. Raises NoSuchThing: `casework.3`."""
        return _named(self.cases, name)

    def do(self, entry: Entry) -> Case | None:
        """Keep an act; return the case as it is then, or None if it is about none. Raises as `together`."""
        found = self.together([entry])
        return found[0] if found else None

    def together(self, entries: list[Entry]) -> list[Case]:
        """Keep acts, all or none; return their cases.

        Raises:
            NoSuchThing: `casework.3`. Refused: `casework.4`, `casework.5`, `case.*`.
        """
        with self._writing():
            return [case for one in entries if (case := self._keep(one)) is not None]

    def _keep(self, entry: Entry) -> Case | None:
        known = self.entries()
        now = max(self.clock.now(), known[-1].at if known else 0)
        made = msgspec.structs.replace(entry, n=len(known) + 1, at=now)
        # 5. A shift is taken over by whoever was named.
        if made.what == "taken-over" and made.by != made.data["to"]:
            raise Refused("casework.5", f"{made.data['to']} was named, not {made.by}.", "Let them sign.")
        found = None if entry.case == SHIFT else self._admitted(cases.fold(known), made)
        data = msgspec.json.encode(made)
        last = self.conn.execute("SELECT chain FROM act ORDER BY n DESC LIMIT 1").fetchone()
        chain = hashlib.sha256((last[0] if last else b"") + data).digest()
        self.conn.execute("INSERT INTO act VALUES (?, ?, ?)", (made.n, data, chain))
        return found

    def _admitted(self, known: dict[str, Case], made: Entry) -> Case:
        if made.what == "taken":
            source, receipt = made.data["source"], made.data.get("receipt", "")
            twice = [
                one.name
                for one in known.values()
                if one.source == source or (receipt and one.receipt == receipt)
            ]
            # 4. A report is one case, whether it came from the confidential desk or from a file.
            if twice:
                raise Refused("casework.4", f"It is the case {twice[0]} already.", "Work on that one.")
            return cases.fold([made])[made.case]
        found = _named(known, made.case)
        cases.admit(found, made)
        return cases.after(found, made)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with store.transaction(self.conn):
            yield


def _named(known: dict[str, Case], name: str) -> Case:
    found = [one for key, one in known.items() if key.startswith(name)] if name else []
    # 3. The name is one case's.
    if len(found) != 1:
        raise NoSuchThing(
            "casework.3", f"{name[:80]!a} names no case, or several.", "List them: detente triage list"
        )
    return found[0]
