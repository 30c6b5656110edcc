"""The cases: real, public incidents and near misses in our own words, one JSON object a line in cases.jsonl.

That a party reports them is assigned by this demonstration, and each record says so in its sealed summary:
no government's statement.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

KIND = "incidents.report"


class Case(Struct, frozen=True, rename={"party": "assigned_to"}):
    """One case: which party tables it, its open fields, and its sealed values."""

    id: str
    party: str
    open: dict[str, Any]
    sealed: dict[str, Any]

    @property
    def title(self) -> tuple[str, str]:
        """Its title in English and Chinese."""
        english, chinese = msgspec.convert(self.sealed["title"], tuple[str, str])
        return english, chinese


def cases() -> Mapping[str, Case]:
    """Return all cases by id, in the order of the file."""
    text = (files(__package__) / "cases.jsonl").read_text(encoding="utf-8")
    found = [msgspec.json.decode(line, type=Case) for line in text.splitlines() if line]
    return {one.id: one for one in found}
