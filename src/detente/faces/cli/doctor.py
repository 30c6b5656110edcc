"""`detente doctor`: what is wrong with a node's home and what to do, whether the node runs or not.

0 if nothing wants a person now, 1 if something does. Notices alone are no trouble: what they say is known and
may stay. Nothing is written, and nothing is asked of the others.
"""

import argparse
from pathlib import Path

from detente.faces import door, pillars, symptoms
from detente.faces.cli.place import declare_home, home_of
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice
from detente.node import doctor
from detente.node.finding import Finding
from detente.trust.errors import DetenteError

WEIGHTS = {"trouble": Text("trouble", "故障"), "notice": Text("notice", "提示")}


def declare(parser: argparse.ArgumentParser) -> None:
    """Whose home."""
    declare_home(parser)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print what is wrong.

    Raises:
        HomeMissing: `home.3`, `place.1`.
    """
    home = home_of(arguments)
    findings = doctor.examine(home, pillars.installed(), answers=_answers)
    troubles = [one for one in findings if one.weight == "trouble"]
    voice.result(
        {"findings": [_value(one) for one in findings], "ok": not troubles},
        [_head(home, len(troubles), voice), *(line for one in findings for line in _lines(one, voice))],
    )
    return UNSOUND if troubles else KEPT


def _answers(home: Path) -> bool:
    try:
        return bool(door.Door(home.absolute()).party)
    except DetenteError:
        return False


def _head(home: Path, troubles: int, voice: Voice) -> str:
    well = Text(f"{home}: nothing wants you now.", f"{home}：目前无需处理。")
    ill = Text(f"{home}: {troubles} trouble{'s' if troubles != 1 else ''}.", f"{home}：{troubles} 项故障。")
    return voice.choose(ill if troubles else well)


def _lines(finding: Finding, voice: Voice) -> list[str]:
    what, remedy = symptoms.told(finding)
    weight = voice.choose(WEIGHTS[finding.weight])
    return [
        f"  {finding.step} {finding.symptom} ({weight}): {voice.choose(what)}",
        f"    {voice.choose(remedy)}",
    ]


def _value(finding: Finding) -> dict[str, object]:
    what, remedy = symptoms.told(finding)
    return {
        "facts": finding.facts,
        "remedy": remedy._asdict(),
        "step": finding.step,
        "symptom": finding.symptom,
        "weight": finding.weight,
        "what": what._asdict(),
    }
