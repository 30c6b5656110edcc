"""The state: everything that rules over one kind could read, as unknowns with their bounds.

    state = build(world, "incidents.report", nodes, alphabet)
    state.valid                       what holds in every state: bounds, finite values, overdue within missed
    seen = View(state, author="us", other="cn")
    seen.exchanged({"us": "cn", "cn": "us"})      the same unknowns after an exchange of parties

Over-approximated: what a pillar's judge would never let stand together is not excluded. A fact that is proven
here holds for real records; a case that is found may be one that no judge lets stand.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import z3  # type: ignore[import-untyped]  # the wheel ships no types
from msgspec import Struct

from detente.accord.field import MAX_SAFE, Field
from detente.accord.proofs.alphabet import Alphabet
from detente.accord.syntax import Node
from detente.accord.world import World

Term: TypeAlias = Any
Exchange: TypeAlias = Mapping[str, str]
Slot: TypeAlias = tuple[str, str]
Value: TypeAlias = bool | int | str

ITEMS = 64
"""The longest range of whole numbers that a list may hold, so that each is asked about by itself."""


class Several(Struct, frozen=True):
    """A list: which of its possible items are in it, and how long it is."""

    members: Mapping[Value, Term]
    size: Term


class State(Struct, frozen=True, kw_only=True):
    """The unknowns.

    Args:
        world: types and parties.
        kind: over whose records.
        alphabet: the names.
        fields: ("facts", "level") to the field, of those that some rule reads.
        scalars: slot to its unknown.
        stated: slot to whether it is stated, of those that may not be.
        lists: slot to its list.
        counts: (party, pillar, count) to its unknown.
        valid: the bounds.
        odd: slots that cannot be translated, since no string is known that fits them.
    """

    world: World
    kind: str
    alphabet: Alphabet
    fields: Mapping[Slot, Field]
    scalars: Mapping[Slot, Term]
    stated: Mapping[Slot, Term]
    lists: Mapping[Slot, Several]
    counts: Mapping[tuple[str, str, str], Term]
    valid: tuple[Term, ...]
    odd: frozenset[Slot]

    def unknowns(self) -> Iterator[Term]:
        """Every unknown by itself."""
        yield from (*self.scalars.values(), *self.counts.values())
        yield from (term for slot, term in self.stated.items() if slot not in self.lists)
        for several in self.lists.values():
            yield from (several.size, *several.members.values())


class View(Struct, frozen=True):
    """A state as a rule sees it between two parties, after an exchange of parties (none: as it is).

    Args:
        state: the unknowns.
        author: of the record.
        other: the audience of a release, the debtor of a duty; "" is nobody.
        exchange: party to the party in whose place it now stands.
    """

    state: State
    author: str
    other: str
    exchange: Exchange = {}

    def exchanged(self, exchange: Exchange) -> "View":
        """The mirrored view: author, audience, fields that name parties and standing, all moved together."""
        author, other = (exchange.get(name, name) for name in (self.author, self.other))
        return View(self.state, author, other, exchange)

    def before(self, party: str) -> str:
        """Who stood where this party stands now."""
        return next((old for old, new in self.exchange.items() if new == party), party)

    def scalar(self, slot: Slot) -> Term:
        """What a field is."""
        term, codes = self.state.scalars[slot], self.state.alphabet.codes
        if self.state.fields[slot].ref != "party":
            return term
        moved = term
        for old, new in sorted(self.exchange.items()):
            moved = z3.If(term == codes[old], codes[new], moved)
        return moved

    def members(self, slot: Slot) -> Mapping[Value, Term]:
        """What is in a list."""
        found, field = self.state.lists[slot].members, self.state.fields[slot]
        if field.item is None or field.item.ref != "party":
            return found
        return {name: found[self.before(str(name))] for name in found}

    def count(self, party: str, pillar: str, name: str) -> Term:
        """A count of a party's standing."""
        return self.state.counts[self.before(party), pillar, name]


