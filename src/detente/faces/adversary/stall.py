"""The stall: where the adversary shows its trees, by HTTP on loopback, to each victim the one meant for it.

    stall.show("us", files)          behind http://127.0.0.1:PORT/us/
    stall.await_looks("us", "live/cn/checkpoint")

Whoever is told one address sees one history, and nobody sees what another was shown.
"""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from detente.node.errors import Unready

LOOK_SECONDS = 0.02
LOOKS = 6
"""A node looks at a head two or three times in a round: after so many, a whole one has passed."""


class NobodyLooked(Unready):
    """A victim did not come in time."""


class Stall:
    """Serves trees, by audience.

    Args:
        listen: address and port; port 0 takes any.
    """

    def __init__(self, listen: tuple[str, int]) -> None:
        self._trees: dict[str, Mapping[str, bytes]] = {}
        self._looks: Counter[tuple[str, str]] = Counter()
        self._server = ThreadingHTTPServer(listen, type("_Bound", (_Handler,), {"stall": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def show(self, audience: str, files: Mapping[str, bytes]) -> None:
        """Show a tree to an audience instead of what it was shown before."""
        self._trees[audience] = dict(files)

    def await_looks(self, audience: str, path: str, seconds: float = 60.0) -> None:
        """Return once an audience has taken a whole round from now on, by the looks that it takes at a head.

        Raises NobodyLooked: `stall.1`.
        """
        deadline, count = time.monotonic() + seconds, self._looks[audience, path] + LOOKS
        while self._looks[audience, path] < count:
            # 1. The victim comes by in time.
            if time.monotonic() > deadline:
                raise NobodyLooked(
                    "stall.1", f"{audience} did not look at {path}.", "Start the victim first."
                )
            time.sleep(LOOK_SECONDS)

    def get(self, path: str) -> bytes | None:
        """Return what an audience finds at a path."""
        audience, _, name = path.lstrip("/").partition("/")
        self._looks[audience, name] += 1
        return self._trees.get(audience, {}).get(name)

    def close(self) -> None:
        """Shut."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    stall: ClassVar[Stall]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Headers and body go in two writes: the second would wait 40 ms for the first to be acknowledged."""

    def do_GET(self) -> None:
        data = self.stall.get(self.path)
        self.send_response(404 if data is None else 200)
        self.send_header("content-length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 (the name that http.server gives it)
        """Say nothing: what is said on standard error is an attack's own."""
