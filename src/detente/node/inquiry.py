"""The inquiry: whether a head that contradicts what is known proves a fork to people who have no node.

    prove(realm, "cn", data, source)  ->  two signed heads and the path between them, or None

A head is held against every one that is kept of its log (see `promise`): against the one over the leaves
held, which leads to any smaller head, and against those that wait for their leaves, once the larger tree can
be read. What comes out is verified as a third party would; else it was a bad file and no fork.
"""

from detente.node import promise
from detente.node.archive import StoredHead
from detente.node.realm import Realm
from detente.node.source import Source
from detente.trust import checkpoint, fork, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import DetenteError
from detente.trust.note import Note
from detente.trust.tile import Read, TiledTree
from detente.trust.tree import Node


def prove(realm: Realm, party: str, data: bytes, source: Source | None) -> fork.Fork | None:
    """Return evidence that convinces a third party, or None.

    Args:
        realm: where the log stands.
        party: whose log.
        data: a signed head of it, verified.
        source: where the tree under that head can be read, if it is larger than what is held.
    """
    head = checkpoint.parse_text(note.parse(data).text)
    for known in promise.kept(realm.readers.conn, realm.log(party)):
        try:
            proof = _between(realm, party, (head, data), known, source)
        except DetenteError:
            continue
        if proof is not None:
            return proof
    return None


def below(source: Source, path: str) -> Read:
    """Return what reads the tiles of a log from a tree."""
    return lambda name: source.get(f"{path}/{name}")


def _between(
    realm: Realm, party: str, new: tuple[Checkpoint, bytes], known: StoredHead, source: Source | None
) -> fork.Fork | None:
    head, data = new
    node = _larger(realm, party, head, known, source)
    proof = None if node is None else fork.prove(known.note, bare(data), node)
    if proof is not None:
        smaller, larger = sorted((known.size, head.size))
        keys, earlier = (realm.keys(party, "log", size) for size in (larger, smaller))
        fork.verify(proof, head.origin, keys, smaller_keys=earlier)
    return proof


def _larger(
    realm: Realm, party: str, head: Checkpoint, known: StoredHead, source: Source | None
) -> Node | None:
    """Return the tree under the larger of the two heads, or None if it cannot be read."""
    base = realm.trees[party]
    if head.size == known.size or (head.size < known.size == len(base)):
        return base.node
    if head.size < known.size or source is None:
        return None
    return TiledTree(head.size, head.root, below(source, realm.path(party))).node


def bare(data: bytes) -> bytes:
    """Return a head with the log's own lines alone: it accuses its log, and needs no witness."""
    signed = note.parse(data)
    name = checkpoint.parse_text(signed.text).origin
    return note.dump(Note(signed.text, tuple(one for one in signed.signatures if one.name == name)))
