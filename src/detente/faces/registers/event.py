"""The event: what a register says of one thing, carried into the fields of a report; nothing is made up.

    taken = Taken({"id": "AML.CS0004", "name": "…", …})
    taken.pair("title", "name"); taken.hint("harm", "Lives Lost: 1")
    taken.event("AML.CS0004")  ->  Event(id="AML.CS0004", values={"title": ["…", ""]}, …)

Every axis that a register does not state in our own terms stays unknown: `level` would follow from it. What a
source says that may help stands as a hint beside the field, as the source words it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

from msgspec import Struct

from detente.accord.pillar import TEXT_LIMIT
from detente.node.sheet import Nature
from detente.trust.errors import DetenteError, Malformed, TooLarge

RECORD_LIMIT = 1_048_576
"""Bytes of one record, as JSON."""
ITEM_LIMIT = 32
DEPTH_LIMIT = 32
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}\Z")
DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])\Z")
HAN, HALF = re.compile("[\u4e00-\u9fff]"), re.compile("[\ud800-\udfff]")
UNSEEN = frozenset({"Cc", "Cf", "Co", "Zl", "Zp"})
PLAIN = frozenset("\t\n\r\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH NO-BREAK SPACE}")
UNKNOWN: dict[str, object] = {
    "harm": None,
    "potential": None,
    "control": None,
    "spread": None,
    "layers": None,
    "repeat": None,
    "internal_use": None,
    "month": None,
    "clock_start": "unknown",
    "system_class": "unknown",
    "techniques": [],
}
"""The open fields of a report as long as nobody states them; the rest has no word for unknown, and stays
out."""


class Event(Struct, frozen=True, kw_only=True):
    """What was taken from one record of a register; fields as in `node.sheet.Sheet`.

    Args:
        id: in the register.
        place: of the record in the file, as `line 7`.
        kind: of the draft, if the register has drafts of several.
    """

    id: str
    place: str
    nature: Nature
    open: dict[str, Any]
    values: dict[str, Any]
    origins: dict[str, str]
    hints: dict[str, str]
    left: tuple[str, ...]
    shortened: tuple[str, ...]
    original: str
    kind: str = ""


class Aside(Struct, frozen=True, kw_only=True):
    """A record of which no draft is made, and why.

    Args:
        place: in the file.
        id: in the register, empty if it has none that can be read.
        error: the refusal; None if it is left aside as the register itself says.
        same_as: the id of the record of which the register calls it a duplicate.
    """

    place: str
    id: str = ""
    error: DetenteError | None = None
    same_as: str = ""


@dataclass
class Taken:
    """A record while its fields are carried over."""

    record: dict[str, Any]
    place: str
    nature: Nature = "unknown"
    open: dict[str, Any] = field(default_factory=lambda: dict(UNKNOWN))
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    shortened: list[str] = field(default_factory=list)

    def state(self, name: str, value: object, origin: str) -> None:
        """State an open field."""
        self.open[name], self.origins[name] = value, origin
        self.used.add(origin)

    def text(self, path: str, value: object, origin: str) -> None:
        """Carry a text into a sealed path, if there is one."""
        self.used.add(origin)
        if isinstance(value, str) and value.strip():
            self.values[path], self.origins[path] = self._fit(path, value.strip()), origin

    def pair(self, path: str, value: object, origin: str) -> None:
        """Carry a text, or one in both languages, into a bilingual path; one alone goes to its language."""
        self.used.add(origin)
        found = [value, ""] if isinstance(value, str) else value if isinstance(value, list) else []
        two = [one.strip() if isinstance(one, str) else "" for one in [*found, "", ""][:2]]
        if any(two):
            if not two[1] and _chinese(two[0]):
                two.reverse()
            self.values[path], self.origins[path] = [self._fit(path, one) for one in two], origin

    def items(self, path: str, values: Iterable[object], origin: str) -> None:
        """Carry a list of texts into a sealed path."""
        self.used.add(origin)
        found = list(dict.fromkeys(one.strip() for one in values if isinstance(one, str) and one.strip()))
        if len(found) > ITEM_LIMIT:
            self.shortened.append(path)
        if found:
            self.values[path] = [self._fit(path, one) for one in found[:ITEM_LIMIT]]
            self.origins[path] = origin

    def when(self, date: object, origin: str, *, exact: bool = True) -> None:
        """Carry a date as far as it goes: a year alone is a hint, and no month is made of it."""
        text = date[:10] if isinstance(date, str) else ""
        if exact and DAY.match(text):
            self.text("day", text, origin)
        if DAY.match(text) or MONTH.match(text):
            self.state("month", text[:7], origin)
        elif isinstance(date, str | int) and str(date).strip():
            self.hint("month", str(date), origin)

    def hint(self, name: str, value: object, origin: str) -> None:
        """Put what the source says beside a field, in the source's own words."""
        self.used.add(origin)
        text = f"{origin}: {value}"[:TEXT_LIMIT]
        self.hints[name] = f"{self.hints[name]}; {text}" if name in self.hints else text

    def event(self, name: object) -> Event:
        """Return what was taken.

        Raises:
            Malformed: `register.3` no id, `register.5` a NUL or a lone surrogate, `register.6`. TooLarge:
                `register.4`.
        """
        # 3. It has an id by which it is known again.
        if not isinstance(name, str) or not NAME.match(name):
            raise Malformed("register.3", "The record has no id of letters and digits.", "Give it one.")
        original = whole(self.record)
        for path, value in self.values.items():
            letters = _letters(value)
            unseen = [] if letters.isascii() and letters.isprintable() else _unseen(letters)
            if unseen:
                self.hints[path] = ", ".join(unseen)
        return Event(
            id=name,
            place=self.place,
            nature=self.nature,
            open=self.open,
            values=self.values,
            origins=self.origins,
            hints=self.hints,
            left=self._left(),
            shortened=tuple(dict.fromkeys(self.shortened)),
            original=original,
        )

    def _left(self) -> tuple[str, ...]:
        below = tuple(f"{one}{mark}" for one in self.used for mark in ".[")
        return tuple(sorted(one for one in leaves(self.record) - self.used if not one.startswith(below)))

    def _fit(self, path: str, text: str) -> str:
        if len(text) <= TEXT_LIMIT:
            return text
        self.shortened.append(path)
        return f"{text[: TEXT_LIMIT - 1]}…"


