"""Rules drawn at random with states drawn at random: does the translation say what the runtime says?

    counts = compare(random.Random(7), 2_000)
    counts["true"], counts["false"], counts["undecided"], counts["outside"]

Each rule is well typed and over a kind of an installed pillar or of the treaty; each state is any that the
fields allow. `compare` raises at the first difference. Pairs that are counted were answered by both.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import z3  # type: ignore[import-untyped]  # the wheel ships no types
from starters import starter
from treaty import version as treaty

from detente.accord import rule as rules
from detente.accord.ceiling import NEUTRAL_ROLES
from detente.accord.field import Field, fields
from detente.accord.proofs import case as cases
from detente.accord.proofs import state as states
from detente.accord.proofs.alphabet import Alphabet, free
from detente.accord.proofs.case import Case
from detente.accord.proofs.effect import Effect
from detente.accord.proofs.state import State, View
from detente.accord.proofs.translation import holds
from detente.accord.rule import Place, Rule
from detente.accord.standing import COUNTS
from detente.accord.version import Version
from detente.trust.errors import Malformed

KINDS = ("incidents.report", "incidents.close", "notices.query", "notices.acknowledge")
PAIRS, TURNS = 2, 6
"""Pairs of parties for each rule, and states for each pair."""

OTHERS = ("e" * 64, "2031-07", "2031-07-09", "AML.T0042", "quux", "9", "Z", "QUUX-7")
"""Strings that no rule writes."""


class Grammar:
    """Draws rules over one kind of a version."""

    def __init__(self, version: Version, kind: str, dice: random.Random) -> None:
        self.version, self.kind, self.dice = version, kind, dice
        spec = version.world.specs[kind]
        self.fields = [
            (f"{part}.{field.name}", field)
            for part, struct in (("facts", spec.facts), ("open", spec.open))
            for field in fields(struct, text=True)
        ]

    def condition(self, depth: int, bound: tuple[str, ...] = ()) -> str:
        """A text of type bool."""
        if depth <= 0:
            return self._leaf(bound)
        one, two = (self.condition(depth - 1, bound) for _ in range(2))
        name = f"p{len(bound)}"
        shapes: tuple[Callable[[], str], ...] = (
            lambda: f"({one} && {two})",
            lambda: f"({one} || {two})",
            lambda: f"!({one})",
            lambda: f"({one} ? {two} : {self._leaf(bound)})",
            lambda: f"({one} == {two})",
            lambda: f"({one} < {two})",
            lambda: f"parties.all({name}, {self.condition(depth - 1, (*bound, name))})",
            lambda: f"parties.exists({name}, {self.condition(depth - 1, (*bound, name))})",
            lambda: self._leaf(bound),
        )
        return self.dice.choice(shapes if len(bound) < 2 else (*shapes[:6], shapes[-1]))()

    def _leaf(self, bound: tuple[str, ...]) -> str:
        dice = self.dice
        shapes: tuple[Callable[[], str], ...] = (
            lambda: f"{self._number(2, bound)} {self._order()} {self._number(1, bound)}",
            lambda: f"{self._number(1, bound)} in [{dice.randrange(4)}, {self._number(1, bound)}]",
            lambda: f"{self._party(bound)} {dice.choice(('==', '!=', '<'))} {self._party(bound)}",
            lambda: f"{self._party(bound)} in ['us', {self._party(bound)}]",
            lambda: f"{self._party(bound)} in parties",
            lambda: f"'{dice.choice(sorted(NEUTRAL_ROLES))}' in roles[{self._key(bound)}]",
            lambda: dice.choice(("true", "false")),
            self._field,
            self._field,
            self._field,
        )
        return dice.choice(shapes)()

    def _order(self) -> str:
        return self.dice.choice(("==", "!=", "<", "<=", ">", ">="))

    def _key(self, bound: tuple[str, ...]) -> str:
        return self.dice.choice(("party", "audience", "'us'", *bound))

    def _party(self, bound: tuple[str, ...]) -> str:
        named = [path for path, field in self.fields if field.ref == "party"]
        return self.dice.choice((self._key(bound), *named))

    def _number(self, depth: int, bound: tuple[str, ...]) -> str:
        dice, pillar = self.dice, self.dice.choice(self.version.world.pillars)
        numbers = [path for path, field in self.fields if field.type == "int"]
        shapes: tuple[Callable[[], str], ...] = (
            lambda: str(dice.randrange(-1, 8)),
            lambda: f"standing[{self._key(bound)}].{pillar}.{dice.choice(COUNTS)}",
            lambda: f"size(roles[{self._key(bound)}])",
            lambda: "size(parties)",
            lambda: dice.choice(numbers or ["3"]),
            lambda: dice.choice(numbers or ["2"]),
            lambda: (
                f"({self._number(depth - 1, bound)} {dice.choice('+-')} {self._number(depth - 1, bound)})"
            ),
            lambda: f"-({self._number(depth - 1, bound)})",
            lambda: f"({self._leaf(bound)} ? {self._number(0, bound)} : {self._number(0, bound)})",
        )
        return dice.choice(shapes if depth else shapes[:5])()

    def _field(self) -> str:
        path, field = self.dice.choice(self.fields)
        if field.nullable and field.type != "list" and self.dice.random() < 0.4:
            return self.dice.choice((f"has({path})", f"!has({path})", f"{path} == null", f"{path} != null"))
        if field.type == "list":
            return self.dice.choice((f"{self._item(field)} in {path}", f"size({path}) {self._order()} 1"))
        if field.type == "bool":
            return path
        if field.type == "int":
            return f"{path} {self._order()} {self.dice.randrange(8)}"
        if self.dice.random() < 0.4:
            return f"{path} in [{self._item(field)}, {self._item(field)}]"
        order = ("==", "!=") if free(field) else ("==", "!=", "<", ">=")
        return f"{path} {self.dice.choice(order)} {self._item(field)}"

    def _item(self, field: Field) -> str:
        inner = field.item or field
        if inner.type == "int":
            return str(self.dice.randrange(4))
        names = inner.values or (
            self.version.world.parties if inner.ref == "party" else ("AML.T0051", "2026-11")
        )
        return f"'{self.dice.choice(names)}'"


def compare(dice: random.Random, wanted: int) -> Counter[str]:
    """Draw until so many pairs were answered by both, and count what they were.

    Raises:
        AssertionError: the two answers differ, or a state that a record can have is no valid state.
    """
    counts: Counter[str] = Counter()
    while counts["true"] + counts["false"] < wanted:
        kind = dice.choice((*KINDS, "toy.report"))
        version, _ = _environment(kind)
        text = Grammar(version, kind, dice).condition(dice.randrange(4))
        try:
            counts.update(_about(text, version, kind, dice))
            counts["rules"] += 1
        except Malformed as error:
            counts[f"outside: {error.step}"] += 1
    return counts


@cache
def _environment(kind: str) -> tuple[Version, Any]:
    version = treaty() if kind.startswith("toy") else starter()
    return version, version.world.environment(kind, "release")


def _about(text: str, version: Version, kind: str, dice: random.Random) -> Counter[str]:
    place = Place("$.drawn", kind, "release")
    one = rules.compile_rule(text, place, version.world, _environment(kind)[1])
    state = states.build(version.world, kind, [one.node], Alphabet.of(version.world, [one.node]))
    counts: Counter[str] = Counter()
    for _ in range(PAIRS):
        author, other = (dice.choice(version.world.parties) for _ in range(2))
        formula = holds(one, View(state, author, other))
        for _ in range(TURNS):
            counts[_agree(one, version, (state, formula), drawn(state, author, other, dice))] += 1
    return counts


def _agree(one: Rule, version: Version, proof: tuple[State, Any], case: Case) -> str:
    state, formula = proof
    ran = one.grants(cases.encoded(version, case, Effect("may", case.kind, ("",))))
    pins = pinned(state, case)
    said = z3.simplify(z3.substitute(formula, *pins))
    valid = z3.simplify(z3.substitute(z3.And(*state.valid, z3.BoolVal(val=True)), *pins))
    assert z3.is_true(valid), f"{case} is no valid state"
    assert z3.is_true(said) == ran, f"{one.text}: the prover says {said}, the runtime {ran}, in {case}"
    assert z3.is_true(said) or z3.is_false(said), said
    return "true" if ran else "false"


def pinned(state: State, case: Case) -> list[tuple[Any, Any]]:
    """Every unknown of a state with its value in a case."""
    told = {("facts", name): value for name, value in case.facts.items()}
    told |= {("open", name): value for name, value in case.open.items()}
    pins = []
    for slot, term in state.scalars.items():
        value = told[slot]
        if slot in state.stated:
            pins.append((state.stated[slot], z3.BoolVal(value is not None)))
        pins.append((term, _constant(value, state.fields[slot], state.alphabet)))
    for slot, several in state.lists.items():
        items = told[slot] or ()
        known = state.alphabet.names(state.fields[slot])
        there = {item if item in several.members else known[-1] for item in items}
        pins += [(term, z3.BoolVal(item in there)) for item, term in several.members.items()]
        pins.append((several.size, z3.IntVal(len(items))))
    for (party, pillar, name), term in state.counts.items():
        pins.append((term, z3.IntVal(case.standing[party][pillar][name])))
    return pins


def _constant(value: object, field: Field, alphabet: Alphabet) -> Any:  # noqa: ANN401
    if field.type == "bool":
        return z3.BoolVal(bool(value))
    if field.type == "int":
        return z3.IntVal(field.low if value is None else value)
    names = alphabet.names(field)
    return z3.IntVal(alphabet.code(value if value in names else names[-1]))


def drawn(state: State, author: str, other: str, dice: random.Random) -> Case:
    """A state of a record between two parties that a record can be in."""
    told: Mapping[str, dict[str, Any]] = {"facts": {}, "open": {}}
    for (part, name), field in state.fields.items():
        told[part][name] = _value(field, state.alphabet, dice)
    standing: dict[str, dict[str, dict[str, int]]] = {}
    for party, pillar, name in state.counts:
        row = standing.setdefault(party, {}).setdefault(pillar, {})
        row[name] = min(dice.choice((0, 0, 1, 2, 9)), row.get("missed", 9) if name == "overdue" else 9)
    for row in (one for rows in standing.values() for one in rows.values()):
        if {"overdue", "missed"} <= row.keys():
            row["overdue"] = min(row["overdue"], row["missed"])
    return Case(kind=state.kind, author=author, other=other, standing=standing, **told)


def _value(field: Field, alphabet: Alphabet, dice: random.Random) -> Any:  # noqa: ANN401
    if field.nullable and dice.random() < 0.3:
        return None
    if field.type == "list" and field.item is not None:
        most = min(field.high or 0, 4)
        item = field.item
        return tuple(_value(item, alphabet, dice) for _ in range(dice.randint(field.low or 0, most)))
    if field.type == "bool":
        return dice.random() < 0.5
    if field.type == "int":
        return dice.choice((field.low, field.high, dice.randint(field.low or 0, min(field.high or 0, 9))))
    fitting = [name for name in OTHERS if free(field) and _fits(name, field)]
    return dice.choice((*alphabet.names(field), *fitting))


def _fits(name: str, field: Field) -> bool:
    fits = field.pattern is None or re.search(field.pattern, name) is not None
    return fits and len(name) <= (field.high or 0)
