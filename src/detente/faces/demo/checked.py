"""A check that ends a scene: one command that anyone can repeat, played here and shown with what it printed.

It says what it shows and what it cannot show. The command is exactly what is printed; only `detente` must be
on the path, and the demonstration says where it is.
"""

import os
import subprocess
import sys
from pathlib import Path

from msgspec import Struct

from detente.faces.demo.narrator import Narrator
from detente.faces.speech import Text

SECONDS = 300.0
MOST_LINES = 8


class Checked(Struct, frozen=True):
    """What became of a check.

    Args:
        command: as it was printed, for bash.
        exit: its exit code.
        holds: whether that is the code that was promised.
    """

    command: str
    exit: int
    holds: bool


def check(narrator: Narrator, command: str, shows: Text, not_shown: Text, exit_code: int = 0) -> Checked:
    """Play a command, and show it, what it printed, what that shows, and what it cannot show."""
    narrator.tell("The check, for anyone to repeat:", "核查，任何人均可重做：")
    narrator.show(f"$ {command}")
    done = subprocess.run(  # noqa: S603 (what is printed is what is played)
        ["bash", "-c", command],  # noqa: S607 (the one that ./run uses)
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
        env=os.environ | {"PATH": f"{programs()}:{os.environ.get('PATH', os.defpath)}"},
    )
    printed = (done.stdout + done.stderr).splitlines()
    narrator.show(*printed[:MOST_LINES], *(["…"] if len(printed) > MOST_LINES else []))
    holds = done.returncode == exit_code
    narrator.tell(
        f"{'as promised' if holds else 'NOT AS PROMISED'}: exit code {done.returncode}",
        f"{'与所述一致' if holds else '与所述不符'}：退出码 {done.returncode}",
    )
    narrator.say(f"It shows: {shows.en}", f"可证明：{shows.zh}")
    narrator.say(f"It cannot show: {not_shown.en}", f"不能证明：{not_shown.zh}")
    return Checked(command, done.returncode, holds)


def programs() -> Path:
    """Return the folder in which `detente` stands."""
    return Path(sys.executable).parent
