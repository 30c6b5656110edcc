"""Every refusal speaks Chinese: each sentence of the sources has its row, and each row its sentence."""

import errno
import io
import json
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
import sentences

import detente
from detente.accord import rebuff
from detente.accord.edition import STRUCTURAL
from detente.faces import pillars, sentence
from detente.faces.cli import main
from detente.faces.sentence import ANY, HOLE, PHRASE, chinese, reason, tables
from detente.faces.speech import Voice
from detente.trust.errors import MAX_WHAT, Malformed

SOURCES = Path(next(iter(detente.__path__)))
OUTSIDE = {PHRASE, "usage"}
"""Nouns whose sentences are other programs': no source of ours lists them."""
STEP = re.compile(r'\(\s*"([a-z]+\.\d+)",')
BARE = {"{0}", "{0}.", "{0}: {1}"}
"""An error handed on as it was said: the sentence is collected where it was first made."""


@pytest.fixture(scope="module")
def said() -> set[sentences.Sentence]:
    return {
        one
        for one in sentences.of(SOURCES)
        if one.words not in BARE or one.words in tables().get(noun(one), {})
    }


def noun(one: sentences.Sentence) -> str:
    return one.step.rpartition(".")[0]


@pytest.mark.slow
def test_every_sentence_of_a_refusal_has_its_words_in_chinese(said: set[sentences.Sentence]) -> None:
    lacking = sorted(
        f'[{noun(one) or ANY}] {json.dumps(one.words, ensure_ascii=False)} = "…"    # {one.place}'
        for one in said
        if one.words not in tables().get(noun(one), {}) | tables()[ANY]
    )
    assert not lacking, "add to src/detente/faces/words:\n" + "\n".join(lacking)


@pytest.mark.slow
def test_no_words_are_kept_that_nobody_says(said: set[sentences.Sentence]) -> None:
    spoken = {(noun(one), one.words) for one in said}
    anywhere = {one.words for one in said}
    vain = [
        (name, words)
        for name, rows in tables().items()
        for words in rows
        if name not in OUTSIDE and (words not in anywhere if name == ANY else (name, words) not in spoken)
    ]
    assert vain == []


def test_the_sentences_of_every_step_are_found(said: set[sentences.Sentence]) -> None:
    """A step that is written in a raise and that the reading of the sources missed would go unheld."""
    written = {
        step
        for path in SOURCES.rglob("*.py")
        for step in STEP.findall(path.read_text(encoding="utf-8"))
        if "test" not in path.name
    }
    assert len(written) > 200
    assert written - {one.step for one in sentences.of(SOURCES)} == set()
    assert written - {one.step for one in said} == {"gate.8"} - {one.step for one in said}


def test_both_languages_have_the_same_holes_and_the_chinese_is_chinese() -> None:
    rows = [row for name, some in tables().items() for row in some.items() if name != PHRASE]
    odd = [(en, zh) for en, zh in rows if sorted(HOLE.findall(en)) != sorted(HOLE.findall(zh))]
    english = [
        (en, zh) for en, zh in rows if not re.search("[一-鿿]", zh) and HOLE.sub("", en).strip(" .:()")
    ]
    assert (odd, english) == ([], [])


def test_a_sentence_with_its_holes_filled_is_told_by_its_own_row(said: set[sentences.Sentence]) -> None:
    wrong = []
    for one in said:
        row = tables().get(noun(one), {}).get(one.words) or tables()[ANY].get(one.words, "")
        filled, expected = (HOLE.sub(lambda hole: f"«{hole[1]}»", text) for text in (one.words, row))
        if row and noun(one) and chinese(one.step, filled) != expected:
            wrong.append((one.step, filled, chinese(one.step, filled)))
    assert wrong == []


def test_every_reason_why_a_record_does_not_stand_is_known() -> None:
    words = [*STRUCTURAL.values(), *rebuff.ACTS.values()]
    words += [word for edition in pillars.editions().values() for word in edition.words.refusals.values()]
    told = [reason(f"some-code: {word.en} [gate.8 does-not-stand]") for word in words]
    assert told == [f"some-code：{word.zh} [gate.8 does-not-stand]" for word in words]


def test_what_fits_no_row_is_quoted_as_it_was_said() -> None:
    assert chinese("nonesuch.1", "Colourless green ideas sleep.") == "Colourless green ideas sleep."
    assert reason("") == ""


def test_a_sentence_that_was_cut_is_still_told() -> None:
    error = Malformed("record.3", f"Not a record: {'x' * 3_000}.", "Send exactly the fields of a record.")
    told = chinese(error.step, error.what)
    assert told.startswith("不是记录：xxx")
    assert len(told) > MAX_WHAT - 50


def test_senders_words_do_not_choose_the_row() -> None:
    """What fills a hole may look like the rest of the sentence: all of it is carried over."""
    odd = "a: b. signed, each with {0} {1}: c."
    assert chinese("record.3", f"Not a record: {odd}.") == f"不是记录：{odd}。"
    twice = "x is no key of y is no key of z."
    assert chinese("keyring.11", twice) == "x 不是 y is no key of z 的密钥。"


class Sample(msgspec.Struct, forbid_unknown_fields=True):
    count: Annotated[int, msgspec.Meta(le=9)]
    name: Annotated[str, msgspec.Meta(max_length=3)] = ""


