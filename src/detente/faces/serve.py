"""`detente serve`: runs a node until it is told to stop.

    python -m detente.faces.serve --home H
    {"genesis":"5d1c…","listening":"127.0.0.1:41207","party":"us","pid":4711}

Four things go on: the peer endpoint answers others, the door answers its owner's commands, a round is taken
whenever something stirs and otherwise every `poll_ms`: pull, answer, release what is due, look at the clock;
and the watchkeeper brings messages of the channel to officers. What happens is told on standard error, one
line of JSON each, never a body, and to syslog if asked.
"""

import argparse
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn

from detente.faces import exits, gauges, listener, pillars
from detente.faces.door import Doorkeeper
from detente.faces.gauges import Pulse
from detente.faces.peer import application
from detente.faces.telling import Stderr, Syslog, Teller
from detente.faces.turns import Turns
from detente.faces.watchkeeper import Watchkeeper
from detente.faces.wire import Wire
from detente.node.errors import HomeInUse, PortTaken
from detente.node.fence import Fence
from detente.node.node import Node
from detente.trust.errors import DetenteError
from detente.trust.record import Domain

PATIENCE_SECONDS = 30
"""How long a command that works in the home without a node may take before the node gives up on it."""

BREATH_SECONDS, BREATHS = 0.05, 4
"""How long a round that was asked for waits for more to tell or fetch at once, and how often. A round asks
everybody for everything, and whoever answers what was just told would wait for it."""

GRACE_SECONDS = 3
"""How long an answer under way may take when the node is told to stop."""


class Rounds(Turns):
    """The thread that takes rounds.

    Args:
        node: whose.
        tell: where to say what happened.
        told: called after each round: what came may want a person.
        pulse: beats with each round in which nothing stood in the way.
    """

    def __init__(
        self, node: Node, tell: Callable[..., None], told: Callable[[], None] = lambda: None
    ) -> None:
        pause = node.home.settings.poll_ms / 1000
        super().__init__("detente-rounds", pause, tell)
        self._node = node
        self._told = told
        self.pulse = Pulse(pause)
        self.fence: Fence | None = None
        self._pressed = threading.Event()
        self._turned_away = 0
        self._known: set[str] = {one.digest for one in node.evidence()}

    def stir(self) -> None:
        """Take the next turn now; what is new is told and fetched before the one under way goes on."""
        self._pressed.set()
        super().stir()

    def turn(self) -> None:
        """Take a round in each domain, after what cannot wait for one."""
        last = time.monotonic() + BREATHS * BREATH_SECONDS
        while self._pressed.is_set() and not self._ending and time.monotonic() < last:
            self._tried("haste", self._first)
            self._pressed.wait(BREATH_SECONDS)
        whole = {self._round(domain) for domain in self._node.home.settings.domains}
        if whole == {True}:
            self.pulse.beat()
        self._told()

    def _round(self, domain: Domain) -> bool:
        """Take a round, and return whether nothing stood in the way."""
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("sync", lambda: self._sync(domain)),
            ("heartbeat", lambda: self._node.heartbeat(domain)),
            ("release", lambda: self._release(domain)),
            ("tick", lambda: self._tick(domain)),
        )
        whole = True
        for name, step in steps:
            whole &= self._tried("haste", self._first)
            if self._ending:
                return False
            whole &= self._tried(f"{domain} {name}", step)
        return whole

    def _tried(self, name: str, step: Callable[[], object]) -> bool:
        """Take a step; say what stands in its way, and return whether nothing does."""
        try:
            step()
        except DetenteError as error:
            self._say_once(name, error)
            return False
        self._said.pop(name, None)
        return True

    def _sync(self, domain: Domain) -> None:
        for synced in self._node.sync(domain, self._first):
            self._tell_away(domain, synced.away)
            if any(synced.leaves.values()) or any(synced.bodies.values()):
                self._tell("pulled", domain=domain, leaves=synced.leaves, bodies=synced.bodies)
        for one in self._node.evidence():
            if one.digest not in self._known:
                self._known.add(one.digest)
                self._tell(
                    "alarm" if one.error == "Disagreement" else "refused",
                    party=one.party,
                    via=one.via,
                    kind=one.kind,
                    step=one.step,
                    error=one.error,
                )

    def _tell_away(self, domain: Domain, away: Mapping[str, str]) -> None:
        """Say who cannot be read and why, and again only when that changes."""
        before = {key for key in self._said if key.startswith(f"{domain} away ")}
        now = {f"{domain} away {party}": (party, why) for party, why in away.items()}
        for key in before - now.keys():
            del self._said[key]
        for key in now.keys() - before:
            party, why = now[key]
            self._tell("away", domain=domain, party=party, what=why)
            self._said[key] = why

    def _first(self) -> None:
        """Do what cannot wait until a round ends."""
        if self._pressed.is_set() and not self._ending:
            self._pressed.clear()
            self._node.hasten()

    def _release(self, domain: Domain) -> None:
        # Nothing is told or fetched in between: others wait for the lock of a release, and not for a peer.
        for one in self._node.release_due(domain, lambda: not self._ending):
            self._tell("released", record=one.record, audience=one.audience, paths=one.paths, rule=one.rule)

    def _tick(self, domain: Domain) -> None:
        for one in self._node.tick(domain):
            self._tell("deadline", stage=one.raised, clause=one.clause, party=one.party, due=one.due)
        turned = {} if self.fence is None else dict(self.fence.turned_away)
        if sum(turned.values()) > self._turned_away:
            self._turned_away = sum(turned.values())
            self._tell("turned-away", reasons=turned)


