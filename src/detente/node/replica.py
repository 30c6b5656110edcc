"""The replica: another party's log, pulled from any tree that shows it, verified, mirrored and witnessed.

    pull(party, source, via)        via: whose tree it is read from, the author's own or any mirror

Every entry is fetched and hashed, so a head is accepted only over leaves that are held. What does not verify
is kept as evidence with the numbered check, and changes nothing. A bad file says nothing about the log: only
two heads that it signed itself, or a head and the leaves under it, do. Then the fork is kept, and the log is
refused from there on, whatever it says.

A head that a doorbell brought binds its signer before its leaves are here (see `promise`). Leaves under a
smaller head are taken meanwhile, mirrored and served, but that head is not cosigned: a witness never goes
back. Leaves that do not come within the accord's term are evidence.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from detente.node import archive, evidence, foresight, inquiry, promise
from detente.node.archive import Body, StoredHead
from detente.node.cosigning import Cosigner
from detente.node.errors import DiskFailed, PeerAway, Unready, Withheld
from detente.node.evidence import EvidenceKind, Refusal
from detente.node.growth import Growth
from detente.node.keylore import KeyLore
from detente.node.realm import Realm, head_of
from detente.node.source import Source
from detente.node.spool import Spool
from detente.node.writer import Batch
from detente.trust import fork, witness
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadProof, DetenteError, Fork, Rollback
from detente.trust.record import Leaf, leaf_bytes, parse_leaf
from detente.trust.tile import WIDTH, Tile, TiledTree, parse_bundle
from detente.trust.tree import leaf_hash

MAX_PULL = 1_048_576
"""The most new leaves that one head may bring."""

DOORBELL = "/add-checkpoint"
"""The way of a head that somebody sent. Anybody may send anybody's, so no party's share of evidence pays."""


Ahead: TypeAlias = Callable[[Sequence[Leaf], int], Mapping[int, Body]]
"""Returns bodies of leaves that follow from an index on, as far as it has them."""


@dataclass
class Replica:
    """The mirrors of one realm.

    Attributes:
        realm: where the logs stand.
        cosigner: the witness that this node is.
        lore: told of key acts that are read ahead of the leaves that bring them.
        term: the accord's T: how long leaves under a signed head may take, in milliseconds.
    """

    realm: Realm
    cosigner: Cosigner
    lore: KeyLore
    term: int
    _told: set[tuple[str, int]] = field(default_factory=set)

    def open(self) -> None:
        """Mend the mirrors in the static tree."""
        self.realm.writer.settle(lambda batch: batch.later("mirrors", self._mend))

    def pull(self, party: str, source: Source, via: str) -> int:
        """Take what a tree shows of a party's log beyond what is held; return how many leaves are new.

        Raises:
            PeerAway: the source cannot be asked. DiskFailed: nothing was taken.
        """
        if evidence.forked(self.realm.readers.conn, self.realm.log(party)):
            return 0
        data = source.get(f"{self.realm.path(party)}/checkpoint")
        if data is None:
            return 0
        home = self.realm.anchor.folder.parent
        spool = Spool(source, home / "spool" / self.realm.domain / party / via)
        # Its pages are kept only while it is away with more of them.
        taken = self._pull(party, data, spool, via)
        spool.drop()
        return taken

    def pull_told(self, party: str, source: Source, ahead: Ahead) -> int:
        """Take the few leaves under the newest head that a doorbell brought, without asking for it again.

        Where they are not shown, or do not fit, nothing is said by that: its author may not have them in
        place yet. What its tree shows then is taken and judged as `pull` does. Raises as that.

        Args:
            party: whose log.
            source: its own tree.
            ahead: fetches bodies of leaves that are verified, which are then taken in one commit with them.
        """
        conn, log = self.realm.readers.conn, self.realm.log(party)
        told = promise.waiting(conn, log)
        few = bool(told) and told[-1].size - len(self.realm.trees[party]) <= WIDTH
        if few and not evidence.forked(conn, log):
            try:
                head = self.realm.verify_head(party, told[-1].note)
                return self._extend(party, head, told[-1].note, source, ahead)
            except (PeerAway, DiskFailed):
                raise
            except DetenteError:
                pass
        return self.pull(party, source, party)

    def _pull(self, party: str, data: bytes, source: Source, via: str) -> int:
        try:
            head = self._verified(party, data, source)
        except PeerAway:
            raise
        except DetenteError as error:
            self._refuse(party, via, "checkpoint", data, error)
            return 0
        try:
            return self._extend(party, head, data, source)
        except PeerAway:
            raise
        except Fork as error:
            self._fork(party, via, data, source, error)
        except DetenteError as error:
            self._refuse(party, via, "entries", data, error)
        return 0

    def submit(
        self, party: str, submission: witness.Submission, heard: Callable[[], object]
    ) -> witness.Cosign | witness.Refuse:
        """Answer the doorbell: cosign a head that extends the known one, by its proof alone (tlog-witness).

        Once it is durable `heard` is called, on the writer's thread: its leaves may be fetched meanwhile.

        Raises:
            Unready: `pull.7`. As `Realm.verify_head`: what is no head of this log is kept as evidence too.
        """
        try:
            head = self.realm.verify_head(party, submission.note)
        except DetenteError as refused:
            self._refuse(party, DOORBELL, "request", witness.dump(submission), refused)
            raise
        conn, log = self.realm.readers.conn, self.realm.log(party)
        known = self.cosigner.known(conn, party)
        decision = witness.decide(known, head, submission.old_size, submission.proof)
        if evidence.forked(conn, log):
            return decision  # the proof is kept already, and one is enough
        if isinstance(decision, witness.Cosign):
            self._require_room(party, head)
            self.realm.writer.settle(
                lambda batch: self._accept(batch, party, (submission.note, known), heard)
            )
        elif decision.reason == "fork" or self._contradicts(party, head):
            error = decision.error if decision.reason == "fork" else _contradicted(head)
            self._fork(party, DOORBELL, submission.note, None, error)
            return witness.Refuse("fork", decision.known_size, error)
        elif decision.reason == "proof" or isinstance(decision.error, Rollback):
            self._refuse(party, DOORBELL, "request", witness.dump(submission), decision.error)
        return decision

    def _accept(
        self,
        batch: Batch,
        party: str,
        which: tuple[bytes, Checkpoint | None],
        heard: Callable[[], object],
    ) -> None:
        def told(_: sqlite3.Connection) -> None:
            heard()

        batch.later(f"heard {self.realm.domain} {party}", told)
        self.cosigner.accept(batch, party, *which)

    def remind(self, party: str) -> None:
        """Keep every head whose leaves were not shown within the accord's term as evidence."""
        conn, log = self.realm.readers.conn, self.realm.log(party)
        for one in promise.waiting(conn, log):
            # 8. What a log signs for, it shows in time.
            if self.realm.clock.now() - one.at > self.term and (party, one.size) not in self._told:
                self._told.add((party, one.size))
                what = f"{party} signed a head of {one.size} leaves and shows {archive.size(conn, log)}."
                error = Withheld("pull.8", what, "Ask it for the leaves; show its signed head to the others.")
                self._refuse(party, party, "checkpoint", one.note, error)

    def _verified(self, party: str, data: bytes, source: Source) -> Checkpoint:
        """Return the head in a note; keys that were changed below it are read from the leaves under it."""
        try:
            return self.realm.verify_head(party, data)
        except DetenteError as error:
            acts = foresight.acts(self.realm, party, source, data)
            if not acts:
                raise
            ring = self.lore.ahead(party, acts)
            try:
                head = head_of(data, self.realm.origin(party), ring)
                found = self.leaves(party, head, source)
                foresight.require(head, self.realm.trees[party], found, acts)
            except DetenteError:
                raise error from None
            for index, entry in acts.items():
                self.lore.learn(party, index, entry)
            return head

    def _require_room(self, party: str, head: Checkpoint) -> None:
        waiting = promise.waiting(self.realm.readers.conn, self.realm.log(party))
        # 7. None of the heads that wait for their leaves has to be forgotten for another.
        if len(waiting) >= promise.MAX_PROMISES and head.size not in {one.size for one in waiting}:
            what = f"{len(waiting)} heads of {party} wait for their leaves."
            raise Unready("pull.7", what, "Show the leaves first.")

    def _contradicts(self, party: str, head: Checkpoint) -> bool:
        """Tell whether a head is not one of those over the leaves held, or not the one kept at its size."""
        kept = promise.kept(self.realm.readers.conn, self.realm.log(party))
        base = self.realm.trees[party]
        return any(one.size == head.size and one.root != head.root for one in kept) or (
            0 < head.size <= len(base) and base.root(head.size) != head.root
        )

    def _extend(
        self, party: str, head: Checkpoint, data: bytes, source: Source, ahead: Ahead | None = None
    ) -> int:
        conn, base = self.realm.readers.conn, self.realm.trees[party]
        known = self.cosigner.known(conn, party)
        kept = promise.kept(conn, self.realm.log(party))
        # 1. It agrees with the leaves held, and with the head kept at its size: else it is a fork.
        if self._contradicts(party, head):
            raise _contradicted(head)
        # 2. It has leaves that are not held: else it is no news.
        if head.size <= len(base):
            return 0
        leaves = self.leaves(party, head, source)
        grown = Growth(base, [leaf_hash(leaf_bytes(one)) for one in leaves])
        # 3. The leaves give the root that was signed.
        if grown.root(head.size) != head.root:
            self._ask_tiles(head, kept, source)
            raise BadProof("pull.3", f"The entries of {head.origin} give another root.", _FETCH)
        # 4. And every root that was promised below it.
        if any(0 < one.size <= head.size and grown.root(one.size) != one.root for one in kept):
            raise _contradicted(head)
        # 9. A head beyond the newest known extends it (checks `witness.*`); a smaller one is not cosigned.
        old = known.size if known else 0
        if head.size > old:
            decision = witness.decide(known, head, old, grown.consistency(old))
            if isinstance(decision, witness.Refuse):
                raise _contradicted(head) from decision.error
        new = leaves, ahead(leaves, len(base)) if ahead else {}
        self.realm.writer.settle(lambda batch: self._take(batch, party, (head, data), new, known))
        return len(leaves)

    def leaves(self, party: str, head: Checkpoint, source: Source) -> list[Leaf]:
        """Return the leaves under a head beyond those held. Raises BadProof: `pull.6`. PeerAway: `pull.5`."""
        start = len(self.realm.trees[party])
        found: list[Leaf] = []
        for index in range(start // WIDTH, -(-head.size // WIDTH)):
            bundle = _entries(source, self.realm.path(party), index, head.size)
            found += [parse_leaf(one) for one in bundle[max(0, start - index * WIDTH) :]]
            if len(found) > MAX_PULL:
                raise PeerAway("pull.5", f"{head.size - start} new leaves of {party}.", "Ask why so many.")
        return found

    def _ask_tiles(self, head: Checkpoint, kept: Sequence[StoredHead], source: Source) -> None:
        """Raise Fork if authenticated tiles under the new head show that it extends not every smaller one."""
        smaller = [one for one in kept if 0 < one.size <= head.size]
        party = head.origin.rpartition("/")[2]
        tiles = TiledTree(head.size, head.root, inquiry.below(source, self.realm.path(party)))
        if any(tiles.root(one.size) != one.root for one in smaller):
            raise _contradicted(head)

    def _take(
        self,
        batch: Batch,
        party: str,
        which: tuple[Checkpoint, bytes],
        new: tuple[list[Leaf], Mapping[int, Body]],
        known: Checkpoint | None,
    ) -> None:
        (head, data), (leaves, bodies) = which, new
        log = self.realm.log(party)
        # Decided against a head or leaves that are no longer the newest: the next round decides again.
        moved = self.cosigner.known(batch.conn, party) != known
        if moved or archive.size(batch.conn, log) != head.size - len(leaves):
            return
        archive.append(batch.conn, log, leaves)
        archive.put_bodies(batch.conn, log, bodies)
        if known is None or head.size > known.size:
            self.cosigner.accept(batch, party, data, known)
        promise.fulfil(batch.conn, log, self.cosigner.stored(party, data))
        batch.later(f"mirror {self.realm.domain} {party}", lambda conn: self._mirror(conn, party))

    def _mirror(self, conn: sqlite3.Connection, party: str) -> None:
        """Publish a mirror at the head whose leaves are held, whatever was promised beyond it."""
        leaves = self.realm.catch_up(conn, party)
        head = promise.held(conn, self.realm.log(party))
        if head is None or head.size != len(leaves):
            return
        path, shelf = self.realm.path(party), self.realm.shelf(conn, party)
        self.realm.publication.grow(path, leaves, self.realm.published[party], shelf)
        self.realm.published[party] = len(leaves)
        self.realm.publication.checkpoint(path, head.note)

    def _mend(self, conn: sqlite3.Connection) -> None:
        for party in self.realm.others:
            leaves = self.realm.trees[party]
            head = promise.held(conn, self.realm.log(party))
            if head is not None and head.size == len(leaves):
                path = self.realm.path(party)
                self.realm.publication.mend(path, leaves, self.realm.shelf(conn, party))
                self.realm.published[party] = len(leaves)
                self.realm.publication.checkpoint(path, head.note)

    def _refuse(self, party: str, via: str, kind: EvidenceKind, data: bytes, error: DetenteError) -> str:
        return self.realm.refuse(Refusal(self.realm.domain, party, via, kind, data), error)

    def _fork(self, party: str, via: str, data: bytes, source: Source | None, error: DetenteError) -> None:
        """Keep the two signed heads, with the path between them, and refuse the log from now on."""
        proof = inquiry.prove(self.realm, party, data, source)
        if proof is None:
            self._refuse(party, via, "checkpoint", data, error)
            return
        digest = self._refuse(party, via, "fork", fork.dump(proof), error)
        log = self.realm.log(party)
        self.realm.writer.do(lambda batch: evidence.mark_forked(batch.conn, log, digest))


def _entries(source: Source, path: str, index: int, size: int) -> list[bytes]:
    """Return the entries of one bundle, up to `size`; a full file serves where the partial one is gone."""
    width = min(WIDTH, size - index * WIDTH)
    data, held = source.get(f"{path}/{Tile(None, index, width).path}"), width
    if data is None and width < WIDTH:
        data, held = source.get(f"{path}/{Tile(None, index).path}"), WIDTH
    # 6. The entries that the head covers are there.
    if data is None:
        raise BadProof("pull.6", f"Entries {index} of {path} are missing.", _FETCH)
    return parse_bundle(data, held)[:width]


def _contradicted(head: Checkpoint) -> Fork:
    return Fork(
        "pull.1",
        f"{head.origin} signed a head of {head.size} leaves that does not agree with what it signed before.",
        "Keep the evidence, show it to the other parties, and ask the party's officers.",
    )


_FETCH = "Fetch again, or from another mirror; a bad file alone says nothing about the log."
