"""One version of an accord, compiled: the document with the pillars, scales and rules that it pins.

version = compile_version(accord, editions, scales)
version.duties           the duties as standing reads them
version.grants[kind, to] the release clauses over one kind that speak of one party
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from detente.accord import scale as scales_
from detente.accord.acts import CORE
from detente.accord.ceiling import audiences
from detente.accord.clause import Duty, Release, Trigger
from detente.accord.document import Accord
from detente.accord.duration import milliseconds, moment
from detente.accord.duty import DutySpec
from detente.accord.edition import Edition
from detente.accord.field import fields
from detente.accord.pillar import Grounds, KindSpec
from detente.accord.rule import Bank, Place, Rule, bank, compile_rule
from detente.accord.scale import Scale
from detente.accord.soundness import whats
from detente.accord.world import Effect, World, build
from detente.trust.errors import Malformed, WrongContext

RELEASE_KIND = "accord.release"
RUNNING = frozenset({"pilot", "active"})
STANDING_READS = frozenset({"standing", "audience"})


class Granted(Struct, frozen=True):
    """The release clauses over one kind that speak of one party, compiled together.

    Args:
        bank: their rules.
        clauses: by the path of the rule in the document.
        speaking: sealed path to the ids of the clauses that name it.
    """

    bank: Bank
    clauses: Mapping[str, Release]
    speaking: Mapping[str, tuple[str, ...]]


class Obligation(Struct, frozen=True):
    """A duty as standing reads it, with what only the terms know: its clause and its compiled rule."""

    spec: DutySpec
    clause: Duty | Release
    rule: Rule | None


class Version(Struct, frozen=True, kw_only=True):
    """One compiled version.

    Args:
        accord: its document.
        genesis: the accord's name.
        starts: milliseconds since the epoch.
        editions: pillar to edition, of those the accord pins.
        grounds: what pillars see.
        world: the types of rules.
        obligations: by id, in the order of the document.
        grants: (kind, party) to what may be released.
        below: (kind, party) to the sealed paths that are below the pillar's ceiling for it.
        classes: (author, party) to the highest of the author's classes that may go to it, as its index.
        triggers: by id, with their rules.
        sunsets: pillar to milliseconds.
        outflow_period: of the budget, milliseconds.
        joined: of every party known, the version by which it takes part; filled in where the row is known.
    """

    accord: Accord
    genesis: str
    starts: int
    editions: Mapping[str, Edition]
    grounds: Grounds
    world: World
    obligations: Mapping[str, Obligation]
    grants: Mapping[tuple[str, str], Granted]
    below: Mapping[tuple[str, str], frozenset[str]]
    classes: Mapping[tuple[str, str], int]
    triggers: Mapping[str, tuple[Trigger, Rule]]
    sunsets: Mapping[str, int]
    outflow_period: int
    joined: Mapping[str, int] = {}

    @property
    def duties(self) -> tuple[DutySpec, ...]:
        """The duties, in the order of the document; those of release clauses last."""
        return tuple(one.spec for one in self.obligations.values())

    @property
    def disposal(self) -> int:
        """The time, from leaving, in which every party finishes with who left, in milliseconds."""
        return milliseconds(self.accord.withdrawal.disposal, "$.withdrawal.disposal")

    @property
    def reading(self) -> int:
        """The least time from laying a release before officers to its going, in milliseconds; 0 is none."""
        term = self.accord.time.reading
        return 0 if term is None else milliseconds(term, "$.time.reading")

    def spec(self, kind: str) -> KindSpec | None:
        """The KindSpec of a kind of this version, the core's included."""
        return self.world.specs.get(kind)

    def edition_of(self, kind: str) -> Edition | None:
        """The edition whose pillar a kind belongs to."""
        return self.editions.get(kind.partition(".")[0])

    def runs(self, pillar: str, at: int) -> bool:
        """Whether a pillar is in force at a time: pilot or active, and before its sunset."""
        terms = self.accord.pillars.get(pillar)
        return terms is not None and terms.state in RUNNING and at < self.sunsets[pillar]


class _Compiler(Struct, frozen=True):
    """What compiling a version's rules needs; environments are made once per kind and effect."""

    accord: Accord
    editions: Mapping[str, Edition]
    world: World
    environments: dict[tuple[str, Effect], Any] = {}

    def rule(self, text: str | None, place: Place) -> Rule:
        key = (place.kind, place.effect)
        if key not in self.environments:
            self.environments[key] = self.world.environment(*key)
        return compile_rule(text, place, self.world, self.environments[key])


