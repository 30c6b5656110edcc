"""The shelf: the threads of one pillar in a list, the one that changed last first, with a search."""

import re

from msgspec import Struct

from detente.accord.pillar import KindSpec
from detente.faces import pillars
from detente.faces.desk.ground import Ground, Title
from detente.faces.desk.index import PAGE, Thread, Wanted
from detente.faces.desk.tongue import Instant

DIGITS = re.compile(r"[0-9a-f]{8,64}")
TOP_LEVEL = 7


class Line(Struct, frozen=True, kw_only=True):
    """One thread."""

    href: str
    title: Title
    kind: str
    last: str
    party: str
    ours: bool
    count: int
    level: str
    grave: bool
    at: Instant


class Shelf(Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        pillar: its name; `heading` and `paragraph` in words.
        lines: the threads.
        asked: what was searched for.
        level: the lowest level that is shown; 0 for all.
        levels: whether threads of this pillar have levels at all.
        older: place in the list from which the next page goes on; 0 if there is none.
        starts: kinds with which a thread can be started here, name and words.
        behind: how many leaves are still to be read.
        empty: whether there is nothing at all, searched for or not.
    """

    pillar: str
    heading: str
    paragraph: str
    lines: tuple[Line, ...]
    asked: str
    level: int
    levels: bool
    older: int
    starts: tuple[tuple[str, str], ...]
    behind: int
    empty: bool


def make(ground: Ground, wanted: Wanted) -> Shelf:
    """Return the page's view."""
    threads = ground.index.threads(wanted)
    edition = pillars.editions()[wanted.pillar]
    heading = edition.words.pillar
    chinese = ground.tongue.language == "zh"
    return Shelf(
        pillar=wanted.pillar,
        heading=ground.tongue.pillar(wanted.pillar),
        paragraph=heading.paragraph_zh if chinese else heading.paragraph_en,
        lines=tuple(line_of(ground, one) for one in threads),
        asked=wanted.words,
        level=wanted.level,
        levels=any(_has_level(spec) for spec in edition.pillar.kinds.values()),
        older=threads[-1].seq if len(threads) == PAGE else 0,
        starts=starts(ground, wanted.pillar),
        behind=ground.picture.behind,
        empty=not threads and not wanted.words and not wanted.level and not wanted.before,
    )


def starts(ground: Ground, pillar: str) -> tuple[tuple[str, str], ...]:
    """Return the kinds of a pillar with which a thread can be started, and their words."""
    kinds = pillars.editions()[pillar].pillar.kinds
    return tuple(
        (f"{pillar}.{short}", ground.tongue.kind(f"{pillar}.{short}"))
        for short, spec in kinds.items()
        if spec.may_start
    )


def named(ground: Ground, words: str) -> str:
    """Return the thread of the one record whose id begins with what was searched for, or nothing."""
    asked = words.strip().lower()
    found = ground.index.named(asked) if DIGITS.fullmatch(asked) else []
    return (ground.index.root_of(found[0]) or "") if len(found) == 1 else ""


def line_of(ground: Ground, one: Thread) -> Line:
    """Return one thread as it is shown."""
    return Line(
        href=ground.link(one.root),
        title=ground.title(one),
        kind=ground.tongue.kind(one.kind),
        last=ground.tongue.kind(one.last) if one.count > 1 else "",
        party=one.party,
        ours=one.party == ground.pane.party,
        count=one.count,
        level=level_words(one.level_low, one.level),
        grave=(one.level_low or 0) >= GRAVE,
        at=ground.tongue.when(one.at),
    )


GRAVE = 4
"""From this level on, the scale speaks of an accident."""


def level_words(low: int | None, high: int | None) -> str:
    """Return a level, or the interval that is still possible."""
    if high is None:
        return ""
    return str(high) if low is None or low == high else f"{low}–{high}"


def _has_level(spec: KindSpec) -> bool:
    return "level" in spec.facts.__struct_fields__
