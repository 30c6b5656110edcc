r"""Cosignatures: at a stated second, this tree was the largest the cosigner knew (C2SP tlog-cosignature).

    — detente/9f…/live/cn/witness <base64 of key id, eight bytes of time, Ed25519 or ML-DSA-44 signature>

What the two types sign differs. Ed25519 (0x04): `cosignature/v1\ntime <seconds>\n` and the note's text.
ML-DSA-44 (0x06): a `cosigned_message`, which names the cosigner too, and covers leaves 0 up to the size. A
witness of ours signs both; a log signs its own checkpoint with 0x06 as well (`checkpoint`). Times are
seconds and never zero: a zero would leave out the statement that nothing larger was known. A time in the
future is not refused here: cosignatures move no clock (protocol, section 4). Pure.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from detente.trust import note
from detente.trust.errors import Malformed, WrongKey
from detente.trust.key import Algorithm, PrivateKey, PublicKey
from detente.trust.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, Note, NoteKey, NoteSignature
from detente.trust.suite import row

WITNESS_ALGORITHMS = row("nist-1", "witness")
"""What a witness signs with unless its suite says otherwise: each of them."""

MAX_TIME = 2**63 - 1
"""The latest second that can be stated."""

_LABEL = b"subtree/v1\n\x00"
_TIME_BYTES = 8
_KINDS: dict[Algorithm, int] = {"ed25519": COSIGNATURE_ED25519, "ml-dsa-44": COSIGNATURE_ML_DSA_44}


class TreeHead(Protocol):
    """What is cosigned; `checkpoint.Checkpoint` is one."""

    @property
    def origin(self) -> str:
        """The log's name."""

    @property
    def size(self) -> int:
        """Number of leaves."""

    @property
    def root(self) -> bytes:
        """Root hash, 32 bytes."""

    @property
    def text(self) -> bytes:
        """The three lines of the checkpoint."""


def key(name: str, public: PublicKey) -> NoteKey:
    """Return a cosigner's key under its name, of the type that its algorithm has.

    Raises:
        Malformed: `vkey.1`, or `cosignature.1`: its algorithm has none.
    """
    # 1. The algorithm has a type.
    kind = _KINDS.get(public.algorithm)
    if kind is None:
        raise Malformed(
            "cosignature.1", f"{public.algorithm} does not cosign.", f"Use one of: {', '.join(_KINDS)}."
        )
    return NoteKey(name, kind, public)


def sign(head: TreeHead, name: str, private: PrivateKey, seconds: int) -> NoteSignature:
    """Return the line by which a cosigner states, at this second, that it knows no larger tree of this log.

    Raises:
        Malformed: `vkey.1`, `cosignature.1`; `cosignature.4`: the time is zero, or out of range.
    """
    named = key(name, private.public)
    _check_time(seconds)
    raw = seconds.to_bytes(_TIME_BYTES, "big") + private.sign(message(head, named, seconds))
    return NoteSignature(name, named.keyid, raw)


def verify(head: TreeHead, signature: NoteSignature, cosigner: NoteKey) -> int:
    """Return the second that a line states, if it is this cosigner's on this head.

    Raises:
        WrongKey: `cosignature.2`; Malformed: `cosignature.3`, `cosignature.4`; BadSignature: `cosignature.5`.
    """
    # 2. The line claims to be by this key.
    if (signature.name, signature.keyid) != (cosigner.name, cosigner.keyid):
        raise WrongKey(
            "cosignature.2", f"Not a line of {cosigner.name}.", "Pick the line by name and key id."
        )
    # 3. It holds a time and a signature.
    if len(signature.raw) <= _TIME_BYTES:
        raise Malformed("cosignature.3", f"A cosignature of {len(signature.raw)} bytes.", "Send all of it.")
    # 4. The time is a statement: not zero, and in range.
    seconds = int.from_bytes(signature.raw[:_TIME_BYTES], "big")
    _check_time(seconds)
    # 5. The signature is over this head and this time.
    cosigner.public.verify(message(head, cosigner, seconds), signature.raw[_TIME_BYTES:], "cosignature.5")
    return seconds


def stated(signature: NoteSignature) -> int:
    """Return the second that a line states; whether it is genuine is for `verify`."""
    return int.from_bytes(signature.raw[:_TIME_BYTES], "big")


def verify_all(
    signed: Note,
    head: TreeHead,
    name: str,
    keys: Iterable[PublicKey],
    algorithms: Sequence[Algorithm] = WITNESS_ALGORITHMS,
) -> int:
    """Return the earliest second at which a witness cosigned a head, if it did so with every algorithm.

    Args:
        signed: the note that carries the lines; its text must be the head's.
        head: the checkpoint, verified.
        name: the witness's name.
        keys: its keys, known beforehand; lines of others are ignored.
        algorithms: each must have signed.

    Raises:
        WrongKey: `cosignature.6`; as `verify`.
    """
    found: dict[Algorithm, int] = {}
    for public in keys:
        cosigner = key(name, public)
        line = note.find(signed, cosigner)
        if line is not None:
            found[public.algorithm] = verify(head, line, cosigner)
    # 6. Every algorithm of the suite signed.
    missing = [one for one in algorithms if one not in found]
    if missing or not found:
        raise WrongKey(
            "cosignature.6",
            f"{name} did not cosign with {', '.join(missing) or 'any key'}.",
            "Ask the witness for both cosignatures.",
        )
    return min(found.values())


def message(head: TreeHead, cosigner: NoteKey, seconds: int) -> bytes:
    """Return the bytes that a cosigner signs: of the form that its key's type has."""
    if cosigner.kind == COSIGNATURE_ED25519:
        return b"cosignature/v1\ntime %d\n%b" % (seconds, head.text)
    start = 0
    return b"".join(
        (
            _LABEL,
            _prefixed(cosigner.name),
            seconds.to_bytes(8, "big"),
            _prefixed(head.origin),
            start.to_bytes(8, "big"),
            head.size.to_bytes(8, "big"),
            head.root,
        )
    )


def _prefixed(name: str) -> bytes:
    data = name.encode()
    return bytes([len(data)]) + data


def _check_time(seconds: int) -> None:
    if not 1 <= seconds <= MAX_TIME:
        raise Malformed(
            "cosignature.4", f"The time {seconds} states nothing.", "State the second of signing."
        )
