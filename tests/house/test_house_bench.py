"""The bench: every row runs. What it measures is never asserted; a machine may be slow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.xdist_group("bench")]

ROOT = Path(__file__).parents[2]


def _bench(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "bench" / "table.py"), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    return json.loads(_bench("--quick", "--json"))["rows"]


def test_every_row_runs_and_has_figure_reference_and_ratio(rows: list[dict[str, object]]) -> None:
    assert len(rows) >= 19
    for row in rows:
        assert min(row["figure"], row["reference"], row["ratio"]) > 0, row
        assert row["unit"], row
        assert row["against"], row
        assert (row["aim"] is None) == (row["met"] is None), row


def test_no_two_rows_say_the_same(rows: list[dict[str, object]]) -> None:
    assert len({row["what"] for row in rows}) == len(rows)


def test_the_table_has_a_line_for_each_row_of_a_measure() -> None:
    lines = _bench("--quick", "--only", "commitments").splitlines()
    assert [line.split("|")[1].strip() for line in lines] == [
        "what",
        lines[1].split("|")[1].strip(),
        "fields sealed",
        "fields opened",
    ]
    assert len({len(line) for line in lines}) == 1


def test_docs_name_every_row_with_an_aim(rows: list[dict[str, object]]) -> None:
    page = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
    aims = {row["aim"] for row in rows if row["aim"]}
    assert all(aim in page for aim in aims)


@pytest.mark.parametrize("size", ["399", "many"])
def test_a_collection_too_small_to_show_whether_rates_stay_flat_is_refused(size: str) -> None:
    words = [
        sys.executable,
        str(ROOT / "bench" / "table.py"),
        "--quick",
        "--only",
        "taxiis",
        f"--objects={size}",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 2
    assert "at least 400" in done.stderr
