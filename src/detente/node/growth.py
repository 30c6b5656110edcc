"""Growth: a tree with further leaves laid over it, to see its root before anything is kept.

Growth(tree, [leaf_hash(…), …]).root()      the tree itself is as it was
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from detente.trust.errors import Misuse
from detente.trust.tree import Tree, node_hash, prove_consistency, root_from


@dataclass
class Growth:
    """A tree and what may be appended to it."""

    base: Tree
    leaves: Sequence[bytes]
    _made: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.base) + len(self.leaves)

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a full subtree, as `tree.Node` says.

        Raises:
            Misuse: `growth.1`.
        """
        if (index + 1) << level <= len(self.base):
            return self.base.node(level, index)
        # 1. The tree would come so far.
        if (index + 1) << level > len(self):
            raise Misuse("growth.1", f"No node {index} at level {level}.", "Ask within the tree.")
        if level == 0:
            return self.leaves[index - len(self.base)]
        found = self._made.get((level, index))
        if found is None:
            below = self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1)
            found = self._made[level, index] = node_hash(*below)
        return found

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves, or over all of them."""
        return root_from(len(self) if size is None else size, self.node)

    def consistency(self, old: int) -> list[bytes]:
        """Return the proof that all the leaves begin with the first `old`."""
        return prove_consistency(old, len(self), self.node)
