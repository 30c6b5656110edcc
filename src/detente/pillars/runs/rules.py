"""When a record of the pillar `runs` stands, which bands follow, and what may be counted in public.

Pure. A judge sees the record, its thread's root and the records that it names: the record whose profile it
goes by. A run of which nobody was told before is not refused; that it was not registered is a fact, and rules
decide on it.
"""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from detente.accord.pillar import Facts, Grounds, Judgement, Statement, Table, Thread

from .band import BANDS, LOWEST, Band, exponents
from .kinds import (
    Amended,
    Completed,
    CompletedFacts,
    Crossed,
    CrossedFacts,
    Planned,
    PlannedFacts,
    Plausible,
    Profile,
    RunFacts,
    Started,
)

__all__ = ("judge", "tally")

_DAY_MS = 86_400_000
_LAST_MS = 4_102_444_800_000  # the year 2100, after which no month can be written: later claims count as this
_NEAR = 1
"""How many bands a route may lie from the stated amount: such estimates are good to a factor of ten."""


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a record of a run stands, and which bands follow.

    Refusals:
        all: total-below-run.
        planned: base-unfit, begun-already, months-disorder.
        all others: last-misplaced, not-your-run, not-in-this-thread, run-over.
        started: month-not-yet, begun-twice, profile-changed. crossed: month-not-yet, line-not-reached.
        completed: month-not-yet, profile-changed. amended: months-disorder, nothing-changed.
    """
    del grounds
    stated = statement.open
    if not isinstance(stated, Profile):
        return Judgement.refused("not-in-this-thread")
    if isinstance(stated, Planned):
        refusals = _misplanned(statement, stated, thread)
    else:
        last = _last(stated, thread)
        refusals = _misplaced(statement, stated, last) or _misstated(statement, stated, last)
    refusals += _codes({"total-below-run": _below(stated.total, stated.compute)})
    return Judgement.refused(*refusals) if refusals else Judgement.standing(_facts(statement, stated, thread))


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public: kinds, bands of the amount in all, outcomes, and what was registered."""
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    for statement in statements:
        stated, facts = statement.open, statement.facts
        if isinstance(stated, Planned | Completed) and stated.total is not None:
            counts[f"total.{stated.total}"] += 1
        if isinstance(facts, CompletedFacts):
            counts.update((f"outcome.{facts.outcome}", f"plausible.{facts.plausible}"))
        if isinstance(facts, RunFacts) and facts.registered:
            counts["registered"] += 1
    return dict(sorted(counts.items()))


def _codes(found: dict[str, bool]) -> tuple[str, ...]:
    return tuple(code for code, wrong in found.items() if wrong)


def _last(stated: Profile, thread: Thread) -> Statement | None:
    """The record whose profile it goes by; None if it names none."""
    named = stated.last if isinstance(stated, Started | Crossed | Completed | Amended) else None
    return thread[named] if named is not None else None


def _misplanned(statement: Statement, stated: Planned, thread: Thread) -> tuple[str, ...]:
    base = thread[stated.base].open if stated.base else None
    found = {
        "base-unfit": stated.base is not None
        and (not isinstance(base, Profile) or _below(stated.total, base.total)),
        "begun-already": stated.begins is not None and stated.begins < _month(statement.at - _DAY_MS),
        "months-disorder": _disordered(stated.begins, stated.ends),
    }
    return _codes(found)


def _misplaced(statement: Statement, stated: Profile, last: Statement | None) -> tuple[str, ...]:
    """In a thread the last record is named and is one's own there; alone there is none to name."""
    if (last is None) != (statement.thread is None):
        return ("last-misplaced",)
    if last is None:
        return ()
    if last.party != statement.party:
        return ("not-your-run",)
    if statement.thread not in (last.id, last.thread) or not isinstance(last.open, Profile):
        return ("not-in-this-thread",)
    resumes = isinstance(stated, Amended) and stated.change in ("resumed", "corrected")
    return ("run-over",) if _over(last.open) and not resumes else ()


def _over(stated: Profile) -> bool:
    cancelled = isinstance(stated, Amended) and stated.change == "cancelled"
    return isinstance(stated, Completed) or cancelled


