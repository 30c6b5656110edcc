"""The prove trial: rules and states drawn at random, answered by runtime and translation alike; templates.

It stops at the first difference, with the rule and the state, and at a template that is not wholly proven.
"""

import random
from pathlib import Path

import agreement
from trial import Options, counted, say

from detente.accord import terms
from detente.accord.proofs.check import check
from detente.faces import founding, pillars, template

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
    _templates()


def _templates() -> None:
    """Prove every template: the network of nine parties takes too long for the tests."""
    for name in template.names():
        accord = founding.provisional(template.text(name))
        built = terms.build([accord], pillars.editions().values(), pillars.scales().values())
        answers = check(built.versions[1]).answers
        missed = [f"{one.property}: {one.verdict}" for one in answers if one.verdict != "proven"]
        assert not missed, f"{name}: {missed}"
        say(f"{name}: {len(answers)} properties proven")
