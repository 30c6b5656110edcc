"""The paragraphs of an accord on paper: numbered, in both languages, beside what stood there or is proposed.

    for part in parts(readings, old):
        for row in part.rows:
            row.clause, row.old, row.new      "follow-up", Text(…), (Variant(("us",), Text(…)), …)

Sentences are those of `prose.explanation`, which reads them from what the evaluator runs. A clause is found
again by its id, another sentence by its place between those that are as they were.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import msgspec

from detente.accord.comparison import SECTIONS
from detente.accord.version import Version
from detente.faces.paper.reading import Reading
from detente.faces.prose.clauses import Told
from detente.faces.prose.explanation import explanation
from detente.faces.speech import Text, as_json

WRITTEN = Text("Annex: the clauses as they are signed", "附件：供签署的条款原文")


class Variant(NamedTuple):
    """What some parties would have there; no party where nothing is open, None where they leave it out."""

    parties: tuple[str, ...]
    text: Text | None


class Row(NamedTuple):
    """One paragraph.

    Args:
        number: as `4.12`.
        clause: its id; "" for a sentence of the frame.
        old: what stood there; None if nothing did, or nothing is compared.
        new: what stands there now; several while it is open.
    """

    number: str
    clause: str
    old: Text | None
    new: tuple[Variant, ...]


class Part(NamedTuple):
    """A heading and its paragraphs."""

    heading: Text
    rows: tuple[Row, ...]


Line = dict[int, Told]
"""One paragraph while it is put together: number of the reading to what it says."""


def parts(readings: Sequence[Reading], old: Version | None = None) -> tuple[Part, ...]:
    """Return the document, part by part.

    Args:
        readings: as `reading.of` found them.
        old: with which they are compared, if at all; it is reading 0 below.
    """
    versions = [*([old] if old else []), *(one.version for one in readings)]
    columns = [dict(_told(one)) for one in versions]
    headings = dict.fromkeys(heading for column in columns for heading in column)
    made = []
    # The annex is last, whatever only one of the readings has before it.
    for number, heading in enumerate(sorted(headings, key=WRITTEN.__eq__), 1):
        lines: list[Line] = []
        for n, column in enumerate(columns):
            lines = _woven(lines, n, column.get(heading, ()))
        rows = (_row(f"{number}.{n}", one, readings, old) for n, one in enumerate(lines, 1))
        made.append(Part(heading, tuple(rows)))
    return tuple(made)


def _told(version: Version) -> Iterator[tuple[Text, tuple[Told, ...]]]:
    for section in explanation(version):
        yield section.heading, section.lines
    accord = version.accord
    clauses = [one for section in SECTIONS for one in getattr(accord, section)]
    yield WRITTEN, tuple(Told(one.id, _written(one)) for one in clauses)


def _written(clause: object) -> Text:
    """A clause as it is signed: code, the same in both languages."""
    said = {name: one for name, one in msgspec.to_builtins(clause).items() if one not in (None, ())}
    text = as_json(said)
    return Text(text, text)


def _woven(lines: list[Line], column: int, told: Sequence[Told]) -> list[Line]:
    """The lines with those of another reading, each beside the one that it stands for."""
    before = [_key([*one.values()][-1]) for one in lines]
    after = [_key(one) for one in told]
    made: list[Line] = []
    for _, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        mine, theirs = lines[a:b], [{column: one} for one in told[c:d]]
        beside = 0 if any(one.clause for one in told[c:d]) and before[a:b] != after[c:d] else len(mine)
        pairs = min(beside, len(theirs))
        made += [one | other for one, other in zip(mine[:pairs], theirs[:pairs], strict=True)]
        made += [*mine[pairs:], *theirs[pairs:]]
    return [*_gathered(made)]


def _gathered(lines: list[Line]) -> Iterator[Line]:
    """A clause that has moved is one line, where it stood first."""
    found: dict[str, Line] = {}
    for one in lines:
        clause = next(iter(one.values())).clause
        if clause and clause in found:
            found[clause].update(one)
        elif clause:
            found[clause] = one
    told = {id(one) for one in found.values()}
    return (one for one in lines if not next(iter(one.values())).clause or id(one) in told)


def _key(told: Told) -> str:
    return told.clause or told.text.en


def _row(number: str, line: Line, readings: Sequence[Reading], old: Version | None) -> Row:
    first = 1 if old else 0
    said: dict[Text | None, tuple[str, ...]] = {}
    for n, one in enumerate(readings, first):
        text = line[n].text if n in line else None
        said[text] = (*said.get(text, ()), *one.parties)
    new = tuple(Variant(() if len(said) == 1 else who, text) for text, who in said.items())
    told = next(iter(line.values()))
    return Row(number, told.clause, line[0].text if old and 0 in line else None, new)