def refused(act: Callable[[], object]) -> str:
    with pytest.raises((ValueError, msgspec.MsgspecError, OSError, sqlite3.Error)) as raised:
        act()
    return str(raised.value)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda: msgspec.convert({}, Sample), "缺少必填字段 `count`"),
        (lambda: msgspec.convert({"count": "x"}, Sample), "应为 `int`，实际为 `str`（位于 `$.count`）"),
        (lambda: msgspec.convert({"count": 99}, Sample), "`int` 不得大于 9（位于 `$.count`）"),
        (
            lambda: msgspec.convert({"count": 1, "name": "long"}, Sample),
            "`str` 的长度不得超过 3（位于 `$.name`）",
        ),
        (lambda: msgspec.convert({"count": 1, "odd": 2}, Sample), "含有未知字段 `odd`"),
        (lambda: msgspec.json.decode(b"["), "数据被截断"),
        (lambda: json.loads("{,}"), "此处应有以双引号括起的键名：第 1 行第 2 列（第 1 个字符）"),
        (lambda: json.loads(""), "此处应有值：第 1 行第 1 列（第 0 个字符）"),
        (b"\xff".decode, "不是 utf-8 编码：第 0 字节为 0xff（起始字节无效）"),
        (lambda: os.open("/nonesuch/x", os.O_RDONLY), "没有该文件或文件夹：'/nonesuch/x'（错误号 2）"),
        (lambda: sqlite3.connect("/nonesuch/x"), "无法打开数据库文件"),
    ],
)
def test_what_other_programs_say_inside_a_sentence_is_told_in_chinese(
    act: Callable[[], object], told: str
) -> None:
    assert chinese("record.3", f"Not a record: {refused(act)}.") == f"不是记录：{told}。"


@pytest.mark.parametrize(
    "number",
    [
        errno.ENOSPC,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.EIO,
        errno.EMFILE,
        errno.ENOENT,
        errno.EISDIR,
    ],
)
def test_what_the_system_says_of_a_disk_is_told_in_chinese(number: int) -> None:
    told = chinese("disk.1", f"/data/us: {os.strerror(number)}.")
    assert re.fullmatch(r"/data/us：[一-鿿]+。", told)


@pytest.mark.parametrize("variable", ["LC_ALL", "LC_MESSAGES", "LANG"])
def test_the_environment_chooses_chinese(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "zh_CN.UTF-8")
    main(["pillars", "nonesuch"])
    assert capsys.readouterr().err.splitlines()[:2] == [
        "detente：没有安装领域 nonesuch。",
        "  检查项：pillars.2（NoSuchThing）",
    ]
    main(["pillars", "nonesuch", "--lang", "en"])
    assert capsys.readouterr().err.startswith("detente: No pillar")


def test_both_languages_are_said_one_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    main(["pillars", "nonesuch", "--lang", "both"])
    lines = capsys.readouterr().err.splitlines()
    assert [line[:8] for line in lines[::3]] == ["detente:", "detente："]


def test_json_has_both_languages_and_the_step(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--json", "pillars", "nonesuch"])
    said = capsys.readouterr()
    assert said.out == ""
    found = json.loads(said.err)
    assert (found["error"], found["step"], found["exit"]) == ("NoSuchThing", "pillars.2", code)
    assert (found["what"], found["zh"]["what"]) == (
        "No pillar nonesuch is installed.",
        "没有安装领域 nonesuch。",
    )
    assert found["zh"]["remedy"].startswith("现有：")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "缺少必需的参数：VERB"),
        (["dance"], "参数 VERB：'dance' 不可选；可选："),
        (["release"], "缺少必需的参数：id, --to"),
        (["standing", "--as-of", "noon"], "参数 --as-of：'noon' 不是有效的 int 值"),
        (["standing", "--as-of"], "参数 --as-of：须带一个值"),
        (["status", "--loud"], "无法识别的参数：--loud"),
    ],
)
def test_usage_is_refused_in_chinese(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*words, "--lang", "zh"])
    said = capsys.readouterr().err
    assert said.startswith("用法：detente")
    assert f"错误：{told}" in said


def test_help_is_chinese_throughout(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["release", "--help", "--lang", "zh"])
    said = capsys.readouterr().out
    explained = [line for line in said.splitlines() if line.startswith("  ") and "  " in line.strip()]
    assert explained
    assert all(re.search("[一-鿿]", line) for line in explained), said


def test_what_steers_a_terminal_is_never_shown_raw(capsys: pytest.CaptureFixture[str]) -> None:
    sly = "ok\x1b[2J\x9b31m\u202egnp\u2066\n  held\r\x07　中文"
    Voice("en").result({}, [sly])
    assert capsys.readouterr().out == "ok\\x1b[2J\\x9b31m\\u202egnp\\u2066\\n  held\\r\\x07　中文\n"
    Voice("en", json=True).result({"a": sly}, [])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "\u202e" not in shown
    assert json.loads(shown) == {"a": sly}


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bytes_that_officers_compare_are_exact_in_a_file_and_harmless_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON of another party, as `accord assemble` prints it: it may hold what JSON need not escape."""
    sly = json.dumps({"title": "ok\x9b31m\u202egnp\u2066中文"}, ensure_ascii=False)
    Voice("en").exact(sly, end="")
    assert capsys.readouterr() == (sly, "")
    terminal = _Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    Voice("zh").exact(sly)
    assert json.loads(terminal.getvalue()) == json.loads(sly)
    assert terminal.getvalue().strip().isprintable()
    assert "> 文件" in capsys.readouterr().err


def test_no_table_of_words_reaches_400_lines() -> None:
    folder = SOURCES / "faces" / "words"
    lengths = {one.name: len(one.read_text(encoding="utf-8").splitlines()) for one in folder.glob("*.toml")}
    assert {name: n for name, n in lengths.items() if n >= 400} == {}
    assert sentence.tables()[PHRASE]
