"""The reason: of each clause that speaks of a record, whether it holds, by which conditions, on what records.

    arising(said, version)                       duties and proposals that the record could give rise to
    shown(said, audience, standing, version)     grants towards one party, at a standing
    behind(leaf, ...)                            the records from which a condition's values follow

The same rules as gate and standing run, explained condition by condition. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from detente.accord.clause import Duty, Release
from detente.accord.pillar import Statement
from detente.accord.rule import Leaf, Rule, explain
from detente.accord.standing import Standing
from detente.accord.terms import debtors_of
from detente.accord.turning import Turn, turns
from detente.accord.version import Obligation, Version
from detente.accord.world import Effect, View

COUNT = re.compile(r'standing\[(?:"([^"]+)"|(party|audience))\]\.([a-z0-9]+)\.([a-z]+)\Z')


class Reason(Struct, frozen=True, kw_only=True):
    """Why one clause holds about a record, or does not.

    Args:
        clause: its id; of a release that is owed, with its party: `lessons-to-peers@cn`.
        effect: what the clause brings about.
        to: the audience of a release; the debtors of a duty, if it arose.
        what: sealed paths, kinds that perform the duty, or what is proposed.
        rule: as written.
        holds: whether it is exactly true.
        leaves: each condition, with what it was found to be and what it read.
        turns: the smallest sets of conditions that would turn the answer.
    """

    clause: str
    effect: Effect
    to: tuple[str, ...]
    what: tuple[str, ...]
    rule: str
    holds: bool
    leaves: tuple[Leaf, ...]
    turns: tuple[Turn, ...]


def arising(said: Statement, version: Version) -> tuple[Reason, ...]:
    """Every duty and proposal of a version that records of this kind can give rise to."""
    variables = version.world.encode(said.kind, said.party, said.open, said.facts)
    return (*_duties(said, version, variables), *_proposals(said, version, variables))


def shown(said: Statement, audience: str, standing: View, version: Version) -> tuple[Reason, ...]:
    """Every release clause of a version that speaks of this kind and audience."""
    granted = version.grants.get((said.kind, audience))
    if granted is None or audience == said.party:
        return ()
    variables = version.world.encode(said.kind, said.party, said.open, said.facts)
    variables |= {"audience": audience, "standing": standing.parties}
    found = [(granted.clauses[rule.place.path], rule) for rule in granted.bank.rules]
    return tuple(
        _reason(clause.id, rule, variables, to=(audience,), what=clause.fields) for clause, rule in found
    )


def behind(leaf: Leaf, reason: Reason, author: str, standing: Standing | None) -> tuple[str, ...]:
    """The duties from which the counts follow that a condition read: `CLAUSE` of a calendar, else its base.

    What a condition reads of facts and open fields follows from the record itself, and those that it names.
    """
    found: list[str] = []
    for path in leaf.reads:
        match = COUNT.match(path)
        if match and standing is not None:
            named, variable, pillar, count = match.groups()
            party = named or (author if variable == "party" else reason.to[0])
            found += _counted(standing, party, pillar, count)
    return tuple(dict.fromkeys(found))


def _counted(standing: Standing, party: str, pillar: str, count: str) -> Iterator[str]:
    for duty in standing.duties:
        counts = duty.overdue if count == "overdue" else duty.verdict == count
        if counts and (duty.debtor, duty.pillar) == (party, pillar):
            yield duty.base or duty.spec


def _duties(said: Statement, version: Version, variables: Mapping[str, Any]) -> Iterator[Reason]:
    for name, found in version.obligations.items():
        if found.rule is None or found.spec.on != said.kind:
            continue
        seen = dict(variables)
        if isinstance(found.clause, Release):
            nobody = version.world.messages["Standing"]()
            seen |= {"audience": "", "standing": dict.fromkeys(version.world.parties, nobody)}
        reason = _reason(name, found.rule, seen, to=(), what=_owed(found), effect="duty")
        owing = debtors_of(found, version, said) if reason.holds else ()
        yield msgspec.structs.replace(reason, to=owing)


def _owed(found: Obligation) -> tuple[str, ...]:
    return found.spec.what if isinstance(found.clause, Duty) else found.spec.parts


def _proposals(said: Statement, version: Version, variables: Mapping[str, Any]) -> Iterator[Reason]:
    for clause, rule in version.triggers.values():
        if clause.on == said.kind:
            what = tuple(f"{verb}: {about}" for verb, about in sorted(clause.propose.items()))
            yield _reason(clause.id, rule, variables, to=(), what=what)


def _reason(
    clause: str,
    rule: Rule,
    variables: Mapping[str, Any],
    *,
    to: tuple[str, ...],
    what: tuple[str, ...],
    effect: Effect | None = None,
) -> Reason:
    leaves = explain(rule, variables)
    return Reason(
        clause=clause,
        effect=effect or rule.place.effect,
        to=to,
        what=what,
        rule=rule.text,
        holds=rule.grants(variables),
        leaves=leaves,
        turns=turns(rule, leaves, tuple(variables["parties"])),
    )
