"""The race that the laboratory's Python runs: `laboratory_race.py mock|small COUNT ROUNDS`.

Prints one JSON line: milliseconds of CPU a sample, ours and bare, each of its best round. The small model's
server lives in the same process, so its work is counted on both sides.
"""

import asyncio
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from detente.instruments import assignment as assignments
from detente.instruments import inspecting, solving, suite
from detente.instruments.assignment import Assignment, Solving, System

Work = Callable[[], Coroutine[None, None, None]]
LANGUAGES = ("en", "zh")


def main() -> None:
    """Run both in turns, and print what each took."""
    what, count, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        ours, bare, samples = {"mock": _mock, "small": _small}[what](Path(folder), count)
        if what == "mock":
            _timed(bare)  # what is imported at its first use is no sample's work
        times = [(_timed(ours), _timed(bare)) for _ in range(rounds)]
    mine, least = (1_000 * min(some) / samples for some in zip(*times, strict=True))
    print(json.dumps({"ours": mine, "bare": least, "samples": samples}))


def _timed(work: Work) -> float:
    started = time.process_time()
    asyncio.run(work())
    return time.process_time() - started


def _assigned(name: str, system: str, count: int) -> Assignment:
    made = suite.shipped(name)
    how = Solving(tokens=16, constrained=True)
    return Assignment(
        plan=None,
        playbook=None,
        attempt=0,
        suite=name,
        tasks=made.root(),
        solver=assignments.solver_digest(made, how),
        scorer=assignments.scorer_digest(made),
        judge=None,
        solving=how,
        system=System(system, assignments.system_digest(system)),
        languages=LANGUAGES,
        samples=(count, count),
        benign=(0, 0),
    )


def _ours(folder: Path, assignment: Assignment) -> Work:
    made = suite.shipped(assignment.suite)
    tasks = assignments.tasks(assignment, made)

    async def work() -> None:
        kept: list[object] = []
        await inspecting.inspect(folder, assignment, made, tasks, kept.append)
        if len(kept) != len(tasks):
            raise SystemExit("samples are missing")

    return work


def _mock(folder: Path, count: int) -> tuple[Work, Work, int]:
    """Ours, and Inspect's own task and scorer: the same questions, each of one turn, and the same mock."""
    assignment = _assigned("jailbreak", "mockllm/A", count)
    tasks = assignments.tasks(assignment, suite.shipped("jailbreak"))
    inspect, datasets, scorers, solvers = (
        importlib.import_module(f"inspect_ai{name}") for name in ("", ".dataset", ".scorer", ".solver")
    )
    questions = [
        datasets.Sample(input=one.item.asks[0][one.language], id=number, target="A")
        for number, one in enumerate(tasks)
    ]

    async def bare() -> None:
        task = inspect.Task(
            dataset=datasets.MemoryDataset(questions), solver=solvers.generate(), scorer=scorers.match()
        )
        model, _ = inspecting._model(assignment)  # noqa: SLF001  # the same mock
        logs = str(folder / "bare")
        await inspect.eval_async(task, model=model, log_dir=logs, max_samples=inspecting.CONNECTIONS)

    return _ours(folder, assignment), bare, len(tasks)


def _small(folder: Path, count: int) -> tuple[Work, Work, int]:
    """Ours, and the same questions put to the same server one by one, with no evaluation around them."""
    assignment = _assigned("oversight", "local/smollm2-135m", count)
    made = suite.shipped("oversight")
    tasks = assignments.tasks(assignment, made)

    async def bare() -> None:
        model, alive = inspecting._model(assignment)  # noqa: SLF001  # the same server
        ask = inspecting._ask(model, assignment)  # noqa: SLF001  # as above
        for one in tasks:
            await solving.solved(made.solver, one.item, one.language, ask)
        del alive

    return _ours(folder, assignment), bare, len(tasks)


if __name__ == "__main__":
    main()
