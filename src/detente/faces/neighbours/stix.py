"""STIX 2.1 (OASIS): the objects that a case is, for the audience of its views.

    objects(case, names)  ->  [identity, marking-definition, incident, attack-pattern, relationship, …]

Ids are UUIDv5 of what the object is about, so that writing it again gives the same object, and a later state
of it the same id with a later `modified`. What is unknown is left out: STIX has no null. English is the
object's own language; Chinese comes in a language-content object. Incident: Incident Core Extension 2.0
(oasis-open/cti-stix-common-objects), and beside it our own extension with the open fields, so that a reader
who knows us loses nothing.
"""

from collections.abc import Iterator, Mapping
from uuid import uuid5

from detente.faces.neighbours import response, tlp, use
from detente.faces.neighbours.case import Case
from detente.faces.neighbours.form import (
    BEGINNING,
    EXERCISE,
    NAMESPACE,
    Object,
    dump,
    head,
    made,
    name,
    note,
    related,
    stamp,
)

__all__ = ("EXERCISE", "NAMESPACE", "Object", "bundle", "dump", "name", "objects", "stamp")

CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
OURS = f"extension-definition--{uuid5(NAMESPACE, 'extension incident 1')}"
TOP_LEVEL = 7


def bundle(objects: list[Object]) -> Object:
    """Return objects as a bundle, each once; the same objects give the same bundle."""
    once = {one["id"]: one for one in objects}
    return {"type": "bundle", "id": name("bundle", *sorted(once)), "objects": list(once.values())}


def objects(case: Case, names: Mapping[str, str]) -> list[Object]:
    """Return the objects of a case.

    Args:
        case: as its audience may have it.
        names: party to its English name in the accord.
    """
    found = [_identity(one, names.get(one, one)) for one in dict.fromkeys(view.party for view in case.views)]
    said = use.marked(list(_said(case)), use.of(case) if case.incident else "")
    levels = dict.fromkeys(
        level
        for one in said
        for level, marked in tlp.IDS.items()
        if marked in one.get("object_marking_refs", ())
    )
    found += [tlp.marking(level) for level in levels]
    return found + said


def _said(case: Case) -> Iterator[Object]:
    if case.incident:
        return _incident(case)
    if case.root.kind == response.OPENED:
        return response.objects(case)
    start = name("note", case.root.id)
    # A record of any other kind, also of one that this file has never heard of.
    return (note(view, None if view.id == case.root.id else start) for view in case.views)


def _identity(party: str, said: str) -> Object:
    return {
        **head("identity", name("identity", party), BEGINNING),
        "name": said,
        "identity_class": "organization",
    }


def _level(case: Case) -> str:
    return max((tlp.of(view) for view in case.views), key=tlp.LEVELS.index)


def _incident(case: Case) -> Iterator[Object]:
    root, level = case.root, _level(case)
    one = made("incident", root.id, root, level, case.changed)
    drill = EXERCISE if root.domain == "exercise" else ""
    one["name"] = drill + (case.text("title") or case.text("title", 1) or case.name)
    if summary := case.text("summary"):
        one["description"] = summary
    one["lang"] = "en"
    one["labels"] = sorted(
        {
            f"domain:{root.open['domain']}",
            f"system:{root.open['system_class']}",
            *(["exercise"] if drill else []),
        }
    )
    one["external_references"] = [{"source_name": "detente", "external_id": root.id}, *_sources(case)]
    one["extensions"] = {CORE: _core(case), OURS: _ours(case)}
    beside = [
        *_translation(case, one, level),
        *_techniques(case, one, level),
        *_measures(case, one, level),
        *_opinions(case, one, level),
        *_goes_on(case, one, level),
    ]
    yield from (_extension(root.party), one, *beside, _report(case, one, beside, level))


def _report(case: Case, one: Object, beside: list[Object], level: str) -> Object:
    """The same as a report: programs that know no incidents (MISP's among them) read this."""
    report = made("report", case.root.id, case.root, level, case.changed)
    told = {key: one[key] for key in ("name", "description", "lang", "labels") if key in one}
    refs = [one["id"], *(other["id"] for other in beside if other["type"] != "language-content")]
    return (
        report | told | {"report_types": ["threat-report"], "published": one["created"], "object_refs": refs}
    )


