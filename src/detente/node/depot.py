"""The depot: a place at one node, mostly a neutral's, where each party keeps its tree and the others read it.

    H/store/us/live/us/checkpoint       PUT /store/us/live/us/checkpoint by us; GET by any party

So two rivals exchange everything, and neither accepts a connection from the other. A party writes below its
own name alone, only files that a tree has, so many bytes, and a tile, a package or an accord once.
"""

import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

from detente.node import durable, guard
from detente.node.errors import Exceeded
from detente.node.source import FolderSource, check_path
from detente.trust.errors import Contradiction, Unproven


@dataclass
class Depot:
    """The depot of one node.

    Attributes:
        folder: where it lies.
        most: how many bytes each party may keep.
    """

    folder: Path
    most: int
    _kept: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, path: str) -> bytes | None:
        """Return what stands at `PARTY/PATH`, or None. Raises Malformed: `source.1`."""
        party, _, rest = check_path(path).partition("/")
        return (
            FolderSource(self.folder / party).get(rest) if rest and (self.folder / party).is_dir() else None
        )

    def put(self, who: str, path: str, data: bytes) -> None:
        """Keep a file of a party; the same bytes twice are kept once.

        Args:
            who: the party that signed the request.
            path: `PARTY/PATH`.
            data: the content.

        Raises:
            Unproven: `depot.1`; Exceeded: `depot.2`; Contradiction: `depot.3`. As `guard.check`. DiskFailed.
        """
        party, _, rest = check_path(path).partition("/")
        # 1. Nobody writes below another's name, and no stranger anywhere.
        if not who or party != who:
            raise Unproven(
                "depot.1", f"{who or 'a stranger'} writes below {party[:33]!a}.", "Write below your own."
            )
        kind = guard.check(rest, data)
        target = self.folder / party / rest
        with self._lock:
            found = durable.read(target)
            if found == data:
                return
            grown = self._size(party) + len(data) - len(found or b"")
            # 2. There is room for it.
            if grown > self.most:
                raise Exceeded("depot.2", f"{party} would keep {grown} bytes.", f"At most {self.most}.")
            # 3. What never changes, does not.
            if found is not None and kind in ("tiles", "packages", "accord"):
                raise Contradiction("depot.3", f"{rest} stands with other bytes.", "Keep both for inquiry.")
            durable.place(target, data)
            self._kept[party] = grown - self._prune(self.folder / party / f"{rest}.p")

    def _size(self, party: str) -> int:
        if party not in self._kept:
            self._kept[party] = _total(self.folder / party)
        return self._kept[party]

    def _prune(self, partials: Path) -> int:
        """Drop the partial files of a full one, and return how many bytes that were."""
        size = _total(partials)
        shutil.rmtree(partials, ignore_errors=True)
        return size


def _total(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
