"""The public site: what it withholds, that it says what the log says, and how it is shown to be false."""

import itertools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.accord.pillar import Statement
from detente.faces.cli import main
from detente.faces.site import effort, figures, pages
from detente.faces.site.chart import bars
from detente.faces.site.figures import ALL, TOTAL
from detente.faces.site.suppression import Sum, bounds, suppressed
from homes import START, World, draft

LEAST = 3
MONTHS, COLUMNS = ("a", "b", "c"), ("x", "y", "z")


def table(rows: Sequence[Sequence[int]]) -> tuple[dict[str, int], list[Sum]]:
    """Counts by month and column, with all totals, and the sums that hold between them."""
    cells = {f"{m} {c}": rows[i][j] for i, m in enumerate(MONTHS) for j, c in enumerate(COLUMNS)}
    cells |= {f"{m} all": sum(rows[i]) for i, m in enumerate(MONTHS)}
    cells |= {f"all {c}": sum(row[j] for row in rows) for j, c in enumerate(COLUMNS)}
    cells["all all"] = sum(map(sum, rows))
    sums = [Sum(f"{m} all", tuple(f"{m} {c}" for c in COLUMNS)) for m in (*MONTHS, "all")]
    sums += [Sum(f"all {c}", tuple(f"{m} {c}" for m in MONTHS)) for c in (*COLUMNS, "all")]
    return cells, sums


ROWS = st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=3)


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_no_small_count_is_shown_and_none_can_be_worked_out(rows: list[list[int]]) -> None:
    cells, sums = table(rows)
    hidden = suppressed(cells, sums, LEAST)
    low, high = bounds(cells, sums, hidden)
    for name, count in cells.items():
        if 0 < count < LEAST:
            assert name in hidden
            assert low[name] < high[name]
        if name not in hidden:
            assert low[name] == high[name] == count


def test_a_single_withheld_count_takes_another_with_it_in_its_row_and_column() -> None:
    cells, sums = table([[1, 8, 9], [7, 6, 9], [9, 9, 9]])
    hidden = suppressed(cells, sums, LEAST)
    assert {"a x", "a y", "b x", "b y"} <= hidden
    assert "c z" not in hidden


