"""The narrator: tells the story line by line, in English, Chinese or both, with the accord's own time."""

import time
from datetime import UTC, datetime

from msgspec import Struct

from detente.faces.demo.ceremony import Pace
from detente.faces.speech import Text, Voice


class Narrator(Struct, frozen=True):
    """Who tells.

    Args:
        voice: in which language.
        pace: the accord's clock.
        began: when, on this machine's monotonic clock, in seconds.
    """

    voice: Voice
    pace: Pace
    began: float

    def scene(self, en: str, zh: str) -> None:
        """Begin a scene."""
        print(f"\n── {self.voice.choose(Text(en, zh))}", flush=True)

    def tell(self, en: str, zh: str) -> None:
        """Tell what happened, with the accord's time and the real seconds since the beginning."""
        moment = datetime.fromtimestamp(self.pace.now() / 1000, UTC).strftime("%m-%d %H:%M")
        spent = time.monotonic() - self.began
        print(f"{spent:5.1f} s  {moment}  {self.voice.choose(Text(en, zh))}", flush=True)

    def show(self, *lines: str) -> None:
        """Show what a command printed."""
        for line in lines:
            print(f"                      {line}", flush=True)
