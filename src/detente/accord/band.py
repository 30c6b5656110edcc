"""Bands: duties alike but for their terms, which cut one number into ranges that must not overlap.

    facts.level >= 2 && facts.level <= 4     within PT72H
    facts.level >= 4                         within PT24H      both at level 4

Two such duties that overlap owe the same thing twice, with two terms. Asked only of rules that are plain
conjunctions of comparisons with literals; of any other nothing is said here (`accord check` proves more).
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

from msgspec import Struct

from detente.accord.clause import Duty
from detente.accord.soundness import whats
from detente.accord.syntax import Node
from detente.accord.version import Version
from detente.trust.errors import Malformed

LOWEST, HIGHEST = -(2**53), 2**53
TURNED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_", "_==_": "_==_"}


class Range(Struct, frozen=True):
    """What one field may be: whole numbers from low to high, or one of some words."""

    low: int = LOWEST
    high: int = HIGHEST
    words: frozenset[bool | str] | None = None

    def both(self, other: "Range") -> "Range":
        """What is in both."""
        given = [one for one in (self.words, other.words) if one is not None]
        words = frozenset.intersection(*given) if given else None
        return Range(max(self.low, other.low), min(self.high, other.high), words)

    def within(self, wide: "Range") -> bool:
        """Whether all of it is in another."""
        words = wide.words is None or (self.words is not None and self.words <= wide.words)
        return wide.low <= self.low and self.high <= wide.high and words

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return self.low > self.high or self.words == frozenset()

    @property
    def number(self) -> bool:
        """Whether it bounds a number."""
        return (self.low, self.high) != (LOWEST, HIGHEST)


def find(version: Version) -> Iterator[Malformed]:
    """Every pair of overlapping bands, at the later of the two."""
    numbered = [*enumerate(version.accord.duties)]
    for (_, one), (n, other) in combinations(numbered, 2):
        if _alike(one, other) and one.within != other.within:
            shared = _shared(version, one, other)
            if shared is not None:
                path, number = shared
                yield Malformed(
                    "band.1",
                    f"$.duties[{n}].when: {one.id} and {other.id} both apply where {path} is {number}.",
                    "Let the bands meet without overlapping.",
                )


def _alike(one: Duty, other: Duty) -> bool:
    same = (one.on, one.owes, set(whats(one.what))) == (other.on, other.owes, set(whats(other.what)))
    return one.on is not None and same


def _shared(version: Version, one: Duty, other: Duty) -> tuple[str, int] | None:
    """A number that both bands hold and the field it is of; None if there is none, or it cannot be told."""
    found = [bands(rule.node) for each in (one, other) if (rule := version.obligations[each.id].rule)]
    if len(found) < 2 or None in found:  # noqa: PLR2004 (both have a rule)
        return None
    left, right = ({} if each is None else each for each in found)
    joint = {path: left.get(path, Range()).both(right.get(path, Range())) for path in {*left, *right}}
    banded = sorted(path for path in left.keys() & right.keys() if left[path].number and right[path].number)
    if not banded or any(each.empty for each in joint.values()):
        return None
    within = joint[banded[0]]
    return banded[0], within.low if within.low != LOWEST else within.high


def bands(node: Node) -> Mapping[str, Range] | None:
    """What a rule asks of each field, if it is a plain conjunction; None if it is anything else."""
    if node.op == "call" and node.name == "_&&_":
        parts = [bands(arg) for arg in node.args]
        found: dict[str, Range] = {}
        for part in parts:
            if part is None:
                return None
            for path, each in part.items():
                found[path] = found.get(path, Range()).both(each)
        return found
    return _leaf(node)


def _leaf(node: Node) -> Mapping[str, Range] | None:
    if node.op == "read" and node.type == "bool":
        return {node.path: Range(words=frozenset({True}))}
    if node.op == "call" and node.name == "!_" and node.args[0].op == "read":
        return {node.args[0].path: Range(words=frozenset({False}))}
    if node.op != "call" or len(node.args) != 2:  # noqa: PLR2004 (a comparison has two sides)
        return None
    left, right = node.args
    if node.name == "@in" and left.op == "read" and right.op == "list":
        return {left.path: Range(words=frozenset(str(one.value) for one in right.args))}
    name = node.name
    if left.op == "literal":
        left, right, name = right, left, TURNED.get(node.name, "")
    if left.op == "read" and right.op == "literal" and right.value is not None:
        return _compared(left.path, name, right.value)
    return None


def _compared(path: str, name: str, value: bool | int | str) -> Mapping[str, Range] | None:  # noqa: FBT001 (a literal)
    if isinstance(value, bool | str):
        return {path: Range(words=frozenset({value}))} if name == "_==_" else None
    ranges = {
        "_==_": Range(value, value),
        "_<_": Range(high=value - 1),
        "_<=_": Range(high=value),
        "_>_": Range(low=value + 1),
        "_>=_": Range(low=value),
    }
    return {path: ranges[name]} if name in ranges else None
