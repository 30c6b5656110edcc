"""The gate: the only two ways out of a node, tabling and releasing. It only takes away; the default is no.

    may_table(record, thread, terms)   each open field on the floor and no other, each sealed path and no
    other may_release(request, terms)        ceiling, and rules, and standing at a named cut, and law, and
    officer

A decision is data: which paths, by which clauses, and for every other path the check that took it away.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from detente.accord import judging
from detente.accord.ceiling import audiences
from detente.accord.clause import Release
from detente.accord.duty import Precedent
from detente.accord.edition import STRUCTURAL
from detente.accord.pillar import Statement
from detente.accord.rule import Leaf, Rule, explain
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
        why: one sentence with the values that matter.
        path: the sealed path, if it is about one.
        clauses: ids of the clauses that were asked, if any.
    """

    step: str
    code: str
    why: str
    path: str = ""
    clauses: tuple[str, ...] = ()


class Decision(Struct, frozen=True):
    """What may leave.

    Args:
        allowed: whether anything may.
        granted: sealed path to the ids of the clauses that grant it; empty for tabling.
        denials: everything that was taken away, in the order of the checks.
        version: of the accord.
        standing: digest of the standing that was asked; empty for tabling.
        facts: what followed from the record, for tabling.
    """

    allowed: bool
    granted: Mapping[str, tuple[str, ...]]
    denials: tuple[Denial, ...]
    version: int
    standing: str = ""
    facts: Any = None


class Clearance(Struct, frozen=True):
    """What the author says of the values under its own law: the basis on which they go, their class."""

    basis: str
    classification: str


