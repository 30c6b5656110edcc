"""The erasure: a sealed value that this node holds is destroyed, and that it was is logged.

    accord.erase in the own log  +  salt and value gone from the store  ->  packages gone from the outbox and
    the static tree  ->  the journal emptied

The commitment stays where it was signed, so the record stands as before and nobody can put another value
there. An author erases what it wrote, a recipient what it was shown; each speaks for its own copy alone, and
what others hold is for them to destroy. A package goes whole: what else was in it is released anew. What lies
below the file system, and in backups, is out of this program's reach.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from detente.accord.gate import Denial
from detente.node import delivery, durable, store
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.home import CACHE
from detente.node.library import Library
from detente.node.realm import Realm
from detente.node.tabling import Tabling
from detente.node.writer import Batch
from detente.trust.record import Domain, Record

Reason: TypeAlias = Literal["term-over", "law", "withdrawal", "sent-in-error"]


KIND = "accord.erase"


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased.

    Attributes:
        record: whose values.
        paths: which, sorted.
        id: of the `accord.erase` that says so.
        packages: how many sealed packages went with them.
    """

    record: str
    paths: tuple[str, ...]
    id: str
    packages: int


@dataclass
class Erasure:
    """Erases in one realm."""

    realm: Realm
    tabling: Tabling
    library: Library

    def erase(self, name: str, paths: Iterable[str], reason: Reason) -> Erased:
        """Destroy the disclosures of these paths that are held here, and log it; done when this returns.

        Raises:
            NoSuchThing: `erase.1`, `erase.2`. DiskFailed: `store.3`: it is logged and destroyed, and a reader
            still keeps the journal: ask again. As `Tabling.table`.
        """
        entry = self.library.get(name)
        # 1. The record is here.
        if entry is None:
            raise NoSuchThing("erase.1", f"{name[:16]} is not held here.", "Check the id.")
        wanted = tuple(sorted(set(paths)))
        return self.realm.writer.settle(lambda batch: self._erase(batch, name, entry, (wanted, reason)))

    def _erase(self, batch: Batch, name: str, entry: Record, asked: tuple[tuple[str, ...], Reason]) -> Erased:
        paths, reason = asked
        raw = bytes.fromhex(name)
        held = {
            str(row[0]) for row in batch.conn.execute("SELECT path FROM disclosure WHERE record = ?", (raw,))
        }
        before = self._before(batch.conn, name, paths)
        # 2. Each of them is held, or was erased by this very act before.
        if before is None and not (paths and held >= set(paths)):
            gone = ", ".join(sorted(set(paths) - held)) or "nothing"
            raise NoSuchThing(
                "erase.2", f"No value is held of {gone}.", "Name sealed paths that are open here."
            )
        batch.conn.executemany(
            "DELETE FROM disclosure WHERE record = ? AND path = ?", [(raw, path) for path in paths]
        )
        packages = self._packages(batch.conn, raw, paths)
        batch.conn.executemany("DELETE FROM package WHERE sha256 = ?", [(one,) for one in packages])
        where = self.realm.path(self.realm.party)
        batch.later(
            f"unpublish {name}",
            lambda _: self.realm.publication.unpublish(where, [p.hex() for p in packages]),
        )
        batch.later("forget", store.forget)
        batch.later("forget copies", lambda _: durable.clear(self.realm.anchor.folder.parent / CACHE))
        if before is not None:
            return Erased(record=name, paths=paths, id=before, packages=len(packages))
        if entry.party == self.realm.party:
            self._row(batch.conn, name, paths, reason)
        tabled = self.tabling.write(batch, self._draft(name, paths, reason))
        return Erased(record=name, paths=paths, id=tabled.id, packages=len(packages))

    def _draft(self, name: str, paths: tuple[str, ...], reason: Reason) -> Draft:
        return Draft(
            kind=KIND,
            open={"record": name, "paths": list(paths), "reason": reason},
            nonce=self.tabling.draw(16).hex(),
            domain=self.realm.domain,
        )

    def _before(self, conn: sqlite3.Connection, name: str, paths: tuple[str, ...]) -> str | None:
        """Return the id of an own act that erased exactly this, if there is one."""
        rows = conn.execute(
            "SELECT e.id FROM entry e JOIN body b ON b.id = e.id WHERE e.log = ? AND b.kind = ?",
            (self.realm.log(self.realm.party), KIND),
        ).fetchall()
        for row in rows:
            act = self.library[bytes(row[0]).hex()]
            if (act.open["record"], tuple(act.open["paths"])) == (name, paths):
                return bytes(row[0]).hex()
        return None

    def _packages(self, conn: sqlite3.Connection, raw: bytes, paths: tuple[str, ...]) -> list[bytes]:
        """Return the digests of own packages that hold one of these values; the rest in them waits again."""
        releases = delivery.narrow(conn, self.realm.domain, raw.hex(), paths)
        return [bytes.fromhex(str(self.library[one].open["blob"])) for one in sorted(set(releases))]

    def _row(self, conn: sqlite3.Connection, name: str, paths: tuple[str, ...], reason: str) -> None:
        """Say in the ledger that these stay, for each party not sent them; the rest is asked anew."""
        domain: Domain = self.realm.domain
        at = self.realm.clock.now()
        for audience in self.realm.others:
            gone = delivery.sent_paths(conn, domain, name, audience)
            left = [path for path in paths if path not in gone]
            denials = [Denial("erase.3", "erased", f"Erased: {reason}.", path) for path in left]
            about = (domain, name, audience)
            before = [
                one
                for one in delivery.read(conn, domain, name)
                if (one.audience, one.code) == (audience, "erased")
            ]
            delivery.settle(conn, about, [*before, *delivery.grouped(*about, denials, at)])
