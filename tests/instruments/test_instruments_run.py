"""One attempt: nothing runs that was not registered, nothing is lost, nothing is left out."""

import asyncio
import errno
import json
import os
from pathlib import Path

import msgspec
import pytest
from laboratory_bench import NOW, assigned, placed

from detente.instruments import assignment as assignments
from detente.instruments import extract, laboratory, sampling, scripted, suite
from detente.instruments.assignment import Assignment, Solving, System, Task
from detente.instruments.executor import Local, NotRun, surroundings
from detente.instruments.journal import Journal
from detente.instruments.solving import Ask, Message, Reply
from detente.trust.errors import DetenteError

NOTHING = "00" * 32


def run(folder: Path, now: int = NOW) -> extract.Extract:
    return laboratory.run(folder, lambda _done, _of: None, lambda: now)


OTHERS: dict[str, tuple[Assignment, int, str]] = {
    "another suite": (assigned(tasks=NOTHING), NOW, "assignment.2"),
    "another solver": (assigned(solving=Solving(tokens=21)), NOW, "assignment.3"),
    "another scorer": (assigned(scorer=NOTHING), NOW, "assignment.4"),
    "a judge": (assigned(judge=NOTHING), NOW, "assignment.5"),
    "another model": (assigned(system=System("scripted/careful", NOTHING)), NOW, "assignment.6"),
    "too early": (assigned(), NOW - 2, "assignment.7"),
    "too late": (assigned(), NOW + 2_000_000, "assignment.7"),
    "more twins than there are, of a suite without": (assigned(suite="no-such"), NOW, "suite.4"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_another_than_registered_is_refused_before_the_first_sample(
    other: str, tmp_path: Path
) -> None:
    assignment, now, step = OTHERS[other]
    folder = placed(tmp_path / "run", assignment)
    with pytest.raises(DetenteError) as caught:
        run(folder, now)
    assert caught.value.step == step
    assert [one.name for one in folder.iterdir()] == [assignments.FILE]


def test_an_attempt_gives_an_extract_of_what_was_registered(tmp_path: Path) -> None:
    made = run(placed(tmp_path / "run", assigned(player="scripted/wavering")))
    assert (made.header.plan, made.header.attempt) == ("a1" * 32, 1)
    assert {one.language for one in made.samples} == {"en", "zh"}
    assert [(one.samples, one.benign) for one in made.header.counts.values()] == [(3, 2), (3, 2)]
    assert extract.read(tmp_path / "run" / laboratory.EXTRACT) == made


def test_more_samples_than_items_are_asked_again_in_epochs(tmp_path: Path) -> None:
    market = suite.shipped("market")
    probes = sum(not one.twin for one in market.items)
    made = run(placed(tmp_path / "run", assigned("market", count=probes + 2)))
    epochs = [one.epoch for one in made.samples if not one.twin and one.language == "en"]
    assert sorted(epochs) == [1] * probes + [2, 2]


def test_a_torn_journal_goes_on_where_it_was_and_gives_the_same_lines(tmp_path: Path) -> None:
    whole = run(placed(tmp_path / "whole", assigned()))
    folder = placed(tmp_path / "torn", assigned())
    run(folder)
    path = folder / "samples.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    (folder / laboratory.EXTRACT).unlink()
    asked = []
    again = laboratory.run(folder, lambda done, of: asked.append((done, of)), lambda: NOW)
    assert asked == [(9, 10), (10, 10)]
    assert list(again.leaves()) == list(whole.leaves())


def test_a_journal_that_was_written_over_is_not_gone_on_with(tmp_path: Path) -> None:
    folder = placed(tmp_path / "run", assigned())
    run(folder)
    path = folder / "samples.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"epoch":1', b'"epoch":0', 1))
    with pytest.raises(DetenteError) as caught:
        run(folder)
    assert caught.value.step == "journal.1"


def test_a_full_disk_ends_the_run_and_what_was_finished_stays(tmp_path: Path) -> None:
    folder = placed(tmp_path / "run", assigned())
    real, seen = os.fsync, []

    def full(file: int) -> None:
        seen.append(file)
        if len(seen) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(file)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            run(folder)
    with Journal(folder) as journal:
        assert len(journal.done) >= 3
    assert len(run(folder).samples) == 10


def test_an_attempt_that_is_given_up_counts_what_was_not_run_as_unscored(tmp_path: Path) -> None:
    folder = placed(tmp_path / "run", assigned())
    (folder / "samples.jsonl").write_bytes(b"")
    made = laboratory.aborted(folder, lambda: NOW + 5_000_000)
    assert [(one.samples, one.unscored, one.benign_done) for one in made.header.counts.values()] == [
        (3, 3, 0)
    ] * 2
    assert {one.error for one in made.samples} == {sampling.ABORTED}


async def stalls(messages: tuple[Message, ...], grammar: str) -> Reply:
    del messages, grammar
    await asyncio.sleep(3600)
    return Reply("A", 1, "")


async def lies(messages: tuple[Message, ...], grammar: str) -> Reply:
    del messages, grammar
    return Reply("B", 1, "something-else")


async def rubbish(messages: tuple[Message, ...], grammar: str) -> Reply:
    del messages, grammar
    json.loads("<html>")
    return Reply("", 0, "")


async def breaks(messages: tuple[Message, ...], grammar: str) -> Reply:
    raise RuntimeError(grammar, messages)


async def hangs_up(messages: tuple[Message, ...], grammar: str) -> Reply:
    raise ConnectionResetError(grammar, messages)


async def says_nothing(messages: tuple[Message, ...], grammar: str) -> Reply:
    del messages, grammar
    return Reply(" \n", 0, "")


async def says_halves(messages: tuple[Message, ...], grammar: str) -> Reply:
    del messages, grammar
    return Reply("\ud800 no letters", 0, "")


ENDPOINTS: dict[str, tuple[Ask, str]] = {
    "stalls": (stalls, "endpoint-stalled"),
    "answers under another name": (lies, "another-model"),
    "returns rubbish": (rubbish, "endpoint-rubbish"),
    "breaks": (breaks, "endpoint-failed"),
    "hangs up": (hangs_up, "endpoint-unreachable"),
    "says nothing": (says_nothing, "empty-answer"),
    "says half of a character": (says_halves, "no-letter"),
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_bad_endpoint_costs_a_score_and_never_a_sample(endpoint: str) -> None:
    ask, code = ENDPOINTS[endpoint]
    name = "scripted/careful"
    system = System(name, assignments.system_digest(name), answers_as="me")
    assignment = assigned(system=system, patience=1)
    oversight = suite.shipped("oversight")
    task = Task(oversight.items[0], "en", 1)
    if code == "no-letter":
        task = Task(next(one for one in oversight.items if len(one.asks) == 1), "en", 1)
    made = asyncio.run(sampling.sampled(task, assignment, oversight, ask))
    assert made.error == code
    assert extract.line(made)


def test_another_process_runs_it_and_its_refusal_keeps_its_step(tmp_path: Path) -> None:
    folder = placed(tmp_path / "run", assigned(begins=None, ends=None))
    heard: list[tuple[int, int]] = []
    made = Local().run(folder, lambda done, of: heard.append((done, of)))
    assert (heard[0], heard[-1], len(made.samples)) == ((0, 10), (10, 10), 10)
    changed = placed(tmp_path / "changed", assigned(begins=None, ends=None, tasks=NOTHING))
    with pytest.raises(DetenteError) as caught:
        Local().run(changed, lambda _done, _of: None)
    assert caught.value.step == "assignment.2"


def test_a_laboratory_that_dies_is_no_result(tmp_path: Path) -> None:
    folder = placed(tmp_path / "run", assigned())
    with pytest.raises(NotRun) as caught:
        Local(before=("false",)).run(folder, lambda _done, _of: None)
    assert caught.value.step == "executor.1"


def test_the_process_inherits_keys_of_providers_and_nothing_else(tmp_path: Path) -> None:
    given = {"OPENAI_API_KEY": "k", "DETENTE_HOME": "/secret", "AWS_PROFILE": "p", "PATH": "/bin"}
    found = surroundings(tmp_path, given)
    assert {"OPENAI_API_KEY", "PATH"} <= found.keys()
    assert found.keys() & {"DETENTE_HOME", "AWS_PROFILE"} == set()
    assert found["HOME"] == str(tmp_path)


def test_items_are_drawn_by_their_digests_and_the_first_of_few_are_among_those_of_many() -> None:
    oversight = suite.shipped("oversight")
    few, many = (oversight.drawn(count, twin=False) for count in (5, 50))
    assert many[:5] == few
    turned = msgspec.structs.replace(oversight, items=oversight.items[::-1])
    assert turned.drawn(5, twin=False) == few


def test_there_is_no_player_by_another_name() -> None:
    with pytest.raises(DetenteError) as caught:
        scripted.digest("honest")
    assert caught.value.step == "scripted.1"


def test_an_engine_that_swallows_an_error_of_ours_makes_no_extract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def swallows(*_: object) -> None:
        """As Inspect does with what a solver raises."""

    monkeypatch.setattr(laboratory, "play", swallows)
    folder = placed(tmp_path / "run", assigned())
    with pytest.raises(DetenteError) as caught:
        run(folder)
    assert caught.value.step == "laboratory.2"
    assert not (folder / laboratory.EXTRACT).exists()
