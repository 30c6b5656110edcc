"""The alphabet: every name that a rule could meet as a whole number, in the order in which CEL compares.

    alphabet = Alphabet.of(world, nodes)
    alphabet.code("cn")                            3: its place among all names, sorted
    alphabet.names(field)                          which of them a field can hold

A string that is no enumeration (a digest, a code, a month) holds one of the names that rules write, or one
that no rule writes: since rules compare it with names alone (`translation`), one such name stands for all.
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from detente.accord.ceiling import NEUTRAL_ROLES
from detente.accord.field import Field, fields
from detente.accord.syntax import Node
from detente.accord.world import World

SAMPLES = ("f" * 64, "2030-01", "2030-01-01", "AML.T9999", "sample", "sampled", "x", "0", "A", "SAMPLE-1")
"""Strings that stand for all that no rule names: the first that fits a field's pattern."""


class Alphabet(Struct, frozen=True):
    """All names.

    Args:
        ordered: the names, ascending by code point, as CEL orders strings.
        codes: name to its place.
        parties: of all worlds, sorted; what a field that refers to a party can hold.
        samples: those of `SAMPLES` that no rule writes.
    """

    ordered: tuple[str, ...]
    codes: Mapping[str, int]
    parties: tuple[str, ...]
    samples: tuple[str, ...]

    @classmethod
    def of(cls, world: World, nodes: Iterable[Node], beside: Iterable[World] = ()) -> "Alphabet":
        """Every name of a world and of the rules over it, and of worlds that are compared with it."""
        worlds = (world, *beside)
        written = {one.value for node in nodes for one in node.walk() if isinstance(one.value, str)}
        specs = [spec for one in worlds for spec in one.specs.values()]
        structs = {struct for spec in specs for struct in (spec.open, spec.facts)}
        every = [field.item or field for struct in structs for field in fields(struct, text=True)]
        parties = {name for one in worlds for name in one.parties}
        known = written | {*parties, *NEUTRAL_ROLES} | {name for one in every for name in one.values}
        samples = tuple(name for name in SAMPLES if name not in known)
        ordered = tuple(sorted(known | set(samples)))
        return cls(ordered, {name: n for n, name in enumerate(ordered)}, tuple(sorted(parties)), samples)

    def code(self, name: str) -> int:
        """A name's number."""
        return self.codes[name]

    def names(self, field: Field) -> tuple[str, ...]:
        """The names that a string, or the items of a list of strings, can be; empty if none is known."""
        inner = field.item or field
        if inner.values:
            return inner.values
        if inner.ref == "party":
            return self.parties
        fitting = tuple(name for name in self.ordered if name not in self.samples and _fits(name, inner))
        other = next((name for name in self.samples if _fits(name, inner)), None)
        return () if other is None else (*fitting, other)


def free(field: Field) -> bool:
    """Whether a field holds strings that are neither an enumeration's nor parties."""
    inner = field.item or field
    return inner.type == "string" and inner.ref != "party"


def _fits(name: str, field: Field) -> bool:
    return len(name) <= (field.high or 0) and (
        field.pattern is None or re.search(field.pattern, name) is not None
    )
