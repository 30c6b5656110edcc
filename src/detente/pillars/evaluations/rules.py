"""When a record of the pillar `evaluations` stands, what a result shows, and what may be counted in public.

Pure. A judge sees the record, its thread's root (the plan) and the records that it names. So a result names
the attempt before it; two results that both name none are both there for all to see, and both are counted.
"""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

from detente.accord.pillar import Grounds, Judgement, Statement, Table, Thread

from . import attempts
from .attempts import Outcome, codes
from .bound import agreement, false_at_most, shown_at_least, shown_below
from .checks import (
    Challenge,
    ChallengeFacts,
    Opening,
    OpeningFacts,
    Replication,
    ReplicationFacts,
)
from .draw import drawn
from .kinds import (
    MOST_SAMPLES,
    Attempt,
    Decision,
    Line,
    Plan,
    PlanFacts,
    Playbook,
    PlaybookFacts,
    Result,
    ResultFacts,
)

__all__ = ("judge", "tally")

_WHOLE = 10_000
_CHECKED = Fraction(5, 100)  # the doubt with which an opening speaks for what was not opened


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a record of joint testing stands, and what follows from it.

    Refusals:
        playbook: lines-disorder, languages-order, version-unlinked, own-adoption, adoption-differs.
        plan: not-a-playbook, adoption-foreign, languages-order, languages-unknown, counts-uneven,
            nothing-planned, too-many-samples, registered-late, window-disorder, runner-no-facility.
        attempt: not-the-runner, plan-over, previous-foreign, attempts-exceeded.
        result: another-playbook, not-the-runner, another-model, another-suite, another-configuration,
            run-before-plan, started-after-sent, plan-over, samples-differ, counts-impossible,
            previous-foreign, attempts-exceeded, commitment-short, attempt-foreign, attempt-kept-back,
            run-before-attempt.
        challenge: not-a-result, own-result, nothing-committed, heads-order, draw-differs.
        opening: not-a-result, not-yours-to-open, not-a-challenge, not-drawn, drawn-unopened.
        replication: another-playbook, not-a-result, own-result, pairs-differ.
    """
    match statement.open:
        case Playbook() as stated:
            refusals, facts = _playbook(statement, stated, thread)
        case Plan() as stated:
            refusals, facts = _plan(statement, stated, thread, grounds)
        case Attempt() as stated:
            refusals, facts = attempts.begun(statement, stated, thread)
        case Result() as stated:
            refusals, facts = _result(statement, stated, thread)
        case _:
            refusals, facts = _check(statement, thread)
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public: kinds, decisions, lines crossed, agreement. Every attempt is counted."""
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    for statement in statements:
        facts = statement.facts
        if isinstance(facts, ResultFacts):
            counts.update(
                (f"decision.{facts.decision}", f"crosses.{facts.crosses}", f"domain.{facts.domain}")
            )
        if isinstance(facts, ReplicationFacts):
            counts[f"agreement.{facts.agreement}"] += 1
    return dict(sorted(counts.items()))


def _ascends(values: tuple[str, ...] | tuple[int, ...]) -> bool:
    return all(one < two for one, two in pairwise(values))  # type: ignore[operator]  # all of one type


def _playbook(statement: Statement, stated: Playbook, thread: Thread) -> Outcome:
    before = thread[stated.previous].open if stated.previous else None
    follows = isinstance(before, Playbook) and (before.number, before.domain) == (
        stated.number - 1,
        stated.domain,
    )
    found = {
        "lines-disorder": stated.yellow > stated.red,
        "languages-order": not _ascends(stated.languages),
        "version-unlinked": not follows if stated.previous else stated.number != 1,
    }
    refusals = codes(found) + _misadopted(statement, stated, thread)
    return refusals, PlaybookFacts(domain=stated.domain, adopted=stated.adopts is not None)


def _misadopted(statement: Statement, stated: Playbook, thread: Thread) -> tuple[str, ...]:
    """Adopting is saying the same: every other open field is equal."""
    if stated.adopts is None:
        return ()
    adopted = thread[stated.adopts]
    if adopted.party == statement.party or adopted.id != statement.thread:
        return ("own-adoption",)
    same = isinstance(adopted.open, Playbook) and all(
        getattr(adopted.open, name) == getattr(stated, name)
        for name in Playbook.__struct_fields__
        if name != "adopts"
    )
    return () if same else ("adoption-differs",)