def build(world: World, kind: str, nodes: Iterable[Node], alphabet: Alphabet) -> State:
    """Make the unknowns that these rules read."""
    every = [one for node in nodes for one in node.walk()]
    slots = sorted({slot for one in every if (slot := slot_of(one)) is not None})
    known = {slot: field for slot in slots if (field := world.field(kind, *slot)) is not None}
    counted = sorted({pair for one in every if (pair := count_of(one)) is not None})
    counts = {
        (party, pillar, name): z3.Int(f"standing[{party}].{pillar}.{name}")
        for pillar, name in counted
        for party in world.parties
    }
    odd = {slot for slot, field in known.items() if _unwritable(field, alphabet)}
    sound = {slot: field for slot, field in known.items() if slot not in odd}
    lists = {slot: _several(slot, field, alphabet) for slot, field in sound.items() if field.type == "list"}
    scalars = {slot: _scalar(slot, field) for slot, field in sound.items() if field.type != "list"}
    stated = {
        slot: lists[slot].size > 0 if slot in lists else z3.Bool(f"stated {'.'.join(slot)}")
        for slot, field in sound.items()
        if field.nullable
    }
    bounds = [bound for slot, term in scalars.items() for bound in _bounds(term, known[slot], alphabet)]
    bounds += [bound for slot, one in lists.items() for bound in _list_bounds(one, known[slot])]
    bounds += _count_bounds(counts)
    return State(
        world=world,
        kind=kind,
        alphabet=alphabet,
        fields=known,
        scalars=scalars,
        stated=stated,
        lists=lists,
        counts=counts,
        valid=tuple(bounds),
        odd=frozenset(odd),
    )


def slot_of(node: Node) -> Slot | None:
    """The field that a node reads or asks for: ("facts", "level")."""
    if node.op not in ("read", "has") or node.args[0].op != "variable":
        return None
    return node.args[0].name, node.name


def count_of(node: Node) -> tuple[str, str] | None:
    """The pillar and the count of `standing[P].pillar.count`."""
    inner = node.args[0] if node.op == "read" else node
    if inner.op != "read" or inner.args[0].op != "call":
        return None
    return (inner.name, node.name) if node is not inner else None


def _items(field: Field, alphabet: Alphabet) -> tuple[Value, ...]:
    item = field.item or field
    if item.type == "bool":
        return (False, True)
    if item.type == "int":
        return tuple(range(item.low or 0, (item.high or 0) + 1)) if _span(item) <= ITEMS else ()
    return alphabet.names(field)


def _span(field: Field) -> int:
    return (field.high or 0) - (field.low or 0) + 1


def _unwritable(field: Field, alphabet: Alphabet) -> bool:
    inner = field.item or field
    if inner.type in ("enum", "string") or field.type == "list":
        return not _items(field, alphabet)
    return False


def _scalar(slot: Slot, field: Field) -> Term:
    name = ".".join(slot)
    return z3.Bool(name) if field.type == "bool" else z3.Int(name)


def _several(slot: Slot, field: Field, alphabet: Alphabet) -> Several:
    name = ".".join(slot)
    members = {item: z3.Bool(f"{item!r} in {name}") for item in _items(field, alphabet)}
    return Several(members, z3.Int(f"size({name})"))


def _bounds(term: Term, field: Field, alphabet: Alphabet) -> list[Term]:
    if field.type == "int":
        return [term >= field.low, term <= field.high]
    if field.type == "bool":
        return []
    return [z3.Or([term == alphabet.code(name) for name in alphabet.names(field)])]


def _list_bounds(one: Several, field: Field) -> list[Term]:
    """As long as its items at least, longer only by repeating one of them."""
    distinct = z3.Sum([z3.If(term, 1, 0) for term in one.members.values()])
    empty = z3.Implies(distinct == 0, one.size == 0)
    # Null reads as the empty list.
    least = z3.Or(one.size >= field.low, one.size == 0) if field.nullable else one.size >= field.low
    return [one.size >= distinct, least, one.size <= field.high, empty]


def _count_bounds(counts: Mapping[tuple[str, str, str], Term]) -> list[Term]:
    found = [bound for term in counts.values() for bound in (term >= 0, term <= MAX_SAFE)]
    for (party, pillar, name), term in counts.items():
        missed = counts.get((party, pillar, "missed"))
        if name == "overdue" and missed is not None:
            found.append(term <= missed)
    return found
