"""The courier: by file, what the adversary shows goes to each victim as bundles, in the order of showing.

    courier.show("us", files)      FOLDER/us-1.zip, FOLDER/us-2.zip, …

Nobody comes by to look, and nobody can be rung: a victim is known by what the own mirror has of it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from detente.faces.adversary.victim import Victim
from detente.node import exchange
from detente.node.errors import PeerAway
from detente.trust.checkpoint import Checkpoint


@dataclass
class Courier:
    """Writes what is shown into bundles.

    Attributes:
        folder: where they go.
    """

    folder: Path
    _shown: Counter[str] = field(default_factory=Counter)

    def show(self, audience: str, files: Mapping[str, bytes]) -> None:
        """Write one more bundle for an audience. Raises DiskFailed."""
        self._shown[audience] += 1
        exchange.write_zip(files, self.folder / f"{audience}-{self._shown[audience]}.zip")

    def await_looks(self, audience: str, path: str) -> None:
        """Go on: whoever gets a bundle looks later."""


@dataclass
class Correspondent(Victim):
    """A victim that is reached by file alone.

    Attributes:
        files: what the adversary's own mirror has of everybody.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)

    def get(self, path: str) -> bytes | None:
        """Return a file as the own mirror has it."""
        return self.files.get(path)

    def await_taken(self, path: str, size: int) -> None:
        """Go on: what it takes is seen by nobody here."""

    def await_size(self, path: str, size: int, seconds: float = 0.0) -> Checkpoint:
        """Raise PeerAway: `courier.1`."""
        del path, size, seconds
        raise self._away()

    def knock(self, body: bytes) -> int:
        """Raise PeerAway: `courier.1`."""
        del body
        raise self._away()

    def _away(self) -> PeerAway:
        # 1. The victim can be asked.
        return PeerAway("courier.1", f"{self.party} has no door for a file.", "Play this attack over a link.")
