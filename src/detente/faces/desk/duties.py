"""The duties page: what each party owes, by when, and how the logs settle it."""

from msgspec import Struct

from detente.accord.standing import Duty
from detente.faces.desk.ground import SHORT, Ground, Left, Title, left
from detente.faces.desk.tongue import Instant
from detente.faces.verdict import VERDICTS

MOST = 200
TONES = {
    "kept": "good",
    "excused": "good",
    "owed": "calm",
    "missed": "bad",
    "disputed": "wait",
    "unobservable": "wait",
    "forked": "bad",
}


class Owed(Struct, frozen=True, kw_only=True):
    """One duty.

    Attributes:
        clause: id of the accord's clause.
        party: who owes it.
        ours: whether that is this party.
        pillar: where it is counted.
        verdict: in words.
        tone: `good`, `calm`, `wait` or `bad`.
        due: the latest end of its term.
        href: page of the record from which it arose; empty for a calendar.
        title: of that record, or None.
        by: page of what performs it, or empty.
        settled: interval of the performance, or empty.
        lags: logs that have not come far enough to settle it.
        from_: start of its period, of a calendar's.
    """

    clause: str
    party: str
    ours: bool
    pillar: str
    verdict: str
    tone: str
    due: Left
    href: str
    title: Title | None
    by: str
    settled: tuple[Instant, ...]
    lags: tuple[str, ...]
    from_: Instant | None


class Duties(Struct, frozen=True, kw_only=True):
    """The page: open duties first, then those that were settled last; and how many there are in all."""

    open: tuple[Owed, ...]
    settled: tuple[Owed, ...]
    count: int
    lacking: str
    parties: tuple[str, ...]
    chosen: str
    digest: str
    as_of: Instant | None


def make(ground: Ground, party: str = "") -> Duties:
    """Return the page's view, of one party's duties or of all."""
    standing = ground.picture.standing
    whole = [one for one in (standing.duties if standing else ()) if not party or one.debtor == party]
    undone = [one for one in ground.picture.open if not party or one.debtor == party]
    known = {one.key for one in undone}
    done = sorted((one for one in whole if one.key not in known), key=lambda one: one.due, reverse=True)
    return Duties(
        open=tuple(owed(ground, one) for one in undone[:MOST]),
        settled=tuple(owed(ground, one) for one in done[: MOST // 4]),
        count=len(whole),
        lacking=ground.tongue.why(ground.picture.lacking),
        parties=(ground.pane.party, *ground.pane.others),
        chosen=party,
        digest=standing.digest if standing else "",
        as_of=ground.tongue.when(standing.as_of) if standing else None,
    )


def owed(ground: Ground, duty: Duty) -> Owed:
    """Return one duty as it is shown."""
    tongue, root = ground.tongue, ground.index.root_of(duty.base) if duty.base else None
    verdict = "overdue" if duty.overdue else duty.verdict
    return Owed(
        clause=duty.spec,
        party=duty.debtor,
        ours=duty.debtor == ground.pane.party,
        pillar=tongue.pillar(duty.pillar),
        verdict=tongue.choose(VERDICTS[verdict]),
        tone="bad" if duty.overdue else TONES[duty.verdict],
        due=left(tongue, duty.due[1], ground.pane.clock.now()),
        href=f"{ground.link(root)}#{duty.base[:SHORT]}" if root else "",
        title=ground.title_of(duty.base) if duty.base else None,
        by=_page(ground, duty.by),
        settled=tuple(map(tongue.when, duty.performed)),
        lags=duty.lags,
        from_=tongue.when(duty.start) if duty.start else None,
    )


def _page(ground: Ground, record: str) -> str:
    root = ground.index.root_of(record) if record else None
    return f"{ground.link(root)}#{record[:SHORT]}" if root else ""
