"""A severity scale: from axes, each perhaps unknown, to the exact interval of levels left possible.

The tables are data (`scales/severity.yaml` is the one we propose), pinned by an accord through their digest,
so that two nodes never apply different tables. The shape follows the INES idea: harm done, control lost, and
for near misses the safety layers that were left; spread only ever adjusts.

    axes = Axes(harm=Span(0, 0), potential=Span(3, 4), control=Span(0, 2), spread=Span(1, 1))
    scale.read(axes)  ->  Reading(low=0, high=2, classes={"deviation", "near_miss"}, cross_border=False)
"""

from collections.abc import Mapping
from hashlib import sha256
from itertools import product
from typing import Literal

import msgspec
from msgspec import Struct

from detente.trust import canonical
from detente.trust.canonical import Value
from detente.trust.errors import Malformed, Misuse

TOP_LEVEL = 7
TOP_CONTROL = 4
TOP_SPREAD = 4
MANY_LAYERS = 4
QUIET_CONTROL = 2
ACCIDENT_LEVEL = 4

Class = Literal["deviation", "near_miss", "incident", "accident"]


class Span(Struct, frozen=True):
    """An axis as known: every whole number from low to high is possible."""

    low: int
    high: int

    def within(self, top: int) -> range:
        """The possible values up to `top`, where the scale stops telling them apart."""
        return range(min(self.low, top), min(self.high, top) + 1)


class Axes(Struct, frozen=True, kw_only=True):
    """What is known of an event. An axis left out is unknown: its whole range is possible.

    Args:
        harm: realised harm H, rung 0..7.
        potential: worst credible harm P, rung 0..7; P >= H holds.
        control: loss of control C, 0..4.
        spread: S, 0..4.
        layers: independent effective safety layers left D, 0..4 (4 stands for more than three).
        repeat: common cause or repetition; None is unknown.
    """

    harm: Span = Span(0, TOP_LEVEL)
    potential: Span = Span(0, TOP_LEVEL)
    control: Span = Span(0, TOP_CONTROL)
    spread: Span = Span(0, TOP_SPREAD)
    layers: Span = Span(0, MANY_LAYERS)
    repeat: bool | None = None

    @property
    def possible(self) -> bool:
        """Whether each span has a value inside its axis, and some potential is at least some harm."""
        tops = (TOP_LEVEL, TOP_LEVEL, TOP_CONTROL, TOP_SPREAD, MANY_LAYERS)
        spans = (self.harm, self.potential, self.control, self.spread, self.layers)
        inside = all(0 <= span.low <= span.high <= top for span, top in zip(spans, tops, strict=True))
        return inside and self.potential.high >= self.harm.low


class Reading(Struct, frozen=True, kw_only=True):
    """What a scale says: rules see the upper end, people see both.

    Args:
        low: the lowest level that the axes leave possible.
        high: the highest.
        classes: the classes that they leave possible.
        cross_border: whether spread flags it; None if that is unknown.
    """

    low: int
    high: int
    classes: frozenset[Class]
    cross_border: bool | None


class Level(Struct, frozen=True, forbid_unknown_fields=True):
    """One level's names."""

    level: int
    en: str
    zh: str
    group: str


class Anchor(Struct, frozen=True, forbid_unknown_fields=True):
    """Where numbers come from, and how sure that is."""

    tests: tuple[str, ...]
    source: str
    confidence: Literal["high", "medium", "recalled", "proposed"]


class ControlRow(Struct, frozen=True, forbid_unknown_fields=True):
    """C at `c` and P at least `p_min` make `level`; the first row that fits counts, and no row makes 0."""

    c: int
    p_min: int
    level: int


class LayerRow(Struct, frozen=True, forbid_unknown_fields=True):
    """`low` to `high` layers left and P at least `p_min` make `level`; the first row that fits, else 0."""

    low: int
    high: int
    p_min: int
    level: int


class Uprate(Struct, frozen=True, forbid_unknown_fields=True):
    """Common cause or repetition adds `by` to a near-miss level of at least `from_level`, up to `cap`."""

    by: int
    from_level: int
    cap: int


class SpreadRow(Struct, frozen=True, forbid_unknown_fields=True):
    """Spread of at least `s_min` adds `add` to a level of at least `from_level`, up to `cap`."""

    s_min: int
    from_level: int
    add: int
    cap: int


class Flag(Struct, frozen=True, forbid_unknown_fields=True):
    """Spread of at least `s_min` flags a level of at least `from_level`; it never makes a level."""

    s_min: int
    from_level: int


