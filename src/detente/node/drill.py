"""The drill: whether the exercise of a node goes on, or a NO-DUFF has stopped it.

    accord.exercise opens one; accord.no-duff, by any party, stops it: something real happened.

An exercise goes on while one that was opened is not stopped, or while none was opened and nothing stopped.
After a NO-DUFF nothing is tabled in the exercise domain but what the protocol itself needs, until somebody
opens a new one. The live domain knows nothing of this. Order plays no part: who holds the same records
agrees.
"""

from dataclasses import dataclass

from detente.accord.acts import ABORT, EXERCISE, NO_DUFF
from detente.accord.gate import Denial
from detente.node.judge import Judge
from detente.node.realm import Realm

GOING_ON = frozenset(
    {
        EXERCISE,
        NO_DUFF,
        "accord.receipt",
        "accord.announce",
        "accord.fork",
        "accord.key-change",
        "accord.revoke",
        "accord.disavow",
        "accord.erase",
        ABORT,
    }
)
"""What is tabled in an exercise that was stopped: receipts, keys, proofs, aborts, its end and beginning."""


REMEDY = "Act on what is real. To exercise again, open a new exercise: detente exercise open."


@dataclass(frozen=True)
class Drill:
    """The exercise of one realm; of the live realm there is none."""

    realm: Realm
    judge: Judge

    def stopped(self) -> str | None:
        """Return the id of the newest NO-DUFF if it stopped the exercise, or None."""
        if self.realm.domain != "exercise":
            return None
        stops = self._standing(NO_DUFF)
        ended = {str(self.judge.library[name].open["exercise"]) for name in stops}
        if not stops or set(self._standing(EXERCISE)) - ended:
            return None
        return max(stops, key=lambda name: (self.judge.library[name].at, name))

    def denial(self, kind: str) -> Denial | None:
        """Return why a record of this kind is not tabled now, or None."""
        stop = None if kind in GOING_ON else self.stopped()
        if stop is None:
            return None
        # 1. No NO-DUFF has stopped the exercise.
        entry = self.judge.library[stop]
        why = f"NO-DUFF by {entry.party} ({entry.open['reason']}): {stop[:16]} has stopped the exercise."
        return Denial("drill.1", "stopped-by-no-duff", why)

    def _standing(self, kind: str) -> list[str]:
        rows = self.realm.readers.conn.execute(
            "SELECT DISTINCT e.id FROM entry e JOIN body b ON b.id = e.id JOIN log l ON l.log = e.log"
            " WHERE b.kind = ? AND l.domain = ?"
            " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)",
            (kind, self.realm.domain),
        )
        names = [bytes(row[0]).hex() for row in rows]
        return [name for name in names if name in self.judge.library and self.judge.said(name).stands]
