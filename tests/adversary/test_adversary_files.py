"""The adversary by file: hostile bundles are brought to a victim, whose evidence says what became of each."""

import shutil
import time
from pathlib import Path

import pytest
from arena import Founded

from detente.faces.adversary.__main__ import main
from detente.node.clock import SetClock
from detente.node.node import Node
from homes import HOUR, installed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("adversary")]
REFUSED: dict[str, list[str]] = {
    "back-date": [],
    "replay": ["record body.4"],
    "forge": ["record body.4", "record envelope.8"],
    "exercise-as-real": ["record envelope.6", "record record.5"],
    "copy-commitment": ["opening disclosure.7"],
    "false-opening": ["opening disclosure.9"],
    "frame": [],
    "amend-out-of-order": [],
    "withhold-bodies": [],
    "yesterday": ["fork pull.1"],
}


@pytest.mark.parametrize("attack", REFUSED)
def test_a_hostile_bundle_ends_as_evidence_or_without_effect(
    founded: Founded, tmp_path: Path, attack: str
) -> None:
    shutil.copytree(founded.folder, tmp_path / "homes")
    rival, victim = tmp_path / "homes" / "cn", tmp_path / "homes" / "us"
    words = [attack, "--home", str(rival), "--victim", "us", "--victim", "neutral"]
    assert main([*words, "--by-file", str(tmp_path / "stick")]) == 0
    clock = SetClock(time.time_ns() // 1_000_000 + HOUR)
    with Node.open(victim, installed(), clock=clock, sources={}) as node:
        before = [(one.spec, one.verdict) for one in node.standing().duties]
        number = 1
        while (bundle := tmp_path / "stick" / f"us-{number}.zip").exists():
            node.bring(bundle, "cn")
            number += 1
        assert number > 2, "at least one bundle beside the honest past"
        refused = {f"{one.kind} {one.step}" for one in node.evidence() if one.party == "cn"}
        assert sorted(refused) == REFUSED[attack]
        assert node.standing().forked == ()
        assert [(one.spec, one.verdict) for one in node.standing().duties][: len(before)] == before


def test_an_attack_that_rings_has_no_form_by_file(
    founded: Founded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(founded.folder / "cn", tmp_path / "cn")
    words = ["flood", "--home", str(tmp_path / "cn"), "--victim", "us", "--by-file", str(tmp_path / "stick")]
    assert main(words) != 0
    assert "courier.1" in capsys.readouterr().err