def _core(case: Case) -> Object:
    close, facts = case.close, case.facts
    no_incident = close is not None and close.open.get("outcome") == "no_incident"
    found = "blocked" if facts.get("near_miss") else "suspected" if close is None else "successful-attempt"
    scores = {
        "severity, highest possible (0-7)": facts.get("level"),
        "severity, lowest possible (0-7)": facts.get("level_low"),
    }
    return {
        "extension_type": "property-extension",
        "determination": "false-positive" if no_incident else found,
        "investigation_status": "closed" if close else "open" if len(case.rated) > 1 else "new",
        "criticality": round(100 * int(facts.get("level") or 0) / TOP_LEVEL),
        "scores": [{"name": said, "value": value} for said, value in scores.items() if value is not None],
    }


def _ours(case: Case) -> Object:
    """The open fields as they are; what is unknown is left out, and so is an empty list."""
    stated = {key: value for key, value in case.rating.items() if value is not None and value not in ([], ())}
    close = case.close
    ended = {"outcome": close.open["outcome"]} if close else {}
    return {
        "extension_type": "property-extension",
        "record": case.root.id,
        **stated,
        **ended,
        **({"day": case.text("day")} if case.text("day") else {}),
        **{key: case.facts[key] for key in ("level", "level_low", "category") if key in case.facts},
    }


def _extension(party: str) -> Object:
    return {
        **head("extension-definition", OURS, BEGINNING),
        "created_by_ref": name("identity", party),
        "name": "detente-incident",
        "description": "The open fields of a report of an AI incident, as the accord's pillar defines them.",
        "schema": "Detente, docs/protocol.md: STIX",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    }


def _sources(case: Case) -> list[Object]:
    found = case.value("sources")
    told = found if isinstance(found, list | tuple) else ()
    return [{"source_name": "source", "description": str(one)} for one in told]


def _translation(case: Case, one: Object, level: str) -> Iterator[Object]:
    title, summary = case.text("title", 1), case.text("summary", 1)
    chinese = {
        key: value for key, value in (("name", title), ("description", summary)) if value and key in one
    }
    if chinese:
        yield {
            **made("language-content", case.root.id, case.root, level, case.changed),
            "object_ref": one["id"],
            "object_modified": one["modified"],
            "contents": {"zh": chinese},
        }


def _techniques(case: Case, one: Object, level: str) -> Iterator[Object]:
    for code in case.rating.get("techniques", ()):
        target = name("attack-pattern", str(code))
        link = f"https://atlas.mitre.org/techniques/{code}"
        yield {
            **head("attack-pattern", target, BEGINNING),
            "name": f"MITRE ATLAS {code}",
            "external_references": [{"source_name": "mitre-atlas", "external_id": str(code), "url": link}],
        }
        yield related(case.root, (one["id"], "related-to", target), level)


def _measures(case: Case, one: Object, level: str) -> Iterator[Object]:
    """What stopped it, as a course of action; what to look for and what was learned, as notes."""
    if measure := case.text("mitigation") or case.text("mitigation", 1):
        action = made("course-of-action", case.root.id, case.root, level, case.changed)
        yield action | {"name": f"Mitigation of {case.name}", "description": measure}
        yield related(case.root, (action["id"], "related-to", one["id"]), level)
    for path, heading in (("pattern", "What to look for"), ("lesson", "Lesson"), ("cause", "Cause")):
        for language, place in (("en", 0), ("zh", 1)):
            if text := case.text(path, place):
                about = f"{case.root.id} {path} {language}"
                yield made("note", about, case.root, level, case.changed) | {
                    "abstract": heading,
                    "content": text,
                    "lang": language,
                    "object_refs": [one["id"]],
                }


def _goes_on(case: Case, one: Object, level: str) -> Iterator[Object]:
    """Where the incident goes on: it is a duplicate of another, or the others are derived from it."""
    end = case.close
    if end is None:
        return
    if merged := end.open.get("duplicate_of"):
        yield related(end, (one["id"], "duplicate-of", name("incident", str(merged))), level)
    for other in end.open.get("successors") or ():
        yield related(end, (name("incident", str(other)), "derived-from", one["id"]), level)


def _opinions(case: Case, one: Object, level: str) -> Iterator[Object]:
    """Each later rating by its author, as an opinion on the incident: what it says of the first one."""
    agree = {
        "corrected": "disagree",
        "more_known": "neutral",
        "contained": "agree",
        "worsened": "agree",
        "reopened": "neutral",
    }
    for view in case.rated[1:]:
        change = str(view.open.get("change"))
        said = view.facts
        yield made("opinion", view.id, view, level, view.changed) | {
            "opinion": agree.get(change, "neutral"),
            "explanation": f"{change}: severity {said.get('level_low')} to {said.get('level')}",
            "object_refs": [one["id"]],
        }
