"""What the pillar `risk` says beyond its examples."""

import hashlib
import json
from statistics import median
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detente.accord.pillar import Grounds, Statement
from detente.faces.pillars import editions
from detente.pillars.risk.kinds import Commitment, Estimate, Indicator, IndicatorFacts, Question
from detente.pillars.risk.pool import disjoint, pooled, spread
from detente.pillars.risk.promise import digest
from detente.pillars.risk.rules import judge

GROUNDS = Grounds(parties={"us": frozenset(), "cn": frozenset()}, laboratories={}, scales={})
AT = 1_804_000_000_000
Interval = tuple[int, int, int]
INTERVALS = st.lists(st.tuples(*[st.integers(0, 10_000)] * 3).map(sorted).map(tuple), min_size=1, max_size=9)


def test_a_stranger_computes_the_same_commitment() -> None:
    said = {"party": "us", "low": 1, "central": 2, "high": 3, "salt": "0" * 32, "question": "a" * 64}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    assert digest("a" * 64, "us", (1, 2, 3), "0" * 32) == hashlib.sha256(canonical).hexdigest()


def test_every_part_of_an_estimate_is_under_its_commitment() -> None:
    whole: dict[str, Any] = {
        "question": "a" * 64,
        "party": "us",
        "interval": (1, 2, 3),
        "salt": "0" * 32,
    }
    others: dict[str, Any] = {
        "question": "b" * 64,
        "party": "cn",
        "interval": (1, 2, 4),
        "salt": "1" * 32,
    }
    found = {digest(**{**whole, name: value}) for name, value in others.items()} | {digest(**whole)}
    assert len(found) == 1 + len(others)


@given(INTERVALS)
def test_an_aggregate_does_not_depend_on_order_and_stays_an_interval_within_what_was_said(
    estimates: list[Interval],
) -> None:
    for method in ("median", "mean", "envelope"):
        low, central, high = pooled(method, estimates)
        assert (low, central, high) == pooled(method, estimates[::-1])
        assert min(one[0] for one in estimates) <= low <= central <= high <= max(one[2] for one in estimates)


@given(INTERVALS)
def test_the_median_is_the_librarys_rounded_down(estimates: list[Interval]) -> None:
    ends = zip(*estimates, strict=True)
    assert pooled("median", estimates) == tuple(int(median(end)) for end in ends)


def test_disagreement_is_shown_before_agreement() -> None:
    assert (spread([(0, 10, 20), (15, 30, 40)]), disjoint([(0, 10, 20), (15, 30, 40)])) == (20, False)
    assert disjoint([(0, 10, 20), (21, 30, 40)])
    assert not disjoint([(0, 10, 20), (20, 30, 40)])


def test_an_estimate_is_not_said_while_another_can_still_commit_to_the_millisecond() -> None:
    question = Question(
        domain="cyber",
        answer="probability",
        unit=None,
        coverage=8_000,
        turn=1,
        previous=None,
        panel=("cn", "us"),
        commit_by=AT + 10,
        reveal_by=AT + 20,
        resolves=None,
    )
    root = Statement("a" * 64, "risk.question", "cn", AT, None, question)
    promise = Commitment(promise=digest(root.id, "us", (1, 2, 3), "0" * 32))
    bound = Statement("b" * 64, "risk.commitment", "us", AT + 10, root.id, promise)
    thread = {one.id: one for one in (root, bound)}
    assert judge(bound, thread, GROUNDS).stands
    stated = Estimate(commitment=bound.id, low=1, central=2, high=3, salt="0" * 32, basis="data")
    for at, refusals in ((AT + 10, ["too-early"]), (AT + 11, [])):
        judged = judge(Statement("c" * 64, "risk.estimate", "us", at, root.id, stated), thread, GROUNDS)
        assert [one.code for one in judged.refusals] == refusals


def test_an_indicator_is_read_against_its_lines_in_the_direction_that_is_worse() -> None:
    def crossed(worse: str, value: int) -> str:
        lines = (30, 100) if worse == "higher" else (100, 30)
        whole: dict[str, Any] = {"indicator": "time_to_contain", "domain": "cyber", "unit": "minutes"}
        whole |= {"period": AT, "previous": None, "worse": worse, "value": value}
        stated = Indicator(**whole, yellow=lines[0], red=lines[1])
        facts = judge(Statement("a" * 64, "risk.indicator", "us", AT, None, stated), {}, GROUNDS).facts
        assert isinstance(facts, IndicatorFacts)
        return facts.crosses

    assert [crossed("higher", value) for value in (29, 30, 99, 100)] == ["none", "yellow", "yellow", "red"]
    assert [crossed("lower", value) for value in (101, 100, 31, 30)] == ["none", "yellow", "yellow", "red"]


def test_what_was_thought_when_committing_is_for_nobody() -> None:
    assert editions()["risk"].ceilings["commitment"]["reasons"] == frozenset()
