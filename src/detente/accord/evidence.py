"""The evidence: all logs and all that each says of the others.

Intervals are read from it; nothing is decided here. Pure.
"""

from collections.abc import Iterator, Mapping
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
        votes: witness to party to what its log says about that party's; the parties of version 1 are the
            witnesses, so that no interval changes when another accedes.
        trees: by party; not part of a snapshot, made again from the leaves.
    """

    tempo: Tempo
    ledgers: dict[str, Ledger]
    votes: dict[str, dict[str, Votes]]
    trees: dict[str, Tree] = field(default_factory=dict)

    @classmethod
    def empty(cls, tempo: Tempo, joined: Mapping[str, int]) -> "Evidence":
        """Return the evidence before anything was logged, of each party by when it joined."""
        ledgers = {party: Ledger(party, version) for party, version in joined.items()}
        founders = [party for party, version in joined.items() if version == 1]
        votes = {w: {p: Votes() for p in joined if p != w} for w in founders}
        return cls(tempo, ledgers, votes, {party: Tree() for party in joined})

    @property
    def present(self) -> frozenset[str]:
        """Who is spoken of at this cut: a party that acceded is once its version was adopted, or it logged.

        So a node that does not know the version yet gives the same answer for as long as nobody uses it.
        """
        newest = max(ledger.version for ledger in self.ledgers.values())
        rows = self.ledgers.items()
        return frozenset(party for party, one in rows if one.joined <= newest or one.covered)

    def append(self, party: str, leaf: Leaf) -> None:
        """Take the next leaf of a log, not covered yet."""
        self.ledgers[party].leaves.append(leaf)
        self.trees[party].append(leaf_hash(leaf_bytes(leaf)))

    def hear(self, witness: str, at: int, heads: dict[str, Seen]) -> None:
        """Take what a receipt says of every other log; silence about one says that nothing new was seen."""
        for party, votes in self.votes.get(witness, {}).items():
            votes.hear(at, heads.get(party))

    def advance(self) -> None:
        """Let every clock move as far as the covered logs allow."""
        for rows in self.votes.values():
            for party, votes in rows.items():
                if votes.queue:
                    root_at = partial(self.root, party)
                    votes.advance(self.ledgers[party].covered, root_at, self.tempo.hand_over)

    def cut(self) -> Cut:
        """Return up to where the logs are covered; that of a party that acceded is named once it begins."""
        return Cut(
            {
                party: Head(ledger.covered, self.root(party, ledger.covered))
                for party, ledger in self.ledgers.items()
                if ledger.joined == 1 or ledger.covered
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

    def witnesses(self, party: str) -> int:
        """Return how many witnesses a party has."""
        return len(self.votes.keys() - {party})

    def interval(self, party: str, index: int) -> Interval:
        """Return the interval of an entry as a performance; an index one past the end is the next entry."""
        return bounds(self._own(party, index), self.about(party), index, self.tempo, self.witnesses(party))

    def base(self, party: str, index: int, debtor: str = "") -> Interval:
        """Return the interval of an entry as something on which others, or the debtor, build."""
        votes = self.about(party, debtor)
        return base_bounds(self._own(party, index), votes, index, self.tempo, self.witnesses(party))

    def witnessed(self, party: str, index: int) -> Interval:
        """Return the interval of an entry by what the others say alone: its author's dates prove nothing."""
        votes = self.about(party)
        return attested(votes, index, self.tempo, self.witnesses(party))

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
