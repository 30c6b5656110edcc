"""The hall in which a demonstration is played: its folder, its flags, its end, and what stays up after it.

    hall.declare(parser)
    return hall.perform(parser.parse_args(), scale, play)

`play` gets the stage and the narrator, and returns what the last line says with `--json`, and whether all
held.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from detente.faces import exits
from detente.faces.demo.cast import Cast
from detente.faces.demo.ceremony import PARTIES, Pace
from detente.faces.demo.checked import programs
from detente.faces.demo.keyboard import Keyboard
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.stage import Stage
from detente.faces.speech import LANGUAGES, Text, Voice, as_json, preferred
from detente.node.errors import HomeMissing
from detente.node.home import Home
from detente.trust.errors import DetenteError

PLAIN = frozenset({"C", "POSIX"})
Play = Callable[[Stage, Narrator], tuple[object, bool]]


def declare(parser: argparse.ArgumentParser) -> None:
    """What every demonstration takes."""
    parser.add_argument(
        "--exit", action="store_true", help="end after the last scene, instead of staying up until Ctrl-C"
    )
    parser.add_argument("--json", action="store_true", help="the last line of stdout is one JSON object")
    parser.add_argument(
        "--dir", type=Path, metavar="D", help="keep homes in D/us, D/cn, D/neutral; a new or empty folder"
    )
    parser.add_argument(
        "--base-port", type=int, default=0, metavar="N", help="listen on N, N+1, N+2 (0: any free ports)"
    )
    parser.add_argument("--lang", choices=LANGUAGES, help="language of the story (from LANG)")


def perform(arguments: argparse.Namespace, scale: int, play: Play) -> int:
    """Play, and return an exit code."""
    unicode = _shows_unicode()
    voice = Voice((arguments.lang or preferred()) if unicode else "en", arguments.json)
    # Also where whoever started this in the background had Ctrl-C ignored: any signal ends it in order.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        with _folder(arguments.dir) as folder, Stage(folder) as stage, Keyboard.of_terminal() as keys:
            narrator = Narrator(voice, Pace.from_now(scale), time.monotonic(), keys, unicode)
            outcome, held = play(stage, narrator)
            if voice.json:
                print(as_json(outcome), flush=True)
            if not arguments.exit:
                _stay(stage, voice)
    except DetenteError as error:
        voice.refusal(error)
        return exits.of(error).code
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return exits.KEPT if held else exits.UNSOUND


def concluded(narrator: Narrator, steps: Mapping[str, Mapping[str, Any]]) -> bool:
    """Say whether the check of every part held, and which did not."""
    odd = ", ".join(name for name, one in steps.items() if not one["held"])
    if odd:
        narrator.tell(f"SOMETHING DOES NOT HOLD: {odd}", f"有不成立之处：{odd}")
    else:
        narrator.tell("every check is as promised", "各项核查均与所述一致")
    return not odd


def _shows_unicode() -> bool:
    """Whether what is printed may have more than ASCII in it; if not, nothing fails on it."""
    said = next((os.environ[one] for one in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(one)), "")
    shows = said not in PLAIN and (sys.stdout.encoding or "").lower().replace("-", "") in {"utf8", "gb18030"}
    for stream in (sys.stdout, sys.stderr):
        if not shows and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    return shows


def _stay(stage: Stage, voice: Voice) -> None:
    """Open a desk over each home, say where, and leave all of it up until Ctrl-C."""
    home = stage.folder / PARTIES[0]
    Cast(stage, {party: Home.at(stage.folder / party) for party in PARTIES}).sure(PARTIES)
    for party in PARTIES:
        words = ("--home", str(stage.folder / party), "--port", "0", "--until-eof")
        stage.begin(f"desk-{party}", "detente.faces.desk", *words)
    for party in PARTIES:
        said = json.loads(stage.heard(f"desk-{party}"))
        voice.note(Text(f"The desk of {party}: {said['desk']}", f"{party} 的工作台：{said['desk']}"))
    voice.note(
        Text(
            f"Nodes and desks stay up until Ctrl-C. Ask them: {programs()}/detente standing --home {home}",
            f"节点与工作台将一直运行到按下 Ctrl-C。可以询问：{programs()}/detente standing --home {home}",
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
