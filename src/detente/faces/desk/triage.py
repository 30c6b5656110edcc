"""The triage page: cases on their way from a report to a draft, and what is done with several at once.

    /triage          the work list; take in a draft, return, resume or decline cases, hand the shift over
    /triage/shift    what is signed at a handover or takeover, and where the signature is brought

What needs an intake officer's keys is not done here: whoever reported in confidence is told with these keys,
which no page sees. So such cases are named, with the command. Cases are of the live domain.
"""

import base64
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from starlette.responses import RedirectResponse, Response

from detente.faces import door
from detente.faces.cli import desking, reporter, shifting
from detente.faces.desk.ground import Title, titled
from detente.faces.desk.tongue import Instant, Tongue, inert
from detente.faces.desk.visit import Visit
from detente.node.casework import person
from detente.node.casework.case import Case
from detente.node.casework.entry import SHIFT, Entry, What
from detente.node.casework.person import Act
from detente.node.casework.register import FOLDER, Register
from detente.node.errors import NoSuchThing, Refused
from detente.trust import envelope
from detente.trust.errors import DetenteError, Malformed

UNFIT = 422
CASE = "case"
TONES = {"open": "wait", "returned": "wait", "submitted": "calm", "confirmed": "good"}
MOVES: dict[str, What] = {"return": "returned", "resume": "resumed", "decline": "declined"}
SHIFTS: dict[str, tuple[Act, What]] = {
    "handover": ("casework.handover", "handed-over"),
    "takeover": ("casework.takeover", "taken-over"),
}
AT = "/triage"


class Row(Struct, frozen=True, kw_only=True):
    """One open case.

    Attributes:
        name: of the case; `short` is its beginning.
        title: as it was reported; it may name people.
        source: where it came from.
        state: in words, with its tone.
        waits: for whom it waits.
        use: what it may be used for, in words; empty if that is not limited.
        note: why it was returned or sent back.
        at: when it was changed last.
        confided: whether it came in confidence.
        chosen: whether it was ticked in a form that was refused.
    """

    name: str
    short: str
    title: Title
    source: str
    state: str
    tone: str
    waits: str
    use: str
    note: str
    at: Instant
    confided: bool
    chosen: bool


