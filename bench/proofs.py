"""Proofs: inclusion proofs out of the tiles of a large log that lies in files, as a node publishes it."""

import random
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from detente.trust import tree
from detente.trust.tile import TiledTree, tile_bytes, tiles_between
from detente.trust.tree import Tree
from row import Aim, Row, Scale, rates

PROOFS_A_SECOND = Aim("figure", least=3_000)
TILES_A_PROOF = Aim("figure", most=6)


class Log:
    """A log without bodies: its tree in memory, its tiles in a directory, and how many were read."""

    def __init__(self, size: int, directory: Path) -> None:
        self.size = size
        self.tree = Tree(sha256(b"\x00%d" % number).digest() for number in range(size))
        self.root = self.tree.root()
        self.directory = directory
        self.reads = 0
        for tile in tiles_between(0, size):
            if tile.level is not None:
                path = directory / tile.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(tile_bytes(self.tree, tile))

    def read(self, path: str) -> bytes | None:
        """Return a file, as `tile.Read` asks."""
        self.reads += 1
        try:
            return (self.directory / path).read_bytes()
        except FileNotFoundError:
            return None

    def reader(self) -> TiledTree:
        """Return a reader that has read nothing yet but the edge."""
        return TiledTree(self.size, self.root, self.read)


def inclusion(scale: Scale) -> Iterator[Row]:
    """Proofs by a reader that serves many, and by one that serves one and starts from nothing."""
    size = scale.of(1_000_000, 20_000)
    with tempfile.TemporaryDirectory() as folder:
        log = Log(size, Path(folder))
        yield from _spread(log, scale)
        yield from _near(log, scale)
        yield from _alone(log, scale)


def _spread(log: Log, scale: Scale) -> Iterator[Row]:
    count = scale.of(6_000, 50)
    wanted = random.Random(1).sample(range(log.size), count)  # noqa: S311 (which leaves: no secret)
    reader = log.reader()
    log.reads = 0
    figure, reference = _raced(log, reader.inclusion, wanted, scale)
    what = f"proofs of leaves anywhere in {log.size:,}"
    yield Row(what, figure, "/s", reference, "proofs from the tree in memory", PROOFS_A_SECOND)
    a_proof = log.reads / (count * scale.rounds)
    yield Row(f"{what}: tiles read for each", a_proof, "files", _levels(log.size), "levels", TILES_A_PROOF)


def _near(log: Log, scale: Scale) -> Iterator[Row]:
    count = scale.of(6_000, 50)
    newest = range(log.size - min(log.size, 100_000), log.size)
    wanted = random.Random(2).sample(newest, count)  # noqa: S311 (which leaves: no secret)
    figure, reference = _raced(log, log.reader().inclusion, wanted, scale)
    what = f"proofs of the newest 100,000 leaves in {log.size:,}"
    yield Row(what, figure, "/s", reference, "proofs from the tree in memory", PROOFS_A_SECOND)


def _alone(log: Log, scale: Scale) -> Iterator[Row]:
    count = scale.of(300, 10)
    wanted = random.Random(3).sample(range(log.size), count)  # noqa: S311 (which leaves: no secret)
    log.reads = 0
    figure, reference = _raced(log, lambda index: log.reader().inclusion(index), wanted, scale)
    what = "proofs each by a new reader, all tiles authenticated"
    yield Row(what, figure, "/s", reference, "proofs from the tree in memory")
    a_proof = log.reads / (count * scale.rounds)
    yield Row(f"{what}: tiles read for each", a_proof, "files", _levels(log.size), "levels", TILES_A_PROOF)


def _raced(
    log: Log, prove: Callable[[int], list[bytes]], wanted: list[int], scale: Scale
) -> tuple[float, float]:
    def ours() -> None:
        for index in wanted:
            prove(index)

    def least() -> None:
        for index in wanted:
            log.tree.inclusion(index, log.size)

    index = wanted[0]
    leaf = sha256(b"\x00%d" % index).digest()
    tree.verify_inclusion(index, log.size, leaf, prove(index), log.root)
    return rates(ours, least, len(wanted), scale)


def _levels(size: int) -> int:
    """Return how many levels of tiles such a tree has: no proof from nothing reads fewer files."""
    return max(1, -(-(size - 1).bit_length() // 8))
