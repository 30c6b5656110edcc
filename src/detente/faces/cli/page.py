"""The page docs/cli.md: the help of every verb and the table of exits, as the program itself says them.

    python -m detente.faces.cli.page > docs/cli.md

A test compares the page with what this prints, so the two cannot drift apart.
"""

import argparse
import os
from collections.abc import Iterator

from detente.faces.cli import parser, verbs
from detente.faces.exits import EXITS, INTERRUPTED, USAGE

WIDTH = "100"
HEAD = """# The command line

Written by the program itself: `python -m detente.faces.cli.page > docs/cli.md`.

The result of a verb goes to stdout, and nothing else does; what is for the person goes to stderr.
A refusal says what is wrong, at which numbered check, and what to do, and ends with one of the
[exit codes](#exit-codes) below. Where a verb takes `--home`, it works whether or not a node runs there.
"""


def page() -> str:
    """Return the whole page."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = WIDTH
    try:
        return "\n".join((HEAD, *_exits(), "## Verbs", "", *_verbs()))
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before


def _exits() -> Iterator[str]:
    yield "## Exit codes"
    yield ""
    yield "The nearest row of an error's ancestry applies (`src/detente/faces/exits.py`)."
    yield ""
    yield "| exit | error | HTTP | meaning | 含义 |"
    yield "|---|---|---|---|---|"
    yield "| 0 | | 200 | done, and it holds | 已完成，且成立 |"
    yield "| 1 | | | done, and what was checked does not hold | 已完成，但所核对的内容不成立 |"
    yield f"| {USAGE} | | | the words of the command are not understood | 命令写法无法识别 |"
    for kind, row in sorted(EXITS.items(), key=lambda one: one[1].code):
        yield f"| {row.code} | {kind.__name__} | {row.status.value} | {row.en} | {row.zh} |"
    yield f"| {INTERRUPTED} | | | interrupted | 被中断 |"
    yield ""


def _verbs() -> Iterator[str]:
    yield from _block("detente --help", parser("en"))
    for name in verbs():
        for words, one in _below(name, parser("en", name)):
            yield from _block(f"{words} --help", one)


def _below(name: str, top: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """A verb's parser and those of its acts, with the words that lead to each."""
    todo = [(f"detente {name}", _choices(top)[name])]
    while todo:
        words, one = todo.pop(0)
        yield words, one
        todo += [(f"{words} {act}", below) for act, below in _choices(one).items()]


def _choices(one: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found: dict[str, argparse.ArgumentParser] = {}
    for action in one._actions:  # noqa: SLF001 (argparse offers no other way to walk its own tree)
        choices = action.choices if isinstance(action.choices, dict) else {}
        found |= {
            name: below for name, below in choices.items() if isinstance(below, argparse.ArgumentParser)
        }
    return found


def _block(words: str, one: argparse.ArgumentParser) -> Iterator[str]:
    yield f"### {words.removesuffix(' --help')}"
    yield ""
    yield "```text"
    yield one.format_help().rstrip()
    yield "```"
    yield ""


if __name__ == "__main__":
    print(page(), end="")
