"""The channel's pages: what rings, and one message as an officer reads it back.

/PLACE/live/channel                what rings, who is on duty, which calls failed
/PLACE/live/channel/9f…            one message in both languages, its digest, the words for a telephone
/PLACE/live/channel/9f…/read       read back, with the digits that stand below it
/PLACE/live/channel/9f…/take       an officer of the rota takes it
"""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from starlette.responses import RedirectResponse, Response

from detente.accord.switch import CHANNEL
from detente.faces import door, pillars, telegram
from detente.faces.cli.lines import OUTCOMES, STATES, why_failed
from detente.faces.desk import shelf
from detente.faces.desk.ground import SHORT, Ground, Left, left
from detente.faces.desk.tongue import Instant
from detente.faces.desk.visit import Visit
from detente.faces.errand import WHY
from detente.node import rota as rotas
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing, Refused
from detente.node.hearing import MESSAGES
from detente.node.home import Home
from detente.node.status import Shown
from detente.node.wake import Call, Wake

DIGITS = 8
TONES = {"": "wait", "ringing": "wait", "taken": "calm", "voice": "bad", "done": "good"}


class Ringing(Struct, frozen=True, kw_only=True):
    """One alarm: where its message is, what it is, why it rings, by when, and who is called."""

    href: str
    what: str
    why: str
    due: Left
    state: str
    tone: str
    officer: str


class Failed(Struct, frozen=True, kw_only=True):
    """One call that did not get through."""

    at: Instant
    officer: str
    way: str
    outcome: str
    what: str


class Rung(Struct, frozen=True, kw_only=True):
    """The page: alarms, failed calls, who is on duty, whether there is a rota, and what can be said."""

    alarms: tuple[Ringing, ...]
    failed: tuple[Failed, ...]
    on_duty: tuple[str, ...]
    rota: bool
    starts: tuple[tuple[str, str], ...]


class Read(Struct, frozen=True, kw_only=True):
    """One message: its lines, the words for a telephone, whether it is ours, and what is wrong."""

    id: str
    lines: tuple[str, ...]
    spoken: tuple[tuple[str, ...], tuple[str, ...]]
    numbers: tuple[tuple[str, str], ...]
    ours: bool
    thread: str
    trouble: str


class Switchboard:
    """Acts at one home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def pages(self) -> tuple[tuple[str, Callable[[Visit], Response], tuple[str, ...]], ...]:
        """Return address, handler and methods of each page."""
        return (
            ("/channel", self.rung, ("GET",)),
            ("/channel/{name}", self.message, ("GET",)),
            ("/channel/{name}/read", self.read, ("POST",)),
            ("/channel/{name}/take", self.take, ("POST",)),
        )

    def rung(self, visit: Visit) -> Response:
        """Show what rings."""
        ground, rota = visit.ground, self._rota()
        alarms = ground.pane.wakes()
        open_ = {(one.record, one.why) for one in alarms}
        failed = [
            one
            for one in ground.pane.calls()
            if one.outcome in ("failed", "unknown") and (one.record, one.why) in open_
        ]
        view = Rung(
            alarms=tuple(_ringing(ground, one) for one in alarms),
            failed=tuple(_failed(ground, one) for one in failed),
            on_duty=tuple(one.name for one in rota.officers if one.on_duty(visit.frame.now)) if rota else (),
            rota=rota is not None,
            starts=shelf.starts(ground, CHANNEL) if CHANNEL in dict(visit.frame.pillars) else (),
        )
        return visit.show("channel", view=view)

    def message(self, visit: Visit, trouble: str = "") -> Response:
        """Show one message."""
        with door.reach(self.home) as node:
            shown = _message(node.record(visit.request.path_params["name"]))
        edition, rota = pillars.editions()["notices"], self._rota()
        view = Read(
            id=shown.id,
            lines=tuple(telegram.lines(edition, shown.kind, shown.open, shown.values)),
            spoken=_spoken(telegram.spoken(edition, shown, visit.frame.party)),
            numbers=tuple((one.name, one.telephone) for one in rota.officers) if rota else (),
            ours=shown.party == visit.frame.party,
            thread=visit.ground.link(shown.thread or shown.id),
            trouble=trouble,
        )
        return visit.show("message", UNFIT if trouble else 200, view=view)

    def read(self, visit: Visit) -> Response:
        """Read a message back."""
        tongue, digits = visit.frame.tongue, visit.form.get("digits", "").strip().lower()
        with door.reach(self.home) as node:
            shown = _message(node.record(visit.request.path_params["name"]))
            back = telegram.digest(shown.kind, shown.open)
            draft = Draft.new("notices.acknowledge", {"of": shown.id, "read_back": back}).within(shown.domain)
            try:
                known = len(digits) >= DIGITS and back.startswith(digits)
                tabled = node.table(draft.answering(shown.thread or shown.id)) if known else None
                trouble = tongue.say("channel.differs")
            except Refused as error:
                tabled, trouble = None, tongue.refused(error.step, error.what)
        if tabled is None:
            return self.message(visit, trouble)
        return RedirectResponse(f"{visit.frame.base}/tabled/{tabled.id}", 303)

    def take(self, visit: Visit) -> Response:
        """Let an officer take it."""
        rota, name = self._rota(), visit.form.get("officer", "")
        # 2. The officer is one of the rota.
        if rota is None or name not in [one.name for one in rota.officers]:
            what = f"No officer {name[:80]!a} is in the rota."
            raise NoSuchThing("channel.2", what, "Choose one of the list.")
        with door.reach(self.home) as node:
            node.take(visit.request.path_params["name"], name, visit.frame.domain)
        return RedirectResponse(f"{visit.frame.base}/channel", 303)

    def shown(self, calls: tuple[Call, ...]) -> None:
        """Say of calls that a desk has shown them; only to a node that runs, for only that one calls."""
        if (self.home / "door").exists():
            with door.reach(self.home) as node:
                for one in calls:
                    node.called(one)

    def _rota(self) -> rotas.Rota | None:
        return rotas.load(Home.read(self.home))


UNFIT = 422


def _spoken(lines: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words for a telephone by language: the English come first, and as many Chinese after them."""
    half = len(lines) // 2
    return tuple(lines[:half]), tuple(lines[half:])


def _message(shown: Shown) -> Shown:
    # 5. It is a message of the channel.
    if shown.kind not in MESSAGES:
        what = f"{shown.id[:16]} is no message of the channel."
        raise NoSuchThing("channel.5", what, "See detente channel status.")
    return shown


def _ringing(ground: Ground, one: Wake) -> Ringing:
    tongue = ground.tongue
    lacking = tongue.say("value.comma").join(one.lacking) if one.why != "arrived" else ""
    pace = tongue.value(one.kind, "precedence", one.precedence)
    return Ringing(
        href=f"{ground.base}/channel/{one.record}",
        what=f"{pace} · {tongue.kind(one.kind)} {one.record[:SHORT]} · {one.party}",
        why=f"{tongue.choose(WHY[one.why])} {lacking}".strip(),
        due=left(tongue, one.due, ground.pane.clock.now()),
        state=tongue.choose(STATES[one.state]),
        tone=TONES[one.state],
        officer=one.officer,
    )


def _failed(ground: Ground, one: Call) -> Failed:
    return Failed(
        at=ground.tongue.when(one.at),
        officer=one.officer,
        way=one.way,
        outcome=ground.tongue.choose(OUTCOMES[one.outcome]),
        what=ground.tongue.choose(why_failed(one)),
    )
