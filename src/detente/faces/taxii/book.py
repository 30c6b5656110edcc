"""The book: which collections there are, which clients may ask, and what became of what they asked.

    H/taxii.db, for its owner alone

A collection begins without any audience, and shows nothing to anybody until a party is named. A client speaks
for one audience until a day; its token is shown once and kept as a digest. What clients push is kept here as
it came. Whoever is turned away is counted, with the reason, so that wrong credentials are seen on this side.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Self
from uuid import uuid5

from msgspec import Struct

from detente.faces.neighbours import tlp
from detente.faces.neighbours.stix import NAMESPACE
from detente.faces.taxii import issued
from detente.faces.taxii.issued import writing
from detente.node.errors import DiskFailed, NoSuchThing
from detente.trust.errors import Malformed, Misuse

FILE = "taxii.db"
INBOX = "inbox"
TOKEN_BYTES = 32
MOST_REFUSALS = 10_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS collection (name TEXT PRIMARY KEY, domain TEXT NOT NULL, pillar TEXT NOT NULL,
    level TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS audience (collection TEXT NOT NULL, party TEXT NOT NULL,
    PRIMARY KEY (collection, party)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS client (name TEXT PRIMARY KEY, audience TEXT NOT NULL, digest BLOB NOT NULL,
    expires INTEGER NOT NULL, pushes INTEGER NOT NULL, revoked INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS served (client TEXT NOT NULL, collection TEXT NOT NULL, at INTEGER NOT NULL,
    objects INTEGER NOT NULL, last TEXT NOT NULL, PRIMARY KEY (client, collection)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusal (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, client TEXT NOT NULL,
    why TEXT NOT NULL, path TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS status (id TEXT PRIMARY KEY, client TEXT NOT NULL, data BLOB NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pushed (added INTEGER PRIMARY KEY, client TEXT NOT NULL, id TEXT NOT NULL,
    type TEXT NOT NULL, version TEXT NOT NULL, draft TEXT NOT NULL, data BLOB NOT NULL,
    UNIQUE (client, id));
CREATE INDEX IF NOT EXISTS pushed_page ON pushed (client, added);
CREATE TABLE IF NOT EXISTS held (client TEXT PRIMARY KEY, objects INTEGER NOT NULL) WITHOUT ROWID;
"""

_FAILED = (
    "SELECT client, data FROM status WHERE json_extract(CAST(data AS TEXT), '$.failure_count') > 0"
    " ORDER BY json_extract(CAST(data AS TEXT), '$.request_timestamp') DESC, id"
)


class Collection(Struct, frozen=True, kw_only=True):
    """One collection.

    Attributes:
        name: of letters, digits and hyphens.
        id: what TAXII calls it.
        domain: `live` or `exercise`.
        pillar: whose records it shows.
        level: the strictest TLP level that is in it.
        audiences: the parties to which it is shown; none is nobody.
    """

    name: str
    id: str
    domain: str
    pillar: str
    level: str
    audiences: tuple[str, ...]


class Client(Struct, frozen=True, kw_only=True):
    """One client: its name, the party for which it asks, until when (ms), if it pushes, if it was revoked."""

    name: str
    audience: str
    expires: int
    pushes: bool
    revoked: bool


class Served(Struct, frozen=True, kw_only=True):
    """What a client fetched: when last (ms), how many objects in all, and how far (date added)."""

    client: str
    collection: str
    at: int
    objects: int
    last: str


class Failed(Struct, frozen=True):
    """One object of a push that was not taken: whose, when (ms), in which status, its id, and why."""

    client: str
    at: int
    status: str
    id: str
    why: str


class Refusal(Struct, frozen=True):
    """One request that was turned away: when (ms), whose name it gave, why, and for what."""

    at: int
    client: str
    why: str
    path: str


def id_of(name: str) -> str:
    """Return what TAXII calls a collection."""
    return str(uuid5(NAMESPACE, f"collection {name}"))


