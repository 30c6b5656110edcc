"""The bar: how far long work is, for a person at a terminal; elsewhere nothing is said.

    [##########..............] 1,024 / 1,745

It stands on stderr, in characters that every terminal has, within the width that the terminal says it has.
"""

import shutil
import sys
from typing import Self

LEAST, MOST = 8, 40


class Bar:
    """One piece of work. Leave its context to end the line."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._shown = sys.stderr is not None and sys.stderr.isatty() and total > 0

    def __enter__(self) -> Self:
        self.at(0)
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            print(file=sys.stderr, flush=True)

    def at(self, done: int) -> None:
        """Say how much is done."""
        if not self._shown:
            return
        said = f" {done:,} / {self._total:,}"
        room = shutil.get_terminal_size().columns - len(said) - 3
        width = min(MOST, room) if room >= LEAST else 0
        filled = "#" * (width * done // self._total)
        drawn = f"[{filled.ljust(width, '.')}]" if width else ""
        print(f"\r{drawn}{said}", end="", file=sys.stderr, flush=True)
