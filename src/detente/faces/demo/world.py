"""A small world of its own: three homes on one machine, and a clock that is moved by hand.

    world = World.found(folder, text, clock, ("live",))
    with world.nodes() as nodes:
        nodes["us"].table(draft)
        world.settle(nodes, HOUR)

Its nodes are opened in this process and read each other's folders, so that days pass in a moment.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from detente.accord import document
from detente.accord.document import Accord
from detente.faces import founding, pillars
from detente.faces.demo.ceremony import HOLDERS, PARTIES
from detente.faces.officer import Officer
from detente.node.clock import SetClock
from detente.node.draft import Clearance
from detente.node.home import Home, PeerSettings, Settings
from detente.node.identity import Identity
from detente.node.node import Node
from detente.trust import envelope
from detente.trust.envelope import ACCORD_TYPE
from detente.trust.record import Domain

DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000


class World(Struct, frozen=True):
    """The homes, and who signs for them.

    Args:
        folder: the homes, by party.
        clock: theirs.
        domains: in which they take part.
        officers: of each party, in the live domain.
        accord: its first version.
    """

    folder: Path
    clock: SetClock
    domains: tuple[Domain, ...]
    officers: Mapping[str, Sequence[Officer]]
    accord: Accord

    @classmethod
    def found(
        cls, folder: Path, text: str, clock: SetClock, domains: tuple[Domain, ...], poll_ms: int = 1000
    ) -> "World":
        """Make homes with keys, and have the accord of a text signed: in force since the day before."""
        charters, officers = [], {}
        for party in PARTIES:
            home = Home.create(folder / party, _settings(folder, party, domains, poll_ms))
            for domain in domains:
                people = [Officer.draw(party, one) for one in HOLDERS]
                if domain == "live":
                    officers[party] = people
                identity = Identity.create(home, domain)
                charters.append(founding.charter_of(identity, party, [one.public for one in people], 2))
        accord = founding.assembled(text, charters, {"starts": written(clock.now() - DAY)})
        world = cls(folder, clock, domains, officers, accord)
        for party in PARTIES:
            Home.at(folder / party).install(1, world.signed(ACCORD_TYPE, document.dump(accord)))
        return world

    def signed(self, payload_type: str, payload: bytes, parties: Sequence[str] = PARTIES) -> bytes:
        """Return what all officers of these parties sign, in one envelope."""
        people = [one for party in parties for one in self.officers[party]]
        return envelope.dump(founding.joined([one.sign(payload_type, payload) for one in people]))

    @contextmanager
    def nodes(self) -> Iterator[dict[str, Node]]:
        """Open all three in this process."""
        with ExitStack() as stack:
            yield {
                party: stack.enter_context(
                    Node.open(self.folder / party, pillars.installed(), clock=self.clock)
                )
                for party in PARTIES
            }

    def settle(self, nodes: Mapping[str, Node], step: int, domains: tuple[Domain, ...] = ("live",)) -> None:
        """Let the clock run, and everybody pull and answer."""
        self.clock.advance(step)
        for node in nodes.values():
            for domain in domains:
                node.sync(domain)
                node.heartbeat(domain)


def written(moment: int) -> str:
    """Return the midnight at or before a moment as an accord writes it."""
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT00:00:00Z")


def _settings(folder: Path, party: str, domains: tuple[Domain, ...], poll_ms: int) -> Settings:
    return Settings(
        party=party,
        domains=domains,
        peers={other: PeerSettings(f"dir:{folder / other}/public") for other in PARTIES if other != party},
        poll_ms=poll_ms,
        unsigned=True,
        clearance=Clearance("safety-cooperation", "official"),
    )
