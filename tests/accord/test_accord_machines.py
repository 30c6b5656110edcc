"""Every machine, enumerated: each claim holds in each reachable state, and each fault in a table is found."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import TypeAlias

import msgspec
import pytest
from games import GAMES, pillar_game
from model import Game, added, broken, explore, forgetful, guards, shifted, sound, without

from detente.accord.machines.amendment import AMENDMENT
from detente.accord.machines.dispute import DISPUTE
from detente.accord.machines.duty import ALARM, DUTY
from detente.accord.machines.grave import GRAVE
from detente.accord.machines.pause import PAUSE
from detente.accord.machines.pillar import PILLAR
from detente.accord.machines.withdrawal import WITHDRAWAL
from detente.trust.errors import Misuse
from detente.trust.machine import Condition, Event, Moment, Row, Table, Value, fold, start, step
from detente.trust.rotation import ROTATION

TABLES = (*(table for table, _ in GAMES.values()), DUTY, ALARM)


@pytest.mark.parametrize("name", GAMES)
def test_every_state_is_reached_and_in_each_every_claim_holds(name: str) -> None:
    table, games = GAMES[name]
    reached, faults = {table.start}, set()
    for game in games:
        for taken in explore(table, game):
            reached.add(taken.step.moment.state)
            faults |= {claim for claim, holds in game.claims.items() if not holds(taken)}
    assert (faults, reached) == (set(), set(table.states))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_is_final_has_no_way_out(table: Table) -> None:
    assert sound(table) == []


# --- the duty: verdicts are asked on facts of a cut, which only grow ----------------------------------------

GROWING = ("kept", "replaced", "excused", "waived", "spent", "hopeless", "alone", "late")
READING = ("forked", "past", "lagging")
Facts: TypeAlias = Mapping[str, Value]


def _cuts() -> Iterator[dict[str, Value]]:
    """Yield the facts that can hold together at a cut."""
    for bits in product((0, 1), repeat=len(GROWING) + len(READING)):
        facts: dict[str, Value] = dict(zip((*GROWING, *READING), bits, strict=True))
        in_time = [facts[name] for name in ("kept", "replaced", "excused", "waived")]
        possible = (
            not (facts["hopeless"] and any(in_time)),
            not (facts["spent"] and facts["kept"]),
            facts["spent"] or not facts["hopeless"],
            facts["late"] or not facts["kept"],
            not (facts["alone"] and facts["replaced"]),
            facts["alone"] or not facts["hopeless"],
            facts["excused"] or not facts["kept"],
        )
        if all(possible):
            yield facts


def _verdict(facts: Facts, before: Moment | None = None, table: Table = DUTY) -> str:
    moment = before or start(table)
    return step(table, {}, moment, Event("look", said=facts)).moment.state


def _grown(small: Facts, large: Facts) -> bool:
    return all(large[name] or not small[name] for name in GROWING)


UNSETTLED = frozenset({"owed", "disputed", "unobservable"})
CLAIMS: Mapping[str, Callable[[Facts, str], bool]] = {
    "nobody has missed what may still turn out done, excused or let go": lambda facts, state: (
        state not in ("missed", "overdue") or bool(facts["hopeless"])
    ),
    "what is missed and not performed is overdue, and nothing else": lambda facts, state: (
        (state == "overdue") == (bool(facts["hopeless"]) and not facts["late"])
    ),
    "what was done in time is kept, whatever else there is": lambda facts, state: (
        not facts["kept"] or state == "kept"
    ),
    "what can no longer be is told from what can": lambda facts, state: (
        state not in ("superseded", "dispensed", "replaced", "excused")
        or (state in ("superseded", "dispensed"))
        == bool(facts["spent"] and (facts["alone"] or facts["replaced"]))
    ),
    "a forker's unsettled duties are seen as forked, and only a forker's": lambda facts, state: (
        (state not in UNSETTLED or not facts["forked"]) and (state != "forked" or bool(facts["forked"]))
    ),
    "nothing is unsettled before its time": lambda facts, state: (
        state not in ("disputed", "unobservable") or bool(facts["past"])
    ),
    "no log is called late that is not": lambda facts, state: (
        state != "unobservable" or bool(facts["lagging"])
    ),
    "what is unsettled is owed until its time, and then not": lambda facts, state: (
        state != "owed" or not facts["past"]
    ),
    "what all let go in time is excused": lambda facts, state: (
        not facts["waived"] or bool(facts["replaced"]) or state in ("kept", "excused", "dispensed")
    ),
    "what cannot be done is excused, and nothing else is": lambda facts, state: (
        state not in ("excused", "dispensed") or bool(facts["excused"]) or bool(facts["waived"])
    ),
    "a later version's duty takes the place of the old, and nothing else does": lambda facts, state: (
        (state in ("superseded", "replaced")) == (bool(facts["replaced"]) and not facts["kept"])
    ),
}


def duty_faults(table: Table = DUTY) -> set[str]:
    """Return the claims about verdicts that a table breaks."""
    found, cuts = set(), list(_cuts())
    for facts in cuts:
        state = _verdict(facts, table=table)
        found |= {name for name, holds in CLAIMS.items() if not holds(facts, state)}
        other = _verdict({**facts, "past": int(facts["past"] == 0), "lagging": 0}, table=table)
        if other != state and not {other, state} <= UNSETTLED:
            found.add("the reader's time decides only between owed and what is not settled")
    return found | _later(cuts, table)


def _later(cuts: list[dict[str, Value]], table: Table) -> set[str]:
    """Return what is broken from one cut to a larger one, told apart by what grows alone."""
    found = set()
    growing = {tuple(one[name] for name in GROWING): one for one in cuts}.values()
    for small in growing:
        moment = Moment(_verdict(small, table=table), {})
        for large in growing:
            if not _grown(small, large):
                continue
            state = _verdict(large, moment, table)
            if state != _verdict(large, table=table):
                found.add("reading on comes to what reading at once comes to")
            if moment.state in ("kept", "missed") and state != moment.state:
                found.add("kept and missed never change")
            if moment.state == "overdue" and state not in ("overdue", "missed"):
                found.add("kept and missed never change")
    return found


def test_verdicts_are_final_as_cuts_grow_and_the_reader_s_time_decides_nothing_settled() -> None:
    assert duty_faults() == set()


def test_an_alarm_warns_before_and_escalates_after_and_begins_anew_when_the_term_is_extended() -> None:
    def said(due: int) -> dict[str, Value]:
        return {"due": due, "warn": due - 2}

    moment, told = start(ALARM), []
    for now, due in ((0, 5), (3, 5), (4, 5), (6, 5), (7, 5), (7, 20), (18, 20), (21, 20)):
        made = step(ALARM, {}, moment, Event("tick", now, said=said(due)))
        moment = made.moment
        told.append(made.emit)
    assert told == [(), ("warn",), (), ("escalate",), (), (), ("warn",), ("escalate",)]


# --- faults, seeded as data --------------------------------------------------------------------------------

EQUIVALENT = {
    # The rows for `active` stand first, and take what came from there: the guard only says so again.
    ("pillar", "activate", "was-another"),
    # Whoever asks first was told so; nobody can ask on.
    ("pillar", "retire", "channel-stays"),
    ("pillar", "rest", "channel-stays"),
    # Time does not go back between the first who adopts and the last.
    ("amendment", "adopt", "not-yet-in-force"),
}
"""Guards that say again what another row says: table, event, code. One of them alone may be left out."""


Fault: TypeAlias = tuple[str, str, Table, tuple[Game, ...]]


def _games(name: str, row: Row) -> tuple[Game, ...]:
    """Return what is played against a fault in one row: of a pillar, what leads there."""
    if name != "pillar":
        return GAMES[name][1]
    ways = {"prepared": "prepare", "pilot": "try", "suspended": "try"}
    leads = [ways[state] for state in (row.state, row.to) if state in ways]
    names = dict.fromkeys(("activate", "suspend", "rest", "retire", *leads, *{row.event} - {"tick"}))
    return pillar_game(0, tuple(names)), pillar_game(1, tuple(names))


def _dropped() -> Iterator[Fault]:
    for name, (table, _) in GAMES.items():
        for row, place, one in guards(table):
            at = table.rows[row]
            # The rows of these two states are made by the function that makes those of the others.
            alike = name == "pillar" and at.state in ("prepared", "pilot")
            if not alike and (name, at.event, one.code) not in EQUIVALENT:
                what = f"{at.state} {at.event}→{at.to} without {one.code}"
                yield name, what, without(table, row, place), _games(name, at)


def _off_by_one() -> Iterator[Fault]:
    for name, (table, _) in GAMES.items():
        for row, place, one in guards(table):
            at = table.rows[row]
            for by in (1, -1) if str(one.right).startswith("#") else ():
                what = f"{at.state} {at.event} {one.code} {by:+}"
                yield name, what, shifted(table, row, place, by), _games(name, at)


SEEDED: tuple[tuple[str, str, Table], ...] = (
    ("grave", "aborted can be approved", added(GRAVE, Row("aborted", "approve", "approved"))),
    ("grave", "one person executes", added(GRAVE, Row("proposed", "execute", "executed", emit=("execute",)))),
    ("grave", "executed twice", added(GRAVE, Row("executed", "execute", "approved", emit=("execute",)))),
    ("grave", "expired is executed", added(GRAVE, Row("expired", "execute", "executed"))),
    ("grave", "nobody aborts what is approved", added(GRAVE, Row("approved", "abort", "approved"))),
    ("grave", "the proposal's time is forgotten", forgetful(GRAVE, 0)),
    ("grave", "who approved is forgotten", forgetful(GRAVE, 2)),
    ("pause", "a request binds", added(PAUSE, Row("requested", "tick", "accepted"))),
    ("pause", "a pause goes on for ever", added(PAUSE, Row("running", "tick", "running"))),
    ("pause", "anybody's word is an acceptance", added(PAUSE, Row("requested", "attest", "accepted"))),
    ("pause", "its end is forgotten", forgetful(PAUSE, 0)),
    ("pillar", "one party activates", added(PILLAR, Row("dormant", "activate", "active"))),
    ("pillar", "one party ends a suspension", added(PILLAR, Row("suspended", "activate", "active"))),
    ("pillar", "retired comes back", added(PILLAR, Row("retired", "activate", "active"))),
    ("pillar", "no sunset", added(PILLAR, Row("active", "tick", "active"))),
    ("withdrawal", "nobody ever leaves", added(WITHDRAWAL, Row("leaving", "tick", "leaving"))),
    ("withdrawal", "it is never closed", added(WITHDRAWAL, Row("left", "tick", "left"))),
    ("withdrawal", "gone at once", added(WITHDRAWAL, Row("member", "withdraw", "left"))),
    ("dispute", "a neutral that is away holds it up", added(DISPUTE, Row("mediation", "tick", "mediation"))),
    ("dispute", "one side settles", added(DISPUTE, Row("talking", "settle", "settled"))),
    ("amendment", "one side's signature binds", added(AMENDMENT, Row("proposed", "sign", "binding"))),
    ("amendment", "a counter keeps the signatures", forgetful(AMENDMENT, 1)),
    ("rotation", "a revoked key signs again", added(ROTATION, Row("revoked", "charter", "in-force"))),
    ("rotation", "a key in force is disavowed", added(ROTATION, Row("in-force", "disavow", "in-force"))),
)
"""Faults that somebody could make on a tired evening; each has to be found by a claim."""


def _missed(faults: Iterable[Fault]) -> list[str]:
    return [
        f"{name}: {what}"
        for name, what, table, games in faults
        if not sound(table) and not any(broken(table, game, most=1) for game in games)
    ]


def test_each_seeded_fault_is_found_by_a_claim() -> None:
    assert len(SEEDED) >= 15
    assert _missed((name, what, table, GAMES[name][1]) for name, what, table in SEEDED) == []


@pytest.mark.slow
def test_each_guard_that_is_left_out_is_found_by_a_claim() -> None:
    faults = list(_dropped())
    assert len(faults) >= 120
    assert _missed(faults) == []


@pytest.mark.slow
@pytest.mark.slow
def test_guards_that_say_the_same_are_found_when_all_of_them_are_left_out() -> None:
    for name, event, code in sorted(EQUIVALENT):
        table = GAMES[name][0]
        rows = tuple(
            msgspec.structs.replace(row, when=tuple(one for one in row.when if one.code != code))
            if row.event == event
            else row
            for row in table.rows
        )
        assert any(broken(msgspec.structs.replace(table, rows=rows), game, most=1) for game in GAMES[name][1])


@pytest.mark.slow
def test_each_count_of_people_or_parties_that_is_off_by_one_is_found_by_a_claim() -> None:
    faults = list(_off_by_one())
    assert len(faults) >= 15
    assert _missed(faults) == []


def test_each_guard_of_a_verdict_that_is_left_out_is_found_by_a_claim() -> None:
    left = [
        f"{DUTY.rows[row].to} without {one.code}"
        for row, place, one in guards(DUTY)
        if DUTY.rows[row].state == "owed" and not duty_faults(without(DUTY, row, place))
    ]
    assert left == []


# --- the step itself ---------------------------------------------------------------------------------------


def test_what_is_refused_changes_nothing_and_says_which_condition_failed() -> None:
    made = fold(
        GRAVE, {"k": 2, "read": 0}, [Event("propose", 0, "us", {"until": 5}), Event("approve", 1, "ann")]
    )
    again = step(GRAVE, {"k": 2, "read": 0}, made, Event("approve", 2, "ann"))
    assert (again.refusal, again.moment) == ("same-person", made)
    early = step(GRAVE, {"k": 2, "read": 0}, made, Event("execute", 2))
    assert (early.refusal, early.moment) == ("execute-when-proposed", made)


def test_a_table_that_compares_what_is_not_there_is_a_fault_of_this_program() -> None:
    for condition in (Condition("x", "said.nothing", "==", 1), Condition("x", "=a", "<", 1)):
        wrong = Table("wrong", "a", (), {}, (Row("a", "go", "b", (condition,)),))
        with pytest.raises(Misuse, match=r"machine\.1"):
            step(wrong, {}, start(wrong), Event("go"))
