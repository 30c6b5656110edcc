"""The tree: RFC 6962 (section 2.1) over SHA-256, its proofs, and their verification.

    root([leaf_hash(b"a"), leaf_hash(b"b")]) == node_hash(leaf_hash(b"a"), leaf_hash(b"b"))

A tree of n leaves splits at the largest power of two below n. One walk serves every proof: from the root
down to a range of leaves, noting at each turn what stands beside the way. An inclusion proof is that walk
to one leaf; a consistency proof is the walk to the first m leaves; both are cases of the subtree consistency
proof of draft-ietf-plants-merkle-tree-certs, section 4.4. Hashes are 32 bytes, sizes and indices at most
2^63 − 1. Pure.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Literal, TypeAlias

from detente.trust.errors import BadProof, Malformed, Misuse, NotCanonical

HASH_BYTES = 32

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""

MAX_SIZE = 2**63 - 1
"""The most leaves a tree can have: C2SP keeps sizes in signed 64 bits."""

MAX_PROOF = 63
"""The most hashes a proof can have, by the height of the largest tree (C2SP tlog-witness)."""

Node: TypeAlias = Callable[[int, int], bytes]
"""`node(level, index)`: the hash over the leaves `index * 2**level` up to `(index + 1) * 2**level`."""

_Side: TypeAlias = Literal["right", "left", "under"]
_Step: TypeAlias = tuple[_Side, int, int]
"""A sibling on the way down, as a range of leaves. `right` and `left` of a range that lies wholly on the
other side; `under` is a full left part of the range itself, so it counts in the range's hash too."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry: SHA-256 of 0x00 and the entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two neighbours: SHA-256 of 0x01, the left hash and the right."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Iterable[bytes]) -> bytes:
    """Return the root over these leaf hashes."""
    return Tree(hashes).root()


class Tree:
    """A tree in memory that grows at its end; 64 bytes a leaf.

    Args:
        hashes: the hashes of its first leaves.
    """

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for leaf in hashes:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: bytes) -> int:
        """Put a leaf hash at the end, and return its index.

        Raises:
            Misuse: `tree.1`: not 32 bytes.
        """
        # 1. It is a hash.
        if len(leaf) != HASH_BYTES:
            raise Misuse("tree.1", f"A leaf hash of {len(leaf)} bytes.", "Append `leaf_hash(entry)`.")
        row = self._levels[0]
        row += leaf
        level = 0
        while not len(row) & 63:  # an even number of hashes: the last two have a parent
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            parent = sha256(b"\x01" + row[-64:]).digest()
            row = self._levels[level]
            row += parent
        return len(self) - 1

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a full subtree, as `Node` says."""
        return self.row(level, index, index + 1)

    def row(self, level: int, start: int, end: int) -> bytes:
        """Return the hashes `start` up to `end` of a level, one after the other.

        Raises:
            Misuse: `tree.2`: the tree does not hold them.
        """
        # 2. The tree has come so far.
        if not 0 <= start <= end <= len(self) >> level:
            raise Misuse(
                "tree.2",
                f"No hashes {start} to {end} at level {level} in a tree of {len(self)}.",
                "Ask within it.",
            )
        return bytes(self._levels[level][start * HASH_BYTES : end * HASH_BYTES]) if end > start else b""

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves, or over all of them.

        Raises:
            Misuse: `tree.2`.
        """
        return root_from(len(self) if size is None else size, self.node)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the proof that leaf `index` is in the tree of the first `size` leaves.

        Raises:
            Misuse: `tree.2` or `tree.3`.
        """
        return prove_inclusion(index, size, self.node)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the first `new` leaves begin with the first `old`.

        Raises:
            Misuse: `tree.2` or `tree.3`.
        """
        return prove_consistency(old, new, self.node)


def root_from(size: int, node: Node) -> bytes:
    """Return the root of a tree of `size` leaves from its full subtrees."""
    return _range_hash(0, size, node) if size else EMPTY_ROOT


