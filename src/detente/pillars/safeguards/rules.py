"""When a record of the pillar `safeguards` stands, whether it replicates, and what may be counted in public.

Pure, and exact: rates are compared by cross-multiplication of whole numbers. What was proposed beforehand
decides: neither threshold nor tolerance can be moved after a result.
"""

from collections import Counter

from detente.accord.pillar import Facts, Grounds, Judgement, Statement, Table, Thread

from .kinds import (
    MILLION,
    Measured,
    Property,
    Proposal,
    ProposalFacts,
    Replication,
    ReplicationFacts,
    Result,
    ResultFacts,
)

__all__ = ("judge", "tally")

_ORDER: tuple[Property, ...] = ("hc1", "hc2", "hc3", "hc4", "hc5", "hc6", "hc7", "hc8", "hc9", "hc10")


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a record of the pillar stands, and what follows.

    Refusals:
        proposal: properties-order, properties-elsewhere.
        result, replication: more-hits-than-trials, too-few-trials.
        replication: not-a-result, own-result, another-crate.
    """
    del grounds
    refusals, facts = _said(statement, thread)
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public.

    Labels are a kind (`replication`), a field that is true (`meets` of results, `replicated`), or a field and
    its value (`area.containment` of proposals).
    """
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    for statement in statements:
        match statement.facts:
            case ProposalFacts() as facts:
                counts[f"area.{facts.area}"] += 1
            case ResultFacts() as facts:
                counts["meets"] += facts.meets
            case ReplicationFacts() as facts:
                counts["replicated"] += facts.replicated
    return dict(sorted(counts.items()))


def _said(statement: Statement, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    """What refuses a record, and what follows from it."""
    stated, root = statement.open, thread.get(statement.thread or "")
    if isinstance(stated, Proposal):
        return _misproposed(stated), ProposalFacts(area=stated.area, gate=stated.area == "human_gate")
    proposed = root.open if root else None
    if not isinstance(stated, Measured) or not isinstance(proposed, Proposal):
        return ("not-a-result",), None
    refusals = _miscounted(stated, proposed)
    if not isinstance(stated, Replication):
        return refusals, _result_facts(stated, proposed)
    result = thread.get(stated.of)
    if result is None or result.thread != statement.thread or not isinstance(result.open, Result):
        return ("not-a-result",), None
    return refusals + _misrun(statement, stated, result), _compared(stated, result.open, proposed)


def _misproposed(stated: Proposal) -> tuple[str, ...]:
    found = {
        "properties-order": list(stated.properties) != sorted(set(stated.properties), key=_ORDER.index),
        "properties-elsewhere": bool(stated.properties) and stated.area != "human_gate",
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _miscounted(stated: Measured, proposed: Proposal) -> tuple[str, ...]:
    found = {
        "more-hits-than-trials": stated.hits > stated.trials,
        "too-few-trials": stated.trials < proposed.least_trials,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _misrun(statement: Statement, stated: Replication, result: Statement) -> tuple[str, ...]:
    rerun = isinstance(result.open, Result) and result.open.crate == stated.crate
    found = {"own-result": result.party == statement.party, "another-crate": not rerun}
    return tuple(code for code, wrong in found.items() if wrong)


def _result_facts(stated: Measured, proposed: Proposal) -> ResultFacts:
    return ResultFacts(
        area=proposed.area, meets=_meets(stated, proposed), rate=_rate(stated), rerunnable=stated.seeds
    )


def _compared(stated: Replication, result: Result, proposed: Proposal) -> ReplicationFacts:
    apart = abs(stated.hits * result.trials - result.hits * stated.trials) * MILLION
    near = apart <= proposed.tolerance * stated.trials * result.trials
    meets = _meets(stated, proposed)
    return ReplicationFacts(
        area=proposed.area,
        meets=meets,
        replicated=near and meets == _meets(result, proposed),
        rate=_rate(stated),
    )


def _meets(stated: Measured, proposed: Proposal) -> bool:
    got, wanted = stated.hits * MILLION, proposed.threshold * stated.trials
    return got >= wanted if proposed.better == "more" else got <= wanted


def _rate(stated: Measured) -> int:
    """Hits in a million, for people: nothing is decided by it."""
    return min(MILLION, stated.hits * MILLION // stated.trials)
