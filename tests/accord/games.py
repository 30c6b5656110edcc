"""What is played against each machine: its events, what truly happened, and the claims, by name."""

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from model import Game, Ghost, Taken

from detente.accord.machines.amendment import AMENDMENT
from detente.accord.machines.dispute import DISPUTE
from detente.accord.machines.grave import GRAVE
from detente.accord.machines.pause import PAUSE
from detente.accord.machines.pillar import PILLAR, RISES, RUNNING
from detente.accord.machines.proposal import PROPOSAL
from detente.accord.machines.withdrawal import WITHDRAWAL
from detente.trust.machine import Cells, Event, Step, Table
from detente.trust.rotation import ROTATION

NOBODY = frozenset[str]()


def _taken(made: Step) -> bool:
    return not made.refusal


# --- the grave act -----------------------------------------------------------------------------------------

GRAVE_TERMS: Cells = {"k": 2, "read": 2}


def _grave_events(at: int) -> Iterator[Event]:
    yield Event("propose", at, "rule", {"until": 5})
    yield from (Event("approve", at, person) for person in ("ann", "ben", "cho"))
    yield Event("abort", at, "cho")
    yield Event("execute", at)
    yield Event("tick", at)


def _grave_ghost(ghost: Ghost, event: Event, made: Step) -> Ghost:
    after: dict[str, Any] = dict(ghost)
    if not _taken(made):
        return ghost
    if event.name == "propose":
        after |= {"since": event.at, "until": event.said["until"]}
    if event.name == "approve":
        after["who"] = ghost["who"] | {event.by}
    if event.name in ("abort", "execute"):
        after[event.name] = True
    return after


def _ready(t: Taken) -> bool:
    enough = len(t.ghost["who"]) >= 2 and t.ghost["since"] + 2 <= t.event.at < t.ghost["until"]
    return t.event.name == "execute" and enough and t.before.state == "approved"


GRAVE_GAME = Game(
    GRAVE_TERMS,
    _grave_events,
    _grave_ghost,
    {
        "nothing is executed with fewer than k distinct persons": lambda t: (
            t.new != "executed" or len(t.ghost["who"]) >= 2
        ),
        "nothing is executed before it could be read": lambda t: (
            t.new != "executed" or t.event.at - t.ghost["since"] >= 2
        ),
        "nothing is executed after it expired": lambda t: t.new != "executed" or t.event.at < 5,
        "nothing is proposed after its time": lambda t: (
            t.event.name != "propose" or not _taken(t.step) or t.event.at < 5
        ),
        "who approved once approves nothing more": lambda t: (
            t.event.name != "approve" or not _taken(t.step) or t.event.by not in t.ghost["who"]
        ),
        "nobody approves what expired": lambda t: (
            t.event.name != "approve" or not _taken(t.step) or t.event.at < 5
        ),
        "aborted is final": lambda t: not t.ghost["abort"] or t.step.moment.state == "aborted",
        "one person is enough to abort": lambda t: (
            t.event.name != "abort" or t.before.state not in ("proposed", "approved") or t.new == "aborted"
        ),
        "it is done once": lambda t: "execute" not in t.step.emit or not t.ghost["execute"],
        "an approved act that was read is executed": lambda t: not _ready(t) or t.new == "executed",
        "the time of an act runs out, and not before": lambda t: (
            (t.new == "expired") == (t.event.name == "tick" and t.event.at >= 5)
            or t.before.state in ("none", *GRAVE.ends)
        ),
        "k persons are enough": lambda t: len(t.after["who"]) < 2 or t.step.moment.state != "proposed",
    },
    {"since": -1, "until": -1, "who": NOBODY, "abort": False, "execute": False},
    6,
)

# --- the pillar --------------------------------------------------------------------------------------------

PARTIES = frozenset({"us", "cn", "neutral"})
_RANK = {"retired": -1, "dormant": 0, "suspended": 1, "prepared": 2, "pilot": 3, "active": 4}


PILLAR_EVENTS = (*RISES, "suspend", "rest", "retire")


def _pillar_events(at: int, names: Collection[str]) -> Iterator[Event]:
    for name in names:
        yield from (Event(name, at, party, {"sunset": 1}) for party in (*sorted(PARTIES), "stranger"))
    yield Event("tick", at)


def _pillar_ghost(ghost: Ghost, event: Event, made: Step) -> Ghost:
    after: dict[str, Any] = dict(ghost)
    if not _taken(made):
        return ghost
    moved = made.moment.state != ghost["state"]
    before = ghost["votes"] if event.name == ghost["asked"] else NOBODY
    after |= {"votes": NOBODY if moved else before | {event.by}, "asked": "" if moved else event.name}
    if moved and event.name == "suspend":
        after["from"] = ghost["state"]
    if moved and made.moment.state in RUNNING and ghost["state"] != "suspended":
        after["sunset"] = event.said["sunset"]
    after["state"] = made.moment.state
    return after


