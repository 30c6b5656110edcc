"""An accord in plain sentences: what is told is what the evaluator runs, and each reader gets a share."""

import json
import re
from pathlib import Path

import pytest

from detente.accord.rule import Place, compile_rule
from detente.accord.version import Version
from detente.faces import founding, manuscript, template
from detente.faces.cli import main
from detente.faces.prose.condition import condition
from detente.faces.prose.explanation import READERS, Reader, explanation
from detente.faces.prose.names import Names

CHINESE = re.compile(r"[一-鿿]")
PAGE = 45
"""Lines of a page."""


@pytest.fixture(scope="module", params=template.names())
def version(request: pytest.FixtureRequest) -> Version:
    return manuscript.compiled(founding.provisional(template.text(request.param)))


@pytest.fixture(scope="module")
def starter() -> Version:
    return manuscript.compiled(founding.provisional(template.text("starter")))


def _told(version: Version, reader: Reader = "everybody") -> list[tuple[str, str, str]]:
    return [
        (one.clause, one.text.en, one.text.zh)
        for section in explanation(version, reader)
        for one in section.lines
    ]


def test_every_clause_of_a_template_is_told_once_in_both_languages(version: Version) -> None:
    accord = version.accord
    told = [clause for clause, _, _ in _told(version) if clause]
    assert told == [one.id for one in (*accord.duties, *accord.release, *accord.triggers)]


def test_no_rule_of_a_template_is_told_in_code(version: Version) -> None:
    clauses = [(en, zh) for clause, en, zh in _told(version) if clause]
    assert [en for en, zh in clauses if "`" in en + zh or "facts." in en] == []
    assert [zh for _, zh in clauses if not CHINESE.search(zh) or " ，" in zh or " 。" in zh] == []


def test_what_is_told_as_sealed_is_what_no_peer_is_ever_granted(starter: Version) -> None:
    sealed = next(one for one in explanation(starter) if one.heading.en == "What stays sealed")
    words = starter.editions["incidents"].words.fields
    told = next(one.text.en for one in sealed.lines if "“Incident report”" in one.text.en)
    granted = {
        path
        for (kind, to), one in starter.grants.items()
        if kind == "incidents.report" and to in ("us", "cn")
        for path in one.speaking
    }
    for path in starter.world.specs["incidents.report"].paths:
        assert (f"“{words[path].en}”" in told) == (path not in granted)


LEVEL, GRADE = "“Severity level (highest possible)”", "“严重程度级别（可能的最高级）”"
RULES = [
    (
        "facts.level >= 3",
        f"{LEVEL} is at least 3",
        f"{GRADE}不低于 3",
    ),
    (
        "3 <= facts.level",
        f"{LEVEL} is at least 3",
        f"{GRADE}不低于 3",
    ),
    (
        "facts.level >= 2 && facts.level <= 4",
        f"{LEVEL} is from 2 to 4",
        f"{GRADE}为 2 至 4",
    ),
    (
        "!facts.ongoing || party == 'us'",
        "“Still going on” is no, or the author is Party US",
        "“仍在持续”为否，或提交方为美国方",
    ),
    (
        "!(facts.ongoing && party != 'cn')",
        "it is not so that (“Still going on” is yes, and the author is not Party CN)",
        "并非（“仍在持续”为是，且提交方不为中国方）",
    ),
    (
        "(facts.ongoing || facts.level > 1) && audience == 'us'",
        f"(“Still going on” is yes, or {LEVEL} is more than 1), and the recipient is Party US",
        f"（“仍在持续”为是，或{GRADE}高于 1 ），且接收方为美国方",
    ),
    ("open.domain in ['bio', 'cyber']", "“Field” is “Biological” or “Cyber security”", None),
    ("open.harm == null", "“Harm done (H), rung 0 to 7 of the scale” is not stated", None),
    ("'clearinghouse' in roles[audience]", "the recipient is a clearinghouse", "接收方担任信息交换中心"),
    (
        "standing['cn'].notices.missed < 2",
        "the number of Party CN's duties missed in Notices is less than 2",
        None,
    ),
    (
        "parties.exists(p, standing[p].incidents.overdue > 0)",
        "for at least one party, the number of that party's duties overdue in Incidents is more than 0",
        None,
    ),
    (
        "facts.ongoing ? facts.level > 1 : facts.level > 2",
        f"if “Still going on” is yes, then {LEVEL} is more than 1, and otherwise {LEVEL} is more than 2",
        None,
    ),
    ("facts.level + 1 > 3", "`(facts.level + 1)` is more than 3", None),
]


