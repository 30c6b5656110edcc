"""Faults of a text: each is named at its line and column, all at once, in both languages."""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from detente.accord import expectation
from detente.faces import expecting, manuscript, template
from detente.faces.cli import main
from detente.trust.errors import Faulty

FAULTY = sorted(Path(__file__).with_name("faulty").glob("*.yaml"))
STARTER = (files("detente.accord") / "templates" / "starter.yaml").read_text(encoding="utf-8")
EXPECTED = re.compile(r"# ([a-z]+\.[0-9]+) at ([0-9]+):([0-9]+)(?: near (\S+))?\n")
CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("path", FAULTY, ids=[path.stem for path in FAULTY])
def test_a_fault_is_named_at_its_line_and_column(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = EXPECTED.match(text)
    assert expected is not None
    step, line, column, near = expected.groups()
    found = [(one.error.step, one.place, one.near) for one in manuscript.survey(text)]
    assert (step, (int(line), int(column))) in [one[:2] for one in found]
    assert {one[0] for one in found} == {step}
    assert near is None or near in {one[2] for one in found}


def test_several_faults_are_told_at_once_in_the_order_of_the_text() -> None:
    changes = {
        "2029-01-01T00:00:00Z}\n  notices": "2029-02-30T00:00:00Z}\n  notices",
        "within: PT72H": "withn: PT72H",
        "what: notices.acknowledge, within: PT30M": "what: notices.acknowlege, within: PT30M",
        "fields: [cause, lesson], to: peer": "fields: [caus, lesson], to: peer",
        "facts.level >= 5 && facts.ongoing": "facts.levl >= 5 && facts.ongoing",
    }
    text = STARTER
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    found = manuscript.survey(text)
    assert [(one.error.step, one.near) for one in found] == [
        ("duration.2", ""),
        ("document.1", "within"),
        ("terms.3", "notices.acknowledge"),
        ("terms.4", "cause"),
        ("rule.1", "level"),
    ]
    places = [one.place for one in found]
    assert places == sorted(places)
    said = [one.error.what for one in found if one.error.step == "rule.1"]
    assert said[0].startswith("$.triggers[0].when")


@pytest.mark.parametrize(
    "spoil", [lambda _: "hello", lambda _: "", lambda text: text.replace("pillars:", "pillars: 3\nx:")]
)
def test_a_text_of_any_shape_is_refused_and_never_a_crash(
    spoil: Callable[[str], str], tmp_path: Path
) -> None:
    path = tmp_path / "text.yaml"
    path.write_text(spoil(STARTER), encoding="utf-8")
    with pytest.raises(Faulty):
        manuscript.read(path)


def test_the_command_line_lists_every_fault_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "text.yaml"
    path.write_text(
        STARTER.replace("within: PT24H, excuse", "within: P1M, excuse").replace(
            "facts.level == 2", "facts.levl == 2"
        ),
        encoding="utf-8",
    )
    assert main(["--lang", "zh", "accord", "show", str(path)]) == 65
    told = capsys.readouterr().err.splitlines()
    assert any(line.startswith("第 40 行") and "duration.1" in line for line in told)
    assert "是否应为 level？" in "".join(told)
    assert all(CHINESE.search(line) for line in told)
    assert main(["--json", "accord", "show", str(path)]) == 65
    value = json.loads(capsys.readouterr().err)
    assert [(one["step"], one["line"]) for one in value["faults"]] == [("rule.1", 39), ("duration.1", 40)]


def test_a_template_is_written_once_under_other_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "text.yaml"
    words = ["accord", "new", "--to", str(path), "--party", "us=party-a", "--party", "neutral=third"]
    assert main(words) == 0
    written = path.read_text(encoding="utf-8")
    assert manuscript.survey(written) == ()
    assert set(manuscript.read(path).parties) == {"party-a", "cn", "third"}
    cases = expecting.read(expecting.beside(path))
    assert {one.author for one in cases} == {"party-a", "cn", "third", ""}
    assert expectation.unmet(cases, manuscript.compiled(manuscript.read(path))) == ()
    assert main(words) == 69
    assert "writing.1" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == written


def test_a_party_in_a_rule_is_renamed_too() -> None:
    rule = "when: \"party == 'us'\"\nparties: {us: {}, cn: {}}\nnote: 'us' # us"
    assert template.renamed(rule, {"us": "a", "cn": "us"}) == (
        "when: \"party == 'a'\"\nparties: {a: {}, us: {}}\nnote: a # us"
    )


@pytest.mark.parametrize("pair", ["xx=a", "us=cn", "us=US", "us"])
def test_a_name_that_cannot_be_given_is_refused(pair: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accord", "new", "--party", pair]) == 65
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", template.names())
def test_every_template_reads_without_a_fault(name: str) -> None:
    assert manuscript.survey(template.text(name)) == ()
    assert template.text(name).startswith("# ")


def test_a_template_that_is_not_there_is_refused_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["accord", "new", "--from", "nix"]) == 68
    assert "starter" in capsys.readouterr().err
