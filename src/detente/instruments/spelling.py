"""The spelling: one name in any of its spellings is the same name.

    find("See AIR-CANADA's page", "Air Canada")  ->  ((4, 14),)

Compared are letters and digits alone, after Unicode NFKD without marks and case: `Air Canada`,
`air_canada`, `AirCanada` and full-width `Ａｉｒ Ｃａｎａｄａ` are one. A short name has to stand by itself:
no letter beside its letters, no digit beside its digits. One of `LONG` letters or more is found inside a
longer word too, and a name in Chinese characters anywhere, for Chinese has no spaces. Pure.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence

LONG = 6
"""From so many letters on, a name is found inside other words."""

_NO_LETTER = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def squashed(text: str) -> str:
    """Return the letters and digits of a text, all that is compared."""
    # Marks are no letters, so they go too: `é` is `e` and a mark; `casefold` makes `i` and one of `İ`.
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return _NO_LETTER.sub("", plain.casefold())


def has_han(text: str) -> bool:
    """Tell whether a text has Chinese characters."""
    return _HAN.search(text) is not None


def find(text: str, name: str) -> tuple[tuple[int, int], ...]:
    """Return where a name stands in a text, first to last, none overlapping; an empty name stands nowhere."""
    sought = squashed(name)
    if not sought or sought not in squashed(text):
        return ()
    return tuple(_standing(text, sought))


def _standing(text: str, sought: str) -> Iterator[tuple[int, int]]:
    spelled, places = _mapped(text)
    at, ends = 0, [*places, len(text)]
    pattern = re.compile(r"[\W_]*".join(map(re.escape, sought)))
    while found := pattern.search(spelled, at):
        start, end = places[found.start()], places[found.end() - 1] + 1
        if _alone(text, start, end, sought):
            yield start, end
            at = bisect_left(ends, end)
        else:
            at = found.start() + 1


def _mapped(text: str) -> tuple[str, Sequence[int]]:
    """Return a text as it is compared, with the place in the text of each of its characters."""
    spelled = unicodedata.normalize("NFKD", text).casefold()
    if len(spelled) == len(text):
        # Neither step ever shortens, so each character became one.
        return spelled, range(len(text))
    parts = [unicodedata.normalize("NFKD", one).casefold() for one in text]
    return "".join(parts), [place for place, part in enumerate(parts) for _ in part]


def _alone(text: str, start: int, end: int, sought: str) -> bool:
    if len(sought) >= LONG:
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    return not _joined(before, text[start]) and not _joined(text[end - 1], after)


def _joined(one: str, other: str) -> bool:
    if not one or not other or has_han(one) or has_han(other):
        return False
    return (one.isalpha() and other.isalpha()) or (one.isdigit() and other.isdigit())
