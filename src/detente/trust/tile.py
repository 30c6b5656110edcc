"""Tiles: a tree and its entries as a static tree of files (C2SP tlog-tiles), and proofs read back from them.

    tile/0/x001/234/067         256 hashes, level 0: the leaf hashes from 1234067 * 256 on
    tile/1/000.p/17             17 hashes, each over a full tile of level 0
    tile/entries/000            256 entries, each after its length in two bytes

A file is written once. Nothing read is used before it is authenticated: the partial tiles at the right edge
together give the root; every full tile is hashed and compared with its entry in the tile above it. `read` is
the whole port: a path in, bytes or None out. Pure.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from detente.trust.errors import BadProof, Malformed, Misuse, TooLarge
from detente.trust.tree import (
    HASH_BYTES,
    Tree,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    root_from,
)

HEIGHT = 8
WIDTH = 256
"""A tile spans eight levels of the tree: 256 hashes, or 256 entries."""

MAX_LEVEL = 7
"""The highest level of tiles that a tree of at most 2^63 − 1 leaves has."""

MAX_ENTRY = 65_535
"""The longest entry, in bytes: its length has 16 bits."""

MAX_BUNDLE = WIDTH * (2 + MAX_ENTRY)
"""The longest file of entries."""

MAX_HELD = 1_024
"""How many authenticated tiles `TiledTree` keeps, at 16 kB each."""

Read: TypeAlias = Callable[[str], bytes | None]
"""A path to the bytes that stand there, or None."""

_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
"""Six groups of three digits: an index has at most 17, for a tree has fewer than 2^63 leaves."""


@dataclass(frozen=True)
class Tile:
    """The name of a file of hashes or entries.

    Attributes:
        level: 0 for leaf hashes, 1 for hashes over 256 leaves, and so on; None for entries.
        index: place within the level.
        width: how many it holds, 256 if full.
    """

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its path below the log's prefix."""
        level = "entries" if self.level is None else self.level
        return f"tile/{level}/{indexed_path(self.index, self.width)}"


def indexed_path(index: int, width: int = WIDTH) -> str:
    """Return the last part of a path: `x001/234/067`, and `.p/17` after it if only 17 are there.

    Raises:
        Misuse: `tile.1`: a negative index, or a width that no file has.
    """
    # 1. Such a file can be.
    if index < 0 or not 1 <= width <= WIDTH:
        raise Misuse("tile.1", f"No file {index} of width {width}.", "Fix the caller.")
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return path if width == WIDTH else f"{path}.p/{width}"


