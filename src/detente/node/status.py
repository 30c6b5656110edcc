"""The status: what a node can say about itself and about one record, as plain structures for any face.

*Published*, *cosigned* and *held* are separate, visible states: nothing here says "done" for all three.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import msgspec

from detente.accord import solemn
from detente.accord.keyact import LogKeys
from detente.accord.ledger import NO_KEY
from detente.accord.pillar import Statement
from detente.node import absence, agenda, archive, delivery, evidence, ledger, promise, wake
from detente.node.absence import Away
from detente.node.agenda import Agenda
from detente.node.branch import Branch
from detente.node.delivery import Alarm, Delivery
from detente.node.errors import NoSuchThing
from detente.node.wake import Wake
from detente.trust import disclosure
from detente.trust.disclosure import Missing
from detente.trust.record import RECEIPT_KIND, Domain, Record

Held: TypeAlias = Literal["held", "seen", "unseen"]


class OwnLog(msgspec.Struct, frozen=True, kw_only=True):
    """The own log: leaves durable, leaves signed, the root of those, and the size each witness cosigned."""

    size: int
    signed: int
    root: str
    cosigned: dict[str, int]


class OtherLog(msgspec.Struct, frozen=True, kw_only=True):
    """Another's log.

    Attributes:
        seen: leaves under the newest head that was accepted.
        here: leaves held, at which the mirror is published.
        waiting_since: when the oldest head was accepted whose leaves are not here; None if none waits.
        missing: ranges of bodies not held.
        forked: digest of the evidence if it forked.
    """

    seen: int
    here: int
    waiting_since: int | None
    missing: tuple[tuple[int, int], ...]
    forked: str | None


class DomainStatus(Agenda, frozen=True, kw_only=True):
    """One domain, and what waits for people in it.

    Attributes:
        own: the own log.
        others: the others' logs.
        evidence: how many refusals are kept.
        stopped: id of the NO-DUFF by which the exercise ended.
        differences: where a peer computes another standing than we do.
        away: who does not answer.
        recovering: whether the own log is being fetched back.
        alarms: clauses that could not be decided.
        wakes: messages that want an officer.
    """

    own: OwnLog
    others: dict[str, OtherLog]
    evidence: int
    stopped: str | None = None
    differences: tuple[str, ...] = ()
    away: tuple[Away, ...] = ()
    recovering: bool = False
    alarms: tuple[Alarm, ...] = ()
    wakes: tuple[Wake, ...] = ()


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """A node.

    Attributes:
        party: whose.
        genesis: the accord.
        version: in force now.
        now: its clock, in milliseconds.
        trouble: why it could not sign or publish at the last attempt; empty if it could.
        domains: by name.
    """

    party: str
    genesis: str
    version: int
    now: int
    trouble: str
    domains: dict[str, DomainStatus]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One record, as this node knows it.

    Attributes:
        id: its id.
        domain: of its log.
        party: its author.
        index: in its log.
        kind: `pillar.name`.
        at: the author's clock, in milliseconds.
        version: of the accord it names.
        thread: root of its thread, or None.
        open: open fields.
        sealed: all sealed paths.
        values: path to value, of those that this node can open; None for what is absent or unknown.
        missing: path to `absent` or `unknown`.
        stands: whether it stands on its own view, and by the keys known here of its position.
        refusals: codes why not.
        facts: what follows from it.
        disavowed: where in its party's log the key that signed it was disavowed for this place; it binds.
        receipts: other party to what its newest receipt here says of the record.
        cosigned: witnesses that cosigned a head that covers it (own records only).
        deliveries: the ledger's rows about it.
    """

    id: str
    domain: Domain
    party: str
    index: int
    kind: str
    at: int
    version: int
    thread: str | None
    open: dict[str, Any]
    sealed: tuple[str, ...]
    values: dict[str, Any]
    missing: dict[str, str]
    stands: bool
    refusals: tuple[str, ...]
    facts: dict[str, Any]
    disavowed: tuple[int, ...]
    receipts: dict[str, Held]
    cosigned: tuple[str, ...]
    deliveries: tuple[Delivery, ...]


class Place(msgspec.Struct, frozen=True):
    """Where a record stands: party, index in its log, id and kind; kind is empty while it is not held."""

    party: str
    index: int
    id: str
    kind: str


def places(conn: sqlite3.Connection, domain: Domain, kind: str | None = None) -> Iterator[Place]:
    """Yield where the records of a domain stand, receipts left out unless asked for by kind."""
    rows = conn.execute(
        "SELECT l.party, e.idx, e.id, coalesce(b.kind, '') FROM entry e JOIN log l ON l.log = e.log"
        " LEFT JOIN body b ON b.id = e.id"
        " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)"
        " WHERE l.domain = ?1"
        " AND ((?2 IS NULL AND e.cls = 0) OR b.kind = ?2) ORDER BY l.party, e.idx",
        (domain, kind),
    )
    return (Place(party, index, bytes(name).hex(), said) for party, index, name, said in rows)


