"""What was pushed and not taken is shown to whoever serves it, with its reason, in both languages."""

import json
from pathlib import Path
from typing import Any

import pytest

from detente.faces.cli import main
from detente.faces.taxii import push
from detente.faces.taxii.book import Book
from detente.node.sheet import Kept, Sheet

GOOD = "indicator--00000000-0000-4000-8000-000000000001"
BAD = "incident--x"


def _kept(sheets: tuple[Sheet, ...]) -> tuple[Kept, ...]:
    raise AssertionError(sheets)  # an indicator by itself makes no draft


def _push(book: Book, *objects: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(push.take(book, "misp", list(objects), _kept, lambda _: None)))


def _object(name: str) -> dict[str, Any]:
    kind = name.partition("--")[0]
    return {"type": kind, "id": name, "created": "2026-11-01T00:00:00.000Z"}


@pytest.fixture
def quiet(homes: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A home at which a node has worked once, and to which nothing was pushed."""
    main(["status", "--home", str(homes / "us")])
    capsys.readouterr()
    return homes / "us"


@pytest.fixture
def home(quiet: Path) -> Path:
    """A home to which a client has pushed one object that was taken, and two that were not."""
    with Book(quiet) as book:
        status = _push(book, _object(GOOD), _object(BAD), {"id": "nothing"})
    assert (status["success_count"], status["failure_count"]) == (1, 2)
    return quiet


def _shown(capsys: pytest.CaptureFixture[str], home: Path, *before: str) -> str:
    assert main([*before, "taxii", "show", "--home", str(home)]) == 0
    return capsys.readouterr().out


def test_what_was_not_taken_is_shown_with_its_reason(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = _shown(capsys, home, "--lang", "en")
    _, _, told = text.partition("pushed and not taken, newest first")
    assert "misp  incident--x  The id 'incident--x' is not TYPE--UUID. [stix.2]" in told
    assert "nothing" in told
    assert GOOD not in text


def test_the_reason_is_said_in_chinese_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = _shown(capsys, home, "--lang", "zh").partition("推送后未被接收的对象")[2]
    assert "[stix.2]" in told
    assert "is not TYPE--UUID" not in told
    failed = json.loads(_shown(capsys, home, "--json"))["failed"]
    assert [one["id"] for one in failed] == [BAD, "nothing"]
    assert all(one["zh"]["why"] != one["why"] for one in failed)


def test_the_newest_come_first_and_how_many_more_there_are_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Book(home) as book:
        _push(book, *(_object(f"incident--{n}") for n in range(100)))
        count, failed = book.failed()
    assert count == 102
    assert [one.id for one in failed] == [f"incident--{n}" for n in range(100)]
    assert "… and 2 more" in _shown(capsys, home, "--lang", "en")


def test_a_push_that_was_taken_whole_leaves_nothing_there(
    quiet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Book(quiet) as book:
        _push(book, _object(GOOD))
    told = json.loads(_shown(capsys, quiet, "--json"))
    assert (told["failures"], told["failed"]) == (0, [])
