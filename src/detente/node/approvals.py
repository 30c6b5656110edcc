"""Approvals: what officers have signed, for releases that a clause puts `by: officer`.

    act(entry, "9f…", "cn")            lays an act before them: exactly the bytes that they read and sign
    keep(entry, "9f…", "cn", signed)   kept if enough of them signed that very act
    approved(entry, "9f…", "cn")       the paths that it covers, for as long as it counts

No node holds an officer's key: it hands out the act, and checks what comes back. Where the accord gives
officers time to read, that runs from a logged statement that the act was laid before them (`accord.lay`);
what they sign sooner is kept, and counts from then on.
"""

import base64
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from detente.accord import approval
from detente.accord.acts import APPROVE, LAY
from detente.accord.approval import ReleaseAct
from detente.accord.gate import Denial
from detente.accord.terms import Terms
from detente.node import drill, laid
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.evidence import Refusal
from detente.node.laid import Laid
from detente.node.realm import Realm
from detente.node.tabling import Tabling
from detente.node.writer import Batch
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE, Envelope
from detente.trust.errors import DetenteError
from detente.trust.record import AccordRef, Record

LIFE = 24 * 3_600_000
"""How long the signatures on an act that this node hands out may count, in milliseconds, once it was read."""


@dataclass
class Approvals:
    """The approvals of one realm.

    Attributes:
        realm: where they are kept.
        terms: of the accord.
        tabling: how it is logged that an act was laid before officers.
        kept: records about which one was kept or aborted, and that were not decided again since.
        draw: the source of randomness.
    """

    realm: Realm
    terms: Terms
    tabling: Tabling
    kept: set[str] = field(default_factory=set)
    draw: Callable[[int], bytes] = os.urandom

    def act(self, entry: Record, name: str, audience: str, paths: tuple[str, ...] = ()) -> bytes:
        """Lay an act before officers, and return exactly the bytes that they sign (`accord.approval`).

        No paths means all. Asked again, it is the same act while half of its life is left, so that the time
        to read does not begin anew. Raises Refused: `drill.1`: a NO-DUFF stopped the exercise.
        """
        asked = self._asked(entry, name, audience, paths or tuple(sorted(entry.sealed)))
        stopped = self.tabling.drill.denial(LAY) if self._reading(asked) else None
        if stopped is not None:
            raise Refused(stopped.step, stopped.why, drill.REMEDY)
        return approval.dump(self.realm.writer.settle(lambda batch: self._lay(batch, asked)).act)

    def keep(self, entry: Record, name: str, audience: str, signed: bytes) -> None:
        """Keep the officers' signatures on an act, if they count now or will; else as evidence.

        Raises:
            As `envelope.parse`, `approval.verify`, `approval.check`. WrongContext: `laid.2`: this node never
            laid it before them. NotValidThen: `approval.6`: one of them aborted it.
        """
        try:
            # What is signed before there was time to read it is kept, and counts from then on.
            act = self._verified(signed, early=True)
            self._check(act, entry, name, audience)
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
            self._check(act, entry, name, audience)
        except DetenteError:
            return frozenset()
        return frozenset(act.paths)

    def explained(self, name: str, audience: str, denials: Iterable[Denial]) -> list[Denial]:
        """Return denials; where officers have approved and are given time to read, with when that is over."""
        found, signed = list(denials), self._stored(name, audience)
        if signed is None or not any(one.code == "officer" for one in found):
            return found
        try:
            self._verified(signed)
        except DetenteError as error:
            known = self._known(envelope.parse(signed))
            if error.step == "approval.5" and known is not None:
                return [_until(one, known) for one in found]
        return found

    def shown(self, name: str, audience: str) -> Draft:
        """Return the draft that logs the officers' act, so that everybody can check it."""
        signed = self._stored(name, audience) or b""
        act = _named(envelope.parse(signed))
        text = base64.urlsafe_b64encode(signed).decode().rstrip("=")
        return Draft(
            kind=APPROVE,
            open={"act": act, "answer": "approve", "approval": text},
            nonce=hashlib.sha256(signed).hexdigest()[:32],
            domain=self.realm.domain,
        )

    def identifier(self, name: str, audience: str) -> str | None:
        """Return the id of the act that is kept, or None."""
        signed = self._stored(name, audience)
        return None if signed is None else _named(envelope.parse(signed))

    def stands(self, batch: Batch, name: str, audience: str, act: str) -> bool:
        """Tell, in a transaction, whether an act is still the one that is kept, and nobody aborted it."""
        known = laid.of(batch.conn, self.realm.domain, act)
        return known is not None and not known.aborted and self.identifier(name, audience) == act

    def _lay(self, batch: Batch, asked: ReleaseAct) -> Laid:
        domain, conn = self.realm.domain, batch.conn
        for old in laid.about(conn, domain, asked.record, asked.to):
            alike = (old.act.accord, old.act.paths) == (asked.accord, asked.paths)
            if alike and not old.aborted and asked.at < old.act.expires - LIFE // 2:
                return old
        reading = self._reading(asked)
        made = msgspec.structs.replace(asked, expires=asked.at + reading + LIFE, nonce=self.draw(16).hex())
        name, at = approval.act_id(made), made.at
        if reading:
            # The time to read runs by the log, so that whoever has it can count it again.
            told = Draft(kind=LAY, open={"act": name}, nonce=name[:32], domain=domain)
            at = self.tabling.write(batch, told).at
        one = Laid(id=name, domain=domain, act=made, at=at, ready=at + reading)
        laid.put(conn, one)
        return one

    def _reading(self, act: ReleaseAct) -> int:
        return self.terms.versions[act.accord.version].reading

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
            nonce="",
        )

    def _verified(self, signed: bytes, at: int | None = None, *, early: bool = False) -> ReleaseAct:
        """Return the act if it counts at a time, now unless told; `early` asks when it was to be read."""
        received, size = envelope.parse(signed), len(self.realm.trees[self.realm.party])
        ring, known = self.realm.keyrings[self.realm.party], self._known(received)
        # By whoever may sign now: an approval opens the future, so a key revoked since counts no more.
        now = self.realm.clock.now() if at is None else at
        if known is not None and early:
            now = max(now, known.ready)
        course = None if known is None else known.course
        return approval.verify(received, ring.charter(size), now, ring.revoked(size), course)

    def _check(self, act: ReleaseAct, entry: Record, name: str, audience: str) -> None:
        """Check that an act is about this release, and was laid before officers here."""
        approval.check(act, self._asked(entry, name, audience, act.paths))
        laid.require(self.realm.readers.conn, self.realm.domain, approval.act_id(act))

    def _known(self, received: Envelope) -> Laid | None:
        return laid.of(self.realm.readers.conn, self.realm.domain, _named(received))

    def _stored(self, name: str, audience: str) -> bytes | None:
        row = self.realm.readers.conn.execute(
            "SELECT act FROM approval WHERE domain = ? AND record = ? AND audience = ?",
            (self.realm.domain, bytes.fromhex(name), audience),
        ).fetchone()
        return None if row is None else bytes(row[0])


def _named(received: Envelope) -> str:
    """The id of what was signed, whoever signed it."""
    return envelope.statement_id(ACT_TYPE, received.payload)


def _until(denial: Denial, known: Laid) -> Denial:
    """A denial for want of an officer, of what officers approved before there was time to read it."""
    if denial.code != "officer" or denial.path not in known.act.paths:
        return denial
    why = f"Officers approved it; by their time to read it goes from {known.ready} on."
    return Denial("approval.5", "reading", why, denial.path, denial.clauses, until=known.ready)
