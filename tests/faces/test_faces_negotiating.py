"""A text in brackets: to propose binds nobody, what all accept closes, what is open cannot be signed."""

from pathlib import Path

import pytest

from detente.accord import bracket, source
from detente.faces import founding, manuscript, template, workingtext
from detente.faces.cli import main
from detente.faces.merging import merged
from detente.faces.workingtext import accepted, clean, commented, proposed
from detente.trust.errors import Faulty, Malformed

STARTER = template.text("starter")
TERM, SOURCES = "duties.notify-incident.within", "release.sources-to-peers"
FLASH = {
    "id": "flash",
    "on": "notices.notice",
    "when": "facts.precedence == 'flash'",
    "propose": {"pause": "subject"},
    "decide": "PT15M",
}
PARTIES = ("us", "cn", "neutral")


def _worked() -> str:
    text = proposed(STARTER, TERM, "us", "PT48H")
    text = proposed(text, TERM, "cn", "PT36H")
    text = proposed(text, SOURCES, "cn", None)
    text = proposed(text, "triggers.flash", "us", FLASH)
    text = proposed(text, "release.updates-to-peers.when", "cn", "facts.level >= 1")
    text = proposed(text, "outflow.bytes", "neutral", 65536)
    return commented(
        text, "duties.notify-incident", "cn", "36 小时为底线: “不可再让”", "2026-12-01T10:00:00Z"
    )


def test_a_proposal_leaves_the_others_with_what_stood_there_and_touches_nothing_else() -> None:
    text = proposed(STARTER, TERM, "us", "PT48H")
    assert clean(text, "us") == STARTER.replace("within: PT72H", "within: PT48H")
    assert clean(text, "cn") == clean(text, "neutral") == STARTER


def test_a_counter_stands_beside_the_proposal_and_what_all_accept_closes() -> None:
    text = proposed(proposed(STARTER, TERM, "us", "PT48H"), TERM, "cn", "PT36H")
    assert "within: {open: {us: PT48H, cn: PT36H, neutral: PT72H}}" in text
    text = accepted(accepted(text, TERM, "us", of="cn"), TERM, "neutral", of="cn")
    assert text == clean(text) == STARTER.replace("within: PT72H", "within: PT36H")


def test_a_proposal_that_is_taken_back_leaves_the_text_as_it_was() -> None:
    for path, value, old in ((TERM, "PT48H", "PT72H"), ("outflow.bytes", 1, 262144)):
        assert proposed(proposed(STARTER, path, "us", value), path, "us", old) == STARTER


@pytest.mark.parametrize("party", PARTIES)
def test_each_side_reads_its_own_text_without_a_fault(party: str) -> None:
    text = _worked()
    mine = clean(text, party)
    assert source.read(mine).data == bracket.seen(source.read(text).data, party)
    assert manuscript.survey(mine) == ()
    accord = founding.provisional(mine)
    assert ("sources-to-peers" in [one.id for one in accord.release]) == (party != "cn")
    assert ("flash" in [one.id for one in accord.triggers]) == (party == "us")
    assert accord.outflow.bytes == (65536 if party == "neutral" else 262144)


def test_a_clause_that_all_leave_out_is_gone_and_one_that_all_take_is_in() -> None:
    text = _worked()
    for path, by, of in (
        (SOURCES, "us", "cn"),
        (SOURCES, "neutral", "cn"),
        ("triggers.flash", "cn", "us"),
        ("triggers.flash", "neutral", "us"),
    ):
        text = accepted(text, path, by, of)
    data = source.read(text).data
    assert isinstance(data, dict)
    assert workingtext.named(data, "$.triggers[2]") == "triggers.flash"
    assert "sources-to-peers" not in text
    assert FLASH in data["triggers"]  # type: ignore[operator]  # a list, as the line above shows


def test_an_open_bracket_cannot_be_signed_and_is_named_where_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, charter = tmp_path / "text.yaml", tmp_path / "charter.json"
    path.write_text(_worked(), encoding="utf-8")
    charter.write_text("{}", encoding="utf-8")
    found = manuscript.survey(_worked())
    assert {one.error.step for one in found} == {"bracket.1"}
    assert [one.place[0] for one in found] == sorted(
        n for n, line in enumerate(_worked().splitlines(), 1) if "{open:" in line
    )
    with pytest.raises(Faulty, match=r"workingtext\.4"):
        clean(_worked())
    assert main(["--lang", "zh", "accord", "show", str(path)]) == 65
    assert "尚未议定" in capsys.readouterr().err


