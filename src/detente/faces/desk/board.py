"""The board page: one response as both sides see it: states, requests with clocks, indicators, lessons.

/PLACE/live/board/9f…     made from the thread of a response; every line leads to the record that says it
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from detente.accord.pillar import Statement
from detente.faces import board
from detente.faces.board import PILLAR, ROOT, Board
from detente.faces.desk.ground import SHORT, Ground, Left, Title, left
from detente.faces.desk.tongue import Instant
from detente.node.errors import NoSuchThing

MOST = 1_000
"""How many records of one response are read."""

OPEN = ("", "in_progress")
ANSWER, SIGHTING = f"{PILLAR}reply", f"{PILLAR}sighting"


class Side(Struct, frozen=True):
    """One side: its state, the page of the turn that says so, and which roles are filled."""

    party: str
    ours: bool
    state: str
    href: str
    roles: str


class Asked(Struct, frozen=True, kw_only=True):
    """One request; `answer` is the form of a reply, for whoever is asked."""

    href: str
    what: str
    due: Left
    outcome: str
    tone: str
    answer: str


class Sought(Struct, frozen=True, kw_only=True):
    """One indicator that has not expired."""

    href: str
    what: str
    pattern: str
    until: Instant
    seen: str
    answer: str


class Lesson(Struct, frozen=True):
    """One lesson: whose, by when, and whether it is mended."""

    href: str
    owner: str
    due: Left
    closed: bool


class Page(Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        root, title: of the response.
        rows: what it was opened with: label, words, page.
        sides: each party that took part.
        over: whether every side is through.
        asked: requests, the one due first first.
        sought: indicators.
        reports: numbers of situation reports, and whether both sides say the same.
        advisories: pages and words of those that were not replaced.
        lessons: of the reviews.
        forms: with which this party goes on: page and words.
    """

    root: str
    title: Title
    rows: tuple[tuple[str, str, str], ...]
    sides: tuple[Side, ...]
    over: bool
    asked: tuple[Asked, ...]
    sought: tuple[Sought, ...]
    reports: tuple[tuple[str, bool], ...]
    advisories: tuple[tuple[str, str], ...]
    lessons: tuple[Lesson, ...]
    forms: tuple[tuple[str, str], ...]


class _Read(Struct, frozen=True):
    """One record as the board reads it (`board.Said`)."""

    id: str
    party: str
    index: int
    kind: str
    at: int
    open: dict[str, Any]
    values: dict[str, Any]
    facts: dict[str, Any]


def make(ground: Ground, root: str) -> Page:
    """Return the page's view.

    Raises:
        NoSuchThing: `board.1`.
    """
    thread = ground.index.thread(root) if len(root) == DIGITS else None
    # 1. A response begins there.
    if thread is None or thread.kind != ROOT:
        raise NoSuchThing("board.1", f"No response {root[:16]!a} is held here.", "See detente respond list.")
    read = {one.id: one for one in _records(ground, root)}
    now = ground.pane.clock.now()
    found = board.made(read[root], (one for name, one in read.items() if name != root), now)
    return Page(
        root=root,
        title=ground.title(thread),
        rows=tuple(_rows(ground, found)),
        sides=tuple(_sides(ground, found)),
        over=found.over,
        asked=tuple(_asked(ground, found)),
        sought=tuple(_sought(ground, found)),
        reports=tuple(sorted(found.reports.items(), key=lambda one: int(one[0]))),
        advisories=tuple((_at(ground, root, one), one[:SHORT]) for one in found.advisories),
        lessons=tuple(
            Lesson(_at(ground, root, one.id), one.owner, left(ground.tongue, one.due, now), one.closed)
            for one in found.lessons
        ),
        forms=tuple(_forms(ground, found)),
    )


DIGITS = 64


