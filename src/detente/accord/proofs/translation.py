"""The translation: a rule's checked tree as a formula, with the same value in every state.

    holds(rule, view)        a formula that is true exactly where `rule.grants` is

The runtime has a third value: a rule that reads what is unstated does not grant (`Rule.guarded`), however it
asks. The formula has the same guard in front. Within the fragment no evaluation fails: an index is always
a party, and a sum of at most 400 numbers below 2^53 stays inside 64 bits, so whole numbers agree.
"""

from collections.abc import Callable, Mapping

import z3  # type: ignore[import-untyped]  # the wheel ships no types
from msgspec import Struct

from detente.accord import fragment
from detente.accord.proofs.alphabet import free
from detente.accord.proofs.state import Term, Value, View, count_of, slot_of
from detente.accord.rule import Rule
from detente.accord.syntax import CHOICE, INDEX, Node
from detente.trust.errors import Malformed

REMEDY = "Write the rule so that it can be proven, as docs/proofs.md states, or accept `undecided`."
NUMERIC: Mapping[str, Callable[[Term, Term], Term]] = {
    "_+_": lambda a, b: a + b,
    "_-_": lambda a, b: a - b,
    "_<_": lambda a, b: a < b,
    "_<=_": lambda a, b: a <= b,
    "_>_": lambda a, b: a > b,
    "_>=_": lambda a, b: a >= b,
}
JOINTS = frozenset({"_&&_", "_||_", "!_", CHOICE})


class _Reading(Struct, frozen=True):
    """A rule being read: where it stands, what it sees, and the party of each variable that a macro binds."""

    where: str
    view: View
    bound: Mapping[str, str]


def holds(rule: Rule, view: View) -> Term:
    """A rule as a formula over a view.

    Raises:
        Malformed: `translation.1` to `translation.3`, with clause and column: outside of what is translated.
    """
    reading = _Reading(rule.place.path, view, {})
    guards = [_stated(reading, one) for one in fragment.reads(rule.node)]
    return z3.And([*guards, _term(reading, rule.node)])


def _term(at: _Reading, node: Node) -> Term:
    shapes: Mapping[str, Callable[[_Reading, Node], Term]] = {
        "literal": _literal,
        "variable": _variable,
        "read": _read,
        "has": _stated,
        "macro": _macro,
        "call": _call,
    }
    # 1. Every part is one that has a translation.
    if node.op not in shapes:
        raise _outside("1", at, node, node.name or node.op)
    return shapes[node.op](at, node)


def _literal(at: _Reading, node: Node) -> Term:
    if isinstance(node.value, str):
        return z3.IntVal(at.view.state.alphabet.code(node.value))
    return z3.BoolVal(node.value) if isinstance(node.value, bool) else z3.IntVal(node.value)


def _variable(at: _Reading, node: Node) -> Term:
    return z3.IntVal(at.view.state.alphabet.code(_party(at, node)))


def _party(at: _Reading, node: Node) -> str:
    """The party that a name stands for; of an index the fragment has made sure that it is one."""
    if isinstance(node.value, str):
        return node.value
    name = at.bound.get(node.name) or {"party": at.view.author, "audience": at.view.other}.get(node.name)
    # 1. It is the author, the audience, or bound by a macro.
    if not name:
        raise _outside("1", at, node, node.name)
    return name


def _read(at: _Reading, node: Node) -> Term:
    slot, count = slot_of(node), count_of(node)
    if slot is not None and slot in at.view.state.scalars:
        return at.view.scalar(slot)
    # 2. A string is one for which a value is known that no rule names.
    if count is None:
        raise _outside("2", at, node, f"{node.path}, of which no value is known")
    return at.view.count(_party(at, node.args[0].args[0].args[1]), *count)


def _stated(at: _Reading, node: Node) -> Term:
    slot = slot_of(node)
    # 2. As above.
    if slot is None or slot not in at.view.state.stated:
        raise _outside("2", at, node, f"{node.name}, of which no value is known")
    return at.view.state.stated[slot]


def _macro(at: _Reading, node: Node) -> Term:
    turns = [
        _term(_Reading(at.where, at.view, {**at.bound, node.bound: party}), node.args[1])
        for party in at.view.state.world.parties
    ]
    return z3.And(turns) if node.name == "all" else z3.Or(turns)


