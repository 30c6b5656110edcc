"""`detente doctor`: symptoms have words in both languages; the exit code says whether to get up."""

import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from detente.faces import symptoms
from detente.faces.cli import main
from detente.node import awaiting, doctor, fence, premises, vitals
from detente.node.confidence import watch
from detente.node.finding import NOTICES, Symptom, found
from detente.node.home import Home, Settings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "h", Settings(party="us"))


def test_every_symptom_has_words_in_both_languages() -> None:
    assert symptoms.WORDS.keys() == set(get_args(Symptom))
    for what, remedy in symptoms.WORDS.values():
        for text in (what, remedy):
            assert text.en.strip()
            assert any("一" <= letter <= "鿿" for letter in text.zh)
            assert set(_asked(text.zh)) == set(_asked(text.en))


def _asked(form: str) -> Iterator[str]:
    return (name for _, name, _, _ in string.Formatter().parse(form) if name)


def test_the_words_ask_for_no_fact_that_a_finding_lacks() -> None:
    said = "".join(
        Path(str(one.__file__)).read_text(encoding="utf-8")
        for one in (awaiting, doctor, fence, premises, vitals, watch)
    )
    for name, texts in symptoms.WORDS.items():
        calls = [
            part[: part.index("yield" if "yield" in part else ")")] for part in said.split(f'"{name}"')[1:]
        ]
        asked = {fact for text in texts for fact in _asked(text.en)}
        assert asked <= {fact for fact in asked if any(f"{fact}=" in call for call in calls)}, name


def test_a_home_in_order_is_0_and_trouble_is_1(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--home", str(home.path)]) == 0
    assert "nothing wants you now" in capsys.readouterr().out
    home.path.chmod(0o755)
    assert main(["doctor", "--home", str(home.path), "--lang", "zh"]) == 1
    shown = capsys.readouterr().out
    assert "doctor.1 open-to-others (故障)" in shown
    assert f"chmod 700 {home.path}" in shown
    assert main(["doctor", "--home", str(home.path), "--json"]) == 1
    value = json.loads(capsys.readouterr().out)
    assert not value["ok"]
    assert [one["step"] for one in value["findings"]] == ["doctor.1"]
    assert set(value["findings"][0]["what"]) == {"en", "zh"}


def test_a_notice_alone_wakes_nobody(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (home.path / ".node.json.4999999.new").write_bytes(b"{")
    assert main(["doctor", "--home", str(home.path)]) == 0
    assert "doctor.7 leftover (notice)" in capsys.readouterr().out


def test_numbers_stay_with_their_names() -> None:
    assert [found(name).step for name in ("open-to-others", "below-second-place", "duty-near")] == [
        "doctor.1",
        "doctor.11",
        "doctor.26",
    ]
    assert set(get_args(Symptom)) > NOTICES


def test_times_and_spans_are_shown_as_people_read_them() -> None:
    what, _ = symptoms.told(found("clock-behind", by=90_000, than="cn"))
    assert "90 s" in what.en
    what, _ = symptoms.told(found("no-key-to-seal-to", domain="live", since=0))
    assert "1970-01-01 00:00:00Z" in what.zh