def _records(ground: Ground, root: str) -> Iterator[_Read]:
    """What was said in a response and stands; its opening whether it stands or not."""
    for one in ground.index.entries(root, MOST):
        entry = ground.pane.library.get(one.id)
        if entry is None or not entry.kind.startswith(PILLAR) or not (one.stands or one.id == root):
            continue
        judged = ground.pane.judge.said(one.id).facts
        facts = judged.facts if isinstance(judged, Statement) else None
        named = {name: getattr(facts, name) for name in facts.__struct_fields__} if facts is not None else {}
        opened = ground.pane.opened(one.id, entry)
        yield _Read(one.id, one.party, one.index, one.kind, one.at, dict(entry.open), opened.values, named)


def _rows(ground: Ground, found: Board) -> Iterator[tuple[str, str, str]]:
    tongue = ground.tongue
    if found.about:
        title, root = ground.title_of(found.about), ground.index.root_of(found.about)
        yield tongue.field(ROOT, "about"), title.text, ground.link(root) if root else ""
    yield tongue.field(ROOT, "playbook"), tongue.value(ROOT, "playbook", found.playbook), ""
    yield tongue.field(ROOT, "level"), tongue.value(ROOT, "level", found.level), ""


def _sides(ground: Ground, found: Board) -> Iterator[Side]:
    tongue = ground.tongue
    for party, state in sorted(found.states.items()):
        roles = (tongue.value(f"{PILLAR}role", "role", role) for role in found.roles.get(party, ()))
        words = tongue.value(f"{PILLAR}turn", "state", state)
        href = _at(ground, found.id, found.turns[party])
        yield Side(party, party == ground.pane.party, words, href, tongue.say("value.comma").join(roles))


def _asked(ground: Ground, found: Board) -> Iterator[Asked]:
    tongue, kind = ground.tongue, f"{PILLAR}request"
    for one in found.requests:
        ours = one.to == ground.pane.party and one.outcome in OPEN
        yield Asked(
            href=_at(ground, found.id, one.id),
            what=f"{one.party} → {one.to}: {tongue.value(kind, 'asks', one.asks)}",
            due=left(tongue, one.by, ground.pane.clock.now()),
            outcome=tongue.value(ANSWER, "outcome", one.outcome)
            if one.outcome
            else tongue.say("board.waits"),
            tone="bad" if one.late else "wait" if one.outcome in OPEN else "good",
            answer=_form(ground, ANSWER, found.id, one.id) if ours else "",
        )


def _sought(ground: Ground, found: Board) -> Iterator[Sought]:
    tongue, kind = ground.tongue, f"{PILLAR}indicator"
    for one in found.indicators:
        seen = (
            f"{party}: {tongue.value(SIGHTING, 'count', count)}" for party, count in sorted(one.seen.items())
        )
        yield Sought(
            href=_at(ground, found.id, one.id),
            what=f"{one.party} · {tongue.value(kind, 'sort', one.sort)} · {one.confidence} %",
            pattern=one.pattern,
            until=tongue.when(one.valid_until),
            seen=tongue.say("value.comma").join(seen),
            answer=_form(ground, SIGHTING, found.id, one.id),
        )


def _forms(ground: Ground, found: Board) -> Iterator[tuple[str, str]]:
    """What this party can go on with; its next turn follows its last, and so does its review."""
    last = found.turns.get(ground.pane.party, found.id)
    known = {"turn": ("previous", last), "review": ("last", last)}
    for short in ("turn", "role", "situation", "request", "indicator", "advisory", "review", "lesson"):
        name, value = known.get(short, ("", ""))
        kind = f"{PILLAR}{short}"
        more = f"&open.{name}={value}" if name else ""
        yield f"{ground.base}/new/{kind}?thread={found.id}{more}", ground.tongue.kind(kind)


def _form(ground: Ground, kind: str, root: str, of: str) -> str:
    return f"{ground.base}/new/{kind}?thread={root}&of={of}"


def _at(ground: Ground, root: str, name: str) -> str:
    return f"{ground.link(root)}#{name[:SHORT]}"
