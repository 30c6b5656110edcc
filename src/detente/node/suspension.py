"""The suspension: which pillars rest because a party suspended them, and what that closes at this node.

    resting()  ->  {"incidents": "9f…"}

Down needs one party, up needs all: a pillar rests while some suspension of it stands that not every party has
answered with an activation. The gate then closes here, to tabling and to releasing; it only takes away. The
channel never rests. Standing is left alone: a duty keeps its clock, and a nil return goes through the
channel. Order plays no part: who holds the same records agrees.
"""

from dataclasses import dataclass

import msgspec

from detente.accord import switch
from detente.accord.gate import Decision, Denial, Request
from detente.accord.switch import ACTIVATE, SUSPEND
from detente.node.judge import Judge
from detente.node.realm import Realm
from detente.trust.errors import DetenteError
from detente.trust.record import Record

REMEDY = "Use the channel (notices). The pillar goes on when every party's officers have activated it again."


@dataclass(frozen=True)
class Suspension:
    """What is suspended in one realm."""

    realm: Realm
    judge: Judge

    def resting(self) -> dict[str, str]:
        """Return pillar to the id of a suspension by which it rests, the earliest by its author's clock."""
        suspended = sorted(self._signed(SUSPEND), key=lambda one: (-one[1].at, one[0]))
        if not suspended:
            return {}
        answered = {(entry.thread, entry.party) for _, entry in self._signed(ACTIVATE)}
        return {
            str(entry.open["pillar"]): name
            for name, entry in suspended
            if any((name, party) not in answered for party in self.judge.terms.parties)
        }

    def denial(self, kind: str) -> Denial | None:
        """Return why a record of this kind is not tabled or released now, or None."""
        stop = self.resting().get(kind.partition(".")[0])
        if stop is None:
            return None
        # 1. Nobody has suspended its pillar.
        entry = self.judge.library[stop]
        pillar = entry.open["pillar"]
        return Denial("suspension.1", "suspended", f"{pillar} is suspended by {entry.party}: {stop[:16]}.")

    def decision(self, request: Request) -> Decision | None:
        """Return the refusal of all sealed values of a record whose pillar rests, or None."""
        stopped = self.denial(request.record.kind)
        if stopped is None:
            return None
        version = self.judge.terms.in_force(request.at).accord.version
        paths = sorted(request.paths or request.record.sealed)
        denials = tuple(msgspec.structs.replace(stopped, path=path) for path in paths)
        return Decision(allowed=False, granted={}, denials=denials, version=version)

    def check(self, entry: Record) -> None:
        """Check a switch before it is logged. Raises as `switch.verify`."""
        party = self.realm.party
        switch.verify(entry, self.realm.keyrings[party], len(self.realm.trees[party]))

    def _signed(self, kind: str) -> list[tuple[str, Record]]:
        """The records of a kind that stand, and that their parties' officers signed."""
        parties = {self.realm.log(party): party for party in self.realm.keyrings}
        rows = self.realm.readers.conn.execute(
            "SELECT e.id, e.log, e.idx FROM entry e JOIN body b ON b.id = e.id"
            " JOIN log l ON l.log = e.log WHERE b.kind = ? AND l.domain = ?"
            " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)",
            (kind, self.realm.domain),
        )
        places = [(bytes(name).hex(), parties.get(log, ""), int(index)) for name, log, index in rows]
        return [
            (name, self.judge.library[name])
            for name, party, index in places
            if name in self.judge.library
            and self.judge.said(name).stands
            and self._by_officers(self.judge.library[name], party, index)
        ]

    def _by_officers(self, entry: Record, party: str, index: int) -> bool:
        if entry.party != party:
            return False
        try:
            switch.verify(entry, self.realm.keyrings[party], index)
        except DetenteError:
            return False
        return True
