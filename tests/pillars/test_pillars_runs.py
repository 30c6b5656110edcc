"""What the pillar `runs` says beyond its examples."""

import itertools
from typing import Any

import pytest

from detente.accord.pillar import Grounds, Statement
from detente.faces.pillars import editions
from detente.pillars.runs.band import BANDS, HIGHEST, exponents, holds
from detente.pillars.runs.kinds import Completed, CompletedFacts, Crossed, CrossedFacts, Planned, RunFacts
from detente.pillars.runs.rules import judge
from detente.pillars.runs.truth import contradicts

GROUNDS = Grounds(parties={"us": frozenset(), "cn": frozenset()}, laboratories={}, scales={})
AT = 1_804_000_000_000
PROFILE: dict[str, Any] = {
    "compute": "e25_to_e26",
    "total": "e25_to_e26",
    "data_kind": "general",
    "run_kind": "pre_training",
    "use": "internal",
    "cluster": None,
}


def planned(**stated: Any) -> Statement:  # noqa: ANN401 (any field of a plan)
    said = Planned(**{**PROFILE, "base": None, "begins": None, "ends": None, **stated})
    return Statement("a" * 64, "runs.planned", "us", AT, None, said)


def completed(**stated: Any) -> Statement:  # noqa: ANN401 (any field of a completed run)
    routes: dict[str, Any] = {"by_chip_hours": None, "by_model_and_data": None, "by_energy": None}
    end: dict[str, Any] = {"last": None, "outcome": "completed", "ended": "2027-01"}
    return Statement(
        "b" * 64, "runs.completed", "us", AT, None, Completed(**{**PROFILE, **end, **routes, **stated})
    )


def bands(statement: Statement) -> tuple[int, int, int, int]:
    facts = judge(statement, {}, GROUNDS).facts
    assert isinstance(facts, RunFacts)
    return facts.low, facts.high, facts.total_low, facts.total_high


def test_the_bands_leave_no_gap_and_do_not_overlap_at_any_power_of_ten() -> None:
    for exponent, step in itertools.product(range(HIGHEST), (-1, 0, 1)):
        operations = 10**exponent + step
        assert sum(holds(band, operations) for band in BANDS) == 1, operations  # type: ignore[arg-type]  # its values
    assert [exponents(one)[1] for one in BANDS[:-1]] == [exponents(one)[0] for one in BANDS[1:]]  # type: ignore[arg-type]  # its values


def test_an_opened_number_is_held_against_the_band_to_the_last_digit() -> None:
    for operations in (0, 10**25, 10**26 + 1):
        assert contradicts(planned(), "operations", str(operations))
        assert contradicts(planned(), "operations_in_all", str(operations))
    for operations in (10**25 + 1, 10**26):
        assert not contradicts(planned(), "operations", str(operations))


def test_what_was_left_unknown_and_what_is_no_number_contradict_nothing() -> None:
    assert not contradicts(planned(compute=None), "operations", str(10**39))
    assert not contradicts(planned(), "operations", None)
    assert not contradicts(planned(), "developer", "1")


def test_rules_see_the_upper_end_of_an_unknown_amount_and_never_less_in_all_than_in_part() -> None:
    assert bands(planned(compute=None, total=None)) == (0, HIGHEST, 0, HIGHEST)
    assert bands(planned(total=None)) == (25, 26, 25, HIGHEST)


def test_learning_an_amount_never_raises_what_rules_saw() -> None:
    unknown = bands(planned(compute=None, total=None))
    for band in BANDS:
        known = bands(planned(compute=band, total=band))
        assert (known[1], known[3]) <= (unknown[1], unknown[3])


def test_days_of_notice_are_counted_to_the_first_of_the_month() -> None:
    facts = judge(planned(begins="2027-04"), {}, GROUNDS).facts
    assert getattr(facts, "lead", None) == 29  # 2027-03-02 12:26 UTC to 2027-04-01


def test_a_crossing_says_that_more_than_its_line_was_used_though_the_amount_is_unknown() -> None:
    stated: dict[str, Any] = {"last": None, "line": "e26", "route": "energy", "reached": "2027-03"}
    said = Crossed(**{**PROFILE, "compute": None, "total": None, **stated})
    facts = judge(Statement("c" * 64, "runs.crossed", "us", AT, None, said), {}, GROUNDS).facts
    assert isinstance(facts, CrossedFacts)
    assert (facts.total_low, facts.registered, facts.foreseen) == (26, False, False)


@pytest.mark.parametrize(
    ("routes", "plausible"),
    [
        ({}, "unshown"),
        ({"by_energy": "e24_to_e25"}, "single"),
        ({"by_energy": "e24_to_e25", "by_chip_hours": "e26_to_e27"}, "agree"),
        ({"by_energy": "e23_to_e24", "by_chip_hours": "e25_to_e26"}, "differ"),
        ({"by_energy": "e25_to_e26", "compute": None}, "unshown"),
    ],
)
def test_routes_agree_within_one_band_of_the_amount(routes: dict[str, str], plausible: str) -> None:
    facts = judge(completed(**routes), {}, GROUNDS).facts
    assert isinstance(facts, CompletedFacts)
    assert facts.plausible == plausible


def test_a_clock_at_the_end_of_time_is_judged_like_any_other() -> None:
    late = Statement("a" * 64, "runs.planned", "us", 2**53 - 1, None, planned(begins="2099-12").open)
    assert [one.code for one in judge(late, {}, GROUNDS).refusals] == ["begun-already"]
    first = Statement("a" * 64, "runs.planned", "us", 0, None, planned(begins="2099-12").open)
    assert judge(first, {}, GROUNDS).stands


def test_where_machines_stand_is_for_a_clearinghouse_alone_and_exact_numbers_for_no_peer() -> None:
    for row in editions()["runs"].ceilings.values():
        assert row["site"] == {"clearinghouse"}
        for path in {"operations", "operations_in_all", "machines", "chip_hours", "parameters"} & row.keys():
            assert row[path] == {"clearinghouse", "testing"}
