"""A network of namespaces, one for each party, in which links fail as real ones do.

    with Network(folder) as network, network.fault("one-way", rng): …

Addresses, links, routes and neighbours are the kernel's own (iproute2): a link that is down loses every
packet both ways, a blackhole route loses what one side sends and nothing else. Delay, overtaking and
connections that break in the middle are made by `delaying`, through which every node calls the others.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import msgspec

from detente.accord.standing import Incomplete
from detente.faces import door
from detente.node import auditor
from detente.node.home import Home
from detente.node.replica import DOORBELL
from detente.trust.errors import BadProof
from homes import PARTIES, World, draft, installed, notice

PORT = 9_000
SCALE = 600
"""How much faster than real the accord's time runs: receipts come every 24 s, an hour passes in 6."""

SKEW_MS = 8 * 60_000
"""How far a clock is off; the tests' accord tolerates ten minutes."""

PATIENCE = 240
FAULTS = ("partition", "one-way", "delay", "cut", "one-way and cut")


def possible() -> bool:
    """Tell whether this machine lets us make namespaces."""
    return os.geteuid() == 0 and shutil.which("ip") is not None


def _ip(*lines: str) -> None:
    """Let iproute2 do all of these, in one process."""
    text = "\n".join(lines) + "\n"
    subprocess.run(["ip", "-batch", "-"], input=text, text=True, check=True, timeout=30, capture_output=True)


@dataclass
class Network:
    """Three namespaces on a switch, in a fourth.

    Attributes:
        folder: where the control files of the proxies are.
    """

    folder: Path
    _stack: ExitStack = field(default_factory=ExitStack)
    _mark: str = field(default_factory=lambda: f"dt{os.getpid()}-{random.randrange(10_000)}")  # noqa: S311 (a name)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for name in ("switch", *PARTIES):
                _ip(f"netns add {self.space(name)}")
                stack.callback(_ip, f"netns del {self.space(name)}")
            self._in("switch", "link add br0 type bridge", "link set br0 up", "link set lo up")
            for party in PARTIES:
                self._in("switch", f"link add {party} type veth peer name eth netns {self.space(party)}")
                self._in("switch", f"link set {party} master br0 up")
                self._in(
                    party, f"addr add {self.address(party)}/24 dev eth", "link set eth up", "link set lo up"
                )
                self.control(party)
                stack.enter_context(
                    self._running(party, Path(__file__).parent / "delaying.py", *self._routes(party))
                )
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def space(self, name: str) -> str:
        """The name of a namespace."""
        return f"{self._mark}-{name}"

    def address(self, party: str) -> str:
        """The address of a party on the switch."""
        return f"10.77.0.{PARTIES.index(party) + 1}"

    def way(self, other: str) -> str:
        """Where any party calls another: at the proxy in its own namespace."""
        return f"http://127.0.0.1:{PORT + 1 + PARTIES.index(other)}/"

    def control(self, party: str, delay: tuple[float, float] = (0, 0), cut: float = 0) -> None:
        """Say what happens to whatever a party calls."""
        file = self.folder / f"{party}.control"
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps({"delay": delay, "cut": cut}), encoding="utf-8")
        beside.replace(file)

    @contextmanager
    def fault(self, name: str, rng: random.Random) -> Iterator[None]:
        """Let the network fail in one way until the block ends."""
        one, other = rng.sample(PARTIES, 2)
        with ExitStack() as stack:
            if name == "partition":
                self._in("switch", f"link set {one} down")
                stack.callback(self._in, "switch", f"link set {one} up")
            if name.startswith("one-way"):
                # What one sends to the other is lost, answers too; what the other sends arrives.
                self._in(one, f"route add blackhole {self.address(other)}/32")
                stack.callback(self._in, one, f"route del blackhole {self.address(other)}/32")
            for party in PARTIES if name in ("delay", "cut") else (one,) if name.endswith("cut") else ():
                self.control(party, (0.0, 0.4), 0.2 if name.endswith("cut") else 0.0)
                stack.callback(self.control, party)
            yield

    @contextmanager
    def serving(self, world: World, party: str) -> Iterator[None]:
        """Run the node of a party in its namespace."""
        words = ("-m", "detente.faces.serve", "--home", str(world.home(party)))
        with self._running(party, *words, "--listen", f"{self.address(party)}:{PORT}"):
            yield

    @contextmanager
    def _running(self, party: str, *words: str | Path) -> Iterator[None]:
        program = ["ip", "netns", "exec", self.space(party), sys.executable, *map(str, words)]
        log = self.folder / f"{party}.log"
        with log.open("ab") as said, subprocess.Popen(program, stdout=said, stderr=said) as process:
            try:
                yield
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert "Traceback" not in log.read_text(encoding="utf-8"), log
            finally:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()

    def _in(self, name: str, *lines: str) -> None:
        text = "\n".join(lines) + "\n"
        words = ["ip", "-n", self.space(name), "-batch", "-"]
        subprocess.run(words, input=text, text=True, check=True, timeout=30, capture_output=True)

    def _routes(self, party: str) -> list[str]:
        ways = [
            f"{PORT + 1 + PARTIES.index(one)}={self.address(one)}:{PORT}" for one in PARTIES if one != party
        ]
        return [str(self.folder / f"{party}.control"), *ways]


