"""The working text: a YAML that two delegations hand to and fro, edited in place: all else stays as it is.

    text = proposed(text, "duties.notify-incident.within", "us", "PT48H")
    text = accepted(text, "duties.notify-incident.within", "cn", of="us")
    clean(text, "us")                  the text as one side would have it
    clean(text)                        the settled text

A path names sections, clauses by their id, and fields. Who proposes leaves the others with what stood there;
when all have the same, the bracket closes by itself.
"""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from detente.accord import bracket, source
from detente.accord.bracket import COMMENTS, OPEN
from detente.accord.source import Source, held
from detente.trust.canonical import Value
from detente.trust.errors import Faulty, Malformed

CLAUSES = ("duties", "release", "triggers")
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./:+-]*[A-Za-z0-9]\Z")
LAST = re.compile(r"\.([a-z_-]+)\Z")


class Spot(NamedTuple):
    """Where a path is: in the document, and whether something stands there yet."""

    path: str
    there: bool


def proposed(text: str, path: str, by: str, value: Value) -> str:
    """Return the text with a party's variant of a value or clause; null leaves a clause out.

    Raises:
        Malformed: `workingtext.1` no such party, `workingtext.2` no such place, `workingtext.6` a bracket
            would stand in another.
    """
    read = _read(text)
    _check_party(read, by)
    spot = _spot(read, path)
    if not spot.there:
        return _inserted(text, read, spot.path, _opened(read, by, value, None))
    now = held(read.data, spot.path)
    several = bracket.variants(now)
    # 6. No bracket is open inside of it: one within another could not be settled.
    if several is None and [*bracket.brackets(now)]:
        raise _nested(path)
    return _closed(text, spot.path, {**several, by: value} if several else _opened(read, by, value, now))


def accepted(text: str, path: str, by: str, of: str) -> str:
    """Return the text with another party's variant taken over.

    Raises:
        Malformed: `workingtext.1`, `workingtext.2`, `workingtext.3` nothing is open there.
    """
    read = _read(text)
    for one in (by, of):
        _check_party(read, one)
    spot = _spot(read, path)
    several = bracket.variants(held(read.data, spot.path)) if spot.there else None
    # 3. Something is open there, and the other has said something.
    if several is None or of not in several:
        raise Malformed("workingtext.3", f"{path} is not open.", "See what is: detente accord brackets.")
    return _closed(text, spot.path, {**several, by: several[of]})


def commented(text: str, path: str, by: str, says: str, at: str) -> str:
    """Return the text with a comment at its end; a comment is never part of what is signed."""
    read = _read(text)
    _check_party(read, by)
    _spot(read, path)
    line = f"  - {_flow({'on': path, 'by': by, 'at': at, 'says': says})}\n"
    head = "" if f"$.{COMMENTS}" in read.places else f"\n{COMMENTS}:\n"
    return f"{text.rstrip()}\n{head}{line}"


def comments(text: str) -> tuple[Mapping[str, Value], ...]:
    """Return the comments, in the order in which they were made."""
    data = _read(text).data
    listed = data.get(COMMENTS) if isinstance(data, dict) else None
    return tuple(one for one in listed or () if isinstance(one, dict)) if isinstance(listed, list) else ()


def told(comment: Mapping[str, Value]) -> tuple[str, ...]:
    """Return a comment as what tells it from others: on what, by whom, when, and what it says."""
    return tuple(str(comment.get(name)) for name in ("on", "by", "at", "says"))


def clean(text: str, party: str | None = None) -> str:
    """Return the text without comments, and without brackets: as a party would have it, or as settled.

    Raises:
        Faulty: `workingtext.4` a bracket is open and no party is named. Malformed: `bracket.2`.
    """
    read = _read(text)
    open_ = bracket.survey(read)
    # 4. Nothing is open, or the side is named whose text is wanted.
    if party is None and open_:
        told = tuple((one.error, *one.place, one.near) for one in open_)
        what = f"Brackets that are open in the text: {len(open_)}."
        raise Faulty("workingtext.4", what, "Settle them, or name a side: --as PARTY.", told)
    if f"$.{COMMENTS}" in read.spans:
        text = f"{text[: text.rindex(COMMENTS, 0, read.spans[f'$.{COMMENTS}'][0])].rstrip()}\n"
    for one in reversed([*bracket.brackets(read.data)]):
        bracket.seen(held(read.data, one.path), party or "", one.path)
        text = _replaced(text, read, one.path, one.variants[party or ""])
    return text


