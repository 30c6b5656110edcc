"""The haste: what is done between two steps of a round, so that nothing new waits until it ends.

    an own head is told to all at once, and meanwhile, from whoever was heard of last:
    what it told of is taken, entries and bodies

A ring is answered when the head is flushed and cosigned at its other end. So all are under way together, each
on a thread and a line of its own, and nothing waits for them until a round ends. What was told of is taken on
the thread of the round alone, one log after the other: no two pulls may extend one tree (docs/adr/0225,
docs/adr/0236).
"""

from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

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
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)
    _busy: set[str] = field(default_factory=set, init=False)
    _rings: list[tuple[str, Future[bool]]] = field(default_factory=list, init=False, repr=False)
    _cosigned: set[str] = field(default_factory=set, init=False)

    def make(self, sources: Mapping[str, Source], doorbells: Mapping[str, str]) -> None:
        """Begin to tell of an own new head, and take what others have told of.

        Whoever was heard of last comes first: in a talk that is who waits. Whoever was away, or makes this
        wait, is left out until it has answered in a round. Raises DiskFailed.
        """
        self._await_head()
        self._answered()
        order = self._lately(sources.keys())
        for party in order:
            if party in doorbells:
                self.tell(party, doorbells[party])
        for party in order:
            try:
                self._take(party, sources[party])
            except PeerAway:
                self.lost |= {party}

    def tell(self, party: str, address: str) -> None:
        """Begin to tell a party of the newest own head; if it is being told, that goes on with the newest."""
        with self._lock:
            if party not in self._busy and self.doorbell.owed(party):
                self._busy.add(party)
                self._rings.append((party, self._ringers.submit(self._ring, party, address)))

    def settle(self) -> set[str]:
        """Wait until nobody is being told, and return who cosigned since this was asked last.

        Raises DiskFailed.
        """
        wait([ring for _, ring in self._rings])
        self._answered()
        cosigned, self._cosigned = self._cosigned, set()
        return cosigned

    def close(self) -> None:
        """End the threads that ring."""
        self._ringers.shutdown()

    def _ring(self, party: str, address: str) -> bool:
        """Ring until the newest head was told, and return whether any was cosigned."""
        cosigned, told = False, 0
        try:
            while size := self._owed(party, told):
                cosigned |= self.doorbell.ring(party, address)
                told = size
        except BaseException:
            with self._lock:
                self._busy.discard(party)
            raise
        return cosigned

    def _owed(self, party: str, told: int) -> int:
        """Return the size of an own head beyond what was told; after 0, whoever has more rings anew."""
        with self._lock:
            size = self.doorbell.owed(party)
            if size > told:
                return size
            self._busy.discard(party)
            return 0

    def _answered(self) -> None:
        """Note who has cosigned, and leave out whoever was away; those who have not answered stay."""
        done = [one for one in self._rings if one[1].done()]
        self._rings = [one for one in self._rings if one not in done]
        for party, ring in done:
            try:
                self._cosigned |= {party} if ring.result() else set()
            except PeerAway:
                self.lost |= {party}

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