@dataclass
class Trial:
    """Three nodes in a network, and what is counted."""

    network: Network
    world: World
    rng: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    _number: int = 0

    def round(self, fault: str) -> None:
        """Let the network fail while everybody tables, heal it, and wait until all agree.

        Raises:
            AssertionError: they compute two standings at one cut, or do not come together in time.
        """
        before = self._sizes()
        with self.network.fault(fault, self.rng):
            for party in PARTIES:
                self._number += 1
                made = draft(self._number) if self.rng.random() < 0.5 else notice(self._number)
                with door.reach(self.world.home(party)) as node:
                    node.table(made)
            time.sleep(self.rng.uniform(0.3, 1.5))
        after = self._sizes()
        assert all(after[party] > before[party] for party in PARTIES)
        self._await(lambda: self._seen(after), "what was tabled has not arrived everywhere")
        self._await(self._equal, "no cut was reached by all")
        self.counts[f"equal standing after: {fault}"] += 1

    def _equal(self) -> bool:
        with ExitStack() as stack:
            nodes = [stack.enter_context(door.reach(self.world.home(party))) for party in PARTIES]
            cut, as_of = nodes[0].cut(), nodes[0].status().now
            try:
                digests = {node.standing(cut, as_of).digest for node in nodes}
            except (Incomplete, BadProof):  # somebody's log has grown beyond what another has read
                return False
        assert len(digests) == 1, f"several standings at one cut: {digests}"
        return True

    def _sizes(self) -> dict[str, int]:
        found = {}
        for party in PARTIES:
            with door.reach(self.world.home(party)) as node:
                found[party] = node.status().domains["live"].own.size
        return found

    def _seen(self, sizes: dict[str, int]) -> bool:
        for party in PARTIES:
            with door.reach(self.world.home(party)) as node:
                logs = node.status().domains["live"].others
            for other, log in logs.items():
                reached = log.missing[0][0] if log.missing else log.here
                if reached < sizes[other]:
                    return False
        return True

    def _await(self, done: Callable[[], bool], else_said: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, else_said
            time.sleep(0.3)


@contextmanager
def trial(folder: Path, seed: int, tell: Callable[[str], None] = lambda _: None) -> Iterator[Trial]:
    """Found three nodes with skewed clocks in a network of namespaces, and give the trial.

    Args:
        folder: where the homes are.
        seed: of what is drawn.
        tell: told how the audit that closes the trial goes.
    """
    rng = random.Random(seed)  # noqa: S311 (a trial that can be played again)
    with ExitStack() as stack:
        network = stack.enter_context(Network(folder))
        world = World(folder / "homes").found({party: network.way(party) for party in PARTIES})
        anchor = time.time_ns() // 1_000_000
        for party, skew in zip(PARTIES, rng.sample((-SKEW_MS, 0, SKEW_MS), 3), strict=True):
            home = Home.at(world.home(party))
            # A clock that runs faster from an earlier moment on is ahead by so much, and stays so.
            since = anchor - skew // (SCALE - 1)
            settings = msgspec.structs.replace(
                home.settings, time_scale=SCALE, time_anchor=since, poll_ms=200, unsigned=False
            )
            Home(home.path, settings).save()
        for party in PARTIES:
            stack.enter_context(network.serving(world, party))
        for party in PARTIES:
            _await_door(world.home(party))
        made = Trial(network, world, rng)
        yield made
        tell("asking each node for what it refused")
        for party in PARTIES:
            with door.reach(world.home(party)) as node:
                kept = node.evidence()
            # A ring that was overtaken by a newer head is kept, and laid to nobody.
            late = [one for one in kept if (one.via, one.step) == (DOORBELL, "witness.8")]
            assert [one for one in kept if one not in late] == [], "a network that fails is nobody's fault"
            made.counts["rings that came late"] += len(late)
        tell("telling the nodes to end")
    for party in PARTIES:
        began = time.monotonic()
        report = auditor.verify(world.home(party), genesis=world.genesis, installed=installed())
        assert report.ok, report.faults
        entries, seconds = report.counts["stored entries"], time.monotonic() - began
        tell(f"home of {party} audited: {entries:,} entries, every byte holds, {seconds:.1f} s")
        made.counts["homes verified, nothing refused"] += 1


def _await_door(home: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (home / "door").exists():
        assert time.monotonic() < deadline, f"{home.name} did not start"
        time.sleep(0.1)
    with contextlib.suppress(OSError), door.reach(home) as node:
        node.status()
