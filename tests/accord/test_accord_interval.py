"""Votes and intervals, by hand: what a witness's receipts say, and what they can no longer say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import H, make, tempo

from detente.accord import cut as cuts
from detente.accord.cut import Cut, Head
from detente.accord.interval import INF, UNSET, Votes, base_bounds, bounds, smallest
from detente.accord.period import DAY, MONDAY, WEEK, Calendar
from detente.accord.receipt import Seen, heads, open_fields, ranges
from detente.trust.errors import DetenteError, Malformed

ROOTS = {size: f"{size:064x}" for size in range(20)}
LATE = 8 * H


def votes(*tidings: tuple[int, int, list[int]], size: int = 20) -> Votes:
    """What a witness said: (at, size, missing) by receipt."""
    found = Votes()
    for at, seen, missing in tidings:
        found.hear(at, Seen(seen, ROOTS[seen], ranges(missing)))
    found.advance(size, ROOTS.__getitem__, LATE)
    return found


def test_a_body_is_held_from_the_first_receipt_that_does_not_miss_it() -> None:
    said = votes((1 * H, 2, [1]), (2 * H, 2, [1]), (3 * H, 2, []), (4 * H, 2, [1]))
    assert (said.held_at(0), said.held_at(1)) == (1 * H, 3 * H)
    assert said.low(1, LATE) == 3 * H


def test_before_it_is_held_the_witnesss_clock_is_its_low() -> None:
    said = votes((1 * H, 1, [0]), (5 * H, 1, [0]))
    assert (said.low(0, LATE), said.held_at(0)) == (5 * H, INF)
    assert (said.low(1, LATE), said.since(1), said.seen_by(1)) == (5 * H, 5 * H, INF)


def test_a_body_later_than_t_is_never_held() -> None:
    said = votes((1 * H, 1, [0]), (9 * H + 1, 1, []))
    assert (said.held_at(0), said.low(0, LATE)) == (INF, INF)
    assert votes((1 * H, 1, [0]), (9 * H, 1, [])).held_at(0) == 9 * H


@pytest.mark.parametrize(
    ("tidings", "why"),
    [
        (((2 * H, 1, []), (1 * H, 1, [])), "back"),
        (((1 * H, 2, []), (2 * H, 1, [])), "shrank"),
    ],
)
def test_a_receipt_that_contradicts_stops_the_clock_for_ever(
    tidings: tuple[tuple[int, int, list[int]], ...], why: str
) -> None:
    said = votes(*tidings)
    assert said.stopped == why
    clock = said.clock
    said.hear(99 * H, None)
    said.advance(20, ROOTS.__getitem__, LATE)
    assert said.clock == clock


def test_another_history_stops_the_clock_and_keeps_what_was_said() -> None:
    said = votes((1 * H, 1, []))
    said.hear(2 * H, Seen(2, "ff" * 32))
    said.advance(20, ROOTS.__getitem__, LATE)
    assert (said.stopped, said.clock, said.held_at(0)) == ("fork", 1 * H, 1 * H)


def test_a_receipt_ahead_of_the_cut_waits_with_those_behind_it() -> None:
    said = votes((1 * H, 1, []), (2 * H, 5, []), (3 * H, 5, []), size=4)
    assert said.clock == 1 * H
    said.advance(5, ROOTS.__getitem__, LATE)
    assert said.clock == 3 * H


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6), st.sets(st.integers(0, 5))), max_size=8),
    st.integers(0, 5),
)
def test_evidence_only_narrows(rows: list[tuple[int, int, set[int]]], index: int) -> None:
    """Receipt by receipt, lows never fall and held never rises; not before is never after not after."""
    said, other, before = Votes(), votes((0, 6, [])), (UNSET, INF, UNSET, INF)
    terms = tempo(1)
    last = (UNSET, INF)
    for at, size, missing in rows:
        said.hear(at * H, Seen(size, ROOTS[size], ranges(sorted(i for i in missing if i < size))))
        said.advance(20, ROOTS.__getitem__, LATE)
        now = (said.low(index, LATE), said.held_at(index), said.since(index), said.seen_by(index))
        assert now[0] >= before[0]
        assert now[1] <= before[1]
        assert now[2] >= before[2]
        assert now[3] <= before[3]
        span = base_bounds(5 * H, [said, other], index, terms, 2)
        assert span.not_before <= span.not_after
        assert span.not_before >= last[0]
        assert span.not_after <= last[1]
        before, last = now, (span.not_before, span.not_after)


def test_fewer_holders_than_c_bound_nothing() -> None:
    one, none = votes((1 * H, 1, [])), Votes()
    assert bounds(0, [one, none], 0, tempo(2), 2).not_after == INF
    assert bounds(0, [one, none], 0, tempo(1), 2).not_after == 1 * H
    assert (smallest([3, 1], 0), smallest([3, 1], 2), smallest([3, 1], 3)) == (UNSET, 3, INF)


GOOD: dict[str, Any] = {"size": 3, "root": "ab" * 32, "missing": [[0, 0], [2, 2]]}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"size": -1},
        {"size": True},
        {"size": "3"},
        {"root": "AB" * 32},
        {"root": None},
        {"missing": [[2, 2], [0, 0]]},
        {"missing": [[0, 1], [2, 2]]},
        {"missing": [[0, 3]]},
        {"missing": [[1, 0]]},
        {"missing": [[0]]},
        {"missing": [[0, True]]},
        {"missing": None},
        {"more": 1},
    ],
)
def test_a_receipt_with_one_bad_head_moves_nothing(spoilt: dict[str, Any]) -> None:
    good = make("accord.receipt", "a", 0, 0, heads={"b": GOOD})
    assert heads(good, "a") == {"b": Seen(3, "ab" * 32, ((0, 0), (2, 2)))}
    assert heads(make("accord.receipt", "a", 0, 0, heads={"b": GOOD, "n": GOOD | spoilt}), "a") is None


def test_what_is_no_receipt_of_the_logs_party_moves_nothing() -> None:
    fields: dict[str, Any] = dict(open_fields({"b": Seen(0, "ab" * 32)}))
    assert heads(make("accord.receipt", "b", 0, 0, **fields), "a") is None
    assert heads(make("toy.report", "a", 0, 0, **fields), "a") is None
    assert heads(make("accord.receipt", "a", 0, 0, thread="ab" * 32, **fields), "a") is None
    assert heads(make("accord.receipt", "a", 0, 0, more=1, **fields), "a") is None
    assert heads(make("accord.receipt", "a", 0, 0, heads={"B!": GOOD}), "a") is None
    assert heads(make("accord.receipt", "a", 0, 0, heads=[]), "a") is None


def test_ranges_and_lacks_say_the_same() -> None:
    seen = Seen(9, "", ranges([0, 1, 4, 7, 8]))
    assert seen.missing == ((0, 1), (4, 4), (7, 8))
    assert [i for i in range(9) if seen.lacks(i)] == [0, 1, 4, 7, 8]


def test_a_cut_travels_in_one_spelling() -> None:
    cut = Cut({"us": Head(3, "ab" * 32), "cn": Head(0, "cd" * 32)})
    assert cuts.parse(cuts.dump(cut)) == cut


@pytest.mark.parametrize(
    ("data", "step"),
    [
        (b"[]", "cut.1"),
        (b'{"us":{"root":"ab","size":1}}', "cut.2"),
        (b'{"us":{"root":"' + b"ab" * 32 + b'","size":true}}', "cut.2"),
        (b'{"US":{"root":"' + b"ab" * 32 + b'","size":1}}', "cut.2"),
        (b'{"us":{"more":1,"root":"' + b"ab" * 32 + b'","size":1}}', "cut.2"),
        (b"{ }", "canonical.5"),
    ],
)
def test_what_is_no_cut_is_refused_by_number(data: bytes, step: str) -> None:
    with pytest.raises(DetenteError) as refused:
        cuts.parse(data)
    assert refused.value.step == step


FEBRUARY_2028 = 1_832_976_000_000
"""The first instant of a February with 29 days."""


@pytest.mark.parametrize(
    ("every", "start", "end"),
    [
        ("P1M", FEBRUARY_2028, FEBRUARY_2028 + 29 * DAY),
        ("P3M", FEBRUARY_2028 - 31 * DAY, FEBRUARY_2028 + (29 + 31) * DAY),
        ("P1Y", FEBRUARY_2028 - 31 * DAY, FEBRUARY_2028 + (366 - 31) * DAY),
        ("P1D", FEBRUARY_2028 + 3 * DAY, FEBRUARY_2028 + 4 * DAY),
        ("PT12H", FEBRUARY_2028 + 3 * DAY, FEBRUARY_2028 + 3 * DAY + 12 * H),
    ],
)
def test_periods_follow_the_utc_calendar(every: str, start: int, end: int) -> None:
    calendar = Calendar.parse(every)
    assert calendar.start(FEBRUARY_2028 + 3 * DAY + 5 * H) == start
    assert calendar.end(start) == end


@given(st.integers(0, 2**53 - 1), st.sampled_from(["P1M", "P3M", "P5M", "P1Y", "P1W", "P7D", "PT5H"]))
def test_every_instant_lies_in_exactly_one_period(at: int, every: str) -> None:
    calendar = Calendar.parse(every)
    start = calendar.start(at)
    assert start <= at < calendar.end(start)
    assert calendar.start(calendar.end(start)) == calendar.end(start)


def test_weeks_begin_on_monday_and_what_is_no_period_is_refused() -> None:
    assert Calendar.parse("P1W").start(MONDAY + WEEK + 1) == MONDAY + WEEK
    for text in ("P1", "P0D", "P1M1D", "PT30M", "1M", "P10000D", ""):
        with pytest.raises(Malformed):
            Calendar.parse(text)
