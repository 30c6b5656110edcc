"""When a record of the pillar `assurance` stands, what follows from it, and what may be counted in public.

Pure. A judge sees the record, its thread's root and the records that it names. What a certificate rests on
lies in other
pillars: their records are named as evidence, and the accord's rules bind them together.
"""

from collections import Counter
from itertools import pairwise
from typing import get_args

from detente.accord.pillar import Facts, Grounds, Judgement, Table, Thread
from detente.accord.pillar import Statement as Said

from .frameworks import ITEMS
from .kinds import (
    PROPERTIES,
    Card,
    CardFacts,
    Certificate,
    CertificateFacts,
    Crosswalk,
    CrosswalkFacts,
    Declaration,
    DeclarationFacts,
    Domain,
    EndFacts,
    Outcome,
    Revocation,
    Statement,
    StatementFacts,
    Suspension,
)

__all__ = ("judge", "tally")

_DAY_MS = 86_400_000
_YEAR_MS = 366 * _DAY_MS
_LONGEST_CERTIFICATE_MS = 3 * _YEAR_MS
_LONGEST_SUSPENSION_MS = 180 * _DAY_MS
_EVERY: frozenset[str] = frozenset(get_args(Domain))
_GRAVITY: tuple[Outcome, ...] = ("pass", "inconclusive", "invalid", "fail")
_UNPROVEN = frozenset({"own_request", "resolved"})
_PARTIES = 2
"""Assessors come from at least so many parties."""

_Outcome = tuple[tuple[str, ...], Facts | None]


