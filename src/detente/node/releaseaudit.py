"""The audit of releases: each `accord.release` in the logs is decided again, from the logs alone.

    ReleaseAudit(terms, domain, rings, logs, found).run()

An auditor folds each author's logs up to the cut that a release names, gets the standing that the author got,
and asks the gate again (`accord.review`). What cannot be decided, because logs or bodies are not here, is
counted and no fault.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from detente.accord import abort, approval, cut, judging, review
from detente.accord.acts import ABORT, APPROVE, LAY
from detente.accord.approval import ReleaseAct
from detente.accord.cut import Cut
from detente.accord.duty import Precedent
from detente.accord.fold import Fold
from detente.accord.gate import Spend
from detente.accord.review import Released
from detente.accord.standing import Incomplete, Log, Standing
from detente.accord.terms import Terms
from detente.accord.version import RELEASE_KIND
from detente.node.judge import Judge
from detente.node.report import Findings
from detente.trust import envelope
from detente.trust.errors import BadProof, DetenteError
from detente.trust.keyring import Keyring
from detente.trust.record import Domain, Record

BEFORE_OFFICERS = frozenset({LAY, APPROVE, ABORT})
REMEDY = "Ask its author; dispute the release."


@dataclass
class Said:
    """What an author's log has said so far, as far as releases lean on it.

    Attributes:
        acts: id of an officers' act to the envelopes under which it was logged.
        laid: id of an act to when it was laid before officers, by the record's `at`; the first counts.
        aborted: ids of acts that an officer aborted.
        withheld: record to path to legal basis, by the newest word about it.
        spent: party to the releases that went to it.
    """

    acts: dict[str, list[str]] = field(default_factory=dict)
    laid: dict[str, int] = field(default_factory=dict)
    aborted: set[str] = field(default_factory=set)
    withheld: dict[str, dict[str, str]] = field(default_factory=dict)
    spent: dict[str, list[Spend]] = field(default_factory=dict)


@dataclass
class ReleaseAudit:
    """An audit of all releases of one domain.

    Attributes:
        terms: of the accord.
        domain: whose logs.
        rings: each party's keys by position.
        logs: party to its leaves and the bodies that are here.
        blobs: digest of a package to its length, of those that are here.
        found: what was looked at, and what does not hold.
        bodies: id to record, of those that are here; none: those of the logs.
    """

    terms: Terms
    domain: Domain
    rings: Mapping[str, Keyring]
    logs: Mapping[str, Log]
    blobs: Mapping[str, int]
    found: Findings
    bodies: Mapping[str, Record] = field(default_factory=dict)
    _fold: Fold | None = None
    _fed: dict[str, int] = field(default_factory=dict)
    _as_of: int = 0
    _last: Standing | None = None

    def __post_init__(self) -> None:
        if not self.bodies:
            self.bodies = {name: body for log in self.logs.values() for name, body in log.bodies.items()}
        self._judge = Judge(self.terms, self.bodies)

    def run(self) -> None:
        """Review every release."""
        for party in sorted(self.logs):
            self._fold, said = None, Said()
            for index, leaf in enumerate(self.logs[party].leaves):
                self.hear((party, index), leaf.id, said)

    def hear(
        self, place: tuple[str, int], name: str, said: Said, *, known: bool = False, patient: bool = False
    ) -> bool:
        """Take the next record of an author's log, and review it if it is a release.

        Args:
            place: party and index.
            name: of the record.
            said: what this log has said before; brought up to date.
            known: whether it was heard to the end before, so that no release is reviewed.
            patient: whether a release that cannot be reviewed yet is left to be heard again.

        Return False if it is.
        """
        entry = self.bodies.get(name)
        if entry is None or entry.party != place[0] or not self._known(entry):
            return True
        if entry.kind == RELEASE_KIND and self._judge.said(name).stands:
            if not (known or self._release(place, entry, said)) and patient:
                return False
            said.spent.setdefault(str(entry.open["to"]), []).append(Spend(entry.at, entry.open["bytes"]))
        elif entry.kind in BEFORE_OFFICERS and self._judge.said(name).stands:
            self._act(place, entry, said)
        elif self._withholds(entry):
            self._withhold(name, entry, said)
        return True

    def _act(self, place: tuple[str, int], entry: Record, said: Said) -> None:
        """Take what a log says of an act: laid before officers, approved by them, aborted by one."""
        act = str(entry.open["act"])
        if entry.kind == LAY:
            said.laid.setdefault(act, entry.at)
        elif entry.kind == ABORT:
            said.aborted |= {act} if self._aborts(place, entry) else set()
        elif entry.open["answer"] == "approve":
            said.acts.setdefault(act, []).append(entry.open["approval"])

    def _aborts(self, place: tuple[str, int], entry: Record) -> bool:
        """Whether an officer signed an abort: else its author's node made it up, and nothing hangs on it."""
        party, index = place
        try:
            signed, ring = envelope.parse(_bytes(str(entry.open["approval"]))), self.rings[party]
            charter, revoked = ring.charter(index), ring.revoked(index)
            made = abort.verify(signed, charter, entry.at, revoked, genesis=self.terms.genesis)
        except DetenteError:
            return False
        return made.aborts == str(entry.open["act"])

    def _known(self, entry: Record) -> bool:
        return entry.accord.version in self.terms.versions

    def _withholds(self, entry: Record) -> bool:
        spec = self.terms.versions[entry.accord.version].spec(entry.kind)
        return spec is not None and judging.withholds(spec)

    def _withhold(self, name: str, entry: Record, said: Said) -> None:
        if self._judge.said(name).stands:
            for ref in set(self.terms.refs(entry)) - {entry.thread}:
                basis = str(entry.open["legal_basis"])
                said.withheld[ref] = dict.fromkeys(judging.withheld(entry), basis)

    def _release(self, place: tuple[str, int], entry: Record, said: Said) -> bool:
        standing = self._standing(cut.read(entry.open["cut"]), int(entry.open["as_of"]))
        if standing is None:
            self.found.counts["releases not reviewed: logs or bodies are not here"] += 1
            return False
        self.found.counts["releases reviewed"] += 1
        where, target = f"{self.domain}/{place[0]}#{place[1]}", str(entry.open["record"])
        released = Released(
            release=entry,
            target=Precedent(target, self.bodies[target], self._judge.said(target).facts),
            standing=standing,
            approved=self._approved(place, entry, said),
            withheld=said.withheld.get(target, {}),
            spent=tuple(said.spent.get(str(entry.open["to"]), ())),
        )
        for error in self._course(entry, released.approved, said):
            self.found.fault(where, error)
        for denial in review.review(released, self.terms):
            what = f"{denial.path}: {denial.why}" if denial.path else denial.why
            self.found.fault(where, BadProof(denial.step, what, REMEDY))
        length = self.blobs.get(str(entry.open["blob"]), entry.open["bytes"])
        # 1. The package is as long as its release says: the budget rests on it.
        if length != entry.open["bytes"]:
            what = f"The package has {length} bytes, its release says {entry.open['bytes']}."
            self.found.fault(where, BadProof("releaseaudit.1", what, REMEDY))
        return True

    def _course(self, release: Record, approved: frozenset[str], said: Said) -> Iterator[DetenteError]:
        """What the log says against the act of a release, beside its signatures."""
        act, as_of = str(release.open["approval"]), int(release.open["as_of"])
        if not approved:
            return
        # 2. Where the accord gives officers time to read: the act was laid before them, so much earlier.
        reading, laid = self.terms.in_force(as_of).reading, said.laid.get(act)
        if reading and laid is None:
            yield BadProof("releaseaudit.2", "Its act was never laid before officers in this log.", REMEDY)
        elif laid is not None and as_of < laid + reading:
            what = f"Its act was laid before officers at {laid}, and counts from {laid + reading} on."
            yield BadProof("releaseaudit.2", f"{what} It was decided as of {as_of}.", REMEDY)
        # 3. No officer had aborted it.
        if act in said.aborted:
            yield BadProof("releaseaudit.3", "An officer had aborted its act.", REMEDY)

    def _standing(self, named: Cut, as_of: int) -> Standing | None:
        """Standing at a named cut; None if what it needs is not here. One turn's releases name the same."""
        if self._last is None or (self._last.cut, self._last.as_of) != (named, as_of):
            self._last = self._reckoned(named, as_of)
        return self._last

    def _reckoned(self, named: Cut, as_of: int) -> Standing | None:
        if named.heads.keys() != self.logs.keys() or any(
            head.size > len(self.logs[party].leaves) for party, head in named.heads.items()
        ):
            return None
        fold = self._fold
        behind = any(self._fed.get(party, 0) > head.size for party, head in named.heads.items())
        if fold is None or behind or as_of < self._as_of:
            fold = self._fold = Fold(self.terms, self.bodies)
            self._fed = dict.fromkeys(named.heads, 0)
        self._as_of = as_of
        for party, head in named.heads.items():
            for leaf in self.logs[party].leaves[self._fed[party] : head.size]:
                fold.append(party, leaf)
            self._fed[party] = head.size
        try:
            return fold.at(as_of) if fold.cut() == named else None
        except Incomplete:
            return None

    def _approved(self, place: tuple[str, int], release: Record, said: Said) -> frozenset[str]:
        """The paths that officers approved for this release, by an act that stands before it in the log."""
        party, index = place
        for text in said.acts.get(str(release.open["approval"]), ()):
            try:
                signed = envelope.parse(_bytes(text))
                ring, as_of = self.rings[party], int(release.open["as_of"])
                act = approval.verify(signed, ring.charter(index), as_of, ring.revoked(index))
                approval.check(act, _asked(act, release))
            except DetenteError:
                continue
            if approval.act_id(act) == release.open["approval"]:
                return frozenset(act.paths)
        return frozenset()


def _asked(act: ReleaseAct, release: Record) -> ReleaseAct:
    """The act that this release needs, with the times of the one that was signed."""
    return ReleaseAct(
        v=1,
        act="accord.release",
        accord=release.accord,
        domain=release.domain,
        party=release.party,
        record=str(release.open["record"]),
        to=str(release.open["to"]),
        paths=tuple(path for path in release.open["paths"] if path in act.paths),
        at=act.at,
        expires=act.expires,
        nonce=act.nonce,
    )


def _bytes(text: str) -> bytes:
    """Base64url without padding; what is none is empty, which no envelope is."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
