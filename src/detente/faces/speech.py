"""How the program speaks to people.

The result goes to stdout and nothing else does, so that it can be piped; with `--json` it is one JSON value.
What is for the person only (progress, warnings, refusals) goes to stderr. A refusal has three lines: what is
wrong, at which numbered check, and what to do. English and Chinese are equals: `--lang zh` speaks Chinese,
`--lang both` one after the other; JSON has no language. Nothing is coloured, so that nothing depends on it.
"""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple, get_args
from unicodedata import east_asian_width

import msgspec

from detente.faces import exits
from detente.trust.errors import DetenteError

Language = Literal["en", "zh", "both"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Text(NamedTuple):
    """One sentence in both languages."""

    en: str
    zh: str


def preferred() -> Language:
    """Return the language that the environment asks for."""
    asked = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if asked.startswith("zh") else "en"


class Voice(NamedTuple):
    """Where and in which language a verb speaks.

    Args:
        language: of what people read.
        json: whether the result is one JSON value.
    """

    language: Language = "en"
    json: bool = False

    def choose(self, text: Text) -> str:
        """Return a sentence in the language of this voice."""
        if self.language == "both":
            return text.en if text.en == text.zh else f"{text.en}  {text.zh}"
        return text.zh if self.language == "zh" else text.en

    def result(self, value: object, lines: Sequence[str]) -> None:
        """Print the result: the value as JSON, or the lines for people."""
        if self.json:
            print(as_json(value))
        else:
            print("\n".join(lines))

    def note(self, text: Text) -> None:
        """Say something to the person that is not the result."""
        print(self.choose(text), file=sys.stderr, flush=True)

    def refusal(self, error: DetenteError) -> None:
        """Say what is wrong, at which check, and what to do about it.

        The sentences of a check are English, so that two parties quote the same; what kind of refusal it is,
        and the labels, are in the reader's language.
        """
        check, remedy = Text("check", "检查"), Text("what to do", "该怎么做")
        meaning = self.choose(Text("", f"{exits.of(error).zh}。"))
        print(f"detente: {meaning}{error.what}", file=sys.stderr)
        print(f"  {self.choose(check)}: {error.step} ({type(error).__name__})", file=sys.stderr)
        print(f"  {self.choose(remedy)}: {error.remedy}", file=sys.stderr)


def as_json(value: object) -> str:
    """Return any of our values as one line of JSON, keys in order."""
    return msgspec.json.encode(value, order="sorted").decode()


def clock(at: int) -> str:
    """Return an instant as local time beside UTC: `2026-11-23 18:04:05+08:00 (10:04:05Z)`."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    local = moment.astimezone()
    return f"{local.isoformat(sep=' ', timespec='seconds')} ({moment.strftime('%H:%M:%S')}Z)"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with aligned columns; Chinese characters are two columns wide."""
    if not rows:
        return []
    widths = [max(_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
