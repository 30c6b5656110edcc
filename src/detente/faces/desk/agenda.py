"""What waits for people: decisions, disputes, pauses, pillars that rest or end; and what people can do.

lines(ground)               all of it, decisions first
lines(ground, {"9f…"})      what is about these records
"""

from collections.abc import Collection, Iterator
from urllib.parse import urlencode

from msgspec import Struct

from detente.faces import testimony
from detente.faces.desk import petition, sheet
from detente.faces.desk.ground import Ground
from detente.faces.desk.tongue import Instant
from detente.faces.machine import STATES
from detente.node import agenda
from detente.node.agenda import Agenda
from detente.node.pauses import Paused

PAUSE = "notices.pause"
ASKED = ("requested", "unanswered")
BINDING = ("running", "accepted", "mutual")
Link = tuple[str, str]


class Waiting(Struct, frozen=True):
    """One line: what it says, where more stands, its state, when that ends, and what can be done."""

    what: str
    href: str
    state: str
    at: Instant | None
    acts: tuple[Link, ...] = ()


def lines(ground: Ground, about: Collection[str] = ()) -> tuple[Waiting, ...]:
    """Return what waits, decisions first; of these records alone, if any are named."""
    pane, now = ground.pane, ground.pane.clock.now()
    found = agenda.of(pane, pane.judge, now, ground.index.fired())
    waiting = [*_proposals(ground, found), *_disputes(ground, found), *_pauses(ground, found)]
    mine = [line for records, line in waiting if not about or not records.isdisjoint(about)]
    return (*mine, *(() if about else _pillars(ground, found)))


def _proposals(ground: Ground, found: Agenda) -> Iterator[tuple[frozenset[str], Waiting]]:
    say = ground.tongue.say
    for one in found.proposals:
        verbs = (say(f"agenda.{verb}", about=about) for verb, about in sorted(one.propose.items()))
        what = say("agenda.decide", what=say("value.comma").join(verbs), clause=one.clause)
        acts = (_act(ground, "decide", record=one.record, clause=one.clause),)
        state = one.states[ground.pane.party]
        yield frozenset({one.record}), _line(ground, what, one.record, state, one.until, acts)


def _disputes(ground: Ground, found: Agenda) -> Iterator[tuple[frozenset[str], Waiting]]:
    say = ground.tongue.say
    for one in found.disputes:
        what = say("agenda.dispute", party=one.raiser, about=say(f"agenda.about_{one.about}"))
        acts = (_act(ground, "resolve", dispute=one.id),) if petition.outcomes(ground, one) else ()
        yield frozenset({one.record, one.id}), _line(ground, what, one.record, one.state, one.until, acts)


def _pauses(ground: Ground, found: Agenda) -> Iterator[tuple[frozenset[str], Waiting]]:
    for one in found.pauses:
        words = "agenda.paused" if one.asker == one.who else "agenda.pause_asked"
        activity = ground.tongue.value(PAUSE, "activity", one.activity)
        what = ground.tongue.say(words, asker=one.asker, who=one.who, activity=activity)
        rests = [what, *(ground.tongue.choose(said) for said in testimony.told(one))]
        acts = tuple(_pause_acts(ground, one))
        yield frozenset({one.id}), _line(ground, " · ".join(rests), one.id, one.state, one.until, acts)


def _pause_acts(ground: Ground, one: Paused) -> Iterator[Link]:
    """What this party can do about a pause, by the table `machines.pause`."""
    ours, asked = one.who == ground.pane.party, one.asker == ground.pane.party
    if one.state in ASKED and ours:
        yield _pause(ground, one, "accept")
        yield _form(ground, "notices.answer", one, "decline", reply="declined")
    if one.state in ASKED and asked:
        yield _form(ground, "notices.lift", one, "take_back")
    if one.state == "accepted" and asked:
        yield _pause(ground, one, "pause_too")
    # What binds is one's own pause; a request that it accepted ends with it.
    if one.state in BINDING and ours and asked:
        yield _form(ground, "notices.lift", one, "lift")
        yield _pause(ground, one, "renew", thread=False)
        if ground.pane.terms.in_force(ground.pane.clock.now()).accord.parties[one.who].laboratories:
            yield _act(ground, "attest", pause=one.id)


def _pause(ground: Ground, one: Paused, words: str, *, thread: bool = True) -> Link:
    """A form of a pause of this party's own that takes over what the other pause says."""
    opened = ground.pane.library[one.id].open
    until = {} if words == "renew" else {"until": sheet.moment(opened["until"])}
    same = {name: str(opened[name]) for name in ("activity", "grounds", "precedence")}
    about = {"about": str(opened["about"])} if opened["about"] else {}
    return _form(
        ground, "notices.pause", one, words, thread=thread, binds=ground.pane.party, **same, **about, **until
    )


def _form(ground: Ground, kind: str, one: Paused, words: str, *, thread: bool = True, **said: str) -> Link:
    answers = {f"open.{name}": value for name, value in said.items()}
    root = {"thread": ground.index.root_of(one.id) or one.id, "of": one.id} if thread else {}
    return f"{ground.base}/new/{kind}?{urlencode({**root, **answers})}", ground.tongue.say(
        f"agenda.act_{words}"
    )


def _act(ground: Ground, name: str, **about: str) -> Link:
    return f"{ground.base}/act/{name}?{urlencode(about)}", ground.tongue.say(f"agenda.act_{name}")


def _pillars(ground: Ground, found: Agenda) -> Iterator[Waiting]:
    say, tongue = ground.tongue.say, ground.tongue
    for pillar, name in sorted(found.suspended.items()):
        yield _line(ground, say("agenda.rests", pillar=tongue.pillar(pillar)), name, "suspended", None)
    for party, (name, state, when) in sorted(found.leaving.items()):
        yield _line(ground, say("agenda.leaves", party=party), name, state, when)
    for pillar, end in sorted(found.ending.items()):
        yield Waiting(say("agenda.ends", pillar=tongue.pillar(pillar)), "", "", tongue.when(end))


def _line(
    ground: Ground, what: str, record: str, state: str, at: int | None, acts: tuple[Link, ...] = ()
) -> Waiting:
    words = ground.tongue.choose(STATES[state])
    when = None if at is None else ground.tongue.when(at)
    return Waiting(what, ground.link(ground.index.root_of(record) or record), words, when, acts)
