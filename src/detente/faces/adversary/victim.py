"""A victim, as far as the adversary knows it: an address. It reads what anybody reads there, and rings.

victim.head("live/cn")               what its mirror shows of a log
victim.ring(submission)              409
"""

import time
from dataclasses import dataclass, field

from detente.node.line import Line
from detente.node.source import MAX_FILE, HttpSource
from detente.trust import checkpoint, note, witness
from detente.trust.checkpoint import Checkpoint

LOOK_SECONDS = 0.05


@dataclass
class Victim:
    """A node under attack.

    Attributes:
        party: whose it is.
        address: of its endpoint.
        line: over which it is asked, signed or not.
    """

    party: str
    address: str
    line: Line = field(default_factory=Line)

    def get(self, path: str) -> bytes | None:
        """Return a file of its tree, as anybody may."""
        return HttpSource(f"{self.address.rstrip('/')}/", self.line).get(path)

    def head(self, path: str) -> Checkpoint | None:
        """Return the head that its tree shows of a log."""
        data = self.get(f"{path}/checkpoint")
        return None if data is None else checkpoint.parse_text(note.parse(data).text)

    def await_size(self, path: str, size: int, seconds: float = 60.0) -> Checkpoint:
        """Return the head that it shows of a log once that has so many leaves. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            head = self.head(path)
            if head is not None and head.size >= size:
                return head
            time.sleep(LOOK_SECONDS)
        raise TimeoutError(f"{self.party} shows fewer than {size} leaves of {path}")

    def await_taken(self, path: str, size: int) -> None:
        """Return once it shows so many leaves of a log. Raises TimeoutError."""
        self.await_size(path, size)

    def ring(self, submission: witness.Submission) -> int:
        """Ring its doorbell, and return the HTTP status of the answer."""
        return self.knock(witness.dump(submission))

    def knock(self, body: bytes) -> int:
        """Send any bytes to its doorbell, and return the HTTP status of the answer."""
        address = f"{self.address.rstrip('/')}/add-checkpoint"
        return self.line.ask("POST", address, MAX_FILE, body).status
