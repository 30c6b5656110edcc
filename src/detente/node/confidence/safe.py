"""The safe: identities of reporters, apart from their reports, sealed to the keepers' keys.

    H/confidence/identities/12      one package of `trust.sealing`, 0600

A file for each, so that one is destroyed alone: it is written over, and then removed. On media that keep
older blocks that is no proof; what is left there is still sealed, and ends with the keepers' keys. No backup
takes this folder. What may be destroyed, and when, `cabinet` says.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from detente.node import durable
from detente.node.errors import NoSuchThing

FOLDER = "identities"


@dataclass(frozen=True)
class Safe:
    """The folder of identities."""

    path: Path

    def put(self, number: int, package: bytes) -> None:
        """Keep an identity. Raises DiskFailed: `disk.1`."""
        durable.write(self._at(number), package)

    def take(self, number: int) -> bytes:
        """Return the package of an identity. Raises NoSuchThing: `safe.1`. DiskFailed: `disk.1`."""
        found = durable.read(self._at(number))
        # 1. It is there, and was not destroyed.
        if found is None:
            raise NoSuchThing(
                "safe.1", f"No identity is kept for report {number}.", "See what was logged of it."
            )
        return found

    def holds(self, number: int) -> bool:
        """Tell whether an identity is kept."""
        return self._at(number).exists()

    def destroy(self, number: int) -> bool:
        """Write over an identity and remove it; return whether there was one. Raises DiskFailed: `disk.1`."""
        path = self._at(number)
        try:
            with path.open("r+b") as file:
                size = path.stat().st_size
                file.write(bytes(size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise durable.failed(path, error) from error
        return True

    def _at(self, number: int) -> Path:
        return self.path / str(number)
