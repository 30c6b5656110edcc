"""The prove trial: rules and states drawn at random, answered by runtime and translation alike.

It stops at the first difference, with the rule and the state.
"""

import random
from pathlib import Path

import agreement
from trial import Options, counted

TURNS = 10
"""How often it says how far it is."""


def run(_folder: Path, options: Options) -> None:
    """Compare so many pairs."""
    dice = random.Random(options.seed)  # noqa: S311 (no secret: a seed that can be played again)
    counts = agreement.Counter[str]()
    for turn in range(TURNS):
        counts += agreement.compare(dice, options.pairs // TURNS)
        pairs = {name: counts[name] for name in ("true", "false")}
        counted(f"part {turn + 1} of {TURNS}: pairs that both answered alike", pairs)
    counted(
        "rules drawn, and those outside of the language", {k: v for k, v in counts.items() if k not in pairs}
    )
