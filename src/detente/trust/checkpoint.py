"""Checkpoints: what a log signs for its whole history (C2SP tlog-checkpoint).

    detente/9f…/live/cn
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

Origin, number of leaves, root. A log signs it twice under its origin as key name: a note signature of
Ed25519 (0x01) and a cosignature of ML-DSA-44 (0x06); neither alone makes a checkpoint. Under a suite with
SM2 it signs a third time (0xff). Narrower than C2SP:
the origin is a key name, and there are no extension lines, which ML-DSA-44 would leave unsigned. Pure.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detente.trust import cosignature, note, tree
from detente.trust.errors import Malformed, WrongContext, WrongKey
from detente.trust.key import Algorithm, PrivateKey, PublicKey
from detente.trust.note import ED25519, UNASSIGNED, Note, NoteKey, NoteSignature
from detente.trust.suite import row
from detente.trust.tree import EMPTY_ROOT, HASH_BYTES, MAX_SIZE

LOG_ALGORITHMS = row("nist-1", "log")
"""What a log signs with in every suite: each of them."""

_LINES = 3
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Checkpoint:
    """A log's head.

    Attributes:
        origin: the log's name.
        size: number of leaves.
        root: root hash over them, 32 bytes.

    Raises:
        Malformed: `checkpoint.3` to `checkpoint.6`.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        # 3. The origin can be a key name.
        if not note.is_name(self.origin):
            raise Malformed(
                "checkpoint.3", f"{self.origin[:80]!a} is no origin.", "Name the log like a path."
            )
        # 4. The size is in range.
        if not 0 <= self.size <= MAX_SIZE:
            raise Malformed("checkpoint.4", "The size is out of range.", "Count the leaves.")
        # 5. The root is a hash.
        if len(self.root) != HASH_BYTES:
            raise Malformed("checkpoint.5", f"A root of {len(self.root)} bytes.", "Give the SHA-256 root.")
        # 6. A tree without leaves has one root.
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Malformed("checkpoint.6", "An empty tree has another root.", "Give the hash of nothing.")

    @property
    def text(self) -> bytes:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{tree.dump_hash(self.root)}\n".encode()


def parse_text(text: bytes) -> Checkpoint:
    """Read the text of a note as a checkpoint.

    Raises:
        Malformed: `checkpoint.1` to `checkpoint.6`; NotCanonical: `checkpoint.2`.
    """
    # 1. Three lines, and none after them.
    lines = _decode(text).split("\n")
    if len(lines) != _LINES + 1 or lines[-1] != "":
        raise Malformed("checkpoint.1", "Not three lines.", "Give origin, size and root, and nothing else.")
    # 2. Size and root in their one spelling.
    if not _SIZE.fullmatch(lines[1]):
        raise Malformed("checkpoint.2", f"{lines[1][:20]!a} is no size.", "Write it in plain decimal.")
    return Checkpoint(lines[0], int(lines[1]), tree.parse_hash(lines[2], "checkpoint.2"))


def sign(checkpoint: Checkpoint, keys: Iterable[PrivateKey], seconds: int) -> Note:
    """Return the note by which a log signs its head.

    The caller has made sure that the head extends every head it signed before.

    Args:
        checkpoint: the head.
        keys: the log's keys, one of each algorithm of its suite.
        seconds: POSIX time, not zero.

    Raises:
        Malformed: `cosignature.1`, `cosignature.4`.
    """
    return Note(checkpoint.text, tuple(_sign(checkpoint, one, seconds) for one in keys))


def verify(
    data: bytes,
    origin: str,
    keys: Iterable[PublicKey],
    algorithms: Sequence[Algorithm] | None = None,
) -> Checkpoint:
    """Return the head in a note, if it is this log's and signed with every algorithm.

    Whether it extends the head that was known is another question: see `witness` and `tree`.

    Args:
        data: the note as received.
        origin: the log it should be of.
        keys: the log's keys, known beforehand; lines of others are ignored, as C2SP asks.
        algorithms: each must have signed; if not said, those of every suite and those of the keys.

    Raises:
        Malformed, NotCanonical, TooLarge: `note.1` to `note.6`, `checkpoint.1` to `checkpoint.6`.
        WrongContext: `checkpoint.7`; WrongKey: `checkpoint.9`.
        BadSignature: `checkpoint.8`, `cosignature.5`; Malformed: `cosignature.3`, `cosignature.4`.
    """
    signed = note.parse(data)
    checkpoint = parse_text(signed.text)
    # 7. It is of the log asked for.
    if checkpoint.origin != origin:
        raise WrongContext(
            "checkpoint.7",
            f"A checkpoint of {checkpoint.origin[:80]!a}, not of {origin}.",
            "Fetch the right log's.",
        )
    verified = set()
    known_keys = tuple(keys)
    for public in known_keys:
        known = key(origin, public)
        line = note.find(signed, known)
        if line is not None:
            # 8. What claims to be by a known key is.
            _verify(checkpoint, line, known)
            verified.add(public.algorithm)
    # 9. Every algorithm of the suite signed.
    asked = (*LOG_ALGORITHMS, *(one.algorithm for one in known_keys)) if algorithms is None else algorithms
    missing = [one for one in dict.fromkeys(asked) if one not in verified]
    if missing or not verified:
        raise WrongKey(
            "checkpoint.9",
            f"{origin} did not sign with {', '.join(missing) or 'any key'}.",
            "Ask for the checkpoint with all its lines; check the log's keys.",
        )
    return checkpoint


def signed_at(data: bytes, origin: str, keys: Iterable[PublicKey]) -> int:
    """Return when a log says that it signed a head, in milliseconds; 0 if it does not say.

    It is the log's own word, under its own signature: what a reader compares expiries with, so that a head
    verifies today as it did then, at every reader.

    Args:
        data: the note as received; nothing in it was verified.
        origin: the log.
        keys: of the log; only an ML-DSA-44 line states a time.

    Raises:
        Malformed, NotCanonical, TooLarge: as `note.parse`.
    """
    signed = note.parse(data)
    lines = [note.find(signed, key(origin, one)) for one in keys if one.algorithm == "ml-dsa-44"]
    return max((cosignature.stated(line) for line in lines if line is not None), default=0) * 1000


def key(origin: str, public: PublicKey) -> NoteKey:
    """Return a log's key under its origin: Ed25519 and SM2 as note keys, ML-DSA-44 as a cosigner's.

    Raises:
        Malformed: `vkey.1`, `cosignature.1`.
    """
    if public.algorithm == "ed25519":
        return NoteKey(origin, ED25519, public)
    if public.algorithm == "sm2":
        return NoteKey(origin, UNASSIGNED, public)
    return cosignature.key(origin, public)


def _sign(checkpoint: Checkpoint, private: PrivateKey, seconds: int) -> NoteSignature:
    if private.public.algorithm in ("ed25519", "sm2"):
        return note.sign(
            checkpoint.text, checkpoint.origin, private, key(checkpoint.origin, private.public).kind
        )
    return cosignature.sign(checkpoint, checkpoint.origin, private, seconds)


def _verify(checkpoint: Checkpoint, line: NoteSignature, known: NoteKey) -> None:
    if known.kind in (ED25519, UNASSIGNED):
        known.public.verify(checkpoint.text, line.raw, "checkpoint.8")
    else:
        cosignature.verify(checkpoint, line, known)


def _decode(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise Malformed("checkpoint.1", "The text is not UTF-8.", "Send the bytes as signed.") from error