def compile_version(accord: Accord, editions: Iterable[Edition], scales: Iterable[Scale]) -> Version:
    """Compile a version against the editions and scales that are installed.

    Raises:
        WrongContext: `terms.1` an edition, `terms.2` a scale differs from what the accord pins: both digests
            named.
        Malformed: `terms.3` to `terms.6` a clause that the pillars do not bear, `rule.*` a rule.
    """
    pinned = _pinned(accord, editions)
    grounds = _grounds(accord, scales, pinned)
    specs = dict(sorted(_specs(pinned).items()))
    roles = {name: tuple(sorted(party.roles)) for name, party in sorted(accord.parties.items())}
    compiler = _Compiler(accord, pinned, build(roles, tuple(sorted(accord.pillars)), specs), {})
    _check_kinds(compiler)
    releases = _releases(compiler)
    return Version(
        accord=accord,
        genesis=accord.genesis,
        starts=moment(accord.starts, "$.starts"),
        editions=pinned,
        grounds=grounds,
        world=compiler.world,
        obligations=_obligations(compiler, releases),
        grants=_grants(compiler, releases),
        below=_below(compiler),
        classes=_classes(accord),
        triggers=_triggers(compiler),
        sunsets={
            name: moment(one.sunset, f"$.pillars.{name}.sunset") for name, one in accord.pillars.items()
        },
        outflow_period=milliseconds(accord.outflow.period, "$.outflow.period"),
    )


def _pinned(accord: Accord, editions: Iterable[Edition]) -> dict[str, Edition]:
    installed = {(one.name, one.digest): one for one in editions}
    found: dict[str, Edition] = {}
    for name, pillar in accord.pillars.items():
        # 1. The edition that the accord pins is the one that runs here.
        if (name, pillar.edition) not in installed:
            here = ", ".join(sorted(digest for other, digest in installed if other == name)) or "none"
            what = f"The accord pins edition {pillar.edition} of {name}; here is {here}."
            raise WrongContext(
                "terms.1", what, "Install the edition that the accord pins, or amend the accord."
            )
        found[name] = installed[name, pillar.edition]
    return found


def _grounds(accord: Accord, scales: Iterable[Scale], pinned: Mapping[str, Edition]) -> Grounds:
    installed = {scales_.digest(one): one for one in scales}
    wanted = {name for edition in pinned.values() for name in edition.pillar.scales}
    for name in sorted(wanted | accord.scales.keys()):
        # 2. Every scale that a pillar reads is pinned, and the pinned one is here.
        if accord.scales.get(name) not in installed:
            here = ", ".join(sorted(installed)) or "none"
            what = f"The accord pins scale {name} as {accord.scales.get(name)}; here is {here}."
            raise WrongContext(
                "terms.2", what, "Install the scale that the accord pins, or amend the accord."
            )
    return Grounds(
        parties={name: frozenset(party.roles) for name, party in accord.parties.items()},
        laboratories={lab: name for name, party in accord.parties.items() for lab in party.laboratories},
        scales={name: installed[digest] for name, digest in accord.scales.items()},
    )


def _specs(pinned: Mapping[str, Edition]) -> dict[str, KindSpec]:
    kinds = {
        f"{name}.{short}": spec
        for name, edition in pinned.items()
        for short, spec in edition.pillar.kinds.items()
    }
    return kinds | dict(CORE)


def _check_kinds(compiler: _Compiler) -> None:
    accord = compiler.accord
    named = [(f"$.duties[{n}]", kind) for n, one in enumerate(accord.duties) for kind in _kinds_of(one)]
    named += [
        (f"$.release[{n}]", kind) for n, one in enumerate(accord.release) for kind in (one.kind, *one.excuse)
    ]
    named += [(f"$.triggers[{n}].on", one.on) for n, one in enumerate(accord.triggers)]
    for path, kind in named:
        # 3. Every kind is one of the pinned edition's.
        if kind not in compiler.world.specs:
            raise Malformed(
                "terms.3", f"{path}: there is no kind {kind}.", "Name a kind of the pinned edition."
            )


def _kinds_of(duty: Duty) -> tuple[str, ...]:
    return (*whats(duty.what), *duty.excuse, *((duty.on,) if duty.on else ()))


def _releases(compiler: _Compiler) -> tuple[tuple[Release, Rule], ...]:
    found = []
    for n, clause in enumerate(compiler.accord.release):
        _check_ceiling(compiler, clause, f"$.release[{n}]")
        rule = compiler.rule(clause.when, Place(f"$.release[{n}].when", clause.kind, "release"))
        found.append((clause, rule))
    return tuple(found)


def _check_ceiling(compiler: _Compiler, clause: Release, path: str) -> None:
    edition = compiler.editions.get(clause.kind.partition(".")[0])
    rows = edition.ceilings.get(clause.kind.partition(".")[2], {}) if edition else {}
    party = compiler.accord.parties.get(clause.to)
    classes = audiences(frozenset(party.roles)) if party else frozenset({clause.to})
    for field in clause.fields:
        # 4. Every field is a sealed path of the kind.
        if field not in rows:
            raise Malformed(
                "terms.4", f"{path}: {clause.kind} has no sealed path {field}.", "Name one that it has."
            )
        # 5. The clause grants nothing above the pillar's ceiling.
        if not rows[field] & classes:
            most = ", ".join(sorted(rows[field])) or "nobody"
            what = f"{path}: {field} is above the ceiling for {clause.to}; the most is {most}."
            raise Malformed("terms.5", what, "Leave it out: the gate would never let it through.")


