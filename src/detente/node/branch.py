"""The branch: the whole of a node in one domain, put together.

    branch.sync(sources)     pull, witness, fetch bodies, open what was released, collect cosignatures
    branch.tabling, branch.releasing, branch.heartbeat, branch.reckoning, branch.keysafe

Live and exercise are two branches of the same code, with nothing in common but clock and store.
"""

import base64
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from detente.accord.keyact import KINDS
from detente.accord.terms import Terms
from detente.node import archive
from detente.node.aborting import Aborting
from detente.node.absence import Absence
from detente.node.approvals import Approvals
from detente.node.assertion import Assertions
from detente.node.comparison import Comparison
from detente.node.cosigning import Cosigner
from detente.node.doorbell import Doorbell
from detente.node.draft import Draft
from detente.node.erasure import Erasure
from detente.node.errors import DiskFailed, PeerAway
from detente.node.floor import TermsFloor
from detente.node.haste import Haste
from detente.node.heartbeat import Heartbeat
from detente.node.home import STORE, Settings
from detente.node.intake import Intake
from detente.node.judge import Judge
from detente.node.keylore import KeyLore
from detente.node.keysafe import KeySafe
from detente.node.library import Library
from detente.node.line import Line
from detente.node.openings import Openings
from detente.node.question import Questions
from detente.node.realm import Realm
from detente.node.receiving import Receiving
from detente.node.reckoning import Reckoning
from detente.node.recovery import Recovery
from detente.node.release import Releasing
from detente.node.replica import Replica
from detente.node.reviewing import Reviewing
from detente.node.rotation import Rotation
from detente.node.sequencer import Sequencer
from detente.node.sketch import Sketch
from detente.node.snapshot import Snapshot
from detente.node.source import ROUND, Patient, Source
from detente.node.tabling import Tabling
from detente.trust import witness
from detente.trust.record import RECEIPT_KIND, Domain

Step: TypeAlias = Callable[[], object]
"""What is done between two steps of a round."""


def nothing() -> None:
    """Do nothing between two steps."""


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """What one round of pulling brought.

    Attributes:
        domain: of the round.
        leaves: party to new leaves.
        bodies: party to new bodies.
        opened: party to packages opened.
        cosigned: parties that cosigned more of the own log.
        away: party to why its tree could not be read.
    """

    domain: Domain
    leaves: dict[str, int]
    bodies: dict[str, int]
    opened: dict[str, int]
    cosigned: tuple[str, ...]
    away: dict[str, str]