def _agreed(t: Taken) -> bool:
    before = t.ghost["votes"] if t.event.name == t.ghost["asked"] else NOBODY
    return before | {t.event.by} >= PARTIES


def _rises(t: Taken) -> bool:
    return bool(t.new) and _RANK[t.new] > _RANK[t.before.state]


PILLAR_CLAIMS = {
    "there is no way up without all parties": lambda t: not _rises(t) or _agreed(t) or t.new == "suspended",
    "nothing but a suspension and its sunset changes it without all parties": lambda t: (
        not t.new or t.event.name in ("suspend", "tick") or _agreed(t)
    ),
    "one party is enough to suspend": lambda t: (
        t.event.name != "suspend"
        or t.event.by not in PARTIES
        or t.before.state not in RUNNING
        or t.new == "suspended"
    ),
    "all parties together are enough": lambda t: (
        not (_agreed(t) and _taken(t.step) and t.event.name != "tick") or bool(t.new)
    ),
    "what is suspended goes on as what it was": lambda t: (
        t.event.name != "activate" or t.before.state != "suspended" or t.new in ("", t.ghost["from"])
    ),
    "every running state ends at its sunset, and not before": lambda t: (
        t.event.name != "tick"
        or t.before.state not in (*RUNNING, "suspended")
        or (t.step.moment.state == "dormant") == (t.event.at >= t.ghost["sunset"])
    ),
    "nothing begins to run without an end ahead": lambda t: (
        not _rises(t) or t.new not in RUNNING or t.before.state == "suspended" or t.event.at < 1
    ),
    "nobody agrees to what has no end ahead": lambda t: (
        t.event.name not in ("try", "activate")
        or (t.before.state == "suspended" and t.event.name == "activate")
        or not _taken(t.step)
        or t.event.at < 1
    ),
    "who is no party changes nothing": lambda t: t.event.by != "stranger" or t.step.moment == t.before,
    "retired is final": lambda t: t.before.state != "retired" or t.step.moment == t.before,
    "agreeing twice counts once": lambda t: (
        t.event.name != t.ghost["asked"] or t.event.by not in t.ghost["votes"] or not _taken(t.step)
    ),
}


def pillar_game(channel: int, names: Collection[str] = PILLAR_EVENTS) -> Game:
    """Return the game about a pillar, or about the channel, with some of its events."""
    claims = dict(PILLAR_CLAIMS)
    if channel:
        del claims["one party is enough to suspend"]
        claims["the channel is never suspended, rested or retired, nor is it asked for"] = lambda t: (
            t.event.name not in ("suspend", "rest", "retire") or not _taken(t.step)
        )
    terms: Cells = {"parties": PARTIES, "channel": channel, "nobody": NOBODY}
    ghost = {"votes": NOBODY, "asked": "", "from": "", "sunset": 0, "state": "dormant"}
    return Game(terms, partial(_pillar_events, names=names), _pillar_ghost, claims, ghost, 1)


# --- the pause ---------------------------------------------------------------------------------------------


def _pause_events(at: int) -> Iterator[Event]:
    for until in (at, at + 3, at + 4):
        yield Event("pause", at, "us", {"binds": "us", "until": until, "reply": at + 1})
        yield Event("pause", at, "us", {"binds": "cn", "until": until, "reply": at + 1})
        yield Event("pause", at, "cn", {"binds": "cn", "until": until, "reply": at + 1})
    yield Event("pause", at, "cn", {"binds": "us", "until": at + 3, "reply": at + 1})
    for party in ("us", "cn"):
        yield from (Event(name, at, party) for name in ("decline", "cannot-say", "cannot-send", "lift"))
    yield from (Event("attest", at, who) for who in ("lab", "stranger"))
    yield Event("tick", at)


def _pause_ghost(ghost: Ghost, event: Event, made: Step) -> Ghost:
    after: dict[str, Any] = dict(ghost)
    if _taken(made) and event.name == "pause":
        after["paused"] = ghost["paused"] | ({event.by} if event.said["binds"] == event.by else NOBODY)
        if not ghost["asker"]:
            after |= {"asker": event.by, "who": event.said["binds"], "reply": event.said["reply"]}
        if made.moment.state != "mutual":
            after["until"] = event.said["until"]
    return after


_BINDING = ("running", "accepted", "mutual")
_OPEN_PAUSE = (*_BINDING, "requested", "unanswered")

