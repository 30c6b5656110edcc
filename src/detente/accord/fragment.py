"""The fragment of the rule language that an accord may use: total, exact, finite, and readable by a prover.

    allowed   true false, whole numbers, strings; && || ! ?: == != < <= > >= + - in; size(list);
              facts.X  open.X  party  parties  audience  roles[P]  standing[P].pillar.count;
              has(X) and X == null for what may be unstated; parties.all(p, ...) and parties.exists(p, ...)
    P         party, audience, the variable of a macro, or a party's name

Why so narrow: within it no evaluation can fail. An index is always a party, there is no division, sums of
bounded numbers cannot overflow, and what may be unstated is guarded (`Rule.guarded`). So `error || true`
cannot arise.
"""

from collections.abc import Iterator

import msgspec

from detente.accord.ceiling import NEUTRAL_ROLES
from detente.accord.field import MAX_SAFE, Field
from detente.accord.syntax import CHOICE, INDEX, INFIX, PREFIX, Node
from detente.accord.world import World
from detente.trust.errors import Malformed

NODES = 400
TURNS = 160
"""How often a rule's macros may turn in all: 60 rules run as one, and the runtime gives up after 10,000."""

FUNCTIONS = frozenset(INFIX) | frozenset(PREFIX) | {INDEX, CHOICE, "size"}
EQUALITY = frozenset({"_==_", "_!=_"})
SCALARS = frozenset({"bool", "int", "string"})
TYPES = SCALARS | {"null", "list", "map", "message"}
MAPS = frozenset({"standing", "roles"})
REMEDY = "Write the rule in the fragment that the protocol page states."


def check(node: Node, world: World, kind: str, where: str) -> None:
    """Check a rule's tree.

    Args:
        node: of the whole rule.
        world: types and parties.
        kind: over whose records it is.
        where: names the clause in errors.

    Raises:
        Malformed: `rule.3` to `rule.9`, naming clause and column.
    """
    every = tuple(node.walk())
    # 3. It is of a size that people read.
    if len(every) > NODES:
        raise Malformed("rule.3", f"{where}: the rule has more than {NODES} parts.", "Split it into clauses.")
    for one in every:
        _check_known(one, where)
    for one in every:
        _check_equality(one, where)
        _check_macro(one, where)
    _check_turns(node, world, where)
    _check_indices(node, frozenset(), world, where)
    for one in every:
        _check_values(one, world, kind, where)
    _check_unstated(every, world, kind, where)


def reads(node: Node) -> Iterator[Node]:
    """The reads of what may be unstated, but for those that only ask whether it is stated."""
    if node.op == "has":
        return
    if node.op == "call" and node.name in EQUALITY and any(_is_null(arg) for arg in node.args):
        return
    if node.op == "read" and node.nullable:
        yield node
    for arg in node.args:
        yield from reads(arg)


def _check_known(node: Node, where: str) -> None:
    # 4. Every part is of a known sort and type, and every function is in the fragment.
    if node.op == "foreign":
        raise _outside("4", node, where, node.name)
    if node.op == "call" and node.name not in FUNCTIONS:
        raise _outside("4", node, where, f"the function {node.name.strip('_')}")
    if node.op != "has" and node.type not in TYPES:
        raise _outside("4", node, where, f"a value of type {node.type}")
    if isinstance(node.value, int) and abs(node.value) > MAX_SAFE:
        raise _outside("4", node, where, "a number beyond 2^53-1")
    if node.name == "size" and node.args[0].type != "list":
        raise _outside("4", node, where, "size of anything but a list")


def _check_equality(node: Node, where: str) -> None:
    # 5. Scalars are compared, never whole lists, maps or records; arithmetic is on whole numbers.
    if node.op != "call" or node.name not in INFIX or node.name == "@in":
        return
    types = {arg.type for arg in node.args}
    if not types <= SCALARS | {"null"}:
        raise _outside("5", node, where, "a comparison of whole lists, maps or records")
    if node.name in ("_+_", "_-_") and types != {"int"}:
        raise _outside("5", node, where, "joined text")


def _check_turns(node: Node, world: World, where: str) -> None:
    # 6. Macros in macros turn so often only that no evaluation is given up.
    if _turns(node, 1, len(world.parties)) > TURNS:
        raise _outside(
            "6", node, where, f"more than {TURNS} turns of macros over {len(world.parties)} parties"
        )


