"""Cosigning: this node as a witness of the others' logs, and what the others have cosigned of its own.

    decide (pure)  ->  head and entries durable  ->  second place  ->  sign  ->  store  ->  publish

A cosignature says "at this second I knew no larger tree of this log", so the head is durable in both places
before it is signed, and a database restored from yesterday cannot make this witness contradict itself.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from detente.node import archive, evidence, promise
from detente.node.archive import StoredHead
from detente.node.evidence import Refusal
from detente.node.fault import point
from detente.node.realm import Realm, witness_keys
from detente.node.sequencer import Sequencer
from detente.node.source import Source
from detente.node.writer import Batch
from detente.trust import checkpoint, cosignature, misdated, note, tree
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import Contradiction, DetenteError, Fork, WrongContext
from detente.trust.misdated import Misdated
from detente.trust.note import Note, NoteKey, NoteSignature


@dataclass
class Cosigner:
    """The witness that a node is.

    Attributes:
        realm: where the logs stand.
        own: the own log, whose cosignatures are collected.
    """

    realm: Realm
    own: Sequencer

    def open(self) -> None:
        """Take up what the second place knows and the store does not, and cosign what is not cosigned yet."""
        for party in self.realm.others:
            self.realm.writer.settle(partial(self._take_up, party=party))

    def ask(self, batch: Batch, party: str) -> None:
        """Let cosigning the newest head of a party follow this batch."""
        batch.later(f"cosign {self.realm.domain} {party}", lambda conn: self._cosign(conn, party))

    def known(self, conn: sqlite3.Connection, party: str) -> Checkpoint | None:
        """Return the newest head that was accepted of a party's log."""
        head = archive.head(conn, self.realm.log(party))
        return None if head is None else Checkpoint(self.realm.origin(party), head.size, head.root)

    def accept(self, batch: Batch, party: str, data: bytes, known: Checkpoint | None) -> bool:
        """Take a head that was decided on, if the known one is still the one it was decided against."""
        if self.known(batch.conn, party) != known:
            return False
        stored = self.stored(party, data)
        archive.set_head(batch.conn, self.realm.log(party), stored)
        promise.keep(batch.conn, self.realm.log(party), stored)
        self.ask(batch, party)
        return True

    def stored(self, party: str, data: bytes) -> StoredHead:
        """Return a verified head as it is kept: with its log's own lines, and nobody else's."""
        signed = note.parse(data)
        head = checkpoint.parse_text(signed.text)
        lines = _lines_of(signed, self._log_keys(party, head.size))
        return StoredHead(head.size, head.root, note.dump(Note(signed.text, lines)), self.realm.clock.now())

    def lines(self, party: str, size: int) -> bytes | None:
        """Return our signature lines on a party's head of this size, if we gave any."""
        row = self.realm.readers.conn.execute(
            "SELECT note FROM cosignature WHERE log = ? AND witness = ? AND size = ?",
            (self.realm.log(party), self.realm.party, size),
        ).fetchone()
        if row is None:
            return None
        mine = self.realm.witness(self.realm.party)
        return note.dump_lines(one for one in note.parse(bytes(row[0])).signatures if one.name == mine)

    def collect(self, witness: str, source: Source, via: str) -> bool:
        """Fetch what a witness has cosigned of the own log; return whether it was news.

        Raises:
            PeerAway: the source cannot be asked.
        """
        path = f"{self.realm.path(self.realm.party)}/cosigned/{witness}"
        data = source.get(path)
        if data is None:
            return False
        try:
            return self.take(witness, data)
        except DetenteError as error:
            self.realm.refuse(Refusal(self.realm.domain, witness, via, "cosignature", data), error)
            return False

    def take(self, witness: str, data: bytes) -> bool:
        """Keep a cosigned head of the own log; return whether it was news.

        Raises:
            WrongContext: `cosigned.1`. Fork: `cosigned.3`. What contradicts an earlier cosignature is kept as
            evidence (`cosigned.4`), and taken. As `note.parse`, `cosignature.verify_all`.
        """
        head = self._cosigned_head(data, witness)
        log = self.realm.log(self.realm.party)
        before = archive.cosignature(self.realm.readers.conn, log, witness)
        if before is not None and before.size >= head.size:
            return False
        if before is not None:
            self._check_order(witness, before, head)
        self.realm.writer.settle(lambda batch: self._keep(batch, witness, head))
        return True

    def _cosigned_head(self, data: bytes, witness: str) -> StoredHead:
        signed = note.parse(data)
        head = checkpoint.parse_text(signed.text)
        own = self.realm.trees[self.realm.party]
        # 1. It is about the own log.
        if head.origin != self.realm.origin(self.realm.party):
            raise WrongContext("cosigned.1", f"About {head.origin[:80]!a}.", "Publish it under its own log.")
        # 2. The witness cosigned it, with every algorithm (checks `cosignature.*`).
        name = self.realm.witness(witness)
        ring = self.realm.keyrings[witness]
        revoked = frozenset[str]().union(*(span.revoked for span in ring.spans))
        keys = [key for key in witness_keys(ring, signed, name) if key.keyid not in revoked]
        seconds = cosignature.verify_all(signed, head, name, keys)
        # 3. It is a head that this log has had.
        if head.size > len(own) or (own.root(head.size) if head.size else tree.EMPTY_ROOT) != head.root:
            raise Fork(
                "cosigned.3",
                f"{witness} cosigned a head of {head.size} leaves that this log never had.",
                "If our log signed it, a key is stolen or a database was restored: inquire at once.",
            )
        # What stands beside its lines is nobody's word, and does not get into the own checkpoint.
        lines = _lines_of(signed, [cosignature.key(name, one) for one in keys])
        return StoredHead(head.size, head.root, note.dump(Note(signed.text, lines)), seconds * 1000)

    def _check_order(self, witness: str, before: StoredHead, head: StoredHead) -> None:
        """Keep two cosignatures that contradict each other; that the head is known holds all the same."""
        # 4. No larger tree was known before a second at which nothing larger was.
        if head.at >= before.at:
            return
        what = f"{witness} dated {head.size} leaves {head.at // 1000}, and {before.size} {before.at // 1000}."
        error = Contradiction("cosigned.4", what, "Show both to the others, and ask whose clock that was.")
        shown = misdated.dump(Misdated(self.realm.party, head.note, before.note))
        self.realm.refuse(Refusal(self.realm.domain, witness, witness, "misdated", shown), error)

    def _keep(self, batch: Batch, witness: str, head: StoredHead) -> None:
        archive.put_cosignature(batch.conn, self.realm.log(self.realm.party), witness, head)
        batch.later(f"head {self.realm.domain}", self.own.publish_head)

    def _take_up(self, batch: Batch, party: str) -> None:
        self.ask(batch, party)
        data = self.realm.anchor.last(self.realm.domain, party)
        if data is None:
            return
        kept = checkpoint.parse_text(note.parse(data).text)
        known = self.known(batch.conn, party)
        if known is None or known.size < kept.size:
            stored = self.stored(party, data)
            archive.set_head(batch.conn, self.realm.log(party), stored)
            promise.keep(batch.conn, self.realm.log(party), stored)

    def _cosign(self, conn: sqlite3.Connection, party: str) -> None:
        log = self.realm.log(party)
        head = archive.head(conn, log)
        size, last = archive.cosigned(conn, log).get(self.realm.party, (-1, 0))
        if head is None or evidence.forked(conn, log) or self.own.recovering:
            return
        if size < head.size:
            self._sign(conn, party, head, last)
        row = conn.execute(
            "SELECT note FROM cosignature WHERE log = ? AND witness = ?", (log, self.realm.party)
        ).fetchone()
        self.realm.publication.cosigned(self.realm.path(party), self.realm.party, bytes(row[0]))

    def _sign(self, conn: sqlite3.Connection, party: str, head: StoredHead, last: int) -> None:
        self.realm.anchor.keep(self.realm.domain, party, head.note)
        point("witness.anchored")
        origin, mine = self.realm.origin(party), self.realm.witness(self.realm.party)
        # Never before what was stated last: a clock that was set back must not make a liar of this witness.
        at = max(self.realm.clock.now(), last)
        which = Checkpoint(origin, head.size, head.root)
        lines = [
            cosignature.sign(which, mine, key, at // 1000)
            for key in self.realm.own_keys("witness", len(self.realm.trees[self.realm.party]))
        ]
        theirs = _lines_of(note.parse(head.note), self._log_keys(party, head.size))
        data = note.dump(Note(which.text, (*theirs, *lines)))
        archive.put_cosignature(
            conn, self.realm.log(party), self.realm.party, StoredHead(head.size, head.root, data, at)
        )
        point("witness.recorded")

    def _log_keys(self, party: str, size: int) -> list[NoteKey]:
        """Return a log's keys as of a position, whatever has expired since: its head was verified before."""
        charter = self.realm.keyrings[party].charter(max(size - 1, 0))
        return [checkpoint.key(self.realm.origin(party), one) for one in charter.public_keys("log")]


def _lines_of(signed: Note, keys: Iterable[NoteKey]) -> tuple[NoteSignature, ...]:
    """Return the lines of these keys: of lines that nobody verified a note may hold many."""
    found = (note.find(signed, key) for key in keys)
    return tuple(one for one in found if one is not None)
