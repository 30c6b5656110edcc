"""The demonstration's cases: real, public, sourced, in both languages, marked, and records that stand."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from detente.accord import edition
from detente.accord.pillar import Grounds, Statement
from detente.faces import pillars
from detente.pillars.incidents.kinds import ReportFacts

FOLDER = Path(__file__).parents[2] / "src" / "detente" / "faces" / "demo"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (FOLDER / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]
IDS = [case["id"] for case in CASES]
INCIDENTS = pillars.editions()["incidents"]
SPEC = INCIDENTS.pillar.kinds["report"]
GROUNDS = Grounds(
    parties={"us": frozenset(), "cn": frozenset(), "neutral": frozenset({"clearinghouse"})},
    laboratories={},
    scales=pillars.scales(),
)
AT = 1_795_000_000_000  # November 2026
each_case = pytest.mark.parametrize("case", CASES, ids=IDS)


def judged(case: dict[str, Any]) -> ReportFacts:
    stated = edition.filled(case["open"], SPEC.open, "test.1")
    said = Statement("0" * 64, "incidents.report", case["assigned_to"], AT, None, stated)
    judgement = INCIDENTS.judge(said, {}, GROUNDS)
    assert judgement.stands, judgement.refusals
    assert isinstance(judgement.facts, ReportFacts)
    return judgement.facts


@each_case
def test_a_case_is_a_report_that_stands(case: dict[str, Any]) -> None:
    facts = judged(case)
    assert facts.near_miss == case["open"]["near_miss"]
    for path, value in case["sealed"].items():
        edition.sealed_value(SPEC, path, value, "test.2")


@each_case
def test_a_case_speaks_both_languages(case: dict[str, Any]) -> None:
    for path in ("title", "summary", "pattern", "mitigation"):
        english, chinese = case["sealed"][path]
        assert len(english) > 10
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in english)
        assert sum("\u4e00" <= sign <= "\u9fff" for sign in chinese) >= 5


@each_case
def test_a_case_says_that_no_government_says_it(case: dict[str, Any]) -> None:
    assert case["assigned_to"] in GROUNDS.parties
    assert "No government's statement" in case["mark"]["en"]
    assert "并非任何政府的声明" in case["mark"]["zh"]
    assert case["sealed"]["summary"][0].endswith(case["mark"]["en"])
    assert case["sealed"]["summary"][1].endswith(case["mark"]["zh"])
    assert case["sealed"]["title"][0].endswith("[demonstration]")
    assert case["sealed"]["title"][1].endswith("〔演示〕")
    assert "no party has rated" in case["axes_note"]["en"]
    assert "未作评定" in case["axes_note"]["zh"]


@each_case
def test_a_case_names_its_sources(case: dict[str, Any]) -> None:
    assert case["sources"]
    for source, line in zip(case["sources"], case["sealed"]["sources"], strict=True):
        assert source.keys() == {"title", "publisher", "date", "url"}
        assert source["title"]
        assert source["publisher"]
        assert source["url"].startswith(("https://", "http://"))
        assert source["url"] in line
    if case["origin"] is not None:
        assert case["origin"].keys() == {"set", "licence", "ref"}


def test_there_are_forty_cases_each_once_and_near_misses_among_them() -> None:
    assert len(IDS) == len(set(IDS)) >= 40
    parties = Counter(case["assigned_to"] for case in CASES)
    assert min(parties[name] for name in GROUNDS.parties) >= 8
    assert sum(case["open"]["near_miss"] for case in CASES) >= 8
    assert sum(judged(case).level >= 4 for case in CASES) >= 4


def test_no_exercise_is_passed_off_as_an_incident() -> None:
    notes = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    atlas = {case["origin"]["ref"] for case in CASES if case["origin"] and "ATLAS" in case["origin"]["set"]}
    assert atlas
    for ref in atlas:
        assert f"`{ref}`" in notes, ref
