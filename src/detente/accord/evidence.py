"""The evidence: all logs and all that each says of the others.

Intervals are read from it; nothing is decided here. Pure.
"""

from collections.abc import Collection, Iterator
from functools import partial

from msgspec import Struct, field

from detente.accord.cut import Cut, Head
from detente.accord.duty import Tempo
from detente.accord.interval import INF, Interval, Votes, attested, base_bounds, bounds
from detente.accord.ledger import Ledger
from detente.accord.receipt import Seen
from detente.trust.record import Leaf, leaf_bytes
from detente.trust.tree import Tree, leaf_hash


class Evidence(Struct):
    """What the covered logs say.

    Args:
        tempo: the accord's constants.
        ledgers: by party.
        votes: witness to party to what its log says about that party's.
        trees: by party; not part of a snapshot, made again from the leaves.
    """

    tempo: Tempo
    ledgers: dict[str, Ledger]
    votes: dict[str, dict[str, Votes]]
    trees: dict[str, Tree] = field(default_factory=dict)

    @classmethod
    def empty(cls, tempo: Tempo, parties: Collection[str]) -> "Evidence":
        """Return the evidence before anything was logged."""
        ledgers = {party: Ledger(party) for party in parties}
        votes = {w: {p: Votes() for p in parties if p != w} for w in parties}
        return cls(tempo, ledgers, votes, {party: Tree() for party in parties})

    def append(self, party: str, leaf: Leaf) -> None:
        """Take the next leaf of a log, not covered yet."""
        self.ledgers[party].leaves.append(leaf)
        self.trees[party].append(leaf_hash(leaf_bytes(leaf)))

    def hear(self, witness: str, at: int, heads: dict[str, Seen]) -> None:
        """Take what a receipt says of every other log; silence about one says that nothing new was seen."""
        for party, votes in self.votes[witness].items():
            votes.hear(at, heads.get(party))

    def advance(self) -> None:
        """Let every clock move as far as the covered logs allow."""
        for rows in self.votes.values():
            for party, votes in rows.items():
                if votes.queue:
                    root_at = partial(self.root, party)
                    votes.advance(self.ledgers[party].covered, root_at, self.tempo.hand_over)

    def cut(self) -> Cut:
        """Return up to where the logs are covered."""
        return Cut(
            {
                party: Head(ledger.covered, self.root(party, ledger.covered))
                for party, ledger in self.ledgers.items()
            }
        )

    def root(self, party: str, size: int) -> str:
        """Return the root of the first entries of a log."""
        return self.trees[party].root(size).hex()

    def about(self, party: str, without: str = "") -> list[Votes]:
        """Return what the others say of a party's log, without one of them unless nobody else is."""
        all_votes = {w: rows[party] for w, rows in self.votes.items() if w != party}
        others = [votes for witness, votes in all_votes.items() if witness != without]
        return others or list(all_votes.values())

    def interval(self, party: str, index: int) -> Interval:
        """Return the interval of an entry as a performance; an index one past the end is the next entry."""
        return bounds(self._own(party, index), self.about(party), index, self.tempo, len(self.ledgers))

    def base(self, party: str, index: int, debtor: str = "") -> Interval:
        """Return the interval of an entry as something on which others, or the debtor, build."""
        votes = self.about(party, debtor)
        return base_bounds(self._own(party, index), votes, index, self.tempo, len(self.ledgers))

    def witnessed(self, party: str, index: int) -> Interval:
        """Return the interval of an entry by what the others say alone: its author's dates prove nothing."""
        votes = self.about(party)
        return attested(votes, index, self.tempo, len(self.ledgers))

    def floor(self, party: str) -> int:
        """Return the time before which no entry of a log that is open, or still to come, came about."""
        ledger = self.ledgers[party]
        return min(self.interval(party, index).not_before for index in [*ledger.open, ledger.covered])

    def holders(self, party: str, index: int) -> Iterator[str]:
        """Return who logged in time that it holds a body."""
        for witness, rows in sorted(self.votes.items()):
            if party in rows and rows[party].held_at(index) < INF:
                yield witness

    def lags(self, party: str, deadline: int) -> tuple[str, ...]:
        """Return the witnesses whose clock about a party has not passed a deadline."""
        return tuple(
            witness
            for witness, rows in sorted(self.votes.items())
            if party in rows and rows[party].clock <= deadline
        )

    def _own(self, party: str, index: int) -> int:
        ledger = self.ledgers[party]
        return ledger.own[index] if index < ledger.covered else ledger.clock
