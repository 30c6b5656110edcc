"""The outlet: where a node that only calls out hands its tree to a store at another node.

Outlet(line, "http://127.0.0.1:9001/", "us").put("live/us/checkpoint", data)
"""

from dataclasses import dataclass
from http import HTTPStatus

from detente.node.errors import PeerAway
from detente.node.line import Line

ANSWER_BYTES = 8_192
"""A store has little to say."""


@dataclass(frozen=True)
class Outlet:
    """A store as one party writes to it.

    Attributes:
        line: to the node where the store is.
        address: of that node.
        party: who writes, below its own name.
    """

    line: Line
    address: str
    party: str

    def put(self, path: str, data: bytes) -> None:
        """Hand one file over. Raises PeerAway: `outlet.1`. As `Line.ask`."""
        url = f"{self.address.rstrip('/')}/store/{self.party}/{path}"
        answer = self.line.ask("PUT", url, ANSWER_BYTES, data)
        # 1. The store took it.
        if answer.status != HTTPStatus.NO_CONTENT:
            said = answer.body[:200].decode("utf-8", "replace").strip()
            raise PeerAway("outlet.1", f"{url} answers {answer.status}: {said}", "Ask whose store it is.")
