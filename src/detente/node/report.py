"""The report: what an audit found, in plain words, and how much it looked at.

{"counts":{"bodies":41,"checkpoints":3,…},"faults":[],"genesis":"5d1c…","kind":"export","ok":true}
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import msgspec

from detente.trust.errors import DetenteError

Kind: TypeAlias = Literal["home", "export", "bundle", "evidence"]


class Fault(msgspec.Struct, frozen=True):
    """What does not hold: in which file, at which check, why, and what to do."""

    path: str
    step: str
    error: str
    what: str
    remedy: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of an audit.

    Attributes:
        ok: whether every byte holds.
        kind: what was audited.
        genesis: the accord it belongs to; empty if that could not be told.
        counts: what was looked at, by name.
        faults: what does not hold.
    """

    ok: bool
    kind: Kind
    genesis: str
    counts: dict[str, int]
    faults: tuple[Fault, ...]


@dataclass
class Findings:
    """A report while it is being written."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: str, error: DetenteError) -> None:
        """Note that something does not hold."""
        self.faults.append(Fault(path, error.step, type(error).__name__, error.what, error.remedy))

    def report(self, kind: Kind, genesis: str) -> Report:
        """Return the report."""
        return Report(
            ok=not self.faults,
            kind=kind,
            genesis=genesis,
            counts=dict(sorted(self.counts.items())),
            faults=tuple(self.faults),
        )
