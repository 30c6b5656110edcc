"""The replica: another party's log, pulled from any tree that shows it, verified, mirrored and witnessed.

    pull(party, source, via)        via: whose tree it is read from, the author's own or any mirror

Every entry is fetched and hashed, so a head is accepted only over leaves that are held. What does not verify
is kept as evidence with the numbered check, and changes nothing. A bad file says nothing about the log: only
two heads that it signed itself, or a head and the leaves under it, do. Then the fork is kept, and the log is
refused from there on, whatever it says.
"""

import sqlite3
from dataclasses import dataclass

from detente.node import archive, evidence
from detente.node.cosigning import Cosigner
from detente.node.errors import PeerAway
from detente.node.evidence import EvidenceKind, Refusal
from detente.node.growth import Growth
from detente.node.realm import Realm
from detente.node.source import Source
from detente.node.writer import Batch
from detente.trust import checkpoint, fork, note, witness
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadProof, DetenteError, Fork
from detente.trust.note import Note
from detente.trust.record import Leaf, leaf_bytes, parse_leaf
from detente.trust.tile import WIDTH, Read, Tile, TiledTree, parse_bundle
from detente.trust.tree import leaf_hash

MAX_PULL = 1_048_576
"""The most new leaves that one head may bring."""

DOORBELL = "/add-checkpoint"
"""The way of a head that somebody sent. Anybody may send anybody's, so no party's share of evidence pays."""


