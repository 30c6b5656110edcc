"""The duty: what is owed, by whom, by when; and what standing asks of the terms to know it.

    DutySpec("notify-serious", "incidents", ("notices.notice",), on="incidents.report", within=86_400_000)

`Pact` is the whole of what the fold knows of an accord: parties, time constants, duties by version, and
the pure judgement of one record. `accord.terms.Terms` satisfies it; so do the small terms of the
simulation. Times are milliseconds.
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from msgspec import Struct

from detente.trust.errors import Malformed
from detente.trust.record import Record


class Tempo(Struct, frozen=True):
    """The time constants of an accord, fixed by its first version.

    Args:
        k: how many parties are assumed faulty, silent ones and the judged included; at least 1.
        period: Δ, the time within which everybody logs a receipt.
        transit: the longest way of a leaf or a body between honest parties.
        skew: the most by which an honest clock differs from true time.
        hand_over: T, from a leaf seen to its body held.
    """

    k: int
    period: int
    transit: int
    skew: int
    hand_over: int

    @property
    def c(self) -> int:
        """How many holders place a record `not after`."""
        return self.k

    @property
    def tolerance(self) -> int:
        """Γ, the one tolerance."""
        return self.period + 2 * self.transit + 2 * self.skew

    def lows(self, witnesses: int) -> int:
        """Return how many of the lowest can be wrong while one is right: at most k, b for all witnesses."""
        return min(self.k, max(0, witnesses - self.k))

    def check(self) -> None:
        """Return if the constants can carry a verdict.

        Raises:
            Malformed: `tempo.1`: k below 1, or a negative time.
        """
        # 1. At least one party is assumed faulty; no time is negative.
        if self.k < 1 or min(self.period, self.transit, self.skew, self.hand_over) < 0:
            raise Malformed(
                "tempo.1", f"No time constants: {self}.", "Give k of at least 1, and times of at least 0."
            )


FACTS = 4_096
"""So many judged facts a fold keeps: the newest records'. Older ones that are named are judged again."""


class DutySpec(Struct, frozen=True):
    """One clause of duty.

    Args:
        id: its name in the accord.
        pillar: under which it is counted.
        what: full kinds that discharge it.
        on: full kind of the record from which it arises; None for a calendar.
        within: time from the base, or from the end of the period.
        every: period of a calendar, as `accord.period` reads it.
        excuse: full kinds by which the debtor stops the clock without fault.
        to: the one party towards which it is performed; empty for a duty towards all.
        parts: what has to be done for it, each part by some record; empty if one record does it all.
    """

    id: str
    pillar: str
    what: tuple[str, ...]
    on: str | None = None
    within: int = 0
    every: str | None = None
    excuse: tuple[str, ...] = ()
    to: str = ""
    parts: tuple[str, ...] = ()


class Part(Struct, frozen=True, order=True):
    """What a record does for duties with parts: one part, towards one party; `to` is empty for all."""

    to: str
    part: str


class Precedent(Struct, frozen=True):
    """A record that stands, with the facts that followed from it."""

    id: str
    record: Record
    facts: object


class Judged(Struct, frozen=True):
    """Whether a record stands, the codes why not, and its facts, which only the terms can read."""

    stands: bool
    refusals: tuple[str, ...] = ()
    facts: object = None


Outcome: TypeAlias = tuple[Judged, Mapping[str, Precedent], tuple[str, ...]]
"""How a record was judged, by which that stand, and all that it names."""


class Finding(Struct, frozen=True, order=True):
    """An opening that contradicts what was declared: by whom, in which record, at which path."""

    party: str
    record: str
    path: str


class Relief(Struct, frozen=True):
    """More time for one duty of the record's party: `until` an instant; 0 lets it go.

    `duty` is version, clause and base or start of its period, as `1:notify:9f…`.
    """

    duty: str
    until: int


class Leave(Struct, frozen=True):
    """The record's party leaves: from when, and by when all have finished with it."""

    effective: int
    closes: int


class Finish(Struct, frozen=True):
    """The record's party has finished with one that left."""

    leaver: str


Change: TypeAlias = Relief | Leave | Finish


class Keys(Protocol):
    """A party's record keys as the key acts of a prefix of its log have left them. Immutable and pure."""

    def sign(self, entry: Record, index: int) -> bool:
        """Tell whether the key that a record names was valid at its index, by the acts before it."""
        ...

    def officers(self, entry: Record, index: int) -> bool:
        """Tell whether what a record's officers have to sign is signed by enough of them at its index."""
        ...

    def after(self, entry: Record, index: int) -> "Keys | None":
        """Return the keys after a key act at an index; None if it has no effect."""
        ...


class Pact(Protocol):
    """What standing asks of the terms. Pure: equal arguments give equal answers at every node."""

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties of every version known, sorted: those of version 1, and whoever acceded."""
        ...

    def joined(self, party: str) -> int:
        """The version by which a party takes part: 1, or that by which it acceded."""
        ...

    @property
    def tempo(self) -> Tempo:
        """The time constants of version 1."""
        ...

    def effective(self, version: int) -> int | None:
        """From when a version may be used; None if it is not known here."""
        ...

    def duties(self, version: int) -> tuple[DutySpec, ...]:
        """The duties of a version, in the order of its document."""
        ...

    def refs(self, record: Record) -> tuple[str, ...]:
        """The ids that a record names: the root of its thread, and those in its open fields."""
        ...

    def judge(self, record: Record, thread: Mapping[str, Precedent], name: str = "") -> Judged:
        """Judge a record under the version it names.

        `thread` has those of its refs that stand; `name` is its id, where whoever asks has read that.
        """
        ...

    def owes(self, spec: DutySpec, record: Record, facts: object) -> tuple[str, ...]:
        """Who owes a duty that this record gives rise to; nobody unless its condition is exactly true."""
        ...

    def parts(self, record: Record) -> tuple[Part, ...]:
        """The parts of duties that a record performs, or excuses; none if it is about the whole."""
        ...

    def debtors(self, spec: DutySpec) -> tuple[str, ...]:
        """Who owes a duty of the calendar."""
        ...

    def period(self, record: Record) -> int | None:
        """An instant in the period that a record names; None: the period of its `at`."""
        ...

    def keys(self, party: str) -> "Keys":
        """The keys that sign a party's records from index 0 on."""
        ...

    def forker(self, record: Record, keys: "Mapping[str, Keys]") -> str | None:
        """The party whose two signed histories this record proves, if it does by its keys as given."""
        ...

    def changes(self, record: Record) -> Change | None:
        """What a record that stands does to duties; None for most."""
        ...

    def survives(self, spec: DutySpec, version: int) -> bool:
        """Whether a duty goes on arising for a party that left, or towards it."""
        ...

    def findings(self, record: Record, thread: Mapping[str, Precedent]) -> tuple[Finding, ...]:
        """What an opening contradicts."""
        ...
