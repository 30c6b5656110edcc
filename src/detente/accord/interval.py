"""The interval: when a leaf's body came about, as the logs of others support it.

    votes = Votes()                             what witness w's log says about party a's log
    votes.hear(at, seen); votes.advance(size, root_at, hand_over)
    bounds(own, [votes, …], index, tempo)       ->  Interval(not_before, not_after)

Time is what others' logs say; evidence only narrows: `low` and `since` never fall, `held` and `seen_by`
never rise as logs grow. Definitions: docs/protocol.md, section 4. Pure.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct, field

from detente.accord.duty import Tempo
from detente.accord.receipt import Seen

INF = 2**62
"""Never, as far as this log says."""

UNSET = -1
"""Before everything: nothing was said."""

RootAt = Callable[[int], str]


class Interval(Struct, frozen=True):
    """Not before, not after; `INF` where nothing bounds it."""

    not_before: int
    not_after: int


class Tiding(Struct, frozen=True):
    """One receipt of a witness as it concerns one log: None if it does not name that log."""

    at: int
    seen: Seen | None


class Votes(Struct):
    """What one witness's log says about one other party's log, as far as that log is in the cut.

    Args:
        clock: the newest receipt that counts, or `UNSET`.
        seen: by index, when the leaf was first covered.
        held: by index, when the body was first held; `UNSET` not yet; `INF` too late.
        missing: indices covered, not held, and not yet too late; ascending.
        queue: receipts that wait for the other log to grow.
        stopped: why this clock stands still for ever: "back", "fork", "shrank", or "" while it runs.
    """

    clock: int = UNSET
    seen: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    queue: list[Tiding] = field(default_factory=list)
    stopped: str = ""

    def hear(self, at: int, seen: Seen | None) -> None:
        """Take the next receipt of the witness's log, in its order."""
        if not self.stopped:
            self.queue.append(Tiding(at, seen))

    def advance(self, size: int, root_at: RootAt, hand_over: int) -> None:
        """Read queued receipts as far as the other log's first `size` entries allow."""
        done = 0
        for tiding in self.queue:
            # 1. A receipt that runs ahead of the cut waits, and those behind it.
            if tiding.seen and tiding.seen.size > size:
                break
            done += 1
            # 2. to 4. One that contradicts stops this clock for ever.
            self.stopped = self._fault(tiding, root_at)
            if self.stopped:
                done = len(self.queue)
                break
            self._read(tiding, hand_over)
        del self.queue[:done]

    def low(self, index: int, hand_over: int) -> int:
        """Return the time by which this witness had not held the body; `INF` if it never will in time."""
        if index >= len(self.seen):
            return self.clock
        if self.held[index] != UNSET:
            return self.held[index]
        return INF if self.clock > self.seen[index] + hand_over else self.clock

    def held_at(self, index: int) -> int:
        """Return when this witness first held the body; `INF` if it does not say so, or said it too late."""
        held = self.held[index] if index < len(self.held) else UNSET
        return INF if held == UNSET else held

    def base(self, index: int, tempo: Tempo) -> Interval:
        """Return low and held; where the body came too late, what that says of the time: near seen + T."""
        low, held = self.low(index, tempo.hand_over), self.held_at(index)
        if low < INF:
            return Interval(low, held)
        limit = self.seen[index] + tempo.hand_over
        return Interval(limit, limit + tempo.tolerance)

    def since(self, index: int) -> int:
        """Return the time by which this witness had not seen the leaf, or when it first had."""
        return self.seen[index] if index < len(self.seen) else self.clock

    def seen_by(self, index: int) -> int:
        """Return when this witness had first seen the leaf; `INF` if it does not say so."""
        return self.seen[index] if index < len(self.seen) else INF

    def _fault(self, tiding: Tiding, root_at: RootAt) -> str:
        # 2. The witness's clock went back.
        if tiding.at < self.clock:
            return "back"
        if tiding.seen is None:
            return ""
        # 3. Another history than the one in the cut.
        if root_at(tiding.seen.size) != tiding.seen.root:
            return "fork"
        # 4. It had seen more before.
        return "shrank" if tiding.seen.size < len(self.seen) else ""

    def _read(self, tiding: Tiding, hand_over: int) -> None:
        if tiding.seen:
            self._fill(tiding.at, tiding.seen, hand_over)
            self._cover(tiding.at, tiding.seen)
        self.clock = tiding.at
        # 5. What is too late is never missed again: INF now, as any later receipt would say.
        late = [index for index in self.missing if self.clock > self.seen[index] + hand_over]
        for index in late:
            self.held[index] = INF
        if late:
            self.missing = [index for index in self.missing if self.held[index] == UNSET]

    def _fill(self, at: int, seen: Seen, hand_over: int) -> None:
        arrived = [index for index in self.missing if not seen.lacks(index)]
        for index in arrived:
            self.held[index] = INF if at > self.seen[index] + hand_over else at
        if arrived:
            self.missing = [index for index in self.missing if self.held[index] == UNSET]

    def _cover(self, at: int, seen: Seen) -> None:
        for index in range(len(self.seen), seen.size):
            lacks = seen.lacks(index)
            self.seen.append(at)
            self.held.append(UNSET if lacks else at)
            if lacks:
                self.missing.append(index)


def smallest(values: Sequence[int], nth: int) -> int:
    """Return the nth smallest, counting from 1; `INF` if there are fewer; `UNSET` for the 0th."""
    if nth < 1:
        return UNSET
    return sorted(values)[nth - 1] if nth <= len(values) else INF


def largest(values: Sequence[int], nth: int) -> int:
    """Return the nth largest, counting from 1, of at least as many."""
    return sorted(values)[-nth]


def bounds(own: int, votes: Sequence[Votes], index: int, tempo: Tempo, witnesses: int) -> Interval:
    """Return the interval of a performance: its author's own clock counts in full, against its author.

    Args:
        own: the author's clock: newest receipt before, and `at` once the record is counted.
        votes: of every other party.
        index: in the author's log.
        tempo: the accord's constants.
        witnesses: how many the party has.
    """
    lows = [vote.low(index, tempo.hand_over) for vote in votes]
    held = [vote.held_at(index) for vote in votes]
    low = smallest(lows, tempo.lows(witnesses))
    return Interval(max(own, low), max(own, smallest(held, tempo.c)))


def base_bounds(own: int, votes: Sequence[Votes], index: int, tempo: Tempo, witnesses: int) -> Interval:
    """Return the interval of a base: its author's clock is capped by who saw the leaf.

    Otherwise an author who dates its own record ahead postpones what it owes (ADR 0041). A witness to whom
    the body came too late still bounds the time of a record that others make stand (ADR 0042).
    """
    early = late = own
    honest = tempo.lows(len(votes))
    if honest:
        early = min(own, largest([vote.since(index) for vote in votes], honest))
        late = min(own, largest([vote.seen_by(index) for vote in votes], honest))
    span = attested(votes, index, tempo, witnesses)
    return Interval(max(early, span.not_before), max(late, span.not_after))


def attested(votes: Sequence[Votes], index: int, tempo: Tempo, witnesses: int) -> Interval:
    """Return the interval of an entry by what witnesses say alone; without end unless c held it in time."""
    spans = [vote.base(index, tempo) for vote in votes]
    low = smallest([span.not_before for span in spans], tempo.lows(witnesses))
    held = smallest([span.not_after for span in spans], tempo.c)
    timely = smallest([vote.held_at(index) for vote in votes], tempo.c)
    return Interval(low, INF if timely >= INF else held)
