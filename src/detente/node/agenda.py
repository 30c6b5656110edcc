"""The agenda: what waits for people at a node, as everybody computes it from the same records.

    of(hall, judge, now).proposals          what triggers ask this party to decide
    of(hall, judge, now).ending             {"drills": 1790000000000}, pillars that end within ninety days

The status and the desk show it. A hall is a node's realm, or a pane through which another process looks.
"""

from collections.abc import Iterable

import msgspec

from detente.accord.machines.pause import PAUSE
from detente.accord.terms import Terms
from detente.accord.version import RUNNING
from detente.node import disputes, pauses, proposals
from detente.node.disputes import Disputed
from detente.node.judge import Judge
from detente.node.pauses import Paused
from detente.node.proposals import Proposed
from detente.node.roll import Hall
from detente.node.suspension import Suspension

SUNSET = 90 * 86_400_000
"""So long before a pillar ends, in milliseconds, all sides should talk about the version that goes on."""


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """What waits.

    Attributes:
        suspended: pillar that rests to the id of the suspension.
        leaving: party that leaves or has left to its withdrawal: id, state, from when it is gone, in ms.
        pauses: what is paused, or asked to be, that is not over.
        proposals: what triggers ask this party to decide, and it has not.
        disputes: those that are not over, and those that ended unresolved.
        ending: pillar in force to when it ends by itself, of those that end soon or have ended.
    """

    suspended: dict[str, str] = {}
    leaving: dict[str, tuple[str, str, int]] = {}
    pauses: tuple[Paused, ...] = ()
    proposals: tuple[Proposed, ...] = ()
    disputes: tuple[Disputed, ...] = ()
    ending: dict[str, int] = {}


def of(hall: Hall, judge: Judge, now: int, fired: Iterable[str] | None = None) -> Agenda:
    """Return what waits for people at a time; of triggers, by these records alone (as `proposals.of`)."""
    suspension = Suspension(hall, judge)
    return Agenda(
        suspended=suspension.resting(),
        leaving={
            party: (name, one.state, int(str(one.cells["effective"])))
            for party, (name, one) in suspension.departure.leaving(now).items()
        },
        pauses=tuple(one for one in pauses.of(hall, judge, now) if one.state not in PAUSE.ends),
        proposals=tuple(
            one for one in proposals.of(hall, judge, now, fired) if proposals.waits(one, hall.party)
        ),
        disputes=tuple(one for one in disputes.of(hall, judge, now) if one.state not in disputes.OVER),
        ending={name: end for name, end in ending(judge.terms, now) if end - SUNSET <= now},
    )


def ending(terms: Terms, now: int) -> list[tuple[str, int]]:
    """Return the pillars that the version in force runs, each with when it ends by itself."""
    version = terms.in_force(now)
    pillars = version.accord.pillars
    return [(name, end) for name, end in sorted(version.sunsets.items()) if pillars[name].state in RUNNING]
