"""The mutants of an accord: every text that differs from it by one small change of one clause.

    for mutant in mutants(version):
        mutant.clause, mutant.change, mutant.accord

In rules: an operator, a number by one, a name for another of the same field, a condition dropped or turned
round, all for some, author for audience, one count for another. Around them: an audience, a debtor, a field,
a kind, an excuse, a term, who decides; and the clause itself. Whoever wrote the text must be able to tell
each of them from what was meant: by a proof, or by what the text is expected to do. Pure.
"""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from detente.accord.ceiling import NEUTRAL_ROLES
from detente.accord.clause import Duty, Release, Trigger
from detente.accord.document import Accord
from detente.accord.rule import ALWAYS, Rule
from detente.accord.soundness import whats
from detente.accord.standing import COUNTS
from detente.accord.syntax import Node, unparse
from detente.accord.version import Version
from detente.accord.world import World

Clause = Duty | Release | Trigger

SWAPS = {
    "_==_": ("_!=_",),
    "_!=_": ("_==_",),
    "_<_": ("_<=_", "_>=_"),
    "_<=_": ("_<_", "_>_"),
    "_>_": ("_>=_", "_<=_"),
    "_>=_": ("_>_", "_<_"),
    "_&&_": ("_||_",),
    "_||_": ("_&&_",),
    "_+_": ("_-_",),
    "_-_": ("_+_",),
}
VARIABLES = {"party": "audience", "audience": "party"}
TERMS = {"PT1H": "PT2H"}
"""What a term becomes; any other becomes this one."""

SHORT = "PT1H"


class Mutant(Struct, frozen=True):
    """One text that differs from the original in one place.

    Args:
        clause: in which.
        change: what was changed, for people.
        accord: the whole text.
    """

    clause: str
    change: str
    accord: Accord


def mutants(version: Version) -> Iterator[Mutant]:
    """Every mutant of a compiled version's text; some may not compile, some may mean the same."""
    accord = version.accord
    rules = {one.clause.id: one.rule for one in version.obligations.values()} | {
        granted.clauses[rule.place.path].id: rule
        for granted in version.grants.values()
        for rule in granted.bank.rules
    }
    rules |= {name: rule for name, (_, rule) in version.triggers.items()}
    for section in ("duties", "release", "triggers"):
        clauses: Sequence[Clause] = getattr(accord, section)
        for n, clause in enumerate(clauses):
            for change, changed in _changed(clause, rules.get(clause.id), version):
                some = (*clauses[:n], *changed, *clauses[n + 1 :])
                yield Mutant(clause.id, change, msgspec.structs.replace(accord, **{section: some}))


def _changed(clause: Clause, rule: Rule | None, version: Version) -> Iterator[tuple[str, tuple[Clause, ...]]]:
    yield "struck out", ()
    if rule is not None:
        for text in dict.fromkeys(_rules(rule, version.world)):
            if text != rule.text:
                yield f"when: {text}", (msgspec.structs.replace(clause, when=text),)
    fields = {
        Duty: _duty,
        Release: _release,
        Trigger: _trigger,
    }[type(clause)](clause, version)  # type: ignore[operator]  # each takes the clause that it is keyed by
    for name, value in fields:
        yield f"{name}: {value}", (msgspec.structs.replace(clause, **{name: value}),)


def _duty(clause: Duty, version: Version) -> Iterator[tuple[str, object]]:
    """Other debtors, kinds, excuses and terms."""
    groups = ("all", *version.world.parties) if clause.every else ("author", "others", "all")
    yield from (("owes", one) for one in groups if one != clause.owes)
    what = whats(clause.what)
    yield from (("what", _without(what, one)) for one in what if len(what) > 1)
    yield from (("excuse", _without(clause.excuse, one)) for one in clause.excuse)
    if clause.within is not None:
        yield "within", TERMS.get(clause.within, SHORT)
    if clause.every is not None:
        yield "every", "P1Y" if clause.every != "P1Y" else "P1M"


