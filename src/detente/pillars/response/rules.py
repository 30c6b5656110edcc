"""When a record of the pillar `response` stands, and what may be counted in public.

Pure. The state of a side is moved by one table (`accord.machines.response`), asked here for each turn.
"""

from collections import Counter

from msgspec import convert

from detente.accord.machines.response import RESPONSE
from detente.accord.pillar import Facts, Grounds, Judgement, Statement, Table, Thread
from detente.trust.machine import Event, Moment, step

from .kinds import (
    Advisory,
    Indicator,
    Lesson,
    LessonFacts,
    Opened,
    OpenedFacts,
    Reply,
    ReplyFacts,
    Request,
    RequestFacts,
    Review,
    Sighting,
    SightingFacts,
    Situation,
    SituationFacts,
    State,
    Turn,
    TurnFacts,
)

__all__ = ("judge", "tally")

_TOP_LEVEL = 7
_SETTLED = frozenset({"done", "declined", "cannot_say"})


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a record of a response stands, and what follows.

    Refusals:
        turn: not-your-turn, not-in-this-response, out-of-turn. situation: joins-itself, joins-no-report,
            joint-report-differs, next-passed. request: asks-itself, by-passed. reply: not-asked.
        indicator: expired-already. sighting: not-an-indicator, expired-when-seen.
        advisory: not-your-advisory. review: not-your-turn, not-over.
        lesson: not-a-review, due-passed.
    """
    del grounds
    refusals, facts = _said(statement, thread)
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public.

    Labels are a kind (`request`), or a field and its value (`state.contained`, of turns; `outcome.done`).
    """
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    for statement in statements:
        if isinstance(statement.facts, TurnFacts):
            counts[f"state.{statement.facts.state}"] += 1
        if isinstance(statement.open, Reply):
            counts[f"outcome.{statement.open.outcome}"] += 1
        if isinstance(statement.open, Review):
            counts[f"cause.{statement.open.cause}"] += 1
    return dict(sorted(counts.items()))


def _said(statement: Statement, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    match statement.open:
        case Opened() as stated:
            level = _TOP_LEVEL if stated.level is None else stated.level
            return (), OpenedFacts(level=level, joint=stated.joint)
        case Turn() as stated:
            return _turned(statement, stated, thread)
        case Situation() as stated:
            joint = SituationFacts(joint=stated.joins is not None, number=stated.number)
            return _misreported(statement, stated, thread), joint
        case Review() | Lesson() as stated:
            return _learned(statement, stated, thread)
    return _asked(statement, thread)


def _asked(statement: Statement, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    """What is asked, answered, looked for or advised."""
    match statement.open:
        case Request() as stated:
            found = {"asks-itself": stated.to == statement.party, "by-passed": stated.by <= statement.at}
            return _codes(found), RequestFacts(to=stated.to)
        case Reply() as stated:
            request = thread[stated.of]
            asked = isinstance(request.open, Request) and request.open.to == statement.party
            wrong = not asked or not _inside(statement, request)
            return _codes({"not-asked": wrong}), ReplyFacts(settled=stated.outcome in _SETTLED)
        case Sighting() as stated:
            return _missighted(statement, stated, thread), SightingFacts(seen=stated.count != "none")
        case Indicator() as stated:
            return _codes({"expired-already": stated.valid_until <= statement.at}), None
        case Advisory() as stated:
            return _codes({"not-your-advisory": _not_yours(statement, stated, thread)}), None
    return (), None


def _turned(statement: Statement, stated: Turn, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    previous = thread[stated.previous]
    if not _inside(statement, previous):
        return ("not-in-this-response",), None
    begins = isinstance(previous.open, Opened)
    if not begins and (not isinstance(previous.facts, TurnFacts) or previous.party != statement.party):
        return ("not-your-turn",), None
    state = previous.facts.state if isinstance(previous.facts, TurnFacts) else "detected"
    done = step(RESPONSE, {}, Moment(state, {}), Event(stated.event, statement.at, statement.party))
    if done.refusal:
        return ("out-of-turn",), None
    return (), TurnFacts(state=convert(done.moment.state, State))


def _misreported(statement: Statement, stated: Situation, thread: Thread) -> tuple[str, ...]:
    passed = {"next-passed": stated.next_by is not None and stated.next_by <= statement.at}
    if stated.joins is None:
        return _codes(passed)
    other = thread[stated.joins]
    if not isinstance(other.open, Situation) or not _inside(statement, other):
        return ("joins-no-report",)
    alike = (stated.number, stated.ongoing, stated.level) == (
        other.open.number,
        other.open.ongoing,
        other.open.level,
    )
    return _codes(
        {"joins-itself": other.party == statement.party, "joint-report-differs": not alike} | passed
    )


def _missighted(statement: Statement, stated: Sighting, thread: Thread) -> tuple[str, ...]:
    indicator = thread[stated.of]
    if not isinstance(indicator.open, Indicator) or not _inside(statement, indicator):
        return ("not-an-indicator",)
    return _codes({"expired-when-seen": indicator.open.valid_until <= statement.at})


def _not_yours(statement: Statement, stated: Advisory, thread: Thread) -> bool:
    if stated.replaces is None:
        return False
    before = thread[stated.replaces]
    return not isinstance(before.open, Advisory) or before.party != statement.party


def _learned(
    statement: Statement, stated: Review | Lesson, thread: Thread
) -> tuple[tuple[str, ...], Facts | None]:
    if isinstance(stated, Lesson):
        review = thread[stated.review]
        found = {
            "not-a-review": not isinstance(review.open, Review) or not _inside(statement, review),
            "due-passed": not stated.closed and stated.due <= statement.at,
        }
        return _codes(found), LessonFacts(owner=stated.owner, open=not stated.closed)
    last = thread[stated.last]
    mine = isinstance(last.facts, TurnFacts) and last.party == statement.party and _inside(statement, last)
    if not mine or not isinstance(last.facts, TurnFacts):
        return ("not-your-turn",), None
    return _codes({"not-over": last.facts.state not in RESPONSE.ends}), None


def _inside(statement: Statement, named: Statement) -> bool:
    return statement.thread in (named.id, named.thread)


def _codes(found: dict[str, bool]) -> tuple[str, ...]:
    return tuple(code for code, wrong in found.items() if wrong)
