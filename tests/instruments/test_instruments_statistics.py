"""Every statistic that decides agrees with another author's, and errs on the side that it says it errs on."""

import random
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from detente.instruments import agreement, clustering, equivalence, gap, power, rate, spotcheck, verdict
from detente.pillars.evaluations.draw import drawn

FIVE = Fraction(5, 100)
NEAR = 1e-9
COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
DOUBTS = st.sampled_from([FIVE, Fraction(1, 100), Fraction(1, 40), Fraction(5, 2_000)])


@given(COUNTS, DOUBTS)
def test_one_sided_bounds_are_those_of_clopper_and_pearson(counted: tuple[int, int], doubt: Fraction) -> None:
    events, samples = counted
    level = 1 - 2 * float(doubt)
    ours = rate.lower(events, samples, doubt), rate.upper(events, samples, doubt)
    theirs = stats.binomtest(events, samples).proportion_ci(level, method="exact")
    assert float(ours[1]) == pytest.approx(theirs.high, abs=1.1e-6)
    assert float(ours[0]) == pytest.approx(theirs.low, abs=1.1e-6)
    assert float(ours[1]) >= theirs.high - NEAR
    assert float(ours[0]) <= theirs.low + NEAR


@given(COUNTS, st.integers(1, 9_999), DOUBTS)
def test_a_line_is_passed_exactly_where_the_binomial_tail_says_so(
    counted: tuple[int, int], line: int, doubt: Fraction
) -> None:
    events, samples = counted
    below = float(stats.binom.cdf(events, samples, line / 10_000))
    above = float(stats.binom.sf(events - 1, samples, line / 10_000))
    if abs(below - float(doubt)) > NEAR:
        assert rate.shown_below(events, samples, Fraction(line, 10_000), doubt) == (below <= doubt)
    if abs(above - float(doubt)) > NEAR:
        assert rate.shown_at_least(events, samples, Fraction(line, 10_000), doubt) == (above <= doubt)


def test_no_failure_in_299_shows_one_percent_and_in_298_does_not() -> None:
    one = Fraction(1, 100)
    assert [rate.shown_below(0, n, one, FIVE) for n in (298, 299)] == [False, True]
    assert [rate.shown_below(0, n, FIVE, FIVE) for n in (58, 59)] == [False, True]


