"""`./run demo`: three nodes, six officers and real, public incidents, on this machine alone.

Three node processes on loopback exchange incidents under an accord that six officers sign, each officer being
a process of its own. A record goes from draft to held; the gate shows fields to one and refuses them to
another; a duty arises and is kept; a node is killed and catches up; separate commands check everything.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from detente.faces import exits
from detente.faces.cli.standing import VERDICTS
from detente.faces.demo import ceremony
from detente.faces.demo.audit import Audit, Outcome
from detente.faces.demo.cases import cases
from detente.faces.demo.cast import Cast, until
from detente.faces.demo.ceremony import PARTIES, Pace
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.scenes import Scenes
from detente.faces.demo.stage import Stage, ports
from detente.faces.speech import LANGUAGES, Text, Voice, as_json, preferred
from detente.node.errors import HomeMissing
from detente.trust.errors import DetenteError

SCALE = 3600
FIRST = "coding-assistant-wiper"
INCIDENT = "agent-deletes-live-database"
GRAVE = "meeting-of-forged-colleagues"
BEFORE = (
    "open-log-database",
    "forged-surrender-address",
    "tay",
    "face-search-code-exposed",
    "translation-leads-to-arrest",
    "robotaxi-drags-pedestrian",
)
MEANWHILE = ("chat-titles-shown-to-strangers", "locker-opened-by-a-photo", "care-hours-cut-by-formula")
AFTER = ("order-system-floods-market", "averaged-debts", "patrol-robot-in-the-fountain", "shadowray")
HELD_BACK = frozenset(
    {
        "virustotal-poisoning",
        "stolen-model-access",
        "models-that-open-a-shell",
        "account-opening-deepfake-kit",
        "self-harm-videos-recommended",
        "flight-control-pushes-down",
    }
)
"""Grave ones: each would make its party owe a notice, and the demonstration gives one notice, not seven."""
VICTIM = "neutral"


def main() -> int:
    """Play, and return an exit code."""
    arguments = _parser().parse_args()
    voice = Voice(arguments.lang or preferred(), arguments.json)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        with _folder(arguments.dir) as folder, Stage(folder) as stage:
            outcome = play(stage, voice, arguments.base_port)
            if voice.json:
                print(as_json(outcome), flush=True)
            if not arguments.exit:
                _stay(stage, voice)
    except DetenteError as error:
        voice.refusal(error)
        return exits.of(error).code
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return exits.KEPT if outcome.verified else exits.UNSOUND


def play(stage: Stage, voice: Voice, base_port: int) -> Outcome:
    """Play every scene, and return what the audit found."""
    chosen = dict(zip(PARTIES, ports(base_port, len(PARTIES)), strict=True))
    narrator = Narrator(voice, Pace.from_now(SCALE), time.monotonic())
    cast = _found(stage, narrator, chosen)
    scenes, known = Scenes(cast, narrator), cases()
    narrator.scene("One record's way", "一条记录的路程")
    near_miss = scenes.follow(known[FIRST])
    narrator.scene("The others report too", "其他各方也提交记录")
    incident = scenes.report(known[INCIDENT])
    for name in BEFORE:
        scenes.report(known[name])
    narrator.scene("What leaves, and what does not", "什么离开，什么不离开")
    scenes.disclose((known[FIRST], near_miss.id), (known[INCIDENT], incident.id))
    scenes.refuse(known[FIRST])
    narrator.scene("A duty arises, and is kept", "义务产生，并得到履行")
    scenes.notify(known[GRAVE])
    narrator.scene("A node is killed", "一个节点被强行终止")
    scenes.crash(VICTIM, [known[name] for name in MEANWHILE])
    for name in (*AFTER, *_others(known)):
        scenes.report(known[name])
    until("all nodes hold everything", lambda: scenes.level() or None)
    narrator.scene("The audit, by separate commands", "由独立命令进行的审计")
    outcome = Audit(cast, narrator).run()
    _close(narrator, outcome)
    return outcome


def _others(known: Iterable[str]) -> list[str]:
    """Return the cases that no scene names, but those held back: with them, at least forty are told."""
    named = {FIRST, INCIDENT, GRAVE, *BEFORE, *MEANWHILE, *AFTER}
    return [name for name in known if name not in named | HELD_BACK]


def _found(stage: Stage, narrator: Narrator, chosen: dict[str, int]) -> Cast:
    """Found the accord, and start the nodes."""
    narrator.scene(
        "DEMONSTRATION. The incidents are real and public; that a party reports them is played.",
        "演示。事件真实且公开；由某方报告则是演示中的安排。",
    )
    narrator.tell(
        "No record is any government's statement. Clocks are shortened: an hour passes in each second.",
        "任何记录都不是任何政府的声明。时钟已缩短：每秒相当于一小时。",
    )
    made = ceremony.homes(stage.folder, chosen, narrator.pace)
    appointed = ceremony.appoint(stage)
    accord = ceremony.found(stage, made, appointed, narrator.pace)
    narrator.tell(
        f"6 officers, each a process with keys of its own, signed accord {accord.genesis[:16]}",
        f"6 名官员（各为独立进程，持有自己的密钥）签署了协议 {accord.genesis[:16]}",
    )
    cast = Cast(stage, made)
    for party in PARTIES:
        cast.start(party)
        narrator.tell(
            f"{party}: a node of its own, process {stage.running[f'node-{party}'].pid}, port {chosen[party]}",
            f"{party}：独立节点，进程 {stage.running[f'node-{party}'].pid}，端口 {chosen[party]}",
        )
    return cast


def _close(narrator: Narrator, outcome: Outcome) -> None:
    held = ", ".join(f"{party} {count}" for party, count in outcome.records.held.items())
    said = {name: narrator.voice.choose(VERDICTS[name]) for name in outcome.duties}
    duties = ", ".join(f"{said[name]} {count}" for name, count in outcome.duties.items())
    narrator.tell(
        f"{outcome.records.tabled} records tabled; held: {held}; duties: {duties}",
        f"共提交 {outcome.records.tabled} 条记录；持有：{held}；义务：{duties}",
    )
    if outcome.verified:
        narrator.tell(
            "every byte holds, and all sides compute the same standing",
            "每个字节均成立，各方算得的履约状况相同",
        )
    else:
        narrator.tell("SOMETHING DOES NOT HOLD: see above", "有不成立之处：见上文")


def _stay(stage: Stage, voice: Voice) -> None:
    """Leave the nodes up until Ctrl-C."""
    home = stage.folder / PARTIES[0]
    voice.note(
        Text(
            f"The nodes stay up until Ctrl-C. Ask them: detente standing --home {home}",
            f"节点将一直运行到按下 Ctrl-C。可以询问：detente standing --home {home}",
        )
    )
    signal.pause()


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    """Give the folder that was named, new or empty, and keep it; or else one that goes away."""
    if named is None:
        with tempfile.TemporaryDirectory(prefix="detente-demo-") as folder:
            yield Path(folder)
        return
    # 1. Nothing of somebody else's is mixed with the demonstration's.
    try:
        named.mkdir(parents=True, exist_ok=True)
        empty = not any(named.iterdir())
    except OSError as error:
        what = f"{named} cannot be made a folder of yours: {error.strerror}."
        raise HomeMissing("demo.1", what, "Name a new or an empty folder where you may write.") from error
    if not empty:
        raise HomeMissing("demo.1", f"{named} is there, and is not empty.", "Name a new or an empty folder.")
    yield named.resolve()


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run demo", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument(
        "--exit", action="store_true", help="end after the audit, instead of staying up until Ctrl-C"
    )
    parser.add_argument("--json", action="store_true", help="the last line of stdout is one JSON object")
    parser.add_argument(
        "--dir", type=Path, metavar="D", help="keep homes in D/us, D/cn, D/neutral; a new or empty folder"
    )
    parser.add_argument(
        "--base-port", type=int, default=0, metavar="N", help="listen on N, N+1, N+2 (0: any free ports)"
    )
    parser.add_argument("--lang", choices=LANGUAGES, help="language of the story (from LANG)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