class Scale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tables of one severity scale, as data. `read` applies them; `parse` checks them."""

    id: str
    version: str
    confidence: Literal["high", "medium", "recalled", "proposed"]
    source: str
    levels: tuple[Level, ...]
    rungs: Mapping[str, tuple[str, ...]]
    anchors: tuple[Anchor, ...]
    control: tuple[ControlRow, ...]
    layers: tuple[LayerRow, ...]
    uprate: Uprate
    spread: SpreadRow
    cross_border: Flag
    near_miss_cap: int

    def read(self, axes: Axes) -> Reading:
        """Apply the tables to every combination that the axes leave possible: the exact set of levels.

        Raises:
            Misuse: `scale.1`, the axes leave nothing possible (ask `axes.possible` first).
        """
        # 1. Some combination is possible.
        if not axes.possible:
            raise Misuse(
                "scale.1", "The axes leave no combination possible.", "Ask axes.possible before reading."
            )
        bases = frozenset().union(*(self._bases(axes, p) for p in axes.potential.within(TOP_LEVEL)))
        points = {
            (*self._finish(level, quiet=quiet, spread=s), self._flags(level, s))
            for (level, quiet), s in product(bases, axes.spread.within(TOP_SPREAD))
        }
        levels = {level for level, _, _ in points}
        flags = {flag for _, _, flag in points}
        return Reading(
            low=min(levels),
            high=max(levels),
            classes=frozenset(name for _, name, _ in points),
            cross_border=flags.pop() if len(flags) == 1 else None,
        )

    def _bases(self, axes: Axes, potential: int) -> frozenset[tuple[int, bool]]:
        """The possible (level before spread, quiet), quiet being no harm and control within barriers."""
        near = {
            self._near_miss(layers, potential, repeat=repeat)
            for layers in axes.layers.within(MANY_LAYERS)
            for repeat in ((False, True) if axes.repeat is None else (axes.repeat,))
        }
        return frozenset(
            (max(harm, self._control(control, potential), level), harm == 0 and control <= QUIET_CONTROL)
            for harm in axes.harm.within(potential)
            if axes.harm.low <= harm
            for control in axes.control.within(TOP_CONTROL)
            for level in near
        )

    def _control(self, control: int, potential: int) -> int:
        rows = (row.level for row in self.control if row.c == control and potential >= row.p_min)
        return next(rows, 0)

    def _near_miss(self, layers: int, potential: int, *, repeat: bool) -> int:
        rows = (row.level for row in self.layers if row.low <= layers <= row.high and potential >= row.p_min)
        level = next(rows, 0)
        if repeat and level >= self.uprate.from_level:
            return max(level, min(level + self.uprate.by, self.uprate.cap))
        return level

    def _finish(self, level: int, *, quiet: bool, spread: int) -> tuple[int, Class]:
        """Spread adjusts; a quiet event stays a near miss and under its cap."""
        if spread >= self.spread.s_min and level >= self.spread.from_level:
            level = max(level, min(level + self.spread.add, self.spread.cap))
        if level == 0:
            return 0, "deviation"
        if quiet:
            return min(level, self.near_miss_cap), "near_miss"
        return level, "accident" if level >= ACCIDENT_LEVEL else "incident"

    def _flags(self, level: int, spread: int) -> bool:
        return spread >= self.cross_border.s_min and level >= self.cross_border.from_level


def parse(data: object) -> Scale:
    """Read a scale from plain data and check that its tables say what they seem to say.

    Raises:
        Malformed: `scale.2` shape, `scale.3` levels not 0..7 in order, `scale.4` a row out of range or never
            reached.
    """
    # 2. The shape is exactly the struct's, with no further field.
    try:
        scale = msgspec.convert(data, Scale)
    except msgspec.ValidationError as error:
        raise Malformed("scale.2", f"The scale cannot be read: {error}.", "Mend the scale's file.") from error
    # 3. Levels are 0..7, each once, in order.
    if [level.level for level in scale.levels] != list(range(TOP_LEVEL + 1)):
        raise Malformed(
            "scale.3", "The scale's levels are not 0 to 7 in order.", "List every level once, in order."
        )
    # 4. Every row is inside the axes and can be the first that fits.
    _check_rows([(row.c, row.c, row.p_min, row.level) for row in scale.control], TOP_CONTROL)
    _check_rows([(row.low, row.high, row.p_min, row.level) for row in scale.layers], MANY_LAYERS)
    return scale


def _check_rows(rows: list[tuple[int, int, int, int]], top: int) -> None:
    """Raises `scale.4` where a row is out of range, or an earlier row takes all of its cases."""
    taken: set[tuple[int, int]] = set()
    for low, high, p_min, level in rows:
        cases = set(product(range(low, high + 1), range(p_min, TOP_LEVEL + 1)))
        inside = 0 <= low <= high <= top and 0 <= p_min <= TOP_LEVEL and 0 <= level <= TOP_LEVEL
        if not inside or cases <= taken:
            raise Malformed(
                "scale.4",
                f"A row of the scale ({low}..{high}, potential from {p_min}, level {level}) "
                "is out of range or never reached.",
                "Correct the row, or order the rows from the highest potential down.",
            )
        taken |= cases


def digest(scale: Scale) -> str:
    """The name by which an accord pins a scale: hex SHA-256 of its canonical JSON."""
    value: Value = msgspec.json.decode(msgspec.json.encode(scale))
    return sha256(canonical.encode(value)).hexdigest()