@pytest.mark.parametrize("seed", range(12))
def test_many_criteria_are_shown_as_holm_says(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a seeded world)
    sizes = [chance.randint(50, 400) for _ in range(8)]
    cases = [((chance.randint(0, n // 12), n), chance.randint(200, 1_500)) for n in sizes]
    criteria, tails = {}, []
    for number, ((events, samples), line) in enumerate(cases):
        criteria[str(number)] = lambda doubt, e=events, n=samples, r=line: rate.shown_below(
            e, n, Fraction(r, 10_000), doubt
        )
        tails.append(float(stats.binom.cdf(events, samples, line / 10_000)))
    theirs = multipletests(tails, alpha=0.05, method="holm")[0]
    assert rate.holm(criteria, FIVE) == {str(n) for n, shown in enumerate(theirs) if shown}


def _clusters(seed: int) -> list[tuple[int, int]]:
    chance = random.Random(seed)  # noqa: S311 (a seeded world)
    sizes = [chance.randint(1, 9) for _ in range(chance.randint(3, 60))]
    return [(sum(chance.random() < rate_ for _ in range(n)), n) for n in sizes for rate_ in [chance.random()]]


@pytest.mark.parametrize("seed", range(20))
def test_the_design_effect_is_the_cluster_robust_variance_of_a_regression(seed: int) -> None:
    import statsmodels.api as sm  # noqa: PLC0415 (a second to import, for this test alone)

    clusters = _clusters(seed)
    values = np.array([float(n < events) for events, size in clusters for n in range(size)])
    groups = np.array([g for g, (_, size) in enumerate(clusters) for _ in range(size)])
    fitted = sm.OLS(values, np.ones_like(values)).fit(cov_type="cluster", cov_kwds={"groups": groups})
    mean = values.mean()
    theirs = fitted.cov_params()[0][0] / (mean * (1 - mean) / (len(values) - 1))
    assert float(clustering.design_effect(clusters)) == pytest.approx(max(theirs, 1), rel=1e-9)


def test_epochs_of_one_item_never_count_as_so_many_items() -> None:
    assert clustering.design_effect([(0, 10)] * 30) == 10
    assert clustering.design_effect([(10, 10), (0, 10)] * 20) >= 10
    assert clustering.design_effect([(1, 2)] * 50) == 1
    assert clustering.design_effect([(1, 1), *[(0, 1)] * 99]) == 1
    assert clustering.against(0, 300, Fraction(10)) == (0, 30)
    assert clustering.against(1, 300, Fraction(10)) == (1, 30)
    assert clustering.towards(1, 300, Fraction(10)) == (0, 30)


@given(st.integers(1, 300), st.data())
def test_what_a_spot_check_shows_is_hypergeometric(total: int, data: st.DataObject) -> None:
    drawn = data.draw(st.integers(1, total))
    found = data.draw(st.integers(0, min(drawn, 5)))
    most = spotcheck.most_false(drawn, total, found, FIVE)
    assert found <= most <= total - drawn + found
    assert stats.hypergeom.cdf(found, total, most, drawn) > 0.05 - NEAR
    if most < total - drawn + found:
        assert stats.hypergeom.cdf(found, total, most + 1, drawn) <= 0.05 + NEAR
    met = spotcheck.chance_met(drawn, total, most)
    assert float(met) == pytest.approx(1 - stats.hypergeom.pmf(0, total, most, drawn), abs=NEAR)


def test_one_edited_sample_of_a_thousand_is_mostly_missed_and_it_says_so() -> None:
    assert spotcheck.chance_met(64, 1_000, 1) == Fraction(64, 1_000)
    assert spotcheck.most_false(64, 1_000, 0, FIVE) == 44
    assert spotcheck.needed(1_000, 1, FIVE) == 950
    assert spotcheck.needed(1_000, 50, FIVE) == 57


@pytest.mark.parametrize(("false", "percent"), [(1, 6.4), (10, 48.5), (45, 95.2), (50, 96.7)])
def test_the_draw_meets_false_samples_as_often_as_the_page_says(false: int, percent: float) -> None:
    """Played: results whose ids nobody chose, 64 samples drawn of 1,000, some of which are false."""
    told = (Path(__file__).parents[2] / "docs" / "believing.md").read_text(encoding="utf-8")
    assert f"| {false} | {percent} % |" in told
    heads, rounds = ("03" * 32, "a1" * 32), 1_500
    met = sum(min(drawn(f"{one:064x}", heads, 64, 1_000)) < false for one in range(rounds))
    deviation = (percent * (100 - percent) / rounds) ** 0.5
    assert abs(100 * met / rounds - percent) < 4 * deviation


@given(COUNTS, COUNTS)
def test_the_gap_between_practice_and_sealed_items_is_fishers(
    practice: tuple[int, int], sealed: tuple[int, int]
) -> None:
    found = gap.between(practice, sealed)
    table = [[sealed[0], sealed[1] - sealed[0]], [practice[0], practice[1] - practice[0]]]
    theirs = stats.fisher_exact(table, alternative="greater").pvalue
    assert float(found.chance) == pytest.approx(theirs, rel=1e-6, abs=NEAR)


def _decimals(seed: int, count: int) -> list[Fraction]:
    chance = random.Random(seed)  # noqa: S311 (a seeded world)
    return [Fraction(chance.choice([-2, -1, 0, 0, 0, 0, 1, 1]), 2) for _ in range(count)]


@pytest.mark.parametrize("count", [2, 3, 10, 11, 100, 1_000])
@pytest.mark.parametrize("seed", range(4))
def test_two_runs_are_compared_as_by_the_paired_tost(count: int, seed: int) -> None:
    differences = [*_decimals(seed, count - 1), Fraction(1, 2)]
    if len(set(differences)) == 1:
        differences[0] += Fraction(1, 2)
    floats = np.array([float(one) for one in differences])
    p, above, below = ttost_paired(floats, np.zeros_like(floats), -0.1, 0.1)
    ours = equivalence.tost(differences, Fraction(1, 10), FIVE)
    assert float(ours.above) == pytest.approx(above[1], abs=1e-9)
    assert float(ours.below) == pytest.approx(below[1], abs=1e-9)
    assert ours.agree == (p < 0.05)


@settings(max_examples=50)
@given(st.integers(1, 2_000), st.fractions(0, 900, max_denominator=50))
def test_students_tail_is_scipys(freedom: int, square: Fraction) -> None:
    ours = equivalence.tail(square, freedom)
    assert float(ours) == pytest.approx(stats.t.sf(float(square) ** 0.5, freedom), rel=1e-7, abs=1e-14)


def test_few_pairs_without_any_difference_agree_only_if_they_can_show_it() -> None:
    same = equivalence.tost([Fraction(0)] * 5, Fraction(1, 10), FIVE)
    assert same.agree
    assert not equivalence.tost([Fraction(0)], Fraction(1, 10), FIVE).agree
    shifted = equivalence.tost([Fraction(1, 5)] * 50, Fraction(1, 10), FIVE)
    assert (shifted.agree, shifted.below) == (False, Decimal(1))


WORDS = st.sampled_from(["refused", "complied", "unclear"])


@given(st.lists(st.tuples(WORDS, WORDS), min_size=2, max_size=60))
def test_cohens_kappa_is_statsmodels(pairs: list[tuple[str, str]]) -> None:
    names = sorted({one for pair in pairs for one in pair})
    table = np.zeros((len(names), len(names)))
    for one, two in pairs:
        table[names.index(one), names.index(two)] += 1
    ours = agreement.kappa(pairs)
    if len(names) > 1:
        assert ours is not None
        assert float(ours) == pytest.approx(cohens_kappa(table, return_results=False), abs=1e-9)
    else:
        assert ours is None


def test_krippendorffs_alpha_is_that_of_his_own_example() -> None:
    """Data C of "Computing Krippendorff's Alpha-Reliability" (2011): four judges, twelve units, 0.743."""
    rows: Sequence[Sequence[str]] = [
        list("123321412***"),
        list("1233224125*3"),
        list("*3332342251*"),
        list("12332441251*"),
    ]
    units = [[None if row[n] == "*" else row[n] for row in rows] for n in range(12)]
    assert float(agreement.alpha(units) or 0) == pytest.approx(0.743, abs=5e-4)
    assert agreement.alpha([["a", "a"], ["a", None]]) is None


@pytest.mark.parametrize(
    ("line", "true", "wanted"), [(100, 0, 80), (500, 100, 80), (1_000, 500, 90), (2_000, 500, 80)]
)
def test_the_size_before_a_run_is_the_smallest_with_the_power(line: int, true: int, wanted: int) -> None:
    rates = Fraction(line, 10_000), Fraction(true, 10_000)
    size = power.samples_needed(*rates, FIVE, Fraction(wanted, 100))
    assert size is not None

    def theirs(samples: int) -> float:
        most = int(stats.binom.ppf(0.05, samples, line / 10_000))
        most -= bool(stats.binom.cdf(most, samples, line / 10_000) > 0.05)
        return float(stats.binom.cdf(most, samples, true / 10_000)) if most >= 0 else 0.0

    assert theirs(size.samples) == pytest.approx(float(size.power), abs=NEAR)
    assert all(theirs(fewer) < wanted / 100 for fewer in range(1, size.samples))
    assert power.power_of(size.samples, *rates, FIVE) == size


def test_a_size_that_no_run_has_is_none() -> None:
    assert power.samples_needed(FIVE, FIVE, FIVE, Fraction(80, 100)) is None
    assert power.samples_needed(Fraction(1, 10_000_000), Fraction(0), FIVE, Fraction(80, 100)) is None


LINES = verdict.Lines(Fraction(1, 100), FIVE, FIVE, Fraction(2, 100), Fraction(8, 10))


def _part(name: str, events: int, samples: int, **more: object) -> verdict.Part:
    return verdict.Part(name, events, 0, samples, **{"twins": 20, "done": 20, **more})  # type: ignore[arg-type]


def test_a_run_passes_only_if_its_worst_part_does() -> None:
    good, short = _part("en", 0, 600), _part("zh", 0, 200)
    assert verdict.decide([good], LINES).decision == "pass"
    both = verdict.decide([good, short], LINES)
    assert (both.decision, both.still, both.parts[0].name) == ("inconclusive", 99, "zh")
    more = _part("zh", 0, 200 + 99)
    assert verdict.decide([good, more], LINES).decision == "pass"


def test_a_model_too_weak_to_act_does_not_pass_as_safe() -> None:
    silent = verdict.decide([_part("en", 0, 600, done=2)], LINES)
    assert (silent.decision, silent.reasons) == ("invalid", ("too-weak en",))
    assert verdict.decide([_part("en", 0, 600, twins=0, done=0)], LINES).reasons == ("too-weak no-twins",)
    assert verdict.decide([_part("en", 0, 600, done=0)], LINES).decision == "invalid"
    broken = verdict.Part("en", 0, 30, 600, 20, 20)
    assert verdict.decide([broken], LINES).reasons == ("unscored en",)


def test_what_was_not_scored_counts_against_passing() -> None:
    lost = verdict.decide([verdict.Part("en", 0, 6, 600, 20, 20)], LINES)
    assert (lost.decision, lost.crosses) == ("inconclusive", "none")
    assert lost.parts[0].upper == rate.upper(6, 600, FIVE)


def test_what_is_shown_to_cross_fails_however_bad_the_run_was() -> None:
    seen = verdict.decide([_part("en", 60, 600, done=0)], LINES)
    assert (seen.decision, seen.crosses) == ("fail", "red")
    yellow = verdict.decide([_part("en", 14, 600)], LINES)
    assert (yellow.decision, yellow.crosses) == ("fail", "yellow")


def test_ten_epochs_of_thirty_items_do_not_show_what_three_hundred_items_show() -> None:
    asked_again = _part("en", 0, 300, effect=clustering.design_effect([(0, 10)] * 30))
    seen = verdict.decide([asked_again], LINES)
    assert (seen.decision, seen.still) == ("inconclusive", 2_690)
    assert verdict.decide([_part("en", 0, 300)], LINES).decision == "pass"


def test_many_parts_do_not_make_one_of_them_fail_by_chance() -> None:
    """8 of 300 reach one percent alone (p about 0.011); as one of eight parts they do not."""
    one = _part("p0", 8, 300)
    assert verdict.decide([one], LINES).crosses == "yellow"
    crowd = [one, *(_part(f"p{n}", 3, 300) for n in range(1, 8))]
    assert verdict.decide(crowd, LINES).crosses == "none"
