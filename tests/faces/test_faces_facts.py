"""Facts are copies with their source, their doubts and their last day; past it, the answer is unknown."""

import json
import os
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import detente
from detente.faces import fact, foreign
from detente.faces.cli import main

SOURCES = Path(next(iter(detente.__path__)))
FOLDER = SOURCES / "faces" / "facts"
CHECKED = date(2026, 11, 22)
KNOWN = fact.known()


def shared() -> Path:
    """Where `shared/facts` stands: DETENTE_SHARED, or beside the checkout or above it."""
    named = os.environ.get("DETENTE_SHARED")
    places = [Path(named)] if named else [above / "shared" for above in Path(__file__).resolve().parents]
    return next((one for one in places if one.is_dir()), Path("shared")) / "facts"


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:  # noqa: ANN401 (any JSON)
    assert main(["facts", *words, "--json"]) == code
    said = capsys.readouterr()
    return json.loads(said.out or said.err)


def one(name: str) -> fact.Fact:
    return next(found for found in KNOWN.values() if found.id.endswith(f"/{name}"))


@pytest.mark.skipif(
    not shared().is_dir() and os.environ.get("CI") != "true",
    reason="Put ../shared beside the checkout, or name it: DETENTE_SHARED=/path/to/shared ./run test",
)
def test_the_facts_are_those_that_were_checked_byte_for_byte() -> None:
    theirs = {path.name: path.read_bytes() for path in shared().glob("*.yaml")}
    assert len(theirs) >= 8
    assert {path.name: path.read_bytes() for path in FOLDER.glob("*.yaml")} == theirs


def test_every_entry_of_every_file_is_a_fact() -> None:
    for path in FOLDER.glob("*.yaml"):
        whole = foreign.read(path.read_text(encoding="utf-8")).data
        assert isinstance(whole, dict)
        for section, value in whole.items():
            held = [found.value for name, found in KNOWN.items() if name.startswith(f"{path.stem}/{section}")]
            parts = (
                value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
            )
            assert value in held or all(part in held for part in parts) or section == "checked_on", section


def test_what_was_recalled_or_proposed_says_so() -> None:
    assert one("ines-24h").grade == "recalled"
    assert one("us-soviet-1971").grade == "recalled"
    assert one("hc1").grade == one("nt1").grade == one("levels/7").grade == "proposed"
    assert one("eu-ai-act-73-2").grade == "high"
    assert one("thresholds-papers").grade == "not_stated"


@pytest.mark.parametrize(
    ("name", "day", "state"),
    [
        ("announcement-46-of-2024-para-2-gallium-germanium-antimony-su", date(2026, 11, 27), "as_checked"),
        ("announcement-46-of-2024-para-2-gallium-germanium-antimony-su", date(2026, 11, 28), "expired"),
        ("announcements-55-58-61-62-of-2025-rare-earths-lithium-superh", CHECKED, "expired"),
        ("50-percent-affiliates-rule", CHECKED, "expired"),
        ("ny-raise-72h", date(2026, 12, 31), "not_yet"),
        ("ny-raise-24h", date(2026, 12, 31), "not_yet"),
        ("ny-raise-72h", date(2027, 1, 1), "as_checked"),
        ("ny-raise-frontier", CHECKED, "not_yet"),
    ],
)
def test_a_fact_holds_between_its_days_and_is_unknown_after(name: str, day: date, state: str) -> None:
    assert one(name).state(day) == state


def test_an_expired_fact_is_told_as_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("show", "50-percent-affiliates-rule", "--as-of", "2026-11-26")
    assert (told(capsys, *words)["state"], told(capsys, *words)["re_check"]) == ("expired", True)
    for language, said in (("en", "UNKNOWN, re-check"), ("zh", "未知，须重新核实")):
        main(["facts", *words, "--lang", language])
        assert said in capsys.readouterr().out


