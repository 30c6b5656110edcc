"""`detente evaluate`: what the person sees of a run before and after it is made."""

import json
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.faces.cli import main
from detente.faces.rescoring import rescoring
from detente.instruments import extract, scoring, suite
from detente.pillars.evaluations import bound
from detente.trust import checkpoint, cosignature, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.errors import WrongContext
from detente.trust.key import PrivateKey

sys.path.insert(0, str(Path(__file__).parents[1] / "instruments"))

import attempts
from living import Lived

Say = Callable[..., dict[str, Any]]
AT = 1_804_345_600_000


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def saying(*words: object, code: int = 0) -> dict[str, Any]:
        assert main([*map(str, words), "--json"]) == code
        said = capsys.readouterr()
        found: dict[str, Any] = json.loads(said.err if code > 1 else said.out)
        return found

    return saying


def test_the_size_of_a_run_is_known_before_it_is_made(say: Say) -> None:
    assert say("evaluate", "power", "--line", "100") == {
        "samples": 299,
        "effective": 299,
        "events": 0,
        "power": 10_000,
    }
    twice = say("evaluate", "power", "--line", "100", "--effect", "20000", "--attempts", "2")
    assert twice["samples"] == 2 * 368
    assert say("evaluate", "power", "--line", "100", "--samples", "200", code=1)["events"] == -1
    assert say("evaluate", "power", "--line", "100", "--hoped", "100", code=1) == {"samples": None}
    assert say("evaluate", "power", "--line", "0", code=65)["step"] == "power.1"


def head(origin: str, witness: str, seconds: int) -> bytes:
    """A checkpoint of one party's log that another cosigned at a second."""
    key = PrivateKey.from_seed("ed25519", bytes(32))
    at = Checkpoint(origin, 5, bytes(range(32)))
    signed = checkpoint.sign(at, [key], seconds)
    line = cosignature.sign(at, witness, key, seconds)
    return note.dump(note.Note(signed.text, (*signed.signatures, line)))


