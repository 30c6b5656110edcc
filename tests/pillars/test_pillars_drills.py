"""What the pillar `drills` says beyond its examples."""

from collections.abc import Mapping

import msgspec
import pytest

from detente.accord.acts import EXERCISE, Exercise, NoDuff
from detente.accord.pillar import Grounds, Judgement, Kind, Statement
from detente.pillars.drills import pillar
from detente.pillars.drills.kinds import Charter, Inject, Observation, ObservationFacts
from detente.pillars.drills.rules import judge

GROUNDS = Grounds(parties={"us": frozenset(), "cn": frozenset()}, laboratories={}, scales={})
AT = 1_795_651_200_000
MINUTE, HOUR = 60_000, 3_600_000
OPENED, ROOT, PUT, REACTED = "a" * 64, "b" * 64, "c" * 64, "d" * 64
CHARTER = Charter(
    exercise=None,
    level="d2",
    form="drill",
    begins=AT,
    ends=AT + 48 * HOUR,
    players=("cn", "us"),
    control="us",
    events=("E-01",),
)


def charter(at: int = AT, **changed: object) -> Statement:
    return Statement(ROOT, "drills.charter", "us", at, None, msgspec.structs.replace(CHARTER, **changed))


def core(open_fields: Kind) -> Mapping[str, Statement]:
    return {OPENED: Statement(OPENED, EXERCISE, "us", AT, None, open_fields)}


def observed(seen_at: int, record: Statement | None = None) -> Judgement:
    inject = Inject(event="E-01", to="cn", expects="answer", route="node")
    thread = {ROOT: charter(), PUT: Statement(PUT, "drills.inject", "us", AT, ROOT, inject)}
    thread |= {record.id: record} if record else {}
    stated = Observation(of=PUT, reaction="answer", seen_at=seen_at, record=record.id if record else None)
    said = Statement("e" * 64, "drills.observation", "us", AT + 49 * HOUR, ROOT, stated)
    return judge(said, thread, GROUNDS)


def test_a_charter_belongs_to_an_exercise_that_was_opened_and_to_nothing_else() -> None:
    named = charter(exercise=OPENED)
    assert judge(named, core(Exercise(scenario="autumn-1")), GROUNDS).stands
    stopped = core(NoDuff(exercise=None, reason="real_event"))
    for thread in (stopped, {OPENED: charter()}, {}):
        assert [one.code for one in judge(named, thread, GROUNDS).refusals] == ["no-exercise"]


def test_stopping_an_exercise_is_left_to_the_accord() -> None:
    assert sorted(pillar.kinds) == ["charter", "finding", "inject", "observation"]


@pytest.mark.parametrize(
    ("minutes", "band"),
    [
        (1, "within_1_min"),
        (15, "within_15_min"),
        (30, "within_30_min"),
        (240, "within_4_h"),
        (1440, "within_24_h"),
    ],
)
def test_a_band_ends_with_its_last_millisecond(minutes: int, band: str) -> None:
    bands = [observed(AT + minutes * MINUTE + more).facts for more in (0, 1)]
    found = [one.band for one in bands if isinstance(one, ObservationFacts)]
    assert found[0] == band
    assert found[1] not in (band, "no_reaction")
    assert len(found) == 2


def test_a_reaction_by_record_is_the_players_at_the_time_of_that_record() -> None:
    """A record of whatever pillar will do: only author and time are asked."""
    theirs = Statement(REACTED, "notices.answer", "cn", AT + MINUTE, None, Exercise(scenario="any"))
    assert observed(AT + MINUTE, theirs).stands
    assert not observed(AT + MINUTE + 1, theirs).stands
    assert not observed(AT + MINUTE, msgspec.structs.replace(theirs, party="us")).stands


def test_a_charter_signed_at_the_first_moment_of_its_window_is_in_time() -> None:
    assert judge(charter(AT), {}, GROUNDS).stands
    assert not judge(charter(AT + 1), {}, GROUNDS).stands
