"""A rule's syntax, from the checked tree that the runtime itself will run: nodes for checks, words, proofs.

    facts.level >= 3 && !(party in ['us'])
    Node(op="call", name="_&&_", args=(Node(op="call", name="_>=_", args=(read facts.level, literal 3)), ...))

`unparse` gives a text with the same meaning; explanations evaluate exactly that text, leaf by leaf.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from detente.accord import checked
from detente.trust.errors import Malformed

Op = Literal["literal", "variable", "read", "has", "call", "list", "macro", "foreign"]
PRIMITIVES = ("none", "bool", "int", "uint", "double", "string", "bytes")
INFIX = {"_&&_": "&&", "_||_": "||", "_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">"}
INFIX |= {"_>=_": ">=", "_+_": "+", "_-_": "-", "@in": "in"}
PREFIX = {"!_": "!", "-_": "-"}
INDEX = "_[_]"
CHOICE = "_?_:_"


class Node(Struct, frozen=True, kw_only=True):
    """One node.

    Args:
        op: what it is; `foreign` is anything that this house does not read, and `name` says what.
        name: of a variable, field, function or macro (`all`, `exists`), or of the foreign thing.
        value: of a literal.
        bound: the variable that a macro binds.
        args: operands; of a macro, range and body; of a read or has, the operand.
        type: bool, int, string, null, list, map, message, or a foreign type's name.
        nullable: whether it may be null.
        column: from 1, in the rule's text.
    """

    op: Op
    name: str = ""
    value: bool | int | str | None = None
    bound: str = ""
    args: tuple["Node", ...] = ()
    type: str = ""
    nullable: bool = False
    column: int = 0

    @property
    def path(self) -> str:
        """`facts.level`, `standing[audience].incidents.overdue`, or the text of anything else."""
        return unparse(self)

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()


class _Tree(Struct, frozen=True):
    types: Mapping[int, Any]
    positions: Mapping[int, int]


def parse(serialized: bytes) -> Node:
    """Read what `Expression.serialize()` gives."""
    whole = checked.parse(serialized)
    types = {entry.key: entry.value for entry in whole.type_map}
    positions = {entry.key: entry.value for entry in whole.source_info.positions}
    return _node(_Tree(types, positions), whole.expr)


def unparse(node: Node) -> str:
    """A text of the rule language with the same meaning, fully bracketed."""
    args = [unparse(arg) for arg in node.args]
    if node.op == "literal":
        return _literal_text(node)
    if node.op == "call":
        return _call(node.name, args)
    shapes = {
        "variable": "{name}",
        "read": "{0}.{name}",
        "has": "has({0}.{name})",
        "list": "[{every}]",
        "macro": "{0}.{name}({bound}, {1})",
    }
    # 3. What this house does not read cannot be written.
    if node.op not in shapes:
        raise Malformed("rule.3", f"{node.name} cannot be written in a rule.", "Leave it out.")
    return shapes[node.op].format(*args, name=node.name, bound=node.bound, every=", ".join(args))


def _literal_text(node: Node) -> str:
    """A literal; what JSON escapes in a string, the rule language escapes alike."""
    return json.dumps(node.value, ensure_ascii=False)


def _call(name: str, args: list[str]) -> str:
    if name in INFIX:
        return f"({args[0]} {INFIX[name]} {args[1]})"
    if name in PREFIX:
        return f"{PREFIX[name]}({args[0]})"
    if name == INDEX:
        return f"{args[0]}[{args[1]}]"
    if name == CHOICE:
        return f"({args[0]} ? {args[1]} : {args[2]})"
    return f"{name}({', '.join(args)})"


def _node(tree: _Tree, expr: Any) -> Node:  # noqa: ANN401 (the class exists only at run time)
    kind = expr.WhichOneof("kind")
    name, nullable = _type(tree.types.get(expr.id))
    column = tree.positions.get(expr.id, 0) + 1
    return msgspec.structs.replace(_shape(tree, expr, kind), type=name, nullable=nullable, column=column)


def _shape(tree: _Tree, expr: Any, kind: str) -> Node:  # noqa: ANN401
    if kind == "const_expr":
        return _literal(expr.const_expr)
    if kind == "ident_expr":
        return Node(op="variable", name=expr.ident_expr.name)
    if kind == "select_expr":
        select = expr.select_expr
        op: Op = "has" if select.test_only else "read"
        return Node(op=op, name=select.field, args=(_node(tree, select.operand),))
    return _compound(tree, expr, kind)


def _compound(tree: _Tree, expr: Any, kind: str) -> Node:  # noqa: ANN401
    if kind == "call_expr":
        call = expr.call_expr
        target = (call.target,) if call.HasField("target") else ()
        return Node(op="call", name=call.function, args=_nodes(tree, (*target, *call.args)))
    if kind == "list_expr" and not expr.list_expr.optional_indices:
        return Node(op="list", args=_nodes(tree, expr.list_expr.elements))
    if kind == "comprehension_expr":
        return _macro(tree, expr.comprehension_expr)
    return Node(op="foreign", name="a message or map")


def _nodes(tree: _Tree, exprs: Any) -> tuple[Node, ...]:  # noqa: ANN401 (protobuf, untyped)
    return tuple(_node(tree, expr) for expr in exprs)


def _literal(const: Any) -> Node:  # noqa: ANN401 (protobuf, untyped)
    kind = const.WhichOneof("kind")
    if kind == "null_value":
        return Node(op="literal", value=None)
    if kind in ("bool_value", "int64_value", "string_value"):
        return Node(op="literal", value=getattr(const, kind))
    return Node(op="foreign", name=f"a literal of type {kind.removesuffix('_value')}")


def _macro(tree: _Tree, loop: Any) -> Node:  # noqa: ANN401 (protobuf, untyped)
    """`all` and `exists` as the parser expands them; every other comprehension is foreign."""
    start, step = loop.accu_init.const_expr, loop.loop_step.call_expr
    name = {("_&&_", True): "all", ("_||_", False): "exists"}.get((step.function, start.bool_value))
    plain = (
        name is not None
        and start.WhichOneof("kind") == "bool_value"
        and loop.result.ident_expr.name == loop.accu_var
        and len(step.args) == 2  # noqa: PLR2004 (accumulator and body)
        and step.args[0].ident_expr.name == loop.accu_var
        and not loop.iter_var2
    )
    if not plain or name is None:
        return Node(op="foreign", name="a macro other than all and exists")
    args = (_node(tree, loop.iter_range), _node(tree, step.args[1]))
    return Node(op="macro", name=name, bound=loop.iter_var, args=args)


def _type(kind: Any) -> tuple[str, bool]:  # noqa: ANN401 (protobuf, untyped)
    """The name of a type, and whether its values may be null."""
    which = "unknown" if kind is None else (kind.WhichOneof("kind") or "unknown")
    if which in ("primitive", "wrapper"):
        number = getattr(kind, which)
        return (PRIMITIVES[number] if number < len(PRIMITIVES) else "unknown"), which == "wrapper"
    names = {"list_type": "list", "map_type": "map", "message_type": "message", "null": "null"}
    return names.get(which, which), False
