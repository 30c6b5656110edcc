"""The links page: whether others can be heard, and what became of each sealed value towards them."""

from msgspec import Struct

from detente.faces.desk.ground import SHORT, Ground, Title
from detente.faces.desk.tongue import Instant
from detente.node.delivery import Delivery

STATES = ("waiting", "sent", "withheld", "not-eligible", "refused")
"""States of the ledger as it is filtered; `sent` shows `held` too, where the party logged that it holds."""

TONES = {"sent": "calm", "held": "good", "waiting": "wait", "withheld": "calm", "not-eligible": "calm"}
PAGE = 50
QUIET_PART = 2
"""A party is called quiet after this many receipt periods without a new head."""


class Link(Struct, frozen=True, kw_only=True):
    """One other party.

    Attributes:
        party: whose log.
        state: in words.
        tone: `good`, `calm`, `wait` or `bad`.
        heard: when its newest head came; None if none has.
        size: leaves here; `signed` under its newest head.
        lacking: bodies not held.
        ours: how much of our log its newest receipt holds, as (seen, size).
        why: what its place answered, if it does not answer.
    """

    party: str
    state: str
    tone: str
    heard: Instant | None
    size: int
    signed: int
    lacking: int
    ours: tuple[int, int]
    why: str


class Row(Struct, frozen=True, kw_only=True):
    """One row of the delivery ledger."""

    href: str
    title: Title
    audience: str
    fields: tuple[str, ...]
    state: str
    tone: str
    rule: str
    why: str
    at: Instant
    until: Instant | None
    bytes: int


class Links(Struct, frozen=True, kw_only=True):
    """The page."""

    links: tuple[Link, ...]
    audiences: tuple[tuple[str, tuple[int, ...]], ...]
    states: tuple[tuple[str, str], ...]
    chosen: str
    rows: tuple[Row, ...]
    older: int
    alarms: tuple[tuple[str, str, str, str], ...]


def make(ground: Ground, state: str = "", before: int = 0) -> Links:
    """Return the page's view.

    Args:
        ground: what it is made from.
        state: of the rows that are shown; others than `STATES` mean the first.
        before: rows decided before this time, in milliseconds; 0 for the newest.
    """
    chosen = state if state in STATES else STATES[0]
    rows = ground.pane.ledger(chosen, PAGE, before or None)
    tally = ground.picture.tally
    return Links(
        links=tuple(link_of(ground, party) for party in ground.pane.others),
        audiences=tuple((to, tuple(tally[to].get(one, 0) for one in STATES)) for to in sorted(tally)),
        states=tuple((one, ground.tongue.say(f"state.{_key(one)}")) for one in STATES),
        chosen=chosen,
        rows=tuple(row_of(ground, one) for one in rows),
        older=rows[-1].at if len(rows) == PAGE else 0,
        alarms=tuple(
            (one.clause, one.audience, ground.link(one.record), ground.tongue.say(f"alarm.{one.truth}"))
            for one in ground.pane.alarms()[:PAGE]
        ),
    )


def link_of(ground: Ground, party: str) -> Link:
    """Return how it stands with one party."""
    pane, say = ground.pane, ground.tongue.say
    log, own = pane.log_of(party), pane.sizes().get(pane.party, 0)
    away = next((one for one in pane.away() if one.party == party), None)
    lacking = sum(last - first + 1 for first, last in log.missing)
    seen = pane.said(party).get(pane.party)
    quiet = pane.clock.now() - log.signed_at > QUIET_PART * pane.terms.tempo.period
    # The first that holds is what is said: the worst comes first.
    states = (
        (log.forked is not None, "forked", "bad"),
        (away is not None, "away", "bad"),
        (log.waiting_since is not None, "unshown", "bad"),
        (not log.signed_at, "never", "wait"),
        (quiet, "quiet", "wait"),
        (lacking > 0, "lacking", "wait"),
        (True, "well", "good"),
    )
    name, tone = next((name, tone) for holds, name, tone in states if holds)
    return Link(
        party=party,
        state=say(f"link.{name}"),
        tone=tone,
        heard=ground.tongue.when(log.signed_at) if log.signed_at else None,
        size=log.size,
        signed=log.signed,
        lacking=lacking,
        ours=(seen.size if seen else 0, own),
        why=ground.tongue.why(away.why) if away else "",
    )


def row_of(ground: Ground, one: Delivery) -> Row:
    """Return one row of the ledger as it is shown."""
    entry, tongue = ground.pane.library.get(one.record), ground.tongue
    kind = entry.kind if entry else ""
    root = ground.index.root_of(one.record) or one.record
    return Row(
        href=f"{ground.link(root)}#{one.record[:SHORT]}",
        title=ground.title_of(one.record),
        audience=one.audience,
        fields=tuple(tongue.field(kind, path) for path in one.paths),
        state=tongue.say(f"state.{_key(one.state)}"),
        tone=TONES.get(one.state, "bad"),
        rule=one.rule,
        why=tongue.why(one.why),
        at=tongue.when(one.at),
        until=tongue.when(one.until) if one.until else None,
        bytes=one.bytes,
    )


def _key(state: str) -> str:
    return state.replace("-", "_")
