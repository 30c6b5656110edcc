"""The doorbell: tells a witness of a new head, where there is a line to it (C2SP tlog-witness).

    POST <peer>/add-checkpoint      old size, proof, head     ->  the witness's signature lines

It saves waiting for the other's next round, and nothing depends on it: a peer that only calls out, or reads a
store, gets the same head from the tree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from detente.node import archive
from detente.node.archive import StoredHead
from detente.node.connection import Answer
from detente.node.cosigning import Cosigner
from detente.node.line import Line
from detente.node.realm import Realm
from detente.trust import note, witness
from detente.trust.errors import DetenteError
from detente.trust.note import Note

CONFLICT = 409


@dataclass
class Doorbell:
    """Rings at others for one realm.

    Attributes:
        realm: whose head is told.
        cosigner: takes the signature lines that come back.
        lines: party to the line on which it is asked; a line of our own where there is none.
    """

    realm: Realm
    cosigner: Cosigner
    lines: Mapping[str, Line] = field(default_factory=dict)

    def ring(self, party: str, address: str) -> bool:
        """Tell a witness of the newest head; return whether it cosigned it.

        Raises:
            PeerAway: as `Line.ask`: it does not answer.
        """
        head, known = self._newest(party)
        if head is None or known >= head.size:
            return False
        answer = self._post(party, address, (head, known))
        if answer.status == CONFLICT and answer.body.strip().isdigit():
            known = int(answer.body)
            if known <= head.size:
                answer = self._post(party, address, (head, known))
        return answer.status == HTTPStatus.OK and self._take(party, head, answer.body)

    def owed(self, party: str) -> int:
        """Return the size of the newest head if a witness has not cosigned it, else 0."""
        head, known = self._newest(party)
        return head.size if head is not None and known < head.size else 0

    def _newest(self, party: str) -> tuple[StoredHead | None, int]:
        """Return the own newest head, and how much of the log a witness has cosigned."""
        conn = self.realm.readers.conn
        log = self.realm.log(self.realm.party)
        return archive.head(conn, log), archive.cosigned(conn, log).get(party, (0, 0))[0]

    def _post(self, party: str, address: str, which: tuple[StoredHead, int]) -> Answer:
        head, known = which
        tree = self.realm.trees[self.realm.party]
        size = min(known, head.size)
        proof = _proof(tree.consistency(size, head.size), size)
        body = witness.dump(witness.Submission(size, proof, head.note))
        line = self.lines.get(party) or Line()
        return line.ask("POST", f"{address.rstrip('/')}/add-checkpoint", note.MAX_BYTES, body)

    def _take(self, party: str, head: StoredHead, lines: bytes) -> bool:
        signed = note.parse(head.note)
        try:
            merged = note.dump(Note(signed.text, (*signed.signatures, *note.parse_lines(lines))))
            return self.cosigner.take(party, merged)
        except DetenteError:
            return False


def _proof(hashes: list[bytes], size: int) -> tuple[bytes, ...]:
    return tuple(hashes) if size else ()
