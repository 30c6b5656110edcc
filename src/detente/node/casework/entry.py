"""The entry: one act of a person on a case, as it is kept.

    Entry(n=7, at=1790000000000, case="3f9c…", what="confirmed", by="ben", data={…}, approval="…")

`approval` is the person's signature where the act needs one; of the others `by` is what was said at the
desk and proves nothing. Pure.
"""

from typing import Any, Literal

from msgspec import Struct

What = Literal[
    "person",
    "taken",
    "marked",
    "rejected",
    "treated",
    "stated",
    "submitted",
    "sent-back",
    "confirmed",
    "previewed",
    "objected",
    "waived",
    "answered",
    "rated",
    "found",
    "returned",
    "resumed",
    "declined",
    "drafted",
    "handed-over",
    "taken-over",
]

SIGNED: frozenset[What] = frozenset({"submitted", "confirmed", "rated", "found", "handed-over", "taken-over"})
"""Acts that count only with the signature of who did them."""

SHIFT = ""
"""The case of acts that are about no case: the roll, and shifts."""


class Entry(Struct, frozen=True, kw_only=True):
    """One act.

    Args:
        n: its number, from 1.
        at: when, in milliseconds.
        case: the case, or `SHIFT`.
        what: the act.
        by: who, by the name on the roll.
        data: what it says.
        approval: the signed envelope in base64, or empty.
    """

    n: int = 0
    at: int = 0
    case: str
    what: What
    by: str
    data: dict[str, Any] = {}
    approval: str = ""
