"""MISP: an event, or several, as MISP writes JSON: `{"Event": {…}}`, `{"response": […]}`, or an array.

What MISP keeps as attributes of an event stays with the draft: texts become the account, links the sources,
and every other attribute a line of evidence. Tags say how it was marked and stand as hints. An event that was
deleted is left aside. Format: MISP core format (draft-dulaunoy-misp-core-format).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detente.faces.neighbours import use
from detente.faces.registers import file
from detente.faces.registers.event import Aside, Event, Taken
from detente.node.confidence import report
from detente.trust.errors import DetenteError, Malformed

NAME, LICENCE = "MISP", ""
TECHNIQUE = re.compile(r"AML\.T[0-9]{4}(?:\.[0-9]{3})?")
TEXTS, LINKS = frozenset({"text", "comment", "other"}), frozenset({"link", "url"})
THREATS = {"1": "high", "2": "medium", "3": "low", "4": "undefined"}
Object = dict[str, Any]


def read(path: Path) -> Iterator[Event | Aside]:
    """Read a file.

    Raises:
        Malformed: `register.2` no events in it. As `file.value`.
    """
    for number, one in enumerate(events(file.value(file.text_of(path))), 1):
        place = f"record {number}"
        try:
            yield _taken(one, place)
        except DetenteError as error:
            yield Aside(place=place, error=error)


def events(whole: object) -> list[object]:
    """Return the events in what MISP wrote. Raises Malformed: `register.2`."""
    found = whole.get("response", whole.get("Event")) if isinstance(whole, dict) else whole
    many = found if isinstance(found, list) else [found]
    known = [one for one in many if isinstance(one, dict)]
    # 2. There are events in it.
    if not known or len(known) != len(many):
        raise Malformed("register.2", "No events in the file.", "Name an event that MISP exported as JSON.")
    return [one.get("Event", one) for one in known]


def _taken(one: object, place: str) -> Event:
    # 6. An event is a mapping.
    if not isinstance(one, dict):
        raise Malformed("register.6", "The record is no mapping.", "Correct it there.")
    taken = Taken(one, place, "unknown")
    taken.used |= {"uuid", "id", "timestamp", "publish_timestamp", "published"}
    taken.pair("title", one.get("info"), "info")
    taken.when(one.get("date"), "date")
    attributes = [
        *_list(one, "Attribute"),
        *(at for thing in _list(one, "Object") for at in _list(thing, "Attribute")),
    ]
    live = [at for at in attributes if at.get("deleted") is not True]
    texts = [str(at.get("value", "")) for at in live if at.get("type") in TEXTS]
    taken.pair("summary", "\n\n".join(filter(None, texts)), "Attribute[].value")
    taken.items(
        "sources", [str(at.get("value")) for at in live if at.get("type") in LINKS], "Attribute[].value"
    )
    rest = [at for at in live if at.get("type") not in TEXTS | LINKS]
    taken.items("evidence", [f"{at.get('type')}: {at.get('value')}" for at in rest], "Attribute[].value")
    tags = [str(tag.get("name", "")) for tag in _list(one, "Tag")]
    codes = sorted({code for tag in (*tags, *texts) for code in TECHNIQUE.findall(tag)})
    if codes:
        taken.state("techniques", codes[:32], "Tag[].name")
    allowed = sorted({tag.removeprefix(use.TAG) for tag in tags if tag.startswith(use.TAG)})
    if allowed:
        taken.state("use", min(map(report.allowed, allowed), key=report.USES.index), "Tag[].name")
    if tags:
        taken.hint("title", ", ".join(tags), "Tag[].name")
    if str(one.get("threat_level_id")) in THREATS:
        taken.hint("harm", THREATS[str(one["threat_level_id"])], "threat_level_id")
    return taken.event(one.get("uuid"))


def _list(one: Object, key: str) -> list[Object]:
    found = one.get(key)
    return [thing for thing in found if isinstance(thing, dict)] if isinstance(found, list) else []