def _misstated(statement: Statement, stated: Profile, last: Statement | None) -> tuple[str, ...]:
    before = last.open if last else None
    latest = _month(statement.at + _DAY_MS)
    match stated:
        case Started():
            found = {
                "month-not-yet": stated.began > latest,
                "begun-twice": before is not None and not isinstance(before, Planned | Amended),
                "profile-changed": _changed(stated, before),
            }
        case Crossed():
            reachable = exponents(stated.total)[1] > int(stated.line[1:])
            found = {"month-not-yet": stated.reached > latest, "line-not-reached": not reachable}
        case Completed():
            found = {
                "month-not-yet": stated.ended > latest,
                "profile-changed": _remade(stated, before),
            }
        case Amended():
            found = {
                "months-disorder": _disordered(stated.begins, stated.ends),
                "nothing-changed": not _changed(stated, before) and _same_months(stated, before),
            }
        case _:
            found = {}
    return _codes(found)


def _changed(stated: Profile, before: object) -> bool:
    """Whether any field of the profile differs from that of the record it goes by."""
    names = Profile.__struct_fields__
    return before is not None and any(getattr(stated, name) != getattr(before, name) for name in names)


def _remade(stated: Profile, before: object) -> bool:
    """What a run is may not change at its end; how much it took is known only then."""
    names = ("data_kind", "run_kind", "use")
    return before is not None and any(getattr(stated, name) != getattr(before, name) for name in names)


def _same_months(stated: Amended, before: object) -> bool:
    """Whether an amendment leaves the months alone, and does not end or resume the run."""
    if stated.change in ("cancelled", "resumed"):
        return False
    known = before if isinstance(before, Planned | Amended) else None
    return known is None or (known.begins, known.ends) == (stated.begins, stated.ends)


def _below(whole: Band | None, part: Band | None) -> bool:
    """Whether a whole is stated to be less than its part; what is unknown contradicts nothing."""
    return whole is not None and part is not None and BANDS.index(whole) < BANDS.index(part)


def _disordered(first: str | None, last: str | None) -> bool:
    return first is not None and last is not None and last < first


def _month(at: int) -> str:
    return f"{datetime.fromtimestamp(min(max(at, 0), _LAST_MS) / 1000, UTC):%Y-%m}"


def _facts(statement: Statement, stated: Profile, thread: Thread) -> Facts:
    root = thread[statement.thread].open if statement.thread else stated
    low, high = exponents(stated.compute)
    total_low, total_high = exponents(stated.total)
    common: dict[str, Any] = {
        "low": low,
        "high": high,
        "total_low": max(total_low, low, int(stated.line[1:]) if isinstance(stated, Crossed) else LOWEST),
        "total_high": total_high,
        "data_kind": stated.data_kind,
        "registered": isinstance(root, Planned),
    }
    match stated:
        case Planned():
            return PlannedFacts(**common, lead=_lead(statement.at, stated.begins))
        case Crossed():
            line = int(stated.line[1:])
            return CrossedFacts(**common, line=line, foreseen=_foreseen(line, _last(stated, thread)))
        case Completed():
            return CompletedFacts(**common, plausible=_plausible(stated), outcome=stated.outcome)
    return RunFacts(**common)


def _lead(at: int, begins: str | None) -> int | None:
    """Whole days from the signature to the first day of the month; below 0 if it had begun."""
    if begins is None:
        return None
    first = datetime(int(begins[:4]), int(begins[5:]), 1, tzinfo=UTC)
    days = (int(first.timestamp()) * 1000 - min(at, _LAST_MS)) // _DAY_MS
    return max(-3660, min(3660, days))


def _foreseen(line: int, last: Statement | None) -> bool:
    """The record before left room above the line: it said more, or did not know."""
    return last is not None and isinstance(last.facts, RunFacts) and last.facts.total_high > line


def _plausible(stated: Completed) -> Plausible:
    routes = [one for one in (stated.by_chip_hours, stated.by_model_and_data, stated.by_energy) if one]
    if stated.compute is None or not routes:
        return "unshown"
    place = BANDS.index(stated.compute)
    if any(abs(BANDS.index(one) - place) > _NEAR for one in routes):
        return "differ"
    return "single" if len(routes) == 1 else "agree"
