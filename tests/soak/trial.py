"""What a long trial is: a function of a folder and of what was asked; it raises if something is wrong."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True)
class Options:
    """What was asked for: a seed, and how long each trial is."""

    seed: int
    kills: int
    minutes: float
    rounds: int
    pairs: int
    cases: int
    worlds: int


Trial: TypeAlias = Callable[[Path, Options], None]


def say(line: str) -> None:
    """Print a line at once, with the time of day (UTC)."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S', time.gmtime())} {line}\n")
    sys.stdout.flush()


def counted(what: str, counts: Mapping[str, int]) -> None:
    """Print counts, one a line."""
    say(f"{what}: {sum(counts.values()):,}")
    for name, count in sorted(counts.items()):
        say(f"{count:>9,}  {name}")
