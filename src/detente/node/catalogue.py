"""The catalogue: what a node lists of its records and beside them, one by one where the list is long.

node.records(kind="incidents.report")      where they stand
node.deliveries()                          the ledger: what became of each sealed value towards each party
node.each_delivery()                       the same, one by one: never all in memory

A list is as long as the history. Whoever hands it on over a door asks for it one by one.
"""

from abc import abstractmethod
from collections.abc import Iterator

from detente.node import deadline, evidence, ledger, rotation, status
from detente.node.branch import Branch
from detente.node.deadline import Deadline
from detente.node.delivery import Delivery
from detente.node.evidence import Evidence
from detente.node.laid import Laid
from detente.node.rotation import KeyShown
from detente.node.status import Place
from detente.node.store import Readers
from detente.trust.record import Domain


class Catalogue:
    """The part of a node that lists its records."""

    _readers: Readers

    @abstractmethod
    def _branch(self, domain: Domain) -> Branch:
        """Return a domain of this node."""

    def records(self, domain: Domain = "live", kind: str | None = None) -> tuple[Place, ...]:
        """Return where the records of a domain stand, receipts left out unless asked for by kind."""
        return tuple(self.each_record(domain, kind))

    def each_record(self, domain: Domain = "live", kind: str | None = None) -> Iterator[Place]:
        """Yield what `records` returns, as it stood when the first was asked for."""
        return status.places(self._readers.conn, domain, kind)

    def deliveries(self, domain: Domain = "live", record: str | None = None) -> tuple[Delivery, ...]:
        """Return the delivery ledger, oldest decision first, and last what was not decided yet."""
        return tuple(self.each_delivery(domain, record))

    def each_delivery(self, domain: Domain = "live", record: str | None = None) -> Iterator[Delivery]:
        """Yield what `deliveries` returns: rows as they stood when the first was asked for."""
        return ledger.each(self._branch(domain), self._readers.conn, record)

    def laid(self, domain: Domain = "live") -> tuple[Laid, ...]:
        """Return what lies before this party's officers now, oldest first."""
        return self._branch(domain).aborting.waiting()

    def key_list(self, domain: Domain = "live") -> tuple[KeyShown, ...]:
        """Return every key of every party: in which roles, held by whom, and whether it signs now."""
        rings = self._branch(domain).realm.keyrings
        return tuple(one for party in sorted(rings) for one in rotation.shown(party, rings[party]))

    def deadlines(self, domain: Domain = "live") -> tuple[Deadline, ...]:
        """Return the open deadlines as the last tick left them, soonest first."""
        return deadline.read(self._readers.conn, domain)

    def evidence(self, domain: Domain | None = None) -> tuple[Evidence, ...]:
        """Return what was refused, oldest first."""
        return evidence.shown(self._readers.conn, domain)
