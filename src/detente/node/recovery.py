"""The recovery: a node made from a backup gets its own log back from the others before it signs anything.

    every other party's mirror of the own log  ->  the longest head that it signed  ->  leaves, in the second
    place and the store  ->  bodies from whoever holds them  ->  nonces and the ledger made again  ->  open

A backup is older than what was signed after it. Signing from there would be a second history, proven by
the others' mirrors. So nothing is signed until every other party was asked, but for those that the operator
names because they will never answer.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from detente.accord.acts import ABORT
from detente.node import archive, delivery, durable, laid
from detente.node.anchor import require_above
from detente.node.archive import StoredHead
from detente.node.delivery import Delivery
from detente.node.errors import Behind, PeerAway, Recovering
from detente.node.evidence import EvidenceKind, Refusal
from detente.node.growth import Growth
from detente.node.inquiry import bare
from detente.node.intake import Intake
from detente.node.library import Library
from detente.node.realm import Realm
from detente.node.replica import Replica
from detente.node.source import FolderSource, Source
from detente.node.writer import Batch
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import DetenteError
from detente.trust.record import Record, leaf_bytes
from detente.trust.tree import EMPTY_ROOT, leaf_hash


@dataclass
class Recovery:
    """The way back of one own log."""

    realm: Realm
    replica: Replica
    intake: Intake
    library: Library
    stores: tuple[Path, ...] = ()
    """Where copies of the own static tree are published: what the others had not fetched is still there."""

    def take(self, ways: Mapping[str, Source]) -> bool:
        """Ask the others for the own log, and take what is missing; return whether the node may sign now.

        Args:
            ways: party to its tree, of those that answer.

        Raises:
            Recovering: `recovery.1`: a party has still to be asked. Behind: `recovery.2`, `recovery.3`,
            `anchor.1`, `anchor.2`. DiskFailed.
        """
        left_out = self.realm.anchor.waiting(self.realm.domain)
        if left_out is None:
            return True
        # 1. Every other party shows what it has of our log: the one that is away may have the newest of it.
        silent = sorted(set(self.realm.others) - ways.keys() - set(left_out))
        if silent:
            raise Recovering(
                "recovery.1",
                f"The own log in {self.realm.domain} is not back yet: {', '.join(silent)} was not asked.",
                "Wait until they answer, or name those that never will: detente restore --without.",
            )
        old = len(self.realm.trees[self.realm.party])
        mirrored = {party: self._shown(party, source, "checkpoint") for party, source in ways.items()}
        promised = [(one, self._shown(one, source, f"cosigned/{one}")[0]) for one, source in ways.items()]
        for party, (head, data) in sorted(mirrored.items(), key=lambda one: -one[1][0].size):
            self._extend(party, head, data, ways[party])
        own = {str(one): FolderSource(one) for one in self.stores}
        published = {name: self._published(copy) for name, copy in own.items()}
        for name, (head, data) in published.items():
            self._extend(self.realm.party, head, data, own[name])
        shown = [(name, head) for name, (head, _) in (mirrored | published).items()]
        self._require_all([*shown, *promised])
        copies = ((self.realm.party, copy) for copy in own.values())
        self.intake.fetch(self.realm.party, (*ways.items(), *copies))
        self.realm.writer.do(lambda batch: self._make_again(batch, old))
        self.realm.anchor.done(self.realm.domain)
        return True

    def _shown(self, party: str, source: Source, name: str) -> tuple[Checkpoint, bytes]:
        """Return the head of the own log that a party mirrors or has cosigned, of size 0 if it has none.

        What it has cosigned may be larger: it was told of a head, and had not fetched its leaves yet.
        """
        own = self.realm.party
        data = source.get(f"{self.realm.path(own)}/{name}")
        if data is None:
            return Checkpoint(self.realm.origin(own), 0, EMPTY_ROOT), b""
        try:
            return self.realm.verify_head(own, data), data
        except DetenteError as error:
            self._refuse(party, "checkpoint", data, error)
            # 2. What it shows is signed by us; else it has not answered.
            raise Behind(
                "recovery.2",
                f"{party} shows a head of our log that our keys do not verify: {error.what}",
                "If a key was rotated after the backup, restore a newer backup. Else ask the party.",
            ) from error

    def _published(self, copy: Source) -> tuple[Checkpoint, bytes]:
        """Return the head that an own folder shows, of size 0 if none is there that is ours.

        Anybody may have written into such a folder: what is not ours is kept as evidence, and stops nothing.
        """
        try:
            return self._shown(self.realm.party, copy, "checkpoint")
        except (PeerAway, Behind):
            return Checkpoint(self.realm.origin(self.realm.party), 0, EMPTY_ROOT), b""

    def _extend(self, party: str, head: Checkpoint, data: bytes, source: Source) -> None:
        tree = self.realm.trees[self.realm.party]
        if head.size <= len(tree):
            return
        try:
            leaves = self.replica.leaves(self.realm.party, head, source)
        except (DetenteError, PeerAway) as error:
            self._refuse(party, "entries", data, error)
            return
        grown = Growth(tree, [leaf_hash(leaf_bytes(one)) for one in leaves])
        if grown.root(head.size) != head.root:
            return  # a mirror that is cut or altered, or another past: `recovery.3` says which
        # What binds is in the second place before anything is made of it; what is there already may be more.
        if head.size > self._kept().size:
            self.realm.anchor.keep(self.realm.domain, self.realm.party, bare(data))
        log = self.realm.log(self.realm.party)
        stored = StoredHead(head.size, head.root, bare(data), self.realm.clock.now())

        def act(batch: Batch) -> None:
            archive.append(batch.conn, log, leaves)
            archive.set_head(batch.conn, log, stored)
            batch.later("own leaves", self._catch_up)

        self.realm.writer.settle(act)

    def _catch_up(self, conn: sqlite3.Connection) -> None:
        self.realm.catch_up(conn, self.realm.party)

    def _kept(self) -> Checkpoint:
        """Return the head in the second place, of size 0 if there is none."""
        own = self.realm.party
        data = self.realm.anchor.last(self.realm.domain, own)
        none = Checkpoint(self.realm.origin(own), 0, EMPTY_ROOT)
        return none if data is None else self.realm.verify_head(own, data)

    def _require_all(self, heads: Iterable[tuple[str, Checkpoint]]) -> None:
        tree = self.realm.trees[self.realm.party]
        for holder, head in heads:
            # 3. Every head that we signed, and that somebody has, is one of this log.
            if head.size > len(tree) or (head.size and tree.root(head.size) != head.root):
                raise Behind(
                    "recovery.3",
                    f"{holder} has a head of our log with {head.size} leaves; its leaves are not to be had.",
                    "Do not sign. Wait for a whole mirror; if two mirrors contradict each other, keep both.",
                )
        kept = self._kept()
        require_above(tree, (kept.size, kept.root), self.realm.origin(self.realm.party))

    def _make_again(self, batch: Batch, old: int) -> None:
        """Make again, from the own bodies, what else the node remembered of them."""
        log = self.realm.log(self.realm.party)
        for _, leaf, data in archive.bodies(batch.conn, log, old, archive.size(batch.conn, log)):
            if data is None:
                continue
            entry = self.library[leaf.id]
            batch.conn.execute(
                "INSERT OR IGNORE INTO tabled (domain, nonce, id) VALUES (?, ?, ?)",
                (entry.domain, entry.nonce, bytes.fromhex(leaf.id)),
            )
            if entry.kind == "accord.release":
                delivery.put(batch.conn, _sent(entry, leaf.id))
                self._fetch_package(batch, str(entry.open["blob"]))
            if entry.kind == ABORT:
                laid.abort(batch.conn, str(entry.open["act"]), leaf.id)

    def _fetch_package(self, batch: Batch, digest: str) -> None:
        own = self.realm.party
        copies = (durable.read(one / self.realm.path(own) / "blob" / digest) for one in self.stores)
        data = next((one for one in copies if one is not None and sha256(one).hexdigest() == digest), None)
        if data is not None:
            batch.conn.execute(
                "INSERT OR IGNORE INTO package (sha256, domain, party, data) VALUES (?, ?, ?, ?)",
                (bytes.fromhex(digest), self.realm.domain, own, data),
            )

    def _refuse(self, party: str, kind: EvidenceKind, data: bytes, error: DetenteError) -> None:
        self.realm.refuse(Refusal(self.realm.domain, self.realm.party, party, kind, data), error)


def _sent(entry: Record, name: str) -> list[Delivery]:
    """The ledger's row of a release."""
    return [
        Delivery(
            domain=entry.domain,
            record=str(entry.open["record"]),
            audience=str(entry.open["to"]),
            paths=tuple(str(one) for one in entry.open["paths"]),
            state="sent",
            rule=",".join(entry.open["clauses"]),
            at=entry.at,
            release=name,
            bytes=int(entry.open["bytes"]),
        )
    ]
