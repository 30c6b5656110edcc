"""What a new text changes: each clause before and after, and what each party sees and owes more of."""

import json
from pathlib import Path

import pytest

from detente.accord import comparison
from detente.accord.comparison import Row
from detente.accord.proofs.effect import Effect
from detente.accord.version import Version
from detente.faces import founding, manuscript, template
from detente.faces.cli import main
from detente.faces.prose import changes

STARTER = template.text("starter")


def _version(*edits: tuple[str, str]) -> Version:
    text = STARTER
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return manuscript.compiled(founding.provisional(text))


@pytest.fixture(scope="module")
def starter() -> Version:
    return _version()


def _shifts(rows: tuple[Row, ...]) -> set[tuple[str, str, str]]:
    changed = [one for one in rows if one.shift != "unchanged"]
    return {(f"{one.effect.family} {' '.join(one.effect.what)}", one.party, one.shift) for one in changed}


LESSONS = "to: peer, within: P7D, when: facts.level >= 1"
CASES = [
    (
        (LESSONS, "to: peer, within: P7D, when: facts.level >= 2"),
        {
            (f"{how} {path}", party, "narrowed")
            for how in ("may", "owed")
            for path in ("title", "pattern", "mitigation")
            for party in ("us", "cn")
        },
    ),
    (
        ("what: notices.notice, within: PT72H", "what: notices.notice, within: PT48H"),
        {("duty notices.notice", party, "widened") for party in ("us", "cn", "neutral")},
    ),
    (
        (
            "id: closing-to-clearinghouse, kind: incidents.close, fields: [cause, lesson]",
            "id: closing-to-clearinghouse, kind: incidents.close, fields: [lesson]",
        ),
        {("may cause", "neutral", "narrowed")},
    ),
    (
        (
            "id: answers-to-peers, kind: notices.answer, fields: [remark], to: peer",
            "id: answers-to-peers, kind: notices.answer, fields: [remark], to: us",
        ),
        {
            ("may remark", "cn", "narrowed"),
            ("node remark", "cn", "narrowed"),
        },
    ),
    (
        ("when: facts.level == 2 && !facts.near_miss", "when: facts.level == 1 && !facts.near_miss"),
        {("duty notices.notice", party, "undecided") for party in ("us", "cn", "neutral")},
    ),
    (
        ("{id: closing-to-clearinghouse,", "{id: closing-to-the-clearinghouse,"),
        set(),
    ),
    (
        ("when: facts.level == 2 && !facts.near_miss", "when: facts.level == 2  &&  (!facts.near_miss)"),
        set(),
    ),
]


@pytest.mark.parametrize(("edit", "expected"), CASES, ids=[edit[1][:50] for edit, _ in CASES])
def test_what_a_party_sees_and_owes_is_widened_or_narrowed_by_the_text(
    edit: tuple[str, str], expected: set[tuple[str, str, str]], starter: Version
) -> None:
    new = _version(edit)
    found = _shifts(comparison.compare(starter, new))
    assert found == expected
    turned = {"widened": "narrowed", "narrowed": "widened", "undecided": "undecided"}
    assert _shifts(comparison.compare(new, starter)) == {(a, b, turned[c]) for a, b, c in expected}


def test_the_prover_never_finds_a_change_where_the_text_finds_none_nor_the_opposite_one(
    starter: Version,
) -> None:
    edits = [edit for edit, _ in CASES[:3]]
    new = _version(
        *edits, ("fields: [system, developer], to: peer", "fields: [system, developer, day], to: peer")
    )
    by_text = {(one.party, one.effect): one.shift for one in comparison.compare(starter, new)}
    proven, by = changes.shifts(starter, new)
    assert by == "prover"
    may_be = {
        "unchanged": {"unchanged"},
        "widened": {"widened", "unchanged"},
        "narrowed": {"narrowed", "unchanged"},
    }
    found = {(one.party, one.effect): one.shift for one in proven if (one.party, one.effect) in by_text}
    assert [key for key, shift in by_text.items() if found[key] not in may_be[shift]] == []
    # Who has nobody overdue has no overdue recipient either: the day was shown in that case already.
    day = [shift for key, shift in by_text.items() if key[1].what == ("day",) and key[0] == "us"]
    assert (day, found["us", Effect("may", "incidents.report", ("day",))]) == (["widened"], "unchanged")


def test_every_change_of_a_clause_is_told_before_and_after(starter: Version) -> None:
    new = _version(
        ("what: notices.notice, within: PT72H", "what: notices.notice, within: PT48H"),
        ("  - {id: control-lost,", "  - {id: control-gone,"),
    )
    found = {one.id: one for one in changes.edits(starter, new)}
    assert set(found) == {"notify-incident", "control-lost", "control-gone"}
    changed, gone, came = (found[name] for name in ("notify-incident", "control-lost", "control-gone"))
    assert changed.old is not None
    assert changed.new is not None
    assert "72 hours" in changed.old.en
    assert "48 小时" in changed.new.zh
    assert (gone.new, came.old) == (None, None)


def test_what_differs_outside_the_clauses_is_told_by_its_path(starter: Version) -> None:
    new = _version(
        ("bytes: 262144", "bytes: 1"),
        ("witness: {quorum: 2, always: [neutral]}", "witness: {quorum: 1, always: [neutral]}"),
        ("ceiling: controlled}", "ceiling: public}"),
    )
    assert [*changes.frame(starter, new)] == [
        ("$.parties.us.lawful.ceiling", "controlled", "public"),
        ("$.outflow.bytes", 262144, 1),
        ("$.witness.quorum", 2, 1),
    ]
    told = [one for one in changes.bounds(starter, new) if one.old and one.new]
    assert [(one.old.en, one.new.en) for one in told if one.old and one.new and "bytes" in one.new.en] == [
        (
            "No party sends another more than 262,144 bytes of sealed values in 1 day.",
            "No party sends another more than 1 bytes of sealed values in 1 day.",
        )
    ]
    assert len(told) == 3, "what leaves by its own law, the bytes, and who cosigns"


def test_the_command_line_tells_it_in_both_languages_and_says_who_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(STARTER, encoding="utf-8")
    new.write_text(STARTER.replace(LESSONS, LESSONS.replace(">= 1", ">= 2")), encoding="utf-8")
    assert main(["--json", "accord", "diff", str(old), str(new)]) == 0
    value = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in value["clauses"]] == ["lessons-to-peers"]
    assert value["decided"] in ("prover", "text")
    assert {
        (one["party"], one["shift"]) for one in value["shares"] if one["effect"]["what"] == ["title"]
    } == {
        ("us", "narrowed"),
        ("cn", "narrowed"),
        ("neutral", "unchanged"),
    }
    assert main(["--lang", "zh", "accord", "diff", str(old), str(new)]) == 0
    said = capsys.readouterr().out
    assert "修改 [lessons-to-peers]" in said
    assert "收窄: 美国方可见“事件报告”的“标题”、“可供他方排查的规律”和“已采取或可采取的缓解措施”" in said
    assert main(["accord", "diff", str(old), str(old)]) == 0
    assert capsys.readouterr().out == "Nothing differs.\n"