def parties(text: str) -> tuple[str, ...]:
    """Return the parties of a working text."""
    return _parties(_read(text))


def named(data: Value, path: str) -> str:
    """Return a document's path as people name it: `duties.notify-incident.within`."""
    parts, here = [], "$"
    for name, number in source.STEP.findall(path):
        here += f".{name}" if name else f"[{number}]"
        one = held(data, here)
        parts.append(name or _id(one) or number)
    return ".".join(parts)


def _id(clause: Value) -> str:
    inside = [clause, *(bracket.variants(clause) or {}).values()]
    return next((str(one["id"]) for one in inside if isinstance(one, dict) and "id" in one), "")


def _read(text: str) -> Source:
    read, faults = source.survey(text)
    if faults:
        told = tuple((one.error, *one.place, one.near) for one in faults)
        raise Faulty("workingtext.5", "The text cannot be read.", "Mend each at its line and column.", told)
    return read


def _parties(read: Source) -> tuple[str, ...]:
    parties = read.data.get("parties") if isinstance(read.data, dict) else None
    return tuple(parties) if isinstance(parties, dict) else ()


def _check_party(read: Source, name: str) -> None:
    # 1. It is a party.
    if name not in _parties(read):
        known = ", ".join(_parties(read))
        raise Malformed("workingtext.1", f"{name} is no party to this text.", f"Parties are: {known}.")


def _spot(read: Source, path: str) -> Spot:
    """Find a place by its name: the last step may be new, a clause of a section or a field of a clause."""
    here = "$"
    steps = path.split(".")
    for n, step in enumerate(steps):
        now = held(read.data, here)
        # 6. Nor around it.
        if bracket.variants(now) is not None:
            raise _nested(path)
        last = n == len(steps) - 1
        if isinstance(now, list):
            found = [at for at, one in enumerate(now) if step in (_id(one), str(at))]
            here = f"{here}[{found[0] if found else len(now)}]"
            there = bool(found)
        else:
            here = f"{here}.{step}"
            there = here in read.places
        # 2. It is there, or it is the new last step of a clause or section.
        if not there and not (last and n > 0 and steps[0] in CLAUSES):
            raise Malformed(
                "workingtext.2",
                f"There is no {'.'.join(steps[: n + 1])}.",
                "Name a section, clause or field.",
            )
        if not there:
            return Spot(here, there=False)
    return Spot(here, there=True)


def _nested(path: str) -> Malformed:
    remedy = "Settle that first, or propose where it is open: detente accord brackets."
    return Malformed("workingtext.6", f"A bracket is open inside or around {path}.", remedy)


def _opened(read: Source, by: str, value: Value, now: Value) -> dict[str, Value]:
    return {party: value if party == by else now for party in _parties(read)}


def _closed(text: str, path: str, several: Mapping[str, Value]) -> str:
    """The bracket with these variants in its place; if all are the same, that alone."""
    one = bracket.Bracket(path, several)
    value: Value = next(iter(several.values())) if one.settled else {OPEN: dict(several)}
    return _replaced(text, _read(text), path, value)


def _replaced(text: str, read: Source, path: str, value: Value) -> str:
    """The text with another value at a path; a clause that is null goes with its line."""
    first, last = read.spans[path]
    if value is None and path.endswith("]"):
        start, end = text.rfind("\n", 0, first) + 1, text.find("\n", last)
        return text[:start] + text[end + 1 if end >= 0 else len(text) :]
    spelling = text[first:last]
    tail = spelling[len(spelling.rstrip()) :]
    return text[:first] + _flow(value) + tail + text[last:]


def _inserted(text: str, read: Source, path: str, several: Mapping[str, Value]) -> str:
    """The text with a bracket where nothing stands: a new line of a section, or a new field of a clause."""
    spelling = _flow({OPEN: dict(several)})
    parent = path[: path.rfind("[")] if path.endswith("]") else path[: path.rfind(".")]
    first, last = read.spans[parent]
    if not path.endswith("]"):
        name = LAST.search(path)
        return f"{text[: last - 1]}, {name[1] if name else ''}: {spelling}{text[last - 1 :]}"
    indent = " " * (read.at(f"{parent}[0]")[1] - 3)
    end = first + len(text[first:last].rstrip())
    return f"{text[:end]}\n{indent}- {spelling}{text[end:]}"


def _flow(value: Value) -> str:
    """A value in one line of YAML, as plain as it can be."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    plain = isinstance(value, str) and PLAIN.match(value) and value not in source.WORDS
    return str(value) if plain else json.dumps(value, ensure_ascii=False)
