"""Standings: what one more record costs, after a long history and after one a tenth as long."""

import time
from collections.abc import Iterator
from itertools import count
from statistics import median

import treaties
from detente.accord.fold import Fold
from detente.accord.receipt import Seen
from detente.trust import record
from detente.trust.record import Record, leaf_bytes
from detente.trust.tree import Tree, leaf_hash
from row import Aim, Row, Scale

INDEPENDENT = Aim("ratio", most=1.5)


class History:
    """A fold that is fed with a report of us an hour, and a receipt of each party."""

    def __init__(self, length: int) -> None:
        self.bodies: dict[str, Record] = {}
        self.trees = {party: Tree() for party in treaties.PARTIES}
        self.fold = Fold(treaties.treaty(), self.bodies)
        self.hours = count(1)
        for _ in range(length):
            self.more()

    def more(self) -> None:
        """Take one more record and what the others say of it, and settle what can be."""
        hour = next(self.hours)
        at = treaties.START + hour * treaties.HOUR
        self._log("us", treaties.report(hour, at))
        for party in treaties.PARTIES:
            heads = {
                other: Seen(len(tree), tree.root().hex())
                for other, tree in self.trees.items()
                if other != party and len(tree)
            }
            self._log(party, treaties.receipt(party, hour, at + 60_000, heads))
        self.fold.counts(at + 120_000)

    def _log(self, party: str, entry: Record) -> None:
        leaf = record.leaf(entry)
        self.bodies[leaf.id] = entry
        self.trees[party].append(leaf_hash(leaf_bytes(leaf)))
        self.fold.append(party, leaf)


def one_more(scale: Scale) -> Iterator[Row]:
    """One report and three receipts, with their making."""
    length, times = scale.of(3_000, 30), scale.of(200, 3)
    long, short = History(length), History(length // 10)
    costs = [(_timed(long), _timed(short)) for _ in range(times)]
    mine, least = (median(column) for column in zip(*costs, strict=True))
    what = f"standing after one more record, {length:,} before it"
    yield Row(what, mine, "µs", least, f"{length // 10:,} before it", INDEPENDENT)


def _timed(history: History) -> float:
    """Return what one more costs, in microseconds of CPU."""
    started = time.process_time()
    history.more()
    return max((time.process_time() - started) * 1e6, 1e-3)
