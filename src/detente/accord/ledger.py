"""The ledger: one party's log as standing reads it, entry by entry and in order.

An entry is pending until enough witnesses held its body (counted) or cannot any more (void). Counted
entries are admitted in the log's order, each after everything before it is counted or void: so keys,
versions and the author's clock are facts of the prefix, and never change as a cut grows. An admitted
record then waits for what it names, and ends as one that stands or was refused. Pure.
"""

from enum import IntEnum

from msgspec import Struct, field

from detente.accord.interval import UNSET
from detente.trust.record import Leaf, Record

CLOCK_BACK = "clock-went-back"
FOREIGN = "not-the-author's-log"
KEY_ACT = "key-act-without-effect"
NO_KEY = "key-not-valid-here"
REPEATED = "repeated"
TOO_EARLY = "version-not-in-force"
WRONG_CLASS = "receipt-in-a-record's-leaf"
OLD_VERSION = "version-went-back"


class State(IntEnum):
    """Where an entry is on its way; the last four are final."""

    PENDING = 0
    COUNTED = 1
    ADMITTED = 2
    RECEIPT = 3
    VOID = 4
    REFUSED = 5
    STANDS = 6


UNSETTLED = (State.PENDING, State.COUNTED, State.ADMITTED)


class Ledger(Struct):
    """One log, as far as it is covered.

    Args:
        party: whose log.
        joined: the version by which its party takes part.
        leaves: all entries known, covered or not.
        covered: how many entries the cut covers.
        clock: the newest receipt covered.
        own: by index, the newest receipt before it; for a counted record, at least its `at`.
        states: by index.
        first: id to the first index at which it stands in the log.
        open: indices of class record that are not final, ascending.
        admitted: how many entries of the prefix are admitted, void or receipts.
        latest: the greatest `at` of the admitted prefix.
        version: the version of the accord in force in the prefix.
        adopted: version to the index of the record that adopted it.
        acts: indices of the key acts that took effect, ascending: the keys of the admitted prefix follow.
        refusals: index to codes.
    """

    party: str
    joined: int = 1
    leaves: list[Leaf] = field(default_factory=list)
    covered: int = 0
    clock: int = UNSET
    own: list[int] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    open: list[int] = field(default_factory=list)
    admitted: int = 0
    latest: int = UNSET
    version: int = 1
    adopted: dict[int, int] = field(default_factory=dict)
    acts: list[int] = field(default_factory=list)
    refusals: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def cover(self, receipt_at: int | None = None) -> int:
        """Cover the next entry; `receipt_at` is the time of a receipt that counts. Return its index."""
        index = self.covered
        entry = self.leaves[index]
        self.own.append(self.clock)
        if entry.cls == "receipt":
            self.states.append(State.RECEIPT)
            if receipt_at is not None:
                self.clock = self.own[index] = max(self.clock, receipt_at)
        else:
            self.states.append(State.PENDING)
            self.first.setdefault(entry.id, index)
            self.open.append(index)
        self.covered += 1
        return index

    def count(self, index: int, record: Record) -> None:
        """Take a record whose body enough witnesses held: from now on its own `at` binds its author."""
        self.states[index] = State.COUNTED
        self.own[index] = max(self.own[index], record.at)

    def close(self, index: int, state: State, refusals: tuple[str, ...] = ()) -> None:
        """Give an entry its final state."""
        self.states[index] = state
        self.open.remove(index)
        if refusals:
            self.refusals[index] = refusals

    def skip(self) -> None:
        """Pass over one entry of the prefix that is a receipt or void."""
        if self.states[self.admitted] == State.RECEIPT:
            self.latest = max(self.latest, self.own[self.admitted])
        self.admitted += 1

    def admit(self, record: Record, effective: int, *, signed: bool) -> bool:
        """Pass over one counted record of the prefix: admit or refuse it by what came before it.

        Args:
            record: the next one.
            effective: from when its version may be used.
            signed: whether the key that it names was valid here.
        """
        index = self.admitted
        self.admitted += 1
        refusal = self._refusal(index, record, effective, signed=signed)
        if refusal:
            self.close(index, State.REFUSED, (refusal,))
            return False
        self.states[index] = State.ADMITTED
        for version in range(self.version + 1, record.accord.version + 1):
            self.adopted[version] = index
        self.version = record.accord.version
        self.latest = max(self.latest, record.at)
        return True

    def _refusal(self, index: int, record: Record, effective: int, *, signed: bool) -> str:
        # 1. to 7. in this order; the first that fails names the refusal.
        checks = (
            (record.kind != "accord.receipt", WRONG_CLASS),
            (record.party == self.party, FOREIGN),
            (self.first[self.leaves[index].id] == index, REPEATED),
            (signed, NO_KEY),
            (record.at >= self.latest, CLOCK_BACK),
            (record.accord.version >= max(self.version, self.joined), OLD_VERSION),
            (effective <= self.own[index], TOO_EARLY),
        )
        return next((code for holds, code in checks if not holds), "")