def prove_inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """Return the hashes beside the way from leaf `index` up to the root of `size` leaves (RFC 6962, 2.1.1).

    Raises:
        Misuse: `tree.3`: no such leaf in such a tree.
    """
    # 3. The question makes sense.
    if not 0 <= index < size:
        raise Misuse("tree.3", f"No leaf {index} in a tree of {size}.", "Ask for a leaf that is there.")
    steps, _ = _descend(index, index + 1, size)
    return [_range_hash(lo, hi, node) for _, lo, hi in reversed(steps)]


def prove_consistency(old: int, new: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with that of `old` (RFC 6962, 2.1.2).

    Empty if `old` is 0 or equal to `new`.

    Raises:
        Misuse: `tree.3`: `old` is larger than `new`.
    """
    # 3. The question makes sense.
    if not 0 <= old <= new:
        raise Misuse("tree.3", f"A tree of {new} does not begin with one of {old}.", "Ask the other way.")
    if old == 0:
        return []
    hashes = walk(old, new, node)
    return hashes if old & (old - 1) and old < new else hashes[1:]


def walk(old: int, new: int, node: Node) -> list[bytes]:
    """Return the consistency proof, always with the hash that it begins from, for `implied_roots`.

    Raises:
        Misuse: `tree.3`: there is no tree of `old` leaves, 1 at least, in one of `new`.
    """
    # 3. The question makes sense.
    if not 1 <= old <= new:
        raise Misuse("tree.3", f"No walk from {old} leaves to {new}.", "Ask the other way.")
    steps, (lo, hi) = _descend(0, old, new)
    return [_range_hash(lo, hi, node)] + [_range_hash(lo, hi, node) for _, lo, hi in reversed(steps)]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Return if `proof` shows that leaf `index` of the tree of `size` leaves with this root has hash `leaf`.

    Raises:
        Malformed, BadProof: `inclusion.1` to `inclusion.4`.
    """
    # 1. The leaf lies in the tree.
    if not 0 <= index < size <= MAX_SIZE:
        raise BadProof("inclusion.1", f"There is no leaf {index} in a tree of {size}.", _ASK)
    # 2. Every hash has 32 bytes.
    _check_hashes("inclusion.2", leaf, root, *proof)
    # 3. The proof has one hash for each turn of the way, no more and no fewer.
    steps, _ = _descend(index, index + 1, size)
    _check_length("inclusion.3", len(steps), len(proof))
    # 4. The hashes lead to the root.
    _, reached = _climb(steps, leaf, proof)
    if reached != root:
        raise BadProof("inclusion.4", f"The proof for leaf {index} of {size} leads to another root.", _ASK)


def verify_consistency(old: int, new: int, proof: Sequence[bytes], root_old: bytes, root_new: bytes) -> None:
    """Return if `proof` shows that the tree of `new` leaves begins with the tree of `old` leaves.

    With `old` at 0 there is nothing to show: its root is `EMPTY_ROOT`, and the proof is empty.

    Raises:
        Malformed, BadProof: as `verify_subtree`.
    """
    verify_subtree((0, old), new, proof, root_old, root_new)


def verify_subtree(
    leaves: tuple[int, int], size: int, proof: Sequence[bytes], subtree: bytes, root: bytes
) -> None:
    """Return if `proof` shows that the tree of `size` leaves holds this subtree over a range of its leaves.

    Args:
        leaves: the range, first leaf and one past the last.
        size: number of leaves of the tree.
        proof: hashes from the bottom up.
        subtree: root of the tree over the range alone.
        root: root of the tree.

    Raises:
        Malformed, BadProof: `consistency.1` to `consistency.4`.
    """
    start, end = leaves
    # 1. The range is a subtree (the draft, section 4.1), and lies in the tree.
    if not 0 <= start <= end <= size <= MAX_SIZE or not is_subtree(start, end):
        raise BadProof("consistency.1", f"{start} to {end} is no subtree of a tree of {size}.", _ASK)
    # 2. Every hash has 32 bytes.
    _check_hashes("consistency.2", subtree, root, *proof)
    # 3. The proof has one hash for each turn, and one to begin with where the range was cut.
    steps, (seed, _) = _descend(start, end, size) if end > start else ([], (start, end))
    _check_length("consistency.3", len(steps) + (seed != start), len(proof))
    # 4. The hashes lead to both roots; no leaves have the empty root, and are part of every tree.
    below, above = implied_roots(leaves, size, [subtree, *proof] if seed == start else proof)
    if below != subtree or (end > start and above != root):
        raise BadProof("consistency.4", f"The proof from {start} to {end} of {size} shows other roots.", _ASK)


def implied_roots(leaves: tuple[int, int], size: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of a range of leaves and of the tree, as these hashes of the walk between them imply.

    Unlike a proof, `hashes` always begins with the hash that the walk ends at. Hashes that lead to a root
    that is known bind the other: that is how a fork is shown (`fork`).

    Raises:
        BadProof: `consistency.3`: not as many hashes as the walk has turns, and one.
    """
    start, end = leaves
    if start == end:
        return EMPTY_ROOT, EMPTY_ROOT
    steps, _ = _descend(start, end, size)
    _check_length("consistency.3", len(steps) + 1, len(hashes))
    return _climb(steps, hashes[0], hashes[1:])


def is_subtree(start: int, end: int) -> bool:
    """Tell whether a range of leaves is a subtree: its start divides by a power of two that covers it."""
    return end <= start or start % (1 << (end - start - 1).bit_length()) == 0


def parse_hash(line: str, step: str) -> bytes:
    """Read a hash from a line of base64.

    Raises:
        Malformed, NotCanonical: at `step`.
    """
    try:
        raw = base64.b64decode(line.encode(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(step, "A hash is not base64.", "Write it in standard base64.") from error
    if len(raw) != HASH_BYTES:
        raise Malformed(step, f"A hash of {len(raw)} bytes.", "Write 32 bytes in base64.")
    if dump_hash(raw) != line:
        raise NotCanonical(step, "The base64 has another spelling.", "Write it as an encoder does.")
    return raw


def dump_hash(raw: bytes) -> str:
    """Return a hash as base64."""
    return base64.b64encode(raw).decode()


def _descend(start: int, end: int, size: int) -> tuple[list[_Step], tuple[int, int]]:
    """Walk from the root of `size` leaves to a range; return the turns, and the range the walk ends at.

    The walk ends at the range itself, or, where the tree's splits cut it, at its last part.
    """
    steps: list[_Step] = []
    base = 0
    while start != base or end != base + size:
        half = 1 << ((size - 1).bit_length() - 1)
        split = base + half
        if end <= split:
            steps.append(("right", split, base + size))
            size = half
            continue
        if start >= split:
            steps.append(("left", base, split))
        else:
            steps.append(("under", base, split))
            start = split
        base = split
        size -= half
    return steps, (start, end)


def _climb(steps: list[_Step], seed: bytes, siblings: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the hashes over the range and over the tree, from the bottom of the walk up."""
    below = above = seed
    for (side, _, _), sibling in zip(reversed(steps), siblings, strict=True):
        if side == "right":
            above = node_hash(above, sibling)
        else:
            above = node_hash(sibling, above)
            if side == "under":
                below = node_hash(sibling, below)
    return below, above


def _range_hash(start: int, end: int, node: Node) -> bytes:
    """Return the root over a range of leaves that is a subtree, from its full parts."""
    parts = list(_full_parts(start, end))
    result = node(*parts.pop())
    while parts:
        result = node_hash(node(*parts.pop()), result)
    return result


def _full_parts(start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _check_hashes(step: str, *hashes: bytes) -> None:
    for one in hashes:
        if len(one) != HASH_BYTES:
            raise Malformed(step, f"A hash has {len(one)} bytes, not {HASH_BYTES}.", _ASK)


def _check_length(step: str, expected: int, found: int) -> None:
    if found != expected:
        raise BadProof(step, f"The proof has {found} hashes; these sizes need {expected}.", _ASK)


_ASK = "Ask for a new proof; a bad proof alone says nothing about the log."
