"""When a record of the pillar `exchange` stands, whether it is balanced, and what may be counted in public.

Pure. Balance is kept within each placement: its applications are placed together or not at all, so that no
party ever waits for another's good will.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from detente.accord.pillar import Facts, Grounds, Judgement, Statement, Table, Thread

from .kinds import (
    Application,
    Artefact,
    ArtefactFacts,
    Call,
    CallFacts,
    Output,
    OutputFacts,
    Placement,
    PlacementFacts,
)

__all__ = ("judge", "tally")

# SM3 of no bytes, as OpenSSL prints it (`openssl dgst -sm3 /dev/null`).
_SM3_EMPTY = "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
_NOTHING = frozenset({sha256(b"").hexdigest(), _SM3_EMPTY, "0" * 64, "f" * 64})
_SIDES = 2


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a record of the pillar stands, and what follows.

    Refusals:
        call, application: topics-order; call: closed-already. application: after-closing,
            topics-not-called, more-than-called, asks-nothing.
        placement: no-application, applications-order, seats-uneven, one-sided, hosts-and-sends-differ,
            more-than-applied, beyond-balance.
        output: output-without-placement, not-placed. artefact: not-your-output, digest-of-nothing.
    """
    del grounds
    refusals, facts = _said(statement, thread)
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public.

    Labels are a kind (`placement`), a field (`placed`: seats in all), a field that is true (`balanced` of
    placements, `joint` of outputs), or a field and its value (`form.suite_swap` of calls,
    `type.test_suite` of artefacts).
    """
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    for statement in statements:
        match statement.open, statement.facts:
            case Call() as stated, _:
                counts[f"form.{stated.form}"] += 1
            case Artefact() as stated, _:
                counts[f"type.{stated.type}"] += 1
            case Output() as stated, _:
                counts["joint"] += stated.joint
            case _, PlacementFacts() as facts:
                counts["placed"] += facts.placed
                counts["balanced"] += facts.balanced
    return dict(sorted(counts.items()))


def _said(statement: Statement, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    """What refuses a record, and what follows from it."""
    stated, root = statement.open, thread.get(statement.thread or "")
    if isinstance(stated, Call):
        return _miscalled(statement, stated), CallFacts(form=stated.form, strict=stated.lead == 0)
    called = root.open if root else None
    return _under(called, statement, thread) if isinstance(called, Call) else (("no-application",), None)


def _under(called: Call, statement: Statement, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    """The same, of a record that answers a call."""
    match statement.open:
        case Application() as stated:
            return _misapplied(statement, stated, called), None
        case Placement() as stated:
            return _placed(statement, stated, called, thread)
        case Output() as stated:
            facts = OutputFacts(form=called.form, joint=stated.joint, fruitful=stated.produced != "nothing")
            return _misproduced(statement, stated, thread), facts
        case Artefact() as stated:
            return _described(statement, stated, thread)
    return (), None  # the pillar has no other kind


def _miscalled(statement: Statement, stated: Call) -> tuple[str, ...]:
    found = {
        "topics-order": not _ascending(stated.topics),
        "closed-already": stated.closes_at <= statement.at,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _misapplied(statement: Statement, stated: Application, called: Call) -> tuple[str, ...]:
    found = {
        "topics-order": not _ascending(stated.topics),
        "after-closing": statement.at > called.closes_at,
        "topics-not-called": not set(stated.topics) <= set(called.topics),
        "more-than-called": max(stated.offers, stated.seeks) > called.seats,
        "asks-nothing": stated.offers == stated.seeks == 0,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _placed(
    statement: Statement, stated: Placement, called: Call, thread: Thread
) -> tuple[tuple[str, ...], Facts | None]:
    said = [thread.get(name) for name in stated.applications]
    every = [one for one in said if one is not None and one.thread == statement.thread]
    applied = [one.open for one in every if isinstance(one.open, Application)]
    if len(applied) < len(said):
        return ("no-application",), None
    if not len(said) == len(stated.hosts) == len(stated.sends):
        return ("seats-uneven",), None
    gaps = [abs(hosts - sends) for hosts, sends in zip(stated.hosts, stated.sends, strict=True)]
    facts = PlacementFacts(
        form=called.form,
        parties=len({one.party for one in every}),
        placed=sum(stated.sends),
        widest=max(gaps),
        balanced=max(gaps) == 0,
    )
    return _unfair(stated, applied, facts, called), facts


def _unfair(
    stated: Placement, applied: list[Application], facts: PlacementFacts, called: Call
) -> tuple[str, ...]:
    offered = all(hosts <= one.offers for hosts, one in zip(stated.hosts, applied, strict=True))
    sought = all(sends <= one.seeks for sends, one in zip(stated.sends, applied, strict=True))
    found = {
        "applications-order": not _ascending(stated.applications),
        "one-sided": facts.parties < max(_SIDES, len(applied)),
        "hosts-and-sends-differ": sum(stated.hosts) != sum(stated.sends),
        "more-than-applied": not (offered and sought),
        "beyond-balance": facts.widest > called.lead,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _misproduced(statement: Statement, stated: Output, thread: Thread) -> tuple[str, ...]:
    placement, own = thread.get(stated.placement), thread.get(stated.application)
    if placement is None or placement.thread != statement.thread:
        return ("output-without-placement",)
    if not isinstance(placement.open, Placement):
        return ("output-without-placement",)
    placed = stated.application in placement.open.applications
    return () if placed and own is not None and own.party == statement.party else ("not-placed",)


def _described(
    statement: Statement, stated: Artefact, thread: Thread
) -> tuple[tuple[str, ...], Facts | None]:
    output = thread.get(stated.output)
    own = output is not None and (output.party, output.thread) == (statement.party, statement.thread)
    if output is None or not own or not isinstance(output.open, Output):
        return ("not-your-output",), None
    facts = ArtefactFacts(joint=output.open.joint, shareable=stated.licence != "evaluation_only")
    return (("digest-of-nothing",) if stated.digest in _NOTHING else ()), facts


def _ascending(names: Sequence[str]) -> bool:
    return list(names) == sorted(set(names))
