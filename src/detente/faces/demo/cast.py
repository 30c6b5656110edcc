"""The cast: the three node processes, reached through their doors as any command reaches them."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from detente.faces import door
from detente.faces.demo.stage import Stage
from detente.node.errors import Unready
from detente.node.home import Home
from detente.node.node import Node
from detente.trust.errors import DetenteError

SERVE = "detente"
PATIENCE_SECONDS = 25.0
LOOK_SECONDS = 0.1
T = TypeVar("T")


class TooSlow(Unready):
    """Something that the story waits for did not happen in time."""


class Cast(Struct, frozen=True):
    """The nodes by party.

    Args:
        stage: where their processes run.
        homes: by party.
    """

    stage: Stage
    homes: Mapping[str, Home]

    def start(self, party: str) -> str:
        """Start a party's node in a process of its own; return what it says of itself."""
        return self.start_all((party,))[party]

    def start_all(self, parties: Iterable[str]) -> dict[str, str]:
        """Start the nodes of parties beside each other; return party to what its node says of itself."""
        names = {party: f"node-{party}" for party in parties}
        for party, name in names.items():
            home = str(self.homes[party].path)
            self.stage.begin(name, SERVE, "serve", "--home", home, "--until-eof")
        return {party: self.stage.heard(name) for party, name in names.items()}

    def sure(self, parties: Iterable[str]) -> None:
        """Start the nodes of parties, those that do not run."""
        self.start_all([party for party in parties if f"node-{party}" not in self.stage.running])

    def rest(self) -> None:
        """Stop every node that runs, in order."""
        self.stage.stop(*(f"node-{party}" for party in self.homes if f"node-{party}" in self.stage.running))

    def node(self, party: str) -> AbstractContextManager[Node]:
        """Reach a node that runs, through its door."""
        return door.reach(self.homes[party].path)


def until(what: str, look: Callable[[], T | None], seconds: float = PATIENCE_SECONDS) -> T:
    """Look again and again until there is something to see, and return it.

    Raises:
        TooSlow: `cast.1`, saying what was waited for, and the last refusal if there was one.
    """
    deadline, last = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        try:
            found = look()
        except DetenteError as error:
            found, last = None, error.what
        if found is not None:
            return found
        time.sleep(LOOK_SECONDS)
    # 1. It happened in time.
    what = f"{what}: not within {seconds:.0f} s. {last}".strip()
    raise TooSlow("cast.1", what, "The machine may be busy: try again; the nodes' logs are in the folder.")


def everywhere(folder: Path, parties: Iterable[str], name: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until every node, its home below a folder, holds a record, and it stands there."""
    for party in parties:
        until(f"{party} holds {name[:12]}", partial(stands, folder / party, name), seconds)


def stands(home: Path, name: str) -> bool | None:
    """Tell whether a node holds a record that stands; None if not."""
    with door.reach(home) as node:
        return node.record(name).stands or None
