"""The refusals' sentences in Chinese: the words of `faces/words`, found again from the English ones.

    chinese("record.3", "Not a record: Expected `int`, got `str` - at `$.at`.")
    不是记录：应为 `int`，实际为 `str`（位于 `$.at`）。

Trust and accord raise in English alone, in sentences that stand in the sources. The tables list each of them
under the noun of its step, with numbered holes for what varies. A sentence is fitted to its noun's rows, the
most exact one first, and what filled the holes is carried over; where that is a known phrase of another
program, it is put into Chinese too. What fits nothing is quoted as it is. A test reads every sentence out of
the sources and holds that none lacks its row, and no row its sentence (docs/adr/0085).
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

WORDS = Path(__file__).with_name("words")
PILLARS = Path(__file__).parents[1] / "pillars"
"""Read as files: `importlib.resources` costs a third of the time in which help is shown."""

HOLE = re.compile(r"\{(\d)\}")
CUT = "…"
"""Ends a sentence that was cut at its limit (`trust.errors.MAX_WHAT`)."""

ANY, PHRASE = "any", "phrase"
REASON = re.compile(r"(?s)(?P<why>.*) \[(?P<step>[a-z]+\.[a-z0-9]+)(?P<code> [a-z-]+)?\](?: (?P<remedy>.*))?")
"""How a reason is kept: in a ledger the sentence, its step and its code; of an error, what to do as well."""


class Row(NamedTuple):
    """One sentence: what is fixed of it in English, and the whole in Chinese."""

    parts: tuple[str, ...]
    zh: str

    def fitted(self, text: str) -> tuple[str, ...] | None:
        """Return what fills the holes, or None. Takes time linear in the text, whoever wrote it."""
        first, last = self.parts[0], self.parts[-1]
        if len(self.parts) == 1:
            return () if text == first else None
        if not text.startswith(first):
            return None
        end = len(text) - len(last) if text.endswith(last) else len(text) - len(CUT)
        if not text.endswith((last, CUT)):
            return None
        holes, at = [], len(first)
        for part in self.parts[1:-1]:
            found = text.find(part, at, end)
            if found < 0:
                return None
            holes.append(text[at:found])
            at = found + len(part)
        return (*holes, text[at:end]) if at <= end else None


def chinese(step: str, text: str) -> str:
    """Return a refusal's sentence in Chinese, or as it is if no row fits.

    Args:
        step: the numbered check, as `record.3`.
        text: what is wrong, or what to do, as the error says it.
    """
    noun = step.rpartition(".")[0]
    return _said(_rows(noun), text) or text


def reason(why: str) -> str:
    """Return in Chinese the reason that a ledger or a status keeps."""
    found = REASON.fullmatch(why)
    if found is None:
        return chinese(ANY, why)
    step, remedy = found["step"], found["remedy"]
    said = f"{chinese(step, found['why'])} [{step}{found['code'] or ''}]"
    return f"{said} {chinese(step, remedy)}" if remedy else said


@cache
def tables() -> dict[str, dict[str, str]]:
    """Return noun to English to Chinese, of all files together."""
    found: dict[str, dict[str, str]] = {}
    for one in WORDS.iterdir():
        if one.name.endswith(".toml"):
            for noun, rows in tomllib.loads(one.read_text(encoding="utf-8")).items():
                found.setdefault(noun, {}).update(rows)
    return found


@cache
def _rows(noun: str) -> tuple[Row, ...]:
    """The rows of a noun and those of any, the most fixed words first; phrases as their file has them."""
    if noun == PHRASE:
        return _listed(tables()[PHRASE] | _refusals())
    rows = _listed(tables().get(noun, {}) | tables()[ANY])
    return tuple(sorted(rows, key=lambda row: (len(row.parts) > 1, -sum(map(len, row.parts)))))


def _listed(table: dict[str, str]) -> tuple[Row, ...]:
    return tuple(Row(tuple(HOLE.split(en)[::2]), zh) for en, zh in table.items())


def _refusals() -> dict[str, str]:
    """The reasons of the installed pillars, from their words, without importing any of them."""
    found: dict[str, str] = {}
    for folder in PILLARS.iterdir():
        if (folder / "words.toml").is_file():
            words = tomllib.loads((folder / "words.toml").read_text(encoding="utf-8"))
            found |= {one["en"]: one["zh"] for one in words.get("refusals", {}).values()}
    return found


def _said(rows: tuple[Row, ...], text: str, deep: int = 2) -> str | None:
    for row in rows:
        holes = row.fitted(text)
        if holes is not None:
            phrases = _rows(PHRASE) if deep else ()
            told = [_said(phrases, one, deep - 1) or one for one in holes]
            return "".join(told[int(part)] if n % 2 else part for n, part in enumerate(HOLE.split(row.zh)))
    return None
