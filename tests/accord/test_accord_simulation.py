"""The claims about time and standing, asked of many small worlds: within k, and beyond it.

`./run soak worlds` asks as many others as are wanted.
"""

import claims
import pytest
from claims import Tally
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulation import Plan, World

SHAPES = ((2, 1), (3, 1), (4, 1), (5, 2), (5, 1), (3, 2))
"""Parties and k."""

PER_BATCH = 20


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any world; shrinking goes towards fewer parties, fewer faults, and nothing else happening."""
    parties, k = draw(st.sampled_from(SHAPES))
    faulty = draw(st.integers(0, parties - 1))
    seed = draw(st.integers(0, 2**32))
    flags = {name: draw(st.booleans()) for name in ("amended", "forks", "keyed", "opens", "mutes", "accedes")}
    return Plan(seed, parties, k, faulty, **flags)


@given(plan=plans())
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_world_gives_equal_final_and_incremental_standing(plan: Plan) -> None:
    """Whoever lies how, honest nodes agree; within k they are also right."""
    claims.check(World.run(plan))


def batch(first: int, *, beyond: bool) -> Tally:
    """Play a batch of seeded worlds."""
    total = Tally()
    for seed in range(first, first + PER_BATCH):
        parties, k = SHAPES[seed % len(SHAPES)]
        most = min(k, parties - 1)
        faulty = parties - 1 if beyond else seed // len(SHAPES) % (most + 1)
        plan = Plan(
            seed,
            parties,
            k,
            faulty,
            amended=seed % 4 == 1,
            forks=seed % 5 == 2,
            keyed=seed % 4 != 3,
            opens=seed % 3 != 2,
            mutes=seed % 7 in (1, 4),
            accedes=seed % 8 in (2, 3) and parties < 5,
        )
        total.add(claims.check(World.run(plan)))
    return total


@pytest.mark.slow
@pytest.mark.timeout(480)
@pytest.mark.parametrize("first", [10_000, 20_000])
def test_within_k_nobody_honest_is_missed_nobody_late_is_kept(
    first: int, capsys: pytest.CaptureFixture[str]
) -> None:
    total = batch(first, beyond=False)
    with capsys.disabled():
        print(f"\nsimulation within k: {total}")  # noqa: T201
    assert total.worlds == PER_BATCH
    assert total.timely > 800
    assert total.fetched > 0
    assert total.keys > 0
    assert total.unread > 0
    assert total.second > 0
    assert total.before > 0


@pytest.mark.slow
@pytest.mark.timeout(480)
def test_beyond_k_honest_nodes_still_agree_and_final_stays_final(capsys: pytest.CaptureFixture[str]) -> None:
    total = batch(40_000, beyond=True)
    with capsys.disabled():
        print(f"\nsimulation beyond k: {total}")  # noqa: T201
    assert total.worlds == PER_BATCH
    assert total.final > 800