def _release(clause: Release, version: Version) -> Iterator[tuple[str, object]]:
    """Other audiences, fields, terms, and who decides."""
    audiences = ("peer", *sorted(NEUTRAL_ROLES), *version.world.parties)
    yield from (("to", one) for one in audiences if one != clause.to)
    yield from (("fields", _without(clause.fields, one)) for one in clause.fields if len(clause.fields) > 1)
    edition = version.edition_of(clause.kind)
    rows = edition.ceilings.get(clause.kind.partition(".")[2], {}) if edition else {}
    yield from (("fields", (*clause.fields, one)) for one in sorted(rows) if one not in clause.fields)
    yield "by", "node" if clause.by == "officer" else "officer"
    yield from (("excuse", _without(clause.excuse, one)) for one in clause.excuse)
    if clause.within is not None:
        yield "within", TERMS.get(clause.within, SHORT)
        yield "within", None


def _trigger(clause: Trigger, _version: Version) -> Iterator[tuple[str, object]]:
    """Fewer proposals, another time to decide."""
    for verb in clause.propose:
        rest = {one: about for one, about in clause.propose.items() if one != verb}
        if rest:
            yield "propose", rest
    yield "decide", TERMS.get(clause.decide, SHORT)


def _without(some: tuple[str, ...], one: str) -> tuple[str, ...]:
    return tuple(name for name in some if name != one)


def _rules(rule: Rule, world: World) -> Iterator[str]:
    """Texts of the rules that differ from one in one node; dropped altogether first, then turned round."""
    node = rule.node
    if rule.text != ALWAYS:
        yield ALWAYS
    yield f"!({unparse(node)})"
    yield from (unparse(one) for one in _nodes(node, rule, world))


def _nodes(node: Node, rule: Rule, world: World) -> Iterator[Node]:
    yield from _own(node, rule, world)
    for n, arg in enumerate(node.args):
        for changed in _nodes(arg, rule, world):
            yield msgspec.structs.replace(node, args=(*node.args[:n], changed, *node.args[n + 1 :]))


def _own(node: Node, rule: Rule, world: World) -> Iterator[Node]:
    """What one node by itself could have been."""
    if node.op == "call":
        yield from (msgspec.structs.replace(node, name=name) for name in SWAPS.get(node.name, ()))
        if node.name in ("_&&_", "_||_", "!_"):
            yield from node.args
        yield from _names(node, rule, world)
    elif node.op == "read":
        yield from _counts(node)
    else:
        yield from _leaf(node, rule)


def _leaf(node: Node, rule: Rule) -> Iterator[Node]:
    if node.op == "literal" and type(node.value) is int:
        yield from (msgspec.structs.replace(node, value=node.value + step) for step in (1, -1))
    elif node.op == "macro":
        yield msgspec.structs.replace(node, name="exists" if node.name == "all" else "all")
    elif node.op == "variable" and node.name in VARIABLES and rule.place.effect == "release":
        yield msgspec.structs.replace(node, name=VARIABLES[node.name])
    elif node.op == "list" and len(node.args) > 1:
        for one in node.args:
            yield msgspec.structs.replace(node, args=tuple(arg for arg in node.args if arg is not one))


def _counts(node: Node) -> Iterator[Node]:
    """Another count of the same standing."""
    inner = node.args[0]
    if inner.op == "read" and inner.args[0].op == "call" and node.name in COUNTS:
        other = {"overdue": "missed", "missed": "overdue"}.get(node.name, "overdue")
        yield msgspec.structs.replace(node, name=other)


def _names(node: Node, rule: Rule, world: World) -> Iterator[Node]:
    """A comparison with a name, with each other name of the same field."""
    literals = [n for n, arg in enumerate(node.args) if arg.op == "literal" and isinstance(arg.value, str)]
    reads = [arg for arg in node.args if arg.op == "read" and arg.args[0].op == "variable"]
    if len(node.args) != 2 or not literals or not reads:  # noqa: PLR2004 (both sides of a comparison)
        return
    field = world.field(rule.place.kind, reads[0].args[0].name, reads[0].name)
    inner = (field.item or field) if field else None
    values = () if inner is None else inner.values or (world.parties if inner.ref == "party" else ())
    n = literals[0]
    for value in values:
        if value != node.args[n].value:
            changed = msgspec.structs.replace(node.args[n], value=value)
            yield msgspec.structs.replace(node, args=(*node.args[:n], changed, *node.args[n + 1 :]))
