"""Tables with noise on the public site: how it is drawn, what it costs, and how a false one is shown."""

import json
import math
import zipfile
from collections import Counter
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from detente.faces.cli import main
from detente.faces.site import manifest, spending
from detente.faces.site.noise import Stream, laplace, reach
from detente.faces.site.spending import Held, Policy, Spent
from detente.node import backup
from detente.node.errors import DiskFailed
from detente.node.home import Home
from homes import World, draft

MONTH = "2026-09"
DRAWS = 20_000


@pytest.mark.parametrize("epsilon", [Fraction(1), Fraction(1, 2), Fraction(3, 2)])
def test_noise_has_the_distribution_that_its_parameter_states(epsilon: Fraction) -> None:
    """The reference is the closed form, in floats: P(x) = (1-a)/(1+a) a^|x|."""
    stream = Stream(b"a seed")
    found = Counter(laplace(stream, epsilon) for _ in range(DRAWS))
    base = math.exp(-float(epsilon))
    for value in range(-4, 5):
        share = (1 - base) / (1 + base) * base ** abs(value)
        assert abs(found[value] - share * DRAWS) < 5 * math.sqrt(share * DRAWS), value
    within = sum(count for value, count in found.items() if abs(value) <= reach(epsilon))
    assert within >= 0.945 * DRAWS


def test_uniform_integers_are_uniform_where_the_bound_is_no_power_of_two() -> None:
    stream = Stream(b"another")
    found = Counter(stream.below(3) for _ in range(DRAWS))
    assert all(abs(found[one] - DRAWS / 3) < 5 * math.sqrt(DRAWS / 3) for one in range(3))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Homes in which us reported eight events."""
    made = World(tmp_path_factory.mktemp("noise"))
    with made.found().nodes() as nodes:
        for number in range(8):
            nodes["us"].table(draft(number))
        made.settle(nodes)
    return made


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    return founded.copy(tmp_path)


def build(world: World, to: Path, *more: str) -> int:
    words = ("site", "build", "--to", str(to), "--home", str(world.home("neutral")), "--enough", "8")
    return main([*words, *more])


def verify(site: Path, world: World, party: str = "cn") -> int:
    return main(["site", "verify", str(site), "--home", str(world.home(party))])


def rows(site: Path) -> tuple[Spent, ...]:
    return msgspec.convert(json.loads((site / "data.json").read_text())["spent"], tuple[Spent, ...])


def report_more(world: World, *numbers: int) -> None:
    with world.nodes() as nodes:
        for number in numbers:
            nodes["us"].table(draft(number))
        world.settle(nodes)


def test_every_party_draws_the_same_noise_and_every_cell_is_told_also_where_nothing_was(
    world: World, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    assert build(world, site) == 0
    assert verify(site, world, "us") == verify(site, world, "cn") == 0
    (one,) = rows(site)
    assert (one.month, one.epsilon) == (MONTH, "1")
    assert set(one.cells) == set(spending.cells())
    assert len(one.cells) == 64
    away = [abs(count) for name, count in one.cells.items() if not name.startswith("domain.cyber")]
    assert any(away), "what nobody reported has noise too"
    for language, said in (("en", "1 of a privacy budget of 2 spent"), ("zh", "隐私预算共 2，已使用 1")):
        for page in (MONTH, "index"):
            assert (
                said in (site / f"{page}.{language}.html").read_text(encoding="utf-8")
            ) or language == "en"
    assert "nineteen of twenty lie within 3" in (site / f"{MONTH}.en.html").read_text()
    assert len((site / "noisy.csv").read_text().splitlines()) == 65


def test_to_build_again_takes_nothing_and_a_changed_month_takes_until_its_budget_is_spent(
    world: World, tmp_path: Path
) -> None:
    site, told = tmp_path / "site", []
    for number in range(3):
        assert build(world, site) == build(world, site) == 0
        told.append(rows(site))
        assert verify(site, world) == 0, "also the tables that a later one took the place of"
        report_more(world, 20 + number)
    assert [len(one) for one in told] == [1, 2, 2]
    assert told[1][0] == told[0][0]
    assert told[1][1].cells != told[1][0].cells
    assert told[2] == told[1], "the budget is spent: the last table stays as it was"


def test_there_is_no_table_for_a_month_of_few_reports_or_that_is_not_over_or_without_a_budget(
    world: World, tmp_path: Path
) -> None:
    for number, more in enumerate((("--enough", "9"), ("--budget", "0"), ("--budget", "1/2"))):
        site = tmp_path / str(number)
        assert build(world, site, *more) == 0
        assert json.loads((site / "data.json").read_text())["spent"] == []
        assert not (site / "noisy.csv").exists()
        assert verify(site, world) == 0
    held, policy = Held({MONTH: [[]] * 9}, {}, {}), Policy(Fraction(1), Fraction(2), 9)
    assert spending.due(held, (), policy, MONTH) == []
    assert len(spending.due(held, (), policy, "2026-10")) == 1


def signed_anew(world: World, site: Path, change: dict[str, object]) -> None:
    """What the publisher makes of its own data, pages and all, and signs."""
    with pytest.MonkeyPatch.context() as patch:
        real = manifest.write

        def lying(folder: Path, files: dict[str, bytes], *more: object) -> None:
            data = json.loads(files["data.json"])
            changed = msgspec.json.encode(_changed(data, change), order="sorted") + b"\n"
            real(folder, files | {"data.json": changed}, *more)  # type: ignore[arg-type]  # as it was called

        patch.setattr(manifest, "write", lying)
        assert build(world, site) == 0


def _changed(data: dict[str, object], change: dict[str, object]) -> dict[str, object]:
    (row,) = data["spent"]  # type: ignore[misc]  # one table
    cells = {**row["cells"], "domain.bio category.accident": 0}
    made = {"cells": {"spent": [row | {"cells": cells}]}, "twice": {"spent": [row, row, row]}}
    return data | made[str(change["what"])]


@pytest.mark.parametrize(("what", "step"), [("cells", "site.15"), ("twice", "site.14")])
def test_attack_a_publisher_signs_a_count_without_its_noise_or_spends_more_than_it_says(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, step: str
) -> None:
    site = tmp_path / "site"
    signed_anew(world, site, {"what": what})
    capsys.readouterr()
    assert verify(site, world) == 66
    assert step in capsys.readouterr().err


def test_what_was_spent_is_in_a_backup_and_a_ledger_that_cannot_be_read_stops_the_build(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(world, tmp_path / "site") == 0
    home = Home.at(world.home("neutral"))
    backup.write(home, tmp_path / "neutral.backup", world.clock.at, keys=False)
    with zipfile.ZipFile(tmp_path / "neutral.backup") as packed:
        assert packed.read(spending.NAME) == (home.path / spending.NAME).read_bytes()
    (home.path / spending.NAME).write_text("{")
    assert build(world, tmp_path / "site") == 65
    assert "site.13" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more", [("--epsilon", "0.5"), ("--epsilon", "0"), ("--budget", "2/4"), ("--budget", "x")]
)
def test_what_may_be_spent_is_said_in_numbers(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, str]
) -> None:
    assert build(world, tmp_path / "site", *more) == 65
    assert "site.16" in capsys.readouterr().err


def test_what_is_drawn_is_in_the_ledger_before_anybody_can_see_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFailed("disk.1", "The disk is full.", "Make room.")

    monkeypatch.setattr(manifest, "write", full)
    assert build(world, tmp_path / "site") != 0
    assert [one.month for one in spending.read(world.home("neutral"))] == [MONTH]
