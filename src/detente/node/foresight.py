"""Foresight: key acts read ahead, of a log whose newest head is signed by keys that are not known here yet.

    acts(realm, "cn", source, note)            index to key act, of bodies that the tree shows and we lack
    require(head, held, leaves, acts)          they are under the head, each at its index

A log whose keys were changed is signed by the new ones; the change stands under the head that they sign, and
whoever was away meets the head first. So the acts are read from the bodies, the head is verified by the keys
that follow from them, and nothing is believed before the leaves give the head's root and hold these acts.
"""

from collections.abc import Mapping, Sequence

from detente.accord.keyact import KINDS
from detente.node import archive, bundle
from detente.node.growth import Growth
from detente.node.realm import Realm
from detente.node.source import Source
from detente.trust import checkpoint, envelope, note, record
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadProof, DetenteError
from detente.trust.record import Leaf, Record, leaf_bytes
from detente.trust.tile import WIDTH
from detente.trust.tree import Tree, leaf_hash

MAX_BUNDLES = 4_096
"""The most files of bodies that one head makes a reader open: as many leaves as one pull takes."""


def acts(realm: Realm, party: str, source: Source, data: bytes) -> dict[int, Record]:
    """Return the key acts that a tree shows among the bodies of a log that are not held; nothing is verified.

    Raises:
        Malformed, NotCanonical, TooLarge: as `note.parse`, `checkpoint.parse_text`. PeerAway.
    """
    size = checkpoint.parse_text(note.parse(data).text).size
    log, conn = realm.log(party), realm.readers.conn
    lacking = archive.missing_indices(conn, log)
    first = lacking[0] if lacking else archive.size(conn, log)
    found: dict[int, Record] = {}
    for number in range(first // WIDTH, min(-(-size // WIDTH), first // WIDTH + MAX_BUNDLES)):
        width = min(WIDTH, size - number * WIDTH)
        held = source.get(f"{realm.path(party)}/{bundle.path(number, width)}")
        for index, body in enumerate(_read(held, width), number * WIDTH):
            entry = None if body is None or index < first else _act(body)
            if entry is not None and (entry.party, entry.accord.genesis) == (party, realm.genesis):
                found[index] = entry
    return found


def require(head: Checkpoint, held: Tree, leaves: Sequence[Leaf], found: Mapping[int, Record]) -> None:
    """Return if leaves beyond those held give a head's root, and hold these acts at their indices.

    Raises:
        BadProof: `foresight.1`, `foresight.2`.
    """
    # 1. The leaves are those that were signed.
    grown = Growth(held, [leaf_hash(leaf_bytes(one)) for one in leaves])
    if head.size < len(held) or grown.root(head.size) != head.root:
        raise BadProof("foresight.1", "The entries give another root.", "Fetch again.")
    # 2. Each act is the body of its leaf.
    for index, entry in found.items():
        known = held.node(0, index) if index < len(held) else leaf_hash(leaf_bytes(leaves[index - len(held)]))
        if leaf_hash(leaf_bytes(record.leaf(entry))) != known:
            raise BadProof("foresight.2", f"The body shown at {index} is not its leaf's.", "Fetch again.")


def _read(held: bytes | None, width: int) -> list[bytes | None]:
    try:
        return [] if held is None else bundle.parse(held, width)
    except DetenteError:
        return []


def _act(body: bytes) -> Record | None:
    try:
        signed = envelope.parse(body, bundle.MAX_BODY)
        entry = record.parse(signed.payload_type, signed.payload)
    except DetenteError:
        return None
    return entry if entry.kind in KINDS else None
