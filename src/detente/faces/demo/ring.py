"""The ring: a small world of its own in which the adversary attacks, so that it spoils no other.

Three homes with a little history; cn's is in the hands of the adversary, which has its genuine keys. The
nodes of us and the neutral are processes of their own and read cn where the adversary shows its trees: to
each victim what is meant for it.
"""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct

from detente.accord.standing import Standing
from detente.faces import door
from detente.faces.demo.cases import KIND, Case
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.scenes import NOTICE
from detente.faces.demo.stage import Stage, ports
from detente.faces.demo.world import DAY, HOUR, MINUTE, World
from detente.node.clock import SetClock
from detente.node.draft import Draft
from detente.node.evidence import Evidence
from detente.node.home import Home, PeerSettings
from detente.node.node import Node
from detente.trust.canonical import Value
from detente.trust.record import Domain

SEAT, VICTIMS = "cn", ("us", "neutral")
DOMAINS: tuple[Domain, ...] = get_args(Domain)
POLL_MS = 100


class Ring(Struct, frozen=True):
    """One such world, its two honest nodes running.

    Args:
        stage: where processes run.
        name: of the ring, unique on the stage.
        folder: its three homes.
        ports: party to port.
    """

    stage: Stage
    name: str
    folder: Path
    ports: Mapping[str, int]

    @classmethod
    def start(cls, stage: Stage, founded: Path, name: str) -> "Ring":
        """Copy a founded world, and start its honest nodes."""
        folder = stage.folder / "caught" / name
        for party in PARTIES:
            shutil.copytree(founded / party, folder / party)
        ring = cls(stage, name, folder, dict(zip(PARTIES, ports(0, len(PARTIES)), strict=True)))
        for party in VICTIMS:
            home = Home.at(folder / party)
            peers = {other: ring._seen(other, party) for other in PARTIES if other != party}
            listen = f"127.0.0.1:{ring.ports[party]}"
            Home(home.path, msgspec.structs.replace(home.settings, peers=peers, listen=listen)).save()
            stage.begin(f"{name}-{party}", "detente", "serve", "--home", str(home.path), "--until-eof")
        for party in VICTIMS:
            stage.heard(f"{name}-{party}")
        return ring

    def attack(self, names: Sequence[str]) -> None:
        """Start the adversary with these attacks; it plays the first at once."""
        words = ["--home", str(self.folder / SEAT), "--listen", f"127.0.0.1:{self.ports[SEAT]}"]
        for party in VICTIMS:
            words += ["--victim", f"{party}=http://127.0.0.1:{self.ports[party]}/"]
        self.stage.start(f"{self.name}-adversary", "detente.faces.adversary", *names, *words)

    def done(self, *, first: bool) -> dict[str, Any]:
        """Wait until the next attack was played; return what the adversary says it did, if anything."""
        process = self.stage.running[f"{self.name}-adversary"]
        if process.stdin is None or process.stdout is None:
            return {}
        if not first:
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
        line = process.stdout.readline()
        told: dict[str, Any] = json.loads(line) if line else {}
        return told

    def evidence(self) -> dict[str, Evidence]:
        """What the honest nodes have refused, by party and digest."""
        found: dict[str, Evidence] = {}
        for party in VICTIMS:
            with self.node(party) as node:
                found |= {f"{party} {one.digest}": one for one in node.evidence()}
        return found

    def standing(self) -> dict[str, Standing]:
        """Standing as the honest nodes compute it."""
        told = {}
        for party in VICTIMS:
            with self.node(party) as node:
                told[party] = node.standing()
        return told

    def node(self, party: str) -> Any:  # noqa: ANN401 (as `door.reach`)
        """Reach a node through its door."""
        return door.reach(self.folder / party)

    def close(self) -> None:
        """End its processes."""
        self.stage.stop(*(one for one in self.stage.running if one.startswith(f"{self.name}-")))

    def _seen(self, other: str, by: str) -> PeerSettings:
        address = f"http://127.0.0.1:{self.ports[other]}/"
        return PeerSettings(f"{address}{by}/") if other == SEAT else PeerSettings(address, address)


def found(folder: Path, case: Case) -> Path:
    """Found three homes with two days of history: a notice that all acknowledged, a report, an opened value.

    It is played in this process on a clock that is moved, and left at rest.
    """
    clock = SetClock(time.time_ns() // 1_000_000 - 2 * DAY)
    text = (files(__package__) / "accord.yaml").read_text(encoding="utf-8")
    world = World.found(folder, text, clock, DOMAINS, POLL_MS)
    with world.nodes() as nodes:
        _live(world, nodes, case)
    return folder


def _live(world: World, nodes: Mapping[str, Node], case: Case) -> None:
    """Let them keep a duty each."""
    world.settle(nodes, MINUTE, DOMAINS)
    notice = nodes["us"].table(Draft.new("notices.notice", NOTICE | {"about": None})).id
    report = nodes["us"].table(Draft.new(KIND, case.open, case.sealed)).id
    title = nodes["us"].branches["live"].questions.disclosures(report)["title"]
    opening: dict[str, Value] = {"record": report, "path": "title", "disclosure": title}
    nodes["us"].table(Draft.new("accord.opening", opening))
    world.settle(nodes, MINUTE)
    for party in ("cn", "neutral"):
        nodes[party].table(Draft.new("notices.receipt", {"of": notice}).answering(notice))
    for _ in range(2):
        world.settle(nodes, 5 * HOUR)
