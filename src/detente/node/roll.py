"""The roll: records of a kind that are held here, stand, and were signed by their parties' officers.

    signed(realm, judge, "accord.suspend")  ->  [("9f…", record)]

The signatures are checked by the keys at each record's place in its log, as standing checks them; once, and
again only under other keys.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from detente.accord import solemn
from detente.node.judge import Judge
from detente.node.realm import Realm
from detente.node.store import Readers
from detente.trust.errors import DetenteError
from detente.trust.keyring import Keyring
from detente.trust.record import Domain, Record


class Hall(Protocol):
    """Where records are looked up: a realm, or a pane of a window."""

    @property
    def domain(self) -> Domain:
        """Live or exercise."""

    @property
    def party(self) -> str:
        """Whose it is."""

    @property
    def readers(self) -> Readers:
        """Connections to read."""

    @property
    def keyrings(self) -> Mapping[str, Keyring]:
        """Each party's keys by position."""

    def log(self, party: str) -> int:
        """Return the number of a party's log."""


def standing(realm: Hall, judge: Judge, kind: str) -> list[tuple[str, int, Record]]:
    """Return the id, index and record of those of a kind that stand, each in its author's log."""
    parties = {realm.log(party): party for party in realm.keyrings}
    rows = realm.readers.conn.execute(
        "SELECT e.id, e.log, e.idx FROM entry e JOIN body b ON b.id = e.id"
        " JOIN log l ON l.log = e.log WHERE b.kind = ? AND l.domain = ?"
        " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)",
        (kind, realm.domain),
    )
    places = [(bytes(name).hex(), parties.get(log, ""), int(index)) for name, log, index in rows]
    return [
        (name, index, judge.library[name])
        for name, party, index in places
        if name in judge.library and judge.library[name].party == party and judge.said(name).stands
    ]


def newest(realm: Hall, judge: Judge, kind: str, since: int) -> Iterator[tuple[str, Record]]:
    """Return those of a kind that stand and are not older than a time, each log read from its end."""
    for party in realm.keyrings:
        rows = realm.readers.conn.execute(
            "SELECT e.id FROM entry e JOIN body b ON b.id = e.id WHERE b.kind = ? AND e.log = ?"
            " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)"
            " ORDER BY e.idx DESC",
            (kind, realm.log(party)),
        )
        for (raw,) in rows:
            name = bytes(raw).hex()
            entry = judge.library.get(name)
            # Times in a log never decrease: what is further from its end is older.
            if entry is not None and entry.at < since:
                break
            if entry is not None and entry.party == party and judge.said(name).stands:
                yield name, entry


def signed(realm: Hall, judge: Judge, kind: str) -> list[tuple[str, Record]]:
    """Return those of them that their parties' officers signed, or a laboratory if it is said to have."""
    return [
        (name, entry)
        for name, index, entry in standing(realm, judge, kind)
        if not solemn.needed(entry) or _approved(realm, judge, (name, index), entry)
    ]


def check(realm: Realm, entry: Record) -> None:
    """Check what people have to sign of an own record, before it is logged. Raises as `solemn.verify`."""
    solemn.verify(entry, realm.keyrings[realm.party], len(realm.trees[realm.party]))


def _approved(realm: Hall, judge: Judge, place: tuple[str, int], entry: Record) -> bool:
    ring = realm.keyrings[entry.party]
    under, said = judge.signed.get(place, (None, False))
    # A keyring never changes: whatever becomes of a party's keys is another keyring.
    if under is not ring:
        said = _verifies(entry, ring, place[1])
        judge.signed[place] = (ring, said)
    return said


def _verifies(entry: Record, ring: Keyring, index: int) -> bool:
    try:
        solemn.verify(entry, ring, index)
    except DetenteError:
        return False
    return True
