"""The redaction: texts without the names that a person marked, and what was put in the place of each.

    redact("Wang Wei left.", "en", marks, pseudonyms)  ->  Redacted("[Person 7K2QD] left.", …)

A mark is a name and not a place in a text: wherever it stands, in any spelling, it goes. Of two that
overlap the longer goes, and then what is left of the other. Pure.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from detente.instruments import coarse
from detente.instruments.pseudonym import UNKNOWN, Pseudonyms, Token, withheld
from detente.instruments.spelling import find
from detente.instruments.suggestion import Sort

Treatment = Literal["pseudonym", "coarse", "withhold", "unknown"]
Language = Literal["en", "zh"]

USUAL: dict[Sort, Treatment] = {
    "person": "pseudonym",
    "organisation": "pseudonym",
    "model": "pseudonym",
    "place": "coarse",
    "date": "coarse",
    "version": "withhold",
    "contact": "withhold",
    "secret": "withhold",
    "identifier": "withhold",
}
"""What is done with a sort, if nobody says otherwise."""


class Mark(Struct, frozen=True, kw_only=True):
    """A name that has to go.

    Args:
        name: in one spelling.
        sort: what it is.
        treatment: what stands in its place.
        same_as: the name whose pseudonym it shares, as a person says; empty for its own.
    """

    name: str
    sort: Sort
    treatment: Treatment
    same_as: str = ""


class Change(Struct, frozen=True):
    """One stretch of the text before, and what stands there now."""

    start: int
    end: int
    before: str
    after: str


class Redacted(Struct, frozen=True):
    """A text without the names, and what was changed, in order."""

    text: str
    changes: tuple[Change, ...]


def redact(text: str, language: Language, marks: Iterable[Mark], pseudonyms: Pseudonyms) -> Redacted:
    """Return a text in which no marked name stands any more."""
    changes: list[Change] = []
    taken: set[int] = set()
    for mark in sorted(marks, key=lambda one: (-len(one.name), one.name)):
        for start, end in find(text, mark.name):
            after = token(mark, text[start:end], pseudonyms)
            said = after.zh if language == "zh" else after.en
            # Of what overlaps a longer name only the rest is left, and its token stands once.
            for first, last in _runs(place for place in range(start, end) if place not in taken):
                changes.append(Change(first, last, text[first:last], said))
                said = ""
            taken.update(range(start, end))
    changes.sort(key=lambda one: one.start)
    whole, at = "", 0
    for one in changes:
        whole += text[at : one.start] + one.after
        at = max(at, one.end)
    return Redacted(whole + text[at:], tuple(changes))


def _runs(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Return where each unbroken run of places begins and ends."""
    first = last = -1
    for place in places:
        if place != last:
            if first >= 0:
                yield first, last
            first = place
        last = place + 1
    if first >= 0:
        yield first, last


def token(mark: Mark, text: str, pseudonyms: Pseudonyms) -> Token:
    """Return what stands in the place of a mark; what cannot be made coarse is withheld."""
    if mark.treatment == "pseudonym":
        return pseudonyms.of(mark.sort, mark.same_as or mark.name)
    if mark.treatment == "unknown":
        return UNKNOWN
    made = None
    if mark.treatment == "coarse":
        made = coarse.month(text) if mark.sort == "date" else coarse.region(text)
    return made or withheld(mark.sort)


def left(texts: Iterable[str], marks: Iterable[Mark]) -> tuple[str, ...]:
    """Return the marked names that stand in some texts still: joined anew, or in their own tokens."""
    whole = list(texts)
    return tuple(one.name for one in marks if any(find(text, one.name) for text in whole))
