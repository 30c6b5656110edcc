"""The tenure: which officers each party has had, as its log says, and which of them signed a version.

    tenure.rings(accord, tenure.acts_in(home))    party to its keys by position
    tenure.signed(envelope, at, rings, since)     party to that time of them whose officers signed it

A later version of the accord binds by the signatures of officers in force. Of one that arrives, those are the
officers in force now, as far as the logs are here: whoever was replaced or revoked signs nothing new. Of one
that is here, they are the officers of some time, no earlier than those of the version before: what was signed
before a change of keys binds after it.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TypeAlias

from detente.accord.document import Accord
from detente.accord.keyact import KINDS
from detente.node import archive, store
from detente.node.home import Home
from detente.node.keylore import KeyLore
from detente.node.library import Library
from detente.node.realm import keyrings
from detente.node.store import Readers
from detente.trust import charter as charters
from detente.trust.charter import Charter
from detente.trust.envelope import ACCORD_TYPE, Envelope
from detente.trust.errors import BelowThreshold, DetenteError, NotValidThen, WrongKey
from detente.trust.exhibit import Change
from detente.trust.keyring import Keyring, Span
from detente.trust.lineage import Officers
from detente.trust.record import Record

Act: TypeAlias = tuple[str, int, Record]
"""A record in a party's log: party, index, record."""


def acts_in(home: Home) -> tuple[Act, ...]:
    """Return the acts of the live domain by which keys change, as far as a home holds them.

    Raises:
        DiskFailed: `store.1`.
    """
    path = home.path / "node.db"
    if not path.exists():
        return ()
    readers = Readers(path)
    try:
        library = Library(readers, "live")
        found = archive.of_kinds(readers.conn, "live", KINDS)
        return tuple((party, index, library[name]) for party, index, name in found)
    except sqlite3.Error as error:
        raise store.failed(error) from error
    finally:
        readers.close()


def rings(accord: Accord, acts: Iterable[Act], handed: Officers | None = None) -> dict[str, Keyring]:
    """Return the keys in the live domain by position, of each party of a version.

    Args:
        accord: the version: it has the first charters of all its parties.
        acts: in any order; those of others, and what changes no keys, are passed over.
        handed: charters from a lineage, for where the logs do not reach yet.
    """
    founded = keyrings(accord, "live")
    found = dict(founded)
    lore = KeyLore(founded, found)
    for party, index, entry in acts:
        if party in founded:
            lore.learn(party, index, entry)
    return {party: _reaching(ring, (handed or {}).get(party, ())) for party, ring in found.items()}


def signed(
    version: Envelope, at: int, known: Mapping[str, Keyring], since: Mapping[str, int]
) -> dict[str, int]:
    """Return for each party the number of the first span of its keys whose officers signed a version.

    Args:
        version: the envelope as received.
        at: when the version starts, to compare expiries with.
        known: each party's keys by position; whoever accedes in this version is not among them.
        since: party to the span from which on to look; a party that is not named has been there from 0.

    Raises:
        As `charter.verify` of the newest officers of the first party that falls short.
    """
    return {party: _span(version, at, ring, since.get(party, 0)) for party, ring in sorted(known.items())}


def charters_of(known: Mapping[str, Keyring], spans: Mapping[str, int]) -> dict[str, Charter]:
    """Return each party's charter of a span."""
    return {party: known[party].spans[number].charter for party, number in spans.items()}


def newest(known: Mapping[str, Keyring]) -> dict[str, int]:
    """Return each party's span that is in force, as far as its log is here."""
    return {party: len(ring.spans) - 1 for party, ring in known.items()}


def _reaching(ring: Keyring, handed: Iterable[Change]) -> Keyring:
    """The keys, with the charters that follow what the log says: where it went another way, it leads."""
    for change in handed:
        with suppress(DetenteError):
            ring = ring.change(ring.upto + 1, change.charter, change.at)
    return ring


def _span(version: Envelope, at: int, ring: Keyring, since: int) -> int:
    for number, span in enumerate(ring.spans[since:-1], since):
        with suppress(WrongKey, NotValidThen, BelowThreshold):
            _require(version, at, span)
            return number
    _require(version, at, ring.spans[-1])
    return len(ring.spans) - 1


def _require(version: Envelope, at: int, span: Span) -> None:
    charters.verify(version, span.charter, "officer", at, payload_type=ACCORD_TYPE, revoked=span.revoked)
