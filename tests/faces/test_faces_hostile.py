"""Hostile and tired hands at the command line: each ends in a sentence and a code; nothing is stored."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from detente.faces.cli import main
from detente.faces.keyfile import KeyFile

DRAFTS = {
    "nothing": b"",
    "no object": b"[1,2]",
    "not text": b"\xff\xfe{}",
    "a raw NUL": b'{"open":{"near_miss":"\0"}}',
    "a lone surrogate": b'{"open":{"near_miss":"\\ud800"}}',
    "a lone surrogate in a sealed value": b'{"open":{},"sealed":{"title":["\\udfff","x"]}}',
    "a fraction": b'{"open":{"near_miss":NaN}}',
    "too many digits": b'{"open":{"near_miss":' + b"9" * 5_000 + b"}}",
    "a nest": b'{"open":{"near_miss":' + b"[" * 400 + b"]" * 400 + b"}}",
    "a nest without end": b"[" * 100_000,
    "a thread of another type": b'{"open":{},"thread":7}',
    "an escape for a name": b'{"open":{"\\u001b[2J\\u202e":1}}',
    "an escape for a value": b'{"open":{"near_miss":"\\u001b[2J\\u202e"}}',
}


@pytest.mark.parametrize("data", DRAFTS.values(), ids=DRAFTS.keys())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_no_draft_is_refused_in_words_and_nothing_is_stored(
    data: bytes,
    language: str,
    homes: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = ["--home", str(homes / "us")]
    main(["record", "list", *home])
    before = capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["incidents", "report", *home, "--lang", language]) in {65, 70, 77}
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("detente: " if language == "en" else "detente：")
    assert len(said.err.splitlines()) == 3
    assert "\x1b" not in said.err
    assert "\u202e" not in said.err
    main(["record", "list", *home])
    assert capsys.readouterr().out == before


def test_a_closed_standard_input_is_said(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["incidents", "report", "--home", str(homes / "us"), "--lang", "zh"]) == 65
    assert "标准输入已关闭" in capsys.readouterr().err


def detente(*words: str, **how: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "detente", *words], stderr=subprocess.PIPE, text=True, check=False, **how
    )


def test_a_result_that_cannot_be_written_is_said() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        ended = detente("pillars", "--lang", "zh", stdout=full)
    finally:
        os.close(full)
    assert (ended.returncode, ended.stderr.splitlines()[0]) == (
        69,
        "detente：系统拒绝执行：磁盘空间已满（错误号 28）。",
    )


def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = detente("pillars", "incidents", stdout=writer)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_terminal_that_closes_in_the_middle_tables_nothing(homes: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "detente", "incidents", "report", "--home", str(homes / "us")],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    os.write(ours, b"\x04")
    out, err = process.communicate(timeout=60)
    os.close(ours)
    assert (process.returncode, out) == (130, "")
    assert "Nothing was tabled." in err


@pytest.mark.parametrize(
    "words",
    [
        ["standing", "--as-of", "9" * 23],
        ["standing", "--as-of", "-5"],
        ["standing", "--cut", "/nonesuch"],
        ["release", "0" * 64, "--to", "cn", "--approval", "/nonesuch"],
        ["record", "show", "\x1b[2J\u202e"],
    ],
)
def test_what_is_asked_amiss_is_refused_in_words(
    words: list[str], homes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--home", str(homes / "us"), "--lang", "zh"]) in {65, 68, 69}
    said = capsys.readouterr().err
    assert said.startswith("detente：")
    assert "\x1b" not in said


def test_a_file_that_is_not_there_is_never_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "key"
    KeyFile.create(key, "us", "a", "a kettle, two herons, rain")
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    words = ["officer", "sign", str(tmp_path / "gone"), "--key", str(key), "--digest", nothing]
    assert main(words) == 69
    assert capsys.readouterr().out == ""


def test_an_accord_that_is_no_text_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_bytes(b"\x9d\xff")
    assert main(["accord", "show", str(tmp_path / "a"), "--lang", "zh"]) == 65
    assert "不是文本：不是 utf-8 编码" in capsys.readouterr().err
