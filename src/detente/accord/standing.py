"""The standing: who has kept to the accord, computed by all sides from the same logs to the same bytes.

    standing(terms, logs, cut, as_of).dump()

A pure function of terms, cut and `as_of`. `kept`, `missed` and `void` never change as a cut grows;
`as_of` decides only between `owed` and what is not yet settled. A node that lacks a body which counts
answers `Incomplete`, naming it and who owes it. Pure.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from detente.accord.cut import Cut
from detente.accord.duty import Finding
from detente.trust import canonical
from detente.trust.canonical import Value
from detente.trust.errors import Unproven
from detente.trust.record import Leaf, Record

VERSION = 1
COUNTS = ("kept", "excused", "owed", "overdue", "missed", "disputed", "unobservable", "forked")
"""What is counted of each party, by pillar. `overdue` is part of `missed`; else one excludes another."""


class Log(Struct, frozen=True):
    """A party's log as an input.

    Args:
        leaves: in order, from index 0.
        bodies: id to record, of those held; each signed by the key that it names.
    """

    leaves: Sequence[Leaf]
    bodies: Mapping[str, Record]


class Lacking(Struct, frozen=True, order=True):
    """A body that counts and is not here: of entry `index` of a party's log, owed by who logged `held`."""

    party: str
    index: int
    id: str
    owed_by: tuple[str, ...]


class Incomplete(Unproven):
    """Standing cannot be told at this cut until these bodies, or versions of the accord, are fetched."""

    def __init__(self, lacking: tuple[Lacking, ...], versions: tuple[int, ...] = ()) -> None:
        bodies = "; ".join(f"{one.party}/{one.index} from {', '.join(one.owed_by)}" for one in lacking[:8])
        texts = ", ".join(f"accord version {version}" for version in versions)
        super().__init__(
            "standing.2",
            f"{len(lacking)} bodies, {len(versions)} accord versions that count lack: {bodies or texts}.",
            "Fetch them from those who logged that they hold them, then ask again.",
        )
        self.lacking = lacking
        self.versions = versions


class Duty(Struct, frozen=True, order=True):
    """One duty at the cut.

    Args:
        debtor: who owes it.
        pillar: where it is counted.
        spec: id of the clause.
        version: of the accord under which it arose.
        base: id of the record from which it arose; "" for a calendar.
        start: first instant of its period; 0 if it arose from a record.
        verdict: one of `COUNTS` but `overdue`.
        overdue: missed, and still not performed.
        due: earliest and latest end of its term, without the tolerance.
        performed: interval of the performance that settles it, or comes nearest; empty: none.
        by: id of that performance, or "".
        lags: logs that have not come far enough to settle it.
    """

    debtor: str
    pillar: str
    spec: str
    version: int
    base: str
    start: int
    verdict: str
    overdue: bool
    due: tuple[int, int]
    performed: tuple[int, ...]
    by: str
    lags: tuple[str, ...]

    @property
    def key(self) -> tuple[str, int, str, int, str]:
        """What names the duty at any cut."""
        return self.spec, self.version, self.base, self.start, self.debtor


class Refused(Struct, frozen=True, order=True):
    """A record that counts and does not stand: whose, where, and why not."""

    party: str
    index: int
    id: str
    codes: tuple[str, ...]


class Standing(Struct, frozen=True, dict=True):
    """Standing at a cut.

    Args:
        cut: up to where the logs were read.
        as_of: the reader's time.
        counts: party to pillar to name of `COUNTS` to how many.
        duties: ascending.
        void: party to the indices of its leaves whose body never counts.
        forked: parties whose two histories are proven in the logs.
        findings: openings that contradict what was declared.
        refused: records that count and do not stand.
        stopped: witness to party to why its clock about that party stands still.
    """

    cut: Cut
    as_of: int
    counts: Mapping[str, Mapping[str, Mapping[str, int]]]
    duties: tuple[Duty, ...]
    void: Mapping[str, tuple[int, ...]]
    forked: tuple[str, ...]
    findings: tuple[Finding, ...]
    refused: tuple[Refused, ...]
    stopped: Mapping[str, Mapping[str, str]]

    def dump(self) -> bytes:
        """Return the canonical bytes, equal at every node for equal terms, cut and `as_of`."""
        return canonical.encode(
            {
                "v": VERSION,
                "as_of": self.as_of,
                "cut": self.cut.value(),
                "counts": _plain(self.counts),
                "duties": [_plain_duty(duty) for duty in self.duties],
                "void": {party: list(indices) for party, indices in self.void.items()},
                "forked": list(self.forked),
                "findings": [{"party": f.party, "record": f.record, "path": f.path} for f in self.findings],
                "refused": [
                    {"party": r.party, "index": r.index, "id": r.id, "codes": list(r.codes)}
                    for r in self.refused
                ],
                "stopped": {witness: dict(rows) for witness, rows in self.stopped.items()},
            }
        )

    @cached_property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of `dump`; made once, for every decision at this standing names it."""
        return hashlib.sha256(self.dump()).hexdigest()


def _plain(counts: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Value:
    return {party: {pillar: dict(row) for pillar, row in rows.items()} for party, rows in counts.items()}


def _plain_duty(duty: Duty) -> Value:
    return {
        "debtor": duty.debtor,
        "pillar": duty.pillar,
        "spec": duty.spec,
        "version": duty.version,
        "base": duty.base or None,
        "start": duty.start if not duty.base else None,
        "verdict": duty.verdict,
        "overdue": duty.overdue,
        "due": list(duty.due),
        "performed": list(duty.performed) or None,
        "by": duty.by or None,
        "lags": list(duty.lags),
    }
