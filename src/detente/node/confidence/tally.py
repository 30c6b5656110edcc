"""The tally of what was destroyed, in the second place: it outlives the desk whose log says the same.

    H/signed/confidence/destroyed       the SHA-256 of a report's letter, hexadecimal, one a line, ascending

It is written before an identity goes, and holds nothing but digests. `salvage` reads it at a restore.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from detente.node import durable

PLACE = Path("confidence/destroyed")
"""Below the folder `signed`."""


@dataclass(frozen=True)
class Tally:
    """The tally below one folder `signed`."""

    signed: Path

    def read(self) -> set[str]:
        """Return the letters whose identity was destroyed. Raises DiskFailed: `disk.1`."""
        return set((durable.read(self.signed / PLACE) or b"").decode("ascii", "replace").split())

    def add(self, letters: Iterable[str]) -> None:
        """Add to it, so that it survives a power cut. Raises DiskFailed: `disk.1`."""
        path, before = self.signed / PLACE, self.read()
        known = sorted(before | set(letters))
        if len(known) == len(before):
            return
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise durable.failed(path, error) from error
        durable.write(path, "".join(f"{one}\n" for one in known).encode())