class View(Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        rows: the open cases, the one that was changed last first.
        people: who is on the roll.
        reasons: for which a case is declined, with their words.
        handed: who was named at a handover that nobody took over yet; or empty.
        typed: what was typed into a form that was refused.
        refusals: why it was.
    """

    rows: tuple[Row, ...]
    people: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    handed: str
    typed: dict[str, str]
    refusals: tuple[str, ...]


class Triage:
    """The casework of one home, at its desk."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def pages(self) -> tuple[tuple[str, Callable[[Visit], Response], tuple[str, ...]], ...]:
        """Return address, handler and methods of each page."""
        return (
            (AT, self.list, ("GET",)),
            (f"{AT}/take", self.take, ("POST",)),
            (f"{AT}/move", self.move, ("POST",)),
            (f"{AT}/shift", self.shift, ("POST",)),
        )

    def list(self, visit: Visit) -> Response:
        """Show the work list. Raises NoSuchThing: `triage.19` in an exercise."""
        return self._shown(visit, None)

    def take(self, visit: Visit) -> Response:
        """Take a draft of this home in as a case."""
        return self._done(visit, self._take)

    def move(self, visit: Visit) -> Response:
        """Return, resume or decline what was ticked, all or none."""
        return self._done(visit, self._move)

    def shift(self, visit: Visit) -> Response:
        """Show what is signed when a shift is handed or taken over; or record it with the signature."""
        what = visit.form.get("act", "")
        try:
            with _opened(self.home, visit) as register:
                act, done, data = _shift(register, what, visit.form)
                asked = desking.asked(visit.frame.party, act, (done, SHIFT, data))
                if not visit.form.get("approval", "").strip():
                    text = person.dump(asked).decode()
                    form = {"to": visit.form.get("to", ""), "why": _typed(visit.form, "why")}
                    return visit.show("shift", what=what, text=text, form=form, data=data)
                raw = visit.form["approval"].strip().encode()
                by = person.who(envelope.parse(raw), asked, register.roll)
                signed = base64.b64encode(raw).decode()
                register.do(Entry(case=SHIFT, what=done, by=by, data=data, approval=signed))
        except DetenteError as error:
            return self._shown(visit, error)
        return _back(visit)

    def _take(self, register: Register, visit: Visit) -> None:
        with door.reach(self.home) as node:
            sheet = node.sheet(visit.form.get("draft", "").strip())
        data = {
            "source": f"draft:{sheet.name}",
            "kind": sheet.kind,
            "secret": os.urandom(32).hex(),
            "open": sheet.open,
            "values": sheet.values,
        }
        register.do(Entry(case=os.urandom(8).hex(), what="taken", by=_by(visit), data=data))

    def _move(self, register: Register, visit: Visit) -> None:
        form = visit.form
        cases = [register.case(name) for key, name in visit.pairs if key == CASE]
        what, by = MOVES.get(form.get("act", "")), _by(visit)
        # 20. Something was chosen to be done with cases.
        if what is None or not cases:
            raise Malformed("triage.20", "No case was chosen.", "Tick cases, and press what is to be done.")
        told = [one.name[: desking.SHORT] for one in cases if reporter.number_of(one) is not None]
        # 21. Whoever reported in confidence is told, with an intake officer's keys.
        if told and what != "resumed":
            raise Refused(
                "triage.21",
                f"These came in confidence, and their reporters have to be told: {', '.join(told)}.",
                "Do it on the command line: detente triage return or decline, with --key FILE.",
            )
        why = _why(what, form)
        register.together([Entry(case=one.name, what=what, by=by, data={"why": why}) for one in cases])

    def _done(self, visit: Visit, act: Callable[[Register, Visit], None]) -> Response:
        try:
            with _opened(self.home, visit) as register:
                act(register, visit)
        except DetenteError as error:
            return self._shown(visit, error)
        return _back(visit)

    def _shown(self, visit: Visit, error: DetenteError | None) -> Response:
        # Who only looks writes nothing: where no case was ever taken in, there is no register yet.
        if not error and visit.frame.domain == "live" and not (self.home / FOLDER).exists():
            return visit.show("triage", view=made(visit, None, None))
        with _opened(self.home, visit) as register:
            view = made(visit, register, error)
        return visit.show("triage", UNFIT if error else 200, view=view)


def made(visit: Visit, register: Register | None, error: DetenteError | None) -> View:
    """Return the page's view, with what was typed if it was refused."""
    tongue, now = visit.frame.tongue, visit.frame.now
    chosen = {name for key, name in visit.pairs if key == CASE} if error else set()
    cases = register.cases.values() if register else ()
    still = [one for one in cases if one.state not in ("declined", "drafted")]
    last = shifting.last_shift(register) if register else None
    return View(
        rows=tuple(
            _row(tongue, one, now, one.name in chosen)
            for one in sorted(still, key=lambda one: one.at, reverse=True)
        ),
        people=tuple(sorted(register.roll)) if register else (),
        reasons=tuple((name, tongue.choose(words)) for name, words in shifting.REASONS.items()),
        handed=str(last.data["to"]) if last is not None and last.what == "handed-over" else "",
        typed=visit.form if error else {},
        refusals=_told(tongue, error) if error else (),
    )


def _row(tongue: Tongue, case: Case, now: int, chosen: bool) -> Row:  # noqa: FBT001 (a tick is there or not)
    title = case.values.get("title")
    told = [str(one) for one in title] if isinstance(title, list) else []
    english, chinese = (*told, "", "")[:2]
    use = case.open.get("use")
    return Row(
        name=case.name,
        short=case.name[: desking.SHORT],
        title=titled(tongue, (english or chinese, chinese or english), case.kind, case.name),
        source=case.source,
        state=tongue.choose(desking.STATES[case.state]),
        tone=TONES.get(case.state, "calm"),
        waits=", ".join(case.waits(now)),
        use=tongue.value(case.kind, "use", use) if use else "",
        note=case.note,
        at=tongue.when(case.at),
        confided=reporter.number_of(case) is not None,
        chosen=chosen,
    )


def _opened(home: Path, visit: Visit) -> closing[Register]:
    # 19. Cases are no exercise: nothing of them is shown where nothing is real.
    if visit.frame.domain != "live":
        raise NoSuchThing("triage.19", "Cases are of the live domain.", "Go to what is real.")
    return closing(Register.open(home, visit.ground.pane.clock))


def _shift(register: Register, what: str, form: dict[str, str]) -> tuple[Act, What, dict[str, object]]:
    # 22. It is a handover or a takeover.
    if what not in SHIFTS:
        raise Malformed("triage.22", "Neither a handover nor a takeover.", "Use the form of the page.")
    act, done = SHIFTS[what]
    if what == "takeover":
        return act, done, shifting.takeover(register)
    return act, done, shifting.note(register, form.get("to", ""), _typed(form, "why"))


def _by(visit: Visit) -> str:
    found = visit.form.get("by", "")
    # 1. Somebody does it.
    if not found:
        raise Malformed("triage.1", "Nobody was named.", "Choose who does it, by the name on the roll.")
    return found


def _why(what: What, form: dict[str, str]) -> str:
    why, reason = _typed(form, "why"), form.get("reason", "")
    if what == "declined":
        # 14. The reason is one of those that are counted.
        if reason not in shifting.REASONS:
            raise Malformed(
                "triage.14", f"{reason!a} is no reason.", f"Say one of {', '.join(shifting.REASONS)}."
            )
        return f"{reason}: {why}" if why else reason
    # 12. There is a reason.
    if not why:
        raise Malformed("triage.12", "No reason was given.", "Say in the form why.")
    return why


def _typed(form: dict[str, str], name: str) -> str:
    """Return a text as a page shows it again: what comes back from there is the same."""
    return inert(form.get(name, "").replace("\r\n", "\n").strip())


def _told(tongue: Tongue, error: DetenteError) -> tuple[str, ...]:
    return (
        f"{tongue.refused(error.step, error.what)} [{error.step}]",
        tongue.refused(error.step, error.remedy),
    )


def _back(visit: Visit) -> Response:
    return RedirectResponse(f"{visit.frame.base}{AT}", 303)
