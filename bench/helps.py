"""Help: what a shell waits for when it completes words, beside the least that this Python can do."""

import subprocess
import sys
import time
from collections.abc import Iterator

from row import Aim, Row, Scale, race

AT_ONCE = Aim("figure", most=150.0)


def shown(scale: Scale) -> Iterator[Row]:
    """Milliseconds of a process that shows the help, and of one that does nothing."""
    ours, least = race(
        lambda: _run("-m", "detente", "--help"),
        lambda: _run("-c", "pass"),
        scale.of(15, 1),
        time.perf_counter,
    )
    yield Row("detente --help", ours * 1000, "ms", least * 1000, "python -c pass", AT_ONCE)


def _run(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (this program)
