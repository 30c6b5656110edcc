"""The dispatch: what the gate grants in one turn goes out together, in one commit under one checkpoint.

    dispatch.add(grant)          sealed; its bytes count against the budget from here on
    dispatch.spent("cn")         what waits here for cn, and is not in the ledger yet
    dispatch.go()                all of it durable, signed for once, published; the ledger's rows about it

Each release is still one act: its record, its package and the ledger's rows are kept together, or none of
them is and the others stand. Whoever decides holds one lock from the decision until `go` returns, so nothing
is decided on a ledger that lacks what waits here.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec

from detente.accord import content, cut, gate
from detente.accord.gate import Request, Spend
from detente.accord.preview import Preview
from detente.accord.standing import Standing
from detente.accord.terms import Terms
from detente.node import delivery
from detente.node.delivery import Delivery
from detente.node.draft import Draft
from detente.node.fault import point
from detente.node.question import Questions
from detente.node.realm import Realm
from detente.node.tabling import Tabling
from detente.node.writer import BATCH, Batch
from detente.trust import sealing
from detente.trust.errors import Misuse
from detente.trust.recipient import Recipient

FULL_BYTES = 8_388_608
"""So many bytes of packages are not held in memory for want of more company."""


class Grant(msgspec.Struct, frozen=True):
    """What the gate lets go.

    Attributes:
        name: id of the record.
        request: what the gate was asked.
        shown: what it decided, and the content to seal.
        standing: on which.
        key: to seal to.
    """

    name: str
    request: Request
    shown: Preview
    standing: Standing
    key: Recipient


class Parcel(msgspec.Struct, frozen=True):
    """A grant, sealed: the package, and the draft of the release that names it."""

    grant: Grant
    package: bytes
    draft: Draft


@dataclass
class Dispatch:
    """What goes out of one realm.

    Attributes:
        realm: where.
        terms: of the accord.
        questions: for what stays when something goes.
        tabling: how a release is logged.
        draw: the source of randomness.
    """

    realm: Realm
    terms: Terms
    questions: Questions
    tabling: Tabling
    draw: Callable[[int], bytes] = os.urandom
    _waiting: list[Parcel] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether what waits is enough for one commit."""
        return len(self._waiting) >= BATCH or sum(len(one.package) for one in self._waiting) >= FULL_BYTES

    def spent(self, audience: str) -> tuple[Spend, ...]:
        """Return what waits for a party, as the budget counts it."""
        return tuple(
            Spend(one.grant.request.at, len(one.package))
            for one in self._waiting
            if one.grant.request.audience == audience
        )

    def add(self, grant: Grant) -> None:
        """Seal what was granted, and let it wait. Raises Misuse: `release.2`. As `sealing.seal`."""
        request = grant.request
        context = content.context(request.record, grant.name, request.audience)
        package = sealing.seal(grant.shown.content, [grant.key], context, self.draw(32), request.at)
        # 2. What leaves is as long as what was decided on: the budget was asked about these very bytes.
        if len(package) != grant.shown.decision.bytes:
            raise Misuse(
                "release.2",
                f"{len(package)} bytes, {grant.shown.decision.bytes} decided.",
                "Fix the house.",
            )
        point("release.sealed")
        self._waiting.append(Parcel(grant, package, self._draft(grant, package)))

    def go(self) -> list[Delivery]:
        """Let everything go that waits; return the ledger's rows of it when it is published.

        Raises:
            What the first raised that could not be logged, or signed for; the others are still waited for.
        """
        parcels, self._waiting = self._waiting, []
        done = self.realm.writer.together([partial(self._log, one) for one in parcels])
        failed = [error for error in (one.exception() for one in done) if error is not None]
        if failed:
            raise failed[0]
        return [row for row in (one.result() for one in done) if row is not None]

    def _draft(self, grant: Grant, package: bytes) -> Draft:
        request, decision, standing = grant.request, grant.shown.decision, grant.standing
        clearance = request.clearance or gate.Clearance("none", "none")
        classes = self.terms.in_force(request.at).accord.parties[self.realm.party].lawful.classes
        needed = any(path in request.approved for path in decision.granted)
        act = self.questions.approvals.identifier(grant.name, request.audience) if needed else None
        open_fields = {
            "record": grant.name,
            "to": request.audience,
            "paths": sorted(decision.granted),
            "clauses": sorted({clause for ids in decision.granted.values() for clause in ids}),
            "basis": clearance.basis,
            "classification": max(map(clearance.of, decision.granted), key=classes.index),
            "blob": hashlib.sha256(package).hexdigest(),
            "bytes": len(package),
            "cut": cut.spell(standing.cut),
            "as_of": standing.as_of,
            "standing": standing.digest,
            "approval": act,
        }
        return Draft(
            kind="accord.release", open=open_fields, nonce=self.draw(16).hex(), domain=self.realm.domain
        )

    def _log(self, parcel: Parcel, batch: Batch) -> Delivery | None:
        """Log a release, keep its package and the rows about it; None if it must be decided anew."""
        grant, draft, package = parcel.grant, parcel.draft, parcel.package
        digest, audience = str(draft.open["blob"]), grant.request.audience
        # What was erased since it was decided stays here, and what an officer aborted.
        act = draft.open["approval"]
        stands = act is None or self.questions.approvals.stands(batch, grant.name, audience, act)
        if not stands or not _held(batch, grant.name) >= set(draft.open["paths"]):
            return None
        path, domain = self.realm.path(self.realm.party), self.realm.domain
        batch.later(f"package {digest}", lambda _: self.realm.publication.package(path, digest, package))
        batch.conn.execute(
            "INSERT OR IGNORE INTO package (sha256, domain, party, data) VALUES (?, ?, ?, ?)",
            (bytes.fromhex(digest), domain, self.realm.party, package),
        )
        if act is not None:
            self.tabling.write(batch, self.questions.approvals.shown(grant.name, audience))
        tabled = self.tabling.write(batch, draft)
        row = Delivery(
            domain=domain,
            record=grant.name,
            audience=audience,
            paths=tuple(draft.open["paths"]),
            state="sent",
            rule=",".join(draft.open["clauses"]),
            at=tabled.at,
            release=tabled.id,
            bytes=len(package),
        )
        self._settle(batch, grant, row)
        batch.later("release recorded", lambda _: point("release.recorded"))
        return row

    def _settle(self, batch: Batch, grant: Grant, row: Delivery) -> None:
        decision, request = grant.shown.decision, grant.request
        about = (self.realm.domain, grant.name, request.audience)
        stays = self.questions.stays(grant.name, request.audience, decision.denials, request.at)
        delivery.settle(batch.conn, about, [row, *stays], delivery.raised(about, decision.alarms, request.at))


def _held(batch: Batch, name: str) -> set[str]:
    rows = batch.conn.execute("SELECT path FROM disclosure WHERE record = ?", (bytes.fromhex(name),))
    return {str(row[0]) for row in rows}
