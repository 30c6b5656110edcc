"""The case: what follows from the acts on one report, and which acts may come next.

    fold(entries)["3f9c…"]  ->  Case(state="confirmed", …)

A report is taken in, marked, submitted by one person and confirmed by another over the same digest; then
the laboratories that were asked have their time; then it is a draft, and from there on as any draft.
Whatever changes the copy takes it back to the beginning: a confirmation is of bytes. Ratings are shown once
two people have rated, and never changed or averaged; a finding settles them. Pure.
"""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from detente.node.casework.entry import SHIFT, Entry
from detente.node.confidence.report import wider
from detente.node.errors import NoSuchThing, Refused

State = Literal["open", "submitted", "confirmed", "returned", "declined", "drafted"]
CHANGES = ("marked", "rejected", "treated", "stated")
RATERS = 2


class Rating(Struct, frozen=True, kw_only=True):
    """What one person says of the axes: name to value or None for unknown, and why."""

    by: str
    at: int
    axes: dict[str, Any]
    why: str


class Objection(Struct, frozen=True, kw_only=True):
    """What a laboratory said: its words, their digest, whether its time was over, and what was answered."""

    lab: str
    at: int
    text: str
    late: bool
    answer: str = ""


class Case(Struct, frozen=True, kw_only=True):
    """One report under work.

    Attributes:
        name: 16 hexadecimal digits.
        source: `draft:NAME`, `intake:NUMBER` or `file:DIGEST`.
        receipt: SHA-256 of the receipt of a confidential report, however it came here; or empty.
        promise: the widest use that whoever reported allows (`node.confidence.report.Use`), or empty.
        kind: of the draft that it becomes.
        secret: of its pseudonyms, in hexadecimal; shared with the cases of its thread.
        open, values: what is stated, before anything is removed.
        marks: name to what it is, what stands in its place, and whom it is the same as.
        rejected: suggestions that a person rejected, as they are compared.
        treated: sealed path to `withhold`, `unknown` or `keep`.
        state: where it is.
        copy: what was submitted: its digest, audience, open and values.
        submitted_by, confirmed_by: who.
        windows: laboratory to the end of its time, in milliseconds.
        objections: in order.
        ratings: by person.
        finding: what settled the axes.
        note: why it was returned, sent back or declined, or the draft that it became.
        at: when it was changed last.
    """

    name: str
    source: str
    receipt: str = ""
    promise: str = ""
    kind: str
    secret: str
    open: dict[str, Any]
    values: dict[str, Any]
    marks: dict[str, dict[str, str]] = {}
    rejected: tuple[str, ...] = ()
    treated: dict[str, str] = {}
    state: State = "open"
    copy: dict[str, Any] = {}
    submitted_by: str = ""
    confirmed_by: str = ""
    windows: dict[str, int] = {}
    objections: tuple[Objection, ...] = ()
    ratings: dict[str, Rating] = {}
    finding: Rating | None = None
    note: str = ""
    at: int = 0

    @property
    def shown(self) -> dict[str, Rating]:
        """The ratings, once two people have rated: nobody sees another's before they gave their own."""
        return self.ratings if len(self.ratings) >= RATERS else {}

    @property
    def disputed(self) -> tuple[str, ...]:
        """The axes on which the ratings differ; a finding settles them."""
        said = [one.axes for one in self.shown.values()]
        return tuple(
            name for name in (said[0] if said else ()) if len({repr(one.get(name)) for one in said}) > 1
        )

    @property
    def settled(self) -> dict[str, Any]:
        """The axes that a finding settles; without one, those on which all who rated agree."""
        if self.finding is not None:
            return self.finding.axes
        said = next(iter(self.shown.values()), None)
        return {name: one for name, one in said.axes.items() if name not in self.disputed} if said else {}

    def waits(self, now: int) -> tuple[str, ...]:
        """Return for whom a confirmed case waits: laboratories in their time, objections unanswered."""
        open_windows = [f"lab {name}" for name, until in self.windows.items() if now < until]
        return (*open_windows, *(f"answer {n}" for n, one in enumerate(self.objections, 1) if not one.answer))


def fold(entries: Iterable[Entry]) -> dict[str, Case]:
    """Return the cases that follow from the acts, oldest first."""
    cases: dict[str, Case] = {}
    for one in entries:
        if one.case != SHIFT:
            before = cases.get(one.case)
            cases[one.case] = _taken(one) if before is None else after(before, one)
    return cases


def admit(case: Case, entry: Entry) -> None:
    """Check that an act may come next.

    Raises:
        Refused: `case.1` to `case.6`, `case.8`, `case.9`. NoSuchThing: `case.7`.
    """
    what, data = entry.what, entry.data
    # 1. The state allows it.
    if case.state not in _FROM.get(what, ("open", "submitted", "confirmed", "returned")):
        raise Refused(
            "case.1", f"The case is {case.state}: nothing can be {what}.", "See: detente triage show"
        )
    # 2. What is confirmed is what was submitted.
    if what == "confirmed" and data.get("digest") != case.copy.get("digest"):
        raise Refused(
            "case.2", "The copy is not the one that was submitted.", "Read it again, and sign that one."
        )
    # 3. Another person reads it.
    if what == "confirmed" and entry.by == case.submitted_by:
        raise Refused("case.3", f"{entry.by} submitted it.", "Let another person on the roll read it.")
    # 4. The laboratories' time is over, and each objection has an answer.
    waits = case.waits(entry.at) if what == "drafted" else ()
    if waits:
        raise Refused(
            "case.4",
            f"It waits for: {', '.join(waits)}.",
            "Let its time pass or record its waiver; answer what it objected: detente triage answer",
        )
    # 5. Nobody rates twice: what was seen of others cannot be unseen.
    if what == "rated" and entry.by in case.ratings:
        raise Refused("case.5", f"{entry.by} has rated it.", "What is settled differently is a finding.")
    # 6. A finding settles what two people have rated, and is a third person's.
    if what == "found" and (not case.shown or entry.by in case.ratings):
        raise Refused(
            "case.6", "A finding is a third person's, after two have rated.", "Let somebody else find."
        )
    _check_laboratory(case, entry)
    _check_said(case, entry)