@dataclass
class Branch:
    """One domain of a node."""

    realm: Realm
    terms: Terms
    library: Library
    lore: KeyLore
    sequencer: Sequencer
    cosigner: Cosigner
    replica: Replica
    intake: Intake
    judge: Judge
    reckoning: Reckoning
    heartbeat: Heartbeat
    tabling: Tabling
    keysafe: KeySafe
    questions: Questions
    releasing: Releasing
    sketch: Sketch
    receiving: Receiving
    reviewing: Reviewing
    openings: Openings
    assertions: Assertions
    comparison: Comparison
    doorbell: Doorbell
    absence: Absence
    rotation: Rotation
    recovery: Recovery
    erasure: Erasure
    aborting: Aborting
    haste: Haste
    adopted: int = 0

    @classmethod
    def of(cls, realm: Realm, terms: Terms, settings: Settings, lines: Mapping[str, Line]) -> "Branch":
        """Put a branch together; `open` starts it."""
        library = Library(realm.readers, realm.domain)
        lore = KeyLore(dict(realm.keyrings), realm.keyrings)
        sequencer = Sequencer(realm, lore)
        cosigner = Cosigner(realm, sequencer)
        replica = Replica(realm, cosigner, lore, terms.tempo.hand_over)
        intake = Intake(realm, TermsFloor(terms), lore)
        judge = Judge(terms, library)
        pact = terms.within(realm.domain)
        kept = Snapshot(realm.anchor.folder.parent / "standing" / realm.domain, realm.domain, pact)
        reckoning = Reckoning(realm, pact, library, kept)
        tabling = Tabling(realm, sequencer, judge, terms, settings.clearance)
        keysafe = KeySafe(realm, tabling, library, terms, settings.key_life)
        questions = Questions(realm, terms, judge, Approvals(realm, terms, tabling))
        releasing = Releasing(realm, terms, questions, reckoning, tabling, keysafe)
        doorbell = Doorbell(realm, cosigner, lines)
        folders = tuple(Path(one) for one in settings.publish_to if not one.startswith(STORE))
        return cls(
            realm=realm,
            terms=terms,
            library=library,
            lore=lore,
            sequencer=sequencer,
            cosigner=cosigner,
            replica=replica,
            intake=intake,
            judge=judge,
            reckoning=reckoning,
            heartbeat=Heartbeat(realm, library, terms.tempo.period),
            tabling=tabling,
            keysafe=keysafe,
            questions=questions,
            releasing=releasing,
            sketch=Sketch(releasing),
            receiving=Receiving(realm, library, keysafe),
            reviewing=Reviewing(realm, pact, library, reckoning),
            openings=Openings(realm, library),
            assertions=Assertions(realm),
            comparison=Comparison(realm, reckoning, terms.tempo.period, terms.tempo.tolerance),
            doorbell=doorbell,
            absence=Absence(realm),
            rotation=Rotation(realm, tabling),
            recovery=Recovery(realm, replica, intake, library, folders),
            erasure=Erasure(realm, tabling, library),
            aborting=Aborting(realm, tabling, questions.approvals),
            haste=Haste(sequencer, doorbell, replica, intake),
        )

    def open(self) -> None:
        """Compare with what was signed, mend what a crash left, sign and publish what is durable.

        Raises:
            Behind, WrongKey, DiskFailed: the node must not work on.
        """
        self._learn(self.realm.readers.conn)
        self.realm.require_own_keys()
        self.sequencer.open()
        self.cosigner.open()
        self.replica.open()
        self.releasing.open()

    def sync(
        self, sources: Mapping[str, Source], doorbells: Mapping[str, str], first: Step = nothing
    ) -> Synced:
        """Take one round: everything that the others' trees show and that is not here yet.

        A peer's fault never raises; it is evidence. Raises DiskFailed.

        Args:
            sources: party to its tree.
            doorbells: party to where it is told of a new head.
            first: called between any two steps, for what cannot wait until the round ends: see `hasten`.
        """
        here = {party: Patient(one, ROUND) for party, one in sources.items() if party in self.realm.others}
        self.hasten(sources, doorbells)
        away = self._reach(here, first)
        self.absence.note(here, away)
        self.haste.lost = frozenset(away)
        ways = {party: source for party, source in here.items() if party not in away}
        if self.sequencer.recovering and self.recovery.take(ways):
            self.open()
        leaves, bodies, opened = {}, {}, {}
        for party in self.realm.others:
            order = sorted(ways.items(), key=lambda one: (one[0] != party, one[0]))
            leaves[party] = 0
            for via, source in order:
                first()
                leaves[party] += self._pull(party, source, via)
            first()
            self.replica.remind(party)
            bodies[party] = self.intake.fetch(party, order)
            first()
            opened[party] = self.receiving.fetch(party, order)
            self.openings.look(party)
            self.reviewing.look(party)
        for party, source in ways.items():
            first()
            with suppress(PeerAway):
                self.comparison.look(party, source)
        cosigned = set()
        for party, source in ways.items():
            first()
            if party in doorbells:
                self.haste.tell(party, doorbells[party])
            with suppress(PeerAway):
                cosigned |= {party} if self.cosigner.collect(party, source, party) else set()
        cosigned |= self.haste.settle() & ways.keys()
        return Synced(
            domain=self.realm.domain,
            leaves=leaves,
            bodies=bodies,
            opened=opened,
            cosigned=tuple(sorted(cosigned)),
            away=away,
        )

    def hasten(self, sources: Mapping[str, Source], doorbells: Mapping[str, str]) -> None:
        """Begin to tell of an own new head, and take what others have told of, as `Haste.make`."""
        self.haste.make(sources, doorbells)

    def answer(self, party: str, submission: witness.Submission, heard: Step) -> bytes | int:
        """Answer a ring about a party's log, as `Node.submit`; never under the lock of a round.

        Two nodes that ring at each other must not wait for each other. `heard` is called as soon as the head
        is durable, and before it is cosigned.
        """
        decision = self.replica.submit(party, submission, heard)
        if isinstance(decision, witness.Refuse):
            if decision.reason == "stale":
                return decision.known_size
            raise decision.error
        lines = self.cosigner.lines(party, decision.head.size)
        return decision.head.size if lines is None else lines

    def speak(self) -> str | None:
        """Log what is due: a version's adoption, a key to seal to, proof of a fork, a receipt; show standing.

        Return the receipt's id.

        A party that accedes says nothing before its version has started.

        Raises:
            As `Tabling.table`.
        """
        beat = None
        if self.realm.party in self.terms.in_force(self.realm.clock.now()).accord.parties:
            self._adopt()
            self.keysafe.renew()
            self.accuse()
            beat = self.beat()
        self.comparison.publish()
        return beat

    def beat(self) -> str | None:
        """Log a receipt if one is due, and return its id.

        Raises:
            As `Tabling.table`.
        """
        heads = self.heartbeat.due()
        if heads is None:
            return None
        draft = Draft(
            kind=RECEIPT_KIND,
            open=self.heartbeat.open_fields(heads),
            nonce=self.tabling.draw(16).hex(),
            domain=self.realm.domain,
        )
        return self.realm.writer.settle(lambda batch: self.tabling.write(batch, draft)).id

    def accuse(self) -> tuple[str, ...]:
        """Log the proof of every fork that is held and not logged yet, and return the records' ids.

        Only what is logged counts in standing: the others verify the same proof, and come to the same answer.
        """
        conn = self.realm.readers.conn
        rows = conn.execute(
            "SELECT l.party, e.digest, e.data FROM forked f JOIN log l ON l.log = f.log"
            " JOIN evidence e ON e.digest = f.evidence WHERE l.domain = ? AND l.party <> ?",
            (self.realm.domain, self.realm.party),
        ).fetchall()
        drafts = [self._accusation(str(party), bytes(name), bytes(data)) for party, name, data in rows]
        tabled = [self.tabling.table(one) for one in drafts]
        return tuple(one.id for one in tabled if not one.again)

    def _adopt(self) -> None:
        """Say under the version in force that it is, once: every party owes that (docs/adr/0046)."""
        version = self.terms.in_force(self.realm.clock.now())
        number, digest = version.accord.version, version.accord.digest
        if number > max(1, self.adopted):
            joins = version.joined[self.realm.party] == number
            self.tabling.table(
                Draft(
                    kind="accord.accede" if joins else "accord.amend",
                    open={"version": number, "digest": digest},
                    nonce=digest[:32],
                    domain=self.realm.domain,
                )
            )
            self.adopted = number

    def _accusation(self, party: str, digest: bytes, data: bytes) -> Draft:
        evidence = base64.urlsafe_b64encode(data).decode().rstrip("=")
        return Draft(
            kind="accord.fork",
            open={"of": party, "evidence": evidence},
            nonce=digest.hex()[:32],
            domain=self.realm.domain,
        )

    def close(self) -> None:
        """End what rings, and keep standing for the next start."""
        self.haste.close()
        with suppress(DiskFailed):  # it is made again from the logs
            self.reckoning.save()

    def _reach(self, sources: Mapping[str, Source], first: Step) -> dict[str, str]:
        away = {}
        for party, source in sources.items():
            first()
            try:
                source.get(f"{self.realm.path(party)}/checkpoint")
            except PeerAway as error:
                away[party] = str(error)
        return away

    def _pull(self, party: str, source: Source, via: str) -> int:
        try:
            return self.replica.pull(party, source, via)
        except PeerAway:
            return 0

    def _learn(self, conn: sqlite3.Connection) -> None:
        for party, index, name in archive.of_kinds(conn, self.realm.domain, KINDS):
            self.lore.learn(party, index, self.library[name])
