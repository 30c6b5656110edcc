"""Openings of others, held against what they committed to: a false one is kept as evidence.

The record that carries it is in its author's log like any other, and standing refuses it everywhere alike.
Beside that, the two signed statements are kept together: they convince a stranger.
"""

from dataclasses import dataclass, field

from detente.accord import opening
from detente.node import archive
from detente.node.evidence import Refusal
from detente.node.library import Library
from detente.node.realm import Realm
from detente.trust.errors import DetenteError


@dataclass
class Openings:
    """Looks at the openings of one realm, each once."""

    realm: Realm
    library: Library
    _seen: set[str] = field(default_factory=set)

    def look(self, party: str) -> int:
        """Look at a party's openings that were not looked at; return how many were false."""
        return sum(self._false(party, name) for name in self._new(party))

    def _new(self, party: str) -> list[str]:
        rows = self.realm.readers.conn.execute(
            "SELECT e.id FROM entry e JOIN body b ON b.id = e.id WHERE e.log = ? AND b.kind = ?"
            " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx) ORDER BY e.idx",
            (self.realm.log(party), opening.KIND),
        )
        return [name for name in (bytes(row[0]).hex() for row in rows) if name not in self._seen]

    def _false(self, party: str, name: str) -> bool:
        opened = self.library[name]
        target = self.library.get(str(opened.open["record"]))
        if target is None:
            return False  # what it opens has not arrived: it is looked at again
        self._seen.add(name)
        if target.party != party:
            return False  # standing refuses it; nobody opens what another sealed
        try:
            opening.require_true((target, opened))
        except DetenteError as error:
            both = [
                archive.body(self.realm.readers.conn, one) or b"" for one in (opened.open["record"], name)
            ]
            refused = Refusal(self.realm.domain, party, party, "opening", b"\n".join(both))
            self.realm.refuse(refused, error)
            return True
        return False
