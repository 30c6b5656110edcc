"""What the pillar `safeguards` says beyond its examples."""

from fractions import Fraction
from itertools import product
from typing import Literal

from detente.accord.pillar import Grounds, Statement
from detente.pillars.safeguards.kinds import (
    MILLION,
    Proposal,
    Replication,
    ReplicationFacts,
    Result,
    ResultFacts,
)
from detente.pillars.safeguards.rules import judge

GROUNDS = Grounds(parties={"us": frozenset(), "cn": frozenset()}, laboratories={}, scales={})
AT = 1_795_651_200_000
ROOT, RESULT = "a" * 64, "b" * 64


def proposal(threshold: int, tolerance: int, better: Literal["more", "fewer"]) -> Statement:
    stated = Proposal(
        area="containment",
        properties=(),
        measure="contained",
        better=better,
        threshold=threshold,
        tolerance=tolerance,
        least_trials=1,
        protocol="c" * 64,
    )
    return Statement(ROOT, "safeguards.proposal", "us", AT, None, stated)


def rerun(
    root: Statement, one: tuple[int, int], other: tuple[int, int]
) -> tuple[ResultFacts, ReplicationFacts]:
    """Facts of a result and of its replication, each given as hits and trials."""
    first = Result(hits=one[0], trials=one[1], crate="d" * 64, seeds=True)
    result = Statement(RESULT, "safeguards.result", "us", AT, ROOT, first)
    second = Replication(
        hits=other[0], trials=other[1], crate="d" * 64, seeds=True, of=RESULT, environment="rebuilt"
    )
    again = Statement("e" * 64, "safeguards.replication", "cn", AT, ROOT, second)
    before = judge(result, {ROOT: root}, GROUNDS).facts
    after = judge(again, {ROOT: root, RESULT: result}, GROUNDS).facts
    assert isinstance(before, ResultFacts)
    assert isinstance(after, ReplicationFacts)
    return before, after


def test_replicated_is_what_fractions_say() -> None:
    rates = [(0, 3), (1, 3), (2, 3), (333_333, 1_000_000), (333_334, 1_000_000), (3, 3)]
    for one, other, tolerance, better in product(rates, rates, (0, 1, 500_000), ("more", "fewer")):
        before, after = rerun(proposal(333_333, tolerance, better), one, other)
        line = Fraction(333_333, MILLION)
        first, second = Fraction(*one), Fraction(*other)
        meets = [rate >= line if better == "more" else rate <= line for rate in (first, second)]
        assert [before.meets, after.meets] == meets
        near = abs(first - second) <= Fraction(tolerance, MILLION)
        assert after.replicated == (near and meets[0] == meets[1])


def test_a_third_is_above_what_is_written_as_a_third_in_a_million() -> None:
    """Rounding would call them equal."""
    before, _ = rerun(proposal(333_333, 0, "fewer"), (1, 3), (1, 3))
    assert (before.rate, before.meets) == (333_333, False)


def test_one_hit_more_than_the_tolerance_is_no_replication() -> None:
    root = proposal(1_000, 500, "fewer")
    assert rerun(root, (2, 4000), (4, 4000))[1].replicated
    assert not rerun(root, (1, 4000), (4, 4000))[1].replicated


def test_who_replicates_whom_makes_no_difference_to_whether_it_is_replicated() -> None:
    root = proposal(500_000, 100_000, "more")
    for one, other in (((5, 10), (6, 10)), ((5, 10), (4, 10)), ((9, 10), (7, 10))):
        assert rerun(root, one, other)[1].replicated == rerun(root, other, one)[1].replicated
