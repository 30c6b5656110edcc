"""Executors: where attempts run. The port is one method; the local one starts a process on this machine.

    Local().run(folder, told)   ->   the extract

The process is another Python's if need be: the extra `evaluate` is heavy, and lies in an environment beside
this one (`./run laboratory`), or wherever DETENTE_LABORATORY says. It inherits no variable but those that a
provider needs.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from detente.instruments import extract
from detente.instruments.extract import Extract
from detente.instruments.laboratory import EXTRACT
from detente.trust.errors import DetenteError, Malformed, Unproven

Told = Callable[[int, int], None]
"""Is told how many samples are done, and of how many."""

KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
KEY_VARIABLES = ("_API_KEY", "_BASE_URL", "_API_VERSION")


class NotRun(Unproven):
    """An attempt ended before it was whole; what is finished is kept, and it can go on."""


class Executor(Protocol):
    """Where attempts run."""

    def run(self, folder: Path, told: Told) -> Extract:
        """Run, or go on with, the attempt whose assignment lies in a folder, and return its extract.

        Raises:
            DetenteError: what the laboratory refused, under its step.
            NotRun: `executor.1`: it ended before it was whole.
        """


class Local:
    """One process on this machine.

    Args:
        python: which Python has what the system under test needs; None: DETENTE_LABORATORY, or this one.
        before: a command that the process is started through, such as one that takes its network away.
    """

    def __init__(self, python: str | None = None, before: Sequence[str] = ()) -> None:
        self._python = python or laboratory_python()
        self._before = tuple(before)

    def run(self, folder: Path, told: Told) -> Extract:
        """As the port says."""
        command = [*self._before, self._python, "-m", "detente.instruments.laboratory", str(folder)]
        with (
            (folder / "laboratory.err").open("ab") as errors,
            subprocess.Popen(  # noqa: S603  # our own module, and a folder that we made
                command,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=surroundings(folder),
                stdin=subprocess.DEVNULL,
            ) as child,
        ):
            try:
                for line in child.stdout or ():
                    _heard(line, told)
            except BaseException:
                child.terminate()
                raise
        # 1. It came to its end.
        if child.returncode != 0:
            what = f"The laboratory ended with {child.returncode} before the attempt was whole."
            raise NotRun("executor.1", what, f"See {folder / 'laboratory.err'}; run it again to go on.")
        return extract.read(folder / EXTRACT)


def laboratory_python() -> str:
    """Return the Python of laboratories: DETENTE_LABORATORY, what `./run laboratory` made, or this."""
    made = Path(f"{sys.prefix}-evaluate") / "bin" / "python"
    return os.environ.get("DETENTE_LABORATORY") or (str(made) if made.exists() else sys.executable)


def surroundings(folder: Path, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of the process: a home of its own, and the keys that providers read."""
    mine = os.environ if given is None else given
    kept = {
        name: value for name, value in mine.items() if name in KEPT_VARIABLES or name.endswith(KEY_VARIABLES)
    }
    source = str(Path(__file__).parents[2])
    return kept | {
        "HOME": str(folder),
        "PYTHONPATH": source,
        "PYTHONUNBUFFERED": "1",
        "INSPECT_DISPLAY": "none",
    }


def _heard(line: bytes, told: Told) -> None:
    """Take one line of the laboratory: progress, or why it refuses; anything else is a provider's noise."""
    try:
        said: Any = json.loads(line)
    except ValueError:
        return
    if not isinstance(said, dict):
        return
    if "refused" in said:
        why = said["refused"]
        raise _again(why)
    if "failed" in said:
        remedy = "Make room, or mend what it names; then run it again: it goes on where it was."
        raise NotRun("executor.2", f"The system refused the laboratory: {said['failed']}.", remedy)
    if "done" in said:
        told(int(said["done"]), int(said["of"]))


def _again(why: dict[str, str]) -> DetenteError:
    kind = Unproven if why["step"].startswith("assignment.") else Malformed
    return kind(why["step"], why["what"], why["remedy"])