def test_by_trying_every_table_that_fits_a_reader_learns_no_small_count() -> None:
    """The check that shares nothing with ours: all tables with the published numbers are counted out."""
    rows = [[1, 4, 0], [3, 5, 0], [0, 0, 0]]
    cells, sums = table(rows)
    hidden = suppressed(cells, sums, LEAST)
    fits = []
    for a, b, c, d in itertools.product(range(14), repeat=4):
        other, _ = table([[a, b, 0], [c, d, 0], [0, 0, 0]])
        if all(other[name] == cells[name] for name in cells if name not in hidden):
            fits.append(a)
    assert 1 in fits
    assert max(fits) >= LEAST


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Homes in which us reported seven near misses of one field, and one of another."""
    made = World(tmp_path_factory.mktemp("site"))
    with made.found().nodes() as nodes:
        for number in range(7):
            nodes["us"].table(draft(number))
        nodes["us"].table(draft(8, open=dict(draft().open) | {"domain": "bio"}))
        made.settle(nodes)
    return made


@pytest.fixture
def site(world: World, tmp_path: Path) -> Path:
    """A site that neutral built."""
    folder = tmp_path / "site"
    assert main(["site", "build", "--to", str(folder), "--home", str(world.home("neutral"))]) == 0
    return folder


def verify(site: Path, world: World, party: str = "cn") -> int:
    return main(["site", "verify", str(site), "--home", str(world.home(party))])


def test_any_party_verifies_a_site_from_its_own_logs(site: Path, world: World) -> None:
    assert verify(site, world, "cn") == 0
    assert verify(site, world, "us") == 0


def test_what_is_one_of_a_kind_is_on_no_page_in_any_language(site: Path) -> None:
    told = figures.Figures(**_json(site))
    (month,) = told.months
    assert told.counts[month]["domain.bio"] is None
    assert told.counts[month]["domain.cyber"] is None  # it and the total would give the other away
    assert told.counts[ALL][TOTAL] == 8
    for name in (f"{month}.en.html", f"{month}.zh.html"):
        text = (site / name).read_text(encoding="utf-8")
        assert ">7<" not in text
        assert ">1<" not in text
    assert "domain.bio,withheld" in (site / "data.csv").read_text()


def _json(site: Path) -> dict[str, object]:
    found = json.loads((site / "data.json").read_text())
    return found | {"months": tuple(found["months"])}


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Reports are counted, not events"), ("zh", "计数对象为报告而非事件")]
)
def test_the_public_reads_that_a_duplicate_still_counts(site: Path, language: str, said: str) -> None:
    assert said in (site / f"index.{language}.html").read_text(encoding="utf-8")


def closed(world: World, dropped: list[str], kept: str) -> None:
    """`us` closes some of its reports as duplicates of another."""
    with world.nodes() as nodes:
        for number, name in enumerate(dropped):
            said = {"last": name, "outcome": "duplicate", "duplicate_of": kept, "successors": None}
            lesson = {"cause": ["c", "因"], "lesson": ["l", "训"]}
            made = draft(60 + number, kind="incidents.close", thread=name, open=said, values=lesson)
            assert nodes["us"].record(nodes["us"].table(made).id).stands
        world.settle(nodes)


def test_effort_that_was_spent_twice_is_counted_and_withheld_where_it_is_small(
    world: World, tmp_path: Path
) -> None:
    again, early = world.copy(tmp_path / "again"), world.copy(tmp_path / "early")
    with again.open("us") as us:
        names = [one.id for one in us.records(kind="incidents.report")]
    closed(again, names[:3], names[5])
    for least, found, single in ((3, 3, 5), (4, None, None)):
        site = tmp_path / f"site-{least}"
        words = ("site", "build", "--to", str(site), "--home", str(again.home("neutral")))
        assert main([*words, "--least", str(least)]) == 0
        (row,) = (value for month, value in _json(site)["counts"].items() if month != ALL)  # type: ignore[attr-defined]
        assert (row[effort.DUPLICATE], row[effort.SINGLE], row[TOTAL]) == (found, single, 8)
        assert main(["site", "verify", str(site), "--home", str(again.home("cn"))]) == 0
    assert "发现的重复工作" in (tmp_path / "site-3/index.zh.html").read_text(encoding="utf-8")
    assert main(["site", "verify", str(tmp_path / "site-3"), "--home", str(early.home("cn"))]) != 0, (
        "its logs have not come so far"
    )


def test_a_report_that_was_reopened_is_no_duplicate_until_it_ends_as_one_again() -> None:
    said = msgspec.defstruct("Said", [("change", str, ""), ("outcome", str, "")], frozen=True)

    def thread(*opens: dict[str, str]) -> list[Statement]:
        kinds = ("incidents.report", *("incidents.close" for _ in opens))
        return [
            Statement(str(at), kind, "us", at, None, said(**given))
            for at, (kind, given) in enumerate(zip(kinds, ({}, *opens), strict=True))
        ]

    duplicate, again, split = {"outcome": "duplicate"}, {"change": "reopened"}, {"outcome": "split"}
    for opens, counts in (
        ((), (0, 1)),
        ((duplicate,), (1, 0)),
        ((duplicate, again), (0, 1)),
        ((duplicate, again, duplicate), (1, 0)),
        (({"outcome": "resolved"}, duplicate), (0, 1)),
        ((split,), (0, 0)),
    ):
        assert tuple(effort.of([thread(*opens)]).values()) == counts


@pytest.mark.parametrize(
    "name", ["about the same event as another report", "与另一报告属同一事件，且" * 3, "x"]
)
def test_a_name_in_a_chart_has_room_however_long_it_is(name: str) -> None:
    drawn = bars("t", [(name, 1), ("y", None)], "withheld")
    ends = [int(one) for one in re.findall(r'<text x="(\d+)" y="\d+" text-anchor="end"', drawn)]
    assert min(ends) >= sum(7 if one.isascii() else 13 for one in name)
    width = re.search(r'viewBox="0 0 (\d+) ', drawn)
    assert width is not None
    assert int(width[1]) > max(ends) + 380


def test_a_page_loads_nothing_and_runs_nothing(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert pages.POLICY.replace("'", "&#x27;") in text
        assert "<script" not in text
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text
    assert ET.fromstring((site / "atom.xml").read_text()).tag.endswith("feed")  # noqa: S314 (our own)


@pytest.mark.parametrize("name", ["data.json", "index.zh.html", "manifest"])
def test_attack_one_byte_of_a_site_is_changed(site: Path, world: World, name: str) -> None:
    data = bytearray((site / name).read_bytes())
    at = data.index(b"2") if name == "data.json" else len(data) - 5
    data[at] ^= 1
    (site / name).write_bytes(data)
    assert verify(site, world) != 0


def test_attack_a_file_is_added_or_removed(site: Path, world: World) -> None:
    (site / "extra.html").write_text("forged")
    assert verify(site, world) == 66
    (site / "extra.html").unlink()
    (site / "atom.xml").unlink()
    assert verify(site, world) == 66


def test_attack_a_publisher_signs_figures_that_the_log_does_not_have(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "_hours", lambda *_: 17)
    assert main(["site", "build", "--to", str(tmp_path / "s"), "--home", str(world.home("neutral"))]) == 0
    monkeypatch.undo()
    assert verify(tmp_path / "s", world) == 66


def test_a_folder_with_something_else_is_left_alone(world: World, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["site", "build", "--to", str(tmp_path), "--home", str(world.home("us"))]) == 65
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


def test_the_months_are_those_in_which_threads_began(site: Path) -> None:
    assert _json(site)["months"] == ("2026-09",)
    assert START == 1_790_000_000_000
