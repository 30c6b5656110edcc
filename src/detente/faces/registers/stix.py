"""STIX 2.1: a bundle, an array of objects, or an envelope of TAXII, as drafts of reports.

Each incident is a draft; so is each report or grouping that is not about an incident of the same file. What
the file relates to it comes with it: ATLAS techniques by their external ids, courses of action, translations.
Our own extension is read as our own fields; whoever wrote it has rated, and a person here still decides. What
no field carries is named, and the whole, with what is related, stays with the draft, as far as a draft has
room: of an event with thousands of indicators the rest is counted there. A bundle's licence is its author's,
and is not known.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from detente.faces import pillars
from detente.faces.neighbours import stix, tlp
from detente.faces.registers import file
from detente.faces.registers.event import RECORD_LIMIT, Aside, Event, Taken
from detente.trust.errors import DetenteError, Malformed

NAME, LICENCE = "STIX 2.1", ""
KIND = "report"
TECHNIQUE = re.compile(r"AML\.T[0-9]{4}(\.[0-9]{3})?\Z")
IDENTIFIER = re.compile(r"[a-z][a-z0-9-]{1,62}--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
SUBJECTS = ("incident", "report", "grouping")
MOST = 32
ROOM = RECORD_LIMIT // 2
"""Letters that what is related may take in a draft's original."""
_NOTES = {"What to look for": "pattern"}
Object = dict[str, Any]


def read(path: Path) -> Iterator[Event | Aside]:
    """Read a file.

    Raises:
        Malformed: `register.2` no objects in it. As `file.value`.
    """
    yield from taken(objects(file.value(file.text_of(path))))


def objects(whole: object) -> list[object]:
    """Return the objects of a bundle, an envelope or an array. Raises Malformed: `register.2`."""
    found = whole.get("objects") if isinstance(whole, dict) else whole
    # 2. There are objects in it.
    if not isinstance(found, list):
        raise Malformed("register.2", "No objects in the file.", "Name a bundle of STIX 2.1.")
    return found


def taken(found: Iterable[object], related: Iterable[Object] = ()) -> Iterator[Event | Aside]:
    """Return each thing that happened as an event, and each object that cannot be read.

    Args:
        found: objects that were brought.
        related: objects that were brought before, which they may speak of.
    """
    known: dict[str, Object] = {one["id"]: one for one in related}
    new: list[tuple[str, Object]] = []
    for number, one in enumerate(found, 1):
        place = f"record {number}"
        try:
            new.append((place, checked(one)))
        except DetenteError as error:
            yield Aside(place=place, id=_named(one), error=error)
    known |= {one["id"]: one for _, one in new}
    about = _about(known.values())
    told = {ref for one in known.values() if one["type"] != "incident" for ref in refs(one)}
    for place, one in new:
        if one["type"] not in SUBJECTS or one.get("revoked") is True:
            continue
        if one["type"] != "incident" and any(ref.startswith("incident--") for ref in refs(one)):
            continue
        if one["type"] == "grouping" and one["id"] in told:
            continue
        try:
            yield _event(one, place, [known[name] for name in about.get(one["id"], ()) if name in known])
        except DetenteError as error:
            yield Aside(place=place, id=one["id"], error=error)


def checked(one: object) -> Object:
    """Return an object that has what every object of STIX 2.1 has.

    Raises:
        Malformed: `stix.1` no mapping, `stix.2` its id, `stix.3` its times.
    """
    # 1. It is a mapping, and says of which type.
    if not isinstance(one, dict) or not isinstance(one.get("type"), str):
        raise Malformed("stix.1", "The object is no mapping with a type.", "Send objects of STIX 2.1.")
    named = one.get("id")
    # 2. Its id is of its type.
    if not isinstance(named, str) or not IDENTIFIER.match(named) or not named.startswith(f"{one['type']}--"):
        raise Malformed(
            "stix.2", f"The id {str(named)[:60]!a} is not TYPE--UUID.", "Give it the id of STIX 2.1."
        )
    versions = [one[key] for key in ("created", "modified") if key in one]
    # 3. Its times are texts.
    if not all(isinstance(at, str) and len(at) <= 40 for at in versions):  # noqa: PLR2004 (longer than any moment)
        raise Malformed("stix.3", "created or modified is no moment.", "Write it as RFC 3339 has it.")
    return one


def _named(one: object) -> str:
    named = one.get("id") if isinstance(one, dict) else None
    return named if isinstance(named, str) and IDENTIFIER.match(named) else ""


def refs(one: Object) -> list[str]:
    """Return the ids that an object speaks of."""
    keys = ("object_refs", "source_ref", "target_ref", "object_ref", "sighting_of_ref")
    found: list[str] = []
    for key in keys:
        value = one.get(key)
        found += [ref for ref in (value if isinstance(value, list) else [value]) if isinstance(ref, str)]
    return found


