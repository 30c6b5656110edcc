"""The reckoning: standing as this node computes it, kept up to date leaf by leaf.

    reckoning.at(as_of)               at the newest cut that this node can read
    reckoning.at(as_of, cut)          at a named cut, computed from the first leaf
    reckoning.after(party, as_of, cut)   at the cuts that a party names one after the other, leaf by leaf

The answer at a cut is the same at every node; `Incomplete` names the bodies that are still to be fetched.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from detente.accord.cut import Cut
from detente.accord.duty import Pact
from detente.accord.fold import Fold, reached
from detente.accord.standing import Incomplete, Standing
from detente.node import archive
from detente.node.errors import DiskFailed
from detente.node.library import Library
from detente.node.snapshot import Snapshot
from detente.node.store import Readers
from detente.trust.errors import BadProof, Misuse
from detente.trust.tree import Tree

FOLLOWED = 20_000
"""Up to so many leaves a fold is kept in memory for what each peer shows; beyond, on disk."""

SAVE_EVERY = 4_096
"""After so many new leaves the fold is kept, and when the node is closed: a kill costs no more than these."""


class Shelf(Protocol):
    """Where the logs are, as far as standing is concerned: a realm, or what only looks into one."""

    @property
    def readers(self) -> Readers:
        """Connections to read."""
        ...

    @property
    def logs(self) -> Mapping[str, int]:
        """Party to number in the store."""
        ...

    @property
    def trees(self) -> Mapping[str, Tree]:
        """Party to the leaves held of its log; asked only by a snapshot."""
        ...

    def log(self, party: str) -> int:
        """Return the number of a party's log."""
        ...


@dataclass
class Reckoning:
    """Standing in one realm.

    Attributes:
        realm: where the logs are.
        pact: the terms.
        library: the bodies.
        snapshot: where the fold is kept between two starts; None to begin with the first leaf.
    """

    realm: Shelf
    pact: Pact
    library: Library
    snapshot: Snapshot | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _fold: Fold | None = None
    _fed: dict[str, int] = field(default_factory=dict)
    _saved: int = 0
    _followed: dict[str, tuple[Fold, dict[str, int]]] = field(default_factory=dict)

    def cut(self) -> Cut:
        """Return the newest cut that this node can read: each log as far as its receipts are held."""
        with self._lock:
            return self._current().cut()

    def at(self, as_of: int, cut: Cut | None = None) -> Standing:
        """Return standing.

        Args:
            as_of: the reader's time, in milliseconds.
            cut: where; None for the newest.

        Raises:
            BadProof: `standing.1`: the cut is not of these logs. Incomplete: `standing.2`.
        """
        if cut is not None:
            return self._anew(as_of, cut)
        with self._lock:
            try:
                found = self._current().at(as_of)
            except Misuse:  # `as_of` went back: the fold cannot, and is made anew
                self._fold = None
                found = self._current().at(as_of)
            with suppress(DiskFailed):  # it is made again from the logs
                self._save(SAVE_EVERY)
            return found

    def after(self, party: str, as_of: int, cut: Cut) -> Standing:
        """Return standing at a cut that a party names, going on from the last one that it named.

        Args:
            party: whose answer is compared.
            as_of: the time that it names, in milliseconds.
            cut: where.

        Raises:
            BadProof: `standing.1`: the cut is not of these logs. Incomplete: `standing.2`.
        """
        sizes = self._sizes(cut)
        fold, fed = self._taken_up(party, sizes)
        self._feed(fold, fed, sizes)
        try:
            found = reached(fold, cut, as_of)
        except Misuse:  # `as_of` went back: the fold cannot
            found = self._anew(as_of, cut)
        except (BadProof, Incomplete):
            self._put_by(party, fold, fed)
            raise
        self._put_by(party, fold, fed)
        return found

    def _anew(self, as_of: int, cut: Cut) -> Standing:
        """Return standing from the first leaf on; bodies are read as they are needed, and not all kept."""
        fold = Fold(self.pact, self.library)
        self._feed(fold, dict.fromkeys(self.pact.parties, 0), self._sizes(cut))
        return reached(fold, cut, as_of)

    def _sizes(self, cut: Cut) -> dict[str, int]:
        return {one: cut.heads[one].size if one in cut.heads else 0 for one in self.pact.parties}

    def _feed(self, fold: Fold, fed: dict[str, int], sizes: Mapping[str, int]) -> None:
        """Give a fold the leaves of each log up to a size, and note how many it has."""
        for party in [one for one in self.pact.parties if one in self.realm.logs]:
            conn, log = self.realm.readers.conn, self.realm.log(party)
            for leaf in archive.leaves(conn, log, fed[party], sizes[party]):
                fold.append(party, leaf)
                fed[party] += 1

    def _taken_up(self, party: str, sizes: Mapping[str, int]) -> tuple[Fold, dict[str, int]]:
        """Return the fold at the last cut that a party named, or a new one if the cut is no later one."""
        kept = self._followed.pop(party, None)
        if kept is None and self.snapshot is not None:
            kept = self.snapshot.beside(party).load(self.library, self.realm.trees)
        if kept is None or any(kept[1][one] > size for one, size in sizes.items()):
            return Fold(self.pact, self.library), dict.fromkeys(sizes, 0)
        return kept

    def _put_by(self, party: str, fold: Fold, fed: dict[str, int]) -> None:
        if sum(fed.values()) <= FOLLOWED:
            self._followed[party] = (fold, fed)
        elif self.snapshot is not None:
            with suppress(DiskFailed):  # it is made again from the logs
                self.snapshot.beside(party).save(fold, fed, self.realm.trees)

    def save(self) -> None:
        """Keep the fold for the next start. Raises DiskFailed: `disk.1`."""
        with self._lock:
            self._save(1)

    def _save(self, news: int) -> None:
        fed = sum(self._fed.values())
        if self._fold is not None and self.snapshot is not None and fed - self._saved >= news:
            self.snapshot.save(self._fold, self._fed, self.realm.trees)
            self._saved = fed

    def _begin(self) -> Fold:
        """Return the fold to go on with: that of the last start, or a new one."""
        kept = None
        if self.snapshot is not None and not self._fed:
            kept = self.snapshot.load(self.library, self.realm.trees)
        fold, fed = kept or (Fold(self.pact, self.library), {})
        self._fed = dict.fromkeys(self.pact.parties, 0) | fed
        self._saved = sum(fed.values())
        return fold

    def _current(self) -> Fold:
        if self._fold is None:
            self._fold = self._begin()
        conn = self.realm.readers.conn
        here = {one: archive.size(conn, log) for one, log in self.realm.logs.items()}
        self._feed(self._fold, self._fed, here)
        return self._fold
