"""The reviewing: each release of another party is decided again as it arrives, as an audit decides it later.

    reviewing.look("cn")     how many releases of cn were reviewed; one against the rules is evidence, by name

The gate is asked the question that the author must have asked, at the cut and the time that the release
names (`accord.review`). A release whose cut is not here yet waits, for as long as a body may be handed over;
one that cannot be reviewed here by then is left to `detente verify`, which counts it. Up to where a log was
reviewed is kept: after a start it is heard from its beginning, and nothing is decided a third time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from detente.accord.standing import Incomplete, Log
from detente.accord.terms import Terms
from detente.accord.version import RELEASE_KIND
from detente.node import archive
from detente.node.evidence import Refusal
from detente.node.library import Library
from detente.node.realm import Realm
from detente.node.reckoning import Reckoning
from detente.node.releaseaudit import ReleaseAudit, Said
from detente.node.report import Findings
from detente.node.writer import Batch
from detente.trust.errors import BadProof
from detente.trust.record import Leaf


@dataclass
class Reviewing:
    """Reviews the releases of others in one realm.

    Attributes:
        realm: where.
        pact: the terms, of this domain.
        library: the bodies.
        reckoning: which leaves are void.
    """

    realm: Realm
    pact: Terms
    library: Library
    reckoning: Reckoning
    _audits: dict[str, tuple[ReleaseAudit, Said]] = field(default_factory=dict)
    _heard: dict[str, int] = field(default_factory=dict)
    _leaves: dict[str, list[Leaf]] = field(default_factory=dict)

    def look(self, party: str) -> int:
        """Hear what a party has logged since, and review its releases; return how many."""
        heard, done = 0, self._done(party)
        for index, leaf in self._since(party):
            audit, said = self._audits.setdefault(party, (self._new(), Said()))
            entry = self.library.get(leaf.id)
            release = entry is not None and entry.kind == RELEASE_KIND
            if release and index >= done:
                audit.logs = self._logs()
            patient = entry is not None and self.realm.clock.now() <= entry.at + self.pact.tempo.hand_over
            if not audit.hear((party, index), leaf.id, said, known=index < done, patient=patient):
                break
            heard += release and index >= done
            self._keep(party, leaf.id, audit.found)
            self._heard[party] = index + 1
        if heard:
            self.realm.writer.do(lambda batch: self._note(batch, party))
        return heard

    def _done(self, party: str) -> int:
        row = self.realm.readers.conn.execute(
            "SELECT upto FROM reviewed WHERE log = ?", (self.realm.log(party),)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _note(self, batch: Batch, party: str) -> None:
        row = (self.realm.log(party), self._heard[party])
        batch.conn.execute("INSERT OR REPLACE INTO reviewed (log, upto) VALUES (?, ?)", row)

    def _since(self, party: str) -> Iterator[tuple[int, Leaf]]:
        """Yield what is new of a log, up to the first body that may still come: a release may rest on it."""
        conn, log = self.realm.readers.conn, self.realm.log(party)
        start = self._heard.get(party, 0)
        lacking = [one for one in archive.missing_indices(conn, log) if one >= start]
        upto = next((one for one in lacking if one not in self._void(party)), archive.size(conn, log))
        yield from enumerate(archive.leaves(conn, log, start, upto), start)

    def _void(self, party: str) -> frozenset[int]:
        """Return which leaves of a log never count, so that nothing rests on their bodies."""
        try:
            return frozenset(self.reckoning.at(self.realm.clock.now()).void.get(party, ()))
        except Incomplete:
            return frozenset()

    def _keep(self, party: str, name: str, found: Findings) -> None:
        """Keep each check that a release fails as evidence."""
        data = archive.body(self.realm.readers.conn, name) or b""
        for fault in found.faults:
            error = BadProof(fault.step, fault.what, fault.remedy)
            self.realm.refuse(Refusal(self.realm.domain, party, party, "release", data), error)
        found.faults.clear()

    def _new(self) -> ReleaseAudit:
        realm = self.realm
        return ReleaseAudit(self.pact, realm.domain, realm.keyrings, {}, {}, Findings(), self.library)

    def _logs(self) -> dict[str, Log]:
        """Return all leaves that are here; only new ones are read."""
        conn = self.realm.readers.conn
        for party, log in self.realm.logs.items():
            known = self._leaves.setdefault(party, [])
            known += archive.leaves(conn, log, len(known), archive.size(conn, log))
        return {party: Log(leaves, {}) for party, leaves in self._leaves.items()}