PAUSE_GAME = Game(
    {"longest": 3, "laboratories": frozenset({"lab"})},
    _pause_events,
    _pause_ghost,
    {
        "every pause ends by itself": lambda t: (
            t.event.name != "tick"
            or t.before.state not in _OPEN_PAUSE
            or t.event.at < t.ghost["until"]
            or t.step.moment.state in PAUSE.ends
            or t.step.moment.state == "unanswered"
        ),
        "no term is longer than the longest": lambda t: (
            t.event.name != "pause" or not _taken(t.step) or 0 < t.event.said["until"] - t.event.at <= 3
        ),
        "nobody is bound but by a pause of its own": lambda t: (
            t.step.moment.state not in _BINDING or t.after["who"] in t.after["paused"]
        ),
        "mutual means that both paused": lambda t: t.new != "mutual" or t.after["paused"] == {"us", "cn"},
        "only who was asked answers": lambda t: (
            t.new not in ("declined", "cannot-say", "cannot-send", "accepted") or t.event.by == t.ghost["who"]
        ),
        "only its author lifts a pause or takes a request back": lambda t: (
            (t.new != "lifted" or t.event.by == t.ghost["who"])
            and (t.new != "withdrawn" or t.event.by == t.ghost["asker"])
        ),
        "what is over is not lifted or answered": lambda t: (
            t.new
            not in ("lifted", "withdrawn", "declined", "cannot-say", "cannot-send", "accepted", "mutual")
            or t.event.at < t.ghost["until"]
        ),
        "an answer that is late is seen, and not before": lambda t: (
            (t.new == "unanswered") <= (t.event.at > t.ghost["reply"])
        ),
        "a request that waits past its clock is escalated": lambda t: (
            t.event.name != "tick"
            or t.before.state != "requested"
            or t.event.at <= t.ghost["reply"]
            or bool(t.new)
        ),
        "no pause ends before its term by itself": lambda t: (
            t.new not in ("ended", "lapsed") or t.event.at >= t.ghost["until"]
        ),
        "an attestation is a laboratory's, and changes no state": lambda t: (
            t.event.name != "attest" or (not t.new and (t.event.by == "lab" or not _taken(t.step)))
        ),
    },
    {"paused": NOBODY, "asker": "", "who": "", "until": -1, "reply": -1},
    4,
)

# --- withdrawal, dispute, amendment, proposal, rotation ----------------------------------------------------


def _leave_events(at: int) -> Iterator[Event]:
    for effective in (at + 1, at + 2):
        yield Event("withdraw", at, "us", {"effective": effective, "earliest": at + 2})
    yield from (Event("finish", at, who) for who in ("us", "cn", "stranger"))
    yield Event("tick", at)


def _leave_ghost(ghost: Ghost, event: Event, made: Step) -> Ghost:
    if not _taken(made):
        return ghost
    if event.name == "withdraw":
        return {**ghost, "said": event.at, "effective": event.said["effective"]}
    return {**ghost, "finished": ghost["finished"] | {event.by}} if event.name == "finish" else ghost


WITHDRAWAL_GAME = Game(
    {"disposal": 2, "parties": frozenset({"us", "cn"})},
    _leave_events,
    _leave_ghost,
    {
        "nobody leaves before the notice is over": lambda t: (
            t.new != "left" or (t.event.at >= t.ghost["effective"] and t.event.at - t.ghost["said"] >= 2)
        ),
        "a withdrawal always reaches its end": lambda t: (
            t.event.name != "tick"
            or (
                (t.before.state != "leaving" or t.event.at < t.ghost["effective"] or t.new == "left")
                and (t.before.state != "left" or t.event.at < t.ghost["effective"] + 2 or t.new == "closed")
            )
        ),
        "it is closed early only when all have said what they did": lambda t: (
            t.new != "closed" or t.event.at >= t.ghost["effective"] + 2 or t.after["finished"] == {"us", "cn"}
        ),
        "all having said it is enough": lambda t: (
            t.after["finished"] != {"us", "cn"} or t.step.moment.state == "closed"
        ),
        "nobody says it twice": lambda t: (
            t.event.name != "finish" or not _taken(t.step) or t.event.by not in t.ghost["finished"]
        ),
        "its day does not move": lambda t: (
            t.ghost["effective"] < 0 or t.after["effective"] == t.ghost["effective"]
        ),
        "who is no party closes nothing": lambda t: t.event.by != "stranger" or t.step.moment == t.before,
    },
    {"said": -1, "effective": -1, "finished": NOBODY},
    6,
)


