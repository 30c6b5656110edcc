"""`detente desk`: shows a home in a browser on this machine until it is told to stop.

    python -m detente.faces.desk --home H --port 0
    {"desk":"http://localhost:41207/Xa9…/enter?key=4f…","party":"us","pid":4711}

It listens on the loopback address alone. The entrance that was not used yet stands in H/desk/entrance, for
its owner alone: that is how another browser is let in.
"""

import json
import os
import socket
from contextlib import suppress
from pathlib import Path

import uvicorn

from detente.faces import door, listener, pillars
from detente.faces.desk.application import Desk
from detente.faces.desk.session import Sessions
from detente.faces.desk.watch import Watch
from detente.faces.serve import until_told
from detente.node import durable
from detente.node.errors import NoSuchThing, PortTaken
from detente.node.window import Window

HOST = "127.0.0.1"
ENTRANCE = Path("desk") / "entrance"
GRACE_SECONDS = 2


def serve(home: Path, port: int = 0) -> None:
    """Show a home until SIGTERM or SIGINT.

    Args:
        home: of the node.
        port: to listen at; 0 takes any.

    Raises:
        PortTaken: `desk.2`. As `Window.open`; as `Node.open` if no node has worked there yet.
    """
    if (home / "node.json").exists() and not (home / "node.db").exists():
        # A home that was just made: a node that opens it once makes its database.
        with door.reach(home):
            pass
    with until_told() as told, Window.open(home, pillars.installed()) as window, _listen(port) as sock:
        sessions, here = Sessions(), sock.getsockname()[1]
        entrance = Entrance(window.home.path / ENTRANCE, f"http://localhost:{here}", sessions)
        watch = Watch(window)
        desk = Desk(watch, sessions, lambda: here, entrance.renew)
        server = told.server = uvicorn.Server(_config(desk))
        desk.feed.ending = lambda: server.should_exit
        entrance.renew()
        said = {"desk": entrance.address, "party": window.party, "pid": os.getpid()}
        print(json.dumps(said, separators=(",", ":"), sort_keys=True), flush=True)
        watch.start()
        try:
            server.run(sockets=[sock])
        finally:
            watch.close()
            entrance.close()


class Entrance:
    """The address that lets the next browser in, kept where only the home's owner can read it."""

    def __init__(self, path: Path, site: str, sessions: Sessions) -> None:
        self._path = path
        self._site = site
        self._sessions = sessions
        path.parent.mkdir(mode=0o700, exist_ok=True)

    @property
    def address(self) -> str:
        """The whole address."""
        return self._site + self._sessions.entrance

    def renew(self) -> None:
        """Write it down anew, after it was used."""
        durable.place(self._path, self.address.encode() + b"\n", 0o600)

    def close(self) -> None:
        """Let nobody in any more."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def entrance(home: Path) -> str:
    """Return the address that lets the next browser in at a desk that runs.

    Raises:
        NoSuchThing: `desk.3`: no desk runs at this home.
    """
    found = durable.read(home / ENTRANCE)
    # 3. A desk runs.
    if found is None:
        raise NoSuchThing("desk.3", f"No desk runs at {home}.", "Start one: detente desk --home FOLDER")
    return found.decode("ascii", "replace").strip()


def _listen(port: int) -> socket.socket:
    # 2. The port is free, on this machine's own address.
    try:
        return listener.open_at(HOST, port)
    except (OSError, OverflowError) as error:
        raise PortTaken("desk.2", f"{HOST}:{port}: {error}.", "Name another port: --port N.") from error


def _config(desk: Desk) -> uvicorn.Config:
    return uvicorn.Config(
        desk.app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        limit_concurrency=128,
        h11_max_incomplete_event_size=32_768,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
