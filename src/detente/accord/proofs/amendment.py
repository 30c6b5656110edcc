"""The amendment: what a new version of an accord lets happen that the old did not, and the reverse.

    amendment = compare(old, new)          two compiled versions
    amendment.differences                  for each effect and pair of parties: a verdict, with its cases
    amendment.bounds                       budgets, classes and pillars in force, which no rule speaks of

Asked of what rules do, not of how they are written: a clause that is split, renamed or said otherwise is
`unchanged`. `widened` has a record after which the new version shows, asks or proposes what the old did not;
`narrowed` the reverse; `both` has one of each. A state that only one of the versions can be in (a value that
the other edition does not have) brings nothing about in the other. A field names a party of either version.
"""

from collections.abc import Iterator
from typing import Literal

import z3  # type: ignore[import-untyped]  # the wheel ships no types
from msgspec import Struct

from detente.accord.field import Field
from detente.accord.proofs import case as cases
from detente.accord.proofs.answer import Witness
from detente.accord.proofs.balance import Book, ask
from detente.accord.proofs.bound import Bound, bounds
from detente.accord.proofs.case import Case
from detente.accord.proofs.effect import Effect, pairs
from detente.accord.proofs.state import State, Term, View
from detente.accord.version import Version
from detente.trust.errors import Malformed

Shift = Literal["widened", "narrowed", "both", "unchanged", "undecided"]


class Difference(Struct, frozen=True, kw_only=True):
    """What became of effects between two parties.

    Args:
        effects: that the same clauses bring about, in the old version and in the new.
        author: of the record; "" for the calendar.
        other: the audience, the debtor, or the party that a trigger names; "" is nobody.
        shift: the verdict.
        widened: if so, a case under the new version; its mirror is the same under the old, or None where
            the old has no such record or party. Both replayed.
        narrowed: if so, a case under the new version, or None where that has no such record or party; the
            mirror is the same under the old. At least one of both is there.
        why: if undecided.
    """

    effects: tuple[Effect, ...]
    author: str
    other: str
    shift: Shift
    widened: Witness | None = None
    narrowed: Witness | None = None
    why: str = ""


class Amendment(Struct, frozen=True):
    """All differences, unchanged ones too, in the order of the old document and then of the new."""

    differences: tuple[Difference, ...]
    bounds: tuple[Bound, ...]

    @property
    def changed(self) -> tuple[Difference, ...]:
        """Those that are not unchanged."""
        return tuple(one for one in self.differences if one.shift != "unchanged")


class _Pair(Struct, frozen=True):
    """An effect between two parties, as the old version and the new see it; None where one cannot.

    `foreign` are for each version the bounds of what the other alone knows: the standing of a party that came
    or left.
    """

    books: tuple[Book, Book]
    effects: tuple[Effect, ...]
    author: str
    other: str
    foreign: tuple[tuple[Term, ...], tuple[Term, ...]]

    @property
    def views(self) -> tuple[View | None, View | None]:
        old, new = (_view(book, self.effects[0], self.author, self.other) for book in self.books)
        return old, new


def compare(old: Version, new: Version) -> Amendment:
    """What the new version widens and narrows.

    Raises:
        Misuse: `case.1` a case that the prover found does not replay.
    """
    books = Book.of(old, new), Book.of(new, old)
    found: list[Difference] = []
    for effects in _groups(books):
        same, foreign = _written_alike(books, effects[0]), _foreign(books, effects[0].kind)
        for author, other in dict.fromkeys((*pairs(effects[0], old), *pairs(effects[0], new))):
            pair = _Pair(books, effects, author, other, foreign)
            found.append(_unchanged(pair) if same else _difference(pair))
    return Amendment(tuple(found), bounds(old, new))


def _groups(books: tuple[Book, Book]) -> Iterator[tuple[Effect, ...]]:
    """The effects of either version; those with the same clauses in both are one question."""
    found: dict[tuple[object, ...], list[Effect]] = {}
    for one in dict.fromkeys(part.effect for book in books for part in book.parts):
        clauses = tuple(tuple((part.id, part.towards) for part in book.about(one)) for book in books)
        found.setdefault((one.family, one.kind, clauses), []).append(one)
    yield from map(tuple, found.values())


def _written_alike(books: tuple[Book, Book], effect: Effect) -> bool:
    """Whether both versions say the same of an effect, letter for letter, of the same parties and fields."""
    old, new = (book.version.world for book in books)
    if (old.parties, old.roles) != (new.parties, new.roles) or _odd_field(books, effect.kind):
        return False
    if effect.kind and any(effect.kind not in one.specs for one in (old, new)):
        return False
    if any(book.states[effect.kind].valid != books[0].states[effect.kind].valid for book in books[1:]):
        return False
    texts = [
        sorted(
            (part.rule.guarded if part.rule else "", part.towards, part.effect) for part in book.about(effect)
        )
        for book in books
    ]
    return texts[0] == texts[1]


