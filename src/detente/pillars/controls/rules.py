"""When a record of the pillar `controls` stands, where two readings part, and what may be counted in public.

Pure, and exact: whole numbers are compared with whole numbers. That a reading differs from what the numbers
say refuses nothing, since notes, end uses and destinations decide as well; it is a fact that rules may ask.
"""

from collections import Counter
from datetime import UTC, datetime
from operator import ge, gt, le, lt

from detente.accord.pillar import Facts, Grounds, Judgement, Statement, Table, Thread

from .kinds import (
    Alignment,
    AlignmentFacts,
    Fit,
    Question,
    QuestionFacts,
    Reading,
    ReadingFacts,
    Regime,
    RegimeFacts,
)

__all__ = ("judge", "tally")

_COMPARE = {"at_least": ge, "above": gt, "below": lt, "at_most": le}
_STRICTNESS = (
    "not_controlled",
    "registration",
    "general_licence",
    "individual_licence",
    "presumed_denied",
    "prohibited",
)
_WIDEST = len(_STRICTNESS) - 1
_DAY_MS = 86_400_000  # it has begun somewhere on Earth
_LAST_MS = 253_370_764_800_000  # the year 9999: later claims count as this


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a record of the pillar stands, and what follows.

    Refusals:
        regime: regime-of-another, validity-reversed, checked-later, lines-uneven, replaces-no-entry.
        question: own-destination. reading: regime-not-recorded, outside-validity.
        alignment: not-two-readings, one-party-twice, relation-contradicted.
    """
    del grounds
    refusals, facts = _said(statement, thread)
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public.

    Labels are a kind (`reading`), a field that is true (`agree`, `at_boundary` of alignments), or a field and
    its value (`outcome.prohibited` of readings, `relation.subset`).
    """
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    for statement in statements:
        if isinstance(statement.open, Reading):
            counts[f"outcome.{statement.open.outcome}"] += 1
        if isinstance(statement.open, Alignment) and isinstance(statement.facts, AlignmentFacts):
            counts[f"relation.{statement.open.relation}"] += 1
            counts["agree"] += statement.facts.agree
            counts["at_boundary"] += statement.facts.at_boundary
    return dict(sorted(counts.items()))


def _said(statement: Statement, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    """What refuses a record, and what follows from it."""
    match statement.open:
        case Regime() as stated:
            return _misrecorded(statement, stated, thread), _regime_facts(stated)
        case Question() as stated:
            itself = stated.exporter == stated.destination
            return ("own-destination",) if itself else (), _question_facts(stated)
        case Reading() as stated:
            return _read(statement, stated, thread)
        case Alignment() as stated:
            return _aligned(statement, stated, thread)
    return (), None  # the pillar has no other kind


def _misrecorded(statement: Statement, stated: Regime, thread: Thread) -> tuple[str, ...]:
    lines = {len(stated.parameters), len(stated.comparators), len(stated.limits)}
    found = {
        "regime-of-another": stated.jurisdiction not in (None, statement.party),
        "validity-reversed": stated.valid_to is not None and stated.valid_to < stated.valid_from,
        "checked-later": stated.checked_on > _latest_day(statement.at),
        "lines-uneven": len(lines) > 1,
        "replaces-no-entry": not _replaceable(statement, stated, thread),
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _replaceable(statement: Statement, stated: Regime, thread: Thread) -> bool:
    """An entry is replaced by its own author, under its own number."""
    if stated.replaces is None:
        return True
    before = thread.get(stated.replaces)
    return (
        before is not None
        and isinstance(before.open, Regime)
        and (before.party, before.open.entry) == (statement.party, stated.entry)
    )


def _latest_day(at: int) -> str:
    """The latest date anywhere on Earth when the author says it signed."""
    return f"{datetime.fromtimestamp(min(at + _DAY_MS, _LAST_MS) / 1000, UTC):%Y-%m-%d}".rjust(10, "0")


def _regime_facts(stated: Regime) -> RegimeFacts:
    return RegimeFacts(in_force=stated.status == "in_force", lines=len(stated.parameters))


def _question_facts(stated: Question) -> QuestionFacts:
    return QuestionFacts(
        item=stated.item,
        exporter=stated.exporter,
        destination=stated.destination,
        for_safety=stated.end_use == "safety_testing",
    )


def _read(statement: Statement, stated: Reading, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    before, root = thread.get(stated.regime), thread.get(statement.thread or "")
    if before is None or not isinstance(before.open, Regime):
        return ("regime-not-recorded",), None
    entry = before.open
    if stated.as_of < entry.valid_from or (entry.valid_to is not None and stated.as_of > entry.valid_to):
        return ("outside-validity",), None
    asked = root.open if root else None
    fit, at_boundary = _fit(asked, entry) if isinstance(asked, Question) else ("unknown", False)
    free = stated.outcome == "not_controlled"
    contradicted = (fit == "met" and free) or (fit == "not_met" and not free)
    return (), ReadingFacts(
        outcome=stated.outcome,
        own=entry.jurisdiction in (None, statement.party),
        fit=fit,
        at_boundary=at_boundary,
        questioned=stated.basis == "threshold" and stated.outcome != "cannot_say" and contradicted,
    )


def _fit(asked: Question, entry: Regime) -> tuple[Fit, bool]:
    """Whether the item meets all lines of an entry, and whether it is exactly on one of them."""
    lines = tuple(zip(entry.parameters, entry.comparators, entry.limits, strict=True))
    amounts: list[int | None] = [getattr(asked, name) for name, _, _ in lines]
    known = [(amount, line) for amount, line in zip(amounts, lines, strict=True) if amount is not None]
    at_boundary = any(amount == limit for amount, (_, _, limit) in known)
    if any(not _COMPARE[how](amount, limit) for amount, (_, how, limit) in known):
        return "not_met", at_boundary
    if not lines:
        return "unstated", False
    return ("met" if len(known) == len(lines) else "unknown"), at_boundary


def _aligned(statement: Statement, stated: Alignment, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    pair = [thread.get(name) for name in (stated.first, stated.second)]
    said = [one for one in pair if one is not None and one.thread == statement.thread]
    facts = [one.facts for one in said if isinstance(one.facts, ReadingFacts)]
    if len(facts) < len(pair):
        return ("not-two-readings",), None
    if said[0].party == said[1].party:
        return ("one-party-twice",), None
    first, second = facts
    if stated.relation == "equal" and {first.fit, second.fit} == {"met", "not_met"}:
        return ("relation-contradicted",), None
    return (), _compared(first, second)


def _compared(first: ReadingFacts, second: ReadingFacts) -> AlignmentFacts:
    known = "cannot_say" not in (first.outcome, second.outcome)
    steps = _STRICTNESS.index(first.outcome) - _STRICTNESS.index(second.outcome) if known else _WIDEST
    return AlignmentFacts(
        agree=known and steps == 0,
        gap=abs(steps),
        stricter=("neither" if steps == 0 else "first" if steps > 0 else "second") if known else "unknown",
        at_boundary=first.at_boundary or second.at_boundary,
        own=first.own and second.own,
    )
