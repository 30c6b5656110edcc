"""Expectations: what a text is meant to do, as cases that its authors state beside it.

    expected = parse(text)              TOML, one `[[case]]` each
    unmet(expected, version)            cases in which the rules do something else, with both

A case names a record with its facts, and a standing, and says everything that follows: who owes what within
which time, who may be shown what, and what is proposed. Nothing else may follow. So a change of a rule that
shows in some case is seen, whoever made it. Proofs say what holds in every state; expectations say what was
meant in some. Pure, and without the prover.

    [[case]]
    en = "A grave incident is notified within the hour."
    zh = "重大事件须在一小时内通知。"
    kind = "incidents.report"
    author = "us"
    facts = {level = 5}
    standing = {cn = {incidents = {overdue = 1}}}
    follows = ["us owes notices.notice within PT1H unless notices.cannot-lawfully-send", …]

A case without `kind` is the calendar. What is not told of facts and open fields is unstated, or the least
value that fits; what is not told of standing is 0.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from detente.accord.clause import Duty, FullKind, Name, Release
from detente.accord.field import Field, fields
from detente.accord.pillar import Statement
from detente.accord.soundness import whats
from detente.accord.standing import COUNTS
from detente.accord.terms import Terms, debtors_of
from detente.accord.version import Granted, Version
from detente.trust.errors import Malformed

REMEDY = "Mend the file of expectations there."
LIMIT = 200
"""The most cases of one text."""

STRINGS = ("0" * 64, "2030-01", "2030-01-01", "x", "A", "0", "en", "0" * 32)
"""What stands where a string has to be and none is told: the first that fits."""


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case.

    Args:
        en: what it shows.
        zh: the same in Chinese.
        kind: of the record; "" is the calendar.
        author: of the record.
        facts: by name, what follows from the record.
        open: by name, its open fields.
        standing: party to pillar to count to number.
        follows: everything that follows, each as `consequences` writes it, in any order.
    """

    en: str
    zh: str
    kind: FullKind | str = ""
    author: Name | str = ""
    facts: Mapping[str, Any] = {}
    open: Mapping[str, Any] = {}
    standing: Mapping[str, Mapping[str, Mapping[str, int]]] = {}
    follows: tuple[str, ...]


class Unmet(Struct, frozen=True):
    """A case in which something else follows: what does not, and what does and should not."""

    case: Expected
    lacking: tuple[str, ...]
    beyond: tuple[str, ...]


class _Cases(Struct, frozen=True, forbid_unknown_fields=True):
    case: tuple[Expected, ...]


def parse(text: str) -> tuple[Expected, ...]:
    """Read a file of expectations.

    Raises:
        Malformed: `expectation.1` it is no TOML, or not of this form, or too long.
    """
    # 1. It is TOML of this form, and of a length that people read.
    try:
        found = msgspec.convert(tomllib.loads(text), _Cases).case
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Malformed("expectation.1", f"The expectations cannot be read: {error}.", REMEDY) from error
    if len(found) > LIMIT:
        raise Malformed("expectation.1", f"There are more than {LIMIT} expectations.", REMEDY)
    return found


def unmet(expected: tuple[Expected, ...], version: Version) -> tuple[Unmet, ...]:
    """The cases in which something else follows than they say.

    Raises:
        Malformed: `expectation.2` a case is of no record or standing of this accord.
    """
    found = []
    for case in expected:
        told, does = frozenset(case.follows), frozenset(consequences(case, version))
        if told != does:
            found.append(Unmet(case, tuple(sorted(told - does)), tuple(sorted(does - told))))
    return tuple(found)


def consequences(case: Expected, version: Version) -> tuple[str, ...]:
    """Everything that a version's rules do in a case, one line each, sorted."""
    if not case.kind:
        return tuple(sorted(_calendar(version)))
    said, view = _said(case, version), _standing(case, version)
    variables = version.world.encode(said.kind, said.party, said.open, said.facts)
    blank = {"audience": "", "standing": view}
    lines = [*_duties(said, version, variables, blank), *_proposals(said, version, variables)]
    for audience in version.world.parties:
        granted = version.grants.get((said.kind, audience))
        if granted is not None and audience != said.party:
            seen = variables | {"audience": audience, "standing": view}
            lines += _shown(granted, audience, seen)
    return tuple(sorted(set(lines)))


def _calendar(version: Version) -> Iterator[str]:
    terms = Terms({version.accord.version: version})
    for found in version.obligations.values():
        clause = found.clause
        if isinstance(clause, Duty) and clause.every:
            for debtor in terms.debtors(found.spec):
                yield f"{debtor} owes {_listed(whats(clause.what))} every {clause.every}{_ends(clause)}"