def _turns(node: Node, outer: int, parties: int) -> int:
    inner = outer * parties if node.op == "macro" else outer
    own = inner if node.op == "macro" else 0
    return own + sum(_turns(arg, inner, parties) for arg in node.args)


def _check_macro(node: Node, where: str) -> None:
    # 6. A macro runs over the parties; a list is read by `in` and size alone, and written only after `in`.
    if node.op == "macro" and unlike(node.args[0], "parties"):
        raise _outside("6", node, where, f"{node.name} over anything but parties")
    for arg in node.args:
        wanted = node.op == "macro" or (node.op == "call" and node.name in ("@in", "size"))
        if arg.op == "list" and not (node.name == "@in" and arg is node.args[1]):
            raise _outside("6", arg, where, "a list elsewhere than after `in`")
        if arg.type == "list" and arg.op != "list" and not wanted:
            raise _outside("6", arg, where, "a list elsewhere than in `in`, size or a macro")


def _check_indices(node: Node, bound: frozenset[str], world: World, where: str) -> None:
    # 7. standing and roles are asked about a party, by a name that is sure to be one.
    if node.op == "variable" and node.name in MAPS:
        raise _outside("7", node, where, f"{node.name} without a party in brackets")
    if node.op == "call" and node.name == INDEX:
        table, key = node.args
        sure = (
            key.op == "variable" and key.name in {"party", "audience", *bound}
        ) or key.value in world.parties
        if table.op != "variable" or table.name not in MAPS or not sure:
            raise _outside("7", node, where, "an index that is not surely a party")
        return
    inner = bound | {node.bound} if node.op == "macro" else bound
    for arg in node.args:
        _check_indices(arg, inner, world, where)


def _check_values(node: Node, world: World, kind: str, where: str) -> None:
    # 8. A literal compared with an enumeration, or with a party, is one of its values.
    if node.op != "call" or node.name not in EQUALITY | {"@in"}:
        return
    known = next((found for arg in node.args if (found := _values(arg, world, kind)) is not None), None)
    for arg in node.args:
        for literal in (
            one for one in (arg, *arg.args) if one.op == "literal" and isinstance(one.value, str)
        ):
            if known is not None and literal.value not in known:
                raise _outside("8", literal, where, f"{literal.value}, which is none of {', '.join(known)}")


def _values(node: Node, world: World, kind: str) -> tuple[str, ...] | None:
    """The values that a side of a comparison can have, if they are finitely many names."""
    if node.op == "variable":
        return world.parties if node.name in {"party", "audience", "parties"} else None
    if node.op == "call" and node.name == INDEX and node.args[0].name == "roles":
        return tuple(sorted(NEUTRAL_ROLES))
    field = _field(node, world, kind)
    if field is None:
        return None
    inner = field.item or field
    return inner.values or (world.parties if inner.ref == "party" else None)


def _field(node: Node, world: World, kind: str) -> Field | None:
    plain = node.op == "read" and node.args[0].op == "variable" and node.args[0].name in ("facts", "open")
    return world.field(kind, node.args[0].name, node.name) if plain else None


def _check_unstated(every: tuple[Node, ...], world: World, kind: str, where: str) -> None:
    # 9. has() and null are for what may be unstated: of anything else they say nothing, or worse.
    for one in every:
        nulls = [arg for arg in one.args if _is_null(arg)]
        pair = one.op == "call" and one.name in EQUALITY
        if nulls and not (pair and any(arg.nullable for arg in one.args)):
            raise _outside("9", nulls[0], where, "null, but for asking what may be unstated")
        if one.op == "has":
            field = _field(msgspec.structs.replace(one, op="read"), world, kind)
            if field is None or not field.nullable:
                raise _outside("9", one, where, "has() of what is always stated")


def unlike(node: Node, variable: str) -> bool:
    """Whether a node is anything but this variable."""
    return node.op != "variable" or node.name != variable


def _is_null(node: Node) -> bool:
    return node.op == "literal" and node.value is None


def _outside(number: str, node: Node, where: str, what: str) -> Malformed:
    return Malformed(
        f"rule.{number}", f"{where}, column {node.column}: {what} is outside the fragment.", REMEDY
    )
