"""Triage: from a report to a draft that names nobody, by two people and past the laboratory."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.faces import door
from detente.faces.cli import main
from detente.faces.cli.grading import answered
from detente.faces.officer import Officer
from detente.instruments.leak import Names, search
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE

REPORT = {
    "language": "zh",
    "title": "星河智能助手泄露客户名单",
    "account": "2025年5月3日，北京星河智能科技有限公司工程师王小明发现通义千问2.5"
    "在上海输出客户名单，联系电话13812345678。",
    "advice": "检查日志。",
    "system": "通义千问2.5",
    "ongoing": False,
}
HELD = ("王小明", "星河智能", "通义千问", "13812345678", "上海", "5月3日", "北京")
PEOPLE = {name: Officer.draw("us", name) for name in ("ada", "ben", "cid", "eve")}
STRANGER = "eve"


class Desk:
    """Runs acts at the desk of a home, and signs as people do."""

    def __init__(self, home: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.folder, self._capsys = home, folder, capsys
        for name in PEOPLE.keys() - {STRANGER}:
            officer = PEOPLE[name]
            path = folder / f"{name}.pub"
            path.write_bytes(msgspec.json.encode(officer.public))
            self("person", str(path), "--by", "ada")

    def __call__(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (any JSON)
        assert main(["triage", *words, "--home", str(self.home), "--json"]) == code, self._capsys.readouterr()
        said = self._capsys.readouterr()
        return json.loads(said.out or said.err)

    def told(self, *words: str, lang: str = "zh") -> str:
        assert main(["triage", *words, "--home", str(self.home), "--lang", lang]) == 0
        return self._capsys.readouterr().out

    def signed(self, by: str, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (any JSON)
        act, sig = self.folder / "x.act", self.folder / "x.sig"
        self(*words, "--file", str(act))
        sig.write_bytes(envelope.dump(PEOPLE[by].sign(ACT_TYPE, act.read_bytes())))
        return self(*words, "--approval", str(sig), code=code)

    def taken(self, report: object = REPORT) -> str:
        (self.folder / "r.json").write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
        name: str = self("take", "--file", str(self.folder / "r.json"), "--by", "ada")["case"]["name"]
        return name


@pytest.fixture
def desk(homes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(homes / "us", tmp_path, capsys)


def marked(desk: Desk) -> str:
    case = desk.taken()
    desk("mark", case, "星河智能", "--sort", "organisation", "--by", "ada")
    desk("accept", case, "all", "--by", "ada")
    desk(
        "state",
        case,
        "title.en=An assistant gave away a list of clients",
        "summary.en=An engineer saw it.",
        "--by",
        "ada",
    )
    return case


def confirmed(desk: Desk) -> str:
    case = marked(desk)
    desk.signed("ada", "submit", case)
    desk.signed("ben", "confirm", case)
    return case


def test_a_report_becomes_a_draft_that_names_nobody_by_two_people(desk: Desk) -> None:
    case = confirmed(desk)
    shown = desk("copy", case)
    assert shown["copy"]["left"] == []
    assert shown["crowd"]["few"]
    assert "  ! few: it may lead to somebody" in desk.told("copy", case, lang="en")
    assert "  ! 过少：可能指向具体对象" in desk.told("copy", case)
    made = desk("draft", case, "--by", "ada")
    with door.reach(desk.home) as node:
        sheet = node.sheet(made["note"])
    assert sheet.values["system"] == "[withheld] 〔不予公开〕"
    assert sheet.values["summary"][1].startswith("2025年5月，〔机构 ")
    assert "东亚" in sheet.values["summary"][1]
    found = search({"draft": msgspec.json.encode(sheet)}, Names(HELD))
    assert found.nothing


def test_nothing_is_removed_before_a_person_accepts(desk: Desk) -> None:
    case = desk.taken()
    names = {one["name"] for one in desk("show", case)["suggestions"]}
    assert {"王小明", "北京星河智能科技有限公司", "2025年5月3日", "13812345678"} <= names
    parts = desk("copy", case)["copy"]["parts"]
    assert [one["changes"] for one in parts] == [[] for _ in parts]
    first = desk("show", case)["suggestions"][0]["name"]
    again = desk("reject", case, "1", "--by", "ada")["suggestions"]
    assert first not in {one["name"] for one in again}


def test_who_submitted_cannot_confirm_and_nobody_off_the_roll_can(desk: Desk) -> None:
    case = marked(desk)
    desk.signed("ada", "submit", case)
    assert desk.signed("ada", "confirm", case, code=77)["step"] == "case.3"
    assert desk.signed("eve", "confirm", case, code=66)["step"] == "person.2"
    assert desk.signed("ben", "confirm", case)["confirmed_by"] == "ben"


def test_a_signature_for_one_copy_is_none_for_another(desk: Desk) -> None:
    case = marked(desk)
    desk.signed("ada", "submit", case)
    act = desk.folder / "y.act"
    desk("confirm", case, "--file", str(act))
    sig = desk.folder / "y.sig"
    sig.write_bytes(envelope.dump(PEOPLE["ben"].sign(ACT_TYPE, act.read_bytes())))
    desk("state", case, "pattern.en=Look at the logs.", "--by", "ada")
    desk.signed("ada", "submit", case)
    assert desk("confirm", case, "--approval", str(sig), code=66)["step"] == "person.1"


def test_whatever_changes_the_copy_needs_both_people_again(desk: Desk) -> None:
    case = confirmed(desk)
    assert desk("state", case, "pattern.en=Look.", "--by", "ada")["case"]["state"] == "open"
    assert desk("draft", case, "--by", "ada", code=77)["step"] == "case.1"


def test_a_marked_name_that_stands_in_the_copy_still_is_not_submitted(desk: Desk) -> None:
    case = marked(desk)
    desk("mark", case, "Organisation", "--sort", "organisation", "--by", "ada")
    desk("state", case, "pattern.en=The organisation knew.", "--by", "ada")
    assert desk("submit", case, code=77)["step"] == "triage.9"


def test_the_laboratory_has_its_time_and_its_objection_is_kept_and_answered(desk: Desk) -> None:
    case = confirmed(desk)
    file = desk.folder / "preview.json"
    desk("preview", case, "lab-one", "--hours", "1", "--to", str(file), "--by", "ada")
    copy = json.loads(file.read_text(encoding="utf-8"))
    assert copy["digest"] == desk("copy", case)["copy"]["digest"]
    assert not search({"preview": file.read_bytes()}, Names(HELD)).leaks
    refused = desk("draft", case, "--by", "ada", code=77)
    assert (refused["step"], "lab-one" in refused["what"]) == ("case.4", True)
    (desk.folder / "no.txt").write_text("The second sentence tells our client.", encoding="utf-8")
    desk("object", case, "lab-one", str(desk.folder / "no.txt"), "--by", "ada")
    desk("waive", case, "lab-one", "--by", "ada")
    assert desk("draft", case, "--by", "ada", code=77)["step"] == "case.4"
    desk("answer", case, "1", "--why", "It names nobody.", "--by", "ada")
    kept = desk("draft", case, "--by", "ada")["objections"]
    assert [(one["text"], one["answer"]) for one in kept] == [
        ("The second sentence tells our client.", "It names nobody.")
    ]
    assert (
        desk("object", case, "lab-two", str(desk.folder / "no.txt"), "--by", "ada", code=68)["step"]
        == "case.7"
    )


ALIKE = ("near_miss=no", "harm=2", "potential=3", "control=1", "spread=1", "layers=unknown", "repeat=no")


def test_two_people_rate_apart_their_disagreement_stays_and_a_third_settles_it(desk: Desk) -> None:
    case = desk.taken()
    desk.signed("ada", "rate", case, *ALIKE, "--why", "as told")
    hidden = desk("show", case)["case"]
    assert (hidden["ratings"], hidden["rated"]) == ({}, 1)
    assert "as told" not in desk.told("show", case)
    assert desk.signed("ada", "rate", case, *ALIKE, "--why", "again", code=77)["step"] == "case.5"
    desk.signed("ben", "rate", case, "near_miss=no", "harm=3", *ALIKE[2:], "--why", "two were hurt")
    shown = desk("show", case)["case"]
    assert shown["disputed"] == ["harm"]
    assert {name: one["axes"]["harm"] for name, one in shown["ratings"].items()} == {"ada": 2, "ben": 3}
    assert desk("advice", case)["axes"].keys() == {
        "near_miss",
        "potential",
        "control",
        "spread",
        "layers",
        "repeat",
    }
    assert desk.signed("ben", "find", case, *ALIKE, "--why", "mine", code=77)["step"] == "case.6"
    found = desk.signed("cid", "find", case, *ALIKE, "--why", "nobody was hurt")
    assert (found["finding"]["by"], found["disputed"]) == ("cid", ["harm"])
    advised = desk("advice", case, "--as-of", "2026-11-26", "--since", "2026-11-26T03:00Z")
    told = {(one["scale"], one["name"]): one["answer"] for one in advised["mappings"]}
    assert told["oecd", "ai_incident"] == "yes"
    assert told["oecd", "serious_ai_incident"] == "no"
    assert {one["grade"] for one in advised["mappings"]} == {"proposed"}
    assert any(one["due"] and one["source"] and one["checked_on"] for one in advised["clocks"])
    asked = ("advice", case, "--as-of", "2026-11-26", "--since", "2026-11-26T03:00Z")
    clock = next(one for one in advised["clocks"] if one["id"] == "cn-2025-cii")
    for language in ("en", "zh"):
        lines = desk.told(*asked, lang=language).splitlines()
        below = lines[next(n for n, line in enumerate(lines) if " cn-2025-cii " in line) + 1]
        assert clock["source"] in below
        assert clock["checked_on"] in below
    assert "    ai_incident  是" in lines
    assert not [line for line in lines if "as_checked" in line or line.endswith((" yes", " no", "proposed"))]
    weighed = desk.told("show", case, lang="en")
    assert "ben: near_miss=no harm=3 potential=3 control=1 spread=1 layers=unknown repeat=no" in weighed
    assert "layers=未知" in desk.told("show", case)


def test_what_was_settled_is_stated_before_a_case_goes_on(desk: Desk) -> None:
    """Two who rated alike, or a third who found, are not passed over; the rest a person states."""
    case = desk.taken()
    desk.signed("ada", "rate", case, *ALIKE, "--why", "as told")
    desk.signed("ben", "rate", case, "near_miss=no", "harm=3", *ALIKE[2:], "--why", "two were hurt")
    desk("state", case, *ALIKE[:1], *ALIKE[2:], "harm=7", "--by", "ada")
    desk.signed("ada", "submit", case)
    desk("state", case, "control=4", "--by", "ada")
    refused = desk.signed("ada", "submit", case, code=77)
    assert (refused["step"], "control" in refused["what"]) == ("case.9", True)
    desk("state", case, "control=1", "--by", "ada")
    desk.signed("cid", "find", case, *ALIKE, "--why", "nobody was hurt")
    refused = desk.signed("ada", "submit", case, code=77)
    assert (refused["step"], "harm" in refused["what"]) == ("case.9", True)
    desk("state", case, "harm=2", "--by", "ada")
    assert desk.signed("ada", "submit", case)["state"] == "submitted"


@pytest.mark.parametrize(
    ("test", "axes", "answer"),
    [
        ("H >= 1", {"harm": 1}, "yes"),
        ("H >= 1", {"harm": None}, "unknown"),
        ("H == 0 and P >= 4", {"harm": 1}, "no"),
        ("H in 1..2", {"harm": 2}, "yes"),
        ("deaths >= 1", {"harm": 7}, "? deaths >= 1"),
    ],
)
def test_a_mapping_that_is_not_about_the_axes_is_left_to_a_person(
    test: str, axes: dict[str, Any], answer: str
) -> None:
    assert answered(test, axes) == answer


def test_cases_are_declined_with_a_reason_all_or_none(desk: Desk) -> None:
    first, second = desk.taken(), desk.taken({**REPORT, "title": "另一份"})
    assert desk("decline", first, second, "--reason", "boring", "--by", "ada", code=65)["step"] == "triage.14"
    desk("decline", first, "--reason", "duplicate", "--by", "ada")
    assert (
        desk("decline", second, first, "--reason", "no-incident", "--by", "ada", code=77)["step"] == "case.1"
    )
    assert desk("show", second)["case"]["state"] == "open"
    assert [one["name"] for one in desk("list")] == [second]


def test_a_report_goes_back_to_its_reporter_with_a_question_and_on(desk: Desk) -> None:
    case = desk.taken()
    assert desk("return", case, "--why", "Which month?", "--by", "ada")["state"] == "returned"
    assert desk("list")[0]["note"] == "Which month?"
    assert desk("resume", case, "--why", "May.", "--by", "ada")["state"] == "open"


def test_a_shift_is_handed_over_by_name_and_taken_over_by_nobody_else(desk: Desk) -> None:
    case = desk.taken()
    assert desk("takeover", code=77)["step"] == "triage.15"
    note = desk.signed("ada", "handover", "--to", "ben", "--why", "quiet")
    assert ([one["case"] for one in note["open"]], note["recorded"]) == ([case], True)
    assert desk.signed("cid", "takeover", code=77)["step"] == "casework.5"
    desk.signed("ben", "takeover")
    assert desk("takeover", code=77)["step"] == "triage.15"


def test_cases_of_one_thread_share_pseudonyms_and_audiences_do_not(desk: Desk) -> None:
    first = marked(desk)
    (desk.folder / "s.json").write_text(json.dumps({**REPORT, "title": "后续"}), encoding="utf-8")
    second = desk("take", "--file", str(desk.folder / "s.json"), "--with", first, "--by", "ada")["case"][
        "name"
    ]
    desk("accept", second, "all", "--by", "ada")
    texts = {
        (case, audience): next(
            one["after"]
            for one in desk("copy", case, "--audience", audience)["copy"]["parts"]
            if one["path"] == "summary" and one["language"] == "zh"
        )
        for case in (first, second)
        for audience in ("accord", "public")
    }
    assert texts[first, "accord"] == texts[second, "accord"]
    assert texts[first, "accord"] != texts[first, "public"]


def test_an_act_that_was_changed_on_the_disk_is_found(desk: Desk) -> None:
    desk.taken()
    conn = sqlite3.connect(desk.home / "casework" / "register.db")
    conn.execute("UPDATE act SET data = CAST(replace(CAST(data AS TEXT), 'ada', 'bob') AS BLOB) WHERE n > 3")
    conn.commit()
    conn.close()
    assert desk("list", code=69)["step"] == "casework.2"


def test_both_languages_stand_side_by_side_and_the_secret_is_shown_to_nobody(desk: Desk) -> None:
    case = marked(desk)
    told = desk.told("show", case)
    assert "An assistant gave away" in told
    assert "星河智能助手" in told
    assert "提示（须由人采纳方生效）" in told
    assert "secret" not in desk("show", case)["case"]
    assert "可能" in desk.told("copy", case)