def test_a_clock_runs_from_a_moment_and_not_before_its_law_is_in_force(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = told(capsys, "clocks", "--since", "2026-11-26T11:00+08:00", "--as-of", "2026-11-26")
    due = {clock["id"]: clock["due"] for clock in said["clocks"]}
    assert due["cn-2025-cii"] == "2026-11-26T04:00:00+00:00"
    assert due["cn-2025-cii-up"] == "2026-11-26T03:30:00+00:00"
    assert due["eu-ai-act-73-2"] == "2026-12-11T03:00:00+00:00"
    assert due["ny-raise-72h"] is due["eu-gpai-9-3-int"] is None
    assert "not legal advice" in said["advice"]["en"]
    assert "moved in 2026" in said["notes"]["eu-ai-act-apply"]
    assert all(clock["source"] or clock["grade"] != "high" for clock in said["clocks"])


def test_facts_are_found_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert "reporting_deadlines/deadlines/cn-2025-levels" in [
        found["id"] for found in told(capsys, "search", "特别重大")
    ]
    assert told(capsys, "search", "RAISE") == told(capsys, "search", "raise")
    assert {found["id"] for found in told(capsys, "list", "severity_scale/levels")} == {
        f"severity_scale/levels/{level}" for level in range(8)
    }


@pytest.mark.parametrize(
    ("words", "step"),
    [
        (("show", "nonesuch"), "facts.1"),
        (("show", "note"), "facts.1"),
        (("list", "--as-of", "today"), "facts.2"),
        (("clocks", "--since", "2026-11-26"), "facts.2"),
        (("clocks", "--since", "soon"), "facts.2"),
    ],
)
def test_what_cannot_be_looked_up_is_refused(
    words: tuple[str, ...], step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, *words, code=65 if step == "facts.2" else 68)["step"] == step


def test_nothing_but_the_verb_and_the_advice_beside_a_rating_reads_the_facts() -> None:
    """They are for people: no room that decides may come to lean on them."""
    reads = re.compile(
        r"^from detente\.faces(\.fact import| import [^\n]*\bfact\b)|^import detente\.faces\.fact",
        re.MULTILINE,
    )
    paths = [path for path in SOURCES.rglob("*.py") if reads.search(path.read_text(encoding="utf-8"))]
    assert {str(path.relative_to(SOURCES)) for path in paths} == {
        "faces/cli/facts.py",
        "faces/cli/grading.py",
    }


def test_every_fact_says_in_chinese_what_it_says_and_nothing_is_said_of_a_fact_that_is_not_there() -> None:
    chinese = re.compile("[\u4e00-\u9fff]")
    assert [found.id for found in KNOWN.values() if not chinese.search(found.chinese)] == []
    assert all(found.chinese.endswith(("。", "）")) for found in KNOWN.values())
    whole = tomllib.loads((FOLDER / "chinese.toml").read_text(encoding="utf-8"))
    assert {f"{file}/{name}".rstrip("/") for file, rows in whole.items() for name in rows} == KNOWN.keys()


def test_no_number_of_a_chinese_statement_is_of_our_own() -> None:
    """Its figures stand in the fact: a year, a threshold or a date that was mistyped shows."""
    own = {}
    for found in KNOWN.values():
        first = f"{found.id} {found.source} {found.confidence} {found.valid_from}"
        known = f"{first} {json.dumps(found.value)}".replace(",", "")
        numbers = set(re.findall("[0-9]{3,}", found.chinese))
        if odd := {one for one in numbers if one not in known}:
            own[found.id] = odd
    assert own == {}


def test_in_chinese_each_fact_is_listed_and_shown_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "list", "thresholds/compute", "--lang", "zh"]) == 0
    assert "累计训练计算量超过10^25次浮点运算" in capsys.readouterr().out
    assert main(["facts", "show", "cn-2025-cii", "--lang", "zh"]) == 0
    assert "关键信息基础设施运营者发现较大以上网络安全事件" in capsys.readouterr().out
    assert main(["facts", "clocks", "--since", "2026-11-26T03:00Z", "--lang", "zh"]) == 0
    clocks = capsys.readouterr().out
    assert "relatively large" not in clocks
    assert "4小时内向省级网信部门报告" in clocks
    assert main(["facts", "show", "cn-2025-cii", "--lang", "en"]) == 0
    assert not re.search("[\u4e00-\u9fff]", capsys.readouterr().out.partition("source")[0])
