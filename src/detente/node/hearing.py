"""The hearing: which messages of the channel are held here, and what each party has said to them so far.

    hearing.listen()                        reads what has come since it was asked last
    hearing.messages["9f…"].party           who sent it
    hearing.said["9f…"] == {"cn": "read"}   what others' machines and officers have come to

Kept in memory and made from the store again at each start: a reading of the logs, and no record.
"""

import sqlite3
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from detente.node.judge import Judge
from detente.node.realm import Realm
from detente.trust.record import Record

MESSAGES = frozenset(
    [
        "notices.notice",
        "notices.correction",
        "notices.query",
        "notices.pause",
        "notices.counter-reading",
        "notices.test",
    ]
)
RECEIPT, TEST = "notices.receipt", "notices.test"
READS = frozenset(["notices.acknowledge", "notices.answer", "notices.cannot-lawfully-send"])
"""What only an officer who has read a message says about it."""

Reached: TypeAlias = Literal["received", "read"]
_KINDS = tuple(sorted(MESSAGES | READS | {RECEIPT}))


@dataclass
class Hearing:
    """What one realm's logs say of messages.

    Args:
        realm: where.
        judge: of the branch; what it has not said of a record yet is asked afresh.
    """

    realm: Realm
    judge: Judge
    messages: dict[str, Record] = field(default_factory=dict)
    said: dict[str, dict[str, Reached]] = field(default_factory=dict)
    when: dict[tuple[str, str], int] = field(default_factory=dict)
    _upto: int = 0
    _waiting: set[str] = field(default_factory=set)

    def listen(self, conn: sqlite3.Connection) -> None:
        """Take in what has come."""
        marks = ",".join("?" * len(_KINDS))
        rows = conn.execute(
            f"SELECT rowid, id FROM body WHERE rowid > ? AND kind IN ({marks}) ORDER BY rowid",  # noqa: S608 (marks alone)
            (self._upto, *_KINDS),
        ).fetchall()
        if not rows and not self._waiting:
            return
        names = [*sorted(self._waiting), *(bytes(name).hex() for _, name in rows)]
        judge = Judge(self.judge.terms, self.judge.library)
        self._waiting = {name for name in names if not self._take(judge, name)}
        self._upto = int(rows[-1][0]) if rows else self._upto

    def reached(self, name: str, party: str) -> Reached | None:
        """Return what a party has come to with a message."""
        return self.said.get(name, {}).get(party)

    def _take(self, judge: Judge, name: str) -> bool:
        """Take one record in; return whether there is nothing more to wait for."""
        entry = judge.library.get(name)
        if entry is None:
            return True  # of the other domain
        if entry.kind in MESSAGES:
            # Whether it stands or not, a person looks at what was sent.
            self.messages[name] = entry
            return True
        if not judge.said(name).stands:
            return False  # perhaps what it names is still on its way
        about, reached = self.said.setdefault(str(entry.open["of"]), {}), entry.kind in READS
        if reached:
            self.when[str(entry.open["of"]), entry.party] = entry.at
        about[entry.party] = "read" if reached or about.get(entry.party) == "read" else "received"
        return True