def _call(at: _Reading, node: Node) -> Term:
    if node.name in JOINTS:
        return _joint(node.name, [_term(at, arg) for arg in node.args])
    if node.name in fragment.EQUALITY:
        return _equal(at, node)
    if node.name == "@in":
        return _within(at, *node.args)
    if node.name == "size":
        return _size(at, node.args[0])
    if node.name == "-_":
        return -_term(at, node.args[0])
    return _compared(at, node)


def _joint(name: str, args: list[Term]) -> Term:
    if name == CHOICE:
        return z3.If(*args)
    return {"_&&_": z3.And, "_||_": z3.Or, "!_": z3.Not}[name](*args)


def _equal(at: _Reading, node: Node) -> Term:
    nothing = [arg.op == "literal" and arg.value is None for arg in node.args]
    if any(nothing):
        same = z3.Not(_stated(at, node.args[nothing.index(False)]))
    else:
        _check_free(at, node)
        same = _term(at, node.args[0]) == _term(at, node.args[1])
    return same if node.name == "_==_" else z3.Not(same)


def _compared(at: _Reading, node: Node) -> Term:
    # 3. What is ordered or summed is whole numbers, booleans, or names of finitely many.
    if any(_is_free(at, arg) for arg in node.args):
        raise _outside("3", at, node, "the order of strings that are no enumeration")
    left, right = (_number(_term(at, arg)) for arg in node.args)
    return NUMERIC[node.name](left, right)


def _number(term: Term) -> Term:
    return z3.If(term, 1, 0) if z3.is_bool(term) else term


def _check_free(at: _Reading, node: Node) -> None:
    # 3. A string that is no enumeration is compared with written names, not with another such string.
    if sum(_is_free(at, arg) for arg in node.args) > 1:
        raise _outside("3", at, node, "a comparison of two strings that are no enumeration")


def _is_free(at: _Reading, node: Node) -> bool:
    """Whether a node may be a string that no rule names: one side of a choice is enough."""
    if node.op == "call" and node.name == CHOICE:
        return any(_is_free(at, arg) for arg in node.args[1:])
    slot = slot_of(node) if node.op == "read" else None
    field = at.view.state.fields.get(slot) if slot else None
    return field is not None and free(field)


def _within(at: _Reading, item: Node, table: Node) -> Term:
    if table.op == "list":
        for one in table.args:
            _check_pair(at, item, one)
        return z3.Or([_term(at, item) == _term(at, one) for one in table.args])
    if table.op == "variable":
        codes = [at.view.state.alphabet.code(party) for party in at.view.state.world.parties]
        return z3.Or([_term(at, item) == code for code in codes])
    if table.op == "call" and table.name == INDEX:
        return _holds_role(at, item, _party(at, table.args[1]))
    slot = slot_of(table)
    # 2. As above.
    if slot is None or slot not in at.view.state.lists:
        raise _outside("2", at, table, f"{table.name}, of which no value is known")
    _check_pair(at, item, table)
    asked = _term(at, item)
    every = at.view.members(slot).items()
    return z3.Or([z3.And(term, asked == _constant(at, value)) for value, term in every])


def _check_pair(at: _Reading, item: Node, other: Node) -> None:
    # 3. As above, for `in`.
    if _is_free(at, item) and _is_free(at, other):
        raise _outside("3", at, item, "a comparison of two strings that are no enumeration")


def _holds_role(at: _Reading, item: Node, party: str) -> Term:
    roles = at.view.state.world.roles[party]
    return z3.Or([_term(at, item) == at.view.state.alphabet.code(role) for role in roles])


def _constant(at: _Reading, value: Value) -> Term:
    if isinstance(value, str):
        return z3.IntVal(at.view.state.alphabet.code(value))
    return z3.BoolVal(value) if isinstance(value, bool) else z3.IntVal(value)


def _size(at: _Reading, table: Node) -> Term:
    world = at.view.state.world
    if table.op == "variable":
        return z3.IntVal(len(world.parties))
    if table.op == "call" and table.name == INDEX:
        return z3.IntVal(len(world.roles[_party(at, table.args[1])]))
    slot = slot_of(table)
    # 2. As above.
    if slot is None or slot not in at.view.state.lists:
        raise _outside("2", at, table, f"{table.name}, of which no value is known")
    return at.view.state.lists[slot].size


def _outside(number: str, at: _Reading, node: Node, what: str) -> Malformed:
    return Malformed(
        f"translation.{number}", f"{at.where}, column {node.column}: {what} cannot be proven about.", REMEDY
    )
