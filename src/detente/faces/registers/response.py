"""STIX 2.1, as drafts of what is said in a response: indicators, sightings, advisories and requests.

The whole belongs to one thread, which whoever imports names. What we wrote ourselves comes back as it was,
by the labels that `neighbours.response` gives; of anybody else's object the fields that mean the same are
stated, what helps a person stands as a hint, and the rest is named. A sighting of an object that is in no log
has no record to be of: table the indicator first.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from detente.faces import pillars
from detente.faces.neighbours import tlp
from detente.faces.registers import file, stix
from detente.faces.registers.event import Aside, Event, Taken
from detente.faces.registers.stix import Object
from detente.trust.errors import DetenteError

NAME, LICENCE = "STIX 2.1", ""
KINDS = {
    "indicator": "indicator",
    "sighting": "sighting",
    "report": "advisory",
    "course-of-action": "request",
}
"""Type of STIX to kind of the pillar."""

RECORD = re.compile(r"[0-9a-f]{64}\Z")
_SEEN = {0: "none", 1: "one"}
_OF_NO_USE = ("type", "id", "spec_version", "created", "modified", "lang", "created_by_ref", "object_refs")


def read(path: Path) -> Iterator[Event | Aside]:
    """Read a file. Raises as `registers.stix.read`."""
    yield from taken(stix.objects(file.value(file.text_of(path))))


def taken(found: Sequence[object], beside: Iterable[Object] = ()) -> Iterator[Event | Aside]:
    """Return each object that a response can say as an event, and each that cannot be read.

    Args:
        found: objects that were brought.
        beside: objects that were not, which these speak of or which speak of them.
    """
    known: dict[str, tuple[str, Object]] = {one["id"]: ("", one) for one in beside}
    for number, one in enumerate(found, 1):
        try:
            checked = stix.checked(one)
            known[checked["id"]] = (f"record {number}", checked)
        except DetenteError as error:
            yield Aside(place=f"record {number}", error=error)
    speaking: dict[str, list[Object]] = defaultdict(list)
    for _, one in known.values():
        for ref in dict.fromkeys(stix.refs(one)):
            speaking[ref].append(one)
    for place, one in known.values():
        if not place or one["type"] not in KINDS or one.get("revoked") is True:
            continue
        related = list(speaking[one["id"]])
        related += [known[ref][1] for ref in stix.refs(one)[:1] if one["type"] == "sighting" and ref in known]
        try:
            yield _event(one, place, related)
        except DetenteError as error:
            yield Aside(place=place, id=one["id"], error=error)


def _event(one: Object, place: str, related: list[Object]) -> Event:
    told = [other for other in related if other["type"] in ("language-content", "indicator")]
    carried = Taken({"object": one, "related": told}, place, open={})
    carried.used |= {f"object.{key}" for key in _OF_NO_USE} | {"related[]"}
    _READERS[one["type"]](carried, one, told)
    kind = KINDS[one["type"]]
    return msgspec.structs.replace(carried.event(one["id"]), kind=kind)


def _indicator(carried: Taken, one: Object, told: list[Object]) -> None:
    labels = _labels(one)
    _state(carried, "sort", labels.get("sort"), "object.labels")
    _state(carried, "confidence", one.get("confidence"), "object.confidence")
    _state(carried, "valid_until", _moment(one.get("valid_until")), "object.valid_until")
    _marking(carried, one)
    carried.text("pattern", one.get("pattern"), "object.pattern")
    kept = labels.get("notation") if str(one.get("pattern_type")).startswith("detente-") else None
    carried.text("notation", kept or one.get("pattern_type"), "object.pattern_type")
    _pair(carried, "context", (one, told), "description")
    named = ", ".join(map(str, [one.get("name") or "", *_list(one, "indicator_types")]))
    carried.hint("sort", named, "object.name")
    carried.used |= {"object.indicator_types", "object.valid_from"}


def _sighting(carried: Taken, one: Object, told: list[Object]) -> None:
    of = one.get("sighting_of_ref")
    seen = next((name for other in told if other["id"] == of for name in records(other)), "")
    _state(carried, "of", seen or None, "object.sighting_of_ref")
    count = one.get("count")
    banded = _SEEN.get(count) if type(count) is int else None
    _state(carried, "count", _labels(one).get("count") or banded, "object.count")
    if "count" not in carried.open:
        carried.hint("count", count, "object.count")
    if not seen:
        carried.hint("of", of, "object.sighting_of_ref")


def _advisory(carried: Taken, one: Object, told: list[Object]) -> None:
    _marking(carried, one)
    _state(carried, "audience", _labels(one).get("for"), "object.labels")
    carried.open["replaces"] = None
    _pair(carried, "title", (one, told), "name")
    _pair(carried, "text", (one, told), "description")


def _request(carried: Taken, one: Object, told: list[Object]) -> None:
    labels = _labels(one)
    _state(carried, "to", labels.get("to"), "object.labels")
    _state(carried, "by", _moment(labels.get("by")), "object.labels")
    _state(carried, "asks", one.get("name"), "object.name")
    if "asks" not in carried.open:
        carried.hint("asks", one.get("name"), "object.name")
    _pair(carried, "detail", (one, told), "description")


_READERS: dict[str, Callable[[Taken, Object, list[Object]], None]] = {
    "indicator": _indicator,
    "sighting": _sighting,
    "report": _advisory,
    "course-of-action": _request,
}


def _state(carried: Taken, name: str, value: object, origin: str) -> None:
    """State an open field if it can have the value; otherwise a person states it."""
    kind = KINDS[carried.record["object"]["type"]]
    spec = pillars.editions()["response"].pillar.kinds[kind]
    wanted = next(one for one in msgspec.structs.fields(spec.open) if one.name == name)
    try:
        msgspec.convert(value, wanted.type)
    except msgspec.ValidationError:
        return
    if value is not None:
        carried.state(name, value, origin)


def _marking(carried: Taken, one: Object) -> None:
    names = {named: level for level, named in tlp.IDS.items()} | tlp.OLDER
    found = [names[ref] for ref in _list(one, "object_marking_refs") if ref in names]
    if found:
        strictest = max(found, key=tlp.LEVELS.index).replace("+", "_")
        _state(carried, "tlp", strictest, "object.object_marking_refs")


def _pair(carried: Taken, path: str, of: tuple[Object, list[Object]], key: str) -> None:
    one, told = of
    chinese = ""
    for other in told:
        contents = other.get("contents")
        said = contents.get("zh") if isinstance(contents, dict) else None
        if other.get("object_ref") == one["id"] and isinstance(said, dict):
            chinese = said[key] if isinstance(said.get(key), str) else chinese
    carried.pair(path, [one.get(key) or "", chinese], f"object.{key}")


def _labels(one: Object) -> dict[str, str]:
    said = [label.partition(":") for label in _list(one, "labels") if isinstance(label, str)]
    return {key: value for key, mark, value in said if mark}


def records(one: Object) -> list[str]:
    """Return the records that an object refers to as ours."""
    cited = [ref for ref in _list(one, "external_references") if isinstance(ref, dict)]
    found = [str(ref.get("external_id")) for ref in cited if ref.get("source_name") == "detente"]
    return [name for name in found if RECORD.match(name)]


def _moment(text: object) -> int | None:
    """Return a moment of STIX in milliseconds; None if it is none."""
    if not isinstance(text, str):
        return None
    try:
        gone = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return (gone.days * 86_400 + gone.seconds) * 1000 + gone.microseconds // 1000


def _list(one: Object, key: str) -> list[Any]:
    value = one.get(key)
    return value if isinstance(value, list) else []
