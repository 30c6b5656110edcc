"""Attempts: which one the log says it is, and whether an earlier one was kept back. Pure."""

from detente.accord.pillar import Facts, Statement, Thread

from .kinds import Attempt, AttemptFacts, Plan, PlanFacts, Result, ResultFacts

Outcome = tuple[tuple[str, ...], Facts | None]


def codes(found: dict[str, bool]) -> tuple[str, ...]:
    """Return the codes of what was found wrong."""
    return tuple(code for code, wrong in found.items() if wrong)


def begun(statement: Statement, stated: Attempt, thread: Thread) -> Outcome:
    """An attempt is announced; the log numbers it by the one that it names before it."""
    plan = thread[statement.thread or ""]
    registered = plan.open
    if not isinstance(registered, Plan) or not isinstance(plan.facts, PlanFacts):
        return ("not-the-runner",), None
    which = 1
    if stated.previous is not None:
        before = thread[stated.previous]
        own = before.thread == statement.thread and before.party == statement.party
        which = before.facts.attempt + 1 if own and isinstance(before.facts, AttemptFacts) else 0
    found = {
        "not-the-runner": statement.party != registered.runner,
        "plan-over": statement.at > registered.ends,
        "previous-foreign": which == 0,
        "attempts-exceeded": which > registered.attempts,
    }
    refusals = codes(found)
    facts = AttemptFacts(domain=plan.facts.domain, attempt=which, attempts=registered.attempts)
    return refusals, None if refusals else facts


def number(statement: Statement, stated: Result, thread: Thread) -> int:
    """The number of this attempt; 0 if the one before is no result of this runner in this thread."""
    if stated.previous is None:
        return 1
    before = thread[stated.previous]
    own = before.thread == statement.thread and before.party == statement.party
    return before.facts.attempt + 1 if own and isinstance(before.facts, ResultFacts) else 0


def unannounced(statement: Statement, stated: Result, thread: Thread, attempt: int) -> tuple[str, ...]:
    """The result is of an attempt that was announced, before it began; every earlier one has a result."""
    announced = thread[stated.begun]
    # Only the runner's announcements stand, so whose it is needs no look.
    if announced.thread != statement.thread or not isinstance(announced.facts, AttemptFacts):
        return ("attempt-foreign",)
    found = {
        "attempt-kept-back": attempt > 0 and announced.facts.attempt != attempt,
        "run-before-attempt": stated.started < announced.at,
    }
    return codes(found)