def parse_path(path: str) -> Tile:
    """Read the path of a tile in its one spelling.

    Raises:
        Malformed: `tile.2` or `tile.3`.
    """
    # 2. It has the form of a tile's path.
    match = _PATH.fullmatch(path)
    if match is None:
        raise Malformed("tile.2", f"No tile has the path {path[:80]!a}.", "Spell it as tlog-tiles does.")
    level = None if match[1] == "entries" else int(match[1])
    index = int(match[2].replace("x", "").replace("/", ""))
    width = WIDTH if match[3] is None else int(match[3])
    # 3. Its numbers are in range, and no shorter spelling exists.
    partial_full = match[3] is not None and width >= WIDTH
    if (level or 0) > MAX_LEVEL or partial_full or Tile(level, index, width).path != path:
        raise Malformed("tile.3", f"Tile {path[:80]!a} is out of range.", "Spell it as tlog-tiles does.")
    return Tile(level, index, width)


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """Name the files of hashes and entries to write when a tree grows from `old` to `new` leaves.

    Full tiles that stood at `old` are not named again; partial ones of `new` are.
    """
    for level in range(MAX_LEVEL + 1):
        before, after = old >> (HEIGHT * level), new >> (HEIGHT * level)
        if after == before:
            break
        for index in range(before // WIDTH, -(-after // WIDTH)):
            tile = Tile(level, index, min(WIDTH, after - index * WIDTH))
            yield tile
            if level == 0:
                yield Tile(None, index, tile.width)


def partial_tiles(size: int) -> Iterator[Tile]:
    """Name the partial files of a tree of `size` leaves; they may go once the full ones stand."""
    for level in range(MAX_LEVEL + 1):
        index, width = divmod(size >> (HEIGHT * level), WIDTH)
        if width:
            yield Tile(level, index, width)
            if level == 0:
                yield Tile(None, index, width)


def tile_bytes(tree: Tree, tile: Tile) -> bytes:
    """Return the content of a tile of hashes.

    Raises:
        Misuse: `tile.1`: a file of entries; `tree.2`: the tree is not that large.
    """
    if tile.level is None:
        raise Misuse("tile.1", "A tree does not hold entries.", "Make a bundle of them.")
    start = tile.index * WIDTH
    return tree.row(HEIGHT * tile.level, start, start + tile.width)


def dump_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the file of these entries, at most 256.

    Raises:
        Misuse: `bundle.1`: none, or too many; TooLarge: `bundle.2`: an entry is too long.
    """
    # 1. As many as a file holds.
    if not 1 <= len(entries) <= WIDTH:
        raise Misuse("bundle.1", f"{len(entries)} entries in one file.", "Put 1 to 256.")
    # 2. Each length fits two bytes.
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise TooLarge("bundle.2", f"An entry is longer than {MAX_ENTRY} bytes.", "Log a digest of it.")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def parse_bundle(data: bytes, width: int) -> list[bytes]:
    """Return the entries of a file that should hold `width` of them.

    Raises:
        Malformed: `bundle.3` or `bundle.4`.
    """
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        # 3. Every entry is there to its end.
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data):
            raise Malformed("bundle.3", f"The file ends within entry {len(entries)} of {width}.", _FETCH)
        entries.append(data[at + 2 : end])
        at = end
    # 4. Nothing follows.
    if at != len(data):
        raise Malformed("bundle.4", f"{len(data) - at} bytes follow the {width} entries.", _FETCH)
    return entries


class TiledTree:
    """A tree that lies in files, under a root that is known.

    Reads one tile a level to begin with, and at most one a level for a proof; what it has read and
    authenticated it keeps, up to `MAX_HELD` tiles.

    Args:
        size: number of leaves.
        root: the root, from a checkpoint that was verified.
        read: the port to the files.

    Raises:
        Malformed, BadProof: `tiles.1` to `tiles.3`.
    """

    def __init__(self, size: int, root: bytes, read: Read) -> None:
        self.size = size
        self._read = read
        self._edge: dict[Tile, list[bytes]] = {}
        self._held: dict[Tile, list[bytes]] = {}
        for tile in partial_tiles(size):
            if tile.level is not None:
                self._edge[tile] = _rows(self._fetch(tile))
        # 3. The tiles at the right edge give the root.
        if root_from(size, self.node) != root:
            raise BadProof("tiles.3", f"The tiles at the edge of {size} leaves give another root.", _FETCH)

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a full subtree, as `tree.Node` says, authenticated to the root.

        Raises:
            Misuse: `tiles.5`: the tree does not hold it.
            Malformed, BadProof: `tiles.1`, `tiles.2`, `tiles.4`.
        """
        # 5. The tree has come so far.
        if not 0 <= index < self.size >> level:
            raise Misuse("tiles.5", f"No node {index} at level {level} of {self.size} leaves.", _WITHIN)
        tile_level, row = divmod(level, HEIGHT)
        tile = self._tile(tile_level, (index << row) // WIDTH)
        rows = self._edge.get(tile) or self._held.get(tile) or self._authenticate(tile)
        at = (index - (tile.index * WIDTH >> row)) * HASH_BYTES
        return rows[row][at : at + HASH_BYTES]

    def root(self, size: int) -> bytes:
        """Return the root over the first `size` leaves. Raises as `node`."""
        return root_from(size, self.node)

    def inclusion(self, index: int) -> list[bytes]:
        """Return the proof that leaf `index` is in this tree. Raises as `node`; Misuse: `tree.3`."""
        return prove_inclusion(index, self.size, self.node)

    def consistency(self, old: int) -> list[bytes]:
        """Return the proof that this tree begins with `old` leaves. Raises as `node`; Misuse: `tree.3`."""
        return prove_consistency(old, self.size, self.node)

    def entries(self, index: int) -> list[bytes]:
        """Return the entries of file `index`, each of which hashes to its leaf.

        Raises:
            Misuse: `tiles.5`: the tree does not come so far.
            Malformed, BadProof: `bundle.3` to `bundle.5`; as `node`.
        """
        if not 0 <= index * WIDTH < self.size:
            raise Misuse("tiles.5", f"No entries from {index * WIDTH} in {self.size} leaves.", _WITHIN)
        tile = Tile(None, index, min(WIDTH, self.size - index * WIDTH))
        data, width = self._find(tile)
        found = parse_bundle(data, width)[: tile.width]
        # 5. Each entry hashes to its leaf.
        for at, entry in enumerate(found, index * WIDTH):
            if leaf_hash(entry) != self.node(0, at):
                raise BadProof("bundle.5", f"Entry {at} is not what the tree holds there.", _FETCH)
        return found

    def _tile(self, level: int, index: int) -> Tile:
        return Tile(level, index, min(WIDTH, (self.size >> (HEIGHT * level)) - index * WIDTH))

    def _authenticate(self, tile: Tile) -> list[bytes]:
        # 4. A full tile hashes to its entry in the tile above, which was authenticated before it.
        level = tile.level or 0
        expected = self.node(HEIGHT * (level + 1), tile.index)
        rows = _rows(self._fetch(tile))
        if rows[HEIGHT] != expected:
            raise BadProof("tiles.4", f"{tile.path} is not what the tree holds there.", _FETCH)
        if len(self._held) >= MAX_HELD:
            del self._held[next(iter(self._held))]
        self._held[tile] = rows
        return rows

    def _fetch(self, tile: Tile) -> bytes:
        data, width = self._find(tile)
        # 2. It holds as many hashes as it should.
        if len(data) != width * HASH_BYTES:
            raise Malformed("tiles.2", f"{tile.path} has {len(data)} bytes.", _FETCH)
        return data[: tile.width * HASH_BYTES]

    def _find(self, tile: Tile) -> tuple[bytes, int]:
        """Return the file and its width; a full file serves where the partial one was pruned."""
        data, width = self._read(tile.path), tile.width
        if data is None and width < WIDTH:
            data, width = self._read(Tile(tile.level, tile.index).path), WIDTH
        # 1. The file is there.
        if data is None:
            raise BadProof("tiles.1", f"{tile.path} is missing.", _FETCH)
        return data, width


def audit(size: int, root: bytes, read: Read) -> list[bytes]:
    """Return all entries of a log, after recomputing its tree and comparing every tile of it.

    Raises:
        Malformed, BadProof: `bundle.3` to `bundle.5`, `tiles.1` to `tiles.4`; `audit.1`: a tile that no
            proof needs is not what the entries give.
    """
    tiled = TiledTree(size, root, read)
    entries = [entry for index in range(-(-size // WIDTH)) for entry in tiled.entries(index)]
    tree = Tree(leaf_hash(entry) for entry in entries)
    # 1. The tree of the entries has this root, and every tile stands as it should.
    if tree.root() != root:
        raise BadProof("audit.1", f"The {size} entries give another root.", _FETCH)
    for tile in tiles_between(0, size):
        if tile.level is not None and read(tile.path) not in (None, tile_bytes(tree, tile)):
            raise BadProof("audit.1", f"{tile.path} is not what the entries give.", _FETCH)
    return entries


def _rows(data: bytes) -> list[bytes]:
    """Return the hashes of a tile, then those over each full pair of them, up to nine rows."""
    rows = [data]
    while len(data) >= 2 * HASH_BYTES:
        pairs = range(0, len(data) - 63, 2 * HASH_BYTES)
        data = b"".join([sha256(b"\x01" + data[at : at + 64]).digest() for at in pairs])
        rows.append(data)
    return rows


_FETCH = "Fetch it again, or from another mirror; a bad file alone says nothing about the log."
_WITHIN = "Ask within the tree."
