"""When a record of the pillar `risk` stands, what follows from it, and what may be counted in public.

Pure. A judge sees the record, its thread's root (the question) and the records that it names. Times are
compared as their authors claim them; that an author's clock was honest is what standing bounds.
"""

from collections import Counter
from itertools import pairwise

from detente.accord.pillar import Facts, Grounds, Judgement, Statement, Table, Thread

from .kinds import (
    CERTAIN,
    Aggregate,
    AggregateFacts,
    Commitment,
    CommitmentFacts,
    Estimate,
    EstimateFacts,
    Indicator,
    IndicatorFacts,
    Line,
    Question,
    QuestionFacts,
)
from .pool import Interval, disjoint, pooled, spread
from .promise import digest

__all__ = ("judge", "tally")

_DAY_MS = 86_400_000
_Outcome = tuple[tuple[str, ...], Facts | None]


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a record of a risk judgement stands, and what follows from it.

    Refusals:
        question: clocks-disorder, panel-order, unit-unfit, round-unlinked, round-open.
        commitment, estimate: not-on-panel. commitment: round-closed.
        estimate: commitment-foreign, commitment-differs, interval-disorder, beyond-scale, too-early.
        aggregate: estimate-foreign, estimates-order, party-twice, missing-unsaid, still-open,
            aggregate-differs.
        indicator: lines-disorder, period-not-begun, previous-another.
    """
    del grounds
    stated = statement.open
    if isinstance(stated, Question):
        refusals, facts = _question(statement, stated, thread)
    elif isinstance(stated, Indicator):
        refusals, facts = _indicator(statement, stated, thread)
    else:
        refusals, facts = _answered(statement, thread)
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public: kinds, domains asked about, lines reached, and how aggregates stand."""
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    for statement in statements:
        facts = statement.facts
        if isinstance(facts, QuestionFacts):
            counts[f"domain.{facts.domain}"] += 1
        if isinstance(facts, IndicatorFacts):
            counts[f"crosses.{facts.crosses}"] += 1
        if isinstance(facts, AggregateFacts):
            states = {"disjoint": facts.disjoint, "whole": facts.whole}
            counts.update(name for name, true in states.items() if true)
    return dict(sorted(counts.items()))


def _codes(found: dict[str, bool]) -> tuple[str, ...]:
    return tuple(code for code, wrong in found.items() if wrong)


def _ascends(values: tuple[str, ...]) -> bool:
    return all(one < two for one, two in pairwise(values))


def _question(statement: Statement, stated: Question, thread: Thread) -> _Outcome:
    clocks = [statement.at, stated.commit_by, stated.reveal_by]
    clocks += [] if stated.resolves is None else [stated.resolves]
    before = thread[stated.previous].open if stated.previous else None
    found = {
        "clocks-disorder": not all(one < two for one, two in pairwise(clocks)),
        "panel-order": not _ascends(stated.panel),
        "unit-unfit": (stated.answer == "quantity") != (stated.unit is not None),
        "round-unlinked": not _follows(stated, before) if stated.previous else stated.turn != 1,
        "round-open": isinstance(before, Question) and statement.at <= before.reveal_by,
    }
    return _codes(found), QuestionFacts(domain=stated.domain, turn=stated.turn, asked=len(stated.panel))


def _follows(stated: Question, before: object) -> bool:
    """Whether a later round asks for the same sort of answer as the one before."""
    if not isinstance(before, Question):
        return False
    same = ("domain", "answer", "unit", "coverage")
    return stated.turn == before.turn + 1 and all(
        getattr(stated, name) == getattr(before, name) for name in same
    )


def _answered(statement: Statement, thread: Thread) -> _Outcome:
    """What answers a question."""
    root = thread[statement.thread or ""]
    question = root.open
    match statement.open, question:
        case Commitment(), Question():
            found = {
                "not-on-panel": statement.party not in question.panel,
                "round-closed": statement.at > question.commit_by,
            }
            return _codes(found), CommitmentFacts(turn=question.turn)
        case Estimate() as stated, Question():
            return _estimate(statement, stated, question, thread[stated.commitment])
        case Aggregate() as stated, Question():
            return _aggregate(statement, stated, question, [thread[one] for one in stated.estimates])
    return ("commitment-foreign",), None


def _estimate(statement: Statement, stated: Estimate, question: Question, before: Statement) -> _Outcome:
    own = before.party == statement.party and before.thread == statement.thread
    if not own or not isinstance(before.open, Commitment):
        return ("commitment-foreign",), None
    interval = (stated.low, stated.central, stated.high)
    promised = digest(statement.thread or "", statement.party, interval, stated.salt)
    found = {
        "commitment-differs": promised != before.open.promise,
        "interval-disorder": not stated.low <= stated.central <= stated.high,
        "beyond-scale": question.answer == "probability" and stated.high > CERTAIN,
        "too-early": statement.at <= question.commit_by,
    }
    width = max(0, stated.high - stated.low)
    punctual = statement.at <= question.reveal_by
    return _codes(found), EstimateFacts(width=width, punctual=punctual, turn=question.turn)


def _aggregate(
    statement: Statement, stated: Aggregate, question: Question, named: list[Statement]
) -> _Outcome:
    intervals = [_interval(one) for one in named if one.thread == statement.thread]
    known: list[Interval] = [one for one in intervals if one is not None]
    if len(known) < len(named):
        return ("estimate-foreign",), None
    parties = [one.party for one in named]
    missing = tuple(sorted(set(question.panel) - set(parties)))
    found = {
        "estimates-order": not _ascends(stated.estimates),
        "party-twice": len(set(parties)) < len(parties),
        "missing-unsaid": stated.missing != missing,
        "still-open": bool(missing) and statement.at <= question.reveal_by,
        "aggregate-differs": (stated.low, stated.central, stated.high) != pooled(stated.method, known),
    }
    facts = AggregateFacts(
        spread=spread(known), disjoint=disjoint(known), whole=not missing, turn=question.turn
    )
    return _codes(found), facts


def _interval(said: Statement) -> Interval | None:
    return (said.open.low, said.open.central, said.open.high) if isinstance(said.open, Estimate) else None


def _indicator(statement: Statement, stated: Indicator, thread: Thread) -> _Outcome:
    named = thread[stated.previous] if stated.previous else None
    before = named.open if named is not None and named.party == statement.party else None
    higher = stated.worse == "higher"
    found = {
        "lines-disorder": stated.yellow > stated.red if higher else stated.yellow < stated.red,
        "period-not-begun": stated.period > statement.at + _DAY_MS,
        "previous-another": named is not None and not _earlier(stated, before),
    }
    worsened = _reaches(stated.value, before.value, stated) if isinstance(before, Indicator) else None
    if isinstance(before, Indicator) and before.value == stated.value:
        worsened = False
    return _codes(found), IndicatorFacts(crosses=_line(stated), worsened=worsened, domain=stated.domain)


def _earlier(stated: Indicator, before: object) -> bool:
    """Whether it is the same indicator, of the same author, for an earlier period."""
    if not isinstance(before, Indicator):
        return False
    same = ("indicator", "domain", "unit", "worse")
    return before.period < stated.period and all(
        getattr(before, name) == getattr(stated, name) for name in same
    )


def _line(stated: Indicator) -> Line:
    if _reaches(stated.value, stated.red, stated):
        return "red"
    return "yellow" if _reaches(stated.value, stated.yellow, stated) else "none"


def _reaches(value: int, mark: int, stated: Indicator) -> bool:
    """Whether a value is at a mark, or worse."""
    return value >= mark if stated.worse == "higher" else value <= mark
