"""The meeting: where a node reads the others, and where it hands out its tree, as its settings say.

meeting.sources      party to its tree: over a line, in a store at a third party, in a folder, in a file
meeting.publish()    copies to folders and stores; says which could not be reached
"""

from dataclasses import dataclass, field
from pathlib import Path

from detente.node import exchange
from detente.node.errors import PeerAway
from detente.node.fence import Fence, Gatepost
from detente.node.home import STORE, Home
from detente.node.line import Caller, Line, Voice
from detente.node.outlet import Outlet
from detente.node.source import HttpSource, Source, open_source
from detente.trust.record import Domain


@dataclass(frozen=True)
class Meeting:
    """The ways of one node.

    Attributes:
        home: whose settings.
        voices: domain to who speaks on the lines; each domain adds its own as it opens.
        lines: party to the line on which it is asked.
    """

    home: Home
    voices: dict[Domain, Voice] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    _bells: list[Line] = field(default_factory=list)
    _handed: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lines.update(self._lines())

    def bells(self) -> dict[str, Line]:
        """Return lines on which one domain tells its heads, beside all questions and other domains."""
        made = self._lines()
        self._bells.extend(made.values())
        return made

    @property
    def sources(self) -> dict[str, Source]:
        """Party to where its tree is read."""
        return {name: self._source(name, one.source) for name, one in self.home.settings.peers.items()}

    def publish(self) -> dict[str, str]:
        """Hand the static tree to where the settings say; return place to why it could not be reached.

        Raises:
            DiskFailed: `disk.1`.
        """
        trouble = {}
        for place in self.home.settings.publish_to:
            try:
                self._hand(self.home.path / "public", place)
            except PeerAway as error:
                trouble[place] = str(error)
        return trouble

    def close(self) -> None:
        """Hang up."""
        for line in (*self.lines.values(), *self._bells):
            line.close()

    def _lines(self) -> dict[str, Line]:
        fence = Fence.of(self.home)
        return {
            party: Line(Caller(party, self.voices), Gatepost(fence, party))
            for party in self.home.settings.peers
        }

    def _source(self, party: str, where: str) -> Source:
        if not where.startswith(STORE):
            return open_source(where, self.lines[party])
        _, at, address = where.split(":", 2)
        return HttpSource(f"{address.rstrip('/')}/store/{party}/", self.lines[at])

    def _hand(self, tree: Path, place: str) -> None:
        if not place.startswith(STORE):
            exchange.copy_folder(tree, Path(place))
            return
        _, at, address = place.split(":", 2)
        outlet = Outlet(self.lines[at], address, self.home.settings.party)
        exchange.push(tree, outlet.put, self._handed.setdefault(place, {}))
