"""The form of every object of STIX 2.1: ids, moments, and what each of them has.

    name("note", record)  ->  "note--…"; stamp(0)  ->  "1970-01-01T00:00:00.000Z"

Ids are UUIDv5 of what an object is about: whoever writes it again writes the same object.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec

from detente.faces.neighbours import tlp
from detente.faces.neighbours.view import View

NAMESPACE = UUID("6f0a2c1e-8d54-5b0e-9a37-2f6f1d4b7c90")
BEGINNING = 1_767_225_600_000
"""2026-01-01: when what is the same for everybody, such as a technique, counts as created."""

EXERCISE = "EXERCISE / 演习: "
Object = dict[str, Any]


def name(kind: str, *about: str) -> str:
    """Return the id of an object of a kind about something."""
    return f"{kind}--{uuid5(NAMESPACE, ' '.join((kind, *about)))}"


def stamp(at: int) -> str:
    """Return milliseconds as STIX writes a moment."""
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03}Z"


def dump(value: object) -> bytes:
    """Return JSON, keys in order."""
    return msgspec.json.encode(value, order="sorted")


def head(kind: str, named: str, created: int, modified: int | None = None) -> Object:
    """Return what every object has; `modified` is never before `created`."""
    last = created if modified is None else max(modified, created)
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": named,
        "created": stamp(created),
        "modified": stamp(last),
    }


def made(kind: str, about: str, view: View, level: str, modified: int | None = None) -> Object:
    """Return what every object has that a party's record says.

    Args:
        kind: of the object.
        about: what it is about.
        view: the record, as its audience may have it.
        level: of TLP, one of `tlp.LEVELS`.
        modified: in milliseconds; if None, when the view last changed.
    """
    return {
        **head(kind, name(kind, about), view.at, view.changed if modified is None else modified),
        "created_by_ref": name("identity", view.party),
        "object_marking_refs": [tlp.IDS[level]],
    }


def related(view: View, ends: tuple[str, str, str], level: str) -> Object:
    """Return a relationship: source, word, target, as a record says it."""
    source, said, target = ends
    one = made("relationship", " ".join(ends), view, level, view.at)
    return one | {"relationship_type": said, "source_ref": source, "target_ref": target}


def note(view: View, about: str | None) -> Object:
    """Return a record of any kind as a note: its open fields and what of the sealed ones is shown.

    Args:
        view: the record.
        about: the id of the object that it is about; None: its author.
    """
    drill = EXERCISE if view.domain == "exercise" else ""
    return made("note", view.id, view, tlp.of(view)) | {
        "abstract": f"{drill}{view.kind}",
        "content": dump({**view.open, **view.values}).decode(),
        "object_refs": [name("identity", view.party) if about is None else about],
        "external_references": [reference(view)],
    }


def reference(view: View) -> Object:
    """Return the reference by which a reader who knows us finds the record."""
    return {"source_name": "detente", "external_id": view.id}
