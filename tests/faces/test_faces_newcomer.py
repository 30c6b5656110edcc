"""A pillar that nobody has seen is one folder: the page that teaches it is read, and its pillar is used."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "adding-a-pillar.md"
BLOCK = re.compile(r"^`([a-z_/]+\.(?:py|toml|json))`\n\n```[a-z]+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("newcomer")]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house with the page's folder in it, and nothing else changed."""
    made = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "src", made / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "pillars", made / "tests" / "pillars")
    shutil.copy(ROOT / "pyproject.toml", made)
    for name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        path = made / "src" / "detente" / "pillars" / "visits" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return made


def run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    rooms = [copy / "src", *(ROOT / "tests" / room for room in ("node", "desk", "faces"))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, rooms))}
    return subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def found(copy: Path) -> dict[str, Any]:
    (copy / "homes").mkdir()
    done = run(copy, str(ROOT / "tests" / "faces" / "newcomer.py"), str(copy / "homes"))
    assert done.returncode == 0, done.stderr[-3_000:]
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_its_examples_words_and_rules_pass_the_tests_of_all_pillars(copy: Path) -> None:
    done = run(
        copy,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "tests/pillars/test_pillars_all.py",
        "-k",
        "visits",
    )
    assert done.returncode == 0, done.stdout[-3_000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) >= 12


def test_the_command_line_shows_it_in_both_languages(found: dict[str, Any]) -> None:
    for said in ("Announcement of a visit  访问预告", "joint_exercise", "topics", "peer"):
        assert said in found["pillars"]


def test_a_record_of_it_is_tabled_listed_shown_and_verified(found: dict[str, Any]) -> None:
    for listed in (found["listed"], found["records"]):
        assert [(one["id"], one["kind"]) for one in listed] == [(found["id"], "visits.announcement")]
    for said in ("访问预告", "联合演习", "Hall 4", "代表团人数"):
        assert said in found["shown"]
    assert found["verified"].startswith("0\nEvery byte holds")


def test_its_rules_refuse_and_its_ceiling_holds(found: dict[str, Any]) -> None:
    assert found["refused"].startswith("77\n")
    assert "own-guest" in found["refused"]
    shown = {one["audience"]: one["paths"] for one in found["preview"]}
    assert shown["neutral"] == []
    assert set(shown) == {"cn", "neutral"}


def test_the_desk_has_a_shelf_for_it_and_finds_its_record(found: dict[str, Any]) -> None:
    for said in ("访问预告", "Hall 4"):
        assert said in found["desk"], said


def test_its_examples_are_cases_of_conformance(found: dict[str, Any]) -> None:
    told = {one["case"]: (one["must"], one["ours"], one["agrees"]) for one in found["cases"]}
    assert told == {
        "visits/guest_of_oneself_refused": ("own-guest", "own-guest", True),
        "visits/visit_to_a_test_hall": (None, None, True),
    }