@dataclass
class Replica:
    """The mirrors of one realm."""

    realm: Realm
    cosigner: Cosigner

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
        try:
            head = self.realm.verify_head(party, data)
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

    def submit(self, party: str, submission: witness.Submission) -> witness.Cosign | witness.Refuse:
        """Answer the doorbell: cosign a head that extends the known one, by its proof alone (tlog-witness).

        Raises:
            As `Realm.verify_head`.
        """
        head = self.realm.verify_head(party, submission.note)
        known = self.cosigner.known(self.realm.readers.conn, party)
        decision = witness.decide(known, head, submission.old_size, submission.proof)
        if evidence.forked(self.realm.readers.conn, self.realm.log(party)):
            return decision  # the proof is kept already, and one is enough
        if isinstance(decision, witness.Cosign):
            self.realm.writer.settle(lambda batch: self.cosigner.accept(batch, party, submission.note, known))
        elif decision.reason == "fork":
            self._fork(party, DOORBELL, submission.note, None, decision.error)
        elif decision.reason == "proof":
            self._refuse(party, DOORBELL, "request", witness.dump(submission), decision.error)
        return decision

    def _extend(self, party: str, head: Checkpoint, data: bytes, source: Source) -> int:
        known = self.cosigner.known(self.realm.readers.conn, party)
        base = self.realm.trees[party]
        # 1. A head over leaves that are held is theirs: an old one is no news, another one is a fork.
        if head.size <= len(base):
            if head.size and base.root(head.size) != head.root:
                raise _contradicted(head)
            return 0
        # 2. A head known by its proof alone binds already: an older one waits, another one is a fork.
        if known is not None and head.size < known.size:
            return 0
        if known is not None and head.size == known.size and head.root != known.root:
            raise _contradicted(head)
        leaves = self._leaves(party, head, source)
        grown = Growth(base, [leaf_hash(leaf_bytes(one)) for one in leaves])
        # 3. The leaves give the root that was signed.
        if grown.root(head.size) != head.root:
            self._ask_tiles(head, known, source)
            raise BadProof("pull.3", f"The entries of {head.origin} give another root.", _FETCH)
        # 4. The head extends the one that is known (checks `witness.*`).
        old = known.size if known else 0
        decision = witness.decide(known, head, old, grown.consistency(old))
        if isinstance(decision, witness.Refuse):
            raise _contradicted(head) from decision.error
        self.realm.writer.settle(lambda batch: self._take(batch, party, (head, data), leaves, known))
        return len(leaves)

    def _leaves(self, party: str, head: Checkpoint, source: Source) -> list[Leaf]:
        start = len(self.realm.trees[party])
        found: list[Leaf] = []
        for index in range(start // WIDTH, -(-head.size // WIDTH)):
            bundle = _entries(source, self.realm.path(party), index, head.size)
            found += [parse_leaf(one) for one in bundle[max(0, start - index * WIDTH) :]]
            if len(found) > MAX_PULL:
                raise PeerAway("pull.5", f"{head.size - start} new leaves of {party}.", "Ask why so many.")
        return found

    def _ask_tiles(self, head: Checkpoint, known: Checkpoint | None, source: Source) -> None:
        """Raise Fork if authenticated tiles under the new head show that it does not extend the known one."""
        if known is None or known.size == 0:
            return
        party = head.origin.rpartition("/")[2]
        tiles = TiledTree(head.size, head.root, _below(source, self.realm.path(party)))
        if known.size <= head.size and tiles.root(known.size) != known.root:
            raise _contradicted(head)

    def _take(
        self,
        batch: Batch,
        party: str,
        new: tuple[Checkpoint, bytes],
        leaves: list[Leaf],
        known: Checkpoint | None,
    ) -> None:
        head, data = new
        log = self.realm.log(party)
        # Decided against a head or leaves that are no longer the newest: the next round decides again.
        moved = self.cosigner.known(batch.conn, party) != known
        if moved or archive.size(batch.conn, log) != head.size - len(leaves):
            return
        archive.append(batch.conn, log, leaves)
        if known is None or head.size > known.size:
            self.cosigner.accept(batch, party, data, known)
        batch.later(f"mirror {self.realm.domain} {party}", lambda conn: self._mirror(conn, party))

    def _mirror(self, conn: sqlite3.Connection, party: str) -> None:
        """Publish a mirror as far as its leaves are held under the newest head."""
        leaves = self.realm.catch_up(conn, party)
        head = archive.head(conn, self.realm.log(party))
        if head is None or head.size != len(leaves):
            return
        path, shelf = self.realm.path(party), self.realm.shelf(conn, party)
        self.realm.publication.grow(path, leaves, self.realm.published[party], shelf)
        self.realm.published[party] = len(leaves)
        self.realm.publication.checkpoint(path, head.note)

    def _mend(self, conn: sqlite3.Connection) -> None:
        for party in self.realm.others:
            leaves = self.realm.trees[party]
            head = archive.head(conn, self.realm.log(party))
            if head is not None and head.size == len(leaves):
                path = self.realm.path(party)
                self.realm.publication.mend(path, leaves, self.realm.shelf(conn, party))
                self.realm.published[party] = len(leaves)
                self.realm.publication.checkpoint(path, head.note)

    def _refuse(self, party: str, via: str, kind: EvidenceKind, data: bytes, error: DetenteError) -> str:
        return self.realm.refuse(Refusal(self.realm.domain, party, via, kind, data), error)

    def _fork(self, party: str, via: str, data: bytes, source: Source | None, error: DetenteError) -> None:
        """Keep the two signed heads, with the path between them, and refuse the log from now on."""
        proof = self._prove(party, data, source)
        if proof is None:
            self._refuse(party, via, "checkpoint", data, error)
            return
        digest = self._refuse(party, via, "fork", fork.dump(proof), error)
        log = self.realm.log(party)
        self.realm.writer.do(lambda batch: evidence.mark_forked(batch.conn, log, digest))

    def _prove(self, party: str, data: bytes, source: Source | None) -> fork.Fork | None:
        """Return evidence that convinces a third party, or None: then it was a bad file and no fork."""
        known = archive.head(self.realm.readers.conn, self.realm.log(party))
        if known is None:
            return None
        head = checkpoint.parse_text(note.parse(data).text)
        base = self.realm.trees[party]
        try:
            if head.size > len(base) and source is not None:
                node = TiledTree(head.size, head.root, _below(source, self.realm.path(party))).node
            else:
                node = base.node
            proof = fork.prove(_bare(known.note), _bare(data), node)
            if proof is not None:
                below, above = sorted((known.size, head.size))
                keys, earlier = (self.realm.keys(party, "log", size) for size in (above, below))
                fork.verify(proof, head.origin, keys, smaller_keys=earlier)
        except DetenteError:
            return None
        return proof


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


def _bare(data: bytes) -> bytes:
    """Return a head with the log's own lines alone: it accuses its log, and needs no witness."""
    signed = note.parse(data)
    name = checkpoint.parse_text(signed.text).origin
    return note.dump(Note(signed.text, tuple(one for one in signed.signatures if one.name == name)))


def _below(source: Source, path: str) -> Read:
    return lambda name: source.get(f"{path}/{name}")


def _contradicted(head: Checkpoint) -> Fork:
    return Fork(
        "pull.1",
        f"{head.origin} signed a head of {head.size} leaves that does not agree with what it signed before.",
        "Keep the evidence, show it to the other parties, and ask the party's officers.",
    )


_FETCH = "Fetch again, or from another mirror; a bad file alone says nothing about the log."
