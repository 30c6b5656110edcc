"""The clerk: the desk's own acts. A form is typed, followed, checked, shown as it would be signed, signed.

Nothing is signed but by a form that names the digest of what was shown. What was typed is kept with each
change and after each refusal; it goes when it was tabled. The act itself goes through the door, so it is the
node that signs, and its refusals that are shown.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, structs
from starlette.responses import RedirectResponse, Response

from detente.faces import door
from detente.faces.desk import prefill, review
from detente.faces.desk.drafts import Draft, Drafts, filled, typed
from detente.faces.desk.ground import Title, titled
from detente.faces.desk.report import Reports
from detente.faces.desk.tongue import Instant
from detente.faces.desk.visit import Visit
from detente.node.errors import NoSuchThing, Refused
from detente.trust.errors import DetenteError, Malformed

UNFIT = 422
"""What a form that does not fit is answered with."""

NONCE, THREAD, SEEN = "_nonce", "_thread", "_seen"
ID = 64


class Kept(Struct, frozen=True):
    """One draft in the list."""

    nonce: str
    kind: str
    words: str
    title: Title
    at: Instant


class Clerk:
    """Acts at one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.drafts = Drafts(home / "desk" / "drafts")

    def pages(self) -> tuple[tuple[str, Callable[[Visit], Response], tuple[str, ...]], ...]:
        """Return address, handler and methods of each page."""
        return (
            ("/new/{kind}", self.form, ("GET",)),
            ("/new/{kind}/follow", self.follow, ("POST",)),
            ("/new/{kind}/check", self.check, ("POST",)),
            ("/new/{kind}/table", self.table, ("POST",)),
            ("/drafts", self.list, ("GET",)),
            ("/drafts/discard", self.discard, ("POST",)),
            ("/drafts/restore", self.restore, ("POST",)),
        )

    def form(self, visit: Visit) -> Response:
        """Show an empty form, or a draft to go on with."""
        reports, nonce = _reports(visit), visit.query("draft")
        draft = self.drafts.get(nonce) if nonce else self._begun(visit, reports)
        return visit.show("form", view=reports.make(draft))

    def follow(self, visit: Visit) -> Response:
        """Keep what was typed, and show what follows from it."""
        reports, draft = _reports(visit), self._typed(visit)
        if filled(draft.fields):
            self.drafts.keep(draft)
        return visit.show("follows", view=reports.make(draft))

    def check(self, visit: Visit) -> Response:
        """Show what would be signed and who would get what, or the form with what is wrong."""
        reports, draft = _reports(visit), self._typed(visit)
        self.drafts.keep(draft)
        made = reports.draft_of(draft)
        if made is None:
            return visit.show("form", UNFIT, view=reports.make(draft, checked=True))
        try:
            with door.reach(self.home) as node:
                rehearsed = node.rehearse(made)
        except (Refused, Malformed) as error:
            said = _told(visit, error)
            return visit.show("form", UNFIT, view=reports.make(draft, checked=True, refusals=said))
        return visit.show("review", view=review.make(visit.ground, reports, made, rehearsed))

    def table(self, visit: Visit) -> Response:
        """Sign what was shown, and show it in its thread."""
        reports = _reports(visit)
        draft = self.drafts.get(visit.form.get(NONCE, ""))
        made = reports.draft_of(draft)
        if made is None or review.seen(made) != visit.form.get(SEEN):
            # It was changed in another window after it was shown here: it is shown once more.
            return visit.show("form", UNFIT, view=reports.make(draft, checked=True, refusals=_changed(visit)))
        try:
            with door.reach(self.home) as node:
                tabled = node.table(made)
        except (Refused, Malformed) as error:
            said = _told(visit, error)
            return visit.show("form", UNFIT, view=reports.make(draft, checked=True, refusals=said))
        self.drafts.done(draft.nonce)
        return RedirectResponse(f"{visit.frame.base}/tabled/{tabled.id}", 303)

    def list(self, visit: Visit) -> Response:
        """Show all drafts of the domain."""
        kept = [one for one in self.drafts.all() if one.domain == visit.frame.domain]
        return visit.show("drafts", view=[_kept(visit, one) for one in kept], gone=visit.query("gone"))

    def discard(self, visit: Visit) -> Response:
        """Put a draft away, and offer to take it back."""
        nonce = visit.form.get(NONCE, "")
        self.drafts.discard(nonce)
        return RedirectResponse(f"{visit.frame.base}/drafts?gone={nonce}", 303)

    def restore(self, visit: Visit) -> Response:
        """Take back what was put away."""
        with suppress(NoSuchThing):
            self.drafts.restore(visit.form.get(NONCE, ""))
        return RedirectResponse(f"{visit.frame.base}/drafts", 303)

    def _begun(self, visit: Visit, reports: Reports) -> Draft:
        """A form that begins with what is known: the record that it is about, and what it takes over."""
        thread = _thread(visit.query("thread"))
        name = _thread(visit.query("of")) or thread
        entry = visit.ground.pane.library.get(name) if name else None
        about = (name, entry) if name and entry else None
        fields = prefill.answers(reports.spec, reports.kind, about, visit.request.query_params)
        fresh = self.drafts.new(reports.kind, visit.frame.domain, thread, visit.frame.now)
        return structs.replace(fresh, fields=fields)

    def _typed(self, visit: Visit) -> Draft:
        """The draft that a form is, with what is typed in it now."""
        nonce, now = visit.form.get(NONCE, ""), visit.frame.now
        fields = typed(visit.pairs)
        try:
            return structs.replace(self.drafts.get(nonce), fields=fields, at=now)
        except NoSuchThing:
            kind = visit.request.path_params["kind"]
            fresh = self.drafts.new(kind, visit.frame.domain, _thread(visit.form.get(THREAD, "")), now)
            kept = nonce if len(nonce) == len(fresh.nonce) and _hex(nonce) else fresh.nonce
            return structs.replace(fresh, nonce=kept, fields=fields)


def _reports(visit: Visit) -> Reports:
    return Reports(visit.ground, visit.request.path_params["kind"])


def _thread(name: str) -> str | None:
    return name if len(name) == ID and _hex(name) else None


def _hex(text: str) -> bool:
    return all(one in "0123456789abcdef" for one in text)


def _told(visit: Visit, error: DetenteError) -> tuple[str, ...]:
    tongue = visit.frame.tongue
    said = f"{tongue.refused(error.step, error.what)} [{error.step}]"
    return (said, tongue.refused(error.step, error.remedy))


def _changed(visit: Visit) -> tuple[str, ...]:
    return (visit.frame.tongue.say("review.changed"),)


def _kept(visit: Visit, one: Draft) -> Kept:
    tongue = visit.frame.tongue
    texts = [
        (name, answers[-1]) for name, answers in one.fields.items() if name.startswith("sealed.") and answers
    ]
    english = next((text for name, text in texts if name.endswith((".en", ".title")) and text.strip()), "")
    chinese = next((text for name, text in texts if name.endswith(".zh") and text.strip()), "")
    title = (english or chinese)[:80], (chinese or english)[:80]
    return Kept(
        one.nonce,
        one.kind,
        tongue.kind(one.kind),
        titled(tongue, title, one.kind, one.nonce),
        tongue.when(one.at),
    )
