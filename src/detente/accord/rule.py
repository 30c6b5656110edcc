"""Rules: compiled once, granting only on the value `true` of type bool, explained leaf by leaf.

The runtime is Google's; used carelessly it fails open (an error is a truthy object, `bool(Value)` is true of
false). Two fences: the fragment, within which no evaluation fails, and `is_true`, which looks at type and
value. What may be unstated is guarded: a rule that reads an unknown does not grant.

    rule = compile_rule("facts.level >= 3", Place("$.duties[0].when", "incidents.report", "duty"), world,
    environment) rule.guarded      "(facts.level >= 3)"
    rule.node         for checks, words and proofs
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec
from cel_expr_python import cel  # type: ignore[import-untyped]  # the wheel ships no types
from msgspec import Struct

from detente.accord import fragment, syntax
from detente.accord.syntax import CHOICE, Node, unparse
from detente.accord.world import Effect, World
from detente.trust.errors import Malformed

ALWAYS = "true"
WIDTH = 60  # verdicts packed into one integer of 64 bits, its sign left alone
BOOL = cel.Type.BOOL
INT = cel.Type.INT
SPOT = re.compile(r"ERROR: <input>:(?P<line>[0-9]+):(?P<column>[0-9]+): (?P<why>.*)")
"""How the runtime says where in a rule it stopped, both from 1."""
STRUCT = re.compile(r"struct 'detente\.K[0-9]+(Facts|Open)'")
STRUCTS = {"Facts": "the facts", "Open": "the open fields"}
CONNECTIVES = frozenset({"_&&_", "_||_", "!_", CHOICE})

Truth = Literal["true", "false", "unknown", "error"]


class Place(Struct, frozen=True):
    """Where a rule stands: path in the document, over which kind, to which effect."""

    path: str
    kind: str
    effect: Effect


class Rule(Struct, frozen=True, kw_only=True):
    """One compiled rule.

    Args:
        place: where it stands.
        text: as written.
        node: its checked syntax.
        guarded: what runs: every read of what may be unstated is asked to be stated first.
        stated: that question by itself; empty if the rule reads nothing that may be unstated.
        program: the runtime's.
        environment: to compile leaves for explanations.
        reads: the variables that it reads.
        inputs: what it reads of the record, as (`facts` or `open`, field).
    """

    place: Place
    text: str
    node: Node
    guarded: str
    stated: str
    program: Any
    environment: Any
    reads: frozenset[str]
    inputs: frozenset[tuple[str, str]]

    def grants(self, variables: Mapping[str, Any]) -> bool:
        """Whether it is exactly true."""
        return is_true(self.program.eval(data=variables))


class Leaf(Struct, frozen=True):
    """One condition of a rule with what it was found to be.

    Args:
        text: of the condition; inside a macro, with the party written in.
        truth: of the condition.
        reads: what it read, path to value (None is unknown).
    """

    text: str
    truth: Truth
    reads: Mapping[str, Any]


class Alarm(Struct, frozen=True):
    """A rule that was not decided, hence did not grant: its evaluation failed, or it reads an unknown."""

    rule: Rule
    truth: Literal["unknown", "error"]


class Bank(Struct, frozen=True):
    """Rules to one effect over one kind, compiled together: one evaluation says which of them are true.

    Args:
        rules: in the order of the document.
        programs: one for every `WIDTH` rules: the sum of 2^n over the rules that are true.
        unsure: the rules that read what may be unstated.
        doubts: as `programs`, over `unsure`: the rules for which something is unstated.
        reads: the variables that some rule reads.
        inputs: the fields that some rule reads, as `Rule.inputs`.
        counts: pillar and count of standing that some rule reads, of whichever party.
    """

    rules: tuple[Rule, ...]
    programs: tuple[Any, ...]
    unsure: tuple[Rule, ...] = ()
    doubts: tuple[Any, ...] = ()
    reads: frozenset[str] = frozenset()
    inputs: frozenset[tuple[str, str]] = frozenset()
    counts: frozenset[tuple[str, str]] = frozenset()

    def granting(self, variables: Mapping[str, Any]) -> tuple[Rule, ...]:
        """The rules that are exactly true; where an evaluation fails, none of its rules grants."""
        return self.ask(variables)[0]

    def ask(self, variables: Mapping[str, Any]) -> tuple[tuple[Rule, ...], tuple[Alarm, ...]]:
        """The rules that are exactly true, and the alarms; an alarm never comes with a grant of its rule.

        Inside the fragment no evaluation fails, so an `error` is always to be reported. An `unknown` is a
        rule that could not be decided, because something that it reads is unstated.
        """
        granting, failed = _chosen(self.programs, self.rules, variables)
        unknown, lost = _chosen(self.doubts, self.unsure, variables) if self.doubts else ((), False)
        alarms = [Alarm(rule, "unknown") for rule in unknown]
        if failed or lost:
            alarms += [Alarm(rule, "error") for rule in self.rules if _fails(rule, variables)]
        return granting, tuple(alarms)

    def alarms(self, variables: Mapping[str, Any]) -> tuple[Rule, ...]:
        """The rules whose evaluation fails, each asked by itself."""
        return tuple(rule for rule in self.rules if _fails(rule, variables))


def _chosen(
    programs: Iterable[Any], rules: tuple[Rule, ...], variables: Mapping[str, Any]
) -> tuple[tuple[Rule, ...], bool]:
    """The rules whose bit is set, and whether an evaluation failed: then none of its sixty counts as set."""
    found: list[Rule] = []
    failed = False
    for start, program in zip(range(0, len(rules), WIDTH), programs, strict=True):
        value = program.eval(data=variables)
        whole = value.type() == INT
        failed = failed or not whole
        bits = value.value() if whole else 0
        while bits:
            lowest = bits & -bits
            found.append(rules[start + lowest.bit_length() - 1])
            bits ^= lowest
    return tuple(found), failed


def _fails(rule: Rule, variables: Mapping[str, Any]) -> bool:
    return bool(rule.program.eval(data=variables).type() != BOOL)


def is_true(value: Any) -> bool:  # noqa: ANN401 (the runtime has no types)
    """Whether a value is of type bool and true; an error is neither, whatever `bool()` says of it."""
    return bool(value.type() == BOOL and value.value() is True)


def compile_rule(text: str | None, place: Place, world: World, environment: Any) -> Rule:  # noqa: ANN401
    """Compile and check one rule; no text means always.

    Raises:
        Malformed: `rule.1` syntax or types, with the column; `rule.2` not a condition; `rule.3` to `rule.9`.
    """
    written = ALWAYS if text is None else text
    # 1. It parses and its types fit the kind's fields.
    program = _compiled(written, place, environment)
    # 2. It is a condition.
    if program.return_type() != BOOL:
        what = f"{place.path}: the rule is of type {program.return_type().name()}, not a condition."
        raise Malformed("rule.2", what, "Compare it with something.")
    node = syntax.parse(program.serialize())
    # 3. to 9. It is inside the fragment.
    fragment.check(node, world, place.kind, place.path)
    stated = " && ".join(sorted({f"{one.path} != null" for one in fragment.reads(node)}))
    guarded = f"({stated} && {unparse(node)})" if stated else f"({unparse(node)})"
    return Rule(
        place=place,
        text=written,
        node=node,
        guarded=guarded,
        stated=stated,
        program=_compiled(guarded, place, environment),
        environment=environment,
        reads=frozenset(one.name for one in node.walk() if one.op == "variable"),
        inputs=frozenset(_inputs(node)),
    )


def bank(rules: Iterable[Rule]) -> Bank:
    """Compile rules of one kind and effect together."""
    every = tuple(rules)
    unsure = tuple(rule for rule in every if rule.stated)
    return Bank(
        rules=every,
        programs=_sums(every, lambda rule: rule.guarded),
        unsure=unsure,
        doubts=_sums(unsure, lambda rule: f"!({rule.stated})"),
        reads=frozenset().union(*(rule.reads for rule in every)),
        inputs=frozenset().union(*(rule.inputs for rule in every)),
        counts=frozenset(one for rule in every for one in _counts(rule.node)),
    )


def _inputs(node: Node) -> Iterable[tuple[str, str]]:
    """What a rule reads of the record. There is no other way to it: whole messages are not compared."""
    for one in node.walk():
        inner = one.args[0] if one.op in {"read", "has"} else None
        if inner is not None and inner.op == "variable" and inner.name in {"facts", "open"}:
            yield inner.name, one.name


def _counts(node: Node) -> Iterable[tuple[str, str]]:
    """What a rule reads of standing. The fragment has no other way to it: whole messages are not compared."""
    for one in node.walk():
        inner = one.args[0] if one.op == "read" and one.type != "message" else None
        if inner is not None and inner.op == "read" and inner.args[0].op == "call":
            yield inner.name, one.name


def _sums(rules: tuple[Rule, ...], text: Callable[[Rule], str]) -> tuple[Any, ...]:
    """For every `WIDTH` rules one program: the sum of 2^n over those whose text is true."""
    programs = []
    for start in range(0, len(rules), WIDTH):
        part = rules[start : start + WIDTH]
        terms = [f"({text(rule)} ? {1 << n} : 0)" for n, rule in enumerate(part)]
        programs.append(_compiled(_balanced(terms), part[0].place, part[0].environment))
    return tuple(programs)


def explain(rule: Rule, variables: Mapping[str, Any]) -> tuple[Leaf, ...]:
    """Every condition of a rule with its truth and what it read: unknowns are named, not guessed."""
    parties = variables["parties"]
    return tuple(_leaf(rule, node, variables) for node in leaves(rule.node, parties))


def _leaf(rule: Rule, node: Node, variables: Mapping[str, Any]) -> Leaf:
    def value_of(one: Node) -> Any:  # noqa: ANN401
        value = rule.environment.compile(unparse(one)).eval(data=variables)
        return None if value.type() == cel.Type.ERROR else value.plain_value()

    reads = {one.path: value_of(one) for one in node.walk() if _is_read(one)}
    if any(one.path in reads and reads[one.path] is None for one in fragment.reads(node)):
        return Leaf(unparse(node), "unknown", reads)
    found = rule.environment.compile(unparse(node)).eval(data=variables)
    if found.type() != BOOL:
        return Leaf(unparse(node), "error", reads)
    return Leaf(unparse(node), "true" if is_true(found) else "false", reads)


def leaves(node: Node, parties: Iterable[str]) -> Iterable[Node]:
    """The conditions that a rule joins, each turn of a macro by itself."""
    if node.op == "call" and node.name in CONNECTIVES:
        for arg in node.args:
            yield from leaves(arg, parties)
    elif node.op == "macro":
        for party in parties:
            yield from leaves(bound(node.args[1], node.bound, party), parties)
    else:
        yield node


def bound(node: Node, name: str, party: str) -> Node:
    """The node with a macro's variable replaced by a party."""
    if node.op == "variable" and node.name == name:
        return Node(op="literal", value=party, type="string", column=node.column)
    inner = node.op == "macro" and node.bound == name
    args = node.args if inner else tuple(bound(arg, name, party) for arg in node.args)
    return msgspec.structs.replace(node, args=args)


