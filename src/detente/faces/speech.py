"""How the program speaks to people.

The result goes to stdout and nothing else does, so that it can be piped; with `--json` it is one JSON value.
What is for the person only (progress, warnings, refusals) goes to stderr. A refusal has three lines: what is
wrong, at which numbered check, and what to do. English and Chinese are equals: `--lang zh` speaks Chinese,
`--lang both` one after the other; JSON holds both. Nothing is coloured, so that nothing depends on it.
"""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple, get_args
from unicodedata import category, east_asian_width

from detente.faces import exits
from detente.faces.sentence import chinese
from detente.trust.errors import DetenteError, Faulty

Language = Literal["en", "zh", "both"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories of characters that are not shown as they are: they are obeyed, or nobody sees them."""


class Text(NamedTuple):
    """One sentence in both languages."""

    en: str
    zh: str


INTO_A_FILE = Text(
    "Some characters are shown as escapes here; the exact bytes go into a file: > FILE",
    "此处部分字符以转义形式显示；要取得原始字节，请写入文件：> 文件",
)


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
            print("\n".join(map(plain, lines)))

    def exact(self, text: str, end: str = "\n") -> None:
        """Print JSON whose very bytes matter; on a terminal, what would steer it stands escaped.

        The escapes are JSON's own, so the value is the same and its digest is not: a note says so.
        """
        if sys.stdout is not None and sys.stdout.isatty() and not text.isprintable():
            text = "".join(map(_escaped, text))
            self.note(INTO_A_FILE)
        print(text, end=end)

    def note(self, text: Text) -> None:
        """Say something to the person that is not the result."""
        print(plain(self.choose(text)), file=sys.stderr, flush=True)

    def refusal(self, error: DetenteError) -> None:
        """Say what is wrong, at which check, and what to do about it; with `--json`, as one JSON value."""
        what, remedy = self._refused(error)
        name = type(error).__name__
        faults = error.faults if isinstance(error, Faulty) else ()
        if self.json:
            value = {"error": name, "exit": exits.of(error).code, "step": error.step, **both(what, remedy)}
            listed = {"faults": [_listed(*one) for one in faults]} if faults else {}
            print(as_json(value | listed), file=sys.stderr)
            return
        for one in faults:
            self._fault(*one)
        lines = [f"detente: {what.en}", f"  check: {error.step} ({name})", f"  what to do: {remedy.en}"]
        told = [f"detente：{what.zh}", f"  检查项：{error.step}（{name}）", f"  处理办法：{remedy.zh}"]
        said = {"en": lines, "zh": told, "both": [*lines, *told]}[self.language]
        print("\n".join(said), file=sys.stderr)

    def _refused(self, error: DetenteError) -> tuple[Text, Text]:
        """Return both sentences; the tables of Chinese ones are read only where they will be shown."""
        if self.language == "en" and not self.json:
            return Text(error.what, error.what), Text(error.remedy, error.remedy)
        return refused(error.step, error.what, error.remedy)

    def _fault(self, error: DetenteError, line: int, column: int, near: str) -> None:
        """Say one fault of a text: its place first, as editors read it, and what may have been meant."""
        what, remedy = self._refused(error)
        place = Text(f"line {line}, column {column}", f"第 {line} 行第 {column} 列")
        meant = Text(f" Did you mean {near}?", f"是否应为 {near}？") if near else Text("", "")
        said = {
            "en": f"{place.en}: {what.en}{meant.en} [{error.step}] {remedy.en}",
            "zh": f"{place.zh}：{what.zh}{meant.zh} [{error.step}] {remedy.zh}",
        }
        for language in ("en", "zh") if self.language == "both" else (self.language,):
            print(plain(said[language]), file=sys.stderr)


def _listed(error: DetenteError, line: int, column: int, near: str) -> dict[str, object]:
    what, remedy = refused(error.step, error.what, error.remedy)
    return {"step": error.step, "line": line, "column": column, "near": near, **both(what, remedy)}


def refused(step: str, what: str, remedy: str) -> tuple[Text, Text]:
    """Return what is wrong and what to do in both languages, of a refusal that is kept in English."""
    return Text(what, chinese(step, what)), Text(remedy, chinese(step, remedy))


def both(what: Text, remedy: Text) -> dict[str, object]:
    """Return a refusal's sentences as its JSON has them: English at the top, Chinese below `zh`."""
    return {"what": what.en, "remedy": remedy.en, "zh": {"what": what.zh, "remedy": remedy.zh}}


def plain(text: str) -> str:
    """Return a line that can be shown on any terminal, whoever wrote parts of it.

    What steers a terminal, breaks the line or turns the direction of writing stands as an escape: control and
    format characters, separators of lines, lone surrogates. Letters and spaces of any language stay.
    """
    return text if text.isprintable() else "".join(map(_seen, text))


def _seen(one: str) -> str:
    return ascii(one)[1:-1] if category(one) in UNSEEN else one


def as_json(value: object) -> str:
    """Return any of our values as one line of JSON, keys in order; what cannot be seen stands escaped."""
    import msgspec  # noqa: PLC0415 (it takes half the time of a help page, which has no JSON)

    text = msgspec.json.encode(value, order="sorted").decode()
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(one: str) -> str:
    if category(one) not in UNSEEN:
        return one
    units = one.encode("utf-16-be")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


def clock(at: int) -> str:
    """Return an instant as local time beside UTC: `2026-11-23 18:04:05+08:00 (10:04:05Z)`."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    local = moment.astimezone()
    return f"{local.isoformat(sep=' ', timespec='seconds')} ({moment.strftime('%H:%M:%S')}Z)"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with aligned columns; Chinese characters are two columns wide."""
    if not rows:
        return []
    rows = [[plain(cell) for cell in row] for row in rows]
    widths = [max(_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