def _obligations(compiler: _Compiler, releases: Iterable[tuple[Release, Rule]]) -> dict[str, Obligation]:
    found: dict[str, Obligation] = {}
    for n, clause in enumerate(compiler.accord.duties):
        path = f"$.duties[{n}]"
        rule = compiler.rule(clause.when, Place(f"{path}.when", clause.on, "duty")) if clause.on else None
        _check_debtor(compiler, clause, path)
        found[clause.id] = Obligation(_duty_spec(clause, path), clause, rule)
    for grant, rule in releases:
        # A grant that depends on standing or on its audience is no duty: what is owed must follow from the
        # base alone.
        reads = {node.name for node in rule.node.walk() if node.op == "variable"}
        if grant.within is not None and not reads & STANDING_READS:
            for name, party in sorted(compiler.accord.parties.items()):
                if grant.to in audiences(frozenset(party.roles)) | {name}:
                    spec = _release_spec(grant, name)
                    found[spec.id] = Obligation(spec, grant, rule)
    return found


def _check_debtor(compiler: _Compiler, clause: Duty, path: str) -> None:
    part, _, name = clause.owes.partition(".")
    if part != "facts" or clause.on is None:
        return
    known = {field.name: (field.item or field).ref for field in fields(compiler.world.specs[clause.on].facts)}
    # 6. A fact that names the debtor is a party's name.
    if known.get(name) != "party":
        what = f"{path}.owes: {clause.owes} of {clause.on} names no party."
        raise Malformed("terms.6", what, "Name a fact that is a party.")


def _duty_spec(clause: Duty, path: str) -> DutySpec:
    what = whats(clause.what)
    return DutySpec(
        id=clause.id,
        pillar=(clause.on or what[0]).partition(".")[0],
        what=what,
        on=clause.on,
        within=milliseconds(clause.within, f"{path}.within") if clause.within else 0,
        every=clause.every,
        excuse=clause.excuse,
    )


def _release_spec(clause: Release, to: str) -> DutySpec:
    """One duty for each party that the clause speaks of: no other's release performs it."""
    return DutySpec(
        id=f"{clause.id}@{to}",
        pillar=clause.kind.partition(".")[0],
        what=(RELEASE_KIND,),
        on=clause.kind,
        within=milliseconds(clause.within or "", f"release {clause.id}"),
        excuse=clause.excuse,
        to=to,
        parts=clause.fields,
    )


def _grants(
    compiler: _Compiler, releases: tuple[tuple[Release, Rule], ...]
) -> dict[tuple[str, str], Granted]:
    banks: dict[tuple[str, ...], Granted] = {}
    found: dict[tuple[str, str], Granted] = {}
    for name, party in compiler.accord.parties.items():
        spoken = audiences(frozenset(party.roles)) | {name}
        for kind in {clause.kind for clause, _ in releases}:
            mine = [
                (clause, rule) for clause, rule in releases if clause.kind == kind and clause.to in spoken
            ]
            key = tuple(clause.id for clause, _ in mine)
            if mine and key not in banks:
                by_path = {rule.place.path: clause for clause, rule in mine}
                banks[key] = Granted(bank(rule for _, rule in mine), by_path, _speaking(by_path.values()))
            if mine:
                found[kind, name] = banks[key]
    return found


def _speaking(clauses: Iterable[Release]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for clause in clauses:
        for path in clause.fields:
            found[path] = (*found.get(path, ()), clause.id)
    return found


def _below(compiler: _Compiler) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (f"{pillar}.{short}", name): frozenset(
            path for path, most in row.items() if most & audiences(frozenset(party.roles))
        )
        for pillar, edition in compiler.editions.items()
        for short, row in edition.ceilings.items()
        for name, party in compiler.accord.parties.items()
    }


def _classes(accord: Accord) -> dict[tuple[str, str], int]:
    found = {}
    for author, party in accord.parties.items():
        law = party.lawful
        for name, other in accord.parties.items():
            spoken = {name, *audiences(frozenset(other.roles))}
            lowest = [law.ceiling, *(law.towards[one] for one in spoken & law.towards.keys())]
            found[author, name] = min(map(law.classes.index, lowest))
    return found


def _triggers(compiler: _Compiler) -> dict[str, tuple[Trigger, Rule]]:
    return {
        clause.id: (clause, compiler.rule(clause.when, Place(f"$.triggers[{n}].when", clause.on, "trigger")))
        for n, clause in enumerate(compiler.accord.triggers)
    }
