"""`./run demo evaluations`: a small real model is tested so that a rival believes what came of it.

A playbook that both sides adopt, a registered run at the neutral facility, a spot check, a replication,
sealed items, a safety card, a statement of testing, and its suspension after an incident. Three nodes on
loopback, and the commands that you have too; each part ends in a check that anybody can repeat.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from msgspec import Struct

from detente.faces.demo import hall, inaugural
from detente.faces.demo.attested import Attested
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.hand import Hand
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.stage import Stage
from detente.faces.demo.trial import Trial
from detente.instruments.executor import laboratory_python

SMALL, PLAYER = "local/smollm2-135m", "scripted/wavering"
COUNTS = (16, 2)
"""Samples and twins in each language: so many pairs without a difference agree within 10 % at 95 %."""
ACCORD = "testing.yaml"


class Outcome(Struct, frozen=True):
    """What the last line says with `--json` (docs/demo.md)."""

    parties: tuple[str, ...]
    model: str
    steps: dict[str, dict[str, Any]]
    verified: bool


def play(stage: Stage, narrator: Narrator, model: str, base_port: int) -> Outcome:
    """Play all of it."""
    genesis = _founded(stage, narrator, base_port)
    steps = _played(Trial(Hand(narrator, stage.folder), narrator, model, COUNTS), genesis)
    return Outcome(PARTIES, model, steps, hall.concluded(narrator, steps))


def _played(trial: Trial, genesis: str) -> dict[str, dict[str, Any]]:
    scene, attested = trial.narrator.scene, Attested(trial, genesis)
    scene("A test is agreed", "约定测试")
    book, agreed = trial.agree()
    scene("It is registered, then run at the facility", "先登记，后在测试机构运行")
    made, run = trial.run(book)
    scene("Samples are drawn, and opened", "抽取并开示样本")
    challenged = trial.challenge(made)
    scene("The rival runs it again", "另一方复现")
    replicated = trial.replicate(made)
    scene("What neither side shows: harmless stand-ins, sealed", "双方均不示人：密封的无害替代题")
    result, sealed = attested.seal()
    results = (made.shown, result)
    scene("A safety card", "安全卡")
    card, carded = attested.card(results)
    scene("A statement of testing", "测试声明")
    statement, stated = attested.state(card, results, str(replicated["replication"]))
    scene("An incident suspends it", "事件导致声明中止")
    suspended = attested.suspend(card, statement)
    return {
        "playbook": agreed,
        "run": run,
        "challenge": challenged,
        "replication": replicated,
        "sealed": sealed,
        "card": carded,
        "statement": stated,
        "suspension": suspended,
    }


def _founded(stage: Stage, narrator: Narrator, base_port: int) -> str:
    """Found the accord, start the nodes, and return its genesis; the stage ends them."""
    narrator.scene(
        "DEMONSTRATION. The tests are real and harmless; that parties make them is played.",
        "演示。测试真实且无害；由某方进行则是演示中的安排。",
    )
    accord = inaugural.found(stage, narrator, base_port, ACCORD)
    stage.stop(*(name for name in stage.running if name.startswith("officer-")))
    return accord.genesis


def main() -> int:
    """Play, and return an exit code."""
    parser = argparse.ArgumentParser(
        prog="./run demo evaluations", description=(__doc__ or "").split("\n", 1)[0]
    )
    hall.declare(parser)
    parser.add_argument("--model", help=f"the system under test ({SMALL} where the laboratory is installed)")
    arguments = parser.parse_args()
    installed = any(Path(laboratory_python()).parents[1].glob("lib/python*/site-packages/inspect_ai"))
    model = arguments.model or (SMALL if installed else PLAYER)

    def told(stage: Stage, narrator: Narrator) -> tuple[object, bool]:
        outcome = play(stage, narrator, model, arguments.base_port)
        return outcome, outcome.verified

    return hall.perform(arguments, 1, told)


if __name__ == "__main__":
    sys.exit(main())
