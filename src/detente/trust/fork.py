"""The fork: proof to anybody that a log signed two histories. It needs nothing but the log's keys.

    {"larger":"<note>","path":["<hash>",…],"smaller":"<note>","v":1}

Both notes are checkpoints that the log signed. At one size the two roots differ, and `path` is empty. At two
sizes, `path` leads from the first leaves to the root of the larger tree (`tree.walk`), and on the way gives
the root that the larger history has at the smaller size: not the one that was signed. An honest log cannot
be framed: hashes that lead to its root are those of its own tree, or a collision of SHA-256. Hashes that
lead nowhere prove nothing, and are refused. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from detente.trust import canonical, checkpoint, note, tree
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadProof, Malformed, NotCanonical
from detente.trust.key import Algorithm, PublicKey

MAX_BYTES = 2 * note.MAX_BYTES + 8_192
"""The longest evidence: two notes and a path of 64 hashes."""

_VERSION = 1


@dataclass(frozen=True)
class Fork:
    """Two signed heads that cannot both be true.

    Attributes:
        larger: the note of the larger tree; at equal sizes, that of the larger root.
        smaller: the other note.
        path: hashes as `tree.walk` returns them, empty at equal sizes.
    """

    larger: bytes
    smaller: bytes
    path: tuple[bytes, ...]


class _ForkJson(msgspec.Struct, forbid_unknown_fields=True):
    v: int
    larger: str
    smaller: str
    path: list[str]


def prove(first: bytes, second: bytes, node: tree.Node) -> Fork | None:
    """Return the evidence that two checkpoints of one log contradict each other, or None if they do not.

    Args:
        first: a signed checkpoint that was verified.
        second: another.
        node: the larger tree, authenticated to its root; not asked at equal sizes.
    """
    larger, smaller = sorted((first, second), key=_rank, reverse=True)
    above, below = _read(larger), _read(smaller)
    if above.size == below.size:
        return Fork(larger, smaller, ()) if above.root != below.root else None
    if below.size == 0 or tree.root_from(below.size, node) == below.root:
        return None
    return Fork(larger, smaller, tuple(tree.walk(below.size, above.size, node)))


def verify(
    fork: Fork,
    origin: str,
    keys: Iterable[PublicKey],
    algorithms: Sequence[Algorithm] | None = None,
    smaller_keys: Iterable[PublicKey] | None = None,
) -> tuple[Checkpoint, Checkpoint]:
    """Return the two heads, larger first, if they prove that this log forked.

    Args:
        fork: the evidence.
        origin: the accused log.
        keys: its keys when it had as many leaves as the larger head (`Keyring.keys`), and no others: whoever
            holds keys that it has given up could frame it.
        algorithms: each must have signed each head; as `checkpoint.verify`.
        smaller_keys: its keys at the smaller head, if it has changed them since.

    Raises:
        As `checkpoint.verify` for either note.
        NotCanonical: `fork.3`; BadProof: `fork.4` to `fork.6`.
    """
    known = tuple(keys)
    earlier = known if smaller_keys is None else tuple(smaller_keys)
    # 1. and 2. The log signed both heads, each with the keys it had there (checks `checkpoint.*`).
    above = checkpoint.verify(fork.larger, origin, known, algorithms)
    below = checkpoint.verify(fork.smaller, origin, earlier, algorithms)
    # 3. They stand in order, so that one fork has one spelling.
    if (above.size, above.root) < (below.size, below.root):
        raise NotCanonical("fork.3", "The larger head stands second.", "Put the larger first.")
    if above.size == below.size:
        # 4. At one size there are two roots, and nothing else to say.
        if above.root == below.root or fork.path:
            raise BadProof("fork.4", f"These heads agree at size {above.size}.", _NOTHING)
        return above, below
    # 5. The path leads to the larger head.
    _check_path(fork.path, below.size)
    implied, reached = tree.implied_roots((0, below.size), above.size, fork.path)
    if reached != above.root:
        raise BadProof("fork.5", f"The path does not lead to the head at {above.size}.", _NOTHING)
    # 6. And the smaller head is not on it.
    if implied == below.root:
        raise BadProof("fork.6", f"The head at {above.size} extends that at {below.size}.", _NOTHING)
    return above, below


def dump(fork: Fork) -> bytes:
    """Return the canonical JSON of the evidence."""
    return canonical.encode(
        {
            "v": _VERSION,
            "larger": fork.larger.decode(),
            "smaller": fork.smaller.decode(),
            "path": [one.hex() for one in fork.path],
        }
    )


def parse(data: bytes) -> Fork:
    """Read evidence; it proves nothing yet.

    Raises:
        Malformed, NotCanonical, TooLarge: `canonical.1` to `canonical.5`, `fork.7`, `fork.8`.
    """
    value = canonical.decode(data, MAX_BYTES)
    # 7. Exactly the fields, of a version that is known.
    try:
        fields = msgspec.convert(value, _ForkJson)
    except msgspec.ValidationError as error:
        raise Malformed("fork.7", f"No evidence of a fork: {error}.", "Send the evidence alone.") from error
    if fields.v != _VERSION or len(fields.path) > tree.MAX_PROOF + 1:
        raise Malformed("fork.7", "Another version, or too long a path.", "Update this software.")
    # 8. The path is of hashes in lower-case hexadecimal.
    path = tuple(_unhex(one) for one in fields.path)
    return Fork(fields.larger.encode(), fields.smaller.encode(), path)


def _read(data: bytes) -> Checkpoint:
    return checkpoint.parse_text(note.parse(data).text)


def _rank(data: bytes) -> tuple[int, bytes]:
    head = _read(data)
    return head.size, head.root


def _check_path(path: Sequence[bytes], smaller: int) -> None:
    # 5. continued: hashes of 32 bytes, and a smaller tree with leaves, which alone can be contradicted.
    if smaller == 0 or any(len(one) != tree.HASH_BYTES for one in path):
        raise BadProof("fork.5", "The path cannot be walked.", _NOTHING)


def _unhex(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError as error:
        raise Malformed("fork.8", "A hash is not hexadecimal.", "Write 64 digits.") from error
    if len(raw) != tree.HASH_BYTES or raw.hex() != text:
        raise Malformed("fork.8", "A hash is not 64 lower-case digits.", "Write 64 digits.")
    return raw


_NOTHING = "This proves nothing against the log; ask the accuser for both heads and the path between."
