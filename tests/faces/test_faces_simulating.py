"""`detente accord simulate`: the same history under another text, with each side's load beside what it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from living import Lived

from detente.faces.cli import main


def simulated(lived: Lived, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 (JSON)
    path = tmp_path / "new.yaml"
    path.write_text(text, encoding="utf-8")
    asked = ["--json", "accord", "simulate", "--with", str(path), "--over", str(lived.world.home("us"))]
    assert main([*asked, "--as-of", str(lived.world.clock.now())]) == 0
    return json.loads(capsys.readouterr().out)


def verdicts(found: Any, clause: str) -> dict[str, dict[str, int]]:  # noqa: ANN401 (JSON)
    return {one["debtor"]: one["verdicts"] for one in found["duties"] if one["clause"] == clause}


def test_the_text_in_force_gives_what_is(
    lived: Lived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = simulated(lived, lived.world.accord, tmp_path, capsys)
    assert found["with"] == found["now"]
    assert found["now"]["stand"] == found["now"]["records"] >= 3
    assert verdicts(found["now"], "acknowledge") == {"cn": {"missed": 1}, "neutral": {"missed": 1}}
    shown = {(one["audience"], one["path"]): one["shown"] for one in found["now"]["sights"]}
    assert shown["neutral", "title"] == 2
    assert shown["cn", "title"] == 0, "cn is overdue since the day before"


def test_a_longer_term_and_another_grant_show_in_duties_sights_and_load(
    lived: Lived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = lived.world.accord.replace("within: PT24H", "within: P30D")
    found = simulated(lived, text, tmp_path, capsys)
    assert verdicts(found["with"], "acknowledge") == {"cn": {"owed": 1}, "neutral": {"owed": 1}}
    shown = {(one["audience"], one["path"]): one["shown"] for one in found["with"]["sights"]}
    assert shown["cn", "title"] == 1, "nobody is overdue then, and one of the reports is a near miss"
    loads = [{one["party"]: one for one in found[side]["loads"]} for side in ("with", "now")]
    assert (loads[0]["us"]["approvals"], loads[1]["us"]["approvals"]) == (1, 0)
    assert loads[0]["us"]["bytes"] > loads[1]["us"]["bytes"] > 0
    assert (loads[0]["cn"]["missed"], loads[1]["cn"]["missed"]) == (0, 1)


def test_a_duty_that_nobody_knew_of_is_there_and_the_page_says_what_that_means(
    lived: Lived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "  - {id: follow, on: incidents.report, owes: author, what: incidents.close, within: PT1H}"
    path = tmp_path / "new.yaml"
    path.write_text(lived.world.accord.replace("release:", f"{more}\nrelease:", 1), encoding="utf-8")
    asked = ["accord", "simulate", "--with", str(path), "--over", str(lived.world.home("us"))]
    later = ["--as-of", str(lived.world.clock.now())]
    assert main(["--lang", "both", *asked, *later]) == 0
    told = capsys.readouterr().out
    assert "  follow" in told
    assert "That is the size of what it asks, not a fault." in told
    assert "各方每月负担（现行）：" in told


def test_an_export_serves_in_place_of_a_home(
    lived: Lived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, path = str(lived.world.home("us")), tmp_path / "new.yaml"
    assert main(["log", "export", "--home", home, "--to", str(tmp_path / "out")]) == 0
    path.write_text(lived.world.accord, encoding="utf-8")
    capsys.readouterr()
    at = ["--as-of", str(lived.world.clock.now())]
    asked = ["--json", "accord", "simulate", "--with", str(path), *at, "--over"]
    assert main([*asked, str(tmp_path / "out")]) == 0
    export = json.loads(capsys.readouterr().out)["now"]
    assert main([*asked, home]) == 0
    whole = json.loads(capsys.readouterr().out)["now"]
    assert export["duties"] == whole["duties"]
    assert export["sights"] == whole["sights"]
    assert sum(one["unsized"] for one in export["loads"]) > 0
