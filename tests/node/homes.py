"""Three homes under one accord, their officers, and a clock that a test moves."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from detente.accord import document
from detente.faces import founding, pillars
from detente.faces.officer import SUITE, Officer, Public
from detente.node.agreement import Installed
from detente.node.clock import SetClock
from detente.node.draft import Clearance, Draft
from detente.node.home import Home, PeerSettings, Settings
from detente.node.identity import Identity
from detente.node.node import Node
from detente.node.source import FolderSource, Source
from detente.trust import envelope
from detente.trust.envelope import ACCORD_TYPE, ACT_TYPE
from detente.trust.record import Domain
from detente.trust.suite import row

PARTIES = ("cn", "neutral", "us")
START = 1_790_000_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

ACCORD = """
detente: 1
version: 1
genesis: null
previous: null
title: {en: "An accord for tests", zh: "测试用协议"}
prevails: both
starts: "2026-09-21T00:00:00Z"
parties:
  us:
    names: {en: "us", zh: "us"}
    roles: []
    charters: {}
    lawful: {bases: [safety], classes: [public, official], ceiling: official}
  cn:
    names: {en: "cn", zh: "cn"}
    roles: []
    charters: {}
    lawful: {bases: [safety], classes: [public, official], ceiling: official}
  neutral:
    names: {en: "neutral", zh: "neutral"}
    roles: [witness, clearinghouse]
    charters: {}
    lawful: {bases: [safety], classes: [public, official], ceiling: official}
time: {k: 1, receipt_every: PT4H, transit: PT2H, skew: PT10M, hand_over: P2D}
pillars:
  incidents: {edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}
  notices: {edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}
scales: {severity: installed}
duties:
  - id: acknowledge
    on: notices.notice
    owes: others
    what: [notices.receipt, notices.acknowledge]
    within: PT24H
release:
  - id: to-peers
    kind: incidents.report
    fields: [title, pattern]
    to: peer
    when: facts.near_miss
    by: officer
  - {id: to-clearinghouse, kind: incidents.report, fields: [title, summary], to: clearinghouse, by: node}
