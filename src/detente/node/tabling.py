"""Tabling: the first of the two ways out. A draft passes the gate, is signed, and is durable in the own log.

    gate  ->  commit to the sealed values  ->  sign  ->  one transaction: leaf, body, salts, ledger

The same draft twice is success, and the same record. What the gate refuses is in the delivery ledger, with
the check and the sentence, and nothing of it is in the log.
"""

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from detente.accord import gate, solemn
from detente.accord.edition import sealed_value
from detente.accord.gate import Decision
from detente.accord.pillar import KindSpec
from detente.accord.terms import Terms
from detente.node import archive, delivery, departure, drill, roll, suspension
from detente.node.delivery import EVERYBODY, Delivery
from detente.node.draft import Clearance, Draft, Tabled
from detente.node.drill import Drill
from detente.node.errors import ClockBack, Refused
from detente.node.judge import Judge
from detente.node.realm import Realm
from detente.node.sequencer import Sequencer
from detente.node.suspension import Suspension
from detente.node.writer import Batch
from detente.trust import disclosure, envelope, record
from detente.trust.disclosure import SALT_BYTES, UNKNOWN, Disclosure
from detente.trust.errors import DetenteError, Misuse
from detente.trust.key import PrivateKey
from detente.trust.record import RECEIPT_KIND, AccordRef, Record

_REMEDY = "Mend the draft, or have the accord amended."


