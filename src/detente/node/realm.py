"""The realm: what a node works with in one domain, live or exercise. Nothing is shared between the two.

    realm.origin("cn")   == "detente/5d1c…/live/cn"            the name of a log
    realm.witness("us")  == "detente/5d1c…/live/us/witness"    the name of a cosigner
    realm.path("cn")     == "live/cn"                          where the log stands in a static tree

Trees grow on the writer's thread alone; any thread may read them.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from detente.accord.document import Accord
from detente.node import archive, evidence
from detente.node.anchor import Anchor
from detente.node.clock import Clock
from detente.node.errors import NoSuchThing
from detente.node.evidence import Refusal
from detente.node.identity import NODE_ROLES, Identity
from detente.node.publication import Publication
from detente.node.store import Readers, log_number
from detente.node.writer import Batch, Writer
from detente.trust import charter as charters
from detente.trust import checkpoint, cosignature, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import DetenteError, NotValidThen, WrongKey
from detente.trust.exhibit import origin, witness
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.keyring import Keyring
from detente.trust.note import Note
from detente.trust.record import Domain, leaf_bytes
from detente.trust.suite import Role, row
from detente.trust.tree import Tree, leaf_hash


def keyrings(accord: Accord, domain: Domain) -> dict[str, Keyring]:
    """Return each party's keys in a domain, as its first version founds them: any later one repeats that.

    Parties without a charter for the domain take no part in it. Raises as `Keyring.found`.
    """
    return {
        name: Keyring.found(charters.from_value(party.charters[domain]))
        for name, party in accord.parties.items()
        if domain in party.charters
    }


def head_of(data: bytes, origin: str, ring: Keyring) -> Checkpoint:
    """Return the head in a signed note, if the log's keys of that position signed it.

    Expiry is compared with the time that the log itself states under its signature, never with the reader's
    clock: a head verifies as it did when it was signed, for every reader (docs/adr/0038).

    Args:
        data: the note as received.
        origin: the log.
        ring: its party's keys by position.

    Raises:
        As `checkpoint.verify`. NotValidThen: as `Keyring.keys`: revoked before that position, or expired.
    """
    position = max(checkpoint.parse_text(note.parse(data).text).size - 1, 0)
    at = checkpoint.signed_at(data, origin, ring.charter(position).public_keys("log"))
    return checkpoint.verify(data, origin, ring.keys("log", position, at))


def witness_keys(ring: Keyring, signed: Note, name: str) -> tuple[PublicKey, ...]:
    """Return the witness keys of that charter of a party of which a line is there, else of the newest.

    A cosignature names no position of its signer's log, and stands long after its keys were changed.
    """
    for span in reversed(ring.spans):
        keys = span.charter.public_keys("witness")
        if any(note.find(signed, cosignature.key(name, key)) for key in keys):
            return keys
    return ring.spans[-1].charter.public_keys("witness")


class Asker(NamedTuple):
    """Who may ask this node: party, domain, and the record keys that sign its requests now."""

    party: str
    domain: Domain
    keys: tuple[PublicKey, ...]


@dataclass
class Realm:
    """One domain of one node.

    Attributes:
        domain: `live` or `exercise`.
        party: whose node it is.
        genesis: names the accord.
        identity: the node's own keys.
        keyrings: each party's keys by position, the node's own too.
        writer: the one way to write.
        readers: connections to read.
        publication: the node's static tree.
        anchor: the second place for what was signed.
        clock: the time.
        logs: party to number in the store.
        trees: party to the leaves held of its log.
        published: party to how many of them stand in the static tree.
    """

    domain: Domain
    party: str
    genesis: str
    identity: Identity
    keyrings: dict[str, Keyring]
    writer: Writer
    readers: Readers
    publication: Publication
    anchor: Anchor
    clock: Clock
    logs: Mapping[str, int] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    published: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.logs = self.writer.do(self._number)
        self.trees = {party: self._read(log) for party, log in self.logs.items()}
        self.published = dict.fromkeys(self.logs, 0)

    @property
    def others(self) -> tuple[str, ...]:
        """The other parties of the domain, sorted."""
        return tuple(sorted(self.keyrings.keys() - {self.party}))

    def log(self, party: str) -> int:
        """Return the number of a party's log.

        Raises:
            NoSuchThing: `realm.1`.
        """
        # 1. The party takes part.
        if party not in self.logs:
            raise NoSuchThing("realm.1", f"{party[:33]!a} has no log here.", "Name a party of the accord.")
        return self.logs[party]

    def origin(self, party: str) -> str:
        """Return the name of a party's log."""
        return origin(self.genesis, self.domain, party)

    def witness(self, party: str) -> str:
        """Return the name under which a party cosigns."""
        return witness(self.genesis, self.domain, party)

    def path(self, party: str) -> str:
        """Return where a party's log stands in a static tree."""
        return f"{self.domain}/{party}"

    def keys(self, party: str, role: Role, size: int) -> tuple[PublicKey, ...]:
        """Return the keys that act for a party when its log has `size` leaves. Raises as `Keyring.keys`."""
        return self.keyrings[party].keys(role, max(size - 1, 0), self.clock.now())

    def asker(self, party: str) -> Asker:
        """Return who may ask in the name of a log, with the record keys at its last leaf and after it.

        No key is given if they have expired.
        """
        size = len(self.trees[party])
        try:
            last, after = (
                self.keyrings[party].keys("record", at, self.clock.now()) for at in (max(size - 1, 0), size)
            )
        except NotValidThen:
            return Asker(party, self.domain, ())
        return Asker(party, self.domain, tuple(dict.fromkeys((*last, *after))))

    def voice(self) -> tuple[str, *tuple[PrivateKey, ...]]:
        """Return the own log's origin, and the record keys that sign requests for it, the newest first.

        Raises:
            WrongKey: as `own_keys`.
        """
        now, ring = self.own_keys("record", len(self.trees[self.party])), self.keyrings[self.party]
        named = [keyid for span in reversed(ring.spans) for keyid in span.charter.roles["record"].keys]
        before = self.identity.among("record", set(named) - ring.spans[-1].revoked)
        older = sorted(before, key=lambda one: named.index(one.public.keyid))
        return self.origin(self.party), *dict.fromkeys((now[0], *older))

    def verify_head(self, party: str, data: bytes) -> Checkpoint:
        """Return the head in a signed note, if it is this party's.

        Raises:
            As `head_of`.
        """
        return head_of(data, self.origin(party), self.keyrings[party])

    def catch_up(self, conn: sqlite3.Connection, party: str) -> Tree:
        """Bring a tree up to the leaves that are durable, and return it; on the writer's thread alone."""
        tree = self.trees[party]
        log = self.log(party)
        for leaf in archive.leaves(conn, log, len(tree), archive.size(conn, log)):
            tree.append(leaf_hash(leaf_bytes(leaf)))
        return tree

    def shelf(self, conn: sqlite3.Connection, party: str) -> archive.LogShelf:
        """Return what the publication reads of a log."""
        return archive.LogShelf(conn, self.log(party))

    def refuse(self, refused: Refusal, error: DetenteError) -> str:
        """Keep what was refused as evidence, and return its digest."""
        at = self.clock.now()
        return self.writer.do(lambda batch: evidence.keep(batch.conn, refused, error, at))

    def require_own_keys(self) -> None:
        """Return if the keys of this home are those that the accord names for its party.

        Raises:
            WrongKey: `realm.2`. NotValidThen: as `Keyring.keys`.
        """
        size = len(self.trees[self.party])
        for role in NODE_ROLES:
            self.keyrings[self.party].keys(role, size, self.clock.now())
            self.own_keys(role, size)

    def own_keys(self, role: Role, position: int) -> tuple[PrivateKey, ...]:
        """Return the private keys by which this node acts in a role at a position of its own log.

        Raises:
            WrongKey: `realm.2`: the accord and the log name others, or none is left.
        """
        ring = self.keyrings[self.party]
        charter = ring.charter(position)
        named = set(charter.roles[role].keys) - ring.revoked(position)
        found = self.identity.among(role, named)
        # 2. Whoever signs here is whom the accord and the own log know, with every algorithm of the suite.
        if {key.public.algorithm for key in found} != set(row(charter.suite, role)):
            raise WrongKey(
                "realm.2",
                f"The {role} keys of this home are not those that the accord names for {self.party}.",
                "Open the right home, or let the officers put these keys into a new charter.",
            )
        return found

    def _number(self, batch: Batch) -> dict[str, int]:
        return {party: log_number(batch.conn, self.domain, party) for party in sorted(self.keyrings)}

    def _read(self, log: int) -> Tree:
        conn = self.readers.conn
        leaves = archive.leaves(conn, log, 0, archive.size(conn, log))
        return Tree(leaf_hash(leaf_bytes(leaf)) for leaf in leaves)
