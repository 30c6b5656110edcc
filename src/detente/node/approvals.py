"""Approvals: what officers have signed, for releases that a clause puts `by: officer`.

    act(entry, "9f…", "cn")            exactly the bytes that they sign, and read before they do
    keep(entry, "9f…", "cn", signed)   kept if enough of them signed that very act
    approved(entry, "9f…", "cn")       the paths that it covers, for as long as it counts

No node holds an officer's key: it hands out the act, and checks what comes back.
"""

import base64
import hashlib
from dataclasses import dataclass, field

from detente.accord import approval
from detente.accord.approval import ReleaseAct
from detente.accord.terms import Terms
from detente.node.draft import Draft
from detente.node.evidence import Refusal
from detente.node.realm import Realm
from detente.trust import envelope
from detente.trust.errors import DetenteError
from detente.trust.record import AccordRef, Record

LIFE = 24 * 3_600_000
"""How long the signatures on an act that this node hands out may count, in milliseconds."""


@dataclass
class Approvals:
    """The approvals of one realm.

    Attributes:
        realm: where they are kept.
        terms: of the accord.
        kept: records about which one was kept, and that were not decided again since.
    """

    realm: Realm
    terms: Terms
    kept: set[str] = field(default_factory=set)

    def act(self, entry: Record, name: str, audience: str, paths: tuple[str, ...] = ()) -> bytes:
        """Return exactly the bytes that officers sign (`accord.approval`); no paths means all."""
        return approval.dump(self._asked(entry, name, audience, paths or tuple(sorted(entry.sealed))))

    def keep(self, entry: Record, name: str, audience: str, signed: bytes) -> None:
        """Keep the officers' signatures on an act, after making sure that they count; else as evidence.

        Raises:
            As `envelope.parse`, `approval.verify`, `approval.check`.
        """
        try:
            act = self._verified(signed)
            approval.check(act, self._asked(entry, name, audience, act.paths))
        except DetenteError as error:
            realm = self.realm
            realm.refuse(Refusal(realm.domain, realm.party, realm.party, "approval", signed), error)
            raise
        row = (self.realm.domain, bytes.fromhex(name), audience, signed)
        self.realm.writer.do(
            lambda batch: (
                batch.conn.execute(
                    "INSERT OR REPLACE INTO approval (domain, record, audience, act) VALUES (?, ?, ?, ?)", row
                ).rowcount
            )
        )
        self.kept.add(name)

    def approved(self, entry: Record, name: str, audience: str, at: int) -> frozenset[str]:
        """Return the paths of a record that officers let go to a party, by an act that counts at a time."""
        signed = self._stored(name, audience)
        if signed is None:
            return frozenset()
        try:
            act = self._verified(signed, at)
            approval.check(act, self._asked(entry, name, audience, act.paths))
        except DetenteError:
            return frozenset()
        return frozenset(act.paths)

    def shown(self, name: str, audience: str) -> Draft:
        """Return the draft that logs the officers' act, so that everybody can check it."""
        signed = self._stored(name, audience) or b""
        act = approval.act_id(self._verified(signed))
        text = base64.urlsafe_b64encode(signed).decode().rstrip("=")
        return Draft(
            kind="accord.approve",
            open={"act": act, "answer": "approve", "approval": text},
            nonce=hashlib.sha256(signed).hexdigest()[:32],
            domain=self.realm.domain,
        )

    def identifier(self, name: str, audience: str) -> str | None:
        """Return the id of the act that is kept, or None."""
        signed = self._stored(name, audience)
        return None if signed is None else approval.act_id(self._verified(signed))

    def _asked(self, entry: Record, name: str, audience: str, paths: tuple[str, ...]) -> ReleaseAct:
        now = self.realm.clock.now()
        return ReleaseAct(
            v=1,
            act="accord.release",
            accord=AccordRef(self.realm.genesis, self.terms.in_force(now).accord.version),
            domain=entry.domain,
            party=self.realm.party,
            record=name,
            to=audience,
            paths=tuple(sorted(paths)),
            at=now,
            expires=now + LIFE,
        )

    def _verified(self, signed: bytes, at: int | None = None) -> ReleaseAct:
        size = len(self.realm.trees[self.realm.party])
        ring = self.realm.keyrings[self.realm.party]
        # By whoever may sign now: an approval opens the future, so a key revoked since counts no more.
        now = self.realm.clock.now() if at is None else at
        return approval.verify(envelope.parse(signed), ring.charter(size), now, ring.revoked(size))

    def _stored(self, name: str, audience: str) -> bytes | None:
        row = self.realm.readers.conn.execute(
            "SELECT act FROM approval WHERE domain = ? AND record = ? AND audience = ?",
            (self.realm.domain, bytes.fromhex(name), audience),
        ).fetchone()
        return None if row is None else bytes(row[0])
