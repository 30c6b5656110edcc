"""The spans of a sentence that changed: what stayed, what went, what came.

[*spans("within 48 hours", "within 36 hours")]
[("same", "within "), ("gone", "48"), ("new", "36"), ("same", " hours")]
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

Fate: TypeAlias = Literal["same", "gone", "new"]
TOKEN = re.compile(r"(?:[A-Za-z0-9_.-]|(?<=[0-9])[,:](?=[0-9]))*[A-Za-z0-9]|\s+|.", re.DOTALL)
"""A word, or a number or moment with what stands between its digits; a Chinese character stands by itself."""

ALIKE = 0.5
"""Two sentences less alike than this are shown one after the other: a patchwork cannot be read."""


def spans(old: str, new: str) -> Iterator[tuple[Fate, str]]:
    """Return the parts in order: the same and the gone are the old text, the same and the new the new."""
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        yield from (one for one in (("gone", old), ("new", new)) if one[1])
        return
    for fate, a, b, c, d in matcher.get_opcodes():
        if fate == "equal":
            yield "same", "".join(before[a:b])
            continue
        if a < b:
            yield "gone", "".join(before[a:b])
        if c < d:
            yield "new", "".join(after[c:d])
