"""The suggestion: a stretch of text that may say who, where or when, and why that is thought.

    Suggestion(start=0, end=10, sort="organisation", why="suffix", text="Acme Labs…")

Nothing follows from it. A person accepts or rejects each; what no detector sees, the person marks. No
detector stops somebody who wants a name to pass.
"""

from typing import Literal, get_args

from msgspec import Struct

Sort = Literal[
    "person", "organisation", "place", "date", "version", "model", "contact", "secret", "identifier"
]
SORTS: tuple[Sort, ...] = get_args(Sort)

STRONGEST: tuple[Sort, ...] = (
    "secret",
    "contact",
    "identifier",
    "date",
    "version",
    "model",
    "organisation",
    "person",
    "place",
)
"""Which of two sorts stands where two suggestions of one length meet: the nearer to the beginning."""


class Suggestion(Struct, frozen=True, kw_only=True):
    """One stretch of a text.

    Args:
        start: where it begins, in characters.
        end: where it ends.
        sort: what it seems to be.
        why: by which rule, in a word.
        text: the stretch.
    """

    start: int
    end: int
    sort: Sort
    why: str
    text: str


def apart(found: list[Suggestion]) -> tuple[Suggestion, ...]:
    """Return suggestions in order, none overlapping: the longer stands, and of two equals the graver sort."""
    kept: list[Suggestion] = []
    taken: set[int] = set()
    for one in sorted(found, key=lambda one: (one.start - one.end, STRONGEST.index(one.sort), one.start)):
        places = range(one.start, one.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: one.start))
