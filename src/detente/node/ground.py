"""The ground: all that a decision about releasing rests on. On the same ground nothing is decided again.

    ground.turn(standing, resting)   once a round
    ground.decided("9f…", kind)      whether this record was decided on this very ground
    ground.settle("9f…", kind)       it is now

Of standing a decision rests on the counts that the clauses for its kind read, and on no other: else each
acknowledgement in the world would ask again about every report that was ever tabled.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from detente.accord.standing import Standing
from detente.accord.terms import Terms
from detente.node import keysafe
from detente.node.realm import Realm

REGROUND = 3_600_000
"""After so long, in milliseconds, everything is decided anew: sunsets pass, approvals expire."""


@dataclass
class Ground:
    """What was decided on which ground, in one realm; a restart forgets it.

    Attributes:
        realm: where.
        terms: of the accord.
        wake: when something may go by time alone, in milliseconds; 0 if nothing waits for time.
    """

    realm: Realm
    terms: Terms
    wake: int = 0
    _decided: dict[str, bytes] = field(default_factory=dict)
    _now: dict[str, bytes] = field(default_factory=dict)
    _standing: Standing | None = None
    _version: int = 0
    _common: tuple[object, ...] = ()

    def turn(self, standing: Standing, resting: Mapping[str, str]) -> None:
        """Take this standing, and these pillars that rest, as what decisions of this round ask."""
        now = self.realm.clock.now()
        if self.wake and self.wake <= now:
            self._decided.clear()
            self.wake = 0
        keys = self.realm.readers.conn.execute(
            "SELECT count(*) FROM body WHERE kind = ?", (keysafe.KIND,)
        ).fetchone()
        version = self.terms.in_force(now).accord.version
        self._common = (int(keys[0]), version, now // REGROUND, sorted(resting.items()))
        self._standing, self._version, self._now = standing, version, {}

    def decided(self, name: str, kind: str) -> bool:
        """Tell whether a record of a kind was decided on the ground of this round."""
        return self._decided.get(name) == self._of(kind)

    def settle(self, name: str, kind: str) -> None:
        """Note that a record of a kind was decided on the ground of this round."""
        self._decided[name] = self._of(kind)

    def forget(self, name: str) -> None:
        """Let a record be decided again: something was said about it."""
        self._decided.pop(name, None)

    def until(self, times: list[int]) -> None:
        """Decide everything again once the soonest of these times has come; 0 is none."""
        self.wake = min([one for one in times if one] + ([self.wake] if self.wake else []), default=0)

    def _of(self, kind: str) -> bytes:
        if kind not in self._now:
            version = self.terms.versions[self._version]
            standing = self._standing
            read = [
                sorted(version.grants[kind, party].bank.counts)
                for party in self.realm.others
                if (kind, party) in version.grants
            ]
            counts = [
                [party, pillar, count, rows.get(pillar, {}).get(count, 0)]
                for pillar, count in sorted({one for some in read for one in some})
                for party, rows in sorted(standing.counts.items() if standing else ())
            ]
            self._now[kind] = hashlib.sha256(msgspec.json.encode((self._common, counts))).digest()
        return self._now[kind]
