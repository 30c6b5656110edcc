"""The watch over a confidential desk: what waits too long, what is past its date, whether anything is gone.

One finding for each thing that is amiss, with how many reports it is about: a desk with forty reports that
wait says so once. Nothing is written.
"""

from collections.abc import Iterator
from pathlib import Path

from detente.node.clock import Clock
from detente.node.confidence.cabinet import DATABASE, DAY, FOLDER, Cabinet
from detente.node.confidence.counter import Counter
from detente.node.confidence.entry import Entry
from detente.node.finding import Finding, found
from detente.trust.errors import DetenteError

WAITS = 7 * DAY
"""A report, or a reporter's answer, that no officer has opened for so long."""

AHEAD = 14 * DAY
"""So long before its card ends, a desk should have published the next."""


def is_there(home: Path) -> bool:
    """Tell whether a home has a confidential desk."""
    return (home / FOLDER / DATABASE).exists()


def examine(home: Path, clock: Clock) -> Iterator[Finding]:
    """Return what is amiss at the desk of a home, if there is one."""
    if not is_there(home):
        return
    try:
        cabinet = Cabinet.open(home, clock)
    except DetenteError as error:
        yield found("desk-broken", path=home / FOLDER, why=error.what)
        return
    try:
        yield from _examined(cabinet, clock.now())
    except DetenteError as error:
        yield found("desk-broken", path=cabinet.path, why=error.what)
    finally:
        cabinet.close()


def _examined(cabinet: Cabinet, now: int) -> Iterator[Finding]:
    broken = cabinet.broken()
    if broken:
        yield found("desk-broken", path=cabinet.path, why=f"the chain breaks at {broken}")
    waiting = [one for one in cabinet.entries() if _waits(cabinet, one, now)]
    if waiting:
        yield found("report-waits", count=len(waiting), first=waiting[0].number, since=waiting[0].received)
    due = cabinet.due()
    late, held = [one for one in due if not one.hold], [one for one in due if one.hold]
    if late:
        yield found("identity-overdue", count=len(late), first=late[0].number)
    if held:
        yield found("identity-held", count=len(held), first=held[0].number, why=held[0].hold)
    card = Counter.at(cabinet).card
    if card is not None and now >= card.card.until - AHEAD:
        yield found("card-ends", at=card.card.until)


def _waits(cabinet: Cabinet, one: Entry, now: int) -> bool:
    """Tell whether a report, or an answer to a question, has waited too long for an officer."""
    if one.state == "arrived":
        return now - one.received >= WAITS
    return bool(cabinet.unread(one.number)) and now - cabinet.acts(one.number)[-1].at >= WAITS
