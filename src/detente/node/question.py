"""The question: what the gate is asked about one own record and one party, put together from the store.

    questions.of("9f…", "cn", standing)     Request, or None if everything has gone there already

One place gathers what the gate takes as given: what the author can open, its clearance, what it says it
cannot lawfully send, what officers approved, what went to the party before. Dry run, release and explanation
ask the same question.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from detente.accord import judging
from detente.accord.gate import Clearance, Denial, Request
from detente.accord.pillar import KindSpec, Statement
from detente.accord.standing import Standing
from detente.accord.terms import Terms
from detente.node import archive, delivery
from detente.node.approvals import Approvals
from detente.node.delivery import Delivery
from detente.node.errors import NoSuchThing
from detente.node.judge import Judge
from detente.node.realm import Realm
from detente.node.spending import Spending
from detente.trust.record import Record

ERASE_KIND = "accord.erase"


@dataclass
class Questions:
    """Asks about own records of one realm.

    Attributes:
        realm: where.
        terms: of the accord.
        judge: what follows from the record.
        approvals: what officers have signed.
    """

    realm: Realm
    terms: Terms
    judge: Judge
    approvals: Approvals
    _withheld: dict[str, dict[str, str]] = field(default_factory=dict)
    _erased: dict[str, dict[str, str]] = field(default_factory=dict)
    _heard: int = 0
    _sealed: dict[str, str] = field(default_factory=dict)
    _seen: int = 0
    _touched: set[str] = field(default_factory=set)
    _spending: Spending = field(init=False)

    def __post_init__(self) -> None:
        self._spending = Spending(self.realm)

    def of(self, name: str, audience: str, standing: Standing) -> Request | None:
        """Return the question about all paths that have not gone to a party; None if none is left.

        It is asked as of the standing's time, so that whoever has the logs can ask it again.
        """
        entry, now = self.own(name), standing.as_of
        said = self.judge.said(name).facts
        paths = self.left(name, audience)
        if not isinstance(said, Statement) or not paths:
            return None
        version = self.terms.in_force(now)
        return Request(
            record=entry,
            said=said,
            audience=audience,
            standing=self.terms.view(standing, version),
            at=now,
            sizes={path: len(encoded) for path, encoded in self.disclosures(name).items()},
            paths=paths,
            clearance=self._clearance(name),
            approved=self.approvals.approved(entry, name, audience, now),
            withheld=self.withheld(name),
            spent=self._spending.since(audience, now - version.outflow_period),
        )

    def left(self, name: str, audience: str) -> tuple[str, ...]:
        """Return the sealed paths of an own record that are to be decided on towards a party, sorted."""
        gone = delivery.sent_paths(self.realm.readers.conn, self.realm.domain, name, audience)
        return tuple(sorted(self.own(name).sealed.keys() - gone - self.erased(name).keys()))

    def stays(self, name: str, audience: str, denials: Iterable[Denial], at: int) -> list[Delivery]:
        """Return the ledger's rows of what does not go to a party: what was denied, and what was erased."""
        domain = self.realm.domain
        gone = delivery.sent_paths(self.realm.readers.conn, domain, name, audience)
        erased = [
            Denial("erase.3", "erased", f"Erased: {reason}.", path)
            for path, reason in self.erased(name).items()
            if path not in gone
        ]
        told = self.approvals.explained(name, audience, denials)
        return delivery.grouped(domain, name, audience, [*told, *erased], at)

    def own(self, name: str) -> Record:
        """Return an own record. Raises NoSuchThing: `release.1`."""
        entry = self.judge.library.get(name)
        # 1. It is an own record of this domain.
        if entry is None or (entry.party, entry.domain) != (self.realm.party, self.realm.domain):
            raise NoSuchThing("release.1", f"{name[:16]} is no own record.", "Name a record of this party.")
        return entry

    def sealed(self) -> Mapping[str, str]:
        """Return id to kind, of all own records that have sealed paths, oldest first."""
        rows = self.realm.readers.conn.execute(
            "SELECT b.rowid, b.id, b.kind FROM body b JOIN entry e ON e.id = b.id AND e.log = ?"
            " WHERE b.rowid > ? AND b.kind IN (SELECT value FROM json_each(?)) ORDER BY b.rowid",
            (
                self.realm.log(self.realm.party),
                self._seen,
                json.dumps(self._kinds(lambda spec: bool(spec.paths))),
            ),
        ).fetchall()
        for number, name, kind in rows:  # bodies are added and never taken away
            self._sealed[bytes(name).hex()] = str(kind)
            self._seen = int(number)
        return dict(self._sealed)

    def disclosures(self, name: str) -> dict[str, str]:
        """Return path to encoded disclosure, of what the author can open."""
        rows = self.realm.readers.conn.execute(
            "SELECT path, encoded FROM disclosure WHERE record = ?", (bytes.fromhex(name),)
        )
        return {str(path): str(encoded) for path, encoded in rows}

    def withheld(self, name: str) -> Mapping[str, str]:
        """Return path to legal basis, of what this party cannot lawfully send; its newest word counts."""
        self._listen()
        return self._withheld.get(name, {})

    def erased(self, name: str) -> Mapping[str, str]:
        """Return path to reason, of what this party has erased of a record."""
        self._listen()
        return self._erased.get(name, {})

    def touched(self) -> frozenset[str]:
        """Return the records about which something was said since this was last asked: decide them again."""
        self._listen()
        found = frozenset(self._touched | self.approvals.kept)
        self._touched -= found
        self.approvals.kept -= found
        return found

    def _listen(self) -> None:
        """Hear what this party has logged since, of what it cannot lawfully send or has erased."""
        kinds = [*self._kinds(judging.withholds), ERASE_KIND]
        conn, log = self.realm.readers.conn, self.realm.log(self.realm.party)
        # What was heard to the end is not searched again, however long the log; of a log that was restored
        # without some bodies nothing is passed over.
        upto = 0 if archive.missing_indices(conn, log) else archive.size(conn, log)
        rows = conn.execute(
            "SELECT e.idx, e.id FROM entry e JOIN body b ON b.id = e.id WHERE e.log = ? AND e.idx >= ?"
            " AND b.kind IN (SELECT value FROM json_each(?)) ORDER BY e.idx",
            (log, self._heard, json.dumps(kinds)),
        ).fetchall()
        for index, raw in rows:
            entry = self.judge.library[bytes(raw).hex()]
            self._heard = int(index) + 1
            if entry.kind == ERASE_KIND:
                erased = self._erased.setdefault(str(entry.open["record"]), {})
                erased |= dict.fromkeys(entry.open["paths"], str(entry.open["reason"]))
                self._touched.add(str(entry.open["record"]))
                continue
            said = dict.fromkeys(judging.withheld(entry), str(entry.open.get("legal_basis")))
            stands = self.judge.said(bytes(raw).hex()).stands
            for ref in set(self.terms.refs(entry)) - {entry.thread} if stands else ():
                self._withheld[ref] = said
                self._touched.add(ref)
        self._heard = max(self._heard, upto)

    def _kinds(self, such: Callable[[KindSpec], bool]) -> list[str]:
        worlds = [version.world for version in self.terms.versions.values()]
        return sorted({kind for world in worlds for kind, spec in world.specs.items() if such(spec)})

    def _clearance(self, name: str) -> Clearance | None:
        row = self.realm.readers.conn.execute(
            "SELECT basis, classification, by_path FROM clearance WHERE record = ?", (bytes.fromhex(name),)
        ).fetchone()
        return None if row is None else Clearance(str(row[0]), str(row[1]), json.loads(row[2]))
