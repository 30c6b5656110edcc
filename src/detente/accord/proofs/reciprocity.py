"""Reciprocity: what rules do between two parties they do, in the mirrored state, between any two like them.

For every exchange of parties with the same roles, every effect, every pair and every valid state: the effect
holds for (a, b) exactly when it holds for the exchanged pair in the exchanged state, where fields that name
parties and standing move along. Effects are taken as the disjunction of all clauses, with equal terms, so a
set of clauses that name parties can be even although no single one of them is.
"""

from collections.abc import Iterator

import z3  # type: ignore[import-untyped]  # the wheel ships no types

from detente.accord.proofs import case as cases
from detente.accord.proofs.answer import Answer, Flag, Witness
from detente.accord.proofs.balance import Book, ask, exchanges
from detente.accord.proofs.effect import Effect, Part, pairs
from detente.accord.proofs.state import Exchange
from detente.trust.errors import Malformed

NAME = "reciprocity"
ORDERS = frozenset({"_<_", "_<=_", "_>_", "_>=_"})


def prove(book: Book) -> Answer:
    """Whether the whole rule set is even, with one case for each group of effects that is not."""
    found: list[Witness] = []
    open_: list[str] = []
    for exchange in exchanges(book.version):
        for effect, alike in book.groups():
            for answer, why in _broken(book, effect, alike, exchange):
                found += [answer] if answer else []
                open_ += [why] if why else []
    if found:
        return Answer(NAME, "refuted", tuple(found))
    return Answer(NAME, "undecided", (), open_[0]) if open_ else Answer(NAME, "proven")


def lopsided(book: Book) -> tuple[Flag, ...]:
    """The clauses that are not even by themselves, with the pairs to which each alone adds something."""
    flags = []
    for name in dict.fromkeys(part.id for part in book.parts):
        alone = Book(book.version, tuple(part for part in book.parts if part.id == name), book.states)
        uneven = any(
            answer is not None
            for exchange in exchanges(book.version)
            for effect, alike in alone.groups()
            for answer, _ in _broken(alone, effect, alike, exchange)
        )
        if uneven:
            flags.append(Flag("lopsided", name, tuple(_adds(book, alone, name))))
    return tuple(flags)


def _broken(
    book: Book, effect: Effect, alike: tuple[Effect, ...], exchange: Exchange
) -> Iterator[tuple[Witness | None, str]]:
    """The first pair between which an effect is uneven, or why that is not known."""
    if all(unmoved(part, exchange) for part in book.about(effect)):
        return
    for author, other in pairs(effect, book.version):
        here = book.view(effect, author, other)
        there = here.exchanged(exchange)
        try:
            claim = z3.Xor(book.holds(effect, here), book.holds(effect, there))
        except Malformed as error:
            yield None, error.what
            return
        answer, model = ask(here.state, claim)
        if answer == "unknown":
            yield None, str(model)
        if answer == "found":
            yield (
                Witness(
                    about="uneven",
                    effects=alike,
                    case=cases.read(book, effect, here, model),
                    mirror=cases.read(book, effect, there, model),
                    exchange=tuple(sorted(exchange)),
                ),
                "",
            )
            return


def unmoved(part: Part, exchange: Exchange) -> bool:
    """Whether a clause is even under an exchange by its form alone, so that nothing is left to ask.

    Its rule names neither party and orders no names, and it speaks of both or of neither. All else that a
    rule reads moves with the parties (`View.exchanged`). The prover would say the same, and take longer.
    """
    nodes = () if part.rule is None else tuple(part.rule.node.walk())
    named = any(node.op == "literal" and node.value in exchange for node in nodes)
    ordered = any(node.name in ORDERS and any(arg.type == "string" for arg in node.args) for node in nodes)
    return not named and not ordered and len(exchange.keys() & set(part.towards)) != 1


def _adds(book: Book, alone: Book, name: str) -> Iterator[str]:
    """The pairs for which a clause brings about what no other clause does."""
    seen = set()
    for effect, _ in alone.groups():
        for author, other in pairs(effect, book.version):
            view = book.view(effect, author, other)
            only = z3.And(alone.holds(effect, view), z3.Not(book.holds(effect, view, without=name)))
            if (author, other) not in seen and ask(view.state, only)[0] == "found":
                seen.add((author, other))
                yield f"{author}>{other}"
