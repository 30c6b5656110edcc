"""Turns: a thread that does the same again and again, at once when it is stirred, until it is told to end."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from detente.trust.errors import DetenteError


class Turns(ABC):
    """Takes turns; a subclass says what a turn is.

    Args:
        name: of the thread.
        pause: seconds between two turns, if nobody stirs.
        tell: where to say what stands in the way.
    """

    def __init__(self, name: str, pause: float, tell: Callable[..., None]) -> None:
        self._pause = pause
        self._tell = tell
        self._stirred = threading.Event()
        self._ending = False
        self._said: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def turn(self) -> None:
        """Take one turn."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stir(self) -> None:
        """Take the next turn now."""
        self._stirred.set()

    def close(self) -> None:
        """Finish the turn under way, if there is one, and take no other."""
        self._ending = True
        self._stirred.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ending:
            self._stirred.clear()
            self.turn()
            self._stirred.wait(self._pause)

    def _say_once(self, where: str, error: DetenteError) -> None:
        """Say what stands in the way, and again only when that changes."""
        if self._said.get(where) != str(error):
            self._said[where] = str(error)
            self._tell(
                "trouble", where=where, error=type(error).__name__, what=error.what, remedy=error.remedy
            )
