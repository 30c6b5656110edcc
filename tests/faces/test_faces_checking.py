"""`detente accord check`: what is said of an accord, in both languages and as data, with which exit code."""

import builtins
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detente.accord import document
from detente.accord.proofs import amendment
from detente.accord.proofs.answer import Report
from detente.accord.proofs.balance import Book
from detente.accord.proofs.check import PROPERTIES, PROVERS
from detente.faces import founding, manuscript, proving, template
from detente.faces.cli import checking, main

TEMPLATES = Path(document.__file__).parent / "templates"
DEMO = Path(founding.__file__).parent / "demo" / "accord.yaml"


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """The demonstration's accord, in which near misses go to one of the two parties alone."""
    text = DEMO.read_text(encoding="utf-8").replace(
        "[title, pattern, mitigation], to: peer", "[title], to: us"
    )
    path = tmp_path / "uneven.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_demonstration_is_proven_and_says_so_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "accord", "check", str(DEMO)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["held"] is True
    assert [one["property"] for one in told["answers"]] == list(PROPERTIES)
    assert {one["verdict"] for one in told["answers"]} == {"proven"}
    assert told["flags"] == [
        {"code": "roles", "clause": "", "names": ["neutral", "clearinghouse", "witness"]}
    ]
    assert len(told["limits"]) == len(proving.LIMITS)


def test_an_uneven_accord_is_shown_with_its_case_in_both_languages_and_fails(
    uneven: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["accord", "check", str(uneven)]) == 1
    en = capsys.readouterr().out
    assert "refuted    reciprocity" in en
    assert "may be shown to us (near-misses-to-peers)." in en
    assert "may not be shown to cn." in en
    assert "Clause near-misses-to-peers is lopsided by itself. It alone adds something from cn to us" in en
    assert main(["--lang", "zh", "accord", "check", str(uneven)]) == 1
    zh = capsys.readouterr().out
    assert "将 cn 与 us 互换" in zh
    assert "不得向 cn 开示" in zh


def test_what_is_intended_does_not_fail_and_is_marked(
    uneven: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["accord", "check", str(uneven), "--intended", "reciprocity"]) == 0
    assert "refuted (intended) reciprocity" in capsys.readouterr().out


def test_a_property_that_does_not_exist_cannot_be_intended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accord", "check", str(DEMO), "--intended", "fairness"]) == 65
    assert "checking.2" in capsys.readouterr().err


def test_signed_bytes_are_checked_as_their_text_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "accord.json"
    path.write_bytes(document.dump(founding.provisional(DEMO.read_text(encoding="utf-8"))))
    assert main(["accord", "check", str(path)]) == 0
    assert "proven     reciprocity" in capsys.readouterr().out


def test_without_the_prover_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [
        one
        for one in sys.modules
        if one.startswith(("z3", "detente.accord.proofs", "detente.faces.cli.checking"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:  # noqa: ANN401 (as `__import__` takes them)
        if name == "z3":
            raise ModuleNotFoundError("No module named 'z3'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["accord", "check", str(DEMO)]) == 69
    assert "requirements-prove.lock" in capsys.readouterr().err


def test_every_property_has_its_sentence_in_both_languages() -> None:
    assert proving.PROPERTIES.keys() == set(PROPERTIES)
    assert all(text.en and text.zh and text.en != text.zh for text in proving.PROPERTIES.values())


def test_an_amendment_is_told_before_and_after_in_both_languages_and_as_data(
    uneven: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["accord", "check", str(uneven), "--against", str(DEMO), "--intended", "reciprocity"]
    assert main(["--lang", "both", *asked]) == 0
    told = capsys.readouterr().out
    assert "narrowed  收窄 may be shown: “" in told
    assert "before: “" in told
    assert "修订后：不得向 cn 开示" in told
    assert main(["--json", *asked]) == 0
    found = json.loads(capsys.readouterr().out)["amendment"]
    assert {one["shift"] for one in found["differences"]} == {"narrowed"}
    assert all(one["narrowed"]["mirror"]["clauses"] for one in found["differences"])
    assert found["asked"] > len(found["differences"])
    assert all(one["headline"]["zh"] for one in found["words"])


def test_a_comparison_that_is_not_decided_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Effort is bounded, so a comparison can stay open: that must not pass for `unchanged`."""
    newer = tmp_path / "newer.yaml"
    text = DEMO.read_text(encoding="utf-8").replace("within: PT24H", "within: PT23H")
    newer.write_text(text, encoding="utf-8")
    monkeypatch.setattr(checking, "check", lambda _: Report((), ()))
    monkeypatch.setattr(amendment, "ask", lambda *_: ("unknown", "out of effort"))
    assert main(["accord", "check", str(newer), "--against", str(DEMO)]) == 1
    assert "undecided" in capsys.readouterr().out


def test_what_is_stated_beside_a_text_is_held_against_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "accord.yaml"
    shutil.copy(TEMPLATES / "starter.expected.toml", tmp_path / "accord.expected.toml")
    text.write_text((TEMPLATES / "starter.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["accord", "check", str(text)]) == 0
    assert "stated cases come out as they say" in capsys.readouterr().out
    text.write_text(text.read_text(encoding="utf-8").replace("PT72H", "PT73H"), encoding="utf-8")
    assert main(["--lang", "both", "accord", "check", str(text)]) == 1
    told = capsys.readouterr().out
    assert "Harm of level 2 is notified within three days." in told
    assert "missing: us owes notices.notice within PT72H" in told
    assert "多出：us owes notices.notice within PT73H" in told


def _examples(page: str) -> dict[str, str]:
    """What docs/proofs.md says refutes each property: a change of the starter."""
    text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([a-z-]+)` \| `([^|`]+)` \| [^|]+ \|$", text, re.MULTILINE))


def test_the_page_has_an_example_that_refutes_each_property_and_the_starter_proves_them_all() -> None:
    assert tuple(_examples("proofs.md")) == PROPERTIES
    assert _examples("proofs.zh.md") == _examples("proofs.md")
    book = Book.of(manuscript.compiled(founding.provisional(template.text("starter"))))
    assert {name: prove(book).verdict for name, prove in PROVERS.items()} == dict.fromkeys(
        PROPERTIES, "proven"
    )


@pytest.mark.parametrize(("name", "change"), _examples("proofs.md").items())
def test_the_change_that_the_page_names_refutes_the_property(name: str, change: str) -> None:
    starter = template.text("starter")
    told = subprocess.run(["sed", change], input=starter, text=True, capture_output=True, check=True).stdout
    assert told != starter
    found = manuscript.survey(told)
    faults = [one.error.step for one in found]
    if name == "ceiling":  # the compiler is before the proof, as the page says
        assert faults == ["terms.5"]
        assert found[0].error.what.endswith(
            "evidence is above the ceiling for peer; the most is clearinghouse."
        )
        assert found[0].near == "", "it is spelt as it is meant"
        return
    assert faults == []
    book = Book.of(manuscript.compiled(founding.provisional(told)))
    assert PROVERS[name](book).verdict == "refuted"
