"""The command line starts at once, says what its page says, and refuses in words with a documented code."""

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import detente
from detente.faces import exits
from detente.faces.cli import main, verbs
from detente.faces.cli.page import page
from detente.faces.pillars import names
from detente.faces.speech import Text, Voice, table
from detente.trust.errors import DetenteError, Malformed

ROOT = Path(__file__).parents[2]
HEAVY = (
    "cryptography",
    "cel_expr_python",
    "google.protobuf",
    "starlette",
    "uvicorn",
    "httpx",
    "yaml",
    "sqlite3",
)


def every_error() -> list[type[DetenteError]]:
    for module in pkgutil.walk_packages(detente.__path__, "detente."):
        if not module.name.endswith(("__main__", "faces.cli.page")):
            importlib.import_module(module.name)
    found: list[type[DetenteError]] = []
    todo: list[type[DetenteError]] = [DetenteError]
    while todo:
        found.append(todo[0])
        todo += todo.pop(0).__subclasses__()
    return [
        one for one in found if one.__module__.startswith("detente.") and not one.__name__.startswith("_")
    ]


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from detente.faces.cli import parser; parser('en').format_help(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert [name for name in HEAVY if name in loaded] == []


def test_the_page_of_the_command_line_is_what_the_program_says() -> None:
    said = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert said == page(), "remake it: python -m detente.faces.cli.page > docs/cli.md"


@pytest.mark.parametrize("name", sorted(verbs()))
def test_every_verb_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"detente {name}" in capsys.readouterr().out


def test_every_verb_has_a_line_in_chinese() -> None:
    assert [name for name, verb in verbs().items() if verb.zh.isascii()] == []


def test_no_error_falls_through_to_the_row_of_last_resort() -> None:
    last = exits.EXITS[DetenteError]
    stray = [one for one in every_error() if one is not DetenteError and _row(one) is last]
    assert stray == []


def _row(kind: type[DetenteError]) -> exits.Exit:
    return next(exits.EXITS[one] for one in kind.__mro__ if one in exits.EXITS)


def test_a_refusal_says_what_where_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pillars", "nonesuch"]) == exits.EXITS[exits.NoSuchThing].code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "detente: No pillar nonesuch is installed.",
        "  check: pillars.2 (NoSuchThing)",
        f"  what to do: There are: {', '.join(names())}.",
    ]


def test_an_unknown_verb_is_a_matter_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dance"])
    assert ended.value.code == exits.USAGE
    assert "dance" in capsys.readouterr().err


def test_pillars_speak_both_languages_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pillars", "incidents", "--lang", "both"]) == 0
    assert "Incidents  事件" in capsys.readouterr().out
    assert main(["--json", "pillars"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert tuple(shown) == names()
    assert all("ceilings" in one for one in shown.values())


def test_columns_are_aligned_for_chinese_too() -> None:
    assert table([["a", "x"], ["中立", "y"]]) == ["a     x", "中立  y"]


def test_both_languages_are_said_once_where_they_agree() -> None:
    assert Voice("both").choose(Text("42", "42")) == "42"


def test_the_nearest_ancestor_decides() -> None:
    class Leaf(Malformed):
        """A new leaf without a row of its own."""

    assert exits.of(Leaf("a.1", "b", "c")) is exits.EXITS[Malformed]
