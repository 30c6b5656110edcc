"""The blotter: requests at the endpoint that were badly signed, replayed or not of their signer's machine.

    GET /live/us/checkpoint
    from 10.1.0.2, body 0 bytes e3b0c442…
    signature-input: detente=(…

Anybody can send any number of them, so of each check and each party that is named only a few are kept, each
cut, and never a body; beyond that a request costs its refusal and nothing else. What names no party of the
accord is laid to nobody. Requests that bear no signature at all are the noise of any network: none is kept.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

from detente.node import evidence
from detente.node.errors import DiskFailed
from detente.node.evidence import Refusal
from detente.node.store import Readers
from detente.node.writer import Writer
from detente.trust.errors import DetenteError
from detente.trust.request import Request

ENDPOINT = "/"
"""The way of a request whose signer was not proven: anybody may send one that names anybody."""

FEW = 32
"""How many refused requests are kept for each check, way and party."""

MAX_FIELDS = 8
MAX_TEXT = 1_024


@dataclass(frozen=True)
class Misasked:
    """A request that was refused.

    Attributes:
        request: what was asked.
        fields: header fields of the signature, as received.
        domain: of the log that it names, or empty.
        party: of that log, or empty.
        proven: whether that party's signature verified.
        origin: from which address of the network it came.
    """

    request: Request
    fields: tuple[tuple[str, str], ...]
    domain: str = ""
    party: str = ""
    proven: bool = False
    origin: str = ""

    def dump(self) -> bytes:
        """Return what is kept."""
        body = f"{len(self.request.body)} bytes {hashlib.sha256(self.request.body).hexdigest()}"
        lines = [
            f"{self.request.method} {self.request.path}",
            f"from {self.origin or 'somewhere'}, body {body}",
            *(f"{name}: {value}" for name, value in self.fields[:MAX_FIELDS]),
        ]
        return "\n".join(one[:MAX_TEXT] for one in lines).encode("utf-8", "backslashreplace")


@dataclass
class Blotter:
    """What one node keeps of them.

    Attributes:
        writer: the one way to write.
        readers: connections to read.
        now: the node's time, in milliseconds.
    """

    writer: Writer
    readers: Readers
    now: Callable[[], int]
    _kept: dict[tuple[str, str, str], set[bytes]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, one: Misasked, error: DetenteError) -> None:
        """Keep a refused request, if few like it are kept; a disk that fails is told elsewhere."""
        via, data = one.party if one.proven else ENDPOINT, one.dump()
        key, digest = (via, one.party, error.step), hashlib.sha256(data).digest()
        with self._lock:
            kept = self._kept.setdefault(key, set())
            if digest in kept or len(kept) >= FEW:
                return
            kept.add(digest)
        refused = Refusal(one.domain, one.party, via, "request", data)
        with suppress(DiskFailed):
            if evidence.count(self.readers.conn, refused, error.step) < FEW:
                self.writer.do(lambda batch: evidence.keep(batch.conn, refused, error, self.now()))
