"""The condition: a rule's checked syntax in words, leaf by leaf.

    facts.level >= 3 && facts.level <= 4 && !facts.near_miss
    “Severity level” is from 3 to 4, and “Near miss” is no
    “严重程度级别”为 3 至 4，且“险情”为否

What runs is what is told: the tree is the one that `Rule.guarded` is written from. A part without words of
its own stands in backquotes as the rule language has it.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from detente.accord.rule import Rule
from detente.accord.syntax import CHOICE, INDEX, Node, unparse
from detente.faces.prose.names import ROLES, Names, listed
from detente.faces.speech import Text

COUNTS: Mapping[str, Text] = {
    "kept": Text("duties kept", "已履行的义务"),
    "excused": Text("duties excused", "已免责的义务"),
    "owed": Text("duties still running", "尚在期限内的义务"),
    "overdue": Text("duties overdue", "逾期未履行的义务"),
    "missed": Text("duties missed", "未按期履行的义务"),
    "disputed": Text("duties in dispute", "有争议的义务"),
    "unobservable": Text("duties that cannot be judged yet", "尚无法判定的义务"),
    "forked": Text("duties left in a forked log", "因日志分叉而未决的义务"),
}
COMPARED: Mapping[str, Text] = {
    "_==_": Text("is", "为"),
    "_!=_": Text("is not", "不为"),
    "_<_": Text("is less than", "低于"),
    "_<=_": Text("is at most", "不高于"),
    "_>_": Text("is more than", "高于"),
    "_>=_": Text("is at least", "不低于"),
}
TURNED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}
OR = Text("or", "或")


class Teller(NamedTuple):
    """Tells the parts of one rule.

    Args:
        names: of the version.
        kind: over whose records the rule is.
    """

    names: Names
    kind: str

    def tell(self, node: Node) -> Text:
        """A part that is true or false."""
        if node.op == "call" and node.name in JOINED:
            return self._joined(node)
        if node.op == "literal":
            return Text("always", "任何情况下") if node.value is True else Text("never", "从不")
        if node.op == "read" and node.type == "bool":
            subject = self.subject(node)
            return Text(f"{subject.en} is yes", f"{subject.zh}为是")
        told = TOLD.get(node.name if node.op == "call" else node.op)
        found = told(self, node) if told else None
        return found or Text(f"`{unparse(node)}`", f" `{unparse(node)}` ")

    def subject(self, node: Node) -> Text:
        """A part that is compared: a field, a party, a count."""
        if node.op == "variable":
            return PERSONS.get(node.name, Text("that party", "该方"))
        if node.op == "read" and node.args[0].op == "variable":
            return self.names.field(self.kind, node.name)
        if node.op == "read" and node.args[0].op == "read" and node.name in COUNTS:
            pillar = node.args[0]
            who, of = self.key(pillar.args[0]), self.names.pillar(pillar.name)
            count = COUNTS[node.name]
            return Text(f"the number of {who.en}'s {count.en} in {of.en}", f"{who.zh}在{of.zh}中{count.zh}数")
        if node.op == "call" and node.name == "size":
            inner = self.subject(node.args[0])
            return Text(f"the number of entries in {inner.en}", f"{inner.zh}的项数")
        return Text(f"`{unparse(node)}`", f" `{unparse(node)}` ")

    def key(self, node: Node) -> Text:
        """Whom an index asks about."""
        key = node.args[1] if node.op == "call" and node.name == INDEX else node
        return self.names.party(str(key.value)) if key.op == "literal" else self.subject(key)

    def _joined(self, node: Node) -> Text:
        """Both, or either: flattened; one inside the other is bracketed."""
        parts = _merged(self, [*_flat(node, node.name)])
        told = [Text(f"({one.en})", f"（{one.zh}）") if mixed else one for one, mixed in parts]
        word = JOINED[node.name]
        return Text(word.en.join(one.en for one in told), word.zh.join(one.zh for one in told))


JOINED: Mapping[str, Text] = {"_&&_": Text(", and ", "，且"), "_||_": Text(", or ", "，或")}
PERSONS: Mapping[str, Text] = {
    "party": Text("the author", "提交方"),
    "audience": Text("the recipient", "接收方"),
}


def condition(rule: Rule | None, kind: str, names: Names) -> Text | None:
    """A rule in words; None if it always applies."""
    if rule is None or (rule.node.op == "literal" and rule.node.value is True):
        return None
    return Teller(names, kind).tell(rule.node)


def _merged(teller: Teller, nodes: list[Node]) -> list[tuple[Text, bool]]:
    """Each part with whether it needs brackets; two bounds of one field beside each other as one range."""
    found: list[tuple[Text, bool]] = []
    while nodes:
        one = nodes.pop(0)
        if nodes and (between := _range(teller, one, nodes[0])) is not None:
            nodes.pop(0)
            found.append((between, False))
        else:
            found.append((teller.tell(one), one.op == "call" and one.name in (*JOINED, CHOICE)))
    return found


def _range(teller: Teller, low: Node, high: Node) -> Text | None:
    bounds = [one for one in (low, high) if one.op == "call" and one.args[-1].op == "literal"]
    if [one.name for one in bounds] != ["_>=_", "_<=_"] or low.args[0].path != high.args[0].path:
        return None
    subject = teller.subject(low.args[0])
    first, last = low.args[1].value, high.args[1].value
    return Text(f"{subject.en} is from {first} to {last}", f"{subject.zh}为 {first} 至 {last}")


def _flat(node: Node, name: str) -> list[Node]:
    if node.op == "call" and node.name == name:
        return [part for arg in node.args for part in _flat(arg, name)]
    return [node]


def _compared(teller: Teller, node: Node) -> Text | None:
    left, right, name = *node.args, node.name
    if left.op == "literal" and right.op != "literal":
        left, right, name = right, left, TURNED.get(name, name)
    subject, word = teller.subject(left), COMPARED[name]
    if right.op == "literal" and right.value is None:
        said = Text("is not stated", "未写明") if name == "_==_" else Text("is stated", "已写明")
        return Text(f"{subject.en} {said.en}", f"{subject.zh}{said.zh}")
    value = _value(teller, left, right)
    return Text(f"{subject.en} {word.en} {value.en}", f"{subject.zh}{word.zh}{value.zh}")


def _value(teller: Teller, left: Node, right: Node) -> Text:
    if right.op != "literal":
        return teller.subject(right)
    if isinstance(right.value, bool):
        return Text("yes", "是") if right.value else Text("no", "否")
    if left.op == "read" and left.args[0].op == "variable" and right.value is not None:
        return teller.names.value(teller.kind, left.name, right.value)
    if isinstance(right.value, str):
        return teller.names.party(right.value)
    return Text(str(right.value), f" {right.value} ")


def _among(teller: Teller, node: Node) -> Text | None:
    left, right = node.args
    if right.op == "call" and right.name == INDEX:
        who, role = teller.key(right), ROLES.get(str(left.value), Text(str(left.value), str(left.value)))
        return Text(f"{who.en} is a {role.en}", f"{who.zh}担任{role.zh}")
    if right.op == "list":
        subject, values = teller.subject(left), listed((_value(teller, left, one) for one in right.args), OR)
        return Text(f"{subject.en} is {values.en}", f"{subject.zh}为{values.zh}")
    inside = teller.subject(right)
    value = _value(teller, right, left)
    return Text(f"{inside.en} contains {value.en}", f"{inside.zh}含有{value.zh}")


def _not(teller: Teller, node: Node) -> Text | None:
    inner = node.args[0]
    if inner.op == "read" and inner.type == "bool":
        subject = teller.subject(inner)
        return Text(f"{subject.en} is no", f"{subject.zh}为否")
    told = teller.tell(inner)
    return Text(f"it is not so that ({told.en})", f"并非（{told.zh}）")


def _choice(teller: Teller, node: Node) -> Text | None:
    asked, then, other = (teller.tell(one) for one in node.args)
    return Text(
        f"if {asked.en}, then {then.en}, and otherwise {other.en}",
        f"如{asked.zh}，则{then.zh}，否则{other.zh}",
    )


def _macro(teller: Teller, node: Node) -> Text | None:
    body = teller.tell(node.args[1])
    if node.name == "all":
        return Text(f"for every party, {body.en}", f"对每一方而言，{body.zh}")
    return Text(f"for at least one party, {body.en}", f"至少对一方而言，{body.zh}")


def _has(teller: Teller, node: Node) -> Text | None:
    subject = teller.names.field(teller.kind, node.name)
    return Text(f"{subject.en} is stated", f"{subject.zh}已写明")


TOLD: Mapping[str, Callable[[Teller, Node], Text | None]] = {
    **dict.fromkeys(COMPARED, _compared),
    "@in": _among,
    "!_": _not,
    CHOICE: _choice,
    "macro": _macro,
    "has": _has,
}
