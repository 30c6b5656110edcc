"""The gauges: how the node is, for those who run it; on this machine alone, never for peers.

    GET /health     200 ready, 503 not: {"ready":true,"why":[],…} with how far behind each log is
    GET /metrics    the same and more as Prometheus reads it (text format 0.0.4)

It tells numbers and names of parties, never a body, an id, a path of a file or a key.
"""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import detente
from detente.faces import listener
from detente.node.deadline import Deadline
from detente.node.errors import PortTaken
from detente.node.status import DomainStatus, Status
from detente.trust.errors import Malformed
from detente.trust.record import Domain

METRICS = "text/plain; version=0.0.4; charset=utf-8"
STALE_ROUNDS = 30
"""After so many poll periods without a whole round, and a minute, the node is not ready."""

STALE_SECONDS = 60.0


class Told(Protocol):
    """What the endpoint asks of a node."""

    def status(self) -> Status:
        """Return what it can say about itself."""
        ...

    def deadlines(self, domain: Domain = "live") -> tuple[Deadline, ...]:
        """Return its open deadlines."""
        ...


@dataclass
class Pulse:
    """When the last round was whole, and how many were.

    Attributes:
        poll_seconds: between two rounds.
        clock: seconds that only grow.
        rounds: how many were whole.
        last: when the last one was.
    """

    poll_seconds: float
    clock: Callable[[], float] = time.monotonic
    rounds: int = 0
    last: float = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.clock()

    def beat(self) -> None:
        """Count a round."""
        self.rounds += 1
        self.last = self.clock()

    @property
    def age(self) -> float:
        """Seconds since the last whole round."""
        return self.clock() - self.last

    @property
    def stale(self) -> bool:
        """Whether too much time has passed."""
        return self.age > max(STALE_SECONDS, STALE_ROUNDS * self.poll_seconds)


def require_loopback(where: str) -> tuple[str, int]:
    """Return host and port of an address that only this machine reaches.

    Raises:
        Malformed: `gauges.1`.
    """
    host, _, port = where.rpartition(":")
    # 1. Nobody else can ask: it says when the node is weak.
    try:
        if ip_address(host.strip("[]")).is_loopback:
            return host.strip("[]"), int(port)
    except ValueError:
        pass
    raise Malformed("gauges.1", f"{where} is not of this machine.", "Write 127.0.0.1:PORT.")


def application(node: Told, pulse: Pulse, home: Path) -> Starlette:
    """Return the ASGI application for a node's operator."""

    async def health(_: Request) -> Response:
        value = await run_in_threadpool(_health, node, pulse)
        code = 200 if value["ready"] else 503
        return Response(json.dumps(value, ensure_ascii=False), code, media_type="application/json")

    async def metrics(_: Request) -> Response:
        text = await run_in_threadpool(lambda: "".join(_metrics(node, pulse, home)))
        return Response(text, media_type=METRICS)

    return Starlette(
        routes=[Route("/health", health, methods=["GET"]), Route("/metrics", metrics, methods=["GET"])]
    )


def not_ready(status: Status, pulse: Pulse) -> list[str]:
    """Return why a node does not do its work now; empty if it does."""
    why = [status.trouble] if status.trouble else []
    if pulse.stale:
        why.append(f"No round was whole for {pulse.age:.0f} s.")
    for name, domain in status.domains.items():
        if domain.own.signed < domain.own.size:
            why.append(f"{name}: {domain.own.size - domain.own.signed} leaves are not signed.")
    return why


@contextmanager
def serving(node: Told, pulse: Pulse, home: Path, where: str | None) -> Iterator[str]:
    """Answer the operator at an address of this machine as long as this lasts; yield where, or nothing.

    Raises:
        Malformed: `gauges.1`. PortTaken: `gauges.2`.
    """
    if where is None:
        yield ""
        return
    # 2. The address is free.
    try:
        sock = listener.open_at(*require_loopback(where))
    except OSError as error:
        raise PortTaken("gauges.2", f"{where}: {error}.", "Name another port for the operator.") from error
    config = uvicorn.Config(
        application(node, pulse, home), log_config=None, access_log=False, lifespan="off", server_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [sock]}, name="detente-gauges", daemon=True
    )
    thread.start()
    try:
        host, port = sock.getsockname()[:2]
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()
        sock.close()


