"""The witness: whether to cosign a head, given the one that was cosigned before (C2SP tlog-witness).

    old 20852014
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=      the consistency proof, one hash a line
    …
                                                      an empty line, and the checkpoint

`decide` knows no transport and keeps no state. Its caller has verified the checkpoint's signatures, reads
the known head and stores the new one in one transaction, and signs only after that. There is no answer
between `Cosign` and `Refuse`, and no way to the first past a failed check. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from detente.trust import note, tree
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import (
    BadProof,
    DetenteError,
    Fork,
    Malformed,
    Misuse,
    Rollback,
    TooLarge,
)

MAX_BYTES = note.MAX_BYTES + 4_096
"""The longest request: a note, 63 lines of proof and the old size."""

Reason: TypeAlias = Literal["ahead", "fork", "stale", "proof"]
"""Why not: the old size is beyond the new head; the head contradicts the known one at its size; the request
starts from another head than the known one; the proof does not compute."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True)
class Submission:
    """A request to cosign.

    Attributes:
        old_size: size of the head that the asker thinks the witness knows.
        proof: consistency proof from there.
        note: the signed checkpoint, unverified.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes


@dataclass(frozen=True)
class Cosign:
    """Store this head as the newest known, then cosign it."""

    head: Checkpoint


@dataclass(frozen=True)
class Refuse:
    """Do not cosign, and change nothing.

    Attributes:
        reason: which kind of refusal.
        known_size: size of the head that is known, 0 if none: what a `stale` asker needs.
        error: what to raise or to log; for `fork` the two signed heads are evidence to keep.
    """

    reason: Reason
    known_size: int
    error: DetenteError


def decide(
    known: Checkpoint | None, new: Checkpoint, old_size: int, proof: Sequence[bytes]
) -> Cosign | Refuse:
    """Decide on a head whose signatures were verified.

    Args:
        known: the newest head of this log that was cosigned, or None.
        new: the head submitted.
        old_size: the size that the proof starts from.
        proof: the consistency proof, empty from 0.

    Raises:
        Misuse: `witness.5`: the heads are of two logs.
    """
    # 5. Both heads are of one log.
    if known is not None and known.origin != new.origin:
        raise Misuse("witness.5", f"Heads of {known.origin} and of {new.origin}.", "Fix the caller.")
    size = 0 if known is None else known.size
    # 6. No other root was signed at the size that is known, whatever the request starts from.
    if known is not None and new.size == size and new.root != known.root:
        return Refuse(
            "fork", size, Fork("witness.6", f"{new.origin} signed two roots at size {size}.", _KEEP)
        )
    # 7. The request does not go backwards.
    if old_size > new.size:
        what = f"The proof starts at {old_size}, the head ends at {new.size}."
        return Refuse("ahead", size, Malformed("witness.7", what, "Ask for a proof to the head."))
    # 8. It starts from the head that is known.
    if old_size != size:
        return Refuse("stale", size, _stale(new, old_size, size))
    # 9. The new head extends it.
    try:
        tree.verify_consistency(
            size, new.size, proof, tree.EMPTY_ROOT if known is None else known.root, new.root
        )
    except DetenteError as error:
        return Refuse("proof", size, error)
    return Cosign(new)


def parse(data: bytes) -> Submission:
    """Read the body of an add-checkpoint request; the note within is not read yet.

    Raises:
        TooLarge: `witness.1`, `witness.3`; Malformed: `witness.2`, `witness.4`; NotCanonical: `witness.4`.
    """
    # 1. The size is within the limit.
    if len(data) > MAX_BYTES:
        raise TooLarge("witness.1", f"A request of {len(data)} bytes.", f"At most {MAX_BYTES}.")
    head, parting, rest = data.partition(b"\n\n")
    lines = head.decode("latin-1").split("\n")
    # 2. The old size in plain decimal, and an empty line before the checkpoint.
    match = _OLD.fullmatch(lines[0])
    if match is None or not parting or int(match[1]) > tree.MAX_SIZE:
        raise Malformed(
            "witness.2", "No old size, or no checkpoint.", "Write the request as tlog-witness does."
        )
    # 3. The proof is no longer than a proof can be.
    if len(lines) > tree.MAX_PROOF + 1:
        raise TooLarge("witness.3", f"{len(lines) - 1} hashes of proof.", f"At most {tree.MAX_PROOF}.")
    # 4. Each line of it is a hash in base64.
    return Submission(int(match[1]), tuple(tree.parse_hash(line, "witness.4") for line in lines[1:]), rest)


def dump(submission: Submission) -> bytes:
    """Return the body of an add-checkpoint request."""
    proof = "".join(tree.dump_hash(one) + "\n" for one in submission.proof)
    return f"old {submission.old_size}\n{proof}\n".encode() + submission.note


def _stale(new: Checkpoint, old_size: int, size: int) -> DetenteError:
    if new.size < size:
        return Rollback(
            "witness.8",
            f"{new.origin} at {new.size} is older than {size}, which is known.",
            "Send the newest.",
        )
    return BadProof(
        "witness.8",
        f"The proof starts at {old_size}; the known head is at {size}.",
        "Ask for one from there.",
    )


_KEEP = "Keep both notes: together they prove it to anyone (see `fork`)."