def serve(
    home: Path, listen: str | None = None, *, operator: str | None = None, syslog: str | None = None
) -> None:
    """Run a node until SIGTERM or SIGINT.

    Args:
        home: of the node.
        listen: where others read it; None as the settings say.
        operator: address of this machine for `gauges`; None for none.
        syslog: a log of this machine beside standard error, as `telling.Syslog.at` reads it.

    Raises:
        PortTaken: `serve.1`, `gauges.2`. Malformed: `gauges.1`, `syslog.1`. As `Node.open`.
    """
    sinks = (Stderr(), Syslog.at(syslog)) if syslog else (Stderr(),)
    with until_told() as told, _opened(home) as node:
        tell = Teller(node.party, node.clock.now, sinks)
        watchkeeper = Watchkeeper(node, tell)
        rounds = Rounds(node, tell, watchkeeper.stir)
        server = told.server = uvicorn.Server(_config(node, rounds))
        sock = _listen(listen or node.home.settings.listen)
        keeper = Doorkeeper(node, rounds.stir)
        try:
            with gauges.serving(node, rounds.pulse, node.home.path, operator) as shown:
                host, port = sock.getsockname()[:2]
                said = {"operator": shown} if shown else {}
                _print(
                    listening=f"{host}:{port}",
                    party=node.party,
                    genesis=node.terms.genesis,
                    pid=os.getpid(),
                    **said,
                )
                rounds.start()
                watchkeeper.start()
                server.run(sockets=[sock])
        finally:
            keeper.close()
            rounds.close()
            watchkeeper.close()
            sock.close()


def main(arguments: list[str] | None = None) -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(prog="detente serve", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--listen", help="address and port; otherwise as the settings say")
    parser.add_argument("--operator", help="address of this machine for /health and /metrics")
    parser.add_argument("--syslog", help="unix:/dev/log or udp:127.0.0.1:PORT, beside standard error")
    given = parser.parse_args(arguments)
    try:
        serve(given.home, given.listen, operator=given.operator, syslog=given.syslog)
    except DetenteError as error:
        print(error, file=sys.stderr)
        return exits.of(error).code
    return exits.KEPT


def _opened(home: Path) -> Node:
    """Open the home, after a command that is just at work in it.

    Raises:
        As `Node.open`; HomeInUse at once where a node runs, else after a while.
    """
    last = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return Node.open(home, pillars.installed())
        except HomeInUse:
            # Whoever has a door answers at it and stays; a command has none, and is soon gone.
            if (home / "door").exists() or time.monotonic() > last:
                raise
        time.sleep(0.1)


def _config(node: Node, rounds: Rounds) -> uvicorn.Config:
    """Return how the endpoint is served. Raises as `Fence.serving`."""
    settings = node.home.settings
    fence = Fence.of(node.home) if settings.tls else None
    context = None if fence is None else fence.serving(strangers=settings.unsigned)
    rounds.fence = fence
    return uvicorn.Config(
        application(node, rounds.stir, lambda: not node.trouble and not rounds.pulse.stale, fence),
        http=Wire,
        ssl_context_factory=None if context is None else lambda *_: context,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        limit_concurrency=256,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


@dataclass
class Told:
    """Ends this process in order at SIGTERM or SIGINT, however often they come.

    Attributes:
        server: what then stops; None while the home is being opened, which may be cut off anywhere.
        heard: whether it was told.
    """

    server: uvicorn.Server | None = None
    heard: bool = False

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Be told: the way out is begun once, and nothing interrupts it."""
        self.heard = True
        if self.server is None:
            signal.default_int_handler(number, frame)
        else:
            self.server.should_exit = True


@contextmanager
def until_told() -> Iterator[Told]:
    """End what is inside at a signal, from its first moment on.

    uvicorn listens to the signals itself while it runs, and afterwards raises those that came once more.
    """
    told = Told()
    before = {one: signal.signal(one, told.hear) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    except KeyboardInterrupt:
        pass
    finally:
        for one, handler in before.items():
            # Who was told once ends with 0, also if told again while the interpreter packs up.
            signal.signal(one, signal.SIG_IGN if told.heard else handler)


def _listen(where: str) -> socket.socket:
    host, _, port = where.rpartition(":")
    # 1. The address is free, and ours to listen at.
    try:
        return listener.open_at(host, int(port))
    except (OSError, ValueError) as error:
        raise PortTaken(
            "serve.1", f"{where}: {error}.", "Name another address and port to listen at."
        ) from error


def _print(**fields: object) -> None:
    print(json.dumps(fields, separators=(",", ":"), sort_keys=True), flush=True)


if __name__ == "__main__":
    sys.exit(main())