@pytest.fixture
def bench(tmp_path: Path, say: Say) -> tuple[Path, dict[str, Any]]:
    """A run with its commitment and its result as a node shows it, and a head cosigned after it."""
    made = attempts.attempt(events=frozenset({3}))
    (tmp_path / "run.jsonl").write_bytes(attempts.data(made))
    said = say("evaluate", "commit", tmp_path / "run.jsonl", "--seed", tmp_path / "seed")
    header = made.header
    names = {"tasks": header.suite, "solver": header.solver, "scorer": header.scorer, "grader": None}
    opened = said | names | {"model": header.model.digest}
    result = {"id": "0c" * 32, "thread": header.plan, "party": "us", "at": AT, "open": opened}
    (tmp_path / "result.json").write_text(json.dumps(result))
    after = head("detente/9f/live/cn", "detente/9f/live/neutral/witness", AT // 1000 + 60)
    (tmp_path / "head").write_bytes(after)
    return tmp_path, result


def asked(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> int:
    words = ["evaluate", "challenge", folder / "result.json", "--checkpoint", folder / "head", *more]
    code = main([*map(str, words)])
    (folder / "challenge.json").write_text(capsys.readouterr().out)
    return code


def test_a_result_is_challenged_opened_and_checked_from_files_alone(
    bench: tuple[Path, dict[str, Any]], say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = bench
    assert (folder / "seed").stat().st_mode & 0o777 == 0o600
    assert asked(folder, capsys, "--count", "12") == 0
    drawn = json.loads((folder / "challenge.json").read_text())["open"]["drawn"]
    said = say(
        "evaluate", "open", folder / "run.jsonl", "--seed", folder / "seed",
        "--challenge", folder / "challenge.json", "--to", folder / "opening.json",
    )  # fmt: skip
    assert said["opened"] == drawn
    checking = ("evaluate", "check", folder / "opening.json", "--result", folder / "result.json")
    told = say(*checking, "--challenge", folder / "challenge.json")
    assert (told["drawn"], told["committed"], told["faults"]) == (12, 220, [])
    assert (told["false_at_most"], told["share"], told["one_met"]) == (47, 2_137, 545)
    assert main([*map(str, checking), "--challenge", str(folder / "challenge.json"), "--lang", "zh"]) == 0
    assert "至多 21.4 % 的样本（220 个中的 47 个）不实" in capsys.readouterr().out

    lying = json.loads((folder / "opening.json").read_bytes())
    sample = lying["samples"][0]["sample"]
    sample["refused"] = not sample["refused"]
    (folder / "opening.json").write_text(
        json.dumps(lying, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    )
    told = say(*checking, "--challenge", folder / "challenge.json", code=1)
    assert [(one["leaf"], one["step"]) for one in told["faults"]] == [(drawn[0], "opening.5")]


def test_samples_that_somebody_chose_show_nothing(
    bench: tuple[Path, dict[str, Any]], say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = bench
    asked(folder, capsys)
    challenge = json.loads((folder / "challenge.json").read_text())
    challenge["open"]["drawn"][0] = next(n for n in range(220) if n not in challenge["open"]["drawn"])
    challenge["open"]["drawn"].sort()
    (folder / "challenge.json").write_text(json.dumps(challenge))
    words = ("--challenge", folder / "challenge.json")
    say("evaluate", "open", folder / "run.jsonl", "--seed", folder / "seed", *words, "--to", folder / "o")
    said = say("evaluate", "check", folder / "o", "--result", folder / "result.json", *words, code=66)
    assert said["step"] == "challenge.5"


@pytest.mark.parametrize(
    "heading",
    [
        ("us", "neutral", 60, "challenge.1"),
        ("cn", "neutral", -60, "challenge.2"),
        ("cn", "cn", 60, "challenge.2"),
    ],
)
def test_heads_that_the_author_could_have_known_are_refused(
    bench: tuple[Path, dict[str, Any]],
    say: Say,
    heading: tuple[str, str, int, str],
) -> None:
    origin, witness, late, step = heading
    folder, _ = bench
    made = head(f"detente/9f/live/{origin}", f"detente/9f/live/{witness}/witness", AT // 1000 + late)
    (folder / "head").write_bytes(made)
    words = (folder / "result.json", "--checkpoint", folder / "head")
    assert say("evaluate", "challenge", *words, code=66)["step"] == step


def test_two_runs_are_compared_and_one_is_weighed(tmp_path: Path, say: Say) -> None:
    runs = {"a": frozenset({3}), "b": frozenset({3, 9}), "c": frozenset(range(0, 100, 5))}
    for name, events in runs.items():
        (tmp_path / name).write_bytes(attempts.data(attempts.attempt(events=events)))
    said = say("evaluate", "compare", tmp_path / "a", tmp_path / "b", "--margin", "500")
    assert (said["both"], said["second_only"], said["agree"], said["kappa"]) == (2, 2, True, "0.662")
    assert not say("evaluate", "compare", tmp_path / "a", tmp_path / "c", "--margin", "500", code=1)["agree"]
    lines = ("--yellow", "500", "--red", "2000")
    weighed = say("evaluate", "weigh", tmp_path / "a", *lines)
    assert (weighed["decision"], weighed["parts"][0]["name"]) == ("pass", "en")
    short = say("evaluate", "weigh", tmp_path / "a", "--yellow", "400", "--red", "2000", code=1)
    assert (short["decision"], short["still_needed"]) == ("inconclusive", 17)
    failed = say("evaluate", "weigh", tmp_path / "c", *lines, code=1)
    assert (failed["decision"], failed["crosses"]) == ("fail", "yellow")


@pytest.mark.parametrize(("items", "agreement"), [(29, "undecided"), (30, "agree")])
def test_a_replication_is_said_to_agree_where_its_record_would_and_nowhere_else(
    items: int, agreement: str, tmp_path: Path, say: Say
) -> None:
    """Two runs that never differ: the means agree at once, and 59 samples are needed to show 5 %."""
    (tmp_path / "a").write_bytes(attempts.data(attempts.attempt(items=items)))
    words = ("evaluate", "compare", tmp_path / "a", tmp_path / "a", "--margin", "500")
    said = say(*words, code=int(agreement != "agree"))
    assert (said["neither"] + said["both"], said["tost"]) == (2 * items, True)
    assert said["agreement"] == bound.agreement(0, 0, 2 * items, 500, Fraction(5, 100)) == agreement


def test_a_system_that_does_worse_on_sealed_items_is_told(tmp_path: Path, say: Say) -> None:
    runs = {"practice": frozenset({3}), "sealed": frozenset(range(0, 100, 8)), "like": frozenset({4, 9})}
    for name, events in runs.items():
        (tmp_path / name).write_bytes(attempts.data(attempts.attempt(events=events)))
    said = say("evaluate", "gap", tmp_path / "practice", tmp_path / "sealed", code=1)
    assert (said["practice"], said["sealed"], said["gap"], said["shown"]) == (
        "1.000",
        "13.000",
        "12.000",
        True,
    )
    assert not say("evaluate", "gap", tmp_path / "practice", tmp_path / "like")["shown"]
    other = attempts.attempt().header.model
    another = msgspec.structs.replace(other, digest="ff" * 32)
    made = attempts.whole(list(attempts.attempt().samples), model=another)
    (tmp_path / "another").write_bytes(attempts.data(made))
    assert say("evaluate", "gap", tmp_path / "practice", tmp_path / "another", code=66)["step"] == "gap.2"


def test_scores_are_computed_again_from_the_suite_and_an_edited_one_is_caught() -> None:
    used = suite.shipped("jailbreak")
    samples = []
    for item in used.items[:40]:
        replies = ("I cannot say that.",) * scoring.turns(item)
        said = scoring.joined(item, replies)
        score = scoring.scored(used.scorer, item, "en", replies)
        plain = attempts.sample(1, "en", twin=item.twin)
        fields = {"item": item.id, "output": said, "digest": extract.digest_of(said), "score": score.score}
        samples.append(msgspec.structs.replace(plain, **fields))
    scorer = scoring.digest(scoring.configuration(used.scorer))
    made = attempts.whole(samples, suite=used.root(), scorer=scorer)
    again = rescoring("jailbreak", made.header)
    assert all(again(one) == (one.score, None) for one in made.samples)
    edited = msgspec.structs.replace(made.samples[0], score="event")
    assert again(edited) != ("event", None)
    for field in ("suite", "scorer"):
        with pytest.raises(WrongContext) as raised:
            rescoring("jailbreak", msgspec.structs.replace(made.header, **{field: "ff" * 32}))
        assert raised.value.step == "challenge.8"


def test_another_programs_results_are_imported_and_called_unregistered(
    tmp_path: Path, say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.jsonl").write_text('{"doc_id":0,"filtered_resps":["4"],"metrics":["acc"],"acc":1.0}\n')
    words = ("evaluate", "import", "--from", "lm-eval", tmp_path / "s.jsonl", "--to", tmp_path / "x")
    assert say(*words) == {"registered": False, "samples": 1, "events": 0, "unscored": 0, "origin": "lm-eval"}
    assert main([*map(str, words), "--lang", "zh"]) == 0
    assert "未登记" in capsys.readouterr().out
    (tmp_path / "s.jsonl").write_text("no")
    assert say(*words, code=65)["step"] == "outside.2"


def test_heads_and_records_are_those_that_a_node_has(
    lived: Lived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a report, which commits to nothing: heads and record are read, and the refusal is about that."""
    home = lived.world.home("cn")
    assert main(["record", "show", lived.report, "--home", str(home), "--json"]) == 0
    (tmp_path / "record").write_text(capsys.readouterr().out)
    heads = [*home.glob("public/live/*/checkpoint"), *home.glob("public/live/*/cosigned/*")]
    refused = {}
    for one in heads:
        words = ["evaluate", "challenge", f"{tmp_path}/record", "--checkpoint", str(one), "--json"]
        assert main(words) == 66
        refused[str(one.relative_to(home / "public" / "live"))] = json.loads(capsys.readouterr().err)["step"]
    told = ["evaluate", "challenge", f"{tmp_path}/record", "--home", str(home), "--json"]
    assert main(told) == 66
    assert json.loads(capsys.readouterr().err)["step"] == "challenge.3"
    late = json.loads((tmp_path / "record").read_text()) | {"at": 2**50}
    (tmp_path / "record").write_text(json.dumps(late))
    assert main(told) == 66
    assert json.loads(capsys.readouterr().err)["step"] == "challenge.10"
    assert refused["us/checkpoint"] == "challenge.1"
    assert refused["neutral/cosigned/cn"] == "challenge.3"
