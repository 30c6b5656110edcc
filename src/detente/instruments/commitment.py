"""The commitment of a result to its samples: one salted leaf each, under one root (RFC 6962).

    made = commitment.of(extract, seed)    ->    the root that `evaluations.result` states

The leaf of a sample is the hash of `detente/sample/1`, the digest of the extract's header line, a salt of 16
bytes and the sample's line. So a sample belongs to one run of one plan, and who is shown one leaf can guess
no other, however few answers there are. All salts come from one secret seed (SHAKE-256 over a label, the
seed and the header's digest), so the author keeps 32 bytes, not a table. Leaves are in the order of the
extract, harmless twins last, as the judge of the pillar counts them. Pure.
"""

from collections.abc import Sequence
from hashlib import sha256, shake_256
from typing import NamedTuple

from detente.instruments import extract
from detente.instruments.extract import Extract
from detente.trust.errors import Misuse
from detente.trust.tree import Tree

LABEL = b"detente/sample/1\n"
SALTS = b"detente/salts/1\n"
SALT_BYTES = 16
SEED_BYTES = 32


class Committed(NamedTuple):
    """A commitment, with what its author needs to open it.

    Args:
        header: digest of the header line.
        tree: over all leaves.
        salts: one after the other.
        order: which sample of the extract each leaf is of.
    """

    header: bytes
    tree: Tree
    salts: bytes
    order: tuple[int, ...]

    @property
    def root(self) -> str:
        """The root, as a result states it."""
        return self.tree.root().hex()

    def salt(self, leaf: int) -> bytes:
        """Return the salt of a leaf."""
        return self.salts[leaf * SALT_BYTES : (leaf + 1) * SALT_BYTES]


def of(made: Extract, seed: bytes) -> Committed:
    """Return the commitment of an extract.

    Args:
        made: the extract.
        seed: 32 secret bytes, drawn for this extract alone.

    Raises:
        Misuse: `commitment.1`.
    """
    lines = list(made.leaves())
    order = ordered(made)
    header = sha256(extract.line(made.header)).digest()
    return Committed(header, *grown(header, [lines[one] for one in order], seed), order)


def ordered(made: Extract) -> tuple[int, ...]:
    """Return the samples of an extract in the order of their leaves: twins last, else as they stand."""
    return tuple(sorted(range(len(made.samples)), key=lambda one: made.samples[one].twin))


def grown(header: bytes, lines: Sequence[bytes], seed: bytes) -> tuple[Tree, bytes]:
    """Return the tree over samples' lines in this order, and their salts.

    Raises:
        Misuse: `commitment.1`: the seed has another length.
    """
    # 1. The seed cannot be guessed.
    if len(seed) != SEED_BYTES:
        raise Misuse("commitment.1", f"A seed of {len(seed)} bytes.", "Draw 32 at random, for each extract.")
    salts = shake_256(SALTS + seed + header).digest(SALT_BYTES * len(lines))
    prefix = b"\x00" + LABEL + header
    leaves = (
        sha256(prefix + salts[at * SALT_BYTES : (at + 1) * SALT_BYTES] + line).digest()
        for at, line in enumerate(lines)
    )
    return Tree(leaves), salts


def leaf(header: bytes, salt: bytes, line: bytes) -> bytes:
    """Return the leaf hash of one sample."""
    return sha256(b"\x00" + LABEL + header + salt + line).digest()
