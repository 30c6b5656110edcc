"""The hand: does what the demonstration shows, by the commands that you have too.

    hand = Hand(narrator, folder)
    hand.ask("evaluate", "register", book, …)["id"]     shown, run, and its JSON returned
    hand.show("evaluate", "playbook", "explain", file)  shown, run, and what it says shown too
    hand.refused("evaluate", "run", …)                  the step at which it was refused

Commands run in this process and reach the nodes through their doors, as they do from a shell.
"""

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from shlex import join
from typing import Any

from msgspec import Struct

from detente.faces import cli, exits, speech
from detente.faces.demo.narrator import Narrator
from detente.node import durable
from detente.node.errors import Unready

MOST_LINES, MOST_COLUMNS = 12, 110


class WentWrong(Unready):
    """A command of the demonstration did not do what the story needs."""


class Hand(Struct, frozen=True):
    """Who types.

    Args:
        narrator: who shows what was typed.
        folder: left out of what is shown.
    """

    narrator: Narrator
    folder: Path

    def home(self, party: str) -> tuple[str, str]:
        """Return the words that name a party's home."""
        return ("--home", str(self.folder / party))

    def show(self, *words: str, secret: Path | None = None) -> None:
        """Run a command, and show what it says to a person. `secret` as with `ask`."""
        self._typed(words, _from(secret))
        code, out, err = _run(["--lang", self.narrator.voice.language, *words], b"", secret)
        lines = [one[:MOST_COLUMNS] for one in out.splitlines()]
        self.narrator.show(*lines[:MOST_LINES], *(["…"] if len(lines) > MOST_LINES else []))
        self._kept(code, err)

    def ask(
        self, *words: str, given: Path | None = None, to: Path | None = None, secret: Path | None = None
    ) -> Any:  # noqa: ANN401 (any verb's JSON)
        """Run a command, and return what it says as data; also write it to a file, as a shell would.

        Args:
            words: the command's.
            given: what it reads.
            to: where its answer goes.
            secret: the file whose first line it reads from a descriptor, which the last word asks for.

        Raises:
            WentWrong: `demo.2`.
        """
        self._typed(words, _from(secret), f"< {given}" if given else "", f"> {to}" if to else "")
        code, out, err = _run(["--json", *words], given.read_bytes() if given else b"", secret)
        self._kept(code, err)
        if to is not None:
            durable.write(to, out.encode())
        return json.loads(out)

    def tries(self, *words: str, to: Path) -> bool | None:
        """Run a command that may be too early; True, and its answer in a file, once it is not."""
        code, out, _ = _run([*words, "--json"], b"")
        if code != exits.KEPT:
            return None
        self._typed(words, f"> {to}")
        durable.write(to, out.encode())
        return True

    def draft(self, name: str, thread: str | None, open_: dict[str, Any], sealed: dict[str, Any]) -> Path:
        """Write a draft to table, and return its file."""
        path = self.folder / name
        text = json.dumps({"thread": thread, "open": open_, "sealed": sealed}, ensure_ascii=False)
        durable.write(path, text.encode())
        return path

    def table(self, party: str, kind: str, draft: Path) -> str:
        """Table a draft, and return the record's id."""
        pillar, _, short = kind.partition(".")
        name: str = self.ask(pillar, short, *self.home(party), given=draft)["id"]
        return name

    def refused(self, *words: str) -> str:
        """Run a command that must be refused; show why, and return the step, or "" if it was not."""
        self._typed(words)
        _, _, err = _run([*words, "--json"], b"")
        said = json.loads(err.splitlines()[-1]) if err.strip().endswith("}") else {}
        step, what = str(said.get("step", "")), str(said.get("what", err[-300:]))
        told, _ = speech.refused(step, what, "")
        self.narrator.say(f"REFUSED: {told.en} [{step}]", f"被拒绝：{told.zh} [{step}]")
        return step

    def _typed(self, words: tuple[str, ...], *more: str) -> None:
        line = " ".join(["$ detente", join(words), *filter(None, more)])
        self.narrator.show(line.replace(f"{self.folder}/", ""))

    def _kept(self, code: int, err: str) -> None:
        # 2. It did what it was asked.
        if code not in (exits.KEPT, exits.UNSOUND):
            raise WentWrong("demo.2", f"A command ended with {code}: {err[-300:]}", "See what it says.")


def _from(secret: Path | None) -> str:
    """What a shell needs to hand over a file on descriptor 3."""
    return "" if secret is None else f"3 3< {secret}"


def _run(words: list[str], given: bytes, secret: Path | None = None) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), _reading(given), _opened(secret) as number:
        code = cli.main([*words, *number])
    return code, out.getvalue(), err.getvalue()


@contextmanager
def _opened(secret: Path | None) -> Iterator[list[str]]:
    """Open a secret on a descriptor of its own, and return its number as a word; nothing for none."""
    if secret is None:
        yield []
        return
    number = os.open(secret, os.O_RDONLY)
    try:
        yield [str(number)]
    finally:
        with suppress(OSError):
            os.close(number)


@contextmanager
def _reading(given: bytes) -> Iterator[None]:
    """Give a command its standard input, as a shell does."""
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(given))
    try:
        yield
    finally:
        sys.stdin = before
