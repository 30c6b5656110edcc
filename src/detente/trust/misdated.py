"""The misdated cosignatures: proof to anybody that a witness said of two seconds what cannot both be true.

    {"larger":"<note>","of":"us","smaller":"<note>"}

A cosignature says "at this second I knew no larger tree of this log". Who cosigned a tree at one second, and
a smaller tree of the same log at a later one, did not tell the truth at one of them: the clock was wrong, or
set. It needs nothing but the witness's keys, and says nothing of the log. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from detente.trust import canonical, checkpoint, cosignature, note
from detente.trust.canonical import Value
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import BadProof, Malformed, NotCanonical, WrongContext
from detente.trust.key import PublicKey
from detente.trust.record import PARTY

MAX_BYTES = 2 * note.MAX_BYTES + 4_096
"""The longest evidence: two notes."""

_NOTHING = "This proves nothing against the witness; ask the accuser for both notes."


@dataclass(frozen=True)
class Misdated:
    """Two cosigned heads of one log, of which the larger bears the earlier second.

    Attributes:
        of: the party whose log was cosigned.
        larger: the note of the larger head, with the witness's lines.
        smaller: the note of the smaller head, with the witness's lines.
    """

    of: str
    larger: bytes
    smaller: bytes


class _MisdatedJson(msgspec.Struct, forbid_unknown_fields=True):
    of: str
    larger: str
    smaller: str


def verify(
    shown: Misdated, origin: str, name: str, keys: Iterable[PublicKey]
) -> tuple[tuple[Checkpoint, int], tuple[Checkpoint, int]]:
    """Return both heads, each with its second, the larger first, if they contradict each other.

    Args:
        shown: the evidence.
        origin: the log that was cosigned.
        name: the witness's name.
        keys: its keys, those of one charter, and no others: who holds keys that were given up could frame it.

    Raises:
        WrongContext: `misdated.1`. NotCanonical: `misdated.3`; BadProof: `misdated.4`.
        As `note.parse`, `checkpoint.parse_text`, `cosignature.verify_all`.
    """
    known = tuple(keys)
    read = []
    for data in (shown.larger, shown.smaller):
        signed = note.parse(data)
        head = checkpoint.parse_text(signed.text)
        # 1. Both heads are of the log that was cosigned.
        if head.origin != origin:
            raise WrongContext("misdated.1", f"A head of {head.origin[:80]!a}.", _NOTHING)
        # 2. The witness cosigned both, with every algorithm (checks `cosignature.*`).
        read.append((head, cosignature.verify_all(signed, head, name, known)))
    (above, first), (below, second) = read
    # 3. They stand in order, so that one contradiction has one spelling.
    if above.size <= below.size:
        raise NotCanonical("misdated.3", "The larger head does not stand first.", "Put the larger first.")
    # 4. The larger was known before the second at which nothing larger than the smaller was.
    if first >= second:
        raise BadProof("misdated.4", f"{above.size} at {first} follows {below.size} at {second}.", _NOTHING)
    return (above, first), (below, second)


def dump(shown: Misdated) -> bytes:
    """Return it as canonical JSON."""
    return canonical.encode(to_value(shown))


def parse(data: bytes) -> Misdated:
    """Read it from canonical JSON. Raises as `canonical.decode` and `from_value`."""
    return from_value(canonical.decode(data, MAX_BYTES))


def to_value(shown: Misdated) -> Value:
    """Return it as a value for canonical JSON."""
    return {"of": shown.of, "larger": shown.larger.decode(), "smaller": shown.smaller.decode()}


def from_value(value: Any) -> Misdated:  # noqa: ANN401 (JSON as somebody sent it)
    """Read it; it proves nothing yet.

    Raises:
        Malformed: `misdated.5`.
    """
    # 5. Exactly the fields, with the party named.
    try:
        fields = msgspec.convert(value, _MisdatedJson)
    except msgspec.ValidationError as error:
        raise Malformed("misdated.5", f"No two cosignatures: {error}.", "Send both notes.") from error
    if not PARTY.fullmatch(fields.of):
        raise Malformed("misdated.5", f"No party: {fields.of[:33]!a}.", "Name whose log was cosigned.")
    return Misdated(fields.of, fields.larger.encode(), fields.smaller.encode())
