"""The stage: folders, ports and processes of the demonstration, and their end.

Every process is ended by its own id, and is given a pipe as standard input whose other end only this program
holds: however this program ends, the pipe closes, and they end too.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from detente.node.errors import Unready

PATIENCE_SECONDS = 10.0
TRIES = 50


class PortTaken(Unready):
    """A port that the demonstration was told to use is in use."""


class Stage:
    """What runs, where; use it as a context, and nothing is left when it ends.

    Args:
        folder: homes, keys, desks and exports go below it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[str]] = {}
        self._logs = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C does not cut short what the first began.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        for name in list(self.running):
            self._reap(name)
        self._logs.close()

    def start(self, name: str, module: str, *arguments: str) -> str:
        """Start `python -m module arguments`, and return the first line that it prints. Raises as `heard`."""
        self.begin(name, module, *arguments)
        return self.heard(name)

    def begin(self, name: str, module: str, *arguments: str) -> None:
        """Start `python -m module arguments`, and wait for nothing: several come up beside each other."""
        log = self._logs.enter_context((self.folder / f"{name}.log").open("a", encoding="utf-8"))
        process = subprocess.Popen(  # noqa: S603 (our own modules, in our own interpreter)
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        self.running[name] = process

    def heard(self, name: str) -> str:
        """Return the first line that a process prints.

        Raises:
            Unready: `stage.1` it ended before it said anything.
        """
        process = self.running[name]
        line = process.stdout.readline().strip() if process.stdout else ""
        # 1. It lives, and has said where.
        if not line:
            said = (self.folder / f"{name}.log").read_text(encoding="utf-8")[-500:]
            raise Unready("stage.1", f"{name} ended at once: {said}", f"See {self.folder / name}.log.")
        return line

    def play(self, name: str, module: str, *arguments: str, secret: str) -> None:
        """Start a process that says nothing, and is told one line on its standard input."""
        log = self._logs.enter_context((self.folder / f"{name}.log").open("a", encoding="utf-8"))
        process = subprocess.Popen(  # noqa: S603 (as above)
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        self.running[name] = process
        if process.stdin is not None:
            process.stdin.write(f"{secret}\n")
            process.stdin.flush()

    def kill(self, name: str) -> int:
        """Kill a process as a power cut would, `kill -9`, and return the id that it had."""
        process = self.running.pop(name)
        process.kill()
        process.wait(PATIENCE_SECONDS)
        _close(process)
        return process.pid

    def stop(self, *names: str) -> None:
        """Ask processes to end, all at once, and wait until they have."""
        for name in names:
            self.running[name].terminate()
        for name in names:
            self._reap(name)

    def _reap(self, name: str) -> None:
        process = self.running.pop(name)
        _close(process)
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE_SECONDS)


def _close(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run one `detente` command in a process of its own, and return what it printed."""
    return subprocess.run(  # noqa: S603 (as above)
        [sys.executable, "-m", "detente", *words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONWARNINGS": "default"},
    )


HIGHEST_PORT = 65_535


def ports(base: int, count: int) -> tuple[int, ...]:
    """Return free ports on loopback: `base` and those after it, or any if it is 0.

    Raises:
        PortTaken: `stage.2`.
    """
    wanted = [base + n if base else 0 for n in range(count)]
    with ExitStack() as held:
        found = []
        for port in wanted:
            listener = held.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # 2. There is such a port, and nobody listens there.
            if not 0 <= port <= HIGHEST_PORT:
                raise PortTaken(
                    "stage.2", f"There is no port {port}.", "Choose others: --base-port N, or 0 for any."
                )
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                what = f"Port {port} cannot be used: {error.strerror}."
                raise PortTaken("stage.2", what, "Choose others: --base-port N, or 0 for any.") from error
            found.append(listener.getsockname()[1])
        return tuple(found)
