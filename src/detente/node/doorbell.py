"""The doorbell: tells a witness of a new head, where there is a line to it (C2SP tlog-witness).

    POST <peer>/add-checkpoint      old size, proof, head     ->  the witness's signature lines

It saves waiting for the other's next round, and nothing depends on it: a peer that only calls out, or reads a
store, gets the same head from the tree.
"""

from dataclasses import dataclass, field

import httpx

from detente.node import archive
from detente.node.archive import StoredHead
from detente.node.cosigning import Cosigner
from detente.node.errors import PeerAway
from detente.node.realm import Realm
from detente.node.source import TIMEOUT
from detente.trust import note, witness
from detente.trust.errors import DetenteError
from detente.trust.note import Note

CONFLICT = 409


@dataclass
class Doorbell:
    """Rings at others for one realm."""

    realm: Realm
    cosigner: Cosigner
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=TIMEOUT, trust_env=False))

    def ring(self, party: str, address: str) -> bool:
        """Tell a witness of the newest head; return whether it cosigned it.

        Raises:
            PeerAway: `doorbell.1`: it does not answer.
        """
        conn = self.realm.readers.conn
        log = self.realm.log(self.realm.party)
        head = archive.head(conn, log)
        known = archive.cosigned(conn, log).get(party, (0, 0))[0]
        if head is None or known >= head.size:
            return False
        answer = self._post(address, head, known)
        if answer.status_code == CONFLICT and answer.text.strip().isdigit():
            known = int(answer.text.strip())
            if known <= head.size:
                answer = self._post(address, head, known)
        if answer.status_code != httpx.codes.OK:
            return False
        return self._take(party, head, answer.content)

    def close(self) -> None:
        """Hang up."""
        self.client.close()

    def _post(self, address: str, head: StoredHead, known: int) -> httpx.Response:
        tree = self.realm.trees[self.realm.party]
        size = min(known, head.size)
        proof = _proof(tree.consistency(size, head.size), size)
        body = witness.dump(witness.Submission(size, proof, head.note))
        try:
            return self.client.post(f"{address.rstrip('/')}/add-checkpoint", content=body)
        except httpx.HTTPError as error:
            # 1. It answers.
            what = f"{address}: {type(error).__name__} {error}."
            raise PeerAway("doorbell.1", what, "Nothing is lost: the tree has the same head.") from error

    def _take(self, party: str, head: StoredHead, lines: bytes) -> bool:
        signed = note.parse(head.note)
        try:
            merged = note.dump(Note(signed.text, (*signed.signatures, *note.parse_lines(lines))))
            return self.cosigner.take(party, merged)
        except DetenteError:
            return False


def _proof(hashes: list[bytes], size: int) -> tuple[bytes, ...]:
    return tuple(hashes) if size else ()
