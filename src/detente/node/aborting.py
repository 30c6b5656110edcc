"""Aborting: one officer stops what was laid before them, until all of it has gone. It is final.

    aborting.act("9f…", "doubt")     exactly the bytes that one officer signs
    aborting.abort(signed)           logged as `accord.abort`; the act is executed no more

What went before stays gone, and is said. Whoever still wants the release has a new act laid before officers,
under a new id and with its whole time to read; that too one of them may abort.
"""

import base64
from dataclasses import dataclass

from detente.accord import abort
from detente.accord.abort import AbortAct
from detente.accord.acts import ABORT, AbortReason
from detente.node import archive, laid
from detente.node.approvals import Approvals
from detente.node.draft import Draft, Tabled
from detente.node.evidence import Refusal
from detente.node.laid import Laid
from detente.node.realm import Realm
from detente.node.tabling import Tabling
from detente.node.writer import Batch
from detente.trust import envelope, record
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import DetenteError, NotValidThen


@dataclass(frozen=True)
class Aborting:
    """Aborts in one realm."""

    realm: Realm
    tabling: Tabling
    approvals: Approvals

    def waiting(self) -> tuple[Laid, ...]:
        """Return what lies before officers now, oldest first."""
        return laid.waiting(self.realm.readers.conn, self.realm.domain, self.realm.clock.now())

    def act(self, target: str, reason: AbortReason) -> bytes:
        """Return exactly the bytes that one officer signs to abort an act. Raises as `laid.require`."""
        realm = self.realm
        known = laid.require(realm.readers.conn, realm.domain, target)
        return abort.dump(
            AbortAct(
                v=1,
                act="accord.abort",
                genesis=realm.genesis,
                domain=realm.domain,
                party=realm.party,
                aborts=known.id,
                reason=reason,
            )
        )

    def abort(self, signed: bytes) -> Tabled:
        """Log an abort that an officer signed; once more is success, and the same record.

        Raises:
            As `envelope.parse`, `abort.verify`. WrongContext: `laid.2`. NotValidThen: `aborting.1`: all of it
            has gone. What is refused is kept as evidence.
        """
        realm = self.realm
        try:
            act = self._verified(signed)
            tabled = realm.writer.settle(lambda batch: self._log(batch, act, signed))
        except DetenteError as error:
            realm.refuse(Refusal(realm.domain, realm.party, realm.party, "approval", signed), error)
            raise
        self.approvals.kept.add(laid.require(realm.readers.conn, realm.domain, act.aborts).act.record)
        return tabled

    def _verified(self, signed: bytes) -> AbortAct:
        realm = self.realm
        received, size = envelope.parse(signed), len(realm.trees[realm.party])
        ring, now = realm.keyrings[realm.party], realm.clock.now()
        return abort.verify(received, ring.charter(size), now, ring.revoked(size), genesis=realm.genesis)

    def _log(self, batch: Batch, act: AbortAct, signed: bytes) -> Tabled:
        known = laid.require(batch.conn, self.realm.domain, act.aborts)
        if known.aborted:
            return self._again(batch, known)
        # 1. Something of it has not gone yet: no abort calls anything back.
        if not laid.left(batch.conn, known):
            what = f"All that the act {known.id[:16]} lets go has gone; nothing is left to abort."
            raise NotValidThen("aborting.1", what, "Ask the others to destroy it: detente record erase.")
        name = envelope.statement_id(ACT_TYPE, abort.dump(act))
        text = base64.urlsafe_b64encode(signed).decode().rstrip("=")
        said = {"act": act.aborts, "reason": act.reason, "approval": text}
        draft = Draft(kind=ABORT, open=said, nonce=name[:32], domain=self.realm.domain)
        tabled = self.tabling.write(batch, draft)
        laid.abort(batch.conn, known.id, tabled.id)
        return tabled

    def _again(self, batch: Batch, known: Laid) -> Tabled:
        """The record by which it was aborted before."""
        place = next(one for one in archive.find(batch.conn, known.aborted) if one.party == self.realm.party)
        stored = envelope.parse(archive.body(batch.conn, known.aborted) or b"")
        entry = record.parse(stored.payload_type, stored.payload)
        return Tabled(known.aborted, self.realm.domain, place.index, entry.at, again=True)
