"""When a record of the pillar `incidents` stands, which level follows, and what may be counted in public.

Pure. A judge sees the record, its thread's root and the records that it names, so nothing that comes later
changes a judgement. Which tables make a level is not written here: the accord's scale `severity` says it.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from detente.accord.pillar import Grounds, Judgement, Statement, Table, Thread
from detente.accord.scale import QUIET_CONTROL, Axes, Class, Reading, Span

from . import matches
from .kinds import (
    Close,
    CloseFacts,
    Domain,
    Match,
    MatchAnswer,
    MatchCount,
    MatchMembers,
    MatchProof,
    MatchSet,
    Rating,
    Report,
    ReportFacts,
    Update,
)

__all__ = ("judge", "tally")

_GRAVITY: tuple[Class, ...] = ("deviation", "near_miss", "incident", "accident")
_NONE, _ANY_RUNG, _ANY_STEP = Span(0, 0), Span(0, 7), Span(0, 4)
_DAY_MS = 86_400_000
_LAST_MS = 253_370_764_800_000  # the year 9999: later claims count as this


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a report, update or close stands, and which level follows.

    Refusals:
        report, update: near-miss-with-harm, near-miss-beyond-barriers, potential-below-harm,
            techniques-order, near-miss-unsaid; report: month-not-yet.
        update, close: not-your-report, not-in-this-thread, not-a-rating; update: already-closed,
            nothing-to-reopen; close: still-ongoing, duplicate-unnamed, duplicate-no-report, split-unnamed,
            split-order, split-no-report, split-into-older.
        match and what answers it: as `matches.proposed`, `matches.step`.
    """
    stated = statement.open
    if isinstance(stated, Report):
        late = _not_yet(stated.month, statement.at)
        return _rated(stated, stated.domain, grounds, late)
    if isinstance(stated, Match):
        return matches.proposed(statement, stated, thread)
    root = thread[statement.thread or ""]
    if isinstance(stated, MatchSet | MatchAnswer | MatchCount | MatchMembers | MatchProof):
        return matches.step(statement, root, thread)
    if isinstance(stated, Update) and isinstance(root.open, Report):
        return _rated(stated, root.open.domain, grounds, _misplaced_update(statement, stated, root, thread))
    if isinstance(stated, Close):
        return _closed(statement, stated, root, thread)
    return Judgement.refused("not-a-rating")


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public: each report once, by its newest rating; one that was split not at all.

    What goes on in the place of a report that was split is counted, and how many were split, as
    `outcome.split`. Labels are a kind (`report`), a field that is true (`near_miss`), or a field and its
    value (`level.3`).
    """
    del grounds
    split = _split(statements)
    counts: Counter[str] = Counter(
        "outcome.split" if statement.id in split else statement.kind.partition(".")[2]
        for statement in statements
    )
    for newest in _newest_ratings(statements):
        if isinstance(newest.facts, ReportFacts) and (newest.thread or newest.id) not in split:
            facts = newest.facts
            labels = [f"level.{facts.level}", f"domain.{facts.domain}", f"category.{facts.category}"]
            states = {"near_miss": facts.near_miss, "ongoing": facts.ongoing, "settled": facts.settled}
            counts.update(labels)
            counts.update(name for name, true in states.items() if true)
    return dict(sorted(counts.items()))


def _rated(stated: Rating, domain: Domain, grounds: Grounds, misplaced: tuple[str, ...]) -> Judgement:
    refusals = misplaced + _contradictions(stated)
    if refusals:
        return Judgement.refused(*refusals)
    axes = _axes(stated)
    reading = grounds.scales["severity"].read(axes)
    if not stated.near_miss and reading.classes == {"near_miss"}:
        return Judgement.refused("near-miss-unsaid")
    return Judgement.standing(_facts(stated, domain, axes, reading))


def _contradictions(stated: Rating) -> tuple[str, ...]:
    """What the axes themselves rule out; an unknown axis rules out nothing."""
    harm, potential, control = stated.harm, stated.potential, stated.control
    found = {
        "near-miss-with-harm": stated.near_miss and (harm or 0) > 0,
        "near-miss-beyond-barriers": stated.near_miss and (control or 0) > QUIET_CONTROL,
        "potential-below-harm": potential is not None and potential < (harm or 0),
        "techniques-order": list(stated.techniques) != sorted(set(stated.techniques)),
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _axes(stated: Rating) -> Axes:
    """The axes as spans; that it was a near miss narrows what is unknown."""
    harm = _NONE if stated.near_miss else _span(stated.harm, _ANY_RUNG)
    quiet = Span(0, QUIET_CONTROL) if stated.near_miss else _ANY_STEP
    return Axes(
        harm=harm,
        potential=_span(stated.potential, Span(harm.low, _ANY_RUNG.high)),
        control=_span(stated.control, quiet),
        spread=_span(stated.spread, _ANY_STEP),
        layers=_span(stated.layers, _ANY_STEP),
        repeat=stated.repeat,
    )


def _span(value: int | None, unknown: Span) -> Span:
    return unknown if value is None else Span(value, value)


def _facts(stated: Rating, domain: Domain, axes: Axes, reading: Reading) -> ReportFacts:
    """Rules see the upper end of everything; `settled` says whether there is a lower one."""
    return ReportFacts(
        level=reading.high,
        level_low=reading.low,
        category=max(reading.classes, key=_GRAVITY.index),
        settled=reading.low == reading.high and len(reading.classes) == 1,
        near_miss=stated.near_miss,
        cross_border=reading.cross_border is not False,
        harm_high=min(axes.harm.high, axes.potential.high),
        potential_high=axes.potential.high,
        control_high=axes.control.high,
        domain=domain,
        ongoing=stated.ongoing,
    )


def _not_yet(month: str | None, at: int) -> tuple[str, ...]:
    """A month that has not begun anywhere on Earth when the author says it signed."""
    latest = datetime.fromtimestamp(min(at + _DAY_MS, _LAST_MS) / 1000, UTC)
    future = month is not None and month > f"{latest:%Y-%m}".rjust(7, "0")
    return ("month-not-yet",) if future else ()


def _misplaced_update(
    statement: Statement, stated: Update, root: Statement, thread: Thread
) -> tuple[str, ...]:
    previous = thread[stated.previous]
    if elsewhere := _elsewhere(statement, previous, root):
        return elsewhere
    if isinstance(previous.open, Close):
        return () if stated.change == "reopened" else ("already-closed",)
    if not isinstance(previous.open, Rating):
        return ("not-a-rating",)
    return ("nothing-to-reopen",) if stated.change == "reopened" else ()


def _closed(statement: Statement, stated: Close, root: Statement, thread: Thread) -> Judgement:
    last = thread[stated.last]
    named = _misnamed(stated, root, thread) + _missplit(statement, stated, root, thread)
    refusals = _elsewhere(statement, last, root) + named
    if refusals:
        return Judgement.refused(*refusals)
    if not isinstance(last.open, Rating) or not isinstance(last.facts, ReportFacts):
        return Judgement.refused("not-a-rating")
    if last.open.ongoing and stated.outcome not in ("duplicate", "split"):
        return Judgement.refused("still-ongoing")
    final = last.facts
    return Judgement.standing(CloseFacts(level=final.level, level_low=final.level_low, settled=final.settled))


def _misnamed(stated: Close, root: Statement, thread: Thread) -> tuple[str, ...]:
    """A duplicate names another report; nothing else names one."""
    if (stated.outcome == "duplicate") != (stated.duplicate_of is not None):
        return ("duplicate-unnamed",)
    if stated.duplicate_of is None:
        return ()
    other = thread[stated.duplicate_of]
    return () if isinstance(other.open, Report) and other.id != root.id else ("duplicate-no-report",)


def _missplit(statement: Statement, stated: Close, root: Statement, thread: Thread) -> tuple[str, ...]:
    """A split names later reports of its own author's: so no number can ever be followed back to itself."""
    if (stated.outcome == "split") != (stated.successors is not None):
        return ("split-unnamed",)
    named = stated.successors or ()
    if list(named) != sorted(set(named)):
        return ("split-order",)
    found = [thread[one] for one in named]
    if not all(isinstance(one.open, Report) and one.party == statement.party for one in found):
        return ("split-no-report",)
    later = all((one.at, one.id) > (root.at, root.id) for one in found)
    return () if later else ("split-into-older",)


def _split(statements: tuple[Statement, ...]) -> frozenset[str]:
    """The reports that ended as split: what ended first counts, until it is reopened."""
    ended: dict[str | None, str] = {}
    for statement in sorted(statements, key=lambda one: (one.at, one.id)):
        if isinstance(statement.open, Close):
            ended.setdefault(statement.thread, statement.open.outcome)
        elif isinstance(statement.open, Update) and statement.open.change == "reopened":
            ended.pop(statement.thread, None)
    return frozenset(name for name, outcome in ended.items() if name and outcome == "split")


def _elsewhere(statement: Statement, named: Statement, root: Statement) -> tuple[str, ...]:
    if root.party != statement.party:
        return ("not-your-report",)
    inside = root.id in (named.id, named.thread) and named.party == statement.party
    return () if inside else ("not-in-this-thread",)


def _newest_ratings(statements: tuple[Statement, ...]) -> Iterable[Statement]:
    """The newest rating of each report; one author's times never decrease, ids settle a tie."""
    newest: dict[str, Statement] = {}
    for statement in sorted(statements, key=lambda one: (one.at, one.id)):
        if isinstance(statement.open, Rating):
            newest[statement.thread or statement.id] = statement
    return newest.values()
