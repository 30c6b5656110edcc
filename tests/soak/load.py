"""The load trial: three node processes on loopback, half of what they can take, for an hour.

First the peak is measured: so many reports tabled as fast as `us` takes them, timed until both peers hold the
last and what may be released of it is released. Then reports come at half of that rate, and memory, latency
and processor time are written down as they go. The trial fails if anything is lost, refused or cannot be
verified, or if a node does not end within a minute of being told to. It names a drift, and does not judge it:
how fast a shared machine is says nothing about the program.
"""

import os
import secrets
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from knocking import free_ports, resident, running
from trial import Options, say

from detente.accord.cut import Cut
from detente.accord.standing import Incomplete, Standing
from detente.faces import door
from detente.node import auditor
from detente.node.home import Home
from detente.node.node import Node
from detente.trust.errors import BadProof
from homes import ACCORD, PARTIES, World, draft, installed

PEAK = 240
"""How many reports measure the peak."""

UNBOUNDED = ACCORD.replace("bytes: 1000000}", "bytes: 1000000000000}")
"""What may flow out in a day is no bound here: what is not released waits, and would never settle."""

THREADS = 4
PARTS = 10
"""Into how many parts the run is divided, each one line of the table."""

PATIENCE = 900
"""Seconds until what was tabled has arrived; also how long an answer at the door may take at the end."""

TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Part:
    """One line: how many were tabled, what each took, when a peer held it, and each process at the end."""

    tabled: int = 0
    took: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    resident: dict[str, float] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)


@dataclass
class Load:
    """A run under way: the homes, their processes, and what is being noted."""

    world: World
    pids: dict[str, int]
    parts: list[Part] = field(default_factory=lambda: [Part()])
    waiting: dict[int, float] = field(default_factory=dict)
    tabled: set[str] = field(default_factory=set)
    unsent: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def table(self) -> None:
        """Table one report at the door of us, and note how long that took."""
        began = time.monotonic()
        with door.reach(self.world.home("us")) as us:
            made = us.table(draft(nonce=secrets.token_hex(16)))
        now = time.monotonic()
        with self.lock:
            self.parts[-1].tabled += 1
            self.parts[-1].took.append(now - began)
            self.waiting[made.index] = now
            self.tabled.add(made.id)
            self.unsent.add(made.id)

    def look(self) -> None:
        """Note which reports a peer holds by now."""
        with door.reach(self.world.home("cn")) as cn:
            log = cn.status().domains["live"].others["us"]
        now, reached = time.monotonic(), log.missing[0][0] if log.missing else log.here
        with self.lock:
            for index in [one for one in self.waiting if one < reached]:
                self.parts[-1].held.append(now - self.waiting.pop(index))

    def settled(self) -> bool:
        """Tell whether both peers hold everything, and everything that may be released is."""
        with door.reach(self.world.home("us")) as us:
            size = us.status().domains["live"].own.size
        return not any(size - self._held(party) for party in ("cn", "neutral")) and self._all_sent()

    def _all_sent(self) -> bool:
        """Ask the ledger about one report after the other, until one was not sent to anybody yet."""
        with door.reach(self.world.home("us")) as us:
            while self.unsent:
                name = next(iter(self.unsent))
                if not any(row.state in ("sent", "held") for row in us.deliveries(record=name)):
                    return False
                self.unsent.discard(name)
        return True

    def lost(self, party: str) -> int:
        """Return how many reports a party does not hold, of those that were tabled."""
        with door.reach(self.world.home(party)) as node:
            return len(self.tabled - {one.id for one in node.records(kind="incidents.report")})

    def _held(self, party: str) -> int:
        with door.reach(self.world.home(party)) as node:
            log = node.status().domains["live"].others["us"]
            return 0 if log.missing else log.here

    def measure(self) -> None:
        """Note the memory of each process, and the time that it has had of a processor, in seconds."""
        for party, pid in self.pids.items():
            self.parts[-1].resident[party] = resident(pid)
            self.parts[-1].spent[party] = _spent(pid)


