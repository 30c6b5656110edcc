"""The entry: one report as the desk sees it from outside, the acts on it, and the messages of its thread.

    Entry(number=12, via="form", state="arrived", …)
    Done(12, 1790000000000, "opened", "duty-1", "")

All of it is in the open at the desk; what the reporter and the officers wrote is sealed. Pure.
"""

import hashlib
from typing import Literal, TypeAlias

import msgspec

from detente.node.confidence.letter import Header

State: TypeAlias = Literal["arrived", "opened", "closed"]
Act: TypeAlias = Literal[
    "arrived",
    "opened",
    "asked",
    "answered",
    "closed",
    "held",
    "released",
    "identity-read",
    "identity-destroyed",
]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One report, from outside.

    Attributes:
        number: as on the receipt; never used twice.
        lookup: under what the follow-up code finds it.
        header: the letter's header.
        via: how it came: `file`, `form`, `sealed`, or `api:` and a token's label.
        received: milliseconds.
        receipt: as it was given.
        state: `arrived` until an officer opened it.
        hold: why it is under legal hold, or empty.
        destroy_by: when the identity is to be destroyed; None: there is none, or no more.
    """

    number: int
    lookup: str
    header: Header
    via: str
    received: int
    receipt: bytes
    state: State
    hold: str
    destroy_by: int | None


class Done(msgspec.Struct, frozen=True):
    """One act of the desk's log: report, when, what, by whom, and a note in the open."""

    number: int
    at: int
    act: Act
    by: str
    note: str


class Posted(msgspec.Struct, frozen=True):
    """One message of a thread, sealed; `side` is `reporter` or `intake`."""

    n: int
    side: str
    at: int
    package: bytes

    @property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the package: what the next message names."""
        return hashlib.sha256(self.package).hexdigest()


COLUMNS = "number, lookup, header, via, received, receipt, state, hold, destroy_by"


def entry(row: tuple[int, str, bytes, str, int, bytes, State, str, int | None]) -> Entry:
    """Return a report of a row of these columns."""
    return Entry(
        number=row[0],
        lookup=row[1],
        header=msgspec.json.decode(row[2], type=Header),
        via=row[3],
        received=row[4],
        receipt=bytes(row[5]),
        state=row[6],
        hold=row[7],
        destroy_by=row[8],
    )
