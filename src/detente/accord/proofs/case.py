"""A case: one concrete state between two parties, found by the prover and replayed in the evaluator.

    case = read(book, effect, view, model)
    case.clauses                       those that hold in it: from the real rules, compiled and run

The prover only proposes. What is shown is what the rules themselves answer: `replay` runs them, and a
difference is a bug of this room that raises.
"""

from collections.abc import Container, Mapping

import z3  # type: ignore[import-untyped]  # the wheel ships no types
from msgspec import Struct

from detente.accord.field import Field, fields
from detente.accord.pillar import Statement
from detente.accord.proofs.balance import Book
from detente.accord.proofs.effect import FAMILIES, Effect, Part
from detente.accord.proofs.state import Several, Slot, Term, Value, View, count_of, slot_of
from detente.accord.rule import Rule
from detente.accord.standing import COUNTS
from detente.accord.terms import Terms, debtors_of
from detente.accord.version import Version
from detente.trust.errors import Misuse

Content = Value | None | tuple[Value, ...]
COUNTED = Mapping[str, Mapping[str, Mapping[str, int]]]


class Case(Struct, frozen=True, kw_only=True):
    """One state, of which only what some rule that is asked about reads is told.

    Args:
        kind: of the record; "" for the calendar.
        author: of the record; "" for the calendar.
        other: the audience, the debtor, or the party that a trigger names; "" is nobody.
        facts: what is read of the facts; None is unstated.
        open: what is read of the open fields.
        standing: what is read of the standing: party, pillar, count.
        clauses: ids of the clauses that bring the effect about.
    """

    kind: str
    author: str
    other: str
    facts: Mapping[str, Content]
    open: Mapping[str, Content]
    standing: COUNTED
    clauses: tuple[str, ...] = ()


def read(book: Book, effect: Effect, view: View, model: Term, beside: Book | None = None) -> Case:
    """What a model says through a view, with the clauses that hold there, replayed.

    Told is only what some clause of the effect reads, in this book or in one beside it.

    Raises:
        Misuse: `case.1` the evaluator answers something else than the prover.
    """
    nodes = [one for some in (book, beside) if some for one in some.reads(effect)]
    slots, counts = {slot_of(one) for one in nodes}, {count_of(one) for one in nodes}
    told = {
        slot: _content(slot, field, view, model) for slot, field in view.state.fields.items() if slot in slots
    }
    bare = Case(
        kind=effect.kind,
        author=view.author,
        other=view.other,
        facts={name: value for (part, name), value in told.items() if part == "facts"},
        open={name: value for (part, name), value in told.items() if part == "open"},
        standing=_standing(view, model, counts),
    )
    ran = replay(book, effect, bare)
    expected = tuple(
        part.id for part in book.about(effect) if z3.is_true(_value(model, book.brings(part, view)))
    )
    # 1. The rules themselves say the same.
    if set(ran) != set(expected):
        what = f"The prover says that {expected} hold, the rules that {ran} do, in {bare}."
        raise Misuse("case.1", what, "Report it: no proof of this version can be relied on.")
    return Case(**{name: getattr(bare, name) for name in bare.__struct_fields__} | {"clauses": ran})


def replay(book: Book, effect: Effect, case: Case) -> tuple[str, ...]:
    """The clauses that bring an effect about in a case, by the rules as every node runs them."""
    version = book.version
    variables = encoded(version, case, effect) if case.kind else {}
    return tuple(
        dict.fromkeys(part.id for part in book.about(effect) if _runs(part, case, version, variables))
    )


def encoded(version: Version, case: Case, effect: Effect) -> dict[str, object]:
    """The variables of the rules in a case; what no rule reads has some value that fits."""
    spec = version.world.specs[case.kind]
    told = spec.open(**_filled(spec.open, case.open, version))
    facts = spec.facts(**_filled(spec.facts, case.facts, version))
    made: dict[str, object] = version.world.encode(case.kind, case.author, told, facts)
    if effect.family in FAMILIES["release"]:
        zeros = {pillar: dict.fromkeys(COUNTS, 0) for pillar in version.world.pillars}
        rows = {
            party: {
                pillar: zero | dict(case.standing.get(party, {}).get(pillar, {}))
                for pillar, zero in zeros.items()
            }
            for party in version.world.parties
        }
        made["audience"] = case.other
        made["standing"] = version.world.encode_standing(rows, "").parties
    return made


