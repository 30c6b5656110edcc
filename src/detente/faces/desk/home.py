"""The home page: what is due, what changed, whether the links are healthy, and whether we are even."""

from msgspec import Struct

from detente.accord.standing import COUNTS, Duty
from detente.faces.desk import agenda
from detente.faces.desk.agenda import Waiting
from detente.faces.desk.duties import Owed, owed
from detente.faces.desk.ground import Ground, Title
from detente.faces.desk.links import Link, link_of
from detente.faces.desk.tongue import Instant

DUE = 8
CHANGES = 10


class Change(Struct, frozen=True):
    """One record that came: what, whose, and when by its author's clock."""

    href: str
    title: Title
    kind: str
    party: str
    ours: bool
    stands: bool
    at: Instant


class Even(Struct, frozen=True):
    """One party's row of standing: its counts by name, in the order of `COUNTS`."""

    party: str
    ours: bool
    counts: tuple[int, ...]


class Home(Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        waiting: what waits for people: decisions, disputes, pauses, what rests, leaves or ends.
        ours: open duties of this party, the one due first first; at most `DUE`.
        theirs: open duties of others that are over their term or cannot be settled.
        more: how many open duties there are in all.
        changes: the newest records.
        links: the other parties.
        even: standing by party.
        balance: one sentence about it.
        lacking: why standing cannot be told now.
        behind: how many leaves are still to be read.
        as_of: when standing was reckoned.
        serving: whether a node runs here now.
    """

    waiting: tuple[Waiting, ...]
    ours: tuple[Owed, ...]
    theirs: tuple[Owed, ...]
    more: int
    changes: tuple[Change, ...]
    links: tuple[Link, ...]
    even: tuple[Even, ...]
    balance: str
    lacking: str
    behind: int
    as_of: Instant | None
    serving: bool


def make(ground: Ground, *, serving: bool) -> Home:
    """Return the page's view."""
    picture, party, now = ground.picture, ground.pane.party, ground.pane.clock.now()
    ours = [one for one in picture.open if one.debtor == party]
    theirs = [one for one in picture.open if one.debtor != party and _troubling(one, now)]
    standing = picture.standing
    return Home(
        waiting=agenda.lines(ground),
        ours=tuple(owed(ground, one) for one in ours[:DUE]),
        theirs=tuple(owed(ground, one) for one in theirs[:DUE]),
        more=len(picture.open),
        changes=tuple(_changes(ground)),
        links=tuple(link_of(ground, other) for other in ground.pane.others),
        even=_even(ground),
        balance=_balance(ground),
        lacking=ground.tongue.why(picture.lacking),
        behind=picture.behind,
        as_of=ground.tongue.when(standing.as_of) if standing else None,
        serving=serving,
    )


def _troubling(duty: Duty, now: int) -> bool:
    return duty.overdue or duty.verdict != "owed" or duty.due[1] < now


def _changes(ground: Ground) -> list[Change]:
    found = []
    for one in ground.index.newest(CHANGES * 4):
        # What the house itself logs (keys, releases) is in the thread it is about and in the logs.
        if one.kind.startswith("accord."):
            continue
        found.append(
            Change(
                href=ground.link(one.root),
                title=ground.title_of(one.id),
                kind=ground.tongue.kind(one.kind),
                party=one.party,
                ours=one.party == ground.pane.party,
                stands=one.stands,
                at=ground.tongue.when(one.at),
            )
        )
    return found[:CHANGES]


def _even(ground: Ground) -> tuple[Even, ...]:
    standing = ground.picture.standing
    if standing is None:
        return ()
    rows = []
    for party in (ground.pane.party, *ground.pane.others):
        pillars = standing.counts.get(party, {}).values()
        counts = tuple(sum(row.get(name, 0) for row in pillars) for name in COUNTS)
        rows.append(Even(party, party == ground.pane.party, counts))
    return tuple(rows)


def _balance(ground: Ground) -> str:
    """Say in one sentence how the sides stand: an open question is never called even."""
    rows, say = _even(ground), ground.tongue.say
    if not rows:
        return ""
    bad = {one.party: sum(_of(one, name) for name in ("overdue", "forked")) for one in rows}
    open_ = sum(_of(one, name) for one in rows for name in ("disputed", "unobservable")) + _past(ground)
    behind = [party for party, count in bad.items() if count]
    if behind:
        return say("even.behind", parties=say("value.comma").join(behind))
    if open_:
        return say("even.open", count=open_)
    missed = [one.party for one in rows if _of(one, "missed")]
    if missed:
        return say("even.missed", parties=say("value.comma").join(missed))
    return say("even.even")


def _past(ground: Ground) -> int:
    """How many duties are past their term while no log yet shows whether they were kept."""
    standing = ground.picture.standing
    as_of = standing.as_of if standing else 0
    return sum(1 for one in ground.picture.open if one.verdict == "owed" and one.due[1] < as_of)


def _of(row: Even, name: str) -> int:
    return row.counts[COUNTS.index(name)]