outflow: {period: P1D, bytes: 1000000}
witness: {quorum: 1, always: [neutral]}
dispute: {talk: P14D, then: clearinghouse}
withdrawal: {notice: P90D, surviving: []}
"""

REPORT = {
    "near_miss": True,
    "harm": 0,
    "potential": 4,
    "control": 1,
    "spread": 2,
    "layers": 1,
    "repeat": False,
    "ongoing": False,
    "techniques": ["AML.T0051"],
    "domain": "cyber",
    "system_class": "agent",
    "internal_use": False,
    "clock_start": "awareness",
    "month": "2026-09",
}
NOTICE = {
    "template": "event",
    "precedence": "priority",
    "about": None,
    "subject": "loss_of_control",
    "level": 3,
    "ongoing": False,
    "internal_use": None,
    "seen_at": None,
    "actions": [],
    "wish": "read_back",
    "respond_by": None,
    "tlp": "amber",
}
VALUES = {
    "title": ["An agent opened a link", "智能体打开了链接"],
    "summary": ["It stopped at a barrier.", "其在屏障处停止。"],
    "pattern": ["Text that asks to be obeyed", "要求被服从的文字"],
}


@cache
def installed() -> Installed:
    """What comes with the house."""
    return Installed(tuple(pillars.editions().values()), tuple(pillars.scales().values()))


def draft(number: int = 0, **changes: object) -> Draft:
    """A near miss, its nonce made from a number so that it can be tabled again."""
    fields: dict[str, object] = {
        "kind": "incidents.report",
        "open": dict(REPORT),
        "values": dict(VALUES),
        "nonce": f"{number + 1:032x}",
        "clearance": Clearance("safety", "official"),
    }
    return Draft(**(fields | changes))  # type: ignore[arg-type]


def notice(number: int) -> Draft:
    """A notice that the others owe an acknowledgement of, its nonce made from a number."""
    example = next(
        one
        for one in next(one for one in installed().editions if one.name == "notices").examples.values()
        if one.draft.kind == "notices.notice" and one.refused is None and not one.thread
    )
    return draft(number, kind="notices.notice", open=dict(example.draft.open), values={})


@dataclass
class World:
    """Three homes below a folder, founded once."""

    folder: Path
    domains: tuple[Domain, ...] = ("live",)
    clock: SetClock = field(default_factory=lambda: SetClock(START))
    genesis: str = ""
    accord: str = ACCORD
    expires: int | None = None
    unsigned: bool = True
    suites: Mapping[str, str] = field(default_factory=dict)
    laboratories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def found(self, peers: Mapping[str, str] | None = None) -> "World":
        """Make homes, keys, officers and the signed accord; `peers` has addresses, else folders are read."""
        charters, officers = [], []
        for party in PARTIES:
            others = {
                name: PeerSettings(
                    (peers or {}).get(name, f"dir:{self.home(name)}/public"), (peers or {}).get(name)
                )
                for name in PARTIES
                if name != party
            }
            # What a test asks in its own name, it asks unsigned.
            settings = Settings(
                party=party, domains=self.domains, peers=others, poll_ms=100, unsigned=self.unsigned
            )
            home = Home.create(self.home(party), settings)
            people = [self.officer(f"{party}-{holder}") for holder in ("first", "second")]
            officers += people
            for domain in self.domains:
                identity = Identity.create(home, domain, suite=self.suites.get(party, SUITE))
                shown = [one.public for one in people] if domain == "live" else self._exercise(party)
                made = founding.charter_of(identity, party, shown, 2, self.expires)
                labs = self.laboratories.get(party, ()) if domain == "live" else ()
                named = [self.officer(f"{party}-{one}").public for one in labs]
                charters.append(founding.with_officers(made, (), 2, named))
        accord = founding.assembled(self.accord, charters)
        payload = document.dump(accord)
        signed = founding.joined([one.sign(ACCORD_TYPE, payload) for one in officers])
        for party in PARTIES:
            Home.at(self.home(party)).install(1, envelope.dump(signed))
        self.genesis = accord.genesis
        return self

    def copy(self, folder: Path) -> "World":
        """The homes as they are now, in another folder, under a clock of their own; closed before."""
        for party in PARTIES:
            shutil.copytree(self.home(party), folder / party)
            settings = folder / party / "node.json"
            settings.write_text(settings.read_text().replace(str(self.folder), str(folder)))
        return World(folder, self.domains, SetClock(self.clock.at), self.genesis)

    def officer(self, name: str) -> Officer:
        """The officer of this name, as `us-first`: the same keys whenever a test asks."""
        party, _, holder = name.partition("-")
        suite = self.suites.get(party, SUITE)
        seeds = {one: sha256(f"{one} of {name}".encode()).digest() for one in row(suite, "officer")}
        return Officer.of(party, holder.rpartition("-")[2], seeds)

    def home(self, party: str) -> Path:
        """Where a party's home is."""
        return self.folder / party

    def sources(self, party: str) -> dict[str, Source]:
        """The others' trees as folders."""
        return {name: FolderSource(self.home(name) / "public") for name in PARTIES if name != party}

    def open(self, party: str, sources: Mapping[str, Source] | None = None) -> Node:
        """Open a party's node on the world's clock."""
        known = self.sources(party) if sources is None else sources
        return Node.open(self.home(party), installed(), clock=self.clock, sources=known)

    @contextmanager
    def nodes(self) -> Iterator[dict[str, Node]]:
        """All three, open in this process."""
        found = {party: self.open(party) for party in PARTIES}
        try:
            yield found
        finally:
            for node in found.values():
                node.close()

    def approve(self, node: Node, record: str, audience: str) -> None:
        """Let both officers of a node's party sign a release."""
        payload = node.act(record, audience)
        people = [self.officer(f"{node.party}-{one}") for one in ("first", "second")]
        signed = [one.sign(ACT_TYPE, payload) for one in people]
        node.approve(record, audience, envelope.dump(founding.joined(signed)))

    def settle(self, nodes: Mapping[str, Node], rounds: int = 3) -> None:
        """Let the clock run a little, and everybody pull and answer, a few times."""
        for _ in range(rounds):
            self.clock.advance(MINUTE)
            for node in nodes.values():
                for domain in self.domains:
                    node.sync(domain)
                    node.heartbeat(domain)

    def _exercise(self, party: str) -> list[Public]:
        return [self.officer(f"{party}-exercise-{holder}").public for holder in ("first", "second")]