def _about(known: Iterable[Object]) -> dict[str, list[str]]:
    """Return object to what is related to it: by a relationship, or because one refers to the other."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in known:
        spoken = refs(one)
        if one["type"] in ("relationship", "sighting"):
            for ref in spoken:
                found[ref] += [other for other in (one["id"], *spoken) if other != ref]
        else:
            for ref in spoken:
                found[ref].append(one["id"])
                found[one["id"]].append(ref)
    return {key: list(dict.fromkeys(names)) for key, names in found.items()}


def _event(one: Object, place: str, related: list[Object]) -> Event:
    taken = Taken(_whole(one, related), place, "incident" if one["type"] == "incident" else "unknown")
    taken.used |= {f"object.{key}" for key in ("type", "id", "spec_version", "created", "modified", "lang")}
    taken.used |= {"related[].type", "related[].id", "related[].spec_version"}
    chinese = _translated(related)
    for path, key in (("title", "name"), ("summary", "description")):
        taken.pair(path, [one.get(key) or "", chinese.get(key, "")], f"object.{key}")
    _technique(taken, related)
    _beside(taken, related)
    _sources(taken, one)
    _marked(taken, one)
    _stated(taken, one)
    return taken.event(one["id"])


def _whole(one: Object, related: list[Object]) -> Object:
    """What stays with the draft: of what is related as much as there is room for, and how much there was."""
    room, fits = ROOM, list[Object]()
    for other in related:
        room -= len(json.dumps(other, ensure_ascii=False))
        if room < 0:
            return {"object": one, "related": fits, "related_beyond": len(related) - len(fits)}
        fits.append(other)
    return {"object": one, "related": fits}


def _translated(related: list[Object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for other in related:
        contents = other.get("contents") if other["type"] == "language-content" else None
        for language, said in contents.items() if isinstance(contents, dict) else ():
            if str(language).startswith("zh") and isinstance(said, dict):
                found |= {str(key): one for key, one in said.items() if isinstance(one, str)}
    return found


def _technique(taken: Taken, related: list[Object]) -> None:
    codes = {
        str(ref.get("external_id"))
        for other in related
        if other["type"] == "attack-pattern"
        for ref in _list(other, "external_references")
        if isinstance(ref, dict)
    }
    found = sorted(one for one in codes if TECHNIQUE.match(one))
    if len(found) > MOST:
        taken.shortened.append("techniques")
    if found:
        taken.state("techniques", found[:MOST], "related[].external_references[].external_id")


def _beside(taken: Taken, related: list[Object]) -> None:
    """Measures and what to look for, as they are related."""
    measures = [
        str(one.get("description") or one.get("name") or "")
        for one in related
        if one["type"] == "course-of-action"
    ]
    if any(measures):
        taken.pair("mitigation", "\n".join(filter(None, measures)), "related[].description")
    told: dict[str, list[str]] = {}
    for one in related:
        path = _NOTES.get(str(one.get("abstract"))) if one["type"] == "note" else None
        if path and isinstance(one.get("content"), str):
            pair = told.setdefault(path, ["", ""])
            pair[1 if str(one.get("lang")).startswith("zh") else 0] = one["content"]
    for path, pair in told.items():
        taken.pair(path, pair, "related[].content")
    patterns = [str(one["pattern"]) for one in related if one["type"] == "indicator" and one.get("pattern")]
    taken.items("evidence", patterns, "related[].pattern")


def _sources(taken: Taken, one: Object) -> None:
    cited = [ref for ref in _list(one, "external_references") if isinstance(ref, dict)]
    ours = [ref for ref in cited if ref.get("source_name") != "detente"]
    keys = ("source_name", "external_id", "url", "description")
    told = [
        " ".join(
            str(ref[key]) for key in keys if ref.get(key) and (key, ref[key]) != ("source_name", "source")
        )
        for ref in ours
    ]
    taken.items("sources", told, "object.external_references")


def _marked(taken: Taken, one: Object) -> None:
    names = {named: level for level, named in tlp.IDS.items()} | tlp.OLDER
    found = [names[ref] for ref in _list(one, "object_marking_refs") if ref in names]
    if found:
        taken.hint("title", f"TLP:{max(found, key=tlp.LEVELS.index).upper()}", "object.object_marking_refs")
    labels = [str(label) for label in _list(one, "labels")]
    if labels:
        taken.hint("domain", ", ".join(labels), "object.labels")


def _stated(taken: Taken, one: Object) -> None:
    """What our own extension states, if a field of a report can have it."""
    extensions = one.get("extensions")
    ours = extensions.get(stix.OURS) if isinstance(extensions, dict) else None
    if not isinstance(ours, dict):
        return
    for known in _fields():
        if known.name not in ours:
            continue
        try:
            msgspec.convert(ours[known.name], known.type)
        except msgspec.ValidationError:
            continue
        taken.state(known.name, ours[known.name], f"object.extensions.{stix.OURS}.{known.name}")
    if isinstance(ours.get("day"), str):
        taken.when(ours["day"], f"object.extensions.{stix.OURS}.day")


@cache
def _fields() -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(pillars.editions()["incidents"].pillar.kinds[KIND].open)


def _list(one: Object, key: str) -> list[Any]:
    found = one.get(key)
    return found if isinstance(found, list) else []
