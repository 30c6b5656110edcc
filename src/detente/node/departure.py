"""The departure: which parties leave or have left, and what that closes at this node.

    leaving()  ->  {"cn": ("9f…", Moment("leaving", …))}

From the day of leaving the gate is closed to the party that left, but for what survives, and that party
tables nothing of the pillars but that. The accord's own kinds stay open: a dispute, an erasure, a receipt.
Whoever is left says what became of what it held, before it tables more that would be due to the leaver.
"""

from dataclasses import dataclass

from detente.accord.acts import FINISH, WITHDRAW
from detente.accord.gate import Denial, Request
from detente.accord.machines.withdrawal import WITHDRAWAL
from detente.accord.version import Version
from detente.node import roll
from detente.node.judge import Judge
from detente.node.roll import Hall
from detente.trust.machine import Cells, Event, Moment, fold
from detente.trust.record import Record

REMEDY = "See when each party leaves: detente status. What survives is named in the accord."


@dataclass(frozen=True)
class Departure:
    """Who leaves one realm."""

    realm: Hall
    judge: Judge

    def leaving(self, at: int) -> dict[str, tuple[str, Moment]]:
        """Return party to its withdrawal and where that is now, by the table `machines.withdrawal`."""
        said = roll.signed(self.realm, self.judge, WITHDRAW)
        found: dict[str, tuple[str, Moment]] = {}
        for name, entry in sorted(said, key=lambda one: (one[1].at, one[0])):
            if entry.party not in found:
                found[entry.party] = name, self._moment(name, at)
        return found

    def own(self, kind: str, at: int) -> Denial | None:
        """Return why this party tables no record of a kind any more, or not yet, or None."""
        gone = self.leaving(at)
        if not gone or kind.startswith("accord."):
            return None
        left = {party: name for party, (name, now) in gone.items() if now.state in ("left", "closed")}
        version = self.judge.terms.in_force(at)
        # 1. This party is still there, or the record performs what survives.
        if self.realm.party in left and not _survives(kind, version):
            return Denial("departure.1", "left", f"{self.realm.party} has left this accord.")
        done = {entry.open["withdrawal"] for entry in self._finished(self.realm.party)}
        for party, name in sorted(left.items()):
            due = any(one.spec.to == party and one.spec.on == kind for one in version.obligations.values())
            # 2. Nothing is owed to a party that left.
            if due and name not in done:
                what = f"{party} has left, and this party has not finished with it: {name[:16]}."
                return Denial("departure.2", "unfinished", what)
        return None

    def towards(self, request: Request) -> Denial | None:
        """Return why nothing of a record is shown to its audience: it left, and the kind does not survive."""
        now = self.leaving(request.at).get(request.audience)
        # 3. The audience is still there, or the record is of a kind that survives.
        if now is None or now[1].state not in ("left", "closed"):
            return None
        if _survives(request.record.kind, self.judge.terms.in_force(request.at)):
            return None
        return Denial("departure.3", "left", f"{request.audience} has left this accord: {now[0][:16]}.")

    def _moment(self, name: str, at: int) -> Moment:
        entry = self.judge.library[name]
        version = self.judge.terms.versions[entry.accord.version]
        parties = frozenset(version.world.parties)
        terms: Cells = {"disposal": version.disposal, "parties": parties}
        effective = int(entry.open["effective"])
        said = Event("withdraw", entry.at, entry.party, {"effective": effective, "earliest": effective})
        ends = [
            Event("finish", one.at, one.party)
            for one in self._finished("")
            if one.open["withdrawal"] == name and one.at <= at
        ]
        # Whoever finished did so after the day of leaving: nothing else stands.
        ticks = [Event("tick", effective)] if at >= effective else []
        return fold(WITHDRAWAL, terms, [said, *ticks, *ends, Event("tick", at)])

    def _finished(self, party: str) -> list[Record]:
        rows = roll.standing(self.realm, self.judge, FINISH)
        return [entry for _, _, entry in rows if party in ("", entry.party)]


def _survives(kind: str, version: Version) -> bool:
    """Whether a kind performs or excuses a duty that survives, or is released by a clause that does."""
    kinds: set[str] = set()
    for name, one in version.obligations.items():
        if name.partition("@")[0] in version.accord.withdrawal.surviving:
            kinds |= {*one.spec.what, *one.spec.excuse}
            kinds |= {one.spec.on} if one.spec.to and one.spec.on else set()
    return kind in kinds
