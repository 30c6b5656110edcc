"""The haste: what is done between two steps of a round, so that nothing new waits until it ends.

    an own head is told to all at once, and meanwhile, from whoever was heard of last:
    what it told of is taken, entries and bodies

A ring is answered when the head is flushed and cosigned at its other end. So all are under way together, each
on a thread and a line of its own. What was told of is taken on the thread of the round alone, one log after
the other: no two pulls may extend one tree (docs/adr/0225, docs/adr/0236).
"""

from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial

from detente.node import archive, promise
from detente.node.doorbell import Doorbell
from detente.node.errors import PeerAway
from detente.node.intake import Intake
from detente.node.replica import Replica
from detente.node.sequencer import Sequencer
from detente.node.source import HASTE, Patient, Source

MAX_RINGS = 8
"""The most rings that are under way at a time."""


@dataclass
class Haste:
    """Tells and takes what is new, in one realm.

    Attributes:
        sequencer: of the own log, of whose head is told.
        doorbell: by which it is told.
        replica: takes the leaves that others told of.
        intake: takes their bodies.
        lost: who was away, and is left out until it has answered in a round.
    """

    sequencer: Sequencer
    doorbell: Doorbell
    replica: Replica
    intake: Intake
    lost: frozenset[str] = frozenset()
    _ringers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(MAX_RINGS, "detente-ring"), init=False, repr=False
    )

    def make(self, sources: Mapping[str, Source], doorbells: Mapping[str, str]) -> set[str]:
        """Tell of an own new head, and take what others have told of; return who cosigned.

        Whoever was heard of last comes first: in a talk that is who waits. Whoever was away, or makes this
        wait, is left out until it has answered in a round. Raises DiskFailed.
        """
        self._await_head()
        order = self._lately(sources.keys())
        told = self._tell([(party, doorbells[party]) for party in order if party in doorbells])
        try:
            for party in order:
                try:
                    self._take(party, sources[party])
                except PeerAway:
                    self.lost |= {party}
        finally:
            wait(told.values())
        return {party for party, ring in told.items() if self._cosigned(party, ring)}

    def close(self) -> None:
        """End the threads that ring."""
        self._ringers.shutdown()

    def _tell(self, whom: list[tuple[str, str]]) -> dict[str, Future[bool]]:
        return {
            party: self._ringers.submit(self.doorbell.ring, party, address)
            for party, address in whom
            if self.doorbell.owes(party)
        }

    def _cosigned(self, party: str, ring: Future[bool]) -> bool:
        try:
            return ring.result()
        except PeerAway:
            self.lost |= {party}
            return False

    def _await_head(self) -> None:
        """Wait until what is durable in the own log is signed too: before that there is nothing to tell."""
        realm = self.sequencer.realm
        conn, log = realm.readers.conn, realm.log(realm.party)
        head = archive.head(conn, log)
        if archive.size(conn, log) > (head.size if head else 0):
            realm.writer.settle(lambda _: None)

    def _lately(self, parties: Collection[str]) -> list[str]:
        """Order the others that answer, whoever was heard of last at the front; nobody without an own log."""
        if self.sequencer.recovering:
            return []
        realm = self.sequencer.realm
        heads = {party: archive.head(realm.readers.conn, realm.log(party)) for party in realm.others}
        at = {party: head.at if head else 0 for party, head in heads.items()}
        return sorted((at.keys() & parties) - self.lost, key=lambda party: (-at[party], party))

    def _take(self, party: str, source: Source) -> None:
        """Take what a party told of, if it did, from its own tree; bodies too."""
        conn, log = self.sequencer.realm.readers.conn, self.sequencer.realm.log(party)
        if promise.waiting(conn, log):
            patient = Patient(source, HASTE)
            if self.replica.pull_told(party, patient, partial(self.intake.ahead, party, patient)):
                self.intake.fetch_shown(party, patient, archive.size(conn, log))