def run(folder: Path, options: Options) -> None:
    """Measure the peak, load at half of it for `options.minutes`, and look whether everything is there."""
    addresses = dict(zip(PARTIES, (f"127.0.0.1:{port}" for port in free_ports(3)), strict=True))
    world = World(folder, accord=UNBOUNDED).found(
        {party: f"http://{where}/" for party, where in addresses.items()}
    )
    for party in PARTIES:
        home = Home.at(world.home(party))
        Home(home.path, msgspec.structs.replace(home.settings, poll_ms=1000)).save()
    door.TIMEOUT = PATIENCE
    with ExitStack() as stack:
        pids = {party: stack.enter_context(running(world.home(party), addresses[party])) for party in PARTIES}
        load = Load(world, pids)
        time.sleep(5)
        peak = _peak(load)
        say(f"load: peak {peak:.1f} reports a second, tabled, held by both peers and released")
        _steadily(load, peak / 2, options.minutes * 60)
        say("load: waiting until everything has arrived")
        _settle(load)
        lost = {party: load.lost(party) for party in PARTIES}
        assert not any(lost.values()), lost
        say(f"load: each party holds all {len(load.tabled):,} reports, and each was released")
        _same_standing(world)
        say("load: standing is equal")
        began = time.monotonic()
        stack.close()
        say(f"load: told one after the other, all nodes had ended after {time.monotonic() - began:.1f} s")
    for party in PARTIES:
        report = auditor.verify(world.home(party), genesis=world.genesis, installed=installed())
        assert report.ok, report.faults
    say(f"load: nothing lost, nothing refused, three homes verified; {_size(world.home('us')):.1f} MB at us")


def _peak(load: Load) -> float:
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        for one in [pool.submit(load.table) for _ in range(PEAK)]:
            one.result()
    _settle(load)
    load.waiting.clear()
    load.parts = [Part()]
    load.measure()
    return PEAK / (time.monotonic() - began)


def _settle(load: Load) -> None:
    deadline = time.monotonic() + PATIENCE
    while not load.settled():
        assert time.monotonic() < deadline, "what was tabled has not arrived everywhere, or is not released"
        time.sleep(0.5)


def _steadily(load: Load, rate: float, seconds: float) -> None:
    say(f"load: {rate:.1f} a second for {seconds / 60:.0f} minutes; milliseconds, megabytes resident")
    say("load: part  tabled  took p50   p99  held p50   p99   " + _heads())
    began = time.monotonic()
    number = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for part in range(PARTS):
            load.parts.append(Part())
            asked = []
            while time.monotonic() < began + seconds * (part + 1) / PARTS:
                due = int((time.monotonic() - began) * rate) - number
                asked += [pool.submit(load.table) for _ in range(due)]
                number += due
                time.sleep(0.2)
                load.look()
            for one in asked:
                one.result()
            load.measure()
            say(f"load: {_line(part, *load.parts[-2:])}")
    _name_drift(load.parts[1:])


def _heads() -> str:
    names = "  ".join(f"{one:>7}" for one in PARTIES)
    return f"{names}  ms of CPU each: {names}  load"


def _line(number: int, before: Part, part: Part) -> str:
    took, held = _quantiles(part.took), _quantiles(part.held)
    resident = "  ".join(f"{part.resident[party]:>7.1f}" for party in PARTIES)
    each = "  ".join(
        f"{(part.spent[party] - before.spent[party]) * 1000 / max(part.tabled, 1):>7.0f}" for party in PARTIES
    )
    said = f"{took[0]:>8.0f} {took[1]:>5.0f}  {held[0]:>8.0f} {held[1]:>5.0f}"
    return f"{number + 1:>4}  {part.tabled:>6}  {said}   {resident}{'':18} {each}  {os.getloadavg()[1]:>4.1f}"


def _quantiles(seconds: list[float]) -> tuple[float, float]:
    ordered = sorted(seconds) or [float("nan")]
    return statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.99)] * 1000


def _name_drift(parts: list[Part]) -> None:
    early, late = parts[1 : PARTS // 2], parts[PARTS // 2 + 1 :]
    tabled = sum(one.tabled for one in parts[2:])
    for party in PARTIES:
        grown = parts[-1].resident[party] - parts[1].resident[party]
        each = grown * 1000 / tabled
        say(f"load: memory of {party}: {grown:+.1f} MB over {tabled:,} reports, {each:.2f} kB each")
    for name in ("took", "held"):
        first, last = (
            1000 * statistics.median([one for part in some for one in getattr(part, name)])
            for some in (early, late)
        )
        say(f"load: {name}, median: {first:.0f} ms in the first half, {last:.0f} ms in the second")


def _same_standing(world: World) -> None:
    with ExitStack() as stack:
        us, cn = (stack.enter_context(door.reach(world.home(party))) for party in ("us", "cn"))
        for node in (us, cn):
            assert node.evidence() == ()
            assert node.status().trouble == ""
        cut, as_of = cn.cut(), us.status().now
        assert _standing(us, cut, as_of).digest == _standing(cn, cut, as_of).digest


def _standing(node: Node, cut: Cut, as_of: int) -> Standing:
    """Return standing at a cut, once the node has read as far."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return node.standing(cut, as_of)
        except (BadProof, Incomplete):
            if time.monotonic() > deadline:
                raise
        time.sleep(1)


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _size(home: Path) -> float:
    return sum(one.stat().st_size for one in home.rglob("*") if one.is_file()) / 1e6
