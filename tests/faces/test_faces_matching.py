"""Two parties match privately from the command line; docs/matching.md plays a whole run, these who cheats."""

import io
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from detente.faces.cli import main

NEAR_MISS = files("detente.pillars.incidents") / "examples" / "near_miss_stopped_by_luck.json"
MARKS = {
    "us": ["cve:CVE-2026-0001", "cve:CVE-2026-0002", "cve:CVE-2026-0003"],
    "cn": ["cve:CVE-2026-0002", "cve:CVE-2026-0003", "cve:CVE-2026-0009"],
}


class Pair:
    """Two officers at their own machines, and a stick between them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.match = ""
        for party, marks in MARKS.items():
            self.file(f"{party}.txt").write_text("\n".join(marks) + "\n", encoding="utf-8")

    def file(self, name: str) -> Path:
        return self.folder / name

    def act(self, party: str, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (whatever the verb prints)
        ended = main([*words, "--home", str(self.folder / party), "--json"])
        said = self.capsys.readouterr()
        assert ended == code, said.err
        return json.loads(said.out) if code == 0 else said.err

    def step(self, party: str, act: str, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (as `act`)
        return self.act(party, "match", act, *words, "--run", str(self.file(f"{party}.run")), code=code)

    def carry(self) -> None:
        for party, other in (("us", "cn"), ("cn", "us"), ("us", "neutral"), ("cn", "neutral")):
            zipped = self.file(f"{party}-{other}.zip")
            zipped.unlink(missing_ok=True)
            self.act(party, "bundle", "export", "--to", str(zipped))
            self.act(other, "bundle", "import", "--from", party, str(zipped))

    def begin(self) -> None:
        said = self.step("us", "begin", "--with", "cn", *self.sets("us"))
        self.match = said["match"]
        self.carry()
        self.step("cn", "join", self.match, *self.sets("cn"))
        self.carry()

    def sets(self, party: str) -> tuple[str, ...]:
        marks, points = self.file(f"{party}.txt"), self.file(f"{party}.points")
        return ("--fingerprints", str(marks), "--to", str(points))


@pytest.fixture
def pair(homes: Path, capsys: pytest.CaptureFixture[str]) -> Pair:
    return Pair(homes, capsys)


@pytest.mark.slow
def test_nothing_is_answered_before_both_are_committed_and_nothing_released_before_both_counted(
    pair: Pair,
) -> None:
    pair.step("us", "begin", "--with", "cn", *pair.sets("us"))
    pair.file("cn.points").write_bytes(b"")
    to = ("--to", str(pair.file("x")))
    assert "match.3" in pair.step("us", "answer", str(pair.file("cn.points")), *to, code=69)
    assert "match.3" in pair.step("us", "release", *to, code=69)
    assert not pair.file("x").exists()


@pytest.mark.slow
def test_points_that_were_not_logged_are_not_answered(pair: Pair) -> None:
    """The one who would ask for other CVEs after seeing the commitment of the other."""
    pair.begin()
    swapped = pair.file("us.points").read_bytes().split(b"\n")
    pair.file("cn.points").write_bytes(b"\n".join(swapped))
    to = str(pair.file("us.reply"))
    assert "matchrun.4" in pair.step("us", "answer", str(pair.file("cn.points")), "--to", to, code=66)
    pair.file("cn.points").write_text("no points", encoding="ascii")
    assert "matchrun.3" in pair.step("us", "answer", str(pair.file("cn.points")), "--to", to, code=65)


@pytest.mark.slow
def test_a_year_has_a_number_of_runs(pair: Pair) -> None:
    words = ("--with", "cn", *pair.sets("us"))
    pair.step("us", "begin", *words, "--budget", "1")
    assert pair.file("us.run").stat().st_mode & 0o077 == 0, "the secrets are their owner's alone"
    assert "match.5" in pair.step("us", "begin", *words, "--budget", "1", code=69)


def test_the_own_reports_give_the_fingerprints(
    homes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = NEAR_MISS.read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.encode())))
    assert main(["incidents", "report", "--home", str(homes / "us"), "--json"]) == 0
    name = json.loads(capsys.readouterr().out)["id"]
    assert main(["match", "fingerprints", "--home", str(homes / "us"), "--json"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert {one.partition(":")[0] for one in held} >= {"title", "shingles"}
    assert all(where == [name] for where in held.values())
    assert main(["match", "fingerprints", "--home", str(homes / "cn"), "--lang", "zh"]) == 0
    assert "无指纹" in capsys.readouterr().out


def test_two_reports_of_one_event_are_found_here(
    homes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []
    for party in ["us"] * 2:
        data = NEAR_MISS.read_text(encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.encode())))
        assert main(["incidents", "report", "--home", str(homes / party), "--json"]) == 0
        names.append(json.loads(capsys.readouterr().out)["id"])
    assert main(["match", "near", "--home", str(homes / "us"), "--json"]) == 0
    one, other = sorted(names)
    found = json.loads(capsys.readouterr().out)
    assert [(row["one"], row["other"]) for row in found] == [(one, other)]
    assert {"title", "shingles"} <= set(found[0]["by"])
    assert main(["match", "near", "--home", str(homes / "cn")]) == 0
    assert capsys.readouterr().out == "No two that meet.\n"
