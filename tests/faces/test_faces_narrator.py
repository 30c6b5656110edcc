"""What the demonstration prints fits any terminal, and a key skips a scene."""

import os
import pty
import shutil
import sys
import termios
import time
from collections.abc import Callable

import pytest

from detente.faces.demo.__main__ import main
from detente.faces.demo.ceremony import Pace
from detente.faces.demo.keyboard import Keyboard, Skipped
from detente.faces.demo.narrator import Narrator, folded
from detente.faces.speech import Voice

LINE = "  5.1 s  11-26 09:43  us tabled 0c9ab7: A wiping order shipped by an assistant 擦除指令，随助手发布"


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def of(columns: int) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setattr(shutil, "get_terminal_size", lambda *_, **__: os.terminal_size((columns, 24)))

    return of


def columns(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


@pytest.mark.parametrize("width", [20, 40, 64, 90])
def test_no_line_is_wider_than_the_terminal_and_no_letter_is_lost(
    width: int, narrow: Callable[[int], None]
) -> None:
    narrow(width)
    lines = folded(LINE, 22)
    assert len(lines) > 1
    assert max(map(columns, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(LINE.split())


def test_what_is_piped_is_not_folded() -> None:
    assert folded(LINE, 22) == [LINE]


def test_what_steers_a_terminal_is_not_printed_raw() -> None:
    assert folded("a\x1b[2Jb\u202ec", 0) == ["a\\x1b[2Jb\\u202ec"]


def test_a_terminal_without_unicode_gets_ascii_alone(capsys: pytest.CaptureFixture[str]) -> None:
    narrator = Narrator(Voice("both"), Pace.from_now(1), time.monotonic(), Keyboard(), unicode=False)
    narrator.scene("A", "一")
    narrator.tell("… → é", "一")
    narrator.show("▪ 密封")
    assert capsys.readouterr().out.isascii()


def test_s_skips_the_scene_that_is_played_and_nothing_typed_before_it() -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    try:
        with Keyboard(theirs) as keys:
            os.write(ours, b"s")
            keys.heed()
            keys.arm()
            keys.heed()
            os.write(ours, b"xs")
            time.sleep(0.05)
            with pytest.raises(Skipped):
                keys.heed()
            keys.heed()
        assert termios.tcgetattr(theirs) == before, "the terminal is put back as it was"
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_keyboard_that_is_no_terminal_hears_nothing() -> None:
    with Keyboard() as keys:
        keys.arm()
        keys.heed()
    assert not keys.hears


def test_a_scene_that_does_not_exist_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["demo", "--exit", "--skip", "everything"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "caught" in capsys.readouterr().err
