"""The guides: the first hour founds an accord, and every other guide goes on from there, its nodes running.

A page in Chinese that has the commands of the English one is compared with it; where the words that it shows
matter to whoever reads only Chinese, it is played.
"""

import ast
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from session import play, steps

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
PLAYED = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("guides")]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """The first hour, played; what its session left, and the environment that goes with it."""
    place = tmp_path_factory.mktemp("guides") / "place"
    place.mkdir()
    for beside in (*GUIDES.glob("*.py"), *GUIDES.glob("*.yaml")):
        shutil.copy2(beside, place)
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    environment = {"PATH": path, "HOME": str(place.parent), "PYTHONPATH": str(ROOT / "src")}
    state = place.parent / "state"
    state.write_text(f"cd {place}\n", encoding="utf-8")
    try:
        play(GUIDES / "first-hour.md", state, environment)
        yield state, environment
    finally:
        _end(place)


def _end(place: Path) -> None:
    """End the nodes that a page has started and not stopped."""
    for left in place.glob("*.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(left.read_text()), signal.SIGKILL)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(f"{name}.md", marks=PLAYED)
        for name in ("duty-officer", "duty-officer.zh", "auditor", "analyst", "analyst.zh")
    ],
)
def test_a_guide_goes_on_where_the_first_hour_ended(
    name: str, founded: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    left, environment = founded
    state = Path(shutil.copy2(left, tmp_path / "state"))
    play(GUIDES / name, state, environment)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["negotiator.md", "negotiator.zh.md"])
def test_the_negotiators_guide_goes_from_a_blank_page_to_an_accord_that_runs_is_amended_and_acceded_to(
    name: str, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    state = tmp_path / "state"
    state.write_text(f"cd {place}\n", encoding="utf-8")
    environment = {"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src")}
    try:
        play(GUIDES / name, state, environment)
    finally:
        _end(place)


@pytest.mark.parametrize(
    "name",
    [
        "installing",
        "importing",
        "matching",
        "evaluating",
        "facts",
        "believing",
        "officers",
        "reporting",
        "responding",
        "guides/first-hour",
        "guides/auditor",
        "guides/negotiator",
    ],
)
def test_a_page_that_is_played_in_english_has_the_same_commands_in_chinese(name: str) -> None:
    english, chinese = (
        steps((ROOT / "docs" / f"{name}{end}").read_text(encoding="utf-8")) for end in (".md", ".zh.md")
    )
    assert [(command, code) for command, _, code in english] == [(c, code) for c, _, code in chinese]
    assert len(english) > 3


def test_the_page_on_adding_a_pillar_has_the_same_files_in_chinese() -> None:
    english, chinese = (
        re.findall(
            r"```(?:python|toml|json).*?```", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.DOTALL
        )
        for name in ("adding-a-pillar.md", "adding-a-pillar.zh.md")
    )
    assert english == chinese
    assert len(english) == 7


def test_every_guide_exists_in_both_languages_with_as_many_sections() -> None:
    pages = {path.name: path.read_text(encoding="utf-8").count("\n## ") for path in GUIDES.glob("*.md")}
    assert {n.replace(".zh.md", ".md"): count for n, count in pages.items() if ".zh." in n} == {
        n: count for n, count in pages.items() if ".zh." not in n
    }


def test_the_auditors_program_shares_no_code_with_what_it_checks() -> None:
    tree = ast.parse((GUIDES / "recount.py").read_text(encoding="utf-8"))
    names = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    names |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    roots = {name.split(".")[0] for name in names}
    assert roots <= sys.stdlib_module_names | {"cryptography"}
    assert "cryptography" in roots


@pytest.mark.parametrize("name", ["house", "way"])
def test_a_picture_says_what_it_shows_to_who_cannot_see_it_and_has_the_same_shapes_in_both_languages(
    name: str,
) -> None:
    shapes = []
    for end, language in ((".svg", "en"), (".zh.svg", "zh-Hans")):
        root = ET.parse(ROOT / "docs" / f"{name}{end}").getroot()  # noqa: S314 (our own file)
        texts = {one.tag.split("}")[1]: (one.text or "") for one in root.iter() if one.text}
        assert len(texts["title"]) > 5
        assert len(texts["desc"]) > 50
        assert "prefers-color-scheme: dark" in texts["style"]
        assert root.get("role") == "img"
        assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == language
        shapes.append([(one.tag, one.get("d"), one.get("x"), one.get("y")) for one in root.iter()])
    assert shapes[0] == shapes[1]
