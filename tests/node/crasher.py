"""A warm process that forks a child for each life; the child works as a node until it is killed.

    crasher.py        one `Job` a line on standard input, one `Outcome` a line on standard output (JSON)

A fork costs milliseconds where a new interpreter costs half a second. It tears nothing in two: this process
has one thread (counted before each fork), and no database, lock or socket open.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from detente.node import fault, writer
from detente.node.clock import SetClock
from detente.node.dispatch import Dispatch
from detente.node.draft import Draft, Tabled
from detente.node.node import Node
from homes import PARTIES, World, draft, installed, notice

PATIENCE = 60
"""Seconds after which a child that hangs is ended, which the trial takes for a failure."""


class Job(msgspec.Struct, frozen=True):
    """One life: whose node, on which drafts, at what time, and when it ends: at a point, or after a while.

    `mutant` names a fault that the program then has (`MUTANTS`); "" is none.
    """

    folder: str
    party: str
    first: int
    now: int
    point: str = ""
    count: int = 1
    after_ms: int = 0
    mutant: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """How the child ended (minus the signal, or its exit code), and what it had told before."""

    status: int
    said: list[str]


def drafts(first: int) -> list[Draft]:
    """Return what a life tables: two reports, and in every fourth life a notice that binds the others."""
    notices = [notice(first + 2)] if first % 40 == 0 else []
    return [draft(first), draft(first + 1), *notices]


def live(node: Node, first: int, say: Callable[[str], None]) -> None:
    """Take one round of everything a node does, and say what is acknowledged as soon as it is."""
    node.sync()
    _held(node, say)
    with ThreadPoolExecutor(3) as pool:  # so that acts share commits
        list(pool.map(lambda one: say(f"tabled {node.table(one).id}"), drafts(first)))
    size = node.status().domains["live"].own.size
    node.publish()
    say(f"published {size}")
    for row in node.release_due():
        say(f"sent {row.release}")
    if (name := node.heartbeat()) is not None:
        say(f"beaten {name}")
    node.sync()
    _held(node, say)


def _held(node: Node, say: Callable[[str], None]) -> None:
    for party, log in node.status().domains["live"].others.items():
        gaps = sum(last - first + 1 for first, last in log.missing)
        say(f"held {party} {log.here} {gaps}")


def _tells_before_it_is_durable() -> None:
    """Let the writer acknowledge a draft before its commit, and die in between."""
    attempt = writer._attempt  # noqa: SLF001 (this very step is made wrong)

    def early(job: writer._Job[object], batch: writer.Batch) -> tuple[object, BaseException | None]:
        result, raised = attempt(job, batch)
        if isinstance(result, Tabled) and not job.settled:
            job.future.set_result(result)
            time.sleep(0.2)  # whoever waited for it tells it on
            os.kill(os.getpid(), signal.SIGKILL)
        return result, raised

    writer._attempt = early  # noqa: SLF001


def _lets_go_without_the_ledger() -> None:
    """Let a release be logged and published in a commit that lacks the ledger's row about it."""
    Dispatch._settle = lambda *_: None  # type: ignore[method-assign]  # noqa: SLF001 (made wrong)


MUTANTS = {
    "tells before it is durable": _tells_before_it_is_durable,
    "lets go without the ledger": _lets_go_without_the_ledger,
}
"""Faults that this trial must find, each within one life: else it could not fail at all."""


def _child(job: Job, out: int) -> None:
    signal.alarm(PATIENCE)
    if job.mutant:
        MUTANTS[job.mutant]()
    os.environ |= {"DETENTE_FAULTS": "1", "DETENTE_CRASH_AT": f"{job.point}:{job.count}"}
    world = World(Path(job.folder), clock=SetClock(job.now))

    def say(line: str) -> None:
        os.write(out, f"{line}\n".encode())

    with world.open(job.party) as node:
        live(node, job.first, say)
    for name, count in fault._passed.items():  # noqa: SLF001 (only a test asks how often a point was passed)
        say(f"passed {name} {count}")


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir())) if Path("/proc/self/task").exists() else 1


def _fork(job: Job) -> Outcome:
    if _threads() != 1:
        raise RuntimeError("this process has other threads: to fork it would not be sound")
    read, out = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            _child(job, out)
        except BaseException as error:  # noqa: BLE001 (whatever it is, the trial is told, and this child ends)
            os.write(out, f"raised {error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    os.close(out)
    if job.after_ms:
        time.sleep(job.after_ms / 1000)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(read, "rb") as lines:
        said = lines.read().decode().splitlines()
    return Outcome(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said)


def main() -> None:
    """Fork a child for each job, until there are no more."""
    installed()
    for line in sys.stdin.buffer:
        outcome = _fork(msgspec.json.decode(line, type=Job))
        sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    assert set(PARTIES) == {"cn", "neutral", "us"}
    main()
