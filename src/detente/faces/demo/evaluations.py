"""`./run demo evaluations`: a playbook, a registered run, its result, and a sealed suite at a facility.

Three parties sign an accord; then everything is done by the commands that you have too, each shown before
what it says. The system is a small real model where the laboratory is installed (`./run laboratory`), and a
player that keeps every rule at the facility: a program of a few lines, and no model.
"""

import argparse
import io
import json
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from detente.faces import cli, exits
from detente.faces.demo import ceremony
from detente.faces.demo.ceremony import Pace
from detente.faces.demo.stage import Stage
from detente.faces.speech import LANGUAGES, Text, Voice, preferred
from detente.instruments.executor import laboratory_python

SMALL, PLAYER = "local/smollm2-135m", "scripted/wavering"
COUNTS = ("--samples", "4", "--benign", "2")
SHOWN = 12
"""How many lines of what a command says are shown."""


class Scene:
    """Says each command, and some of what it answers."""

    def __init__(self, voice: Voice, folder: Path) -> None:
        self._voice, self._folder = voice, folder
        self.refused: list[int] = []

    def title(self, text: Text) -> None:
        """Begin a part."""
        print(f"\n── {self._voice.choose(text)}", flush=True)

    def play(self, *words: str) -> None:
        """Show a command and what it says, for a person."""
        self._shown(words)
        said = io.StringIO()
        with redirect_stdout(said):
            code = cli.main([*words, "--lang", self._voice.language])
        lines = said.getvalue().splitlines()
        print("\n".join(f"  {line[:110]}" for line in lines[:SHOWN]), flush=True)
        if code != exits.KEPT:
            self.refused.append(code)

    def ask(self, *words: str) -> Any:  # noqa: ANN401  # any verb's JSON
        """Show a command, and return its answer as data."""
        self._shown(words)
        said = io.StringIO()
        with redirect_stdout(said):
            code = cli.main([*words, "--json"])
        if code != exits.KEPT:
            self.refused.append(code)
            return {}
        return json.loads(said.getvalue())

    def _shown(self, words: tuple[str, ...]) -> None:
        told = " ".join(words).replace(f"{self._folder}/", "")
        print(f"$ detente {told}", flush=True)


def play(scene: Scene, folder: Path, model: str) -> bool:
    """Play all of it; return whether all held, and exactly two things were refused."""
    home = ("--home", str(folder / "us"))
    file = str(folder / "oversight.toml")
    scene.title(Text("A test is agreed", "约定测试"))
    scene.play("evaluate", "playbook", "new", "oversight", "--to", file)
    scene.play("evaluate", "playbook", "explain", file)
    book = scene.ask("evaluate", "playbook", "table", file, *home)["id"]
    scene.title(Text("It is registered, then run", "先登记，后运行"))
    words = ("--attempts", "1", *COUNTS, *home)
    plan = scene.ask("evaluate", "register", book, "--model", model, *words)["id"]
    scene.play("evaluate", "run", plan, "--model", "scripted/careful", *home)
    scene.play("evaluate", "run", plan, "--model", model, *home)
    seed = str(folder / "seed")
    result = scene.ask("evaluate", "report", plan, "--seed", seed, *home)["id"]
    facts = scene.ask("record", "show", result, *home)["facts"]
    print(f"  {facts['decision']}, attempt {facts['attempt']}, checkable {facts['checkable']}", flush=True)
    _sealed(scene, folder, home)
    return len(scene.refused) == 2 and facts["checkable"] is True  # noqa: PLR2004  # the other system, the spent items


def _sealed(scene: Scene, folder: Path, home: tuple[str, str]) -> None:
    place, keys, package = (folder / name for name in ("facility", "keys.json", "package"))
    file, assignment = folder / "sealed.toml", str(folder / "assignment")
    bound = ("--genesis", "9e" * 32, "--author", "us")
    scene.title(
        Text("What neither side shows: a harmless stand-in, sealed", "双方均不示人：密封的无害替代题")
    )
    public = scene.ask("evaluate", "facility", "key", str(place), "--party", "neutral")
    keys.write_text(json.dumps(public), encoding="utf-8")
    words = ("--for", str(keys), "--to", str(package), *bound)
    sealed = scene.ask("evaluate", "facility", "seal", "jailbreak", *words)
    scene.play("evaluate", "playbook", "new", "biosecurity", "--to", str(file))
    text = file.read_text(encoding="utf-8").replace("0" * 64, sealed["root"])
    file.write_text(text.replace("items = 1", f"items = {sealed['items']}"), encoding="utf-8")
    book = scene.ask("evaluate", "playbook", "table", str(file), *home)["id"]
    for _ in range(2):  # the second time the items are spent
        words = ("--model", "scripted/careful", *COUNTS, *home)
        plan = scene.ask("evaluate", "register", book, *words)["id"]
        out = ("--assign", assignment, *home)
        scene.play("evaluate", "run", plan, "--model", "scripted/careful", *out)
        run = ("facility", "run", str(place), str(package), "--assignment", assignment)
        scene.play("evaluate", *run, "--report", str(folder / "report"), *bound)


def main() -> int:
    """Play it in a folder that goes away, and return an exit code."""
    parser = argparse.ArgumentParser(
        prog="./run demo evaluations", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--lang", choices=LANGUAGES, help="language of the story (from LANG)")
    parser.add_argument("--model", help=f"the system under test ({SMALL} where the laboratory is installed)")
    arguments = parser.parse_args()
    installed = any(Path(laboratory_python()).parents[1].glob("lib/python*/site-packages/inspect_ai"))
    model = arguments.model or (SMALL if installed else PLAYER)
    with tempfile.TemporaryDirectory(prefix="detente-demo-") as name, Stage(Path(name)) as stage:
        folder, pace = Path(name), Pace.from_now(1)
        homes = ceremony.homes(folder, dict.fromkeys(ceremony.PARTIES, 9), pace)
        ceremony.found(stage, homes, ceremony.appoint(stage), pace, ("evaluations",))
        held = play(Scene(Voice(arguments.lang or preferred()), folder), folder, model)
    return exits.KEPT if held else exits.UNSOUND


if __name__ == "__main__":
    raise SystemExit(main())
