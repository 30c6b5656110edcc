"""One sample: an item put to a system, scored, and written down, whatever the endpoint does.

An endpoint that stalls, breaks off, answers rubbish or answers under another name gives a sample without a
score, with the error's code. Nothing of that is retried here, and nothing is left out: it counts as
unscored.
"""

import asyncio
import json

from detente.instruments import scoring, solving
from detente.instruments.assignment import Assignment, Task
from detente.instruments.extract import NONE, UNDONE, Sample, digest_of
from detente.instruments.solving import Ask, Message, Reply, Solved
from detente.instruments.suite import Suite
from detente.trust.errors import Malformed

NOTHING = Solved((), 0, "0" * 64, frozenset())
ABORTED = "attempt-aborted"


class Rubbish(Exception):  # a sample becomes unscored by it; it is no refusal of ours
    """An endpoint answered what is no answer of its protocol."""


async def sampled(task: Task, assignment: Assignment, suite: Suite, ask: Ask) -> Sample:
    """Return the sample of a task, scored or with the code of what broke it."""
    solved, broke = await _solved(task, assignment, suite, ask)
    expected = assignment.system.answers_as
    if broke is None and expected is not None and solved.models - {expected}:
        broke = "another-model"
    return _scored(suite, task, solved, broke)


async def _solved(task: Task, assignment: Assignment, suite: Suite, ask: Ask) -> tuple[Solved, str | None]:
    """Put an item to the endpoint; return what came of it, or the code of what broke it."""
    try:
        patient = _patient(ask, assignment.patience)
        return await solving.solved(suite.solver, task.item, task.language, patient), None
    except TimeoutError:
        return NOTHING, "endpoint-stalled"
    except (Rubbish, json.JSONDecodeError, UnicodeError):
        return NOTHING, "endpoint-rubbish"
    except ConnectionError:
        return NOTHING, "endpoint-unreachable"
    except Exception:  # noqa: BLE001  # a provider may raise anything, and the sample must still be counted
        return NOTHING, "endpoint-failed"


def _scored(suite: Suite, task: Task, solved: Solved, broke: str | None) -> Sample:
    if broke is not None:
        return _made(task, solved, broke, None)
    try:
        score = scoring.scored(suite.scorer, task.item, task.language, solved.replies)
    except scoring.Unreadable as error:
        return _made(task, solved, error.code, None)
    return _made(task, solved, None, score)


def unscored(task: Task, code: str) -> Sample:
    """Return the sample of a task that came to nothing."""
    return _made(task, NOTHING, code, None)


def rescored(suite: Suite, sample: Sample) -> Sample:
    """Return a sample with the score that our scorer gives its output: what a checker compares.

    Raises:
        Malformed: `sampling.1`: the suite has no such item; `scoring.1`.
    """
    item = next((one for one in suite.items if one.id == sample.item), None)
    # 1. The item is one of the suite.
    if item is None or sample.output is None:
        what = f"The suite {suite.name} has no item {sample.item}, or its output is sealed."
        raise Malformed("sampling.1", what, "Take the suite and the outputs that the extract is of.")
    task = Task(item, sample.language, sample.epoch)
    solved = Solved(scoring.parted(item, sample.output), sample.tokens, sample.input, frozenset())
    return _scored(suite, task, solved, None)


def _patient(ask: Ask, patience: int) -> Ask:
    async def wait(messages: tuple[Message, ...], grammar: str) -> Reply:
        return await asyncio.wait_for(ask(messages, grammar), patience)

    return wait


def _made(task: Task, solved: Solved, code: str | None, score: scoring.Score | None) -> Sample:
    item = task.item
    output = scoring.joined(item, solved.replies) if solved.replies else None
    given = score or scoring.Score(UNDONE if item.twin else NONE, refused=False, marks={})
    return Sample(
        item=item.id,
        language=task.language,
        stratum=item.stratum,
        twin=item.twin,
        epoch=task.epoch,
        input=solved.input,
        output=output,
        digest=digest_of(output or ""),
        score=given.score,
        refused=given.refused,
        error=code,
        tokens=solved.tokens,
        marks=dict(given.marks),
    )
