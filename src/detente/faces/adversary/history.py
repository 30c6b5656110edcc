"""A history: one version of a log, as its owner can write it, with whatever leaves and bodies it likes.

    history = History.read(tree, "live/cn", keys)
    other = history.copy()                  from here on there are two
    other.add(entry, body).files("live/cn", seconds)

Everything here is genuinely signed. That is the point: what is refused is refused for what it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from detente.node import bundle
from detente.trust import checkpoint, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.key import PrivateKey
from detente.trust.record import Leaf, leaf_bytes, parse_leaf
from detente.trust.tile import WIDTH, Tile, dump_bundle, parse_bundle, tile_bytes, tiles_between
from detente.trust.tree import EMPTY_ROOT, Tree, leaf_hash


@dataclass
class History:
    """Leaves and bodies of a log that its owner can sign.

    Attributes:
        origin: the log's name.
        keys: what it signs heads with.
        leaves: in order.
        bodies: of each leaf, None where it is withheld.
    """

    origin: str
    keys: tuple[PrivateKey, ...]
    leaves: list[Leaf] = field(default_factory=list)
    bodies: list[bytes | None] = field(default_factory=list)

    @classmethod
    def read(
        cls, files: Mapping[str, bytes], path: str, origin: str, keys: tuple[PrivateKey, ...]
    ) -> "History":
        """Return the log that stands in a tree of files."""
        made = cls(origin, keys)
        data = files.get(f"{path}/checkpoint")
        size = checkpoint.parse_text(note.parse(data).text).size if data else 0
        for index in range(-(-size // WIDTH)):
            width = min(WIDTH, size - index * WIDTH)
            entries = parse_bundle(files[f"{path}/{Tile(None, index, width).path}"], width)
            made.leaves += [parse_leaf(one) for one in entries]
            made.bodies += bundle.parse(files[f"{path}/{bundle.path(index, width)}"], width)
        return made

    def copy(self) -> "History":
        """Return a second history with the same past."""
        return History(self.origin, self.keys, list(self.leaves), list(self.bodies))

    def add(self, entry: Leaf, body: bytes | None) -> "History":
        """Log a leaf, and show this body for it."""
        self.leaves.append(entry)
        self.bodies.append(body)
        return self

    @property
    def tree(self) -> Tree:
        """The tree over all leaves."""
        return Tree(leaf_hash(leaf_bytes(one)) for one in self.leaves)

    def head(self, seconds: int, size: int | None = None) -> bytes:
        """Return the signed note of a head."""
        tree, asked = self.tree, len(self.leaves) if size is None else size
        made = Checkpoint(self.origin, asked, tree.root(asked) if asked else EMPTY_ROOT)
        return note.dump(checkpoint.sign(made, self.keys, seconds))

    def files(self, path: str, seconds: int) -> dict[str, bytes]:
        """Return the static tree of this history."""
        tree, size = self.tree, len(self.leaves)
        made = {f"{path}/checkpoint": self.head(seconds)}
        for tile in tiles_between(0, size):
            made[f"{path}/{tile.path}"] = self._tile(tree, tile)
        for index in range(-(-size // WIDTH)):
            held = self.bodies[index * WIDTH : (index + 1) * WIDTH]
            made[f"{path}/{bundle.path(index, len(held))}"] = bundle.dump(held)
        return made

    def _tile(self, tree: Tree, tile: Tile) -> bytes:
        if tile.level is not None:
            return tile_bytes(tree, tile)
        start = tile.index * WIDTH
        return dump_bundle([leaf_bytes(one) for one in self.leaves[start : start + tile.width]])