def _is_read(node: Node) -> bool:
    """A scalar or list that comes from outside: a field, a count, a variable that is not a table."""
    if node.op == "read":
        return node.type != "message"
    return node.op == "variable" and node.type in ("string", "list") and node.name != "parties"


def _balanced(terms: list[str]) -> str:
    """A sum, bracketed as a balanced tree: the runtime limits how deeply expressions nest."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return f"({_balanced(terms[:half])} + {_balanced(terms[half:])})"


def _compiled(text: str, place: Place, environment: Any) -> Any:  # noqa: ANN401
    try:
        return environment.compile(text)
    except RuntimeError as error:
        first = str(error).partition("\n")[0].removeprefix("INVALID_ARGUMENT: ")
        found = SPOT.fullmatch(first)
        if found is None:
            raise Malformed("rule.1", f"{place.path}: {first}.", "Mend the rule at that column.") from error
        line, column, why = int(found["line"]), int(found["column"]), found["why"]
        column += sum(len(one) for one in text.splitlines(keepends=True)[: line - 1])
        why = STRUCT.sub(lambda one: f"{STRUCTS[one[1]]} of {place.kind}", why)
        what = f"{place.path}, column {column}: {why}."
        raise Malformed("rule.1", what, "Mend the rule at that column.") from error
