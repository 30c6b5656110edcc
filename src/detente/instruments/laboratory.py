"""The laboratory: the process in which one attempt runs. `python -m detente.instruments.laboratory FOLDER`.

It reads the assignment in the folder, checks every digest before the first sample, makes the samples that the
journal lacks, and writes the extract. It says on standard output, a JSON line each time, how far it is; a
refusal is its last line. It holds no key and knows no node. Ended at any moment, it goes on where it was.
"""

import asyncio
import importlib.metadata
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import msgspec

from detente.instruments import assignment as assignments
from detente.instruments import extract, sampling, scripted, smallmodel
from detente.instruments.assignment import Assignment, Task
from detente.instruments.extract import Extract, Header, Model, Sample
from detente.instruments.journal import Journal
from detente.instruments.suite import Suite
from detente.trust.errors import DetenteError, Malformed, Unproven

BEGUN = "begun"
EXTRACT = "extract.jsonl"
REFUSED, KEPT = 3, 0

Keep = Callable[[Sample], None]
Engine = Callable[[Path, Assignment, Suite, tuple[Task, ...], Keep], Coroutine[None, None, None]]
"""What makes samples: the folder, the assignment, its suite, what is to be made, and what keeps each."""


def run(folder: Path, told: Callable[[int, int], None], now: Callable[[], int]) -> Extract:
    """Make what is still lacking of an attempt, and return its extract.

    Raises:
        WrongContext: `assignment.*`: something is another than registered; nothing was asked.
        Malformed: `laboratory.1`: the extra is not installed; `suite.*`, `journal.1`.
        Unproven: `laboratory.2`: samples are missing, as where Inspect swallowed an error; run it again.
        OSError: the disk is full; what is finished is kept.
    """
    assignment = assignments.read(folder)
    suite = assignments.checked(assignment, now())
    every = assignments.tasks(assignment, suite)
    begun = _begun(folder, now())
    with Journal(folder) as journal:
        pending = tuple(one for one in every if one.place not in journal.done)
        told(len(every) - len(pending), len(every))

        def keep(sample: Sample) -> None:
            journal.add(sample)
            told(len(journal.done), len(every))

        if pending:
            asyncio.run(_engine(assignment)(folder, assignment, suite, pending, keep))
        # 2. Nothing is missing: an engine may swallow an error of ours, such as that of a full disk.
        lacking = len(every) - len(journal.done)
        if lacking:
            what = f"{lacking} samples were not made, or could not be kept."
            raise Unproven("laboratory.2", what, "See laboratory.err; run it again to go on.")
        return _written(folder, assignment, (begun, now()), tuple(journal.done.values()))


def aborted(folder: Path, now: Callable[[], int]) -> Extract:
    """Close an attempt that is given up: what was not run is unscored, and the attempt counts all the same.

    Raises:
        as `run`, but for the time and the system, which are not looked at.
    """
    assignment = assignments.read(folder)
    suite = assignments.checked(_at_any_time(assignment), now())
    with Journal(folder) as journal:
        lacking = [
            sampling.unscored(one, sampling.ABORTED)
            for one in assignments.tasks(assignment, suite)
            if one.place not in journal.done
        ]
        samples = (*journal.done.values(), *lacking)
        return _written(folder, assignment, (_begun(folder, now()), now()), samples)


def _at_any_time(assignment: Assignment) -> Assignment:
    return msgspec.structs.replace(assignment, begins=None, ends=None)


def _begun(folder: Path, now: int) -> int:
    """When this attempt began: stated once, however often it goes on."""
    path = folder / BEGUN
    if not path.exists():
        path.write_text(str(now), encoding="ascii")
    return int(path.read_text(encoding="ascii"))


def _written(
    folder: Path, assignment: Assignment, times: tuple[int, int], samples: tuple[Sample, ...]
) -> Extract:
    system = assignment.system
    header = Header(
        plan=assignment.plan,
        playbook=assignment.playbook,
        attempt=assignment.attempt,
        suite=assignment.tasks,
        model=Model(system.name, system.digest, assignments.form(system.name)),
        solver=assignment.solver,
        scorer=assignment.scorer,
        judge=assignment.judge,
        software=assignments.software() | _engines(system.name),
        started=times[0],
        ended=times[1],
        counts={},
    )
    return extract.write(folder / EXTRACT, header, samples)


def _engine(assignment: Assignment) -> Engine:
    if assignment.system.name.startswith("scripted/"):
        return play
    # 1. Inspect is here.
    if importlib.util.find_spec("inspect_ai") is None:
        what = "Inspect AI is not installed beside this Python."
        raise Malformed("laboratory.1", what, "Install the extra evaluate; ./run laboratory does.")
    # Imported here: it imports this file's names, and only a run with a model needs it.
    from detente.instruments import inspecting  # noqa: PLC0415

    return inspecting.inspect


def _engines(name: str) -> dict[str, str]:
    """What ran beside ours, by version."""
    if name.startswith("scripted/"):
        return {}
    found = {"inspect-ai": importlib.metadata.version("inspect-ai")}
    return found | (smallmodel.software() if name.startswith("local/") else {})


async def play(
    folder: Path, assignment: Assignment, suite: Suite, pending: tuple[Task, ...], keep: Keep
) -> None:
    """The engine of scripted players: one sample after another, and no second program."""
    del folder
    player = assignment.system.name.partition("/")[2]
    for task in pending:
        ask = scripted.asked(player, suite, task.item, task.language)
        keep(await sampling.sampled(task, assignment, suite, ask))


def main() -> int:
    """Run the attempt of the folder that is named, and say how far it is."""

    def told(done: int, of: int) -> None:
        sys.stdout.write(json.dumps({"done": done, "of": of}) + "\n")
        sys.stdout.flush()

    try:
        run(Path(sys.argv[1]), told, lambda: time.time_ns() // 1_000_000)
    except DetenteError as error:
        said = {"refused": {"step": error.step, "what": error.what, "remedy": error.remedy}}
        sys.stdout.write(json.dumps(said) + "\n")
        return REFUSED
    except OSError as error:
        sys.stdout.write(json.dumps({"failed": str(error)}) + "\n")
        return REFUSED
    return KEPT


if __name__ == "__main__":
    sys.exit(main())
