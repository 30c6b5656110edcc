"""Releasing: the second way out. Sealed values of an own record go to one party, as the gate lets them.

    gate at a named cut  ->  package of exactly those disclosures  ->  sealed to the party's announced key
    ->  one transaction: `accord.release` in the own log, the package, the ledger  ->  published

The release record names the package by its digest, so what was sent can be neither denied nor exchanged. For
every value that does not go, the ledger has the check that took it away.
"""

import hashlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

import msgspec

from detente.accord import content, cut, gate, preview
from detente.accord.gate import Decision, Request
from detente.accord.pillar import Statement
from detente.accord.preview import Preview
from detente.accord.standing import Incomplete, Standing
from detente.accord.terms import Terms
from detente.node import delivery, keysafe
from detente.node.approvals import Approvals
from detente.node.delivery import STATES, Delivery
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.fault import point
from detente.node.judge import Judge
from detente.node.keysafe import KeySafe
from detente.node.realm import Realm
from detente.node.reckoning import Reckoning
from detente.node.tabling import Tabling
from detente.node.writer import Batch
from detente.trust import sealing
from detente.trust.errors import DetenteError, Misuse, NotValidThen
from detente.trust.record import Record

REGROUND = 3_600_000
"""After so long, in milliseconds, everything is decided anew: sunsets pass, budgets fill up again."""


