"""Releasing: the second way out. Sealed values of an own record go to one party, as the gate lets them.

    gate at a named cut  ->  package of exactly those disclosures  ->  sealed to the party's announced key
    ->  dispatched: `accord.release` in the own log, the package, the ledger, all at once  ->  published

The release record names the package by its digest, so what was sent can be neither denied nor exchanged. For
every value that does not go, the ledger has the check that took it away.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from detente.accord import gate, preview
from detente.accord.gate import Decision, Denial, Request, Warned
from detente.accord.preview import Preview
from detente.accord.rule import Leaf
from detente.accord.standing import Incomplete, Standing
from detente.accord.terms import Terms
from detente.node import delivery, drill
from detente.node.delivery import Alarm, Delivery
from detente.node.dispatch import Dispatch, Grant
from detente.node.errors import Refused
from detente.node.ground import Ground
from detente.node.keysafe import KeySafe
from detente.node.question import Questions
from detente.node.realm import Realm
from detente.node.reckoning import Reckoning
from detente.node.tabling import Tabling
from detente.trust.errors import NotValidThen
from detente.trust.recipient import Recipient

Going: TypeAlias = Callable[[], bool]
"""Whether to go on with what can as well be done the next time."""


class Would(msgspec.Struct, frozen=True, kw_only=True):
    """What one party would get now, if it were released now: the dry run of one release.

    Attributes:
        audience: the party.
        content: exactly what would be sealed for it, as the text of its UTF-8; empty if nothing would go.
        bytes: exact length of the sealed package; 0 if nothing would go.
        paths: what would go, sorted.
        stays: the ledger's rows about what would not, and about what went before.
    """

    audience: str
    content: str
    bytes: int
    paths: tuple[str, ...]
    stays: tuple[Delivery, ...]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One clause that speaks of a record and a party, leaf by leaf.

    Attributes:
        clause: its id.
        fields: the sealed paths that it grants.
        by: `officer` or `node`.
        leaves: each of its conditions, what that was found to be, and what it read; none if it has none.
    """

    clause: str
    fields: tuple[str, ...]
    by: str
    leaves: tuple[Leaf, ...]