def judge(statement: Said, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a record of assurance stands, and what follows from it.

    Refusals:
        crosswalk: item-unknown, same-item, own-adoption, adoption-differs, replaces-another.
        card: domains-order, domain-unsaid, outcomes-uneven, evidence-missing, evidence-order,
            mitigations-order, version-unlinked.
        statement, certificate: another-model, domains-order, no-domain, not-tested, outlasts-card; statement:
            evidence-missing, evidence-order; certificate: no-standards-role, own-card, not-passed,
            assessors-one-party, too-few-assessors, appeal-passed.
        suspension, revocation: nothing-to-end, not-yours-to-end, lapsed-already, evidence-missing.
        declaration: properties-unfit, properties-order, renews-another.
        whatever has a term: term-passed, term-too-long.
    """
    stated = statement.open
    match stated:
        case Crosswalk():
            refusals, facts = _crosswalk(statement, stated, thread)
        case Card():
            refusals, facts = _card(statement, stated, thread)
        case Statement() | Certificate():
            refusals, facts = _attested(statement, stated, thread, grounds)
        case Declaration():
            refusals, facts = _declaration(statement, stated, thread)
        case _:
            refusals, facts = _ended(statement, thread, grounds)
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def tally(statements: tuple[Said, ...], grounds: Grounds) -> Table:
    """Count what may be public: kinds, outcomes on cards, relations agreed, and why something ended."""
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    for statement in statements:
        stated = statement.open
        if isinstance(stated, Card):
            counts.update(f"outcomes.{one}" for one in stated.outcomes)
        if isinstance(stated, Crosswalk) and stated.adopts is not None:
            counts[f"relation.{stated.relation}"] += 1
        if isinstance(stated, Suspension | Revocation):
            counts[f"because.{stated.because}"] += 1
        if isinstance(stated, Declaration):
            counts[f"topic.{stated.topic}"] += 1
    return dict(sorted(counts.items()))


def _codes(found: dict[str, bool]) -> tuple[str, ...]:
    return tuple(code for code, wrong in found.items() if wrong)


def _ascends(values: tuple[str, ...]) -> bool:
    return all(one < two for one, two in pairwise(values))


def _term(at: int, until: int, longest: int) -> dict[str, bool]:
    return {"term-passed": until <= at, "term-too-long": until > at + longest}


def _crosswalk(statement: Said, stated: Crosswalk, thread: Thread) -> _Outcome:
    ends = ((stated.source, stated.source_item), (stated.target, stated.target_item))
    replaced = thread[stated.replaces] if stated.replaces else None
    found = {
        "item-unknown": any(item not in ITEMS[framework] for framework, item in ends),
        "same-item": ends[0] == ends[1],
        "replaces-another": replaced is not None
        and (not isinstance(replaced.open, Crosswalk) or replaced.party != statement.party),
    }
    refusals = _codes(found) + _misadopted(statement, stated, thread)
    facts = CrosswalkFacts(adopted=stated.adopts is not None, gap=stated.relation == "no_relationship")
    return refusals, facts


def _misadopted(statement: Said, stated: Crosswalk, thread: Thread) -> tuple[str, ...]:
    if stated.adopts is None:
        return ()
    adopted = thread[stated.adopts]
    if adopted.party == statement.party or adopted.id != statement.thread:
        return ("own-adoption",)
    names = [name for name in Crosswalk.__struct_fields__ if name not in ("adopts", "replaces")]
    same = all(getattr(adopted.open, name) == getattr(stated, name) for name in names)
    return () if same else ("adoption-differs",)


def _card(statement: Said, stated: Card, thread: Thread) -> _Outcome:
    before = thread[stated.supersedes] if stated.supersedes else None
    follows = before is not None and before.party == statement.party and isinstance(before.open, Card)
    number = before.open.number if before is not None and isinstance(before.open, Card) else 0
    spoken = (*stated.tested, *stated.untested)
    found = {
        "domains-order": not (_ascends(stated.tested) and _ascends(stated.untested)),
        "domain-unsaid": len(spoken) != len(_EVERY) or set(spoken) != _EVERY,
        "outcomes-uneven": {len(stated.outcomes), len(stated.attempts)} != {len(stated.tested)},
        "evidence-missing": bool(stated.tested) and not stated.evidence,
        "evidence-order": not _ascends(stated.evidence),
        "mitigations-order": not _ascends(stated.mitigations),
        "version-unlinked": stated.number != number + 1 or (stated.supersedes is not None and not follows),
        **_term(statement.at, stated.valid_until, _YEAR_MS),
    }
    worst = max(stated.outcomes, key=_GRAVITY.index, default=None)
    another = before is not None and isinstance(before.open, Card) and before.open.model != stated.model
    facts = CardFacts(
        worst=worst, left_out=len(stated.untested), access=stated.access, another_system=another
    )
    return _codes(found), facts


def _attested(statement: Said, stated: Statement | Certificate, thread: Thread, grounds: Grounds) -> _Outcome:
    """A statement or a certificate: of the card in whose thread it is, if there is one."""
    root = thread[statement.thread] if statement.thread else None
    card = root.open if root is not None else None
    found = {"domains-order": not _ascends(stated.domains), "no-domain": not stated.domains}
    if isinstance(card, Card):
        found |= {
            "another-model": stated.model != card.model,
            "not-tested": not set(stated.domains) <= set(card.tested),
            "outlasts-card": stated.valid_until > card.valid_until,
        }
    if isinstance(stated, Statement):
        found |= {
            "evidence-missing": not stated.evidence,
            "evidence-order": not _ascends(stated.evidence),
            **_term(statement.at, stated.valid_until, _YEAR_MS),
        }
        independent = root is not None and root.party != statement.party
        return _codes(found), StatementFacts(independent=independent, basis=stated.basis)
    holder = root.party if root is not None else statement.party
    unanimous = stated.in_favour == stated.asked
    refusals = _codes(found) + _uncertified(statement, stated, card, holder=holder, grounds=grounds)
    return refusals, CertificateFacts(holder=holder, unanimous=unanimous)


def _uncertified(
    statement: Said, stated: Certificate, card: object, *, holder: str, grounds: Grounds
) -> tuple[str, ...]:
    """What a certificate needs beyond a statement."""
    passed: set[str] = set()
    if isinstance(card, Card):
        outcomes = zip(card.tested, card.outcomes, strict=True)
        passed = {domain for domain, outcome in outcomes if outcome == "pass"} | (_EVERY - set(card.tested))
    assessors = stated.assessors
    found = {
        "no-standards-role": "standards" not in grounds.parties[statement.party],
        "own-card": holder == statement.party,
        "not-passed": not set(stated.domains) <= passed,
        "assessors-one-party": len(assessors) < _PARTIES or not _ascends(assessors),
        "too-few-assessors": not stated.required <= stated.in_favour <= stated.asked
        or stated.required * 2 <= stated.asked,
        "appeal-passed": stated.appeal_until <= statement.at,
        **_term(statement.at, stated.valid_until, _LONGEST_CERTIFICATE_MS),
    }
    return _codes(found)


def _ended(statement: Said, thread: Thread, grounds: Grounds) -> _Outcome:
    """A suspension or a revocation of something in this thread that still holds."""
    stated = statement.open
    if not isinstance(stated, Suspension | Revocation):
        return ("nothing-to-end",), None
    of, root = thread[stated.of], thread[statement.thread or ""]
    until = _holds_until(of, final=isinstance(stated, Revocation))
    if until is None or statement.thread not in (of.id, of.thread):
        return ("nothing-to-end",), None
    by_body = "standards" in grounds.parties[statement.party] and isinstance(of.open, Certificate | Statement)
    found = {
        "not-yours-to-end": of.party != statement.party and not by_body,
        "lapsed-already": until <= statement.at,
        "evidence-missing": stated.evidence is None and stated.because not in _UNPROVEN,
    }
    if isinstance(stated, Suspension):
        found |= _term(statement.at, stated.until, _LONGEST_SUSPENSION_MS)
    return _codes(found), _end_facts(stated, of, root)


def _holds_until(of: Said, *, final: bool) -> int | None:
    """Until when something holds that can be ended so; None if it is nothing of the kind."""
    if isinstance(of.open, Certificate | Statement | Declaration):
        return of.open.valid_until
    return of.open.until if final and isinstance(of.open, Suspension) else None


def _end_facts(stated: Suspension | Revocation, of: Said, root: Said) -> EndFacts:
    match of.open:
        case Certificate():
            return EndFacts(ended="certificate", holder=root.party, because=stated.because)
        case Statement():
            return EndFacts(ended="statement", holder=root.party, because=stated.because)
        case Declaration():
            return EndFacts(ended="declaration", holder=root.party, because=stated.because)
    return EndFacts(ended="suspension", holder=root.party, because=stated.because)


def _declaration(statement: Said, stated: Declaration, thread: Thread) -> _Outcome:
    renewed = thread[stated.renews] if stated.renews else None
    before = renewed.open if renewed is not None else None
    nuclear = stated.topic == "human_control_nuclear"
    found = {
        "properties-unfit": nuclear != bool(stated.properties),
        "properties-order": not _ascends(stated.properties),
        "renews-another": (renewed is None) != (statement.thread is None)
        or (renewed is not None and not _same_declaration(statement, stated, renewed)),
        **_term(statement.at, stated.valid_until, _YEAR_MS),
    }
    facts = DeclarationFacts(
        topic=stated.topic,
        complete=not nuclear or len(stated.properties) == PROPERTIES,
        unbroken=not isinstance(before, Declaration) or before.valid_until >= statement.at,
    )
    return _codes(found), facts


def _same_declaration(statement: Said, stated: Declaration, renewed: Said) -> bool:
    """Whether a declaration renews one of its author's on the same topic, in that one's thread."""
    inside = statement.thread in (renewed.id, renewed.thread)
    own = renewed.party == statement.party and inside
    return own and isinstance(renewed.open, Declaration) and renewed.open.topic == stated.topic
