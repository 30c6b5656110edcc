"""Laboratories: what we add to bare Inspect, and one suite in two languages on the small real model.

Both need the environment of `./run laboratory`. Where it is not, the rows are left out, and stderr says so.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detente.instruments.executor import laboratory_python
from row import Aim, Row, Scale

SOURCE = Path(__file__).parents[1] / "src"
PLAYED = Path(__file__).with_name("laboratory_race.py")
SUITE_SAMPLES = 400
"""Of the suite `oversight`: 150 items and 50 twins in two languages."""
SECONDS = 90


def overhead(scale: Scale) -> Iterator[Row]:
    """Samples through our engine, against bare Inspect with the same samples and the same mock."""
    told = _played("mock", scale.of(150, 1), scale.rounds)
    if told is not None:
        figure, reference = told["ours"], told["bare"]
        yield Row(
            "a sample through Inspect", figure, "ms", reference, "bare Inspect", Aim("ratio", most=1.05)
        )


def suite(scale: Scale) -> Iterator[Row]:
    """Samples in two languages on the small real model, against its server with the same questions alone."""
    if scale.quick:  # its shortest is ten seconds
        print("left out of the quick table", file=sys.stderr)
        return
    told = _played("small", 6, 1)
    if told is not None:
        aim = Aim("figure", most=1_000 * SECONDS / SUITE_SAMPLES)
        against = "its server alone, same questions"
        yield Row("a sample of a suite in two languages", told["ours"], "ms", told["bare"], against, aim)


def _played(what: str, count: int, rounds: int) -> Any:  # noqa: ANN401  # what the race prints
    """Let the race be run by the laboratory's Python; None where it has no Inspect."""
    python = laboratory_python()
    if not any(Path(python).parents[1].glob("lib/python*/site-packages/inspect_ai")):
        print("left out: Inspect is not installed (./run laboratory installs it)", file=sys.stderr)
        return None
    words = [python, str(PLAYED), what, str(count), str(rounds)]
    environment = {"PYTHONPATH": str(SOURCE), "PATH": "/usr/bin:/bin", "INSPECT_DISPLAY": "none"}
    done = subprocess.run(  # noqa: S603  # our own program
        words, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])
