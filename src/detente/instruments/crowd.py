"""The crowd: among how many known records somebody hides who is described by open fields alone.

    estimate({"month": "2026-11"}, corpus, ("month",))  ->  Crowd(exact=1, possible=3, …)

k-anonymity (Samarati and Sweeney 1998) over the fields that go to everybody, against the records that this
house holds. What it does not say: an outsider may know more than the house does; a corpus of public records
is no census of what happened; k says nothing where all k have the same secret; and the texts tell more than
the fields. It can warn and never acquit. Pure.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from detente.instruments.spelling import squashed

FEW = 5
"""Below so many, the fields alone may lead to somebody; statistics offices suppress cells below 3 to 10."""

SHINGLE = 12
"""Letters of a piece of text that no two texts share by chance; half as many in Chinese characters."""

NEAR = 0.05
"""The share of a copy's pieces from which on a record is named."""

Values = Mapping[str, object]


class Crowd(Struct, frozen=True, kw_only=True):
    """An estimate.

    Args:
        of: how many records it was compared with.
        exact: how many have the same in every field, itself counted.
        possible: how many do not differ in any field that both state, itself counted.
        without: field to how many there would be if it were unknown.
        near: name of a record to the share of the copy's text that stands in it too, the nearest first.
    """

    of: int
    exact: int
    possible: int
    without: dict[str, int]
    near: dict[str, float] = {}

    @property
    def few(self) -> bool:
        """Whether it warns."""
        return self.possible < FEW or bool(self.near)


def estimate(stated: Values, corpus: Sequence[Values], fields: Sequence[str]) -> Crowd:
    """Return among how many a record hides.

    Args:
        stated: its open fields; None or `unknown` is unknown.
        corpus: those of the records that it is compared with, itself left out.
        fields: which of them may point at somebody.
    """
    possible = [one for one in corpus if all(_may(stated, one, name) for name in fields)]
    return Crowd(
        of=len(corpus),
        exact=1 + sum(all(stated.get(name) == one.get(name) for name in fields) for one in corpus),
        possible=1 + len(possible),
        without={
            name: 1
            + sum(all(_may(stated, one, other) for other in fields if other != name) for one in corpus)
            for name in fields
            if not _unknown(stated.get(name))
        },
    )


def near(text: str, corpus: Mapping[str, str], most: int = 3) -> dict[str, float]:
    """Return the records whose text shares most with a copy, if it is more than chance."""
    own = _pieces(text)
    shared = {name: len(own & _pieces(other)) / len(own) for name, other in corpus.items()} if own else {}
    found = sorted(((share, name) for name, share in shared.items() if share >= NEAR), reverse=True)
    return {name: round(share, 3) for share, name in found[:most]}


def _may(one: Values, other: Values, name: str) -> bool:
    mine, theirs = one.get(name), other.get(name)
    return _unknown(mine) or _unknown(theirs) or mine == theirs


def _unknown(value: object) -> bool:
    return value is None or value == "unknown"


def _pieces(text: str) -> set[str]:
    letters = squashed(text)
    length = SHINGLE if letters.isascii() else SHINGLE // 2
    return {letters[at : at + length] for at in range(len(letters) - length + 1)}
