"""What the pillar `incidents` says beyond its examples."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.accord.pillar import Grounds, Judgement, Statement
from detente.faces.intake import pages
from detente.faces.pillars import editions, scales
from detente.node.confidence.report import USES
from detente.pillars.incidents.kinds import Close, Report, ReportFacts, Update, Use
from detente.pillars.incidents.rules import judge, tally

GROUNDS = Grounds(parties={"us": frozenset(), "cn": frozenset()}, laboratories={}, scales=scales())
AT = 1_795_000_000_000
UNKNOWN: dict[str, Any] = {
    "near_miss": False,
    "harm": None,
    "potential": None,
    "control": None,
    "spread": None,
    "layers": None,
    "repeat": None,
    "ongoing": False,
    "techniques": (),
    "domain": "cyber",
    "system_class": "agent",
    "internal_use": None,
    "clock_start": "unknown",
    "month": None,
}


def report(at: int = AT, **stated: object) -> Statement:
    return Statement("a" * 64, "incidents.report", "us", at, None, Report(**{**UNKNOWN, **stated}))


def facts(judgement: Judgement) -> ReportFacts:
    assert judgement.stands, judgement.refusals
    assert isinstance(judgement.facts, ReportFacts)
    return judgement.facts


def test_nothing_known_leaves_every_level_possible_and_rules_see_the_highest() -> None:
    seen = facts(judge(report(), {}, GROUNDS))
    assert (seen.level_low, seen.level, seen.settled) == (0, 7, False)
    assert (seen.harm_high, seen.potential_high, seen.control_high, seen.cross_border) == (7, 7, 4, True)


def test_that_it_was_a_near_miss_caps_the_level_at_three() -> None:
    seen = facts(judge(report(near_miss=True), {}, GROUNDS))
    assert (seen.level, seen.category, seen.harm_high, seen.control_high) == (3, "near_miss", 0, 2)


def test_learning_an_axis_never_raises_what_rules_saw() -> None:
    before = facts(judge(report(near_miss=False), {}, GROUNDS)).level
    for axis, top in {"harm": 7, "potential": 7, "control": 4, "spread": 4, "layers": 4}.items():
        for value in range(top + 1):
            after = facts(judge(report(**{axis: value}), {}, GROUNDS))
            assert after.level <= before, (axis, value)


def test_one_jurisdiction_does_not_cross_borders() -> None:
    assert not facts(judge(report(spread=2), {}, GROUNDS)).cross_border


def test_a_clock_at_the_end_of_time_is_judged_like_any_other() -> None:
    assert judge(report(at=2**53 - 1, month="9999-01"), {}, GROUNDS).stands
    assert not judge(report(at=0, month="1970-02"), {}, GROUNDS).stands
    assert judge(report(at=0, month="0001-01"), {}, GROUNDS).stands


def test_a_report_is_counted_once_by_its_newest_rating() -> None:
    first = report(harm=1, potential=1, control=0, spread=1, layers=4, repeat=False)
    first = msgspec.structs.replace(first, facts=judge(first, {}, GROUNDS).facts)
    fields = {name: getattr(first.open, name) for name in UNKNOWN if name in Update.__struct_fields__}
    later = Update(**{**fields, "harm": 3, "potential": 3}, previous=first.id, change="worsened")
    update = Statement("b" * 64, "incidents.update", "us", AT + 1, first.id, later)
    update = msgspec.structs.replace(update, facts=judge(update, {first.id: first}, GROUNDS).facts)
    table = tally((update, first), GROUNDS)
    assert table["level.3"] == 1
    assert "level.1" not in table
    assert (table["report"], table["update"], table["domain.cyber"]) == (1, 1, 1)


@pytest.mark.parametrize("use", [*get_args(Use), None])
def test_what_a_report_may_be_used_for_changes_nothing_that_follows_from_it(use: Use | None) -> None:
    assert judge(report(use=use), {}, GROUNDS) == judge(report(), {}, GROUNDS)


def test_the_uses_of_a_record_are_those_of_a_report_in_confidence_in_the_same_words_and_order() -> None:
    assert get_args(Use) == USES
    said = editions()["incidents"].words.values["use"]
    assert tuple(said) == USES
    form = pages.words()
    assert {one: (said[one].en, said[one].zh) for one in USES} == {
        one: (form[f"use_{one}"]["en"], form[f"use_{one}"]["zh"]) for one in USES
    }


SETTLED: dict[str, Any] = {"harm": 1, "potential": 1, "control": 0, "spread": 1, "layers": 4, "repeat": False}


def number(name: str, at: int, **stated: object) -> Statement:
    """A report that stands, under an id of its own."""
    made = msgspec.structs.replace(report(at, **{**SETTLED, **stated}), id=name * 64)
    return msgspec.structs.replace(made, facts=judge(made, {}, GROUNDS).facts)


def ended(name: str, of: Statement, at: int, **stated: object) -> Statement:
    fields: dict[str, Any] = {"last": of.id, "outcome": "split", "duplicate_of": None} | stated
    return Statement(name * 64, "incidents.close", of.party, at, of.id, Close(**fields))


def reopened(of: Statement, end: Statement, at: int) -> Statement:
    fields = {name: getattr(of.open, name) for name in Update.__struct_fields__ if hasattr(of.open, name)}
    return Statement(
        "9" * 64, "incidents.update", "us", at, of.id, Update(**fields, previous=end.id, change="reopened")
    )


def test_of_a_number_that_was_split_the_events_are_counted_that_it_became() -> None:
    old, one, two = number("1", AT), number("2", AT + 1), number("3", AT + 2, domain="privacy")
    end = ended("4", old, AT + 3, successors=(one.id, two.id))
    assert judge(end, {each.id: each for each in (old, one, two)}, GROUNDS).stands
    table = tally((end, two, old, one), GROUNDS)
    assert (table["report"], table["domain.cyber"], table["domain.privacy"]) == (2, 1, 1)
    assert (table["outcome.split"], table["close"]) == (1, 1)
    # The month in which the old number began says that it was split, and counts no event of it.
    assert tally((old, end), GROUNDS) == {"close": 1, "outcome.split": 1}


def test_the_split_of_a_number_that_was_merged_moves_no_count() -> None:
    old, one, two = number("1", AT), number("2", AT + 1), number("3", AT + 2)
    merged = ended("4", old, AT + 3, outcome="duplicate", duplicate_of=one.id)
    end = ended("5", old, AT + 4, successors=(one.id, two.id))
    table = tally((old, one, two, merged, end), GROUNDS)
    assert table["report"] == 3
    assert "outcome.split" not in table


def test_a_split_that_is_taken_back_counts_the_old_number_again() -> None:
    old, one, two = number("1", AT), number("2", AT + 1), number("3", AT + 2)
    end = ended("4", old, AT + 3, successors=(one.id, two.id))
    again = reopened(old, end, AT + 4)
    seen = {each.id: each for each in (old, end)}
    again = msgspec.structs.replace(again, facts=judge(again, seen, GROUNDS).facts)
    assert tally((old, one, two, end, again), GROUNDS)["report"] == 3


@given(st.permutations(range(6)), st.data())
def test_attack_no_chain_of_splits_leads_back_to_where_it_began(
    order: list[int], data: st.DataObject
) -> None:
    """Whatever a party says of its clocks, no splits that stand lead from a number to itself."""
    numbers = [number(str(n), AT + data.draw(st.integers(0, 3))) for n in order]
    known = {one.id: one for one in numbers}
    follows: dict[str, tuple[str, ...]] = {}
    for old in numbers:
        into = tuple(sorted(data.draw(st.sets(st.sampled_from(sorted(known)), min_size=2, max_size=3))))
        if judge(ended("8", old, AT + 9, successors=into), known, GROUNDS).stands:
            follows[old.id] = into
    for start, next_ones in follows.items():
        seen, todo = set(), list(next_ones)
        while todo:
            one = todo.pop()
            assert one != start
            if one not in seen:
                seen.add(one)
                todo += follows.get(one, ())