def _duties(
    said: Statement, version: Version, variables: Mapping[str, Any], blank: Mapping[str, Any]
) -> Iterator[str]:
    for found in version.obligations.values():
        clause = found.clause
        if found.rule is None or found.spec.on != said.kind or not found.rule.grants({**variables, **blank}):
            continue
        for debtor in debtors_of(found, version, said):
            if isinstance(clause, Duty):
                yield f"{debtor} owes {_listed(whats(clause.what))}{_ends(clause)}"
            else:
                paths = ", ".join(sorted(clause.fields))
                yield f"{debtor} owes {found.spec.to} sight of {paths}{_ends(clause)}"


def _ends(clause: Duty | Release) -> str:
    within = f" within {clause.within}" if clause.within else ""
    return within + (f" unless {_listed(clause.excuse)}" if clause.excuse else "")


def _listed(kinds: tuple[str, ...]) -> str:
    return " or ".join(sorted(kinds))


def _shown(granted: Granted, audience: str, variables: Mapping[str, Any]) -> Iterator[str]:
    """What an audience may be shown, and whether an officer is asked: a path is once the node's if ever."""
    free: dict[str, bool] = {}
    for rule in granted.bank.granting(variables):
        clause = granted.clauses[rule.place.path]
        for path in clause.fields:
            free[path] = free.get(path, False) or clause.by == "node"
    for end, by_node in (("", True), (" by officer", False)):
        paths = sorted(path for path, node in free.items() if node == by_node)
        if paths:
            yield f"{audience} may see {', '.join(paths)}{end}"


def _proposals(said: Statement, version: Version, variables: Mapping[str, Any]) -> Iterator[str]:
    for clause, rule in version.triggers.values():
        if clause.on == said.kind and rule.grants(variables):
            for verb, about in clause.propose.items():
                yield f"{verb} {about} is proposed, to decide within {clause.decide}"


def _said(case: Expected, version: Version) -> Statement:
    spec = version.spec(case.kind)
    # 2. The case is of a record of this accord.
    if spec is None or case.author not in version.world.parties:
        raise _odd(case, f"{case.kind} by {case.author} is no record of this accord")
    known = {"facts": spec.facts, "open": spec.open}
    for part, struct in known.items():
        names = {field.name for field in fields(struct, text=True)}
        if odd := sorted(getattr(case, part).keys() - names):
            raise _odd(case, f"{case.kind} has no {part} {', '.join(odd)}")
    facts = _filled(spec.facts, case.facts, version, case)
    opened = _filled(spec.open, case.open, version, case)
    return Statement("", case.kind, case.author, version.starts, None, opened, facts)


def _filled(struct: type[Struct], told: Mapping[str, Any], version: Version, case: Expected) -> Any:  # noqa: ANN401 (a kind's own struct)
    least = {one.name: least_of(one, version) for one in fields(struct, text=True)}
    try:
        return msgspec.convert(least | dict(told), struct)
    except msgspec.ValidationError as error:
        raise _odd(case, f"a value does not fit: {error}") from error


def least_of(field: Field, version: Version) -> Any:  # noqa: ANN401 (typed by the field)
    """The least value that fits a field: unstated if it may be."""
    if field.nullable:
        return None
    if field.type == "list":
        return [least_of(field.item, version) for _ in range(field.low or 0)] if field.item else []
    if field.type in ("int", "bool"):
        return field.low or 0 if field.type == "int" else False
    if field.values:
        return field.values[0]
    if field.ref == "party":
        return version.world.parties[0]
    return next((one for one in STRINGS if re.search(field.pattern or "", one)), "")


def _standing(case: Expected, version: Version) -> Mapping[str, Any]:
    zeros = dict.fromkeys(COUNTS, 0)
    rows = {
        party: {pillar: dict(zeros) for pillar in version.world.pillars} for party in version.world.parties
    }
    for party, pillars in case.standing.items():
        for pillar, counts in pillars.items():
            # 2. And so is its standing.
            if pillar not in rows.get(party, {}) or counts.keys() - zeros.keys():
                raise _odd(case, f"there is no standing of {party} in {pillar}")
            rows[party][pillar] |= counts
    return version.world.encode_standing(rows, "").parties


def _odd(case: Expected, what: str) -> Malformed:
    return Malformed("expectation.2", f"In the case “{case.en}” {what}.", REMEDY)