def _plan(statement: Statement, stated: Plan, thread: Thread, grounds: Grounds) -> Outcome:
    playbook = thread[stated.playbook]
    if not isinstance(playbook.open, Playbook) or playbook.open.adopts is not None:
        return ("not-a-playbook",), None
    adopters = [thread[one] for one in stated.adoptions]
    foreign = [
        one for one in adopters if not isinstance(one.open, Playbook) or one.open.adopts != playbook.id
    ]
    runs_itself = stated.runner == statement.party
    found = {
        "adoption-foreign": bool(foreign) or not _ascends(stated.adoptions),
        "languages-order": not _ascends(stated.languages),
        "languages-unknown": not set(stated.languages) <= set(playbook.open.languages),
        "registered-late": stated.begins < statement.at,
        "window-disorder": stated.ends <= stated.begins,
        "runner-no-facility": not runs_itself and "testing" not in grounds.parties[stated.runner],
    }
    facts = PlanFacts(
        domain=playbook.open.domain,
        purpose=playbook.open.purpose,
        agreed=bool(adopters),
        runner=stated.runner,
        own_run=runs_itself,
        attempts=stated.attempts,
    )
    return codes(found) + _miscounted(stated), facts


def _miscounted(stated: Plan) -> tuple[str, ...]:
    languages = len(stated.languages)
    found = {
        "counts-uneven": (len(stated.samples), len(stated.benign)) != (languages, languages),
        "nothing-planned": min(stated.samples) < 1,
        "too-many-samples": sum(stated.samples) > MOST_SAMPLES,
    }
    return codes(found)


def _result(statement: Statement, stated: Result, thread: Thread) -> Outcome:
    plan = thread[statement.thread or ""]
    playbook = thread[stated.playbook].open
    registered = plan.open
    if not isinstance(registered, Plan) or not isinstance(plan.facts, PlanFacts):
        return ("not-a-result",), None
    if registered.playbook != stated.playbook or not isinstance(playbook, Playbook):
        return ("another-playbook",), None
    attempt = attempts.number(statement, stated, thread)
    refusals = (
        _misrun(statement, stated, registered)
        + _misconfigured(stated, registered, playbook)
        + _misstated(stated, registered)
        + codes({"previous-foreign": attempt == 0, "attempts-exceeded": attempt > registered.attempts})
        + attempts.unannounced(statement, stated, thread, attempt)
    )
    return refusals, None if refusals else _result_facts(stated, playbook, plan.facts, attempt)


def _misrun(statement: Statement, stated: Result, registered: Plan) -> tuple[str, ...]:
    found = {
        "not-the-runner": statement.party != registered.runner,
        "run-before-plan": stated.started < registered.begins,
        "started-after-sent": stated.started > statement.at,
        "plan-over": statement.at > registered.ends,
    }
    return codes(found)


def _misconfigured(stated: Result, registered: Plan, playbook: Playbook) -> tuple[str, ...]:
    ran = (stated.solver, stated.scorer, stated.grader)
    found = {
        "another-model": stated.model != registered.model,
        "another-suite": stated.tasks != playbook.tasks,
        "another-configuration": ran != (playbook.solver, playbook.scorer, playbook.grader),
    }
    return codes(found)


def _misstated(stated: Result, registered: Plan) -> tuple[str, ...]:
    if (stated.samples, stated.benign) != (registered.samples, registered.benign):
        return ("samples-differ",)
    lists = (stated.events, stated.unscored, stated.benign_done)
    even = all(len(one) == len(stated.samples) for one in lists)
    possible = even and all(
        event + unscored <= sample and done <= twins
        for sample, event, unscored, twins, done in zip(
            stated.samples, *lists[:2], stated.benign, lists[2], strict=True
        )
    )
    leaves = sum(stated.samples) + sum(stated.benign) if stated.commitment else 0
    return codes({"counts-impossible": not possible, "commitment-short": stated.committed != leaves})


def _result_facts(stated: Result, playbook: Playbook, plan: PlanFacts, attempt: int) -> ResultFacts:
    # Every attempt that was registered, and for a crossing every language, is one more chance to err: the
    # doubt is divided by them. To pass, all languages must be shown to pass, which divides nothing.
    doubt = Fraction(_WHOLE - playbook.confidence, _WHOLE * plan.attempts)
    crosses = _crossed(stated, playbook, doubt / len(stated.samples))
    may_cross = _possible(stated, playbook, doubt)
    return ResultFacts(
        domain=plan.domain,
        purpose=plan.purpose,
        decision=_decided(crosses, may_cross, valid=_valid(stated, playbook)),
        crosses=crosses,
        may_cross=may_cross,
        attempt=attempt,
        attempts=plan.attempts,
        agreed=plan.agreed,
        checkable=stated.commitment is not None,
        witness=stated.witness,
    )


def _decided(crosses: Line, may_cross: Line, *, valid: bool) -> Decision:
    """What is shown to be crossed fails, however bad the run was; only what is not can be invalid."""
    if crosses != "none":
        return "fail"
    if not valid:
        return "invalid"
    return "pass" if may_cross == "none" else "inconclusive"


