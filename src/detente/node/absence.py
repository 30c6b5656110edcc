"""Absence: which parties' trees could not be read, and since when; kept when it changes, not every round."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from detente.node.realm import Realm
from detente.node.writer import Batch
from detente.trust.record import Domain


class Away(msgspec.Struct, frozen=True):
    """A party that does not answer: since when (milliseconds, our clock), and what was said first."""

    party: str
    since: int
    why: str


@dataclass
class Absence:
    """Who is away in one realm."""

    realm: Realm
    _known: set[str] | None = field(default=None, init=False)

    def note(self, asked: Iterable[str], away: Mapping[str, str]) -> None:
        """Take the outcome of a round. Raises DiskFailed."""
        if self._known is None:
            self._known = {one.party for one in read(self.realm.readers.conn, self.realm.domain)}
        gone, back = away.keys() - self._known, (self._known & set(asked)) - away.keys()
        if gone or back:
            self.realm.writer.do(lambda batch: self._write(batch, {one: away[one] for one in gone}, back))
            self._known = (self._known | gone) - back

    def _write(self, batch: Batch, gone: Mapping[str, str], back: Iterable[str]) -> None:
        at, domain = self.realm.clock.now(), self.realm.domain
        batch.conn.executemany(
            "INSERT OR IGNORE INTO away (domain, party, since, why) VALUES (?, ?, ?, ?)",
            [(domain, party, at, why[:500]) for party, why in gone.items()],
        )
        batch.conn.executemany(
            "DELETE FROM away WHERE domain = ? AND party = ?", [(domain, party) for party in back]
        )


def read(conn: sqlite3.Connection, domain: Domain) -> tuple[Away, ...]:
    """Return who is away, by party."""
    rows = conn.execute("SELECT party, since, why FROM away WHERE domain = ? ORDER BY party", (domain,))
    return tuple(Away(str(party), int(since), str(why)) for party, since, why in rows)
