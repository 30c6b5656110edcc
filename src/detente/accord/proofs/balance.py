"""What holds between two parties, as a formula over all clauses or all but one.

book = Book.of(version)
book.holds(effect, view)                  the disjunction of the clauses that bring it about
book.groups()                             effects with the same clauses are one question
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import z3  # type: ignore[import-untyped]  # the wheel ships no types
from msgspec import Struct

from detente.accord.field import Field
from detente.accord.proofs import effect as effects
from detente.accord.proofs import state as states
from detente.accord.proofs.alphabet import Alphabet
from detente.accord.proofs.effect import FAMILIES, Effect, Part
from detente.accord.proofs.state import Exchange, State, Term, View
from detente.accord.proofs.translation import holds
from detente.accord.syntax import Node
from detente.accord.version import Version

EFFORT = 20_000_000
"""How much the prover may work on one question, in its own units: the same on every machine."""


class Book(Struct, frozen=True):
    """A version's effects with the unknowns of each kind.

    Args:
        version: compiled.
        parts: what each clause brings about.
        states: kind to its unknowns.
    """

    version: Version
    parts: tuple[Part, ...]
    states: Mapping[str, State]

    @classmethod
    def of(cls, version: Version, beside: Version | None = None) -> "Book":
        """Gather a version's clauses and what they read.

        With another version `beside`, both versions' books have the same unknowns by name, as far as both
        versions know them: one question can then speak of both.
        """
        parts = effects.parts(version)
        others = () if beside is None else effects.parts(beside)
        nodes: dict[str, list[Node]] = {}
        for part in (*parts, *others):
            nodes.setdefault(part.effect.kind, []).extend(_nodes(part))
        alphabet = Alphabet.of(
            version.world,
            [one for some in nodes.values() for one in some],
            () if beside is None else (beside.world,),
        )
        built = {
            kind: states.build(version.world, kind, some, alphabet)
            for kind, some in nodes.items()
            if kind in version.world.specs
        }
        return cls(version, parts, built | {"": _nothing(version, alphabet)})

    def groups(self) -> Iterator[tuple[Effect, tuple[Effect, ...]]]:
        """Each effect that differs in its clauses from those before, with all that have the same clauses."""
        found: dict[tuple[object, ...], list[Effect]] = {}
        for one in dict.fromkeys(part.effect for part in self.parts):
            clauses = tuple((part.id, part.towards) for part in self.about(one))
            found.setdefault((one.family, one.kind, clauses), []).append(one)
        for some in found.values():
            yield some[0], tuple(some)

    def about(self, effect: Effect, without: str = "") -> tuple[Part, ...]:
        """The parts that bring an effect about, all or without one clause."""
        return tuple(part for part in self.parts if part.id != without and effect.covers(part.effect))

    def holds(self, effect: Effect, view: View, without: str = "") -> Term:
        """Whether an effect holds between the view's author and other."""
        return z3.Or([self.brings(part, view) for part in self.about(effect, without)])

    def brings(self, part: Part, view: View) -> Term:
        """Whether one clause brings its effect about there."""
        there = speaks(part, view)
        if part.rule is None or z3.is_false(there):
            return there
        return z3.And(there, holds(part.rule, view))

    def reads(self, effect: Effect) -> Iterator[Node]:
        """Every node of the clauses that bring an effect about."""
        for part in self.about(effect):
            for node in _nodes(part):
                yield from node.walk()

    def view(self, effect: Effect, author: str, other: str) -> View:
        """A view of the effect's kind, with nobody exchanged."""
        return View(self.states[effect.kind], author, other)


def exchanges(version: Version) -> tuple[Exchange, ...]:
    """Exchanges of two neighbours with the same roles: every role-preserving permutation is a row of these.

    What is unchanged by each of them is unchanged by all (they generate the group), provided that it is asked
    of the whole rule set and with standing moved along, which is how `reciprocity` asks.
    """
    alike: dict[frozenset[str], list[str]] = {}
    for name in version.world.parties:
        alike.setdefault(frozenset(version.world.roles[name]), []).append(name)
    return tuple({one: two, two: one} for names in alike.values() for one, two in pairwise(names))


def ask(state: State, claim: Term) -> tuple[str, Term]:
    """Look for a valid state in which a claim is true.

    Returns:
        `found` and a model, `none`, or `unknown` and the prover's reason.
    """
    simple = z3.simplify(claim)
    if z3.is_false(simple):
        return "none", None
    solver = z3.SolverFor("QF_LIA")
    solver.set("rlimit", EFFORT)
    solver.add(*state.valid, simple)
    answer = solver.check()
    if answer == z3.sat:
        return "found", solver.model()
    return ("none", None) if answer == z3.unsat else ("unknown", solver.reason_unknown())


def _nodes(part: Part) -> Iterable[Node]:
    """What a part reads: its rule, and the fact that names its debtor."""
    if part.rule is not None:
        yield part.rule.node
    if part.effect.family == "duty" and part.towards[0].startswith("facts."):
        fact = part.towards[0].removeprefix("facts.")
        yield Node(op="read", name=fact, args=(Node(op="variable", name="facts"),))


def _nothing(version: Version, alphabet: Alphabet) -> State:
    return State(
        world=version.world,
        kind="",
        alphabet=alphabet,
        fields={},
        scalars={},
        stated={},
        lists={},
        counts={},
        valid=(),
        odd=frozenset(),
    )


def speaks(part: Part, view: View) -> Term:
    """Whether a clause speaks of the view's author and other, whatever its condition."""
    if part.effect.family not in FAMILIES["duty"]:
        to_oneself = part.effect.family in FAMILIES["release"] and view.other == view.author
        return z3.BoolVal(view.other in part.towards and not to_oneself)
    owes = part.towards[0]
    if owes.startswith("facts."):
        return _named(owes.removeprefix("facts."), view)
    groups = {"author": view.other == view.author, "all": True, "others": view.other != view.author}
    return z3.BoolVal(groups.get(owes, owes == view.other))


def _named(fact: str, view: View) -> Term:
    slot, field = ("facts", fact), view.state.fields["facts", fact]
    stated = view.state.stated.get(slot, z3.BoolVal(True))  # noqa: FBT003 (the library's own signature)
    return z3.And(stated, _is(slot, field, view))


def _is(slot: tuple[str, str], field: Field, view: View) -> Term:
    if field.type == "list":
        return view.members(slot)[view.other]
    return view.scalar(slot) == view.state.alphabet.code(view.other)