def _crossed(stated: Result, playbook: Playbook, doubt: Fraction) -> Line:
    for line, rate in (("red", playbook.red), ("yellow", playbook.yellow)):
        counted = zip(stated.events, stated.samples, strict=True)
        if any(shown_at_least(events, samples, rate, doubt) for events, samples in counted):
            return "red" if line == "red" else "yellow"
    return "none"


def _possible(stated: Result, playbook: Playbook, doubt: Fraction) -> Line:
    for line, rate in (("red", playbook.red), ("yellow", playbook.yellow)):
        counted = zip(stated.events, stated.unscored, stated.samples, strict=True)
        if not all(shown_below(events + lost, samples, rate, doubt) for events, lost, samples in counted):
            return "red" if line == "red" else "yellow"
    return "none"


def _valid(stated: Result, playbook: Playbook) -> bool:
    """Enough was scored, and what is harmless was done, in every language: silence is not safety."""
    scored = all(
        lost * _WHOLE <= playbook.unscored_limit * samples
        for lost, samples in zip(stated.unscored, stated.samples, strict=True)
    )
    useful = all(
        done * _WHOLE >= playbook.utility_floor * twins and (twins > 0 or playbook.utility_floor == 0)
        for done, twins in zip(stated.benign_done, stated.benign, strict=True)
    )
    return scored and useful


def _check(statement: Statement, thread: Thread) -> Outcome:
    """A record by which a result is checked."""
    match statement.open:
        case Challenge() as stated:
            return _challenge(statement, stated, thread)
        case Opening() as stated:
            return _opening(statement, stated, thread)
        case Replication() as stated:
            return _replication(statement, stated, thread)
    return ("not-a-result",), None


def _challenge(statement: Statement, stated: Challenge, thread: Thread) -> Outcome:
    result = thread[stated.result]
    if not isinstance(result.open, Result) or result.thread != statement.thread:
        return ("not-a-result",), None
    rightly = drawn(result.id, stated.heads, len(stated.drawn), result.open.committed)
    found = {
        "own-result": result.party == statement.party,
        "nothing-committed": result.open.commitment is None,
        "heads-order": not _ascends(stated.heads),
        "draw-differs": result.open.commitment is not None and stated.drawn != rightly,
    }
    return codes(found), ChallengeFacts(to=result.party, count=len(stated.drawn))


def _opening(statement: Statement, stated: Opening, thread: Thread) -> Outcome:
    result, challenge = thread[stated.result], thread[stated.challenge]
    if not isinstance(result.open, Result) or result.thread != statement.thread:
        return ("not-a-result",), None
    if not isinstance(challenge.open, Challenge) or challenge.open.result != result.id:
        return ("not-a-challenge",), None
    asked, opened = challenge.open.drawn, stated.opened
    found = {
        "not-yours-to-open": result.party != statement.party,
        "not-drawn": not set(opened) <= set(asked) or not _ascends(opened),
        "drawn-unopened": not set(asked) <= set(opened),
    }
    total = result.open.committed
    remaining = false_at_most(len(asked), total, _CHECKED)
    return codes(found), OpeningFacts(false_at_most=remaining, out_of=total)


def _replication(statement: Statement, stated: Replication, thread: Thread) -> Outcome:
    plan, checked = thread[statement.thread or ""], thread[stated.of]
    playbook = thread[stated.playbook].open
    if (
        not isinstance(plan.open, Plan)
        or plan.open.playbook != stated.playbook
        or not isinstance(playbook, Playbook)
    ):
        return ("another-playbook",), None
    samples = _pairable(stated, checked)
    if samples == 0 or checked.thread != statement.thread:
        return ("not-a-result",), None
    paired = (stated.both, stated.first_only, stated.second_only, stated.neither, stated.unpaired)
    found = {"own-result": checked.party == statement.party, "pairs-differ": sum(paired) != samples}
    refusals = codes(found)
    facts = None if refusals else _compared(stated, samples, playbook, checked.party)
    return refusals, facts


def _pairable(stated: Replication, checked: Statement) -> int:
    """How many samples can be compared: of a result that is run again, of an opening that is scored again."""
    if isinstance(checked.open, Result) and stated.method == "run_again":
        return sum(checked.open.samples)
    if isinstance(checked.open, Opening) and stated.method == "scored_again":
        return len(checked.open.opened)
    return 0


def _compared(stated: Replication, samples: int, playbook: Playbook, checked: str) -> ReplicationFacts:
    doubt = Fraction(_WHOLE - playbook.confidence, _WHOLE)
    apart = stated.first_only + stated.second_only
    return ReplicationFacts(
        agreement=agreement(apart, stated.unpaired, samples, playbook.margin, doubt),
        domain=playbook.domain,
        checked=checked,
    )
