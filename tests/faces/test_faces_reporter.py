"""A confidential report goes straight to triage, and its reporter hears what becomes of it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from detente.faces.cli import main
from detente.faces.cli.confide import written_in

PHRASE = "five words that nobody guesses"
PLACE = "上海，2025年5月"
ACCOUNT = "2025年5月3日，工程师王小明发现智能体在上海改写了自己的监控程序。"


class Bench:
    """The confidential desk and the triage of one home."""

    def __init__(self, home: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.folder, self.capsys = home, folder, capsys
        self("intake", "init")
        for name, more in (("duty-1", ()), ("keeper-1", ("--keeper",))):
            words = (
                "--name",
                name,
                "--to",
                self.path(f"{name}.key"),
                *more,
                "--passphrase-fd",
                self.phrase(),
            )
            public = self.raw("intake", "keys", *words)
            (folder / f"{name}.json").write_text(public, encoding="utf-8")
        sides = ("--officer", self.path("duty-1.json"), "--keeper", self.path("keeper-1.json"))
        self("intake", "card", "--party", "us", *sides, "--to", self.path("card"))
        (folder / "account.txt").write_text(ACCOUNT, encoding="utf-8")

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def phrase(self) -> str:
        """A descriptor from which the passphrase is read once."""
        out, into = os.pipe()
        os.write(into, PHRASE.encode() + b"\n")
        os.close(into)
        return str(out)

    def key(self) -> tuple[str, ...]:
        return ("--key", self.path("duty-1.key"), "--passphrase-fd", self.phrase())

    def raw(self, *words: str) -> str:
        assert main([*words]) == 0, self.capsys.readouterr()
        return self.capsys.readouterr().out

    def __call__(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (any JSON)
        assert main([*words, "--home", str(self.home), "--json"]) == code, self.capsys.readouterr()
        said = self.capsys.readouterr()
        return json.loads(said.out or said.err)

    def reported(self) -> None:
        """Somebody reports, sealed at home."""
        told = ("--title", "智能体改写监控", "--account", self.path("account.txt"), "--screened", "none")
        told += ("--place", PLACE)
        letter = self.path(f"letter-{len(list(self.folder.glob('letter-*')))}")
        self.raw("confide", "report", "--card", self.path("card"), *told, "--to", letter)
        self.raw("intake", "take", letter, "--home", str(self.home))

    def thread(self, number: int) -> list[tuple[str, str, str]]:
        """What lies behind the follow-up code of a report."""
        found = self("intake", "open", str(number), *self.key())["thread"]
        return [(one["act"], one["text"], one["outcome"]) for one in found]


@pytest.fixture
def bench(homes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(homes / "us", tmp_path, capsys)


@pytest.mark.slow
def test_a_report_in_confidence_does_not_vanish_its_reporter_is_asked_and_told_why(bench: Bench) -> None:
    bench.reported()
    bench.reported()
    taken = bench("triage", "take", "--report", "1", *bench.key(), "--by", "ada")
    case = taken["case"]["name"]
    assert taken["case"]["source"] == "intake:1"
    assert taken["case"]["values"]["summary"] == ["", f"{ACCOUNT}\n\n地点与时间：{PLACE}"], (
        "taken for Chinese, place and all"
    )
    why = ("--why", "是哪个版本？", "--by", "ada")
    refused = bench("triage", "return", case, *why, code=77)
    assert refused["step"] == "triage.17"
    assert [one["state"] for one in bench("triage", "list")] == ["open"], "nothing was done without them"
    bench("triage", "return", case, *why, *bench.key())
    assert bench.thread(1) == [("question", "是哪个版本？", "none")]
    bench("triage", "resume", case, *why)
    second = bench("triage", "take", "--report", "2", *bench.key(), "--by", "ada")["case"]["name"]
    declined = (
        "triage",
        "decline",
        case,
        second,
        "--reason",
        "duplicate",
        "--why",
        "已有同一报告",
        "--by",
        "ada",
    )
    assert bench(*declined, code=77)["step"] == "triage.17"
    bench(*declined, *bench.key())
    assert bench.thread(1)[-1] == ("closed", "已有同一报告", "known_already")
    assert bench.thread(2) == [("closed", "已有同一报告", "known_already")]
    assert {one["state"] for one in bench("intake", "list")} == {"closed"}


@pytest.mark.slow
def test_a_report_that_is_not_there_and_keys_that_are_not_opens_nothing(bench: Bench) -> None:
    taking = ("triage", "take", "--by", "ada", "--report")
    assert bench(*taking, "1", code=77)["step"] == "triage.17"
    assert bench(*taking, "1", *bench.key(), code=68)["step"] == "cabinet.5"
    assert bench(*taking, "one", *bench.key(), code=65)["step"] == "triage.18"
    assert bench("triage", "list") == []


@pytest.mark.slow
def test_one_confidential_report_is_one_case_whichever_way_it_comes(bench: Bench) -> None:
    """Two officers take one report, one of them from the file that a third has opened."""
    bench.reported()
    bench.reported()
    opened = bench("intake", "open", "1", *bench.key())
    (bench.folder / "opened.json").write_text(json.dumps(opened), encoding="utf-8")
    case = bench("triage", "take", "--report", "1", *bench.key(), "--by", "ada")["case"]["name"]
    for again in (("--report", "1", *bench.key()), ("--file", bench.path("opened.json"))):
        refused = bench("triage", "take", *again, "--by", "ben", code=77)
        assert refused["step"] == "casework.4"
        assert case in refused["what"]
    opened["thread"] = []
    (bench.folder / "opened.json").write_text(json.dumps(opened, indent=1), encoding="utf-8")
    refused = bench("triage", "take", "--file", bench.path("opened.json"), "--by", "ben", code=77)
    assert refused["step"] == "casework.4"
    second = bench("triage", "take", "--report", "2", *bench.key(), "--by", "ben")["case"]
    assert second["source"] == "intake:2", "the same words from another reporter are another report"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"),
        ("An agent of 北京 rewrote its own monitor twice, and a person saw the second time.", "en"),
        ("智能体改写监控", "zh"),
        ("该智能体经 vLLM 0.11 调用 Model Context Protocol，改写了自己的监控程序。", "zh"),
    ],
)
def test_a_report_is_in_the_language_of_its_letters_unless_its_reporter_says_otherwise(
    text: str, language: str
) -> None:
    assert written_in(text) == language


@pytest.mark.slow
def test_what_a_reporter_allows_reaches_the_draft_and_is_narrowed_there_and_never_widened(
    bench: Bench,
) -> None:
    told = ("--title", "An agent rewrote its monitor", "--account", bench.path("account.txt"))
    words = (*told, "--screened", "none", "--use", "defence_only")
    letter = bench.path("letter-use")
    bench.raw("confide", "report", "--card", bench.path("card"), *words, "--to", letter)
    receipt = bench.raw("intake", "take", letter, "--home", str(bench.home))
    assert "\nuse defence_only\n" in receipt
    case = bench("triage", "take", "--report", "1", *bench.key(), "--by", "ada")["case"]
    assert (case["open"]["use"], case["promise"]) == ("defence_only", "defence_only")
    for wider in ("any_lawful", "not_against_reporter", "unknown"):
        said = bench("triage", "state", case["name"], f"use={wider}", "--by", "ada", code=77)
        assert said["step"] == "case.8"
    case = bench("triage", "state", case["name"], "use=learning_only", "--by", "ada")["case"]
    assert (case["open"]["use"], case["promise"]) == ("learning_only", "defence_only")
    assert bench("triage", "copy", case["name"])["copy"]["open"]["use"] == "learning_only"
    # What was narrowed by mistake goes back to what was allowed.
    case = bench("triage", "state", case["name"], "use=defence_only", "--by", "ada")["case"]
    assert case["open"]["use"] == "defence_only"
