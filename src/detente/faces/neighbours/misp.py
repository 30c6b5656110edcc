"""MISP: cases as events in MISP's JSON (draft-dulaunoy-misp-core-format), for the audience of their views.

An event is not published and goes to its own organisation alone (`distribution` 0): whoever takes it in
decides further. Ids are UUIDv5, so that writing it again updates the same event.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from detente.faces.neighbours import stix, tlp, use
from detente.faces.neighbours.case import Case

THREAT = ((5, "1"), (3, "2"), (0, "3"))
"""From which level on a threat is high (1), medium (2), low (3); without a level it is undefined (4)."""

NEW, ONGOING, DONE = "0", "1", "2"
COMMENTS = {
    "summary": "Summary",
    "pattern": "What to look for",
    "mitigation": "Mitigation",
    "lesson": "Lesson",
    "cause": "Cause",
}
Object = dict[str, Any]


def events(cases: list[Case], names: Mapping[str, str]) -> Object:
    """Return cases as MISP answers a search."""
    return {"response": [{"Event": _event(case, names)} for case in cases if case.incident]}


def _event(case: Case, names: Mapping[str, str]) -> Object:
    root, level = case.root, case.facts.get("level")
    drill = stix.EXERCISE if root.domain == "exercise" else ""
    marked = max((tlp.of(view) for view in case.views), key=tlp.LEVELS.index)
    threat = next((code for least, code in THREAT if isinstance(level, int) and level >= least), "4")
    codes = [str(code) for code in case.rating.get("techniques", ())]
    allowed = use.of(case)
    tags = [
        f"tlp:{marked}",
        *([f"{use.TAG}{allowed}"] if allowed else []),
        f"detente:domain={root.open['domain']}",
        f"detente:severity={level}",
        *(f"mitre-atlas:{code}" for code in codes),
    ]
    return {
        "uuid": _uuid("event", root.id),
        "info": drill + (case.text("title") or case.text("title", 1) or case.name),
        "date": case.text("day") or f"{datetime.fromtimestamp(root.at / 1000, UTC):%Y-%m-%d}",
        "timestamp": str(case.changed // 1000),
        "threat_level_id": threat,
        "analysis": DONE if case.close else ONGOING if len(case.rated) > 1 else NEW,
        "distribution": "0",
        "published": False,
        "Orgc": {"name": names.get(root.party, root.party), "uuid": _uuid("org", root.party)},
        "Tag": [{"name": name} for name in tags],
        "Attribute": _attributes(case),
    }


def _attributes(case: Case) -> list[Object]:
    found = [_attribute(case, "text", case.root.id, "Record of the accord")]
    if allowed := use.of(case):
        found.append(_attribute(case, "comment", use.statement(allowed), "Use that the reporter allows"))
    for path, heading in COMMENTS.items():
        for language, place in (("en", 0), ("zh", 1)):
            if text := case.text(path, place):
                found.append(_attribute(case, "text", text, f"{heading} ({language})"))
    sources = case.value("sources")
    for one in sources if isinstance(sources, list | tuple) else ():
        link = next((word for word in str(one).split() if word.startswith(("https://", "http://"))), "")
        found.append(_attribute(case, "link" if link else "text", link or str(one), "Source"))
    return found


def _attribute(case: Case, kind: str, value: str, comment: str) -> Object:
    return {
        "uuid": _uuid("attribute", case.root.id, kind, comment, value),
        "type": kind,
        "category": "External analysis" if kind == "link" else "Other",
        "value": value,
        "comment": comment,
        "to_ids": False,
        "distribution": "0",
        "timestamp": str(case.changed // 1000),
    }


def _uuid(*about: str) -> str:
    return str(uuid5(stix.NAMESPACE, " ".join(("misp", *about))))
