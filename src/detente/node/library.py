"""The library: bodies of a realm as records, read from the store when asked for, the newest kept in memory.

    library["9f…"].kind == "incidents.report"        a Mapping, as `accord.fold` wants it

What stands in the store was verified before it was kept, and is not verified again.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from detente.node import archive
from detente.node.store import Readers
from detente.trust import envelope, record
from detente.trust.envelope import Envelope
from detente.trust.record import Domain, Record

KEPT = 4_096


class Library(Mapping[str, Record]):
    """Id to record, of the bodies that are held."""

    def __init__(self, readers: Readers, domain: Domain) -> None:
        self._readers = readers
        self._domain = domain
        self._read = lru_cache(maxsize=KEPT)(self._parse)

    def __getitem__(self, key: str) -> Record:
        return self._read(key)[0]

    def __contains__(self, key: object) -> bool:
        try:
            return isinstance(key, str) and bool(self._read(key))
        except KeyError:
            return False

    def __iter__(self) -> Iterator[str]:
        for row in self._readers.conn.execute("SELECT id FROM body"):
            yield bytes(row[0]).hex()

    def __len__(self) -> int:
        return int(self._readers.conn.execute("SELECT count(*) FROM body").fetchone()[0])

    def envelope(self, key: str) -> Envelope:
        """Return the envelope of a record. Raises KeyError if it is not held."""
        return self._read(key)[1]

    def _parse(self, key: str) -> tuple[Record, Envelope]:
        data = archive.body(self._readers.conn, key)
        if data is None:
            raise KeyError(key)
        signed = envelope.parse(data)
        found = record.parse(signed.payload_type, signed.payload)
        # The store holds both domains: a leaf that names a body of the other one has none here.
        if found.domain != self._domain:
            raise KeyError(key)
        return found, signed
