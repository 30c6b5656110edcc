"""Cases of conformance: all that is installed is listed, whole, and a program that says otherwise is told."""

import json
from collections.abc import Mapping

import msgspec
import pytest

from detente.accord.edition import Edition
from detente.faces import pillars
from detente.faces.cli import main


def test_every_example_of_every_pillar_is_a_case_and_each_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    named = {f"{one.name}/{name}" for one in pillars.editions().values() for name in one.examples}
    assert {f"{one['case']}.json" for one in told["cases"]} == named
    assert all(one["agrees"] and one["ours"] == one["must"] for one in told["cases"])
    assert told["grounds"]["parties"]["us"] == []


def test_a_case_has_all_that_a_stranger_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "notices", "--json"]) == 0
    cases = json.loads(capsys.readouterr().out)["cases"]
    answered = next(one for one in cases if one["thread"])
    assert answered["draft"]["open"]
    assert answered["id"] not in answered["thread"]
    root = answered["draft"]["root"]
    assert root == "" or root in answered["thread"]
    assert {one["edition"] for one in cases} == {pillars.editions()["notices"].digest}


def test_a_program_that_judges_otherwise_is_named_and_the_exit_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    honest = pillars.editions()["incidents"]
    name = next(name for name, one in honest.examples.items() if one.refused is None)
    other = msgspec.structs.replace(honest.examples[name], refused="another-reason")
    wrong = msgspec.structs.replace(honest, examples=dict(honest.examples) | {name: other})

    def editions() -> Mapping[str, Edition]:
        return {"incidents": wrong}

    monkeypatch.setattr(pillars, "editions", editions)
    assert main(["conformance", "--lang", "en"]) == 1
    said = capsys.readouterr().out
    assert "WE SAY: stands" in said
    assert said.splitlines()[-1] == f"1 of {len(honest.examples)} cases differ."


def test_a_pillar_that_is_not_installed_is_refused_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["conformance", "astrology", "--lang", "zh"]) == 68
    said = capsys.readouterr().err
    assert "没有安装领域 astrology" in said
    assert "conformance.1" in said
