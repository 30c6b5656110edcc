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
from detente.node import roll
from detente.node.departure import Departure
from detente.node.judge import Judge
from detente.node.roll import Hall

REMEDY = "Use the channel (notices). The pillar goes on when every party's officers have activated it again."


@dataclass(frozen=True)
class Suspension:
    """What is suspended in one realm."""

    realm: Hall
    judge: Judge

    def resting(self) -> dict[str, str]:
        """Return pillar to the id of a suspension by which it rests, the earliest by its author's clock."""
        suspended = sorted(roll.signed(self.realm, self.judge, SUSPEND), key=lambda one: (-one[1].at, one[0]))
        if not suspended:
            return {}
        answered = [entry for _, entry in roll.signed(self.realm, self.judge, ACTIVATE)]
        versions = self.judge.terms.versions
        return {
            str(entry.open["pillar"]): name
            for name, entry in suspended
            if switch.rests(
                entry,
                [one for one in answered if one.thread == name],
                versions[entry.accord.version].world.parties,
            )
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
        """Return the refusal of all sealed values of a record whose pillar rests, or whose reader left."""
        stopped = self.denial(request.record.kind) or self.departure.towards(request)
        if stopped is None:
            return None
        version = self.judge.terms.in_force(request.at).accord.version
        paths = sorted(request.paths or request.record.sealed)
        denials = tuple(msgspec.structs.replace(stopped, path=path) for path in paths)
        return Decision(allowed=False, granted={}, denials=denials, version=version)

    @property
    def departure(self) -> Departure:
        """Who left."""
        return Departure(self.realm, self.judge)
