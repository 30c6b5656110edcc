"""`./run demo clearinghouse`: from a report in confidence to a lesson that all may read.

Somebody reports in Chinese, sealed at home; the desk makes of it a copy that names nobody, and rates it; it
is tabled and released as the accord says, matched with what the rival holds, notified and read back; a pause,
a joint response, a correction, a close with a lesson, and a site that tells the case and that anybody checks.
Three nodes on loopback and the commands that you have too; each part ends in a check that anybody can repeat.
"""

import argparse
import sys
from typing import Any

from msgspec import Struct

from detente.faces.demo import hall, inaugural
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.confided import Confided
from detente.faces.demo.hand import Hand
from detente.faces.demo.handled import Handled
from detente.faces.demo.matched import Matched
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.published import Published
from detente.faces.demo.released import Released
from detente.faces.demo.stage import Stage
from detente.faces.demo.told import Told

ACCORD = "clearing.yaml"


class Outcome(Struct, frozen=True):
    """What the last line says with `--json` (docs/demo.md)."""

    parties: tuple[str, ...]
    steps: dict[str, dict[str, Any]]
    verified: bool


def play(stage: Stage, narrator: Narrator, base_port: int) -> Outcome:
    """Play all of it."""
    narrator.scene(
        "DEMONSTRATION. The event is real and public; that parties handle it is played.",
        "演示。事件真实且公开；由各方处置则是演示中的安排。",
    )
    inaugural.found(stage, narrator, base_port, ACCORD)
    steps = _played(stage, narrator)
    return Outcome(PARTIES, steps, hall.concluded(narrator, steps))


def _played(stage: Stage, narrator: Narrator) -> dict[str, dict[str, Any]]:
    hand = Hand(narrator, stage.folder)
    confided = Confided(hand, narrator, stage)
    narrator.scene("Reported in confidence, in Chinese", "以中文保密报告")
    desk, reported = confided.report()
    narrator.scene("De-identified, and rated", "去标识与评级")
    draft, triaged = confided.triage()
    released = Released(hand, narrator, stage)
    narrator.scene("Tabled, and released as the accord says", "提交，并依协议开示")
    record, tabled = released.table(draft, confided.searched)
    steps = {"report": reported, "triage": triaged, "table": tabled}
    narrator.scene(
        "Matched: both hold it, and show each other nothing else", "比对：双方均持有，且互不透露其他内容"
    )
    matched = Matched(hand, narrator, released)
    own = matched.hold()
    steps["match"] = matched.match()
    steps |= _handled(Handled(hand, narrator, record), own)
    published = Published(hand, narrator, desk)
    narrator.scene("Told in the digest, for all to check", "在公开摘要中讲述，供各方核对")
    account = Told(hand, narrator, stage).tell(str(steps["response"]["opened"]))
    steps["digest"] = account | published.site(confided.searched)
    narrator.scene("The reporter is told", "告知报告人")
    steps["reporter"] = published.tell()
    return steps


def _handled(handled: Handled, own: str) -> dict[str, dict[str, Any]]:
    scene = handled.narrator.scene
    scene("Notified within its clock, and read back", "限时通报与复诵")
    notice, notified = handled.notify()
    scene("A pause is asked for, and accepted", "请求暂停，对方同意")
    pause, paused = handled.pause()
    scene("Both respond, each on its own ground", "双方各自处置")
    responded = handled.respond()
    scene("Corrected, as fast as what it corrects", "以同等时效更正")
    corrected = handled.correct(notice)
    scene("The pause ends", "暂停结束")
    lifted = handled.lift(pause, str(paused["requested"]))
    scene("Closed, with a lesson", "结案并总结经验教训")
    closed = handled.close(own)
    return {
        "notice": notified,
        "pause": paused,
        "response": responded,
        "correction": corrected,
        "lift": lifted,
        "close": closed,
    }


def main() -> int:
    """Play, and return an exit code."""
    parser = argparse.ArgumentParser(
        prog="./run demo clearinghouse", description=(__doc__ or "").split("\n", 1)[0]
    )
    hall.declare(parser)
    arguments = parser.parse_args()

    def told(stage: Stage, narrator: Narrator) -> tuple[object, bool]:
        outcome = play(stage, narrator, arguments.base_port)
        return outcome, outcome.verified

    return hall.perform(arguments, 1, told)


if __name__ == "__main__":
    sys.exit(main())