def _view(book: Book, effect: Effect, author: str, other: str) -> View | None:
    known = {*book.version.world.parties, ""}
    if effect.kind not in book.states or not {author, other} <= known:
        return None
    return book.view(effect, author, other)


def _unchanged(pair: _Pair) -> Difference:
    return Difference(effects=pair.effects, author=pair.author, other=pair.other, shift="unchanged")


def _difference(pair: _Pair) -> Difference:
    try:
        _check_fields(pair.books, pair.effects[0].kind)
        old, new = (_formula(book, pair, view) for book, view in zip(pair.books, pair.views, strict=True))
    except Malformed as error:
        return _undecided(pair, error.what)
    if old.eq(new):
        return _unchanged(pair)
    wider, narrower = _asked(pair, 1, new, old), _asked(pair, 0, old, new)
    for answer, model in (wider, narrower):
        if answer == "unknown":
            return _undecided(pair, str(model))
    return Difference(
        effects=pair.effects,
        author=pair.author,
        other=pair.other,
        shift=_shift(wider[0] == "found", narrower[0] == "found"),
        widened=_witness(pair, "widened", wider[1]),
        narrowed=_witness(pair, "narrowed", narrower[1]),
    )


def _undecided(pair: _Pair, why: str) -> Difference:
    return Difference(effects=pair.effects, author=pair.author, other=pair.other, shift="undecided", why=why)


def _shift(wider: bool, narrower: bool) -> Shift:  # noqa: FBT001 (the two questions, in their order)
    if wider and narrower:
        return "both"
    return "widened" if wider else "narrowed" if narrower else "unchanged"


def _check_fields(books: tuple[Book, Book], kind: str) -> None:
    # 4. What both versions read is the same sort of field, so that one state can be put to both.
    if odd := _odd_field(books, kind):
        raise Malformed(
            "translation.4", f"{odd} is another sort of field in the other edition.", "Compare them by hand."
        )


def _odd_field(books: tuple[Book, Book], kind: str) -> str:
    """A field that both read and that is not of the same sort in both, or ""."""
    if any(kind not in book.states for book in books):
        return ""
    old, new = (book.states[kind].fields for book in books)
    return next(
        (".".join(slot) for slot in old.keys() & new.keys() if _sort(old[slot]) != _sort(new[slot])), ""
    )


def _sort(field: Field) -> tuple[object, ...]:
    inner = field.item or field
    return field.type, field.nullable, inner.type, inner.ref, inner.pattern


def _formula(book: Book, pair: _Pair, view: View | None) -> Term:
    """Whether the effect holds, in states that the version can be in."""
    if view is None:
        return z3.BoolVal(val=False)
    return z3.And(*view.state.valid, book.holds(pair.effects[0], view))


def _asked(pair: _Pair, side: int, here: Term, there: Term) -> tuple[str, Term]:
    """Look for a state of one version in which its effect holds and the other's does not."""
    view = pair.views[side]
    if view is None:
        return "none", None
    return ask(view.state, z3.And(*pair.foreign[side], here, z3.Not(there)))


def _foreign(books: tuple[Book, Book], kind: str) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """For each version the bounds of those unknowns that the other version alone has."""
    if any(kind not in book.states for book in books):
        return (), ()
    old, new = (book.states[kind] for book in books)
    if old.valid == new.valid:
        return (), ()
    return _unknown_to(old, new), _unknown_to(new, old)


def _unknown_to(here: State, there: State) -> tuple[Term, ...]:
    mine = {str(name) for name in here.unknowns()}
    return tuple(
        bound for bound in there.valid if not mine & {str(name) for name in z3.z3util.get_vars(bound)}
    )


def _witness(pair: _Pair, about: str, model: Term) -> Witness | None:
    if model is None:
        return None
    old, new = (_case(book, pair, view, model) for book, view in zip(pair.books, pair.views, strict=True))
    return Witness(about=about, effects=pair.effects, case=new, mirror=old)


def _case(book: Book, pair: _Pair, view: View | None, model: Term) -> Case | None:
    """The state as one version sees it, replayed; None if that version cannot be in it."""
    if view is None or not z3.is_true(model.eval(z3.And(*view.state.valid), model_completion=True)):
        return None
    beside = next(one for one in pair.books if one is not book)
    return cases.read(book, pair.effects[0], view, model, beside)
