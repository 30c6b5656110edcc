"""How the words of a command are explained and refused, in the reader's language.

    detente: 错误：缺少必需的参数：VERB

argparse speaks English alone. Its headings, its refusals and the help of each argument are looked up in the
words of `faces/words` (`usage` and `help`), as refusals are; verbs write their help in English alone.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from functools import partial
from typing import ClassVar, NoReturn

from detente.faces.exits import USAGE
from detente.faces.sentence import chinese
from detente.faces.speech import Language, Text, Voice


class Parser(argparse.ArgumentParser):
    """A parser that speaks English; `speaking` gives one that speaks as asked."""

    voice: ClassVar[Voice] = Voice()

    def __init__(
        self,
        prog: str | None = None,
        *,
        description: str | None = None,
        epilog: str | None = None,
        add_help: bool = True,
    ) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            add_help=False,
            allow_abbrev=False,
            formatter_class=partial(_Page, self.voice),
        )
        if add_help:
            self.add_argument("-h", "--help", action="help", help="show this help message and exit")

    def error(self, message: str) -> NoReturn:
        """Say what is not understood, and end with the exit code of usage."""
        self.print_usage(sys.stderr)
        en, zh = f"{self.prog}: error: {message}\n", f"{self.prog}：错误：{chinese('usage.1', message)}\n"
        self.exit(USAGE, {"en": en, "zh": zh, "both": en + zh}[self.voice.language])


def speaking(language: Language) -> type[Parser]:
    """Return the class of parsers of a language; argparse makes those of the acts below of the same class."""

    class Speaking(Parser):
        voice = Voice(language)

    return Speaking


def worded(parser: argparse.ArgumentParser, text: Text) -> str:
    """Return a help that is in both languages already, as a parser speaks."""
    return (parser.voice if isinstance(parser, Parser) else Voice()).choose(text)


class _Page(argparse.HelpFormatter):
    """A page of help."""

    def __init__(self, voice: Voice, prog: str) -> None:
        super().__init__(prog, width=_width())
        self._voice = voice

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """Begin with the word for usage."""
        if prefix is None:
            prefix = self._voice.choose(Text("usage: ", "用法："))
        super().add_usage(usage, actions, groups, prefix)

    def start_section(self, heading: str | None) -> None:
        """Begin a section under its heading."""
        super().start_section(self._said("usage", heading) if heading else heading)

    def _expand_help(self, action: argparse.Action) -> str:
        return self._said("help", super()._expand_help(action))

    def _said(self, noun: str, text: str) -> str:
        # English needs no look-up, and help that is asked for by shells does not wait for one.
        return (
            text
            if self._voice.language == "en"
            else self._voice.choose(Text(text, chinese(f"{noun}.1", text)))
        )


def _width() -> int:
    """Return how wide a line may be, as argparse has it; argparse would load `shutil` to know."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns) - 2
    try:
        return ((os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 0) or 80) - 2
    except (OSError, ValueError):
        return 78