@dataclass
class Releasing:
    """Releases in one realm.

    Attributes:
        realm: where.
        terms: of the accord.
        judge: what follows from the record.
        reckoning: standing at the cut.
        tabling: how the release is logged.
        keysafe: to whose key it is sealed.
        approvals: what officers have signed.
        draw: the source of randomness.
    """

    realm: Realm
    terms: Terms
    judge: Judge
    reckoning: Reckoning
    tabling: Tabling
    keysafe: KeySafe
    approvals: Approvals
    draw: Callable[[int], bytes] = os.urandom
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _noting: list[Future[None]] = field(default_factory=list)
    _decided: dict[str, bytes] = field(default_factory=dict)

    def release(self, name: str, audience: str) -> tuple[Delivery, ...]:
        """Decide on all sealed values of an own record towards one party; release those that may go.

        Returns the ledger's rows about them.

        Raises:
            NoSuchThing: `release.1`: no own record of this name is held.
        """
        entry = self._own(name)
        try:
            standing = self.reckoning.at(self.realm.clock.now())
        except Incomplete as error:
            self._note(entry, name, audience, [_waiting("incomplete", error)])
        else:
            self._decide(entry, name, audience, standing)
        self._flush()
        return tuple(
            row
            for row in delivery.read(self.realm.readers.conn, self.realm.domain, name)
            if row.audience == audience
        )

    def release_due(self) -> tuple[Delivery, ...]:
        """Decide on every own record with sealed values, towards every party; return what went out now."""
        try:
            standing = self.reckoning.at(self.realm.clock.now())
        except Incomplete:
            return ()
        sent: list[Delivery] = []
        ground = self._ground(standing)
        for name in self._unfinished():
            # What was decided on the same ground is not decided again: a round costs what is new.
            if self._decided.get(name) != ground:
                for audience in self.realm.others:
                    sent += self._decide(self.judge.library[name], name, audience, standing)
                self._decided[name] = ground
        self._flush()
        return tuple(sent)

    def open(self) -> None:
        """Publish again what is durable and was not published before a crash."""
        self.realm.writer.settle(lambda batch: batch.later("packages", self._mend))

    def _mend(self, conn: sqlite3.Connection) -> None:
        path = self.realm.path(self.realm.party)
        rows = conn.execute("SELECT sha256, data FROM package WHERE domain = ?", (self.realm.domain,))
        for digest, data in rows:
            self.realm.publication.package(path, bytes(digest).hex(), bytes(data))

    def act(self, name: str, audience: str, paths: tuple[str, ...] = ()) -> bytes:
        """Return the bytes that officers sign to approve a release. Raises NoSuchThing: `release.1`."""
        return self.approvals.act(self._own(name), name, audience, paths)

    def approve(self, name: str, audience: str, signed: bytes) -> None:
        """Keep officers' signatures on an act. Raises NoSuchThing: `release.1`; as `Approvals.keep`."""
        self.approvals.keep(self._own(name), name, audience, signed)

    def _decide(self, entry: Record, name: str, audience: str, standing: Standing) -> list[Delivery]:
        with self._lock:
            return self._decide_alone(entry, name, audience, standing)

    def _decide_alone(self, entry: Record, name: str, audience: str, standing: Standing) -> list[Delivery]:
        request = self._request(entry, name, audience, standing)
        if request is None:
            return []
        shown = preview.show(request, self._disclosures(name), self.terms)
        decision = shown.decision
        denials = [_denied(one.code, one.step, one.why, one.path, one.clauses) for one in decision.denials]
        if not decision.allowed:
            self._note(entry, name, audience, denials)
            return []
        try:
            return self._send(request, shown, name, standing, denials)
        except NotValidThen as error:
            self._note(entry, name, audience, [_waiting("no-key", error)])
            return []

    def _request(self, entry: Record, name: str, audience: str, standing: Standing) -> Request | None:
        conn, now = self.realm.readers.conn, self.realm.clock.now()
        said = self.judge.said(name).facts
        already = delivery.sent_paths(conn, self.realm.domain, name, audience)
        opened = self._disclosures(name)
        # Of what was erased there is nothing to release; its row in the ledger says so.
        paths = tuple(sorted((entry.sealed.keys() & opened.keys()) - already))
        if not isinstance(said, Statement) or not paths:
            return None
        version = self.terms.in_force(now)
        return Request(
            record=entry,
            said=said,
            audience=audience,
            standing=self.terms.view(standing, version),
            at=now,
            sizes={path: len(encoded) for path, encoded in opened.items()},
            paths=paths,
            clearance=self._clearance(name),
            approved=self.approvals.approved(entry, name, audience),
            spent=delivery.spends(conn, self.realm.domain, audience, now - version.outflow_period),
        )

    def _send(
        self, request: Request, shown: Preview, name: str, standing: Standing, denials: list[Delivery]
    ) -> list[Delivery]:
        decision = shown.decision
        to = self.keysafe.newest(request.audience, request.at)
        context = content.context(request.record, name, request.audience)
        package = sealing.seal(shown.content, [to], context, self.draw(32), request.at)
        # 2. What leaves is as long as what was decided on: the budget was asked about these very bytes.
        if len(package) != decision.bytes:
            raise Misuse("release.2", f"{len(package)} bytes, {decision.bytes} decided.", "Fix the house.")
        point("release.sealed")
        draft = self._draft(request, decision, name, (package, standing))
        sent = self.realm.writer.settle(lambda batch: self._log(batch, draft, request, decision, package))
        self._note(request.record, name, request.audience, denials)
        return sent

    def _draft(self, request: Request, decision: Decision, name: str, made: tuple[bytes, Standing]) -> Draft:
        package, standing = made
        clearance = request.clearance or gate.Clearance("none", "none")
        needed = any(path in request.approved for path in decision.granted)
        open_fields = {
            "record": name,
            "to": request.audience,
            "paths": sorted(decision.granted),
            "clauses": sorted({clause for ids in decision.granted.values() for clause in ids}),
            "basis": clearance.basis,
            "classification": clearance.classification,
            "blob": hashlib.sha256(package).hexdigest(),
            "bytes": len(package),
            "cut": hashlib.sha256(cut.dump(standing.cut)).hexdigest(),
            "approval": self.approvals.identifier(name, request.audience) if needed else None,
        }
        return Draft(
            kind="accord.release", open=open_fields, nonce=self.draw(16).hex(), domain=self.realm.domain
        )

    def _log(
        self, batch: Batch, draft: Draft, request: Request, decision: Decision, package: bytes
    ) -> list[Delivery]:
        digest = str(draft.open["blob"])
        path = self.realm.path(self.realm.party)
        batch.later(f"package {digest}", lambda _: self.realm.publication.package(path, digest, package))
        batch.conn.execute(
            "INSERT OR IGNORE INTO package (sha256, domain, party, data) VALUES (?, ?, ?, ?)",
            (bytes.fromhex(digest), self.realm.domain, self.realm.party, package),
        )
        tabled = self.tabling.write(batch, draft)
        rows = [
            Delivery(
                domain=self.realm.domain,
                record=str(draft.open["record"]),
                audience=request.audience,
                path=one,
                state="sent",
                rule=",".join(decision.granted[one]),
                at=tabled.at,
                release=tabled.id,
                bytes=len(package),
            )
            for one in sorted(decision.granted)
        ]
        delivery.put(batch.conn, rows)
        batch.later("release recorded", lambda _: point("release.recorded"))
        return rows

    def _note(self, entry: Record, name: str, audience: str, rows: list[Delivery]) -> None:
        at = self.realm.clock.now()
        known = {
            (row.audience, row.path): row
            for row in delivery.read(self.realm.readers.conn, entry.domain, name)
        }
        new = []
        for row in rows:
            whole = _placed(row, entry, name, audience, at)
            old = known.get((audience, row.path))
            if old is None or (old.state, old.rule, old.why) != (whole.state, whole.rule, whole.why):
                new.append(whole)
        if new:
            self._noting.append(self.realm.writer.submit(lambda batch: delivery.put(batch.conn, new)))

    def _flush(self) -> None:
        """Wait until what was noted is durable: many notes share a commit."""
        waiting, self._noting = self._noting, []
        for one in waiting:
            one.result()

    def _ground(self, standing: Standing) -> bytes:
        """Return a digest of all that a decision rests on, but for the record: it changes when one might."""
        now = self.realm.clock.now()
        keys = self.realm.readers.conn.execute(
            "SELECT count(*) FROM body WHERE kind = ?", (keysafe.KIND,)
        ).fetchone()
        version = self.terms.in_force(now).accord.version
        parts = (standing.counts, self.approvals.count, int(keys[0]), version, now // REGROUND)
        return hashlib.sha256(msgspec.json.encode(parts)).digest()

    def _own(self, name: str) -> Record:
        entry = self.judge.library.get(name)
        # 1. It is an own record of this domain.
        if entry is None or (entry.party, entry.domain) != (self.realm.party, self.realm.domain):
            raise NoSuchThing("release.1", f"{name[:16]} is no own record.", "Name a record of this party.")
        return entry

    def _unfinished(self) -> Iterator[str]:
        rows = self.realm.readers.conn.execute(
            "SELECT DISTINCT d.record FROM disclosure d JOIN entry e ON e.id = d.record"
            " WHERE e.log = ? ORDER BY e.idx",
            (self.realm.log(self.realm.party),),
        ).fetchall()
        return (bytes(row[0]).hex() for row in rows)

    def _disclosures(self, name: str) -> dict[str, str]:
        rows = self.realm.readers.conn.execute(
            "SELECT path, encoded FROM disclosure WHERE record = ?", (bytes.fromhex(name),)
        )
        return {str(path): str(encoded) for path, encoded in rows}

    def _clearance(self, name: str) -> gate.Clearance | None:
        row = self.realm.readers.conn.execute(
            "SELECT basis, classification FROM clearance WHERE record = ?", (bytes.fromhex(name),)
        ).fetchone()
        return None if row is None else gate.Clearance(str(row[0]), str(row[1]))


def _denied(code: str, step: str, why: str, path: str, clauses: tuple[str, ...]) -> Delivery:
    return Delivery(
        domain="live",
        record="",
        audience="",
        path=path,
        state=STATES.get(code, "not-eligible"),
        rule=",".join(clauses),
        why=f"{why} [{step} {code}]",
    )


def _waiting(code: str, error: DetenteError) -> Delivery:
    return _denied(code, error.step, error.what, "", ())


def _placed(row: Delivery, entry: Record, name: str, audience: str, at: int) -> Delivery:
    return Delivery(
        domain=entry.domain,
        record=name,
        audience=audience,
        path=row.path,
        state=row.state,
        rule=row.rule,
        why=row.why,
        at=at,
    )