@dataclass
class Releasing:
    """Releases in one realm.

    Attributes:
        realm: where.
        terms: of the accord.
        questions: what the gate is asked.
        reckoning: standing at the cut.
        tabling: how the release is logged.
        keysafe: to whose key it is sealed.
    """

    realm: Realm
    terms: Terms
    questions: Questions
    reckoning: Reckoning
    tabling: Tabling
    keysafe: KeySafe
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _noting: list[Future[None]] = field(default_factory=list)
    _ground: Ground = field(init=False)
    _dispatch: Dispatch = field(init=False)

    def __post_init__(self) -> None:
        self._ground = Ground(self.realm, self.terms)
        self._dispatch = Dispatch(self.realm, self.terms, self.questions, self.tabling)

    def release(self, name: str, audience: str, only: tuple[str, ...] = ()) -> tuple[Delivery, ...]:
        """Decide on sealed values of an own record towards one party; release those that may go.

        Args:
            name: id of the record.
            audience: the party.
            only: sealed paths to which this is confined; none means all.

        Returns the ledger's rows about them.

        Raises:
            NoSuchThing: `release.1`: no own record of this name is held.
            Refused: `drill.1`: a NO-DUFF stopped the exercise.
        """
        self.questions.own(name)
        stopped = self.tabling.drill.denial("accord.release")
        if stopped is not None:
            raise Refused(stopped.step, stopped.why, drill.REMEDY)
        try:
            standing = self.reckoning.at(self.realm.clock.now())
        except Incomplete as error:
            self._note(name, audience, _lacking(self.questions.left(name, audience), error), ())
        else:
            with self._lock:
                try:
                    self._decide(name, audience, standing, only)
                finally:
                    self._dispatch.go()
            self._ground.forget(name)
        self._flush()
        return self._rows(name, audience)

    def release_due(self, going: Going = lambda: True) -> tuple[Delivery, ...]:
        """Decide on every own record with sealed values, towards every party; return what went out now.

        Args:
            going: asked after each record; once it says no, the rest is left for the next time.
        """
        if self.tabling.drill.stopped() is not None:
            return ()
        names = self.questions.sealed()
        try:
            standing = self.reckoning.at(self.realm.clock.now())
        except Incomplete as error:
            self._all_wait(names, error)
            return ()
        self._ground.turn(standing, self.tabling.suspension.resting())
        for name in self.questions.touched():
            self._ground.forget(name)
        # What was decided on the same ground is not decided again: a round costs what is new.
        new = [(name, kind) for name, kind in names.items() if not self._ground.decided(name, kind)]
        sent: list[Delivery] = []
        while new and going():
            with self._lock:
                try:
                    left = self._decide_some(new, standing, going)
                finally:
                    sent += self._dispatch.go()
            for name, kind in new[: len(new) - len(left)]:
                self._ground.settle(name, kind)
            new = left
        self._flush()
        return tuple(sent)

    def _decide_some(
        self, new: list[tuple[str, str]], standing: Standing, going: Going
    ) -> list[tuple[str, str]]:
        """Decide until there is enough for one commit; return what is left to decide."""
        for number, (name, _) in enumerate(new, 1):
            for audience in self.realm.others:
                self._decide(name, audience, standing)
            if self._dispatch.full or not going():
                return new[number:]
        return []

    def preview(self, name: str) -> tuple[Would, ...]:
        """Return for every other party exactly the bytes that it would get now; nothing is sent or noted.

        Raises:
            NoSuchThing: `release.1`. Incomplete: `standing.2`.
        """
        self.questions.own(name)
        standing = self.reckoning.at(self.realm.clock.now())
        return tuple(self._would(name, audience, standing) for audience in self.realm.others)

    def why(self, name: str, audience: str) -> tuple[Explained, ...]:
        """Explain each clause that speaks of an own record and a party, at the standing of now.

        Raises:
            NoSuchThing: `release.1`. Incomplete: `standing.2`.
        """
        entry = self.questions.own(name)
        request = self.questions.of(name, audience, self.reckoning.at(self.realm.clock.now()))
        if request is None:
            return ()
        leaves = gate.explain_release(request, self.terms)
        grants = self.terms.in_force(request.at).grants.get((entry.kind, audience))
        clauses = grants.clauses.values() if grants else ()
        return tuple(
            Explained(clause=one.id, fields=one.fields, by=one.by, leaves=leaves[one.id])
            for one in clauses
            if one.id in leaves
        )

    def open(self) -> None:
        """Publish again what is durable and was not published before a crash."""
        self.realm.writer.settle(lambda batch: batch.later("packages", self._mend))

    def _mend(self, conn: sqlite3.Connection) -> None:
        path = self.realm.path(self.realm.party)
        rows = conn.execute("SELECT sha256, data FROM package WHERE domain = ?", (self.realm.domain,))
        for digest, data in rows:
            self.realm.publication.package(path, bytes(digest).hex(), bytes(data))

    def act(self, name: str, audience: str, paths: tuple[str, ...] = ()) -> bytes:
        """Lay an act before officers; return what they sign. NoSuchThing: `release.1`; as `Approvals.act`."""
        return self.questions.approvals.act(self.questions.own(name), name, audience, paths)

    def approve(self, name: str, audience: str, signed: bytes) -> None:
        """Keep officers' signatures on an act. Raises NoSuchThing: `release.1`; as `Approvals.keep`."""
        self.questions.approvals.keep(self.questions.own(name), name, audience, signed)

    def _decide(self, name: str, audience: str, standing: Standing, only: tuple[str, ...] = ()) -> None:
        """Decide on one record towards one party: what may go waits to be dispatched, the rest is noted."""
        request = self.questions.of(name, audience, standing)
        if request is None:
            return
        # What waits to go counts against the budget like what has gone.
        request = msgspec.structs.replace(
            request, spent=(*request.spent, *self._dispatch.spent(request.audience))
        )
        shown, key = self._confined(request, name, only) if only else self._shown(request, name)
        if shown.decision.allowed and key is not None:
            self._dispatch.add(Grant(name, request, shown, standing, key))
        else:
            self._note(name, audience, shown.decision.denials, shown.decision.alarms)

    def _shown(self, request: Request, name: str) -> tuple[Preview, Recipient | None]:
        """The gate's decision, and the key to seal to: without one, what was granted waits for it."""
        resting = self.tabling.suspension.decision(request)
        if resting is not None:
            return Preview(resting, b""), None
        shown = preview.show(request, self.questions.disclosures(name), self.terms)
        if not shown.decision.allowed:
            return shown, None
        try:
            return shown, self.keysafe.newest(request.audience, request.at)
        except NotValidThen as error:
            waiting = [Denial(error.step, "no-key", error.what, path) for path in shown.decision.granted]
            decision = msgspec.structs.replace(
                shown.decision,
                allowed=False,
                granted={},
                denials=(*shown.decision.denials, *waiting),
                bytes=0,
            )
            return Preview(decision, b""), None

    def _confined(
        self, request: Request, name: str, only: tuple[str, ...]
    ) -> tuple[Preview, Recipient | None]:
        """As `_shown`, for these paths alone; the others wait until they are asked for."""
        asked = tuple(path for path in request.paths if path in only)
        left = [
            Denial("release.3", "not-asked", "It was not asked for.", p)
            for p in request.paths
            if p not in only
        ]
        shown, key = Preview(Decision(allowed=False, granted={}, denials=(), version=0), b""), None
        if asked:
            shown, key = self._shown(msgspec.structs.replace(request, paths=asked), name)
        decision = msgspec.structs.replace(shown.decision, denials=(*shown.decision.denials, *left))
        return Preview(decision, shown.content), key

    def _would(self, name: str, audience: str, standing: Standing) -> Would:
        request = self.questions.of(name, audience, standing)
        before = tuple(row for row in self._rows(name, audience) if row.state == "sent")
        if request is None:
            erased = self.questions.stays(name, audience, (), standing.as_of)
            return Would(audience=audience, content="", bytes=0, paths=(), stays=(*before, *erased))
        shown, _ = self._shown(request, name)
        denials = shown.decision.denials
        return Would(
            audience=audience,
            content=shown.content.decode(),
            bytes=shown.decision.bytes,
            paths=tuple(sorted(shown.decision.granted)),
            stays=(*before, *self.questions.stays(name, audience, denials, request.at)),
        )

    def _note(self, name: str, audience: str, denials: Sequence[Denial], alarms: Sequence[Warned]) -> None:
        """Keep what did not go, and why, unless that is what the ledger says already."""
        at, about = self.realm.clock.now(), (self.realm.domain, name, audience)
        rows = self.questions.stays(name, audience, denials, at)
        self._ground.until([one.until for one in rows])
        old = [one for one in self._rows(name, audience) if one.state != "sent"]
        known = {(one.clause, one.truth) for one in self._alarms(name, audience)}
        if set(map(_fate, old)) != set(map(_fate, rows)) or known != {
            (one.clause, one.truth) for one in alarms
        }:
            raised = delivery.raised(about, alarms, at)
            self._noting.append(
                self.realm.writer.submit(lambda batch: delivery.settle(batch.conn, about, rows, raised))
            )

    def _all_wait(self, names: Iterable[str], error: Incomplete) -> None:
        for name in names:
            for audience in self.realm.others:
                self._note(name, audience, _lacking(self.questions.left(name, audience), error), ())
            self._ground.forget(name)
        self._flush()

    def _rows(self, name: str, audience: str) -> tuple[Delivery, ...]:
        rows = delivery.read(self.realm.readers.conn, self.realm.domain, name)
        return tuple(row for row in rows if row.audience == audience)

    def _alarms(self, name: str, audience: str) -> tuple[Alarm, ...]:
        found = delivery.alarms(self.realm.readers.conn, self.realm.domain, name)
        return tuple(one for one in found if one.audience == audience)

    def _flush(self) -> None:
        """Wait until what was noted is durable: many notes share a commit."""
        waiting, self._noting = self._noting, []
        for one in waiting:
            one.result()


def _lacking(paths: Iterable[str], error: Incomplete) -> list[Denial]:
    return [Denial(error.step, "incomplete", error.what, path) for path in paths]


def _fate(row: Delivery) -> tuple[object, ...]:
    return (row.paths, row.state, row.rule, row.why, row.until)