class Book:
    """The book of one home. Use it as a context."""

    def __init__(self, home: Path) -> None:
        path = home / FILE
        try:
            self.conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
            path.chmod(0o600)
            self.conn.execute("PRAGMA journal_mode=WAL")
            self.conn.execute("PRAGMA synchronous=FULL")
            self.conn.executescript(_SCHEMA + issued.SCHEMA)
        except (sqlite3.Error, OSError) as error:
            # 1. The file can be opened.
            what = f"The book {path} cannot be opened: {error}."
            raise DiskFailed("taxii.1", what, "See that the folder is there, and is yours.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.conn.close()

    def collect(self, one: Collection) -> Collection:
        """Keep a collection under its name, in place of what had it; return it as it is kept.

        Raises:
            Malformed: `taxii.2` the name, `taxii.3` the TLP level.
        """
        # 2. The name can stand in an address, and is not the inbox's.
        if not _plain(one.name) or one.name == INBOX:
            what = f"The collection's name {one.name[:40]!a} is no name."
            raise Malformed("taxii.2", what, "Use letters, digits and hyphens, not: inbox.")
        # 3. The level is one of TLP 2.0.
        if one.level not in tlp.LEVELS:
            raise Malformed(
                "taxii.3",
                f"There is no TLP level {one.level[:20]!a}.",
                f"Say one of: {', '.join(tlp.LEVELS)}.",
            )
        with writing(self.conn) as conn:
            conn.execute(
                "INSERT OR REPLACE INTO collection VALUES (?, ?, ?, ?)",
                (one.name, one.domain, one.pillar, one.level),
            )
            conn.execute("DELETE FROM audience WHERE collection = ?", (one.name,))
            conn.executemany(
                "INSERT OR IGNORE INTO audience VALUES (?, ?)", [(one.name, to) for to in one.audiences]
            )
        return next(kept for kept in self.collections() if kept.name == one.name)

    def collections(self) -> tuple[Collection, ...]:
        """Return all collections, by name."""
        rows = self.conn.execute(
            "SELECT name, domain, pillar, level FROM collection ORDER BY name"
        ).fetchall()
        return tuple(
            Collection(
                name=name,
                id=id_of(name),
                domain=domain,
                pillar=pillar,
                level=level,
                audiences=self._audiences(name),
            )
            for name, domain, pillar, level in rows
        )

    def _audiences(self, name: str) -> tuple[str, ...]:
        rows = self.conn.execute(
            "SELECT party FROM audience WHERE collection = ? ORDER BY party", (name,)
        ).fetchall()
        return tuple(str(row[0]) for row in rows)

    def admit(self, name: str, audience: str, expires: int, *, pushes: bool) -> str:
        """Let a client in until a time; return its token, which nobody can read again.

        Raises:
            Malformed: `taxii.4` the name. Misuse: `taxii.5` the name is taken.
        """
        # 4. The name can be typed.
        if not _plain(name):
            raise Malformed(
                "taxii.4", f"The client's name {name[:40]!a} is no name.", "Use letters, digits and hyphens."
            )
        # 5. Nobody has it: a token is never changed under a name that is in use.
        if any(one.name == name and not one.revoked for one in self.clients()):
            raise Misuse(
                "taxii.5", f"There is a client {name} already.", "Revoke it first, or take another name."
            )
        token = base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).decode().rstrip("=")
        row = (name, audience, _digest(token), expires, pushes, False)
        self.conn.execute("INSERT OR REPLACE INTO client VALUES (?, ?, ?, ?, ?, ?)", row)
        return token

    def revoke(self, name: str) -> None:
        """Let a client in no more. Raises NoSuchThing: `taxii.6`."""
        # 6. There is such a client.
        if not self.conn.execute(
            "UPDATE client SET revoked = 1 WHERE name = ? RETURNING name", (name,)
        ).fetchall():
            raise NoSuchThing(
                "taxii.6", f"There is no client {name[:40]!a}.", "detente taxii show lists them."
            )

    def clients(self) -> tuple[Client, ...]:
        """Return all clients, by name."""
        rows = self.conn.execute(
            "SELECT name, audience, expires, pushes, revoked FROM client ORDER BY name"
        ).fetchall()
        return tuple(
            Client(name=name, audience=audience, expires=expires, pushes=bool(pushes), revoked=bool(revoked))
            for name, audience, expires, pushes, revoked in rows
        )

    def known(self, name: str | None, token: str, now: int) -> Client | str:
        """Return the client that has a token, or why there is none; without a name, whoever has the token."""
        digest = _digest(token)
        rows = self.conn.execute("SELECT name, digest FROM client").fetchall()
        found = [str(kept) for kept, known in rows if hmac.compare_digest(digest, bytes(known))]
        if not found or name not in (None, found[0]):
            return "wrong-credentials"
        client = next(one for one in self.clients() if one.name == found[0])
        return "revoked" if client.revoked else "expired" if client.expires <= now else client

    def refuse(self, refusal: Refusal) -> None:
        """Keep that somebody was turned away; the newest so many."""
        with writing(self.conn) as conn:
            row = (refusal.at, refusal.client[:80], refusal.why, refusal.path[:200])
            conn.execute("INSERT INTO refusal (at, client, why, path) VALUES (?, ?, ?, ?)", row)
            conn.execute(
                "DELETE FROM refusal WHERE seq <= (SELECT max(seq) FROM refusal) - ?", (MOST_REFUSALS,)
            )

    def refusals(self, most: int = 20) -> tuple[Refusal, ...]:
        """Return the newest refusals, newest first."""
        rows = self.conn.execute(
            "SELECT at, client, why, path FROM refusal ORDER BY seq DESC LIMIT ?", (most,)
        ).fetchall()
        return tuple(Refusal(*row) for row in rows)

    def failed(self, most: int = 100) -> tuple[int, tuple[Failed, ...]]:
        """Return how many objects of pushes were not taken, and the newest so many of them."""
        count, found = 0, list[Failed]()
        for client, data in self.conn.execute(_FAILED):
            status = json.loads(data)
            count += status["failure_count"]
            at = int(datetime.fromisoformat(status["request_timestamp"]).timestamp() * 1000)
            for one in status["failures"][: most - len(found)]:
                found.append(Failed(client, at, status["id"], one["id"], one["message"]))
        return count, tuple(found)

    def serve(self, client: str, collection: str, served: tuple[int, int, str]) -> None:
        """Keep that a client was given objects: when (ms), how many, and how far."""
        self.conn.execute(
            "INSERT INTO served VALUES (?, ?, ?, ?, ?) ON CONFLICT (client, collection) DO UPDATE SET"
            " at = excluded.at, objects = objects + excluded.objects, last = max(last, excluded.last)",
            (client, collection, *served),
        )

    def served(self) -> tuple[Served, ...]:
        """Return who fetched what."""
        rows = self.conn.execute(
            "SELECT client, collection, at, objects, last FROM served ORDER BY 1, 2"
        ).fetchall()
        return tuple(
            Served(client=client, collection=collection, at=at, objects=objects, last=last)
            for client, collection, at, objects, last in rows
        )


def _digest(token: str) -> bytes:
    """A token has 256 random bits: its plain digest can no more be searched than the token."""
    return hashlib.sha256(b"detente taxii token\0" + token.encode("utf-8", "surrogatepass")).digest()


def _plain(name: str) -> bool:
    return 0 < len(name) <= 64 and name.isascii() and name.replace("-", "a").isalnum()  # noqa: PLR2004 (as long as a name may be)