def _dispute_events(at: int) -> Iterator[Event]:
    for who in ("us", "cn", "neutral"):
        yield from (Event(name, at, who) for name in ("raise", "settle", "drop", "find"))
    yield Event("tick", at)


def _dispute_ghost(ghost: Ghost, event: Event, made: Step) -> Ghost:
    if not _taken(made):
        return ghost
    if event.name == "raise":
        return {**ghost, "since": event.at, "raiser": event.by}
    return {**ghost, "agreed": ghost["agreed"] | {event.by}} if event.name == "settle" else ghost


def _dispute(neutral: str) -> Game:
    most = 4 if neutral else 2
    claims = {
        "a dispute always ends": lambda t: (
            t.event.name != "tick"
            or t.before.state not in ("talking", "mediation")
            or t.event.at < t.ghost["since"] + most
            or bool(t.new)
        ),
        "it does not end by its clock before its time": lambda t: (
            t.new != "unresolved" or t.event.at >= t.ghost["since"] + most
        ),
        "both sides settle it, or nobody": lambda t: t.new != "settled" or t.after["agreed"] == {"us", "cn"},
        "both sides are enough": lambda t: (
            t.after["agreed"] != {"us", "cn"} or t.step.moment.state == "settled"
        ),
        "only who raised it drops it": lambda t: t.new != "dropped" or t.event.by == t.ghost["raiser"],
        "only the neutral finds, after the talks and in its time": lambda t: (
            t.new != "found" or (t.event.by == neutral != "" and 2 <= t.event.at - t.ghost["since"] < 4)
        ),
        "a neutral raises and settles nothing": lambda t: (
            t.event.by != "neutral" or t.event.name == "find" or t.step.moment == t.before
        ),
        "who is to talk has the whole time": lambda t: (
            t.new != "mediation" or t.event.at >= t.ghost["since"] + 2
        ),
        "no side agrees twice": lambda t: (
            t.event.name != "settle" or not _taken(t.step) or t.event.by not in t.ghost["agreed"]
        ),
        "without a neutral nobody waits for one": lambda t: bool(neutral) or t.new != "mediation",
    }
    terms: Cells = {"talk": 2, "mediate": 2, "neutral": neutral, "sides": frozenset({"us", "cn"})}
    return Game(
        terms, _dispute_events, _dispute_ghost, claims, {"since": -9, "raiser": "", "agreed": NOBODY}, 6
    )


def _amend_events(at: int) -> Iterator[Event]:
    for who in ("us", "cn", "stranger"):
        for digest in ("p", "q"):
            said = {"digest": digest, "until": 3, "starts": 3}
            yield from (Event(name, at, who, said) for name in ("propose", "counter", "sign", "adopt"))
    yield Event("tick", at)


def _amend_ghost(ghost: Ghost, event: Event, made: Step) -> Ghost:
    if not _taken(made) or event.name == "tick":
        return ghost
    if event.name in ("propose", "counter"):
        return {**ghost, "text": event.said["digest"], "signed": NOBODY}
    cell = "signed" if event.name == "sign" else "adopted"
    return {**ghost, cell: ghost[cell] | {f"{event.by} {event.said['digest']}"}}


def _both(text: str) -> frozenset[str]:
    return frozenset({f"us {text}", f"cn {text}"})


AMENDMENT_GAME = Game(
    {"parties": frozenset({"us", "cn"}), "nobody": NOBODY},
    _amend_events,
    _amend_ghost,
    {
        "a text binds when all parties signed that very text": lambda t: (
            t.new != "binding" or _both(t.ghost["text"]) <= t.after["signed"]
        ),
        "all signatures are enough": lambda t: (
            t.event.name != "sign"
            or t.before.state != "proposed"
            or not _taken(t.step)
            or not _both(t.ghost["text"]) <= t.after["signed"]
            or t.new == "binding"
        ),
        "nothing binds after it lapsed": lambda t: t.new != "binding" or t.event.at < 3,
        "nothing is proposed or countered too late": lambda t: (
            t.event.name not in ("propose", "counter") or not _taken(t.step) or t.event.at < 3
        ),
        "a counter is another text": lambda t: (
            t.event.name != "counter" or not _taken(t.step) or t.event.said["digest"] != t.ghost["text"]
        ),
        "it is adopted when all adopted it, each once it is in force": lambda t: (
            (t.event.name != "adopt" or not _taken(t.step) or t.event.at >= 3)
            and (t.new != "adopted" or t.after["adopted"] == _both(t.ghost["text"]))
        ),
        "all having adopted it is enough": lambda t: (
            not t.ghost["text"]
            or t.after["adopted"] != _both(t.ghost["text"])
            or t.step.moment.state == "adopted"
        ),
        "what nobody signed in time lapses, and not before": lambda t: (
            t.event.name != "tick" or t.before.state != "proposed" or (t.new == "lapsed") == (t.event.at >= 3)
        ),
        "who is no party changes nothing": lambda t: t.event.by != "stranger" or t.step.moment == t.before,
        "nobody signs or adopts twice": lambda t: (
            t.event.name not in ("sign", "adopt")
            or not _taken(t.step)
            or f"{t.event.by} {t.event.said['digest']}"
            not in t.ghost["adopted" if t.event.name == "adopt" else "signed"]
        ),
    },
    {"text": "", "signed": NOBODY, "adopted": NOBODY},
    4,
)


