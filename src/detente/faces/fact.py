"""The facts: what laws, thresholds and standards say, with date, source and confidence; never a decision.

    fact.known()["reporting_deadlines/deadlines/cn-2025-cii"].state(date(2026, 11, 26))  ->  "as_checked"

The files of `faces/facts` are copies, byte for byte, of what was gathered and checked on the day that each
names. A fact is one entry of a section. After its last day it is *expired*: then the answer is unknown, and
somebody has to look. How sure it is stands in the words of who checked it; `grade` is the weakest of them.
What each says in Chinese stands in `facts/chinese.toml`, written by us; titles of sources stay as they are.
Nothing in the house reads this file to decide anything: it is for people, who are told where each number
comes from.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from msgspec import Struct, structs

from detente.faces import foreign

State = Literal["as_checked", "expired", "not_yet"]
Grade = Literal["high", "medium", "low", "recalled", "proposed", "not_stated"]
WEAKEST: tuple[Grade, ...] = ("proposed", "recalled", "low", "medium", "high")
NAMES = ("id", "level", "eccn", "law", "measure", "doc", "rule", "chip", "history", "source", "from")
BEGINS = ("valid_from", "in_force", "from", "start", "effective", "operational", "compliance")
ENDS = ("valid_to", "suspended_until", "expires")
CHINESE = "chinese.toml"
DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
STATUS_AFTER = re.compile(r"status after ([0-9]{4}-[0-9]{2}-[0-9]{2})")
IN_FORCE = re.compile(r"in force ([0-9]{4}-[0-9]{2}-[0-9]{2})\Z")
SLUG = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
PROPOSALS = ("severity_scale/", "domains/human_control_properties/", "thresholds/proposed_notify_triggers/")
"""What its file calls a proposal in a comment alone."""


class Fact(Struct, frozen=True, kw_only=True):
    """One dated fact.

    Args:
        id: `file/section/name`.
        value: as the file has it; numbers with a point or exponent are text, digit for digit.
        source: where it was read; empty if the file says none.
        confidence: in the words of who checked it.
        grade: the weakest of those words.
        checked_on: when somebody looked last.
        valid_from: first day, or None.
        valid_to: last day, or None.
        chinese: what it says, in Chinese.
    """

    id: str
    value: Any
    source: str
    confidence: str
    grade: Grade
    checked_on: str
    valid_from: str | None
    valid_to: str | None
    chinese: str = ""

    def state(self, on: date) -> State:
        """Return whether it may be relied upon on a day, as far as anybody has looked."""
        if self.valid_to is not None and date.fromisoformat(self.valid_to) < on:
            return "expired"
        if self.valid_from is not None and date.fromisoformat(self.valid_from) > on:
            return "not_yet"
        return "as_checked"

    def says(self, text: str) -> bool:
        """Return whether a text, in whatever case, is in its name or in what it says."""
        whole = f"{self.id}\n{json.dumps(self.value, ensure_ascii=False)}\n{self.chinese}"
        return text.casefold() in whole.casefold()


@cache
def known() -> Mapping[str, Fact]:
    """Return all facts by id, file by file, in the order of each. Raises as `foreign.read`."""
    found: dict[str, Fact] = {}
    texts = {one.name: one for one in (files("detente.faces") / "facts").iterdir()}
    chinese = tomllib.loads(texts[CHINESE].read_text(encoding="utf-8"))
    for name in sorted(one for one in texts if one.endswith(".yaml")):
        for fact in _read(name.removesuffix(".yaml"), texts[name].read_text(encoding="utf-8")):
            number, name_again = 1, fact.id
            while name_again in found:
                number += 1
                name_again = f"{fact.id}-{number}"
            file, _, rest = name_again.partition("/")
            said = chinese.get(file, {}).get(rest, "")
            found[name_again] = structs.replace(fact, id=name_again, chinese=said)
    return found


def _read(name: str, text: str) -> Iterator[Fact]:
    whole = foreign.read(text).data
    sections: dict[str, Any] = whole if isinstance(whole, dict) else {}
    checked = str(sections.get("checked_on", ""))
    for section, value in sections.items():
        if section == "checked_on":
            continue
        before: Fact | None = None
        for path, entry in _entries(value):
            before = _same(_fact("/".join(filter(None, (name, section, path))), entry, checked), before)
            yield before


def _same(fact: Fact, before: Fact | None) -> Fact:
    """Return a fact whose source is "same" with the source and the first day of the one before it."""
    if before is None or not fact.source.startswith("same"):
        return fact
    source = fact.source.replace("same", before.source, 1)
    return structs.replace(fact, source=source, valid_from=fact.valid_from or before.valid_from)


def _entries(section: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 (whatever a file has)
    """Return the entries of a section with their names: its elements, its parts, or the whole of it."""
    if isinstance(section, list) and any(isinstance(one, dict) for one in section):
        yield from ((_name(one, number), one) for number, one in enumerate(section, 1))
    elif isinstance(section, dict) and not {"confidence", "source"} & section.keys():
        yield from ((_slug(key), value) for key, value in section.items())
    else:
        yield "", section


def _fact(name: str, value: Any, checked: str) -> Fact:  # noqa: ANN401 (whatever a file has)
    own = value if isinstance(value, dict) else {}
    told = list(_confidences(value))
    default = "proposed" if name.startswith(PROPOSALS) and not told else ""
    said = str(own["confidence"]) if "confidence" in own else "; ".join(dict.fromkeys(told)) or default
    ends = [_day(own[key]) for key in ENDS if key in own]
    ends += [found[1] for one in own.values() if isinstance(one, str) and (found := STATUS_AFTER.search(one))]
    begins = [_day(own[key]) for key in BEGINS if key in own]
    begins += [found[1] for found in [IN_FORCE.search(str(own.get("status", "")))] if found]
    return Fact(
        id=name,
        value=value,
        source=str(own.get("source") or own.get("cite") or ""),
        confidence=said,
        grade=next((one for one in WEAKEST if one in said), "not_stated"),
        checked_on=checked,
        valid_from=next(filter(None, begins), None),
        valid_to=min(filter(None, ends), default=None),
    )


def _confidences(value: Any) -> Iterator[str]:  # noqa: ANN401 (whatever a file has)
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in parts:
        if isinstance(key, str) and key.endswith("confidence"):
            yield str(one)
        else:
            yield from _confidences(one)


def _day(value: object) -> str | None:
    found = DATE.match(str(value))
    try:
        return date.fromisoformat(found[0]).isoformat() if found else None
    except ValueError:
        return None


def _name(entry: Any, number: int) -> str:  # noqa: ANN401 (whatever a file has)
    own = entry if isinstance(entry, dict) else {}
    return next((_slug(str(own[key])) for key in NAMES if own.get(key) not in (None, "")), str(number))[:60]


def _slug(text: str) -> str:
    return SLUG.sub("-", text.casefold()).strip("-") or "-"