def of_domain(branch: Branch, conn: sqlite3.Connection) -> DomainStatus:
    """Return what a branch can say about itself."""
    realm = branch.realm
    log = realm.log(realm.party)
    head = archive.head(conn, log)
    own = OwnLog(
        size=archive.size(conn, log),
        signed=head.size if head else 0,
        root=head.root.hex() if head else "",
        cosigned={witness: size for witness, (size, _) in archive.cosigned(conn, log).items()},
    )
    others = {party: _other(branch, conn, party) for party in realm.others}
    return DomainStatus(
        own=own,
        others=others,
        evidence=len(evidence.shown(conn, realm.domain)),
        stopped=branch.tabling.drill.stopped(),
        differences=tuple(
            one.what for one in evidence.shown(conn, realm.domain) if one.error == "Disagreement"
        ),
        away=absence.read(conn, realm.domain),
        recovering=branch.sequencer.recovering,
        alarms=delivery.alarms(conn, realm.domain),
        wakes=wake.read(conn, realm.domain),
        **msgspec.structs.asdict(agenda.of(realm, branch.judge, realm.clock.now())),
    )


def of_record(branch: Branch, conn: sqlite3.Connection, name: str) -> Shown:
    """Return what a branch knows of one record.

    Raises:
        NoSuchThing: `status.1`: it is in no log of this domain, or its body is not held.
    """
    # 1. It is here.
    places = [one for one in archive.find(conn, name) if one.domain == branch.realm.domain]
    entry = branch.library.get(name)
    if not places or entry is None:
        raise NoSuchThing("status.1", f"{name[:16]} is not held here.", "Check the id, or pull first.")
    place = next((one for one in places if one.party == entry.party), places[0])
    judged = branch.judge.said(name)
    ring = branch.realm.keyrings[place.party]
    unsigned = _unsigned(entry, LogKeys(ring), place.index)
    values = opened(conn, name, entry)
    return Shown(
        id=name,
        domain=branch.realm.domain,
        party=entry.party,
        index=place.index,
        kind=entry.kind,
        at=entry.at,
        version=entry.accord.version,
        thread=entry.thread,
        open=entry.open,
        sealed=tuple(sorted(entry.sealed)),
        values={path: None if isinstance(value, Missing) else value for path, value in values.items()},
        missing={path: value.value for path, value in values.items() if isinstance(value, Missing)},
        stands=judged.stands and not unsigned,
        refusals=(*judged.refusals, *unsigned),
        facts=_facts(judged.facts),
        disavowed=tuple(one.position for one in ring.disavowed(place.index, entry.key)),
        receipts=_receipts(branch, entry.party, place.index),
        cosigned=_cosigned(branch, conn, entry, place.index),
        deliveries=ledger.whole(branch, conn, name),
    )


def _unsigned(entry: Record, keys: LogKeys, index: int) -> tuple[str, ...]:
    """Why a record does not stand by the keys known here of its position, or nothing."""
    if entry.kind != RECEIPT_KIND and not keys.sign(entry, index):
        return (NO_KEY,)
    code = solemn.needed(entry)
    return (code,) if code and not keys.officers(entry, index) else ()


def _other(branch: Branch, conn: sqlite3.Connection, party: str) -> OtherLog:
    log = branch.realm.log(party)
    head = archive.head(conn, log)
    waiting = promise.waiting(conn, log)
    return OtherLog(
        seen=head.size if head else 0,
        here=archive.size(conn, log),
        waiting_since=min((one.at for one in waiting), default=None),
        missing=archive.missing(conn, log),
        forked=evidence.forked(conn, log),
    )


def opened(conn: sqlite3.Connection, name: str, entry: Record) -> dict[str, disclosure.Sealed]:
    """Return the sealed values of a record that are open here, by path."""
    rows = conn.execute("SELECT encoded FROM disclosure WHERE record = ?", (bytes.fromhex(name),))
    return dict(disclosure.open_with(entry, str(row[0])) for row in rows)


def _facts(facts: object) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(facts.facts) if isinstance(facts, Statement) else {}
    return found


def _receipts(branch: Branch, party: str, index: int) -> dict[str, Held]:
    witnesses = [one for one in branch.realm.keyrings if one != party]
    return {witness: _held(branch, witness, party, index) for witness in sorted(witnesses)}


def _held(branch: Branch, witness: str, party: str, index: int) -> Held:
    seen = branch.heartbeat.said(witness).get(party)
    if seen is None or seen.size <= index:
        return "unseen"
    return "seen" if seen.lacks(index) else "held"


def _cosigned(branch: Branch, conn: sqlite3.Connection, entry: Record, index: int) -> tuple[str, ...]:
    sizes = archive.cosigned(conn, branch.realm.log(entry.party))
    return tuple(witness for witness, (size, _) in sizes.items() if size > index)