def whole(record: dict[str, Any]) -> str:
    """Return a record as JSON, whole.

    Raises:
        TooLarge: `register.4`. Malformed: `register.5`.
    """
    # 4. It is of a size that a person could have written.
    text = json.dumps(record, ensure_ascii=False)
    if len(text) > RECORD_LIMIT:
        what = f"The record has {len(text)} characters, and {RECORD_LIMIT} is the limit."
        raise TooLarge("register.4", what, "Take out what is no text, and bring it again.")
    # 5. Its texts are texts in every program: no NUL, at which some stop, and no half of a character.
    if "\\u0000" in text or HALF.search(text):
        what = "A text in the record holds a NUL or half of a character."
        raise Malformed("register.5", what, "Take it out, and bring the record again.")
    return text


def each(
    found: Iterable[tuple[str, dict[str, Any] | DetenteError]], taken: Callable[[dict[str, Any], str], Event]
) -> Iterator[Event | Aside]:
    """Return each object of a register as an event, or set aside with the reason; the others go on."""
    for place, one in found:
        if isinstance(one, DetenteError):
            yield Aside(place=place, error=one)
            continue
        try:
            yield taken(one, place)
        except DetenteError as error:
            yield Aside(place=place, error=error)


def leaves(record: dict[str, Any]) -> set[str]:
    """Return the places of all that is said in a record: `impact.cwe[].cweId`; what is empty says nothing.

    Raises:
        Malformed: `register.6` nested too deeply.
    """
    found: set[str] = set()
    todo: list[tuple[str, object, int]] = [("", record, 0)]
    while todo:
        path, value, depth = todo.pop()
        # 6. It is nested as things are that people write.
        if depth > DEPTH_LIMIT:
            raise Malformed("register.6", "Not JSON: it is nested too deep.", "Flatten it.")
        if isinstance(value, dict):
            under = f"{path}." if path else ""
            todo += [(f"{under}{key}", one, depth + 1) for key, one in value.items()]
        elif isinstance(value, list):
            todo += [(f"{path}[]", one, depth + 1) for one in value]
        elif value is not None and value != "":
            found.add(path)
    return found


def _letters(value: object) -> str:
    return (
        value if isinstance(value, str) else "".join(map(_letters, value)) if isinstance(value, list) else ""
    )


def _unseen(text: str) -> list[str]:
    return [f"U+{ord(one):04X}" for one in sorted(set(text) - PLAIN) if category(one) in UNSEEN]


def _chinese(text: str) -> bool:
    return HAN.search(text) is not None
