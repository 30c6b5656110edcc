"""What lies before the officers, as their page shows it: any one of them can abort it there.

lying(visit)        each act that was laid out: of which record, to whom, from when on it may go
stops(payload)      whether a statement is an abort, which takes one signature
"""

from typing import get_args

from msgspec import Struct

from detente.accord.acts import ABORT, AbortReason
from detente.faces.desk.ground import SHORT
from detente.faces.desk.tongue import Instant
from detente.faces.desk.visit import Visit
from detente.trust import canonical

REASONS: tuple[str, ...] = get_args(AbortReason)


class Lying(Struct, frozen=True, kw_only=True):
    """One act before the officers."""

    id: str
    short: str
    to: str
    href: str
    title: str
    lang: str
    ready: Instant
    until: Instant


def lying(visit: Visit) -> tuple[Lying, ...]:
    """Return what lies before the officers of this desk's party now, oldest first."""
    ground, tongue = visit.ground, visit.frame.tongue
    found = []
    for one in ground.pane.laid(visit.frame.now):
        record = one.act.record
        title = ground.title_of(record)
        made = Lying(
            id=one.id,
            short=one.id[:SHORT],
            to=one.act.to,
            href=ground.link(ground.index.root_of(record) or record),
            title=title.text,
            lang=title.lang,
            ready=tongue.when(one.ready),
            until=tongue.when(one.act.expires),
        )
        found.append(made)
    return tuple(found)


def stops(payload: bytes) -> bool:
    """Tell whether a statement that waits here is an abort."""
    value = canonical.decode(payload)
    return isinstance(value, dict) and value.get("act") == ABORT