class Request(Struct, frozen=True, kw_only=True):
    """One question to the gate about a release.

    Args:
        record: whose values.
        said: what judging it gave: `Terms.judge(...).facts`.
        audience: one party's name.
        standing: of all parties at the cut at which this is decided: `Terms.view`.
        at: now, milliseconds: sunset and version are asked of it.
        sizes: path to the length of its encoded disclosure, of those that the author can open.
        paths: which are asked for; none given asks for all.
        clearance: None is no clearance.
        approved: paths that the officers approved for exactly this record and audience (`approval.check`).
        withheld: paths that the author cannot lawfully send.
        spent: bytes that went to this audience in the running period of the budget.
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
    withheld: frozenset[str] = frozenset()
    spent: int = 0


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
    granting = _granting(request, version)
    denials: list[Denial] = []
    granted: dict[str, tuple[str, ...]] = {}
    for path in sorted(request.paths or request.record.sealed):
        clauses = granting.get(path, ())
        denial = next(_about_path(request, path, version, clauses), None)
        if denial is None:
            granted[path] = tuple([clause.id for clause in clauses])
        else:
            denials.append(denial)
    over = _about_budget(request, granted, version)
    if over is not None:
        denials.append(over)
        granted = {}
    return Decision(bool(granted), granted, tuple(denials), number, digest)


def explain_release(request: Request, terms: Terms) -> Mapping[str, tuple[Leaf, ...]]:
    """Every clause that speaks of this kind and audience, with each of its conditions and what it read."""
    version = terms.in_force(request.at)
    grants = version.grants.get((request.record.kind, request.audience))
    if grants is None or request.said.kind != request.record.kind:
        return {}
    variables = _variables(request, version)
    return {grants.clauses[rule.place.path].id: explain(rule, variables) for rule in grants.bank.rules}


def alarms(request: Request, terms: Terms) -> tuple[Rule, ...]:
    """Rules that fail to evaluate: they grant nothing, and the operator must hear of each."""
    version = terms.in_force(request.at)
    grants = version.grants.get((request.record.kind, request.audience))
    return grants.bank.alarms(_variables(request, version)) if grants else ()


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
    word = STRUCTURAL.get(code) or (edition.words.refusals.get(code) if edition else None)
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


def _granting(request: Request, version: Version) -> Mapping[str, Sequence[Release]]:
    """Path to the clauses for this kind and audience that speak of it and whose rules are exactly true."""
    grants = version.grants.get((request.record.kind, request.audience))
    found: dict[str, list[Release]] = {}
    if grants is None:
        return found
    for rule in grants.bank.granting(_variables(request, version)):
        clause = grants.clauses[rule.place.path]
        for path in clause.fields:
            found.setdefault(path, []).append(clause)
    return found


def _variables(request: Request, version: Version) -> dict[str, Any]:
    said = request.said
    variables = version.world.encode(said.kind, said.party, said.open, said.facts)
    return variables | {"audience": request.audience, "standing": request.standing.parties}


def _about_path(
    request: Request, path: str, version: Version, granting: Sequence[Release]
) -> Iterator[Denial]:
    """Checks 11 to 15 on one path: what takes it away, in order."""
    party, audience = request.record.party, request.audience
    # 11. The path is one of the record's, and its author can open it.
    if path not in request.record.sealed or path not in request.sizes:
        yield Denial("gate.11", "path-unknown", f"There is nothing to open at {path}.", path)
    # 12. It is below the pillar's ceiling for this audience.
    if not _below_ceiling(request, path, version):
        yield Denial("gate.12", "above-ceiling", f"{path} is above the ceiling for {audience}.", path)
    # 13. A clause speaks of it, and the rule of one of them is exactly true at this standing.
    if not granting:
        yield _unmet(request, path, version)
    # 14. The author can lawfully send it, on one of its bases, and not above its own classification.
    if path in request.withheld:
        yield Denial("gate.14", "withheld", f"{party} cannot lawfully send {path}.", path)
    if not _lawful(request, version):
        yield Denial("gate.14", "law", f"No legal basis of {party} is named, or the class is too high.", path)
    # 15. An officer approved it, unless a clause lets the node alone release it.
    if path not in request.approved and all(clause.by == "officer" for clause in granting):
        ids = tuple(clause.id for clause in granting)
        yield Denial("gate.15", "officer", f"Officers of {party} have not approved {path}.", path, ids)


def _below_ceiling(request: Request, path: str, version: Version) -> bool:
    pillar, _, short = request.record.kind.partition(".")
    edition = version.editions.get(pillar)
    allowed = edition.ceilings.get(short, {}).get(path, frozenset()) if edition else frozenset()
    return not audiences(version.grounds.parties[request.audience]).isdisjoint(allowed)


def _unmet(request: Request, path: str, version: Version) -> Denial:
    grants = version.grants.get((request.record.kind, request.audience))
    asked = tuple(clause.id for clause in grants.clauses.values() if path in clause.fields) if grants else ()
    if not asked:
        return Denial("gate.13", "no-clause", f"No clause grants {path} to {request.audience}.", path)
    why = f"The condition of {', '.join(asked)} is not met for {request.audience}."
    return Denial("gate.13", "clause-not-met", why, path, asked)


def _lawful(request: Request, version: Version) -> bool:
    law, clearance = version.accord.parties[request.record.party].lawful, request.clearance
    if clearance is None or clearance.basis not in law.bases or clearance.classification not in law.classes:
        return False
    return law.classes.index(clearance.classification) <= law.classes.index(law.ceiling)


def _about_budget(
    request: Request, granted: Mapping[str, tuple[str, ...]], version: Version
) -> Denial | None:
    outflow = version.accord.outflow
    budget = outflow.per.get(request.audience, outflow.bytes)
    sizes = [request.sizes[path] for path in granted]
    asked = sum(sizes)
    # 16. What goes to one counterpart in one period stays within the budget: all of it, or nothing.
    if min(request.spent, *sizes, 0) >= 0 and request.spent + asked <= budget:
        return None
    why = f"{asked} bytes on top of {request.spent} exceed the budget of {budget} in {outflow.period}."
    return Denial("gate.16", "budget", why)
