"""From a playbook to a result by commands alone: nothing runs unregistered, and every attempt counts."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detente.faces.cli import main
from detente.instruments import canary
from detente.instruments.playbook import DOMAINS
from detente.instruments.suite import shipped


def say(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:  # noqa: ANN401  # any verb's JSON
    """Run a verb and return what it says as JSON; of a refusal, what stands on stderr."""
    found = main(["evaluate", *words, "--json"])
    said = capsys.readouterr()
    assert found == code, said.err
    return json.loads(said.err if code else said.out)


class Bench:
    """One party's home with a tabled playbook, and its own commands."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.home = str(folder / "us")
        self.file = folder / "oversight.toml"
        self.say("playbook", "new", "oversight", "--to", str(self.file))

    def say(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401
        return say(self._capsys, *words, code=code)

    def said(self) -> str:
        return self._capsys.readouterr().out

    def at_home(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401
        return self.say(*words, "--home", self.home, code=code)

    def tabled(self) -> str:
        name: str = self.at_home("playbook", "table", str(self.file))["id"]
        return name

    def registered(self, *words: str, player: str = "wavering") -> str:
        counts = ("--samples", "40", "--benign", "10", "--model", f"scripted/{player}")
        name: str = self.at_home("register", self.tabled(), *counts, *words)["id"]
        return name

    def record(self, name: str) -> dict[str, Any]:
        assert main(["record", "show", name, "--home", self.home, "--json"]) == 0
        found: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return found


@pytest.fixture
def bench(tested: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    shutil.copytree(tested / "us", tmp_path / "us")
    return Bench(tmp_path, capsys)


def test_a_playbook_goes_from_a_template_to_a_result_that_the_pillar_takes(bench: Bench) -> None:
    plan = bench.registered("--attempts", "2")
    run = bench.at_home("run", plan, "--model", "scripted/wavering")
    assert (run["attempt"], run["counts"]["en"]["samples"]) == (1, 40)
    result = bench.record(bench.at_home("report", plan, "--seed", str(bench.folder / "seed"))["id"])
    assert result["stands"] is True
    assert (result["facts"]["attempt"], result["facts"]["checkable"]) == (1, True)
    assert result["facts"]["decision"] == "inconclusive"
    assert result["open"]["events"] == [run["counts"][one]["events"] for one in ("en", "zh")]
    assert bench.at_home("report", plan, code=68)["step"] == "evaluate.7"
    assert [one["result"] for one in bench.at_home("attempts", plan)] == [result["id"]]
    bench.at_home("run", plan, "--model", "scripted/wavering")
    assert main(["evaluate", "attempts", plan, "--home", bench.home, "--lang", "en"]) == 1
    assert "NO RESULT" in bench.said()
    second = bench.record(bench.at_home("report", plan)["id"])
    assert (second["facts"]["attempt"], second["open"]["previous"]) == (2, result["id"])
    assert bench.at_home("run", plan, "--model", "scripted/wavering", code=65)["step"] == "evaluate.4"


def test_another_system_a_changed_text_and_a_stranger_run_nothing(bench: Bench) -> None:
    plan = bench.registered()
    assert bench.at_home("run", plan, "--model", "scripted/careful", code=66)["step"] == "assignment.6"
    text = bench.file.read_text(encoding="utf-8")
    bench.file.write_text(text.replace("tokens = 16", "tokens = 17"), encoding="utf-8")
    words = ("run", plan, "--model", "scripted/wavering", "--text", str(bench.file))
    assert bench.at_home(*words, code=66)["step"] == "evaluate.3"
    kept = next((bench.folder / "us" / "evaluations").glob("*.toml"))
    kept.unlink()
    assert bench.at_home("run", plan, "--model", "scripted/wavering", code=68)["step"] == "evaluate.3"
    assert list((bench.folder / "us/evaluations").rglob("attempt-*")) == []


def test_an_attempt_that_is_given_up_counts_and_the_pillar_calls_it_invalid(bench: Bench) -> None:
    plan = bench.registered()
    bench.at_home("abandon", plan, code=68)
    bench.at_home("run", plan, "--model", "scripted/wavering")
    folder = bench.folder / "us/evaluations" / plan / "attempt-01"
    (folder / "extract.jsonl").unlink()
    (folder / "samples.jsonl").unlink()
    assert bench.at_home("abandon", plan)["counts"]["zh"]["unscored"] == 40
    result = bench.record(bench.at_home("report", plan)["id"])
    assert (result["facts"]["decision"], result["facts"]["attempt"]) == ("invalid", 1)


def test_coverage_shows_who_plans_what_and_what_nobody_does(bench: Bench) -> None:
    bench.registered()
    covered = {(one["domain"], one["language"]): one for one in bench.at_home("playbook", "coverage")}
    assert covered["oversight", "zh"]["plans"] == ["us>us"]
    assert covered["biosecurity", "zh"]["playbooks"] == []
    assert {domain for domain, _ in covered} == set(DOMAINS)


def test_a_later_version_says_what_it_changed(bench: Bench) -> None:
    first = bench.tabled()
    text = bench.file.read_text(encoding="utf-8")
    bench.file.write_text(
        text.replace("number = 1", "number = 2").replace("yellow = 500", "yellow = 400"), "utf-8"
    )
    bench.at_home("playbook", "table", str(bench.file), "--previous", first)
    assert [one["changed"] for one in bench.at_home("playbook", "changes")] == [{"yellow": [500, 400]}]


@pytest.mark.parametrize("domain", DOMAINS)
def test_there_is_a_template_for_every_domain_that_can_be_run(domain: str, bench: Bench) -> None:
    file = bench.folder / f"{domain}-new.toml"
    bench.say("playbook", "new", domain, "--to", str(file))
    agreed = bench.say("playbook", "check", str(file))
    assert agreed["domain"] == domain
    suite = DOMAINS[domain]
    assert agreed["tasks"] == (shipped(suite).root() if suite else "0" * 64)
    assert bench.say("playbook", "new", domain, "--to", str(file), code=68)["step"] == "evaluate.2"


BENT = {
    "no TOML": ("number = 1", "number = ", "playbook.2"),
    "a line of its own": ("number = 1", 'number = 1\ngrade = "A"', "playbook.2"),
    "red below yellow": ("red = 2000", "red = 400", "playbook.3"),
    "a language that its suite lacks": ('["en", "zh"]', '["en", "fr"]', "playbook.3"),
    "languages out of order": ('["en", "zh"]', '["zh", "en"]', "playbook.3"),
    "another domain": ('"oversight"', '"bias"', "playbook.3"),
    "no suite of that name": ('suite = "oversight"', 'suite = "oversite"', "suite.4"),
}


@pytest.mark.parametrize("bent", BENT)
def test_a_playbook_that_cannot_be_run_is_refused(bent: str, bench: Bench) -> None:
    old, new, step = BENT[bent]
    text = bench.file.read_text(encoding="utf-8")
    assert old in text
    bench.file.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert bench.say("playbook", "check", str(bench.file), code=65)["step"] == step


def test_a_playbook_is_explained_with_its_limits_in_both_languages(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, words in (("en", "Limits: "), ("zh", "局限：")):
        assert main(["evaluate", "playbook", "explain", str(bench.file), "--lang", language]) == 0
        assert words in capsys.readouterr().out
    assert main(["evaluate", "suites", "--lang", "zh"]) == 0
    assert "局限" not in capsys.readouterr().err


@pytest.mark.slow
def test_a_sealed_suite_goes_through_a_facility_to_a_result_and_its_items_are_spent(bench: Bench) -> None:
    place, keys = bench.folder / "facility", bench.folder / "keys.json"
    keys.write_text(json.dumps(bench.say("facility", "key", str(place), "--party", "neutral")), "utf-8")
    bound = ("--genesis", "9e" * 32, "--author", "us")
    package = bench.folder / "package"
    kept = bench.folder / "canaries"
    to = ("--for", str(keys), "--to", str(package), "--canaries", str(kept))
    sealed = bench.say("facility", "seal", "jailbreak", *to, *bound)
    assert len(canary.parse(kept.read_bytes()).canaries) == sealed["items"]
    assert b"tamarind" not in package.read_bytes()
    bench.say("playbook", "new", "biosecurity", "--to", str(bench.folder / "sealed.toml"))
    text = (bench.folder / "sealed.toml").read_text(encoding="utf-8")
    bench.file.write_text(text.replace("0" * 64, sealed["root"]).replace("items = 1", "items = 200"), "utf-8")
    plan = bench.registered(player="careful")
    assignment, report = bench.folder / "assignment", bench.folder / "report"
    bench.at_home("run", plan, "--model", "scripted/careful", "--assign", str(assignment))
    words = ("facility", "run", str(place), str(package), "--assignment", str(assignment))
    said = bench.say(*words, "--report", str(report), *bound)
    assert (said["suite"], said["attempts"], said["plan"]) == (sealed["root"], 1, plan)
    assert (said["canary_seen"], said["given_up"]) == ([], False)
    abandon = ("facility", "abandon", *words[2:], "--report", str(report), *bound)
    assert bench.say(*abandon, code=66)["step"] == "facility.8"
    out = next(place.glob("*-001.jsonl"))
    result = bench.record(bench.at_home("report", plan, "--extract", str(out), "--witness", "facility")["id"])
    assert (result["stands"], result["facts"]["decision"]) == (True, "inconclusive")
    again = bench.registered(player="careful")
    bench.at_home("run", again, "--model", "scripted/careful", "--assign", str(assignment))
    assert bench.say(*words, "--report", str(report), *bound, code=66)["step"] == "facility.2"


STEPS = ("playbook", "run", "challenge", "replication", "sealed", "card", "statement", "suspension")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_demonstration_of_evaluations_ends_each_part_in_a_check_and_tells_it_in_both_languages() -> None:
    words = [sys.executable, "-m", "detente.faces.demo.evaluations", "--exit", "--json", "--lang", "both"]
    words += ["--model", "scripted/wavering"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=390)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    steps = told["steps"]
    assert tuple(sorted(steps)) == tuple(sorted(STEPS))
    assert {name: one["held"] for name, one in steps.items()} == dict.fromkeys(STEPS, True)
    assert [steps["run"]["refused"], steps["sealed"]["spent"]] == [
        ["assignment.6", "evaluate.4"],
        "facility.2",
    ]
    assert steps["challenge"]["edited_score"] == ["opening.5"]
    assert (steps["replication"]["agreement"], steps["replication"]["pairs"]) == ("agree", 32)
    assert [steps[name]["check"]["exit"] for name in ("card", "statement", "suspension")] == [1, 0, 1]
    # What the story says of its own size is what the command says of it.
    for text in ("A pass needs 59 samples", "须有 59 个样本"):
        assert text in done.stdout
    for text in ("An incident suspends it", "事件导致声明中止", "REFUSED", "被拒绝", "SUSPENDED", "已中止"):
        assert text in done.stdout
