"""The sketch: what each party would get of a draft, before anything is signed, logged or kept.

    sketch.would(draft)     for every other party the content that it would get, and why not the rest

It is the same gate and the same content as of a release; only the salts, the time and hence the record's id
are drawn again when the draft is tabled, so lengths and fields are those that would go, and digests are not.
"""

from dataclasses import dataclass

from detente.accord import gate, preview
from detente.accord.gate import Decision, Denial, Request
from detente.accord.pillar import Statement
from detente.accord.preview import Preview
from detente.accord.standing import Standing
from detente.node import delivery
from detente.node.draft import Draft
from detente.node.release import Releasing, Would
from detente.trust.disclosure import Disclosure
from detente.trust.errors import Misuse, NotValidThen
from detente.trust.record import Record, record_id


@dataclass
class Sketch:
    """Dry runs of drafts in one realm.

    Attributes:
        releasing: where the same is decided of records.
    """

    releasing: Releasing

    def would(self, draft: Draft) -> tuple[Would, ...]:
        """Return for every other party what it would get, if the draft were tabled and released now.

        Raises:
            As `Tabling.table`: it would not be tabled at all. Incomplete: `standing.2`.
        """
        entry, opened = self.releasing.tabling.sketch(draft)
        standing = self.releasing.reckoning.at(self.releasing.realm.clock.now())
        others = self.releasing.realm.others
        return tuple(self._towards(audience, (draft, entry, opened), standing) for audience in others)

    def _towards(
        self, audience: str, made: tuple[Draft, Record, dict[str, Disclosure]], standing: Standing
    ) -> Would:
        draft, entry, opened = made
        request = self._request(audience, (draft, entry, opened), standing)
        shown = self._shown(request, {path: one.encoded for path, one in opened.items()})
        rows = delivery.grouped(entry.domain, record_id(entry), audience, shown.decision.denials, request.at)
        return Would(
            audience=audience,
            content=shown.content.decode(),
            bytes=shown.decision.bytes,
            paths=tuple(sorted(shown.decision.granted)),
            stays=tuple(rows),
        )

    def _request(
        self, audience: str, made: tuple[Draft, Record, dict[str, Disclosure]], standing: Standing
    ) -> Request:
        """The question of a record about which nothing was approved, withheld or sent yet."""
        draft, entry, opened = made
        terms, realm = self.releasing.terms, self.releasing.realm
        version = terms.in_force(standing.as_of)
        said = terms.judge(entry, self.releasing.questions.judge.thread(entry)).facts
        if not isinstance(said, Statement):
            raise Misuse("sketch.1", f"{entry.kind} has no sealed fields.", "Table it: all of it is open.")
        named = draft.clearance or self.releasing.tabling.clearance
        since = standing.as_of - version.outflow_period
        return Request(
            record=entry,
            said=said,
            audience=audience,
            standing=terms.view(standing, version),
            at=standing.as_of,
            sizes={path: len(one.encoded) for path, one in opened.items()},
            paths=tuple(sorted(opened)),
            clearance=gate.Clearance(named.basis, named.classification, named.by_path) if named else None,
            approved=frozenset(),
            withheld={},
            spent=delivery.spends(realm.readers.conn, entry.domain, audience, since),
        )

    def _shown(self, request: Request, disclosures: dict[str, str]) -> Preview:
        resting = self.releasing.tabling.suspension.decision(request)
        if resting is not None:
            return Preview(resting, b"")
        shown = preview.show(request, disclosures, self.releasing.terms)
        try:
            self.releasing.keysafe.newest(request.audience, request.at)
        except NotValidThen as error:
            waiting = [Denial(error.step, "no-key", error.what, path) for path in shown.decision.granted]
            denials = (*shown.decision.denials, *waiting)
            return Preview(Decision(allowed=False, granted={}, denials=denials, version=0), b"")
        return shown
