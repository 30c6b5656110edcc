"""The severity scale: exact on unknowns, pinned by digest, and honest about where its numbers come from."""

from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.accord import scale, source
from detente.accord.scale import Axes, Reading, Scale, Span
from detente.trust.errors import Malformed, Misuse

TEXT = (Path(scale.__file__).parent / "scales" / "severity.yaml").read_text(encoding="utf-8")
SEVERITY: Scale = scale.parse(source.read(TEXT).data)
TOPS = {"harm": 7, "potential": 7, "control": 4, "spread": 4, "layers": 4}


def exactly(repeat: bool = False, **values: int) -> Reading:  # noqa: FBT001, FBT002 (an axis)
    """A reading with every axis known; those not given are 0, and no layer is missing."""
    known = {"harm": 0, "control": 0, "spread": 0, "layers": 4} | values
    known.setdefault("potential", known["harm"])
    return SEVERITY.read(Axes(repeat=repeat, **{axis: Span(value, value) for axis, value in known.items()}))


def test_nothing_happened_is_a_deviation() -> None:
    assert exactly() == Reading(low=0, high=0, classes=frozenset({"deviation"}), cross_border=False)


@pytest.mark.parametrize("harm", range(8))
def test_realised_harm_is_at_least_its_own_level(harm: int) -> None:
    assert exactly(harm=harm).low == harm


@pytest.mark.parametrize(
    ("control", "potential", "level"),
    [
        (3, 0, 2),
        (3, 3, 3),
        (3, 5, 4),
        (4, 0, 3),
        (4, 3, 4),
        (4, 5, 5),
        (4, 7, 6),
        (2, 0, 1),
        (2, 5, 2),
        (1, 4, 0),
        (1, 5, 1),
    ],
)
def test_control_lost_makes_a_level_by_what_could_have_come_of_it(
    control: int, potential: int, level: int
) -> None:
    assert exactly(control=control, potential=potential).low == level


@pytest.mark.parametrize(
    ("layers", "potential", "level"),
    [
        (4, 7, 0),
        (3, 5, 1),
        (3, 4, 0),
        (2, 5, 2),
        (2, 3, 1),
        (2, 2, 0),
        (1, 5, 3),
        (0, 3, 2),
        (1, 1, 1),
        (0, 0, 0),
    ],
)
def test_a_near_miss_counts_by_the_layers_that_were_left(layers: int, potential: int, level: int) -> None:
    found = exactly(layers=layers, potential=potential)
    assert found.low == level
    assert found.classes == (frozenset({"near_miss"}) if level else frozenset({"deviation"}))


def test_repetition_raises_a_near_miss_by_one_but_makes_none() -> None:
    assert exactly(layers=2, potential=5, repeat=True).low == 3
    assert exactly(layers=1, potential=5, repeat=True).low == 3
    assert exactly(layers=2, potential=2, repeat=True).low == 0


def test_spread_adjusts_a_level_of_three_and_never_makes_one() -> None:
    assert exactly(harm=3, spread=4).low == 4
    assert exactly(harm=2, spread=4).low == 2
    assert exactly(spread=4) == Reading(low=0, high=0, classes=frozenset({"deviation"}), cross_border=False)
    assert exactly(harm=1, spread=3).cross_border is True
    assert exactly(harm=7, spread=4).low == 7


def test_a_near_miss_is_never_more_than_three() -> None:
    assert exactly(layers=0, potential=7, spread=4) == Reading(
        low=3, high=3, classes=frozenset({"near_miss"}), cross_border=True
    )


def test_everything_unknown_leaves_everything_possible() -> None:
    found = SEVERITY.read(Axes())
    assert (found.low, found.high, found.cross_border) == (0, 7, None)
    assert found.classes == {"deviation", "near_miss", "incident", "accident"}


def test_potential_below_harm_is_impossible_and_says_so() -> None:
    axes = Axes(harm=Span(3, 3), potential=Span(0, 2))
    assert not axes.possible
    with pytest.raises(Misuse, match=r"scale\.1"):
        SEVERITY.read(axes)


@st.composite
def spans(draw: st.DrawFn, top: int) -> Span:
    low = draw(st.integers(0, top))
    return Span(low, draw(st.integers(low, min(top, low + 2))))


@given(
    st.fixed_dictionaries({axis: spans(top) for axis, top in TOPS.items()}),
    st.sampled_from([None, True, False]),
)
def test_an_interval_is_exactly_the_union_of_its_points(known: dict[str, Span], repeat: bool | None) -> None:  # noqa: FBT001
    axes = Axes(repeat=repeat, **known)
    values = [range(span.low, span.high + 1) for span in known.values()]
    combinations = [dict(zip(known, point, strict=True)) for point in product(*values)]
    points = [
        exactly(repeat=again, **one)
        for one in combinations
        if one["potential"] >= one["harm"]
        for again in ((True, False) if repeat is None else (repeat,))
    ]
    if not axes.possible:
        assert not points
        return
    found = SEVERITY.read(axes)
    assert found.low == min(point.low for point in points)
    assert found.high == max(point.high for point in points)
    assert found.classes == frozenset().union(*(point.classes for point in points))
    flags = {point.cross_border for point in points}
    assert found.cross_border == (flags.pop() if len(flags) == 1 else None)


def test_the_scale_says_that_it_is_proposed_and_names_its_sources() -> None:
    assert SEVERITY.confidence == "proposed"
    assert all(anchor.source and anchor.confidence for anchor in SEVERITY.anchors)
    assert all(level.en and level.zh for level in SEVERITY.levels)


def test_one_number_more_is_another_digest() -> None:
    other = msgspec.structs.replace(SEVERITY, near_miss_cap=2)
    assert scale.digest(other) != scale.digest(SEVERITY)


BAD: list[tuple[str, dict[str, Any]]] = [
    ("scale.2", {"unheard": 1}),
    ("scale.2", {"confidence": "certain"}),
    ("scale.3", {"levels": []}),
    ("scale.4", {"control": [{"c": 5, "p_min": 0, "level": 1}]}),
    ("scale.4", {"control": [{"c": 1, "p_min": 0, "level": 8}]}),
    ("scale.4", {"control": [{"c": 1, "p_min": 0, "level": 1}, {"c": 1, "p_min": 5, "level": 2}]}),
    ("scale.4", {"layers": [{"low": 2, "high": 1, "p_min": 0, "level": 1}]}),
    (
        "scale.4",
        {
            "layers": [
                {"low": 0, "high": 2, "p_min": 0, "level": 1},
                {"low": 1, "high": 1, "p_min": 0, "level": 2},
            ]
        },
    ),
]


@pytest.mark.parametrize(("step", "change"), BAD, ids=[f"{step}-{n}" for n, (step, _) in enumerate(BAD)])
def test_a_scale_with_bands_that_overlap_or_overshoot_is_refused(step: str, change: dict[str, Any]) -> None:
    plain = msgspec.to_builtins(SEVERITY) | change
    with pytest.raises(Malformed) as caught:
        scale.parse(plain)
    assert caught.value.step == step