@dataclass
class Tabling:
    """Tables drafts in one realm.

    Attributes:
        realm: where.
        own: the own log.
        judge: what follows from the records that a draft names.
        terms: of the accord.
        clearance: of drafts that name none.
        draw: the source of randomness, for salts.
    """

    realm: Realm
    own: Sequencer
    judge: Judge
    terms: Terms
    clearance: Clearance | None = None
    draw: Callable[[int], bytes] = os.urandom

    def table(self, draft: Draft) -> Tabled:
        """Table a draft; durable when this returns.

        Raises:
            Refused: `drill.1` if a NO-DUFF stopped the exercise, `suspension.1` if the pillar rests; else at
            the gate's step. The sentence names the rule; it is in the delivery ledger.
            Malformed, TooLarge: the draft cannot be a record: `record.*`, `disclosure.*`, `tabling.2`.
            Misuse: `tabling.1`. ClockBack: `tabling.3`. DiskFailed: `store.1`.
        """
        try:
            return self.realm.writer.do(lambda batch: self.write(batch, draft))
        except _Turned as turned:
            row = turned.row
            self.realm.writer.do(lambda batch: delivery.put(batch.conn, [row]))
            raise turned.refused from None

    @property
    def drill(self) -> Drill:
        """Whether the exercise goes on."""
        return Drill(self.realm, self.judge)

    @property
    def suspension(self) -> Suspension:
        """Which pillars rest."""
        return Suspension(self.realm, self.judge)

    def write(self, batch: Batch, draft: Draft) -> Tabled:
        """Table a draft within a transaction of the caller's."""
        found = self._before(batch, draft)
        if found is not None:
            return found
        entry, opened, key = self._entry(batch.conn, draft)
        index = self.own.append(batch, entry, record.seal(entry, key))
        self._keep(batch, draft, record.record_id(entry), opened)
        return Tabled(record.record_id(entry), draft.domain, index, entry.at, again=False)

    def sketch(self, draft: Draft) -> tuple[Record, dict[str, Disclosure]]:
        """Return the record that a draft would be now, and what opens it; nothing is signed or written.

        Raises:
            As `table`.
        """
        try:
            return self._entry(self.realm.readers.conn, draft)[:2]
        except _Turned as turned:
            raise turned.refused from None

    def _entry(
        self, conn: sqlite3.Connection, draft: Draft
    ) -> tuple[Record, dict[str, Disclosure], PrivateKey]:
        at = self._now(conn)
        version = self.terms.in_force(at).accord.version
        opened = self._commit(draft, self.terms.versions[version].spec(draft.kind))
        size = archive.size(conn, self.realm.log(self.realm.party))
        key = self.realm.own_keys("record", size)[0]
        entry = Record(
            v=record.VERSION,
            domain=draft.domain,
            kind=draft.kind,
            party=self.realm.party,
            accord=AccordRef(self.realm.genesis, version),
            thread=draft.thread,
            at=at,
            nonce=draft.nonce,
            key=key.public.keyid,
            open=draft.open,
            sealed={path: one.digest for path, one in opened.items()},
        )
        self._pass_gate(entry)
        return entry, opened, key

    def _before(self, batch: Batch, draft: Draft) -> Tabled | None:
        row = batch.conn.execute(
            "SELECT id FROM tabled WHERE domain = ? AND nonce = ?", (draft.domain, draft.nonce)
        ).fetchone()
        if row is None:
            return None
        name = bytes(row[0]).hex()
        entry = _stored(batch, name)
        # 1. The same nonce is the same draft.
        if (entry.kind, entry.open, entry.thread) != (draft.kind, draft.open, draft.thread):
            raise Misuse(
                "tabling.1", "This nonce was used for another draft.", "Draw a new nonce for each draft."
            )
        place = next(one for one in archive.find(batch.conn, name) if one.party == self.realm.party)
        return Tabled(name, draft.domain, place.index, entry.at, again=True)

    def _now(self, conn: sqlite3.Connection) -> int:
        now, last = self.realm.clock.now(), self.own.last_at(conn)
        # 3. The clock has not gone back by more than the accord calls skew; times in a log never decrease.
        if now + self.terms.tempo.skew < last:
            raise ClockBack(
                "tabling.3",
                f"The clock says {now}, the log {last}.",
                "Set the clock right; nothing was written.",
            )
        return max(now, last)

    def _commit(self, draft: Draft, spec: KindSpec | None) -> dict[str, Disclosure]:
        if spec is None:
            return {}
        # 2. Each sealed value is of the type that its path has.
        for path, value in draft.values.items():
            sealed_value(spec, path, value, "tabling.2")
        salts = {path: self.draw(SALT_BYTES) for path in spec.paths}
        values = draft.values | dict.fromkeys(draft.unknown, UNKNOWN)
        return disclosure.commit_all((self.realm.party, draft.nonce), spec.paths, values, salts)

    def _pass_gate(self, entry: Record) -> None:
        for stopped, remedy in (
            (self.drill.denial(entry.kind), drill.REMEDY),
            (self.suspension.denial(entry.kind), suspension.REMEDY),
            (self.suspension.departure.own(entry.kind, entry.at), departure.REMEDY),
        ):
            if stopped is not None:
                version = entry.accord.version
                no = Decision(allowed=False, granted={}, denials=(stopped,), version=version)
                raise _Turned(entry, no, remedy)
        decision = gate.may_table(entry, self.judge.thread(entry), self.terms)
        if not decision.allowed:
            raise _Turned(entry, decision, _REMEDY)
        if solemn.needed(entry):
            roll.check(self.realm, entry)

    def _keep(self, batch: Batch, draft: Draft, name: str, opened: dict[str, Disclosure]) -> None:
        raw = bytes.fromhex(name)
        batch.conn.execute(
            "INSERT INTO tabled (domain, nonce, id) VALUES (?, ?, ?)", (draft.domain, draft.nonce, raw)
        )
        batch.conn.executemany(
            "INSERT INTO disclosure (record, path, encoded) VALUES (?, ?, ?)",
            [(raw, path, one.encoded) for path, one in opened.items()],
        )
        clearance = draft.clearance or self.clearance
        if clearance is not None and opened and draft.kind != RECEIPT_KIND:
            batch.conn.execute(
                "INSERT INTO clearance (record, basis, classification, by_path) VALUES (?, ?, ?, ?)",
                (raw, clearance.basis, clearance.classification, json.dumps(clearance.by_path)),
            )


def _stored(batch: Batch, name: str) -> Record:
    """Return an own record, from the transaction that may have written it."""
    data = archive.body(batch.conn, name)
    if data is None:
        raise Misuse("tabling.1", f"The body of {name[:16]} is not here.", "Restore the database.")
    signed = envelope.parse(data)
    return record.parse(signed.payload_type, signed.payload)


class _Turned(DetenteError):
    """Carries a refusal of the gate out of the transaction that it undoes."""

    def __init__(self, entry: Record, decision: Decision, remedy: str) -> None:
        first = decision.denials[0]
        super().__init__(first.step, first.why, remedy)
        self.refused = Refused(first.step, first.why, remedy)
        self.row = Delivery(
            domain=entry.domain,
            record=record.record_id(entry),
            audience=EVERYBODY,
            paths=(),
            state="refused",
            code=first.code,
            rule=",".join(first.clauses),
            why=f"{first.why} [{first.step} {first.code}]",
            at=entry.at,
        )
