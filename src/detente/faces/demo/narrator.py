"""The narrator: tells the story line by line, in English, Chinese or both, with the accord's own time.

On a terminal, lines are folded to its width. Nothing is coloured. Where the terminal has no Unicode, what it
cannot show stands as an escape, and the story is told in English.
"""

import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from unicodedata import east_asian_width

from msgspec import Struct

from detente.faces.demo.cast import PATIENCE_SECONDS, until
from detente.faces.demo.ceremony import Pace
from detente.faces.demo.keyboard import Keyboard
from detente.faces.speech import Text, Voice, plain
from detente.node.clock import Clock

T = TypeVar("T")
MARGIN = 22
NARROW = 64
HANGING = 4


class Narrator(Struct, frozen=True):
    """Who tells.

    Args:
        voice: in which language.
        pace: the accord's clock.
        began: when, on this machine's monotonic clock, in seconds.
        keys: what is typed meanwhile.
        unicode: whether the terminal can show more than ASCII.
        clock: whose time is told; None for the accord's.
    """

    voice: Voice
    pace: Pace
    began: float
    keys: Keyboard
    unicode: bool = True
    clock: Clock | None = None

    def scene(self, en: str, zh: str) -> None:
        """Begin a scene."""
        self._print(f"\n{'──' if self.unicode else '--'} {self.voice.choose(Text(en, zh))}", 3)

    def tell(self, en: str, zh: str) -> None:
        """Tell what happened, with the accord's time and the real seconds since the beginning."""
        self.keys.heed()
        moment = datetime.fromtimestamp((self.clock or self.pace).now() / 1000, UTC).strftime("%m-%d %H:%M")
        spent = time.monotonic() - self.began
        self._print(f"{spent:5.1f} s  {moment}  {self.voice.choose(Text(en, zh))}", MARGIN)

    def say(self, en: str, zh: str) -> None:
        """Say something that is no event: what is played, what a check shows."""
        self.keys.heed()
        self._print(f"{' ' * MARGIN}{self.voice.choose(Text(en, zh))}", MARGIN)

    def show(self, *lines: str) -> None:
        """Show what a command printed."""
        for line in lines:
            self._print(f"{' ' * MARGIN}{line}", MARGIN + HANGING)

    def wait(self, what: str, look: Callable[[], T | None], seconds: float = PATIENCE_SECONDS) -> T:
        """Wait as `cast.until`, and no longer than whoever watches wants to."""

        def heeding() -> T | None:
            self.keys.heed()
            return look()

        return until(what, heeding, seconds)

    def _print(self, line: str, margin: int) -> None:
        for one in folded(line, margin):
            print(one if self.unicode else one.encode("ascii", "backslashreplace").decode(), flush=True)


def folded(line: str, margin: int) -> list[str]:
    """Return a line as it fits the terminal; unfolded where the output is none.

    Args:
        line: without a break but perhaps at its beginning.
        margin: how far the lines after the first are moved in, where the terminal is wide enough.
    """
    head = "\n" if line.startswith("\n") else ""
    text = plain(line.removeprefix("\n"))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    if width <= 0 or _columns(text) <= width:
        return [head + text]
    if width < NARROW:
        text, margin = " ".join(text.split()), min(HANGING, width // 4)
    lines: list[str] = []
    for piece in _pieces(text):
        if lines and _columns(lines[-1] + piece.rstrip()) <= width:
            lines[-1] += piece
        else:
            lines.append(" " * margin + piece.lstrip() if lines else piece)
    return [head + lines[0].rstrip(), *(one.rstrip() for one in lines[1:])]


def _pieces(text: str) -> list[str]:
    """Where a line may be broken: after spaces, and beside Chinese characters."""
    pieces = [""]
    for one in text:
        breaks = pieces[-1].endswith(" ") and one != " " and pieces[-1].strip()
        if breaks or (_columns(one) > 1 and not _closes(one)):
            pieces.append("")
        pieces[-1] += one
    return pieces


def _closes(one: str) -> bool:
    return one in "，。：；、）】〕”’！？"


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
