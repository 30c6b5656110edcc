"""Drafts from registers: brought in again without harm, filled in by people, and tabled by nothing else."""

import io
import json
import os
import pty
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import registers

from detente.faces import door
from detente.faces.bar import Bar
from detente.faces.cli import main
from detente.node.sheet import Sheet

WHOLE = {
    "near_miss": False,
    "ongoing": False,
    "domain": "fraud",
    "harm": 2,
    "potential": 3,
}


@pytest.fixture
def home(homes: Path) -> Path:
    return homes / "us"


class Teller:
    """Runs a verb in a home, and reads its JSON."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (any JSON)
        assert main(["incidents", *words, "--home", str(self.home), "--json"]) == code
        said = self._capsys.readouterr()
        return json.loads(said.out or said.err)

    def told(self, *words: str) -> str:
        main(["incidents", *words, "--home", str(self.home)])
        return self._capsys.readouterr().out


@pytest.fixture
def tell(home: Path, capsys: pytest.CaptureFixture[str]) -> Teller:
    return Teller(home, capsys)


def brought(tell: Teller, folder: Path, *records: object, code: int = 0) -> Any:  # noqa: ANN401 (any JSON)
    (folder / "r.jsonl").write_text(registers.lines(*records), encoding="utf-8")
    return tell("import", "--from", "jsonl", str(folder / "r.jsonl"), code=code)


def test_an_import_tables_nothing_and_tells_drafts_from_records(tell: Teller, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(registers.ATLAS, encoding="utf-8")
    summary = tell("import", "--from", "atlas", str(tmp_path / "a.yaml"))
    assert (summary["read"], summary["fates"], summary["refused"]) == (2, {"new": 2}, [])
    assert summary["unknown"]["harm"] == summary["unstated"]["near_miss"] == 2
    assert summary["not_carried"] == {"actor": 1, "procedure[].description": 1, "procedure[].tactic": 1}
    found = tell("list")
    assert [one["source"] for one in found["drafts"]] == ["atlas:AML.CS9001", "atlas:AML.CS9002"]
    assert found["records"] == []
    with door.reach(tell.home) as node:
        assert [one for one in node.records() if one.kind.startswith("incidents")] == []
        assert node.deliveries() == ()


def test_what_came_before_is_same_updated_or_left_as_a_person_made_it(tell: Teller, tmp_path: Path) -> None:
    first = [{"id": f"r{n}", "title": "one"} for n in range(4)]
    names = {one["source"]: one["name"] for one in brought(tell, tmp_path, *first)["drafts"]}
    tell("draft", "edit", "r2", "--set", "title.en=mine")
    tell("draft", "discard", "jsonl:r3")
    second = [{"id": "r0", "title": "one"}, *({"id": f"r{n}", "title": "two"} for n in (1, 2, 3))]
    summary = brought(tell, tmp_path, *second)
    fates = {one["source"]: one["fate"] for one in summary["drafts"]}
    assert fates == {"jsonl:r0": "same", "jsonl:r1": "updated", "jsonl:r2": "edited", "jsonl:r3": "discarded"}
    assert {one["source"]: one["name"] for one in summary["drafts"]} == names
    titles = {one["source"]: one["title"][0] for one in tell("list", "--all")["drafts"]}
    assert titles == {"jsonl:r0": "one", "jsonl:r1": "two", "jsonl:r2": "mine", "jsonl:r3": "one"}
    assert "jsonl:r3" not in {one["source"] for one in tell("list")["drafts"]}


def test_a_draft_is_tabled_once_and_only_when_a_person_has_stated_the_rest(
    tell: Teller, tmp_path: Path
) -> None:
    brought(tell, tmp_path, {"id": "r", "nature": "incident", "title": ["A title", "标题"]})
    assert "near_miss" in tell("draft", "table", "r", code=65)["what"]
    said = [f"{name}={'no' if value is False else value}" for name, value in WHOLE.items()]
    words = [word for one in said for word in ("--set", one)]
    shown = tell("draft", "edit", "r", *words)
    assert (shown["facts"]["level_low"], shown["facts"]["level"]) == (2, 5)
    assert shown["draft"]["origins"]["harm"] == "person"
    first, second = tell("draft", "table", "r"), tell("draft", "table", "r")
    assert (first["id"], first["again"], second["again"]) == (second["id"], False, True)
    assert [one["id"] for one in tell("list")["records"]] == [first["id"]]
    assert tell("draft", "show", "r")["draft"]["record"] == first["id"]
    assert brought(tell, tmp_path, {"id": "r", "title": "other"})["fates"] == {"tabled": 1}
    assert tell("draft", "edit", "r", "--set", "harm=3", code=68)["step"] == "drawer.2"


def test_an_imported_use_is_narrowed_and_never_widened(tell: Teller, tmp_path: Path) -> None:
    brought(tell, tmp_path, {"id": "r", "nature": "incident", "use": "defence_only", **WHOLE})
    for wider in ("not_against_reporter", "any_lawful", "", "unknown"):
        assert tell("draft", "edit", "r", "--set", f"use={wider}", code=77)["step"] == "drawer.4"
    assert tell("draft", "edit", "r", "--set", "use=learning_only")["draft"]["open"]["use"] == "learning_only"
    made = tell("draft", "table", "r")["id"]
    with door.reach(tell.home) as node:
        assert node.record(made).open["use"] == "learning_only"


def test_a_draft_without_a_use_is_tabled_without_one_and_any_may_be_stated(
    tell: Teller, tmp_path: Path
) -> None:
    brought(tell, tmp_path, *({"id": one, "nature": "incident", **WHOLE} for one in ("r", "s")))
    tell("draft", "edit", "s", "--set", "use=any_lawful")
    made = [tell("draft", "table", one)["id"] for one in ("r", "s")]
    with door.reach(tell.home) as node:
        assert [node.record(one).open.get("use") for one in made] == [None, "any_lawful"]


def test_an_exercise_of_researchers_is_not_tabled_as_an_incident(tell: Teller, tmp_path: Path) -> None:
    brought(tell, tmp_path, {"id": "r", "nature": "exercise", **WHOLE})
    assert tell("draft", "table", "r", code=77)["step"] == "drawer.3"
    tell("draft", "edit", "r", "--set", "nature=incident")
    assert tell("draft", "table", "r")["again"] is False


def test_what_the_gate_refuses_stays_a_draft(tell: Teller, tmp_path: Path) -> None:
    brought(tell, tmp_path, {"id": "r", **WHOLE, "near_miss": True})
    shown = tell("draft", "show", "r")
    assert [one["code"] for one in shown["refusals"]] == ["near-miss-with-harm"]
    assert tell("draft", "table", "r", code=77)["step"].startswith("gate.")
    assert tell("draft", "show", "r")["draft"]["state"] == "kept"


@pytest.mark.parametrize(
    "said", ["harm=9", "harm=grave", "colour=red", "harm", "domain=war", "day=yesterday", "nature=odd"]
)
def test_what_fits_no_field_changes_nothing(said: str, tell: Teller, tmp_path: Path) -> None:
    brought(tell, tmp_path, {"id": "r", "harm": 1})
    before = tell("draft", "show", "r")
    assert tell("draft", "edit", "r", "--set", "harm=2", "--set", said, code=65)["step"] == "sheet.1"
    assert tell("draft", "show", "r") == before


def test_a_name_that_is_nobodys_or_several_is_refused(tell: Teller, tmp_path: Path) -> None:
    brought(tell, tmp_path, {"id": "r1"}, {"id": "r2"})
    for name in ("nobody", "", "%", "r_", "jsonl:%"):
        assert tell("draft", "show", name, code=68)["step"] == "drawer.1"


def test_a_refused_record_is_named_and_the_exit_says_so(tell: Teller, tmp_path: Path) -> None:
    summary = brought(tell, tmp_path, {"id": "a"}, {"id": "a"}, {"id": "b", "harm": "x"}, {"id": "c"}, code=1)
    assert [(one["place"], one["step"]) for one in summary["refused"]] == [
        ("line 2", "register.12"),
        ("line 3", "register.11"),
    ]
    assert all(one["zh"]["what"] for one in summary["refused"])
    assert summary["fates"] == {"new": 2}
    assert summary["read"] == 4
    told = tell.told("import", "--from", "jsonl", str(tmp_path / "r.jsonl"), "--lang", "zh")
    assert "未能读取: 第 2 行 a" in told, "whoever reads only Chinese finds the line"


def test_a_file_that_is_refused_as_a_whole_leaves_the_drawer_as_it_was(tell: Teller, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(registers.ATLAS[:-9], encoding="utf-8")
    assert tell("import", "--from", "atlas", str(tmp_path / "a.yaml"), code=65)["step"] == "foreign.5"
    assert tell("import", "--from", "aiid", str(tmp_path / "no.csv"), code=69)["step"] == "place.2"
    assert tell("list")["drafts"] == []


def test_a_draft_is_found_by_two_characters_of_chinese(tell: Teller, tmp_path: Path) -> None:
    brought(tell, tmp_path, {"id": "a", "title": "人脸识别被绕过"}, {"id": "b", "title": "A face"})
    assert [one["source"] for one in tell("list", "--search", "人脸")["drafts"]] == ["jsonl:a"]
    assert [one["source"] for one in tell("list", "--search", "FACE")["drafts"]] == ["jsonl:b"]


def test_hostile_text_does_not_steer_the_terminal(tell: Teller, tmp_path: Path) -> None:
    brought(tell, tmp_path, {"id": "a", "title": "ok\x1b[2J\u202egnp"})
    for said in (tell.told("list"), tell.told("draft", "show", "a")):
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert "ok\\x1b[2J" in said


def test_a_person_is_asked_only_for_what_nobody_has_stated(
    tell: Teller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(tell, tmp_path, {"id": "r", "harm": 1, "month": "2026-01"})
    ours, theirs = pty.openpty()
    answers = ["", "", "fraud", "", "", "no", "no", "3", "", "2"]
    os.write(ours, "".join(f"{one}\n" for one in answers).encode())
    with os.fdopen(theirs, "r", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        rated = tell("draft", "rate", "r")["draft"]
    os.close(ours)
    assert (rated["open"]["harm"], rated["open"]["potential"], rated["open"]["spread"]) == (1, 3, 2)
    assert (rated["open"]["domain"], rated["open"]["control"]) == ("fraud", None)


def test_without_a_terminal_nobody_is_asked(
    tell: Teller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(tell, tmp_path, {"id": "r"})
    monkeypatch.setattr(sys, "stdin", io.StringIO("x"))
    assert tell("draft", "rate", "r", code=65)["step"] == "sheet.1"


def test_the_bar_is_for_terminals_and_fits_a_narrow_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Bar(10) as bar:
        bar.at(5)
    assert capsys.readouterr().err == ""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="ascii") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        for columns in ("80", "20", "3"):
            monkeypatch.setenv("COLUMNS", columns)
            with Bar(10) as bar:
                bar.at(10)
        said = ""
        while said.count("\n") < 3:
            said += os.read(ours, 4_096).decode()
    os.close(ours)
    lines = [one for one in said.replace("\r\n", "\n").split("\n") if one]
    shown = [line.split("\r")[-1] for line in lines]
    assert shown == [f"[{'#' * 40}] 10 / 10", f"[{'#' * 9}] 10 / 10", " 10 / 10"]


def test_a_node_that_runs_keeps_drafts_for_those_who_ask_at_its_door(home: Path) -> None:
    with door.reach(home) as node:
        keeper = door.Doorkeeper(node, lambda: None)
        try:
            asked = door.Door(home)
            sheet = Sheet(name="0" * 32, kind="incidents.report", source="x:1", values={"title": ["a", "甲"]})
            assert [one.fate for one in asked.keep((sheet,))] == ["new"]
            assert [one.fate for one in asked.keep((sheet,))] == ["same"]
            assert asked.amend("x:1", {"harm": 2}, {"title": None}, None).open == {"harm": 2}
            assert msgspec.structs.asdict(asked.sheet("1"))["values"] == {}
            assert asked.discard("x:1").state == "discarded"
            assert [one.state for one in asked.sheets("incidents")] == ["discarded"]
        finally:
            keeper.close()
