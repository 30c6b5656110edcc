"""Absence: which parties' trees could not be read, and since when; kept when it changes, not every round.

It changes when a party goes or comes back, and when what keeps it away falls at another check: a line that
was down and now meets another certificate than the pinned one is not the same absence.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from detente.node.realm import Realm
from detente.node.writer import Batch
from detente.trust.record import Domain

CHECK = re.compile(r"\[([a-z]+\.[0-9]+)\]")
"""How a reason names the check at which it fell."""


class Away(msgspec.Struct, frozen=True):
    """A party that does not answer: since when (milliseconds, our clock), and why at the last change."""

    party: str
    since: int
    why: str


@dataclass
class Absence:
    """Who is away in one realm."""

    realm: Realm
    _known: dict[str, str] | None = field(default=None, init=False)

    def note(self, asked: Iterable[str], away: Mapping[str, str]) -> None:
        """Take the outcome of a round. Raises DiskFailed."""
        if self._known is None:
            known = read(self.realm.readers.conn, self.realm.domain)
            self._known = {one.party: _check(one.why) for one in known}
        gone = {one for one in away if self._known.get(one) != _check(away[one])}
        back = (self._known.keys() & set(asked)) - away.keys()
        if gone or back:
            self.realm.writer.do(lambda batch: self._write(batch, {one: away[one] for one in gone}, back))
            stays = {party: check for party, check in self._known.items() if party not in back}
            self._known = stays | {one: _check(away[one]) for one in gone}

    def _write(self, batch: Batch, gone: Mapping[str, str], back: Iterable[str]) -> None:
        at, domain = self.realm.clock.now(), self.realm.domain
        batch.conn.executemany(
            "INSERT INTO away (domain, party, since, why) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (domain, party) DO UPDATE SET why = excluded.why",
            [(domain, party, at, why[:500]) for party, why in gone.items()],
        )
        batch.conn.executemany(
            "DELETE FROM away WHERE domain = ? AND party = ?", [(domain, party) for party in back]
        )


def _check(why: str) -> str:
    """Return the numbered check in a reason, as `line.1`; empty if it names none."""
    found = CHECK.search(why)
    return found[1] if found else ""


def read(conn: sqlite3.Connection, domain: Domain) -> tuple[Away, ...]:
    """Return who is away, by party."""
    rows = conn.execute("SELECT party, since, why FROM away WHERE domain = ? ORDER BY party", (domain,))
    return tuple(Away(str(party), int(since), str(why)) for party, since, why in rows)
