"""One genuine log with its keys, witnesses, entries and files, for tests to present, alter and attack."""

from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256

from detente.trust import checkpoint, cosignature, note, policy, record, tile
from detente.trust.checkpoint import Checkpoint
from detente.trust.key import Algorithm, PrivateKey, PublicKey
from detente.trust.note import Note
from detente.trust.policy import Policy
from detente.trust.record import Leaf
from detente.trust.tree import Tree, leaf_hash

BOTH: tuple[Algorithm, ...] = ("ed25519", "ml-dsa-44")
SECONDS = 1_790_000_000
ORIGIN = "detente/5d5d5d5d5d5d5d5d/live/cn"
EXERCISE_ORIGIN = "detente/5d5d5d5d5d5d5d5d/exercise/cn"


def pair(seed: int) -> tuple[PrivateKey, PrivateKey]:
    """Return a holder's two keys, of Ed25519 and ML-DSA-44."""
    first, second = (PrivateKey.from_seed(algorithm, bytes([seed]) * 32) for algorithm in BOTH)
    return first, second


def publics(keys: Iterable[PrivateKey]) -> tuple[PublicKey, ...]:
    return tuple(key.public for key in keys)


LOG = pair(31)
STRANGER = pair(32)
WITNESSES = {party: pair(seed) for party, seed in (("us", 33), ("neutral", 34), ("eu", 35))}


def witness_name(party: str) -> str:
    return f"detente/5d5d5d5d5d5d5d5d/live/{party}/witness"


def entry(number: int) -> bytes:
    """Return an entry as a log of ours has it."""
    name = sha256(b"%d" % number).hexdigest()
    return record.leaf_bytes(Leaf("receipt" if number % 3 == 2 else "record", name))


def entries(size: int) -> list[bytes]:
    return [entry(number) for number in range(size)]


@cache
def tree(size: int, branch: int | None = None) -> Tree:
    """Return the tree of the first entries; a branch has another entry from there on."""
    numbers = (number if branch is None or number < branch else number + 10**6 for number in range(size))
    return Tree(leaf_hash(entry(number)) for number in numbers)


def head(size: int, branch: int | None = None) -> Checkpoint:
    return Checkpoint(ORIGIN, size, tree(size, branch).root())


def sign(of: Checkpoint, keys: Sequence[PrivateKey] = LOG, seconds: int = SECONDS) -> bytes:
    return note.dump(checkpoint.sign(of, keys, seconds))


@cache
def signed(size: int, branch: int | None = None) -> bytes:
    """Return the checkpoint of the first entries, signed by the log with both keys."""
    return sign(head(size, branch))


def cosign(data: bytes, parties: Iterable[str], seconds: int = SECONDS + 1) -> bytes:
    """Return a checkpoint with the lines of some witnesses added, both of each."""
    read = note.parse(data)
    of = checkpoint.parse_text(read.text)
    lines = tuple(
        cosignature.sign(of, witness_name(party), key, seconds)
        for party in parties
        for key in WITNESSES[party]
    )
    return note.dump(Note(read.text, read.signatures + lines))


def trust(threshold: int = 2) -> Policy:
    """Return the policy under which the log is believed."""
    witnesses = {party: (witness_name(party), publics(keys)) for party, keys in WITNESSES.items()}
    return policy.compose(ORIGIN, publics(LOG), witnesses, threshold)


def files(held: Sequence[bytes], grown_from: int = 0) -> dict[str, bytes]:
    """Return the tiles and bundles to write when a log grows to hold these entries."""
    grown = Tree(leaf_hash(one) for one in held)
    written = {}
    for one in tile.tiles_between(grown_from, len(held)):
        start = one.index * tile.WIDTH
        written[one.path] = (
            tile.dump_bundle(held[start : start + one.width])
            if one.level is None
            else tile.tile_bytes(grown, one)
        )
    return written