@pytest.mark.parametrize(("rule", "en", "zh"), RULES, ids=[rule for rule, _, _ in RULES])
def test_a_rule_is_told_leaf_by_leaf(rule: str, en: str, zh: str | None, starter: Version) -> None:
    kind = "incidents.report"
    place = Place("$.release[0].when", kind, "release")
    compiled = compile_rule(rule, place, starter.world, starter.world.environment(kind, "release"))
    told = condition(compiled, kind, Names(starter))
    assert told is not None
    assert told.en == en
    assert CHINESE.search(told.zh)
    assert zh is None or told.zh.strip() == zh


def test_a_minister_gets_one_page(version: Version) -> None:
    sections = explanation(version, "minister")
    assert sum(2 + len(one.lines) for one in sections) <= PAGE
    assert sections[-1].heading.en == "How it ends"


def test_an_officer_gets_every_clock_the_shortest_first_and_what_waits_for_a_signature(
    starter: Version,
) -> None:
    told = [clause for clause, _, _ in _told(starter, "officer")]
    assert told[:2] == ["read-back-fast", "notify-grave"]
    assert {one.id for one in starter.accord.duties} <= set(told)
    signed = next(one for one in explanation(starter, "officer") if one.heading.en == "What an officer signs")
    assert {one.clause for one in signed.lines} == {
        one.id for one in starter.accord.release if one.by == "officer"
    }


def test_a_laboratory_reads_what_it_gives_who_sees_it_and_how_it_objects(starter: Version) -> None:
    headings = [one.heading.en for one in explanation(starter, "laboratory")]
    assert headings == [
        "Laboratories",
        "What is asked of a laboratory",
        "What is shown, and to whom",
        "What stays sealed",
        "Objections",
    ]


def test_a_legislator_reads_powers_oversight_exits_and_publication(starter: Version) -> None:
    headings = {one.heading.en for one in explanation(starter, "legislator")}
    assert {"Powers", "Oversight and publication", "How it ends"} <= headings


def test_the_time_to_read_and_the_abort_are_told_to_who_signs() -> None:
    for name, en, zh in (
        (
            "bilateral",
            "goes at the soonest 10 minutes after it was laid before them",
            "至少 10 分钟后方可送出",
        ),
        ("starter", "gives officers no time to read", "未规定官员的最短阅签时间"),
    ):
        whole = manuscript.compiled(founding.provisional(template.text(name)))
        told = [(english, chinese) for _, english, chinese in _told(whole, "officer")]
        assert [zh in chinese for english, chinese in told if en in english] == [True], name


@pytest.mark.parametrize("reader", READERS)
def test_the_command_line_explains_to_each_reader(
    reader: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "accord.yaml"
    path.write_text(template.text("starter"), encoding="utf-8")
    assert main(["--json", "accord", "explain", str(path), "--for", reader]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["reader"] == reader
    assert all(line["en"] and line["zh"] for one in value["sections"] for line in one["lines"])


def test_the_command_line_explains_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "accord.yaml"
    path.write_text(template.text("starter"), encoding="utf-8")
    assert main(["--lang", "zh", "accord", "explain", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("人工智能事件与通报协议\n\n缔约方\n")
    assert "[notify-grave] 提交“事件报告”，且" in said
