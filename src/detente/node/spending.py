"""The spending: what went to each party before, as the budget counts it, read from the ledger only once.

    spending.since("cn", at)      Spend, oldest first, of the packages that went to cn after a time

What was sent is never unsent, and later releases are never dated earlier: so of the ledger only its end is
read again, however much went out in the period.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from detente.accord.gate import Spend
from detente.node import delivery
from detente.node.realm import Realm


@dataclass
class Spending:
    """What left one realm."""

    realm: Realm
    _known: dict[str, tuple[int, list[Spend]]] = field(default_factory=dict)

    def since(self, audience: str, at: int) -> tuple[Spend, ...]:
        """Return what went to a party after a time, in milliseconds."""
        start, known = self._known.get(audience, (at, []))
        # Who asks further back than was asked before, by another clock or period, has all of it read again.
        if at < start or not known:
            known = []
        # Of the newest instant more may have come since.
        upto = known[-1].at - 1 if known else at
        old = known[bisect_right(known, at, key=_at) : bisect_right(known, upto, key=_at)]
        new = delivery.spends(self.realm.readers.conn, self.realm.domain, audience, max(upto, at))
        found = [*old, *sorted(new, key=_at)]
        self._known[audience] = (at, found)
        return tuple(found)


def _at(spend: Spend) -> int:
    return spend.at
