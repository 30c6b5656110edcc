"""The proof of logging: one entry, its place in a log, and who saw it there, in one file (C2SP tlog-proof).

    c2sp.org/tlog-proof@v1
    index 73894
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=      from the leaf's sibling up to below the root
    …
                                                      an empty line, and the cosigned checkpoint

Verified off line against a policy. `extra` is nobody's statement: nothing signs it. Pure.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from detente.trust import note, policy, tree
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import Malformed, Misuse, NotCanonical, TooLarge
from detente.trust.policy import Policy

HEADER = "c2sp.org/tlog-proof@v1"

MAX_EXTRA = 65_536
"""The most extra data, in bytes."""

MAX_BYTES = note.MAX_BYTES + 2 * MAX_EXTRA
"""The longest file."""

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_EXTRA = "extra "


@dataclass(frozen=True)
class Proof:
    """That an entry stands in a log.

    Attributes:
        index: its place, from 0.
        hashes: the inclusion proof.
        note: the checkpoint with its cosignatures, unverified.
        extra: data that nothing authenticates, or None.
    """

    index: int
    hashes: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None


def verify(proof: Proof, entry: bytes, trusted: Policy) -> Checkpoint:
    """Return the checkpoint that covers an entry, if the policy believes it.

    Raises:
        As `policy.check`, then as `tree.verify_inclusion`.
    """
    head = policy.check(trusted, proof.note)
    tree.verify_inclusion(proof.index, head.size, tree.leaf_hash(entry), proof.hashes, head.root)
    return head


def parse(data: bytes) -> Proof:
    """Read a proof; the note in it is not read yet.

    Raises:
        TooLarge: `proof.1`, `proof.3`, `proof.5`; Malformed: `proof.2` to `proof.6`; NotCanonical: `proof.3`,
            `proof.6`.
    """
    # 1. The size is within the limit.
    if len(data) > MAX_BYTES:
        raise TooLarge("proof.1", f"A proof of {len(data)} bytes.", f"At most {MAX_BYTES}.")
    head, parting, rest = data.partition(b"\n\n")
    lines = iter(head.decode("latin-1").split("\n"))
    # 2. It says what it is, and an empty line stands before the checkpoint.
    if next(lines) != HEADER or not parting:
        raise Malformed("proof.2", "Not a proof of tlog-proof v1, or one without checkpoint.", _WRITE)
    line = next(lines, "")
    extra = None
    if line.startswith(_EXTRA):
        # 3. Extra data, if any, is base64 in its one spelling, and not too long.
        extra = _extra(line.removeprefix(_EXTRA))
        line = next(lines, "")
    # 4. The index in plain decimal.
    match = _INDEX.fullmatch(line)
    if match is None or int(match[1]) >= tree.MAX_SIZE:
        raise Malformed("proof.4", "No index.", _WRITE)
    return Proof(int(match[1]), tuple(_hashes(lines)), rest, extra)


def dump(proof: Proof) -> bytes:
    """Return the file of a proof.

    Raises:
        Malformed, TooLarge: as `parse`; Misuse: `proof.4`: what `parse` would read otherwise.
    """
    extra = [] if proof.extra is None else [_EXTRA + base64.b64encode(proof.extra).decode()]
    hashes = [tree.dump_hash(one) for one in proof.hashes]
    data = "\n".join([HEADER, *extra, f"index {proof.index}", *hashes, "", ""]).encode() + proof.note
    if parse(data) != proof:
        raise Misuse("proof.4", "This proof cannot be written.", "Fix the caller.")
    return data


def _hashes(lines: Iterator[str]) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        # 5. The proof is no longer than a proof can be.
        if number >= tree.MAX_PROOF:
            raise TooLarge("proof.5", "Too many hashes.", f"At most {tree.MAX_PROOF}.")
        # 6. Each line is a hash in base64.
        yield tree.parse_hash(line, "proof.6")


def _extra(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.encode("latin-1"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("proof.3", "The extra data is not base64.", _WRITE) from error
    if len(raw) > MAX_EXTRA:
        raise TooLarge("proof.3", f"{len(raw)} bytes of extra data.", f"At most {MAX_EXTRA}.")
    if not raw or base64.b64encode(raw).decode() != text:
        raise NotCanonical("proof.3", "Empty extra data, or another spelling of it.", "Leave the line out.")
    return raw


_WRITE = "Write it as tlog-proof does."
