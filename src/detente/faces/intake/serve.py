"""`detente intake serve`: takes reports over HTTP until it is told to stop.

    {"intake":"http://127.0.0.1:8644/","party":"neutral","pid":4711}

On loopback unless told otherwise: a reverse proxy or an onion service stands before it, and adds TLS. Once an
hour it destroys the identities that are due; what is under legal hold stays, and `detente doctor` says so.
"""

import json
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

import uvicorn

from detente.faces import listener
from detente.faces.intake.application import application
from detente.faces.intake.desk import Desk
from detente.faces.intake.turnstile import Turnstile
from detente.faces.serve import until_told
from detente.faces.wire import Wire
from detente.node.clock import Clock
from detente.node.errors import PortTaken
from detente.trust.errors import DetenteError, Malformed

TICK_SECONDS = 3_600.0
GRACE_SECONDS = 3
BY = "intake serve"


def serve(home: Path, listen: str, clock: Clock, turnstile: Turnstile) -> None:
    """Take reports until SIGTERM or SIGINT.

    Raises:
        PortTaken: `reception.6`. As `Desk.card`.
    """
    desk = Desk(home, clock)
    card = desk.card()
    ending = threading.Event()
    keeper = threading.Thread(target=_keep, args=(desk, ending), name="detente-intake-keeper", daemon=True)
    with until_told() as told, _listen(listen) as sock:
        server = told.server = uvicorn.Server(_config(desk, turnstile))
        host, port = sock.getsockname()[:2]
        said = {"intake": f"http://{host}:{port}/", "party": card.card.party, "pid": os.getpid()}
        print(json.dumps(said, separators=(",", ":"), sort_keys=True), flush=True)
        keeper.start()
        try:
            server.run(sockets=[sock])
        finally:
            ending.set()
            keeper.join()


def destroy_due(desk: Desk, by: str) -> tuple[list[int], list[int]]:
    """Destroy the identities that are due; return the numbers destroyed, and those that a hold keeps."""
    with desk.open() as counter:
        due = counter.cabinet.due()
        held = [one.number for one in due if one.hold]
        gone = [one.number for one in due if not one.hold and counter.cabinet.destroy(one.number, by)]
    return gone, held


def _keep(desk: Desk, ending: threading.Event) -> None:
    while not ending.is_set():
        # A disk that fails is told by `detente doctor`, and to whoever hands in a report.
        with suppress(DetenteError):
            destroy_due(desk, BY)
        ending.wait(TICK_SECONDS)


def _listen(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    # 6. The address is one, and free.
    try:
        return listener.open_at(host, int(port))
    except ValueError as error:
        raise Malformed("reception.7", f"{listen} is no address.", "Say --listen 127.0.0.1:8644") from error
    except (OSError, OverflowError) as error:
        raise PortTaken(
            "reception.6", f"{listen}: {error}.", "Name another: --listen 127.0.0.1:PORT"
        ) from error


def _config(desk: Desk, turnstile: Turnstile) -> uvicorn.Config:
    return uvicorn.Config(
        application(desk, turnstile),
        http=Wire,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        limit_concurrency=256,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=False,
    )
