"""What the pillar `controls` says beyond its examples."""

from itertools import product
from typing import Any

import pytest

from detente.accord.pillar import Grounds, Statement
from detente.pillars.controls.kinds import (
    Alignment,
    AlignmentFacts,
    Outcome,
    Question,
    Reading,
    ReadingFacts,
    Regime,
)
from detente.pillars.controls.rules import judge

GROUNDS = Grounds(parties={"us": frozenset(), "cn": frozenset()}, laboratories={}, scales={})
AT = 1_795_651_200_000
ITEM, ENTRY, ONE, TWO = "a" * 64, "b" * 64, "c" * 64, "d" * 64
Line = tuple[str, str, int]
NVIDIA = {"a100": 4992, "h100": 15832, "h200": 15832, "b200": 36000}
"""Total processing performance by vendors' data sheets, as quoted in facts/export_control.yaml."""


def question(**numbers: int | None) -> Statement:
    stated: dict[str, Any] = {
        "item": "accelerator",
        "act": "export",
        "exporter": "us",
        "destination": "cn",
        "end_use": "research",
        "datacentre": True,
        "tpp": None,
        "density_milli": None,
        "memory_density_milli": None,
        "dram_gb_s": None,
    }
    return Statement(ITEM, "controls.question", "cn", AT, None, Question(**{**stated, **numbers}))


def entry(*lines: Line, party: str = "us") -> Statement:
    parameters, comparators, limits = zip(*lines, strict=True) if lines else ((), (), ())
    stated: dict[str, Any] = {"parameters": parameters, "comparators": comparators, "limits": limits}
    regime = Regime(
        jurisdiction=party,
        instrument="control_list",
        entry="3A090.a",
        status="in_force",
        valid_from="2023-11-17",
        valid_to=None,
        checked_on="2026-11-22",
        text="e" * 64,
        replaces=None,
        **stated,
    )
    return Statement(ENTRY, "controls.regime", party, AT, None, regime)


def reading(asked: Statement, under: Statement, outcome: Outcome = "individual_licence") -> ReadingFacts:
    stated = Reading(regime=ENTRY, outcome=outcome, basis="threshold", as_of="2026-11-26", binding=False)
    said = Statement(ONE, "controls.reading", "us", AT, ITEM, stated)
    facts = judge(said, {ITEM: asked, ENTRY: under}, GROUNDS).facts
    assert isinstance(facts, ReadingFacts)
    return facts


@pytest.mark.parametrize(
    ("how", "below", "on", "above"),
    [
        ("at_least", "not_met", "met", "met"),
        ("above", "not_met", "not_met", "met"),
        ("below", "met", "not_met", "not_met"),
        ("at_most", "met", "met", "not_met"),
    ],
)
def test_one_unit_decides_at_the_line(how: str, below: str, on: str, above: str) -> None:
    under = entry(("tpp", how, 4800))
    seen = [reading(question(tpp=tpp), under) for tpp in (4799, 4800, 4801)]
    assert [one.fit for one in seen] == [below, on, above]
    assert [one.at_boundary for one in seen] == [False, True, False]


def test_a_number_that_misses_one_line_decides_although_another_is_unknown() -> None:
    both = entry(("tpp", "at_least", 1600), ("density_milli", "at_least", 5920))
    assert reading(question(tpp=1599), both).fit == "not_met"
    assert reading(question(tpp=1600), both).fit == "unknown"
    assert reading(question(tpp=1600, density_milli=5920), both).fit == "met"
    assert reading(question(tpp=1600), entry()).fit == "unstated"


def test_the_cited_chips_are_read_as_the_cited_rules_read_them() -> None:
    listed = entry(("tpp", "at_least", 4800))
    assert {reading(question(tpp=tpp), listed).fit for tpp in NVIDIA.values()} == {"met"}
    review = entry(("tpp", "below", 21_000), ("dram_gb_s", "below", 6_500))
    assert reading(question(tpp=NVIDIA["h200"], dram_gb_s=4800), review).fit == "met"
    assert reading(question(tpp=NVIDIA["b200"], dram_gb_s=8000), review).fit == "not_met"


def test_a_reading_is_questioned_only_where_it_leans_on_numbers_that_say_otherwise() -> None:
    listed = entry(("tpp", "at_least", 4800))
    assert reading(question(tpp=4800), listed, "not_controlled").questioned
    assert reading(question(tpp=4799), listed, "prohibited").questioned
    assert not reading(question(tpp=4800), listed, "prohibited").questioned
    assert not reading(question(), listed, "not_controlled").questioned
    assert not reading(question(tpp=4799), listed, "cannot_say").questioned


def aligned(one: Outcome, other: Outcome) -> AlignmentFacts:
    thread = {ITEM: question(tpp=1)}
    for name, party, outcome in ((ONE, "us", one), (TWO, "cn", other)):
        stated = Reading(regime=ENTRY, outcome=outcome, basis="policy", as_of="2026-11-26", binding=True)
        facts = reading(question(tpp=1), entry(), outcome)
        thread[name] = Statement(name, "controls.reading", party, AT, ITEM, stated, facts)
    stated = Alignment(first=ONE, second=TWO, relation="intersects", harmonise="nothing")
    facts = judge(Statement("f" * 64, "controls.alignment", "us", AT, ITEM, stated), thread, GROUNDS).facts
    assert isinstance(facts, AlignmentFacts)
    return facts


def test_exchanging_two_readings_exchanges_which_is_stricter_and_nothing_else() -> None:
    turned = {"first": "second", "second": "first", "neither": "neither", "unknown": "unknown"}
    outcomes: tuple[Outcome, ...] = ("not_controlled", "general_licence", "prohibited", "cannot_say")
    for one, other in product(outcomes, outcomes):
        there, back = aligned(one, other), aligned(other, one)
        assert (there.agree, there.gap, turned[there.stricter]) == (back.agree, back.gap, back.stricter)
        assert there.agree == (one == other != "cannot_say")


def test_a_prohibition_is_stricter_than_no_control() -> None:
    assert aligned("prohibited", "not_controlled").stricter == "first"


def test_whoever_cannot_say_leaves_the_widest_gap_open() -> None:
    assert aligned("cannot_say", "cannot_say").gap == aligned("not_controlled", "prohibited").gap == 5