def _health(node: Told, pulse: Pulse) -> dict[str, object]:
    status = node.status()
    why = not_ready(status, pulse)
    return {
        "ready": not why,
        "why": why,
        "party": status.party,
        "round_age_seconds": round(pulse.age, 3),
        "domains": {name: _lag(domain) for name, domain in status.domains.items()},
    }


def _lag(domain: DomainStatus) -> dict[str, object]:
    behind = {
        party: {"leaves": max(0, log.seen - log.here), "bodies": sum(b - a + 1 for a, b in log.missing)}
        for party, log in domain.others.items()
    }
    cosigned = {name: max(0, domain.own.size - size) for name, size in domain.own.cosigned.items()}
    return {"behind": behind, "not_cosigned": cosigned, "away": {one.party: one.since for one in domain.away}}


def _metrics(node: Told, pulse: Pulse, home: Path) -> Iterator[str]:
    status = node.status()
    ready = not not_ready(status, pulse)
    yield family("detente_build_info", "The program.", [({"version": detente.__version__}, 1)])
    yield family("detente_ready", "1 if the node does its work.", [({}, int(ready))])
    yield family(
        "detente_rounds_total", "Whole rounds since the start.", [({}, pulse.rounds)], kind="counter"
    )
    yield family("detente_round_age_seconds", "Since the last whole round.", [({}, round(pulse.age, 3))])
    yield family("detente_disk_free_bytes", "Where the home is.", [({}, shutil.disk_usage(home).free)])
    database = home / "node.db"
    size = database.stat().st_size if database.exists() else 0
    yield family("detente_database_bytes", "Size of the database.", [({}, size)])
    domains = list(status.domains.items())
    yield family(
        "detente_own_leaves", "Durable in the own log.", [({"domain": n}, d.own.size) for n, d in domains]
    )
    yield family("detente_own_signed", "Leaves signed.", [({"domain": n}, d.own.signed) for n, d in domains])
    rows = [({"domain": n, "witness": w}, s) for n, d in domains for w, s in sorted(d.own.cosigned.items())]
    yield family("detente_own_cosigned", "Leaves that a witness cosigned.", rows)
    others = [({"domain": n, "party": p}, log) for n, d in domains for p, log in sorted(d.others.items())]
    yield family(
        "detente_log_seen", "Leaves under the newest head.", [(where, log.seen) for where, log in others]
    )
    yield family("detente_log_leaves", "Leaves held.", [(where, log.here) for where, log in others])
    lacking = [(where, sum(b - a + 1 for a, b in log.missing)) for where, log in others]
    yield family("detente_bodies_missing", "Leaves whose bodies are not held.", lacking)
    yield family(
        "detente_log_forked", "1 if it is refused.", [(where, int(bool(x.forked))) for where, x in others]
    )
    away = [
        ({"domain": n, "party": one.party}, max(0, status.now - one.since) / 1000)
        for n, d in domains
        for one in d.away
    ]
    yield family("detente_peer_away_seconds", "Since when a party does not answer.", away)
    yield family("detente_refusals", "Refused and kept.", [({"domain": n}, d.evidence) for n, d in domains])
    yield family("detente_duties", "Open duties, by what was said of them.", list(_duties(node, status)))


def _duties(node: Told, status: Status) -> Iterator[tuple[dict[str, str], float]]:
    for name in status.domains:
        counts: dict[tuple[str, str], int] = {}
        for one in node.deadlines(name):  # type: ignore[arg-type]  # the names of a status are domains
            key = "own" if one.party == status.party else "others", one.raised or "open"
            counts[key] = counts.get(key, 0) + 1
        for (whose, stage), count in sorted(counts.items()):
            yield {"domain": name, "whose": whose, "stage": stage}, count


def family(name: str, about: str, rows: Sequence[tuple[dict[str, str], float]], kind: str = "gauge") -> str:
    """Return one family of samples in the text format; label values are escaped as it asks."""
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    for labels, value in rows:
        said = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{said}}} {value}" if said else f"{name} {value}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
