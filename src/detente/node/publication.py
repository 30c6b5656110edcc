"""The publication: the static tree of files that others read, written from what is durable.

    H/public/accord/1.json
    H/public/live/us/checkpoint                 and tile/…, bodies/…, blob/…, cosigned/cn
    H/public/live/cn/checkpoint                 the mirror of another's log, in the same shape

Tiles come first and the checkpoint last, so a checkpoint never promises what is not there. Tiles are written
once: other bytes at a path that stands are a contradiction, not an update. Partial tiles go when the full
one stands; of partial bundles of bodies, which no stranger reads, the two newest stay. The tree can always be
made again from the store, and is, when a node opens.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from detente.node import bundle, durable
from detente.node.errors import Behind
from detente.node.fault import point
from detente.trust.tile import WIDTH, Tile, dump_bundle, tile_bytes, tiles_between
from detente.trust.tree import Tree

KEPT_PARTIALS = 2


class Shelf(Protocol):
    """Where the content of one log is read from: leaves as entries, and bodies."""

    def entries(self, start: int, end: int) -> list[bytes]:
        """Return log entries `start` up to `end`."""

    def bodies(self, start: int, end: int) -> list[bytes | None]:
        """Return envelopes `start` up to `end`, None where a body is not held."""


@dataclass(frozen=True)
class Publication:
    """The tree of one node.

    Attributes:
        root: its folder.
    """

    root: Path

    def accord(self, version: int, envelope: bytes) -> None:
        """Publish a version of the accord. Raises DiskFailed: `disk.1`."""
        self._put(f"accord/{version}.json", envelope)

    def grow(self, log: str, tree: Tree, old: int, shelf: Shelf) -> None:
        """Write the tiles, entries and bodies by which a log grew from `old` leaves to all of the tree.

        Args:
            log: its path, as `live/us`.
            tree: its leaves.
            old: how many leaves are published.
            shelf: where entries and bodies are read.

        Raises:
            Behind: `publication.1`. DiskFailed: `disk.1`.
        """
        for tile in tiles_between(old, len(tree)):
            self._once(f"{log}/{tile.path}", _content(tile, tree, shelf))
            point("publish.begun")
        self.bodies(log, range(old // WIDTH, -(-len(tree) // WIDTH)), len(tree), shelf)
        self._prune(log, old, len(tree))
        point("publish.tiled")

    def bodies(self, log: str, bundles: range | set[int], size: int, shelf: Shelf) -> None:
        """Write bundles of bodies, by number, of a log of so many leaves. Raises DiskFailed: `disk.1`."""
        for number in sorted(bundles):
            width = min(WIDTH, size - number * WIDTH)
            held = shelf.bodies(number * WIDTH, number * WIDTH + width)
            self._put(f"{log}/{bundle.path(number, width)}", bundle.dump(held))
            partials = self.root / log / f"{bundle.path(number)}.p"
            if width == WIDTH:
                shutil.rmtree(partials, ignore_errors=True)
            else:
                _keep_newest(partials)

    def checkpoint(self, log: str, note: bytes) -> None:
        """Publish the head of a log; everything it covers is published. Raises DiskFailed: `disk.1`."""
        self._put(f"{log}/checkpoint", note)
        point("publish.done")

    def cosigned(self, log: str, witness: str, note: bytes) -> None:
        """Publish a head with this node's cosignatures. Raises DiskFailed: `disk.1`."""
        self._put(f"{log}/cosigned/{witness}", note)

    def standing(self, path: str, data: bytes) -> None:
        """Publish what this node computes of standing. Raises DiskFailed: `disk.1`."""
        self._put(path, data)

    def package(self, log: str, digest: str, data: bytes) -> None:
        """Publish a sealed package. Raises DiskFailed: `disk.1`."""
        self._put(f"{log}/blob/{digest}", data)

    def unpublish(self, log: str, digests: Iterable[str]) -> None:
        """Take sealed packages out of the tree. Raises DiskFailed: `disk.1`."""
        for digest in digests:
            try:
                (self.root / log / "blob" / digest).unlink(missing_ok=True)
            except OSError as error:
                raise durable.failed(self.root / log / "blob" / digest, error) from error

    def mend(self, log: str, tree: Tree, shelf: Shelf) -> None:
        """Make what should stand and does not, or not as it should: after a power cut, or by hand.

        The tree was compared with what was signed before this is called. Raises DiskFailed: `disk.1`.
        """
        for tile in tiles_between(0, len(tree)):
            path = f"{log}/{tile.path}"
            content = _content(tile, tree, shelf)
            if self._at(path) != content:
                self._put(path, content)
        self.bodies(log, range(-(-len(tree) // WIDTH)), len(tree), shelf)
        self._prune(log, 0, len(tree))

    def differing(self, log: str, tree: Tree, shelf: Shelf) -> list[str]:
        """Return the tiles of a log that should stand and do not, or stand with other bytes.

        A partial tile that a larger one has replaced is not asked for. Raises DiskFailed: `disk.1`.
        """
        found = []
        for tile in tiles_between(0, len(tree)):
            path = f"{log}/{tile.path}"
            data = self._at(path)
            full = self.root / log / replace(tile, width=WIDTH).path
            if data != _content(tile, tree, shelf) and not (data is None and full.exists()):
                found.append(path)
        return found

    def _prune(self, log: str, old: int, new: int) -> None:
        for tile in tiles_between(old, new):
            if tile.width == WIDTH:
                shutil.rmtree(self.root / log / f"{tile.path}.p", ignore_errors=True)

    def _once(self, path: str, content: bytes) -> None:
        found = self._at(path)
        # 1. A tile that stands is never another.
        if found is not None and found != content:
            raise Behind(
                "publication.1",
                f"{path} stands with other bytes.",
                "Do not sign. Close the node and open it again; if this returns, keep both for inquiry.",
            )
        if found is None:
            self._put(path, content)

    def _at(self, path: str) -> bytes | None:
        return durable.read(self.root / path)

    def _put(self, path: str, content: bytes) -> None:
        durable.place(self.root / path, content)


def _content(tile: Tile, tree: Tree, shelf: Shelf) -> bytes:
    if tile.level is None:
        return dump_bundle(shelf.entries(tile.index * WIDTH, tile.index * WIDTH + tile.width))
    return tile_bytes(tree, tile)


def _keep_newest(folder: Path) -> None:
    widths = sorted(int(one.name) for one in folder.iterdir() if one.name.isdigit())
    for width in widths[:-KEPT_PARTIALS]:
        (folder / str(width)).unlink(missing_ok=True)
