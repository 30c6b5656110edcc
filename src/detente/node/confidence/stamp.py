"""The receipt: what a reporter gets at once, signed by the desk's stamp.

    detente-receipt/v1
    party us
    number 12
    received 2026-11-26T16:44:27Z
    letter 9f…
    lookup 4e…
    card 77…
    use learning_only
    chain 5d…

    — us/intake …

A signed note (`trust.note`), for people to read and programs to check. `letter` is the SHA-256 of what was
sent; `chain` binds all that the desk has received up to this number, so that a report cannot be dropped
later without a break that the reporter's receipt proves. `use` is the promise under which the report was
given. Pure.
"""

import hashlib
import re
from datetime import UTC, datetime

import msgspec

from detente.node.confidence.card import stamp_name
from detente.node.confidence.report import USES
from detente.trust import note
from detente.trust.errors import Malformed, WrongContext
from detente.trust.key import PrivateKey
from detente.trust.note import NoteKey

HEADING = "detente-receipt/v1"
FIELDS = ("party", "number", "received", "letter", "lookup", "card", "use", "chain")
START = "0" * 64
"""The chain before the first report."""

_FORM = re.compile(
    HEADING + r"\nparty ([a-z][a-z0-9-]{0,31})\nnumber ([1-9][0-9]{0,14})\n"
    r"received ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)\nletter ([0-9a-f]{64})\n"
    r"lookup ([0-9a-f]{64})\ncard ([0-9a-f]{64})\nuse (" + "|".join(USES) + r")\nchain ([0-9a-f]{64})\n"
)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt says; times as they stand in it, to the second."""

    party: str
    number: int
    received: str
    letter: str
    lookup: str
    card: str
    use: str
    chain: str


def linked(chain: str, number: int, letter: str) -> str:
    """Return the chain after one more report: SHA-256 over chain, number and the letter's digest."""
    return hashlib.sha256(f"detente/v1 intake chain\n{chain}\n{number} {letter}\n".encode()).hexdigest()


def second(at: int) -> str:
    """Return milliseconds as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamped(receipt: Receipt, stamp: PrivateKey) -> bytes:
    """Return the signed receipt."""
    lines = [HEADING, *(f"{name} {getattr(receipt, name)}" for name in FIELDS)]
    text = ("\n".join(lines) + "\n").encode()
    return note.dump(note.Note(text, (note.sign(text, stamp_name(receipt.party), stamp),)))


def parse(data: bytes) -> Receipt:
    """Read a receipt; `check` verifies it.

    Raises:
        Malformed: `stamp.1`; as `note.parse`.
    """
    # 1. It has exactly the lines of a receipt.
    found = _FORM.fullmatch(note.parse(data).text.decode())
    if found is None:
        raise Malformed(
            "stamp.1", "This is no receipt.", "Name the file that the desk's receipt was saved in."
        )
    party, number, *rest = found.groups()
    return Receipt(party=party, number=int(number), **dict(zip(FIELDS[2:], rest, strict=True)))


def check(data: bytes, stamp: NoteKey, letter: str = "") -> Receipt:
    """Return what a receipt says, if this stamp signed it, and for this letter if one is named.

    Raises:
        As `parse`; BadSignature, WrongKey: `note.8`, `note.9`. WrongContext: `stamp.2`.
    """
    receipt = parse(data)
    note.verify(note.parse(data), [stamp])
    # 2. It is for what was sent.
    if letter and receipt.letter != letter:
        raise WrongContext(
            "stamp.2", "The receipt is for another letter.", "Keep both, and tell the desk's party."
        )
    return receipt
