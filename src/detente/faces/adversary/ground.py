"""The ground of an attack: the seat, the stall and the victims; and the table of attacks by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from detente.faces.adversary.courier import Courier
from detente.faces.adversary.history import History
from detente.faces.adversary.seat import Seat
from detente.faces.adversary.stall import Stall
from detente.faces.adversary.victim import Victim
from detente.faces.speech import Text
from detente.node import exchange
from detente.trust.record import Domain

NOTHING: Mapping[str, bytes] = MappingProxyType({})

Told = dict[str, Any]
"""What an attack says that it did, for who watches; never what became of it."""


@dataclass(frozen=True)
class Ground:
    """Where an attack is played."""

    seat: Seat
    stall: Stall | Courier
    victims: Mapping[str, Victim]

    @property
    def first(self) -> Victim:
        """The victim that is attacked if only one is."""
        return next(iter(self.victims.values()))

    def show(
        self,
        history: History,
        domain: Domain = "live",
        to: str | None = None,
        extra: Mapping[str, bytes] = NOTHING,
    ) -> None:
        """Show a history to one victim, or to all; `extra` files stand beside it, by path."""
        path = f"{domain}/{self.seat.party}"
        others = {name: data for name, data in self.seat.files.items() if not name.startswith(f"{path}/")}
        tree = others | history.files(path, self.seat.now() // 1000) | dict(extra)
        for name in self.victims if to is None else (to,):
            self.stall.show(name, tree)

    def keep(self, history: History, domain: Domain = "live") -> None:
        """Keep what was shown, in the adversary's own home, as the past of its next attack."""
        files = history.files(f"{domain}/{self.seat.party}", self.seat.now() // 1000)
        exchange.write_folder(files, self.seat.home.path / "public")

    def await_taken(self, history: History, domain: Domain = "live", to: str | None = None) -> None:
        """Wait until a victim, or all, mirror a history to its end."""
        for name in self.victims if to is None else (to,):
            self.victims[name].await_taken(f"{domain}/{self.seat.party}", len(history.leaves))

    def await_looked(self, domain: Domain = "live", to: str | None = None, path: str | None = None) -> None:
        """Wait until a victim, or all, have looked at what is shown, and finished that round."""
        for name in self.victims if to is None else (to,):
            self.stall.await_looks(name, path or f"{domain}/{self.seat.party}/checkpoint")


@dataclass(frozen=True)
class Attack:
    """One attack: its name, what it tries, and how it is played."""

    name: str
    tries: Text
    play: Callable[[Ground], Told]