def some(field: Field, version: Version) -> Content:
    """A value of a field that no rule reads."""
    if field.nullable:
        return None
    if field.type == "list":
        # The value of an item is typed by its field alone.
        return tuple(some(field.item, version) for _ in range(field.low or 0)) if field.item else ()  # type: ignore[misc]
    if field.type in ("int", "bool"):
        return field.low or 0 if field.type == "int" else False
    return field.values[0] if field.values else version.world.parties[0] if field.ref == "party" else ""


def _runs(part: Part, case: Case, version: Version, variables: Mapping[str, object]) -> bool:
    """Whether the version itself, asked as the gate and standing ask it, finds that the clause does it."""
    family = part.effect.family
    if family == "calendar":
        return case.other in _calendar(part, version)
    if family in FAMILIES["duty"]:
        return _duty(part.id, case, version, variables)
    if family == "trigger":
        return case.other in part.towards and _grants(part.rule, variables)
    granted = version.grants.get((case.kind, case.other))
    if granted is None:
        return False
    chosen = {granted.clauses[rule.place.path].id for rule in granted.bank.granting(variables)}
    owes = family != "owed" or _duty(f"{part.id}@{case.other}", case, version, variables, case.author)
    return part.id in chosen and owes


def _calendar(part: Part, version: Version) -> tuple[str, ...]:
    terms = Terms({version.accord.version: version})
    return terms.debtors(version.obligations[part.id].spec)


def _duty(
    name: str, case: Case, version: Version, variables: Mapping[str, object], debtor: str | None = None
) -> bool:
    found = version.obligations.get(name)
    if found is None or not _grants(found.rule, variables):
        return False
    spec = version.world.specs[case.kind]
    facts = spec.facts(**_filled(spec.facts, case.facts, version))
    said = Statement(
        "",
        case.kind,
        case.author,
        version.starts,
        None,
        spec.open(**_filled(spec.open, case.open, version)),
        facts,
    )
    return (case.other if debtor is None else debtor) in debtors_of(found, version, said)


def _grants(rule: Rule | None, variables: Mapping[str, object]) -> bool:
    return rule is not None and rule.grants(variables)


def _filled(struct: type[Struct], told: Mapping[str, Content], version: Version) -> dict[str, Content]:
    return {one.name: told[one.name] if one.name in told else some(one, version) for one in fields(struct)}


def _standing(view: View, model: Term, counts: Container[object]) -> COUNTED:
    found: dict[str, dict[str, dict[str, int]]] = {}
    for party, pillar, name in view.state.counts:
        if (pillar, name) not in counts:
            continue
        row = found.setdefault(party, {}).setdefault(pillar, {})
        row[name] = _value(model, view.count(party, pillar, name)).as_long()
    return found


def _content(slot: Slot, field: Field, view: View, model: Term) -> Content:
    stated = view.state.stated.get(slot)
    if stated is not None and not z3.is_true(_value(model, stated)):
        return None
    if field.type == "list":
        return _items(view.state.lists[slot], view.members(slot), model)
    return _scalar(field, _value(model, view.scalar(slot)), view)


def _items(several: Several, members: Mapping[Value, Term], model: Term) -> tuple[Value, ...]:
    """The items that are in it, the first repeated until it is as long as it is said to be."""
    found = [item for item, term in members.items() if z3.is_true(_value(model, term))]
    missing = _value(model, several.size).as_long() - len(found)
    return (*found[:1] * missing, *found)


def _scalar(field: Field, value: Term, view: View) -> Value:
    if field.type == "bool":
        return bool(z3.is_true(value))
    number: int = value.as_long()
    return view.state.alphabet.ordered[number] if field.type in ("enum", "string") else number


def _value(model: Term, term: Term) -> Term:
    return model.eval(term, model_completion=True)