def _proposal_events(at: int) -> Iterator[Event]:
    yield Event("fire", at)
    for person in (0, 1):
        yield from (Event(name, at, "us", {"person": person}) for name in ("take", "refuse"))
    yield Event("tick", at)


def _proposal_ghost(ghost: Ghost, event: Event, made: Step) -> Ghost:
    return {"since": event.at} if event.name == "fire" and _taken(made) else ghost


PROPOSAL_GAME = Game(
    {"decide": 3, "warn": 1},
    _proposal_events,
    _proposal_ghost,
    {
        "a rule only proposes: persons decide": lambda t: (
            t.new not in ("taken", "refused") or t.event.said["person"] == 1
        ),
        "nothing is decided after its clock": lambda t: (
            t.new not in ("taken", "refused") or t.event.at <= t.ghost["since"] + 3
        ),
        "what nobody decides lapses, and not before": lambda t: (
            t.event.name != "tick"
            or t.before.state not in ("open", "warned")
            or (t.new == "lapsed") == (t.event.at > t.ghost["since"] + 3)
        ),
        "it is warned of near its end, and not before": lambda t: (
            t.event.name != "tick"
            or t.before.state != "open"
            or t.new == "lapsed"
            or (t.new == "warned") == (t.event.at >= t.ghost["since"] + 2)
        ),
        "it is open until it is decided": lambda t: (
            t.event.name != "fire" or t.before.state != "none" or t.new == "open"
        ),
    },
    {"since": -9},
    6,
)

ROTATION_FACTS = ("named", "charters", "officers", "past", "acted")


def _rotation_events(at: int) -> Iterator[Event]:
    del at
    for number in range(2 ** len(ROTATION_FACTS)):
        said = {name: number >> place & 1 for place, name in enumerate(ROTATION_FACTS)}
        yield from (Event(name, 0, "us", said) for name in ("charter", "revoke", "disavow"))


ROTATION_GAME = Game(
    {},
    _rotation_events,
    lambda ghost, _, made: {"revoked": ghost["revoked"] or made.moment.state == "revoked"},
    {
        "a key changes by both thresholds alone": lambda t: (
            t.event.name != "charter" or not _taken(t.step) or t.event.said["charters"] == 1
        ),
        "a new charter names who signs": lambda t: (
            t.event.name != "charter"
            or not _taken(t.step)
            or (t.step.moment.state == "in-force") == (t.event.said["named"] == 1)
        ),
        "officers revoke and disavow, nobody else": lambda t: (
            t.event.name == "charter" or not _taken(t.step) or t.event.said["officers"] == 1
        ),
        "a revoked key never signs again": lambda t: (
            not t.ghost["revoked"] or t.step.moment.state == "revoked"
        ),
        "what signs is not disavowed": lambda t: (
            t.event.name != "disavow"
            or not _taken(t.step)
            or (t.before.state in ("replaced", "revoked") and not t.new and "shown" in t.step.emit)
        ),
        "only the past is disavowed, where the key acted": lambda t: (
            t.event.name != "disavow"
            or not _taken(t.step)
            or t.event.said["past"] == t.event.said["acted"] == 1
        ),
    },
    {"revoked": False},
    0,
)

GAMES: dict[str, tuple[Table, tuple[Game, ...]]] = {
    "grave": (GRAVE, (GRAVE_GAME,)),
    "pillar": (PILLAR, (pillar_game(0), pillar_game(1))),
    "pause": (PAUSE, (PAUSE_GAME,)),
    "withdrawal": (WITHDRAWAL, (WITHDRAWAL_GAME,)),
    "dispute": (DISPUTE, (_dispute("neutral"), _dispute(""))),
    "amendment": (AMENDMENT, (AMENDMENT_GAME,)),
    "proposal": (PROPOSAL, (PROPOSAL_GAME,)),
    "rotation": (ROTATION, (ROTATION_GAME,)),
}
