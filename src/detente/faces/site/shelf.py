"""The shelf: the accounts that are told below a cut, found among the records that stand.

    told(pane, held).accounts[0].title == ("…", "…")

Nothing is chosen: what fulfils every condition is told, by whoever builds the site, and what does not is not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from detente.accord import opening
from detente.accord.acts import AFFIRM
from detente.faces.site.account import (
    ADVISORY,
    PATHS,
    Account,
    Words,
    month_of,
    opened,
    require_public,
    require_signed,
    words,
)
from detente.node.window import Pane
from detente.trust.errors import BelowThreshold, DetenteError, Unproven, WrongContext
from detente.trust.record import Record

OPENED = "response.opened"
REPORT, UPDATE, CLOSE = "incidents.report", "incidents.update", "incidents.close"
KINDS = frozenset({ADVISORY, OPENED, REPORT, UPDATE, CLOSE, opening.KIND, AFFIRM})
ENDS = frozenset({"resolved", "mitigated", "risk_accepted", "no_incident"})


class Told(NamedTuple):
    """What is told below a cut.

    Attributes:
        accounts: by month and id.
        cases: the reports of which something is or was told.
        parts: by account, the records that show it: the advisory, the opening of its title, that of its text,
            and the officers' act.
    """

    accounts: tuple[Account, ...]
    cases: frozenset[str]
    parts: Mapping[str, tuple[str, ...]]


class Found(NamedTuple):
    """An advisory that was told, the case it is about, when, in which words, and the records that show it."""

    advisory: str
    case: str
    at: int
    words: Words
    parts: tuple[str, ...]


def told(pane: Pane, held: Mapping[str, Record]) -> Told:
    """Return what is told among records that stand, of `KINDS`."""
    shelf = Shelf.of(pane, held)
    found: dict[str, Found] = {}
    for name, entry in held.items():
        if entry.kind == ADVISORY:
            try:
                found[name] = shelf.found(name)
            except DetenteError:
                continue  # it is no account, or not yet
    accounts = sorted(
        (_stated(shelf, found, one) for one in found.values()), key=lambda a: (a.month, a.record)
    )
    return Told(
        tuple(accounts),
        frozenset(one.case for one in found.values()),
        {name: one.parts for name, one in found.items()},
    )


@dataclass
class Shelf:
    """The records that accounts are made of, by what they are about.

    Attributes:
        pane: of the home.
        held: every one by id.
        openings: of an advisory, by the order of its author's log.
        affirmed: acts about an advisory.
        successors: advisories that replace one, by the same author.
        answers: updates and closes of a report, oldest first.
    """

    pane: Pane
    held: Mapping[str, Record]
    openings: dict[str, list[tuple[str, Record]]] = field(default_factory=dict)
    affirmed: dict[str, list[tuple[str, Record]]] = field(default_factory=dict)
    successors: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, list[Record]] = field(default_factory=dict)

    @classmethod
    def of(cls, pane: Pane, held: Mapping[str, Record]) -> "Shelf":
        """Sort records that stand, each party's in the order of its log."""
        made = cls(pane, held)
        for name, entry in held.items():
            about = held.get(str(entry.open.get("record")))
            own = about is not None and about.party == entry.party
            if entry.kind in (opening.KIND, AFFIRM) and own:
                where = made.openings if entry.kind == opening.KIND else made.affirmed
                where.setdefault(str(entry.open["record"]), []).append((name, entry))
            elif entry.kind == ADVISORY and entry.open.get("replaces"):
                made.successors.setdefault(str(entry.open["replaces"]), []).append(name)
            elif entry.kind in (UPDATE, CLOSE):
                made.answers.setdefault(str(entry.thread), []).append(entry)
        return made

    def found(self, name: str) -> Found:
        """Return an account that was told.

        Raises:
            As `case`, `signed`, `words`. Unproven: `account.10` its words were not opened.
        """
        advisory = self.held[name]
        case, closed = self.case(advisory)
        act, signed = self.signed(name)
        openings = self.openings.get(name, [])
        values = opened(advisory, [entry for _, entry in openings])
        # 10. Its author opened the words to all.
        if not values.keys() >= set(PATHS):
            what = "The words were not opened to all."
            raise Unproven("account.10", what, "Open them: detente site tell ID --open")
        shown = [one for path in PATHS for one in self.opening(name, path)]
        at = max(advisory.at, closed, signed.at, *(entry.at for _, entry in shown))
        parts = (name, *(one for one, _ in shown), act)
        return Found(name, case, at, words(*(values[path] for path in PATHS)), parts)

    def opening(self, name: str, path: str) -> Iterator[tuple[str, Record]]:
        """Yield the record that first opened a path of an advisory, if one did."""
        for one, entry in self.openings.get(name, []):
            if path in opened(self.held[name], [entry]):
                yield one, entry
                return

    def case(self, advisory: Record) -> tuple[str, int]:
        """Return the report that an advisory is about, and when it was closed.

        Raises:
            As `require_public`. WrongContext: `account.3`, `account.4`.
        """
        require_public(advisory)
        root = self.held.get(str(advisory.thread))
        about = str(root.open.get("about")) if root is not None and root.kind == OPENED else ""
        report = self.held.get(about)
        ends = [one for one in self.answers.get(about, []) if one.open.get("outcome") in ENDS]
        # 3. It is about a case of its author's own that was closed.
        if report is None or report.kind != REPORT or report.party != advisory.party or not ends:
            what = "The advisory answers no response about a closed report of its author's own."
            remedy = "Close the report; open the response about it: detente respond open --about REPORT"
            raise WrongContext("account.3", what, remedy)
        # 4. The accord lets the words go to every other party: the public is not less than all of them.
        version = self.pane.terms.versions[advisory.accord.version]
        others = version.accord.parties.keys() - {advisory.party}
        grants = (version.grants.get((ADVISORY, one)) for one in others)
        if not all(one is not None and one.speaking.keys() >= set(PATHS) for one in grants):
            what = "The accord does not let the words of an advisory go to every party."
            remedy = "Agree on a release clause for response.advisory, title and text, to all of them."
            raise WrongContext("account.4", what, remedy)
        return about, ends[0].at

    def signed(self, name: str) -> tuple[str, Record]:
        """Return the first act by which officers stand behind an advisory.

        Raises:
            As `require_signed`, of the last that there is. BelowThreshold: `account.6` there is none.
        """
        advisory = self.held[name]
        last: DetenteError = BelowThreshold(
            "account.6", "No officer stands behind it.", "Have it signed: detente accord affirm ID"
        )
        for act, entry in self.affirmed.get(name, []):
            place = self.pane.place(act)
            try:
                if place is not None:
                    require_signed((name, advisory), entry, self.pane.rings[entry.party], place.index)
                    return act, entry
            except DetenteError as error:
                last = error
        raise last

    def reopened(self, case: str) -> int | None:
        """Return when a case that was closed was reopened, or ended otherwise; None if it is closed."""
        ended: Record | None = None
        last = 0
        for one in self.answers.get(case, []):
            if one.kind == CLOSE:
                ended = ended or one
            elif one.open.get("change") == "reopened":
                ended, last = None, one.at
        if ended is not None and ended.open.get("outcome") in ENDS:
            return None
        return last if ended is None else ended.at


def _stated(shelf: Shelf, found: Mapping[str, Found], one: Found) -> Account:
    advisory = shelf.held[one.advisory]
    before = str(advisory.open.get("replaces") or "")
    made = partial(
        Account,
        record=one.advisory,
        party=advisory.party,
        month=month_of(one.at),
        replaces=before if before in found else None,
    )
    after = shelf.successors.get(one.advisory, [])
    if after:
        new = next((found[name] for name in after if name in found), None)
        if new is None:
            return made(state="withdrawn", since=month_of(shelf.held[after[0]].at))
        return made(state="corrected", since=month_of(new.at), by=new.advisory)
    reopened = shelf.reopened(one.case)
    if reopened is not None:
        return made(state="withdrawn", since=month_of(reopened))
    return made(title=one.words.title, text=one.words.text)
