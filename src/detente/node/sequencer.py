"""The sequencer: the own log of one domain. Entries become durable, then are signed, then published.

    append (in a transaction)  ->  commit  ->  verify the own tree  ->  sign  ->  second place  ->  store
    ->  tiles, entries, bodies  ->  checkpoint

A crash between any two of these is mended when the node opens: what is durable is signed again, what is
signed is published again. What was signed is in the second place before anybody can see it, and no tree that
does not extend it is signed.
"""

import sqlite3
from dataclasses import dataclass

from detente.node import archive
from detente.node.anchor import require_above
from detente.node.archive import Body, StoredHead
from detente.node.errors import Recovering
from detente.node.fault import point
from detente.node.keylore import KeyLore
from detente.node.realm import Realm
from detente.node.writer import Batch
from detente.trust import checkpoint, note, record
from detente.trust import envelope as envelopes
from detente.trust.checkpoint import Checkpoint
from detente.trust.envelope import Envelope
from detente.trust.note import Note
from detente.trust.record import Leaf, Record
from detente.trust.tree import EMPTY_ROOT, Tree, verify_consistency


@dataclass
class Sequencer:
    """The own log.

    Attributes:
        realm: where it stands.
        lore: told of each own record, for a key act rules already the next one in the same commit.
        kept: the newest checkpoint that was signed, from the second place; None before the first.
        recovering: the home was made from a backup, and nothing is signed before the own log is back.
    """

    realm: Realm
    lore: KeyLore
    kept: Checkpoint | None = None
    recovering: bool = False

    def open(self) -> None:
        """Compare the log with what was signed of it, mend the static tree, sign what is not signed yet.

        Raises:
            Behind: `anchor.1`, `anchor.2`. Malformed, Unproven: the second place holds no checkpoint of ours.
            DiskFailed: `disk.1`, `store.1`.
        """
        party = self.realm.party
        self.recovering = self.realm.anchor.waiting(self.realm.domain) is not None
        data = self.realm.anchor.last(self.realm.domain, party)
        if self.recovering:
            return
        if data is not None:
            self.kept = self.realm.verify_head(party, data)
            require_above(self._tree, _head(self.kept), self.realm.origin(party))
        self.realm.writer.settle(lambda batch: batch.later("open", self._mend))
        self.realm.writer.settle(self.ask)

    def ask(self, batch: Batch) -> None:
        """Let signing follow this batch."""
        batch.later(f"sign {self.realm.domain}", self.sign)

    def last_at(self, conn: sqlite3.Connection) -> int:
        """Return the time below which nothing may be dated."""
        return archive.last_at(conn, self.realm.log(self.realm.party))

    def append(self, batch: Batch, entry: Record, signed: Envelope) -> int:
        """Put an own record at the end of the log, and return its index; signing follows the commit.

        Raises:
            Recovering: `sequencer.1`.
        """
        # 1. The log is whole: after a backup was restored, others have more of it than we.
        if self.recovering:
            raise Recovering(
                "sequencer.1",
                f"The own log in {self.realm.domain} is not back from the others yet.",
                "Keep the node running until every other party was asked; detente doctor says who is away.",
            )
        log = self.realm.log(self.realm.party)
        leaf = record.leaf(entry)
        body = Body(leaf.id, entry.kind, entry.at, envelopes.dump(signed))
        index = archive.add(batch.conn, log, leaf, body)
        self.lore.learn(self.realm.party, index, entry)
        self.ask(batch)
        return index

    def find(self, conn: sqlite3.Connection, leaf: Leaf) -> int | None:
        """Return where an own record stands, or None."""
        found = [one for one in archive.find(conn, leaf.id) if one.party == self.realm.party]
        return found[0].index if found else None

    def sign(self, conn: sqlite3.Connection) -> None:
        """Sign and publish what is durable; on the writer's thread, after a commit.

        Raises:
            Behind: `anchor.1`, `anchor.2`, `publication.1`. DiskFailed: `disk.1`.
        """
        if self.recovering:
            return
        tree = self.realm.catch_up(conn, self.realm.party)
        if self.kept is None or self.kept.size < len(tree):
            head = self._verified(tree)
            point("sign.verified")
            self._record(conn, self._signed(head))
        self._publish(conn, tree)

    @property
    def _tree(self) -> Tree:
        return self.realm.trees[self.realm.party]

    def _verified(self, tree: Tree) -> Checkpoint:
        """Return the head of the own tree, after making sure that it extends what was signed."""
        size, root = _head(self.kept) if self.kept else (0, EMPTY_ROOT)
        origin = self.realm.origin(self.realm.party)
        require_above(tree, (size, root), origin)
        head = Checkpoint(origin, len(tree), tree.root() if len(tree) else EMPTY_ROOT)
        verify_consistency(size, head.size, tree.consistency(size, head.size), root, head.root)
        return head

    def _signed(self, head: Checkpoint) -> bytes:
        keys = self.realm.own_keys("log", max(head.size - 1, 0))
        data = note.dump(checkpoint.sign(head, keys, self.realm.clock.now() // 1000))
        # Verified after signing: a faulty signature must not be the one that the second place keeps.
        checkpoint.verify(data, head.origin, [key.public for key in keys])
        point("sign.signed")
        self.realm.anchor.keep(self.realm.domain, self.realm.party, data)
        self.kept = head
        point("sign.anchored")
        return data

    def _record(self, conn: sqlite3.Connection, data: bytes) -> None:
        head = checkpoint.parse_text(note.parse(data).text)
        log = self.realm.log(self.realm.party)
        archive.set_head(conn, log, StoredHead(head.size, head.root, data, self.realm.clock.now()))
        point("sign.recorded")

    def _publish(self, conn: sqlite3.Connection, tree: Tree) -> None:
        party = self.realm.party
        shelf = self.realm.shelf(conn, party)
        if self.realm.published[party] < len(tree):
            self.realm.publication.grow(self.realm.path(party), tree, self.realm.published[party], shelf)
            self.realm.published[party] = len(tree)
        self.publish_head(conn)

    def publish_head(self, conn: sqlite3.Connection) -> None:
        """Publish the newest head, with the cosignatures that others have given it."""
        log = self.realm.log(self.realm.party)
        head = archive.head(conn, log)
        if head is not None and not self.recovering:
            merged = merge(head.note, archive.cosignatures(conn, log, head.size))
            self.realm.publication.checkpoint(self.realm.path(self.realm.party), merged)

    def _mend(self, conn: sqlite3.Connection) -> None:
        party = self.realm.party
        stored = archive.head(conn, self.realm.log(party))
        if self.kept is not None and (stored is None or stored.size < self.kept.size):
            # The crash came between the second place and the store: what was signed is the head.
            data = self.realm.anchor.last(self.realm.domain, party)
            if data is not None:
                self._record(conn, data)
        # Leaves that are durable and not signed yet are published too: their checkpoint follows at once.
        self.realm.publication.mend(self.realm.path(party), self._tree, self.realm.shelf(conn, party))
        self.realm.published[party] = len(self._tree)


def merge(data: bytes, cosigned: list[bytes]) -> bytes:
    """Return a note with the lines of other notes of the same text added, each key once."""
    base = note.parse(data)
    lines = {(one.name, one.keyid): one for one in base.signatures}
    for other in map(note.parse, cosigned):
        if other.text == base.text:
            lines = {(one.name, one.keyid): one for one in other.signatures} | lines
    ordered = list(base.signatures) + [line for line in lines.values() if line not in base.signatures]
    return note.dump(Note(base.text, tuple(ordered)))


def _head(kept: Checkpoint) -> tuple[int, bytes]:
    return kept.size, kept.root
