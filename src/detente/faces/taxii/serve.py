"""`detente taxii serve`: serves TAXII beside a node that works, or without one, until it is told to stop.

    {"party":"us","pid":4711,"taxii":"http://127.0.0.1:6100/taxii2/"}

It listens on this machine alone; tokens are not sent over a network in the clear. Others reach it through
whatever ends TLS before it, whose address is given as `--url`.
"""

import ipaddress
import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from detente.faces import door, listener, pillars
from detente.faces.serve import until_told
from detente.faces.taxii.application import application
from detente.faces.taxii.book import Book
from detente.faces.taxii.shelf import Shelf
from detente.node.errors import PortTaken
from detente.node.sheet import Kept, Sheet
from detente.node.window import Window
from detente.trust.errors import Malformed


def serve(home: Path, listen: str, url: str = "") -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        home: of the node.
        listen: `host:port` of this machine; port 0 takes any.
        url: where clients find it; empty: where it listens.

    Raises:
        PortTaken: `taxii.7`. Malformed: `taxii.8` not this machine, `taxii.9` no address. As `Window.open`.
    """
    if (home / "node.json").exists() and not (home / "node.db").exists():
        with door.reach(home):
            pass

    def keep(sheets: tuple[Sheet, ...]) -> tuple[Kept, ...]:
        with door.reach(home) as node:
            return node.keep(sheets)

    with (
        until_told() as told,
        Window.open(home, pillars.installed()) as window,
        Book(window.home.path) as book,
    ):
        shelf = Shelf(window, book, keep)
        try:
            with _listen(listen) as sock:
                host, port = sock.getsockname()[:2]
                found = f"http://{host}:{port}" if not url else _address(url)
                server = told.server = uvicorn.Server(_config(shelf, found))
                said = {"party": window.party, "pid": os.getpid(), "taxii": f"{found}/taxii2/"}
                print(json.dumps(said, separators=(",", ":"), sort_keys=True), flush=True)
                server.run(sockets=[sock])
        finally:
            shelf.close()


def _listen(where: str) -> socket.socket:
    host, _, port = where.rpartition(":")
    # 8. It is an address of this machine alone.
    inside = False
    with suppress(ValueError):
        inside = ipaddress.ip_address(host).is_loopback
    if not inside:
        what = f"{where[:60]!a} is no address of this machine alone."
        raise Malformed(
            "taxii.8", what, "Listen at 127.0.0.1:PORT, and let what ends TLS pass requests on to it."
        )
    # 7. It is free.
    try:
        return listener.open_at(host, int(port))
    except (OSError, ValueError, OverflowError) as error:
        raise PortTaken(
            "taxii.7", f"{where}: {error}.", "Name another address and port to listen at."
        ) from error


def _address(url: str) -> str:
    parts = urlsplit(url)
    # 9. Clients can find it there.
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise Malformed(
            "taxii.9",
            f"{url[:80]!a} is no address of a server.",
            "Give it as https://HOST or https://HOST:PORT.",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _config(shelf: Shelf, url: str) -> uvicorn.Config:
    return uvicorn.Config(
        application(shelf, url),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        limit_concurrency=128,
        h11_max_incomplete_event_size=32_768,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=2,
    )
