"""The row: one line of the table, and the race by which it gets its two figures.

A figure alone says which machine it was taken on. So each row has a reference, the least that anybody's
program would have to do for the same result, measured in the same run and in turns with ours.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

ROUNDS = 5
"""How often ours and the reference take turns; the best round of each counts."""


@dataclass(frozen=True)
class Scale:
    """How much to measure: everything, or just enough to see that each row runs.

    Attributes:
        quick: just enough.
        objects: how large a collection grows in which a measure asks whether rates stay flat; None: as
            the measure likes.
    """

    quick: bool
    objects: int | None = None

    def of(self, full: int, quick: int) -> int:
        """Return the amount for this run."""
        return quick if self.quick else full

    @property
    def rounds(self) -> int:
        """How often to take turns."""
        return self.of(ROUNDS, 1)


@dataclass(frozen=True)
class Aim:
    """What a row should reach.

    Attributes:
        of: `ratio` or `figure`.
        least: it should be at least this, or None.
        most: it should be at most this, or None.
    """

    of: str
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        sign, bound = ("≥", self.least) if self.least is not None else ("≤", self.most)
        return f"{self.of} {sign} {plain(bound or 0)}"

    def met(self, row: "Row") -> bool:
        """Tell whether a row reaches it."""
        value = row.ratio if self.of == "ratio" else row.figure
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True)
class Row:
    """One measured line.

    Attributes:
        what: what was measured.
        figure: our figure, in `unit`.
        unit: `/s`, `µs`, `files`…
        reference: the reference's figure in the same unit, taken in the same run.
        against: what the reference is.
        aim: what it should reach, or None: a row that only informs.
    """

    what: str
    figure: float
    unit: str
    reference: float
    against: str
    aim: Aim | None = None

    @property
    def ratio(self) -> float:
        """Our figure over the reference."""
        return self.figure / self.reference

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None without an aim."""
        return None if self.aim is None else self.aim.met(self)

    def as_json(self) -> dict[str, object]:
        """Return the row for `--json`."""
        aim = None if self.aim is None else str(self.aim)
        return asdict(self) | {"ratio": self.ratio, "aim": aim, "met": self.met}


def race(
    ours: Callable[[], object], reference: Callable[[], object], rounds: int, clock: Callable[[], float]
) -> tuple[float, float]:
    """Return the seconds that ours and the reference need, each in its best round.

    Args:
        ours: the work.
        reference: the least work.
        rounds: how often they take turns.
        clock: `time.process_time` for work on one core, `time.perf_counter` where a disk is waited for.
    """
    times = [(_once(ours, clock), _once(reference, clock)) for _ in range(rounds)]
    return min(one for one, _ in times), min(other for _, other in times)


def rates(
    ours: Callable[[], object], reference: Callable[[], object], count: int, scale: Scale
) -> tuple[float, float]:
    """Return how many a second of CPU ours and the reference do, each of which does `count` a call."""
    mine, least = race(ours, reference, scale.rounds, time.process_time)
    return count / mine, count / least


def plain(number: float) -> str:
    """Return a number with three digits that matter, and commas."""
    if number >= 100:  # noqa: PLR2004 (from there on whole numbers have three digits)
        return f"{number:,.0f}"
    return f"{number:.3g}"


def _once(work: Callable[[], object], clock: Callable[[], float]) -> float:
    started = clock()
    work()
    return max(clock() - started, 1e-9)