def test_comments_are_no_part_of_what_is_signed() -> None:
    text = commented(STARTER, "duties.read-back", "us", "# not {a: bracket}", "2026-12-01T10:00:00Z")
    text = commented(text, "outflow", "cn", "同意", "2026-12-02T10:00:00Z")
    assert [(one["by"], one["on"]) for one in workingtext.comments(text)] == [
        ("us", "duties.read-back"),
        ("cn", "outflow"),
    ]
    assert founding.provisional(text) == founding.provisional(STARTER)
    assert clean(text) == STARTER


REFUSED = [
    ("workingtext.1", lambda: proposed(STARTER, TERM, "xx", "PT1H")),
    ("workingtext.1", lambda: accepted(_worked(), TERM, "us", of="xx")),
    ("workingtext.2", lambda: proposed(STARTER, "dutys.notify-incident", "us", None)),
    ("workingtext.2", lambda: proposed(STARTER, "duties.nix.within", "us", "PT1H")),
    ("workingtext.2", lambda: commented(STARTER, "outflow.nix", "us", "x", "2026-12-01T10:00:00Z")),
    ("workingtext.3", lambda: accepted(STARTER, TERM, "us", of="cn")),
    ("workingtext.5", lambda: proposed("a: [", TERM, "us", "PT1H")),
    ("bracket.2", lambda: clean(STARTER.replace("bytes: 262144", "bytes: {open: {us: 1}}"), "cn")),
]


@pytest.mark.parametrize(("step", "act"), REFUSED, ids=[f"{n}-{step}" for n, (step, _) in enumerate(REFUSED)])
def test_what_names_nobody_and_nothing_is_refused(step: str, act: object) -> None:
    with pytest.raises(Malformed) as refused:
        act()  # type: ignore[operator]  # a lambda of the table
    assert refused.value.step == step


def test_what_cannot_be_compiled_is_not_proposed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "text.yaml"
    path.write_text(STARTER, encoding="utf-8")
    assert (
        main(["accord", "propose", str(path), "duties.notify-incident.when", "facts.levl > 1", "--by", "us"])
        == 65
    )
    assert "Did you mean level?" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == STARTER
    assert main(["accord", "propose", str(path), TERM, "PT48H", "--by", "us"]) == 0
    assert "PT48H" in capsys.readouterr().out
    assert main(["accord", "brackets", str(path)]) == 1
    assert main(["accord", "accept", str(path), TERM, "--by", "us", "--of", "cn"]) == 0
    assert capsys.readouterr().out.endswith("Nothing is open.\n")
    assert path.read_text(encoding="utf-8") == STARTER


def test_two_copies_that_each_side_edited_become_one_text_whichever_is_kept() -> None:
    base = proposed(STARTER, TERM, "us", "PT48H")
    ours = proposed(base, "outflow.bytes", "us", 65536)
    ours = commented(ours, TERM, "us", "Two days.", "2026-12-01T10:00:00Z")
    theirs = proposed(proposed(base, TERM, "cn", "PT36H"), SOURCES, "cn", None)
    theirs = proposed(theirs, "triggers.flash", "cn", FLASH)
    theirs = commented(theirs, TERM, "cn", "一天半。", "2026-12-02T10:00:00Z")
    both, other = merged(ours, theirs, ("cn",)), merged(theirs, ours, ("us",))
    for party, copy in (("us", ours), ("cn", theirs), ("neutral", base)):
        expected = source.read(clean(copy, party)).data
        assert source.read(clean(both, party)).data == source.read(clean(other, party)).data == expected
    assert {one["says"] for one in workingtext.comments(both)} == {"Two days.", "一天半。"}
    assert merged(both, theirs, ("cn",)) == both, "what was taken is taken once"


def test_no_bracket_is_opened_inside_or_around_another() -> None:
    inner = proposed(STARTER, TERM, "us", "PT48H")
    outer = proposed(STARTER, "duties.notify-incident", "us", None)
    for text, path in ((inner, "duties.notify-incident"), (outer, TERM)):
        with pytest.raises(Malformed) as caught:
            proposed(text, path, "cn", None)
        assert caught.value.step == "workingtext.6"
    with pytest.raises(Malformed, match="other parties"):
        merged(STARTER, STARTER.replace("  cn:", "  fr:"), ("us",))
