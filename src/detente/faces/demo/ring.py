"""The ring: a small world of its own in which the adversary attacks, so that it spoils no other.

Three homes with a little history; cn's is in the hands of the adversary, which has its genuine keys. The
nodes of us and the neutral are processes of their own and read cn where the adversary shows its trees: to
each victim what is meant for it.
"""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct

from detente.accord import document
from detente.accord.standing import Standing
from detente.faces import door, founding, pillars
from detente.faces.demo.cases import KIND, Case
from detente.faces.demo.ceremony import HOLDERS, PARTIES
from detente.faces.demo.scenes import NOTICE
from detente.faces.demo.stage import Stage, ports
from detente.faces.officer import Officer
from detente.node.clock import SetClock
from detente.node.draft import Clearance, Draft
from detente.node.evidence import Evidence
from detente.node.home import Home, PeerSettings, Settings
from detente.node.identity import Identity
from detente.node.node import Node
from detente.trust import envelope
from detente.trust.canonical import Value
from detente.trust.charter import Charter
from detente.trust.envelope import ACCORD_TYPE
from detente.trust.record import Domain

SEAT, VICTIMS = "cn", ("us", "neutral")
DOMAINS: tuple[Domain, ...] = get_args(Domain)
DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
POLL_MS = 250


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
    charters, officers = [], []
    for party in PARTIES:
        home = Home.create(folder / party, _settings(folder, party))
        for domain in DOMAINS:
            people = [Officer.draw(party, one) for one in HOLDERS]
            officers += people if domain == "live" else []
            identity = Identity.create(home, domain)
            charters.append(founding.charter_of(identity, party, [one.public for one in people], 2))
    _sign(folder, charters, officers, clock.now())
    with ExitStack() as stack:
        nodes = {
            party: stack.enter_context(Node.open(folder / party, pillars.installed(), clock=clock))
            for party in PARTIES
        }
        _live(nodes, clock, case)
    return folder


def _settings(folder: Path, party: str) -> Settings:
    return Settings(
        party=party,
        domains=DOMAINS,
        peers={other: PeerSettings(f"dir:{folder / other}/public") for other in PARTIES if other != party},
        poll_ms=POLL_MS,
        unsigned=True,
        clearance=Clearance("safety-cooperation", "official"),
    )


def _sign(folder: Path, charters: list[Charter], officers: list[Officer], now: int) -> None:
    text = (files(__package__) / "accord.yaml").read_text(encoding="utf-8")
    starts = datetime.fromtimestamp((now - DAY) / 1000, UTC).strftime("%Y-%m-%dT00:00:00Z")
    payload = document.dump(founding.assembled(text, charters, {"starts": starts}))
    whole = founding.joined([one.sign(ACCORD_TYPE, payload) for one in officers])
    for party in PARTIES:
        Home.at(folder / party).install(1, envelope.dump(whole))


def _live(nodes: Mapping[str, Node], clock: SetClock, case: Case) -> None:
    """Let them keep a duty each."""
    _settle(nodes, clock, MINUTE, DOMAINS)
    notice = nodes["us"].table(Draft.new("notices.notice", NOTICE | {"about": None})).id
    report = nodes["us"].table(Draft.new(KIND, case.open, case.sealed)).id
    title = nodes["us"].branches["live"].questions.disclosures(report)["title"]
    opening: dict[str, Value] = {"record": report, "path": "title", "disclosure": title}
    nodes["us"].table(Draft.new("accord.opening", opening))
    _settle(nodes, clock, MINUTE)
    for party in ("cn", "neutral"):
        nodes[party].table(Draft.new("notices.receipt", {"of": notice}).answering(notice))
    for _ in range(2):
        _settle(nodes, clock, 5 * HOUR)


def _settle(
    nodes: Mapping[str, Node], clock: SetClock, step: int, domains: tuple[Domain, ...] = ("live",)
) -> None:
    clock.advance(step)
    for node in nodes.values():
        for domain in domains:
            node.sync(domain)
            node.heartbeat(domain)
