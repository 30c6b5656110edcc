"""The spool: pages of a log that were fetched and not taken yet: so a long backlog comes over slow lines.

    H/spool/live/cn/us/tile/entries/000     a full page of the log of cn, as the tree of us showed it

A head is accepted only over all the leaves under it (`replica`), and a peer has only so much of a round. What
it has shown by then stays here, and the next round goes on behind it. Nothing here is believed: a page is
hashed into the root like any other, and all of them go as soon as a head is taken or does not hold. Only
full pages are kept: they never change. There are never more than one head may bring (`replica.MAX_PULL`).
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from detente.node import durable
from detente.node.source import Source


@dataclass(frozen=True)
class Spool:
    """A source whose full pages of entries are kept until they are dropped.

    Attributes:
        inner: the source.
        folder: where they are kept.
    """

    inner: Source
    folder: Path

    def get(self, path: str) -> bytes | None:
        """Return what stands at a path, or None. Raises as the source; DiskFailed: `disk.1`."""
        _, entries, page = path.partition("/tile/entries/")
        if not entries or ".p/" in page:
            return self.inner.get(path)
        kept = self.folder / page
        data = durable.read(kept)
        if data is None:
            data = self.inner.get(path)
            if data is not None:
                durable.place(kept, data)
        return data

    def drop(self) -> None:
        """Forget all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)
