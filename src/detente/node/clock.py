"""The clock: milliseconds since the Unix epoch, and the one place where the house asks for the time.

    SystemClock().now() == 1790000000000
    SystemClock(scale=3600, anchor=A).now()      an hour of the accord in each second since A

A demonstration runs days in seconds; nodes that share scale and anchor share that time. Tests hand in a
`SetClock`, and move it.
"""

import time
from dataclasses import dataclass
from typing import Protocol

from detente.trust.errors import Misuse


class Clock(Protocol):
    """What the node asks for the time."""

    def now(self) -> int:
        """Return milliseconds since the Unix epoch."""


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock, or one that runs `scale` times as fast from `anchor` on (ms of real time)."""

    scale: int = 1
    anchor: int = 0
    skew: int = 0

    def __post_init__(self) -> None:
        # 1. An accelerated clock has a moment from which it runs.
        if self.scale < 1 or (self.scale > 1 and self.anchor <= 0):
            raise Misuse(
                "clock.1", f"No clock of scale {self.scale}.", "Give a scale of 1, or an anchor too."
            )

    def now(self) -> int:
        """Return milliseconds since the Unix epoch, accelerated from the anchor on."""
        real = time.time_ns() // 1_000_000
        return self.anchor + (real - self.anchor) * self.scale + self.skew


@dataclass
class SetClock:
    """A clock that stands where it was put."""

    at: int

    def now(self) -> int:
        """Return where it stands."""
        return self.at

    def advance(self, by: int) -> int:
        """Move it by so many milliseconds, and return where it stands."""
        self.at += by
        return self.at
