"""What was issued: of each object that an audience could ever see here, its newest version and no content.

It outlives the projection, which an erasure removes. From it follows that a changed object has a later
version than the one that was served before, and that an object which is not to be had any more is served once
more as revoked, so that whoever kept a copy learns it.
"""

import calendar
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec

from detente.faces.neighbours import stix

PILLAR = "pillar"
SCHEMA = """
CREATE TABLE IF NOT EXISTS issued (domain TEXT NOT NULL, audience TEXT NOT NULL, pillar TEXT NOT NULL,
    id TEXT NOT NULL, root TEXT NOT NULL, shell BLOB NOT NULL, PRIMARY KEY (domain, audience, pillar, id))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS issued_root ON issued (domain, audience, root);
"""


@contextmanager
def writing(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write everything inside, or nothing."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield conn
    except BaseException:
        conn.execute("ROLLBACK")
        raise
    conn.execute("COMMIT")


class Issued:
    """The objects that were issued, in the book's file."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Keep all that is issued inside, or nothing of it."""
        return writing(self._conn)

    def of(self, domain: str, audience: str, root: str) -> list[stix.Object]:
        """Return what was issued of a thread to an audience, each as its shell."""
        rows = self._conn.execute(
            "SELECT shell, pillar FROM issued WHERE domain = ? AND audience = ? AND root = ?",
            (domain, audience, root),
        ).fetchall()
        return [msgspec.json.decode(shell) | {PILLAR: pillar} for shell, pillar in rows]

    def pillar(self, one: stix.Object) -> str:
        """Return in whose collections a shell was."""
        return str(one[PILLAR])

    def later(
        self, domain: str, place: tuple[str, str, str], one: stix.Object, *, changed: bool
    ) -> stix.Object:
        """Return an object as it is issued now, and keep its shell.

        Args:
            domain: of the log.
            place: audience, pillar and root.
            one: as it is to be.
            changed: whether it differs from what was issued; otherwise that is not known any more.
        """
        audience, pillar, root = place
        key = (domain, audience, pillar, one["id"])
        row = self._conn.execute(
            "SELECT shell FROM issued WHERE domain = ? AND audience = ? AND pillar = ? AND id = ?", key
        ).fetchone()
        before = msgspec.json.decode(row[0]).get("modified", "") if row else ""
        if "modified" in one and one["modified"] <= before:
            again = one.get("revoked") is True or changed
            one = one | {"modified": stix.stamp(moment(before) + 1) if again else before}
        self._conn.execute(
            "INSERT OR REPLACE INTO issued VALUES (?, ?, ?, ?, ?, ?)", (*key, root, stix.dump(revoked(one)))
        )
        return one


def plain(one: stix.Object) -> stix.Object:
    """Return a shell as it is served."""
    return {key: value for key, value in one.items() if key != PILLAR}


def revoked(one: stix.Object) -> stix.Object:
    """Return what is left of an object that its audience is not to have any more: no content."""
    kept = ("type", "spec_version", "id", "created", "modified", "created_by_ref", "object_marking_refs")
    empty: dict[str, dict[str, Any]] = {
        "course-of-action": {"name": "withdrawn"},
        "incident": {"name": "withdrawn"},
        "grouping": {
            "name": "withdrawn",
            "context": "unspecified",
            "object_refs": one.get("object_refs"),
        },
        "indicator": {
            "name": "withdrawn",
            "pattern": "withdrawn",
            "pattern_type": "detente-withdrawn",
            "valid_from": one.get("valid_from"),
        },
        "note": {"content": "withdrawn", "object_refs": one.get("object_refs")},
        "opinion": {"opinion": "neutral", "object_refs": one.get("object_refs")},
        "report": {
            "name": "withdrawn",
            "published": one.get("created"),
            "object_refs": one.get("object_refs"),
        },
        "relationship": {key: one.get(key) for key in ("relationship_type", "source_ref", "target_ref")},
        "sighting": {"sighting_of_ref": one.get("sighting_of_ref")},
        "language-content": {"object_ref": one.get("object_ref"), "contents": {"zh": {"name": "已撤回"}}},
    }
    return {key: one[key] for key in kept if key in one} | empty.get(one["type"], {}) | {"revoked": True}


def moment(text: str) -> int:
    """Return a moment of ours in milliseconds."""
    whole = time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(whole) * 1000 + int(text[20:23])
