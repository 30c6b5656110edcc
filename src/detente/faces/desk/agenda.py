"""What waits for people, as lines of the home page: decisions, disputes, pauses, pillars that rest or end."""

from collections.abc import Iterator

from msgspec import Struct

from detente.faces.desk.ground import Ground
from detente.faces.desk.tongue import Instant
from detente.faces.machine import STATES
from detente.node import agenda
from detente.node.agenda import Agenda


class Waiting(Struct, frozen=True):
    """One line: what it says, where more stands, in what state it is, and when that ends."""

    what: str
    href: str
    state: str
    at: Instant | None


def lines(ground: Ground) -> tuple[Waiting, ...]:
    """Return what waits, decisions first."""
    found = agenda.of(ground.pane, ground.pane.judge, ground.pane.clock.now())
    return (*_decisions(ground, found), *_pauses(ground, found), *_pillars(ground, found))


def _decisions(ground: Ground, found: Agenda) -> Iterator[Waiting]:
    say, party = ground.tongue.say, ground.pane.party
    for one in found.proposals:
        verbs = (say(f"agenda.{verb}", about=about) for verb, about in sorted(one.propose.items()))
        what = say("agenda.decide", what=say("value.comma").join(verbs), clause=one.clause)
        yield _line(ground, what, one.record, one.states[party], one.until)
    for two in found.disputes:
        what = say("agenda.dispute", party=two.raiser, about=say(f"agenda.about_{two.about}"))
        yield _line(ground, what, two.record, two.state, two.until)


def _pauses(ground: Ground, found: Agenda) -> Iterator[Waiting]:
    for one in found.pauses:
        what = ground.tongue.say("agenda.paused", asker=one.asker, who=one.who)
        yield _line(ground, what, one.id, one.state, one.until)


def _pillars(ground: Ground, found: Agenda) -> Iterator[Waiting]:
    say, tongue = ground.tongue.say, ground.tongue
    for pillar, name in sorted(found.suspended.items()):
        yield _line(ground, say("agenda.rests", pillar=tongue.pillar(pillar)), name, "suspended", None)
    for party, (name, state, when) in sorted(found.leaving.items()):
        yield _line(ground, say("agenda.leaves", party=party), name, state, when)
    for pillar, end in sorted(found.ending.items()):
        yield Waiting(say("agenda.ends", pillar=tongue.pillar(pillar)), "", "", tongue.when(end))


def _line(ground: Ground, what: str, record: str, state: str, at: int | None) -> Waiting:
    told = STATES[state]
    words = told.zh if ground.tongue.language == "zh" else told.en
    when = None if at is None else ground.tongue.when(at)
    return Waiting(what, ground.link(ground.index.root_of(record) or record), words, when)
