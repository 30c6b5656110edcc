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
from detente.accord.fold import Fold, reached, standing
from detente.accord.standing import Log, Standing
from detente.node import archive
from detente.node.errors import DiskFailed
from detente.node.library import Library
from detente.node.snapshot import Snapshot
from detente.node.store import Readers
from detente.trust.errors import Misuse
from detente.trust.tree import Tree

FOLLOWED = 20_000
"""Up to so many leaves a fold is kept for what each peer shows; beyond, it is made anew each time."""

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
            return standing(self.pact, self._logs(), cut, as_of)
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
        sizes = {one: cut.heads[one].size if one in cut.heads else 0 for one in self.pact.parties}
        fold, fed = self._followed.pop(party, (None, {}))
        if fold is None or any(fed[one] > size for one, size in sizes.items()):
            fold, fed = Fold(self.pact, self.library), dict.fromkeys(sizes, 0)
        for one in fed.keys() & self.realm.logs.keys():
            for leaf in archive.leaves(self.realm.readers.conn, self.realm.log(one), fed[one], sizes[one]):
                fold.append(one, leaf)
                fed[one] += 1
        if sum(fed.values()) <= FOLLOWED:
            self._followed[party] = (fold, fed)
        try:
            return reached(fold, cut, as_of)
        except Misuse:  # `as_of` went back: the fold cannot
            return self.at(as_of, cut)

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
        for party in self.pact.parties:
            if party in self.realm.logs:
                log = self.realm.log(party)
                new = archive.leaves(conn, log, self._fed[party], archive.size(conn, log))
                for leaf in new:
                    self._fold.append(party, leaf)
                self._fed[party] += len(new)
        return self._fold

    def _logs(self) -> dict[str, Log]:
        conn = self.realm.readers.conn
        logs = {}
        for party in self.pact.parties:
            log = self.realm.log(party)
            leaves = archive.leaves(conn, log, 0, archive.size(conn, log))
            bodies = {leaf.id: self.library[leaf.id] for leaf in leaves if leaf.id in self.library}
            logs[party] = Log(leaves, bodies)
        return logs