def _check_laboratory(case: Case, entry: Entry) -> None:
    what, data = entry.what, entry.data
    known = case.windows if what in ("waived", "objected") else range(1, len(case.objections) + 1)
    # 7. The laboratory was asked, and the objection is there.
    if what in ("waived", "objected", "answered") and data.get("lab", data.get("number")) not in known:
        raise NoSuchThing(
            "case.7", "No such laboratory was asked, or no such objection made.", "See: detente triage show"
        )


def _check_use(case: Case, stated: dict[str, Any]) -> None:
    # 8. What whoever reported allows is narrowed here, and never widened.
    if "use" in stated and wider(stated["use"], case.promise):
        raise Refused(
            "case.8",
            f"Whoever reported allows {case.promise} and nothing wider.",
            "Keep to it, or narrow it; ask them, and they report anew under a wider use.",
        )


def _check_said(case: Case, entry: Entry) -> None:
    if entry.what == "stated":
        _check_use(case, entry.data["open"])
    # 9. What goes on is what those who rated have settled; what they have not, a person states.
    apart = sorted(name for name, one in case.settled.items() if case.open.get(name) != one)
    if apart and entry.what in ("submitted", "drafted"):
        raise Refused(
            "case.9",
            f"The case states otherwise than was settled: {', '.join(apart)}.",
            "State what was settled (detente triage state), or let somebody find.",
        )


_FROM: dict[str, tuple[State, ...]] = {
    "confirmed": ("submitted",),
    "submitted": ("open",),
    "sent-back": ("submitted", "confirmed"),
    "previewed": ("confirmed",),
    "objected": ("confirmed", "open", "submitted", "drafted", "returned"),
    "drafted": ("confirmed",),
    "resumed": ("returned",),
    "returned": ("open", "submitted", "confirmed"),
}
"""From which states an act may come; without a row, from all in which there is work."""


def after(case: Case, entry: Entry) -> Case:
    """Return a case as it is after an act that was admitted."""
    what, data = entry.what, entry.data
    changes: dict[str, Any] = {"at": entry.at}
    if what in CHANGES:
        changes |= {**_content(case, what, data), **_BEGINNING}
    elif what in ("previewed", "waived", "objected", "answered"):
        changes |= _laboratory(case, entry)
    elif what in ("rated", "found"):
        said = Rating(by=entry.by, at=entry.at, axes=data["axes"], why=data["why"])
        changes |= {"finding": said} if what == "found" else {"ratings": {**case.ratings, entry.by: said}}
    else:
        changes |= _moved(what, entry)
    return msgspec.structs.replace(case, **changes)


_BEGINNING: dict[str, Any] = {
    "state": "open",
    "copy": {},
    "submitted_by": "",
    "confirmed_by": "",
    "windows": {},
}
"""What is left of readers and windows once the copy changes."""


def _taken(entry: Entry) -> Case:
    data = entry.data
    return Case(
        name=entry.case,
        source=data["source"],
        receipt=data.get("receipt", ""),
        promise=str(data["open"].get("use") or ""),
        kind=data["kind"],
        secret=data["secret"],
        open=data["open"],
        values=data["values"],
        at=entry.at,
    )


def _content(case: Case, what: str, data: dict[str, Any]) -> dict[str, Any]:
    if what == "marked":
        return {"marks": {**case.marks, **{one["name"]: one for one in data["marks"]}}}
    if what == "rejected":
        kept = {name: one for name, one in case.marks.items() if name not in data["names"]}
        return {"rejected": tuple(dict.fromkeys((*case.rejected, *data["names"]))), "marks": kept}
    if what == "treated":
        return {"treated": {**case.treated, **data["paths"]}}
    values = {path: one for path, one in {**case.values, **data["values"]}.items() if one is not None}
    return {"open": {**case.open, **data["open"]}, "values": values}


def _laboratory(case: Case, entry: Entry) -> dict[str, Any]:
    what, data = entry.what, entry.data
    if what == "previewed":
        return {"windows": {**case.windows, data["lab"]: data["until"]}}
    if what == "waived":
        return {"windows": {**case.windows, data["lab"]: entry.at}}
    if what == "objected":
        late = entry.at >= case.windows[data["lab"]]
        new = Objection(lab=data["lab"], at=entry.at, text=data["text"], late=late)
        return {"objections": (*case.objections, new)}
    answered = [
        msgspec.structs.replace(one, answer=data["answer"]) if n == data["number"] else one
        for n, one in enumerate(case.objections, 1)
    ]
    return {"objections": tuple(answered)}


def _moved(what: str, entry: Entry) -> dict[str, Any]:
    data = entry.data
    if what == "submitted":
        return {"state": "submitted", "copy": data, "submitted_by": entry.by}
    if what == "confirmed":
        return {"state": "confirmed", "confirmed_by": entry.by}
    if what in ("sent-back", "resumed"):
        return {**_BEGINNING, "note": data.get("why", "")}
    return {"state": what, "note": data.get("why", "")}
