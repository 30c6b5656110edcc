"""Proofs about single clauses: each can apply, each adds something, each is decided, none shows too much.

can-apply     for each clause there is a valid state and a pair for which it is true
adds          no clause can be struck out without a change: none is covered by the others
decided       no rule reads what may be unstated without asking first
ceiling       nothing is ever granted to a party above the pillar's ceiling for it
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import z3  # type: ignore[import-untyped]  # the wheel ships no types

from detente.accord import fragment
from detente.accord.proofs import case as cases
from detente.accord.proofs.answer import Answer, Witness
from detente.accord.proofs.balance import Book, ask, speaks
from detente.accord.proofs.effect import Effect, Part, pairs
from detente.accord.proofs.state import Slot, Term, View, slot_of
from detente.trust.errors import Malformed

Found = Iterator[tuple[Witness | None, str]]


class Place(NamedTuple):
    """Where a claim is true: the prover's answer, its model (or why it does not know), and between whom."""

    answer: str
    model: Term
    view: View | None


NOWHERE = Place("none", None, None)


def can_apply(book: Book) -> Answer:
    """No clause can never be true, and none speaks of nobody."""
    return _answer("can-apply", lambda: _dead(book))


def adds(book: Book) -> Answer:
    """No clause is covered by the others: striking it out changes something for some pair in some state."""
    return _answer("adds", lambda: _covered(book))


def decided(book: Book) -> Answer:
    """Every rule is decided in every state: reading what is unstated denies, and raises an alarm."""
    return _answer("decided", lambda: _unsure(book))


def ceiling(book: Book) -> Answer:
    """Nothing is granted above the pillar's ceiling, whatever the state."""
    return _answer("ceiling", lambda: _above(book))


def names(book: Book) -> tuple[str, ...]:
    """The ids of all clauses, in the order of the document."""
    accord = book.version.accord
    return (
        *(one.id for one in accord.duties),
        *(one.id for one in accord.release),
        *(one.id for one in accord.triggers),
    )


def _answer(name: str, look: Callable[[], Found]) -> Answer:
    rows = tuple(look())
    if found := tuple(witness for witness, _ in rows if witness is not None):
        return Answer(name, "refuted", found)
    why = next((why for _, why in rows if why), "")
    return Answer(name, "undecided", (), why) if why else Answer(name, "proven")


def _dead(book: Book) -> Found:
    for name in names(book):
        # One part of a clause is enough: all have the same rule and speak of the same parties.
        first = next(iter(_mine(book, name)), None)
        found = NOWHERE if first is None else _somewhere(book, first.effect, partial(book.brings, first))
        if found.answer == "unknown":
            yield None, f"{name}: {found.model}"
        if found.answer == "none":
            yield Witness(about="dead", clause=name), ""


def _mine(book: Book, name: str) -> tuple[Part, ...]:
    return tuple(part for part in book.parts if part.id == name)


def _covered(book: Book) -> Found:
    for name in names(book):
        mine = _mine(book, name)
        answers = [_alone(book, part) for part in mine]
        if mine and all(one.answer == "none" for one in answers):
            yield Witness(about="covered", clause=name, names=_coverers(book, mine, name)), ""
        elif mine and all(one.answer != "found" for one in answers):
            why = next(one.model for one in answers if one.answer == "unknown")
            yield None, f"{name}: {why}"


def _alone(book: Book, part: Part) -> Place:
    """Where a clause brings about what no other does."""
    return _somewhere(
        book,
        part.effect,
        lambda view: z3.And(book.brings(part, view), z3.Not(book.holds(part.effect, view, without=part.id))),
    )


def _coverers(book: Book, mine: tuple[Part, ...], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.id for part in mine for one in book.about(part.effect, name)))


def _unsure(book: Book) -> Found:
    for name in names(book):
        part = next(iter(_mine(book, name)), None)
        if part is None or part.rule is None:
            continue
        slots = {slot for node in fragment.reads(part.rule.node) if (slot := slot_of(node)) is not None}
        found = _somewhere(book, part.effect, partial(_unstated, part, slots))
        if found.answer == "unknown":
            yield None, f"{name}: {found.model}"
        if found.answer == "found" and found.view is not None:
            read = cases.read(book, part.effect, found.view, found.model)
            yield Witness(about="unstated", clause=name, names=_paths(slots), case=read), ""


def _unstated(part: Part, slots: set[Slot], view: View) -> Term:
    stated = [view.state.stated[slot] for slot in sorted(slots) if slot in view.state.stated]
    return z3.And(speaks(part, view), z3.Not(z3.And(stated)))


def _paths(slots: set[Slot]) -> tuple[str, ...]:
    return tuple(sorted(".".join(slot) for slot in slots))


def _above(book: Book) -> Found:
    for effect in dict.fromkeys(part.effect for part in book.parts if part.effect.family == "may"):
        for author, other in pairs(effect, book.version):
            if effect.what[0] in book.version.below.get((effect.kind, other), frozenset()):
                continue
            found = _there(book.view(effect, author, other), partial(book.holds, effect))
            if found.answer == "unknown":
                yield None, str(found.model)
            if found.answer == "found" and found.view is not None:
                read = cases.read(book, effect, found.view, found.model)
                yield Witness(about="above", names=(other,), effects=(effect,), case=read), ""


def _somewhere(book: Book, effect: Effect, claim: Callable[[View], Term]) -> Place:
    """Look for a pair and a state in which a claim is true: the first found, else what was not known."""
    unknown = NOWHERE
    for author, other in pairs(effect, book.version):
        place = _there(book.view(effect, author, other), claim)
        if place.answer == "found":
            return place
        unknown = place if place.answer == "unknown" else unknown
    return unknown


def _there(view: View, claim: Callable[[View], Term]) -> Place:
    try:
        answer, model = ask(view.state, claim(view))
    except Malformed as error:
        return Place("unknown", error.what, view)
    return Place(answer, model, view)
