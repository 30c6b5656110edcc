"""The board: one response as it stands, made from the records of its thread that are held here.

board.of(node, "9f…", …)        each side's state and roles, what is asked by when, what to look for, lessons
board.made(root, said, now)     the same, from records that were read already
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from detente.accord.machines.response import RESPONSE
from detente.node.errors import NoSuchThing
from detente.node.node import Node
from detente.trust.record import Domain

ROOT = "response.opened"
PILLAR = "response."


class Said(Protocol):
    """A record of a response as whoever reads it has it; `values` are those that can be opened."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def party(self) -> str:
        """Its author."""

    @property
    def index(self) -> int:
        """In its author's log."""

    @property
    def kind(self) -> str:
        """`response.turn`, say."""

    @property
    def at(self) -> int:
        """The author's clock, in milliseconds."""

    @property
    def open(self) -> dict[str, Any]:
        """Open fields."""

    @property
    def values(self) -> dict[str, Any]:
        """Sealed path to value."""

    @property
    def facts(self) -> dict[str, Any]:
        """What follows from it."""


class Asked(Struct, frozen=True, kw_only=True):
    """One request: of whom, by whom, what, until when, what came of it, and whether it is late."""

    id: str
    party: str
    to: str
    asks: str
    by: int
    outcome: str
    late: bool


class Sought(Struct, frozen=True, kw_only=True):
    """One indicator that has not expired: what sort, what exactly if it can be read here, and who saw it."""

    id: str
    party: str
    sort: str
    pattern: str
    confidence: int
    valid_until: int
    tlp: str
    seen: dict[str, str]


class Learned(Struct, frozen=True, kw_only=True):
    """One lesson: whose, until when, whether it is mended."""

    id: str
    owner: str
    due: int
    closed: bool


class Board(Struct, frozen=True, kw_only=True):
    """One response.

    Attributes:
        id: of its opening; party: who opened it; about, playbook, level: as opened.
        states: party to its state; turns: party to its newest turn, or the opening.
        roles: party to roles that are filled.
        reports: numbers of situation reports to whether both sides say the same.
        requests: that are open, or were replied to; the one due first first.
        indicators: that have not expired.
        lessons: of the reviews.
        advisories: ids of those that were not replaced.
    """

    id: str
    party: str
    about: str | None
    playbook: str | None
    level: int | None
    states: dict[str, str]
    turns: dict[str, str]
    roles: dict[str, tuple[str, ...]]
    reports: dict[str, bool]
    requests: tuple[Asked, ...]
    indicators: tuple[Sought, ...]
    lessons: tuple[Learned, ...]
    advisories: tuple[str, ...]

    @property
    def over(self) -> bool:
        """Whether every side that took part is through."""
        return all(state in RESPONSE.ends for state in self.states.values())


def openings(node: Node, domain: Domain) -> tuple[str, ...]:
    """Return the ids of all responses, oldest first of each party."""
    return tuple(one.id for one in node.records(domain, ROOT))


def of(node: Node, name: str, domain: Domain, now: int) -> Board:
    """Return a response as it stands.

    Raises:
        NoSuchThing: `board.1`.
    """
    # 1. A response begins there.
    if name not in openings(node, domain):
        raise NoSuchThing("board.1", f"No response {name[:16]} is held here.", "See detente respond list.")
    root = node.record(name)
    said = [
        shown
        for one in node.records(domain)
        if one.kind.startswith(PILLAR) and (shown := node.record(one.id)).thread == name and shown.stands
    ]
    return made(root, said, now)


def made(root: Said, records: Iterable[Said], now: int) -> Board:
    """Return a response as it stands.

    Args:
        root: its opening.
        records: what was said in its thread and stands, in any order.
        now: in milliseconds.
    """
    # A party's own records in the order of its log: two may bear one time.
    said = sorted(records, key=lambda one: (one.at, one.party, one.index))
    turns = {root.party: root, **{one.party: one for one in _of(said, "turn")}}
    return Board(
        id=root.id,
        party=root.party,
        about=root.open["about"],
        playbook=root.open["playbook"],
        level=root.open["level"],
        states={party: str(one.facts.get("state", RESPONSE.start)) for party, one in turns.items()},
        turns={party: one.id for party, one in turns.items()},
        roles=_roles(said),
        reports=_reports(said),
        requests=_requests(said, now),
        indicators=_indicators(said, now),
        lessons=_lessons(said),
        advisories=_advisories(said),
    )


def _of(said: Iterable[Said], short: str) -> list[Said]:
    return [one for one in said if one.kind == f"{PILLAR}{short}"]


def _roles(said: list[Said]) -> dict[str, tuple[str, ...]]:
    filled: dict[str, dict[str, bool]] = {}
    for one in _of(said, "role"):
        filled.setdefault(one.party, {})[one.open["role"]] = one.open["filled"]
    return {party: tuple(role for role, there in some.items() if there) for party, some in filled.items()}


def _reports(said: list[Said]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for one in _of(said, "situation"):
        number = str(one.open["number"])
        found[number] = found.get(number, False) or bool(one.facts["joint"])
    return found


def _requests(said: list[Said], now: int) -> tuple[Asked, ...]:
    outcomes: Mapping[str, str] = {one.open["of"]: one.open["outcome"] for one in _of(said, "reply")}
    found = [
        Asked(
            id=one.id,
            party=one.party,
            to=one.open["to"],
            asks=one.open["asks"],
            by=one.open["by"],
            outcome=outcomes.get(one.id, ""),
            late=one.open["by"] < now and outcomes.get(one.id, "") in ("", "in_progress"),
        )
        for one in _of(said, "request")
    ]
    return tuple(sorted(found, key=lambda one: (one.by, one.id)))


def _indicators(said: list[Said], now: int) -> tuple[Sought, ...]:
    seen: dict[str, dict[str, str]] = {}
    for one in _of(said, "sighting"):
        seen.setdefault(one.open["of"], {})[one.party] = one.open["count"]
    return tuple(
        Sought(
            id=one.id,
            party=one.party,
            sort=one.open["sort"],
            pattern=str(one.values.get("pattern") or ""),
            confidence=one.open["confidence"],
            valid_until=one.open["valid_until"],
            tlp=one.open["tlp"],
            seen=seen.get(one.id, {}),
        )
        for one in _of(said, "indicator")
        if one.open["valid_until"] > now
    )


def _lessons(said: list[Said]) -> tuple[Learned, ...]:
    """The newest statement of each lesson: of the same review, owner and day."""
    newest: dict[tuple[Any, ...], Learned] = {}
    for one in _of(said, "lesson"):
        key = (one.open["review"], one.open["owner"], one.open["due"])
        newest[key] = Learned(
            id=one.id, owner=one.open["owner"], due=one.open["due"], closed=one.open["closed"]
        )
    return tuple(newest.values())


def _advisories(said: list[Said]) -> tuple[str, ...]:
    every = _of(said, "advisory")
    replaced = {one.open["replaces"] for one in every}
    return tuple(one.id for one in every if one.id not in replaced)
