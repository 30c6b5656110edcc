"""The gate: the only two ways out of a node, tabling and releasing. It only takes away; the default is no.

    may_table(record, thread, terms)   each open field on the floor, each sealed path, and no other
    may_release(request, terms)        ceiling, and rules, and standing at a named cut, and law, and officer

A decision is data: which paths, by which clauses, and for every other path the check that took it away.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec import Struct

from detente.accord import content, judging, rebuff
from detente.accord.clause import Release
from detente.accord.duty import Precedent
from detente.accord.pillar import Statement
from detente.accord.rule import Leaf, explain
from detente.accord.terms import Terms
from detente.accord.version import Version
from detente.accord.world import View
from detente.trust.errors import DetenteError
from detente.trust.record import RECEIPT_KIND, Record


class Denial(Struct, frozen=True, omit_defaults=True):
    """Why something does not leave.

    Args:
        step: the numbered check, `gate.9`.
        code: the same as a word.
        why: one sentence with the values that matter; it names no path, so that alike denials read alike.
        path: the sealed path, if it is about one.
        clauses: ids of the clauses that were asked, if any.
        until: from when on it may go, milliseconds; 0 where time alone does not help.
    """

    step: str
    code: str
    why: str
    path: str = ""
    clauses: tuple[str, ...] = ()
    until: int = 0


class Warned(Struct, frozen=True):
    """A clause that could not be decided, and therefore did not grant: the operator must hear of each.

    Args:
        clause: its id.
        truth: `error`, its evaluation failed; `unknown`, it reads what is unstated.
    """

    clause: str
    truth: Literal["unknown", "error"]


class Decision(Struct, frozen=True):
    """What may leave.

    Args:
        allowed: whether anything may.
        granted: sealed path to the ids of the clauses that grant it; empty for tabling.
        denials: everything that was taken away, in the order of the checks.
        version: of the accord.
        standing: digest of the standing that was asked; empty for tabling.
        facts: what followed from the record, for tabling.
        bytes: exact length of the sealed package that would carry what is granted.
        alarms: clauses that could not be decided.
    """

    allowed: bool
    granted: Mapping[str, tuple[str, ...]]
    denials: tuple[Denial, ...]
    version: int
    standing: str = ""
    facts: Any = None
    bytes: int = 0
    alarms: tuple[Warned, ...] = ()


class Clearance(Struct, frozen=True):
    """What the author says of the values under its own law.

    Args:
        basis: on which they go.
        classification: of every value but those of `by_path`.
        by_path: sealed path to a class of its own.
    """

    basis: str
    classification: str
    by_path: Mapping[str, str] = {}

    def of(self, path: str) -> str:
        """The class of one value."""
        return self.by_path.get(path, self.classification)


class Spend(Struct, frozen=True, order=True):
    """What went to a party before: when, and the length of the sealed package."""

    at: int
    bytes: int


class Request(Struct, frozen=True, kw_only=True):
    """One question to the gate about a release.

    Args:
        record: whose values.
        said: what judging it gave: `Terms.judge(...).facts`.
        audience: one party's name.
        standing: of all parties at the cut at which this is decided: `Terms.view`.
        at: now, milliseconds: sunset, version and budget are asked of it.
        sizes: path to the length of its encoded disclosure, of those that the author can open.
        paths: which are asked for; none given asks for all.
        clearance: None is no clearance.
        approved: paths that the officers approved for exactly this record and audience (`approval.check`).
        withheld: path that the author cannot lawfully send, to the legal basis that it gave.
        spent: what went to this audience before, at least of the running period of the budget.
    """

    record: Record
    said: Statement
    audience: str
    standing: View
    at: int
    sizes: Mapping[str, int]
    paths: tuple[str, ...] = ()
    clearance: Clearance | None = None
    approved: frozenset[str] = frozenset()
    withheld: Mapping[str, str] = {}
    spent: tuple[Spend, ...] = ()


def may_table(record: Record, thread: Mapping[str, Precedent], terms: Terms) -> Decision:
    """Decide whether a record may be signed into its author's log.

    Args:
        record: before it is signed.
        thread: the records that it names and that stand.
        terms: of the accord.
    """
    version = terms.in_force(record.at)
    number = version.accord.version
    for denial in _about_form(record, version, terms):
        return Decision(allowed=False, granted={}, denials=(denial,), version=number)
    judged = terms.judge(record, thread)
    # 8. It stands: who judges it would refuse it everywhere else.
    if not judged.stands:
        denials = tuple(_refused(code, version, record) for code in judged.refusals)
        return Decision(allowed=False, granted={}, denials=denials, version=number)
    return Decision(allowed=True, granted={}, denials=(), version=number, facts=judged.facts)


def may_release(request: Request, terms: Terms) -> Decision:
    """Decide which sealed values of a record one party may be shown."""
    version = terms.in_force(request.at)
    number, digest = version.accord.version, request.standing.digest
    nobody = _about_audience(request, version)
    if nobody is not None:
        return Decision(allowed=False, granted={}, denials=(nobody,), version=number, standing=digest)
    granting, alarms = _granting(request, version)
    denials: list[Denial] = []
    granted: dict[str, tuple[str, ...]] = {}
    for path in sorted(request.paths or request.record.sealed):
        clauses = granting.get(path, ())
        denial = _about_path(request, path, version, clauses)
        if denial is None:
            granted[path] = tuple([clause.id for clause in clauses])
        else:
            denials.append(denial)
    length = _length(request, granted)
    over = over_budget(request, length, version) if granted else None
    if over is not None:
        denials += [msgspec.structs.replace(over, path=path) for path in granted]
        granted, length = {}, 0
    return Decision(bool(granted), granted, tuple(denials), number, digest, bytes=length, alarms=alarms)


def explain_release(request: Request, terms: Terms) -> Mapping[str, tuple[Leaf, ...]]:
    """Every clause that speaks of this kind and audience, with each of its conditions and what it read."""
    version = terms.in_force(request.at)
    grants = version.grants.get((request.record.kind, request.audience))
    if grants is None or _about_audience(request, version) is not None:
        return {}
    variables = _variables(request, version)
    return {grants.clauses[rule.place.path].id: explain(rule, variables) for rule in grants.bank.rules}


def over_budget(request: Request, length: int, version: Version) -> Denial | None:
    """Check 16, on a package of a length: None if the budget bears it."""
    outflow, period = version.accord.outflow, version.outflow_period
    budget = outflow.per.get(request.audience, outflow.bytes)
    running = [one for one in request.spent if one.at > request.at - period]
    lengths = [one.bytes for one in running]
    spent = sum(lengths)
    # 16. What goes to one counterpart in one period stays within the budget: all of it, or nothing.
    if min([length, *lengths]) >= 0 and spent + length <= budget:
        return None
    why = f"{length} bytes on top of {spent} exceed the budget of {budget} in {outflow.period}."
    left, until = spent, 0
    for one in sorted(running):
        left -= one.bytes
        until = one.at + period
        if left + length <= budget:
            return Denial("gate.16", "budget", why, until=until)
    return Denial("gate.16", "budget-too-small", why)


def _about_form(record: Record, version: Version, terms: Terms) -> tuple[Denial, ...]:
    """Checks 1 to 7 of tabling: the first that fails."""
    accord, pillar = version.accord, record.kind.partition(".")[0]
    spec, core = version.spec(record.kind), pillar == "accord"
    paths = set(spec.paths) if spec else set()
    odd = ", ".join(sorted(paths ^ record.sealed.keys()))
    domains = accord.parties[record.party].charters if record.party in accord.parties else {}
    # 1. This accord. 2. The version in force at its time. 3. A party, with a charter for this domain.
    # 4. A pillar in force. 5. A kind of the pinned edition. 6. Open fields on the floor. 7. All sealed
    # paths, no other.
    checks = (
        ("1", "accord-other", record.accord.genesis != terms.genesis, f"The accord is {terms.genesis}."),
        (
            "2",
            "version-not-in-force",
            record.accord.version != accord.version,
            f"Version {accord.version} is in force.",
        ),
        (
            "3",
            "party-unknown",
            record.domain not in domains,
            f"{record.party} has no charter for {record.domain}.",
        ),
        (
            "4",
            "pillar-not-in-force",
            not core and not version.runs(pillar, record.at),
            f"{pillar} is not in force.",
        ),
        (
            "5",
            "kind-unknown",
            spec is None and record.kind != RECEIPT_KIND,
            f"There is no kind {record.kind}.",
        ),
    )
    for step, code, fails, why in checks:
        if fails:
            return (Denial(f"gate.{step}", code, why),)
    misfit = _misfit(record, version)
    if misfit:
        return (Denial("gate.6", "open-malformed", misfit),)
    if odd:
        return (
            Denial("gate.7", "sealed-paths", f"The sealed paths are not those of {record.kind}; see {odd}."),
        )
    return ()


def _misfit(record: Record, version: Version) -> str:
    spec = version.spec(record.kind)
    if spec is None:
        return ""
    try:
        judging.stated(record, spec)
    except DetenteError as error:
        return error.what
    return ""


def _refused(code: str, version: Version, record: Record) -> Denial:
    edition = version.edition_of(record.kind)
    word = rebuff.word(code, edition)
    return Denial("gate.8", "does-not-stand", f"{code}: {word.en}" if word else code)


def _about_audience(request: Request, version: Version) -> Denial | None:
    record, pillar = request.record, request.record.kind.partition(".")[0]
    # 9. The audience is one other party; an unknown or empty one is nobody.
    if request.audience not in version.accord.parties or request.audience == record.party:
        return Denial("gate.9", "nobody", f"{request.audience or 'nobody'} is no other party of the accord.")
    # 10. The record is of this accord, was judged as what it is, has the form that its kind has now, and its
    # pillar is in force.
    if record.accord.genesis != version.genesis or not _says(request.said, record):
        return Denial("gate.10", "accord-other", "The record is of another accord, or another was judged.")
    spec = version.spec(record.kind)
    if spec is None or not isinstance(request.said.open, spec.open):
        return Denial("gate.10", "other-edition", f"{record.kind} has another form in the version in force.")
    if not version.runs(pillar, request.at):
        return Denial("gate.10", "pillar-not-in-force", f"{pillar} is not in force.")
    return None


def _says(said: Statement, record: Record) -> bool:
    """Whether a statement is what this record says: the facts of another would open the wrong gate."""
    told = (said.kind, said.party, said.at, said.thread)
    written = (record.kind, record.party, record.at, record.thread)
    try:
        return told == written and msgspec.convert(record.open, type(said.open)) == said.open
    except msgspec.ValidationError:
        return False


def _granting(
    request: Request, version: Version
) -> tuple[Mapping[str, Sequence[Release]], tuple[Warned, ...]]:
    """Path to the clauses for this kind and audience that speak of it and whose rules are exactly true."""
    grants = version.grants.get((request.record.kind, request.audience))
    if grants is None:
        return {}, ()
    found: dict[str, list[Release]] = {}
    rules, alarms = grants.bank.ask(_variables(request, version, grants.bank.reads))
    for rule in rules:
        clause = grants.clauses[rule.place.path]
        for path in clause.fields:
            found.setdefault(path, []).append(clause)
    return found, tuple([Warned(grants.clauses[one.rule.place.path].id, one.truth) for one in alarms])


def _variables(request: Request, version: Version, read: frozenset[str] | None = None) -> dict[str, Any]:
    said = request.said
    variables = version.world.encode(said.kind, said.party, said.open, said.facts, read)
    variables["audience"] = request.audience
    variables["standing"] = request.standing.parties
    return variables


def _about_path(request: Request, path: str, version: Version, granting: Sequence[Release]) -> Denial | None:
    """Checks 11 to 15 on one path: the first that takes it away."""
    record, audience = request.record, request.audience
    # 11. The path is one of the record's, and its author can open it.
    if path not in record.sealed or path not in request.sizes:
        return Denial("gate.11", "path-unknown", "There is nothing that its author can open.", path)
    # 12. The audience was a party when it was tabled, and it is below the pillar's ceiling for it.
    late = version.joined.get(audience, 1) > record.accord.version
    if late or path not in version.below.get((record.kind, audience), ()):
        above = _fixed("gate.12", "above-ceiling", f"It is above the ceiling for {audience}.", path)
        acceded = _fixed("gate.12", "acceded-later", f"{audience} acceded after it was tabled.", path)
        return acceded if late else above
    # 13. A clause speaks of it, and the rule of one of them is exactly true at this standing.
    if not granting:
        return _unmet(request, path, version)
    # 14. The author can lawfully send it.
    unlawful = _unlawful(request, path, version)
    if unlawful is not None:
        return unlawful
    # 15. An officer approved it, unless a clause lets the node alone release it.
    if path not in request.approved and all(clause.by == "officer" for clause in granting):
        ids = tuple([clause.id for clause in granting])
        return Denial("gate.15", "officer", f"Officers of {record.party} have not approved it.", path, ids)
    return None


def _unmet(request: Request, path: str, version: Version) -> Denial:
    grants = version.grants.get((request.record.kind, request.audience))
    asked = grants.speaking.get(path, ()) if grants else ()
    if not asked:
        return _fixed("gate.13", "no-clause", f"No clause grants it to {request.audience}.", path)
    why = f"The condition of {', '.join(asked)} is not met for {request.audience}."
    return Denial("gate.13", "clause-not-met", why, path, asked)


@lru_cache(maxsize=4_096)
def _fixed(step: str, code: str, why: str, path: str) -> Denial:
    """A denial that is the same for every record: most of them are."""
    return Denial(step, code, why, path)


def _unlawful(request: Request, path: str, version: Version) -> Denial | None:
    """Check 14: on one of the author's bases, of one of its classes, below its ceiling for the audience."""
    party, audience, clearance = request.record.party, request.audience, request.clearance
    law = version.accord.parties[party].lawful
    if path in request.withheld:
        why = f"{party} says that it cannot lawfully send it: {request.withheld[path]}."
        return Denial("gate.14", "withheld", why, path)
    if clearance is None:
        return Denial("gate.14", "no-basis", f"{party} names no legal basis for it.", path)
    if clearance.basis not in law.bases:
        return Denial("gate.14", "basis-unknown", f"{clearance.basis} is no legal basis of {party}.", path)
    named, most = clearance.of(path), version.classes[party, audience]
    if named not in law.classes:
        return Denial("gate.14", "class-unknown", f"{named} is no class of {party}.", path)
    if law.classes.index(named) > most:
        why = f"It is {named}; {party} sends at most {law.classes[most]} to {audience}."
        return Denial("gate.14", "above-classification", why, path)
    return None


def _length(request: Request, granted: Mapping[str, object]) -> int:
    """The exact length of the sealed package; less than 0 if a size is, which no budget bears."""
    sizes = [request.sizes[path] for path in granted]
    if not sizes or min(sizes) < 0:
        return min(sizes, default=0)
    return content.size(request.record, request.audience, sizes)
