"""The keyboard: `s` skips the scene that is being played, where there is a terminal to press it at.

    with Keyboard.of_terminal() as keys:
        keys.heed()          raises Skipped if s was pressed since the scene began

Without a terminal, or in the background, it hears nothing. The terminal is put back as it was however this
ends; Ctrl-C works as ever.
"""

import os
import select
import sys
from types import TracebackType
from typing import Self

SKIP = b"sS"
MOST = 1024


class Skipped(Exception):
    """The rest of the scene is not played: whoever watches asked for the next."""


class Keyboard:
    """What is typed while a scene plays.

    Args:
        terminal: the file number of a terminal, or None for none.
    """

    def __init__(self, terminal: int | None = None) -> None:
        self._terminal = terminal
        self._before: list[object] | None = None
        self.armed = False

    @classmethod
    def of_terminal(cls) -> Self:
        """Return the keyboard of this program's terminal, or one that hears nothing."""
        try:
            number = sys.stdin.fileno()
            ours = os.isatty(number) and os.tcgetpgrp(number) == os.getpgrp()
        except (OSError, ValueError, AttributeError):
            return cls(None)
        return cls(number if ours else None)

    @property
    def hears(self) -> bool:
        """Whether there is a terminal."""
        return self._terminal is not None

    def __enter__(self) -> Self:
        if self._terminal is not None:
            import termios  # noqa: PLC0415 (not every system has it, and none without a terminal needs it)
            import tty  # noqa: PLC0415 (as above)

            self._before = termios.tcgetattr(self._terminal)
            tty.setcbreak(self._terminal, termios.TCSADRAIN)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal is not None and self._before is not None:
            import termios  # noqa: PLC0415 (as above)

            termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)  # type: ignore[arg-type]  # as it came

    def arm(self) -> None:
        """A scene begins: what was typed before does not count."""
        self._typed()
        self.armed = True

    def heed(self) -> None:
        """Raise Skipped if a scene is being played and `s` was pressed."""
        if self.armed and any(one in SKIP for one in self._typed()):
            self.armed = False
            raise Skipped

    def _typed(self) -> bytes:
        if self._terminal is None or not select.select([self._terminal], [], [], 0)[0]:
            return b""
        return os.read(self._terminal, MOST)
