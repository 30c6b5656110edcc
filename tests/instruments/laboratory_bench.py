"""Assignments for the tests of runs: registered as they should be, unless a test says otherwise."""

import asyncio
from pathlib import Path
from typing import Any

from detente.instruments import assignment as assignments
from detente.instruments import sampling, scripted, suite
from detente.instruments.assignment import Assignment, Solving, System, Task
from detente.instruments.extract import Sample

NOW = 1_804_000_000_000


def assigned(
    name: str = "oversight", player: str = "scripted/careful", count: int = 3, **changed: object
) -> Assignment:
    """Return an assignment of a shipped suite, with what a test changes of it."""
    made = suite.shipped(name)
    solving = Solving(tokens=20)
    plain: dict[str, Any] = {
        "plan": "a1" * 32,
        "playbook": "a2" * 32,
        "attempt": 1,
        "suite": name,
        "tasks": made.root(),
        "solver": assignments.solver_digest(made, solving),
        "scorer": assignments.scorer_digest(made),
        "judge": None,
        "solving": solving,
        "system": System(player, assignments.system_digest(player)),
        "languages": ("en", "zh"),
        "samples": (count, count),
        "benign": (2, 2),
        "begins": NOW - 1,
        "ends": NOW + 1_000_000,
    }
    return Assignment(**(plain | changed))


def placed(folder: Path, assignment: Assignment) -> Path:
    """Put an assignment into a new folder."""
    folder.mkdir(exist_ok=True)
    assignments.write(folder, assignment)
    return folder


def played(name: str, player: str) -> list[Sample]:
    """Return every sample of a suite in every language, answered by a scripted player."""
    made = suite.shipped(name)
    assignment = assigned(name, f"scripted/{player}")

    async def play() -> list[Sample]:
        return [
            await sampling.sampled(
                Task(item, language, 1), assignment, made, scripted.asked(player, made, item, language)
            )
            for item in made.items
            for language in made.languages
        ]

    return asyncio.run(play())
