"""A response in STIX 2.1: each record of its thread as the object that its audience may have of it.

    opened     grouping, to which everything else of the thread belongs
    indicator  indicator, once pattern and notation are shown: STIX knows none without a pattern
    sighting   sighting of that indicator; looked for in vain is count 0
    advisory   report
    request    course-of-action; what blocks indicators mitigates those that its author had named before
    situation  opinion on the grouping, if it rates; and the note that every other record is

What is not shown is no object but a note of the open fields, which every party has; when it is shown later,
the note is served once more as revoked. No object holds anything of another record but its id, and not the id
of one that is marked more strictly.
"""

import re
from collections.abc import Iterator

from detente.faces.neighbours import tlp
from detente.faces.neighbours.case import Case
from detente.faces.neighbours.form import EXERCISE, Object, made, name, note, reference, related, stamp
from detente.faces.neighbours.view import View

OPENED, INDICATOR, SIGHTING = "response.opened", "response.indicator", "response.sighting"
ADVISORY, REQUEST, SITUATION = "response.advisory", "response.request", "response.situation"
NOTATIONS = ("stix", "pcre", "sigma", "snort", "suricata", "yara")
"""The vocabulary of STIX (pattern-type-ov); any other notation is served under a name of its own."""

_PATH = r"[a-z0-9-]+:[A-Za-z0-9_-]+(?:\.(?:[A-Za-z0-9_-]+|'[^'\\\n]*')|\[(?:\d+|\*)\])*"
_LITERAL = r"(?:'(?:[^'\\\n]|\\['\\])*'|-?\d{1,15})"
_HEX = "[0-9a-fA-F]"
_DIGESTS = {"MD5": 32, "'?SHA-1'?": 40, "'?SHA-256'?": 64, "'?SHA-512'?": 128}
_DIGEST = "|".join(rf"file:hashes\.{one} = '{_HEX}{{{size}}}'" for one, size in _DIGESTS.items())
_COMPARED = rf"(?:{_DIGEST}|(?!\S*hashes){_PATH} (?:=|!=|<|<=|>|>=|LIKE) {_LITERAL})"
_OBSERVED = rf"\[{_COMPARED}(?: (?:AND|OR) {_COMPARED})*\]"
PATTERN = re.compile(rf"{_OBSERVED}(?: (?:AND|OR|FOLLOWEDBY) {_OBSERVED})*\Z")
"""The patterns of STIX that are served as such: what other programs are sure to read."""

STATING = (INDICATOR, ADVISORY)
"""Of these the author says in an open field to whom they may go on: that marking holds as it is."""

_ONCE = {"none": 0, "one": 1}


def objects(case: Case) -> Iterator[Object]:
    """Return the objects of a response."""
    shown = [view for view in case.answers if view.kind == INDICATOR and _pattern(view)]
    known = {view.id: name("indicator", view.id) for view in shown}
    said = [one for view in case.answers for one in _said(view, case, known)]
    level = tlp.of(case.root)
    yield _grouping(
        case.root, [one["id"] for one in said if one["type"] not in _APART and _within(one, level)]
    )
    yield from said


_APART = frozenset({"language-content", "note", "opinion", "relationship"})
"""They name what they are about, and are not named by the grouping."""


def _said(view: View, case: Case, known: dict[str, str]) -> list[Object]:
    whole = name("grouping", case.root.id)
    found: list[Object] = []
    if view.id in known:
        found = list(_indicator(view))
    elif view.kind == SIGHTING and view.open["of"] in known:
        found = [_sighting(view, case, known)]
    elif view.kind == ADVISORY and any(_both(view, "title")):
        found = list(_advisory(view, case, known))
    elif view.kind == REQUEST and any(_both(view, "detail")):
        found = list(_action(view, case, known))
    rated = view.kind == SITUATION and view.open["level"] is not None
    return [*(found or [note(view, whole)]), *([_opinion(view, case)] if rated else [])]


def _level(*views: View) -> str:
    """Return the level of what is made of these: the strictest; a marking that its author states holds."""
    found = (str(one.open["tlp"]).replace("_", "+") if one.kind in STATING else tlp.of(one) for one in views)
    return max(found, key=tlp.LEVELS.index)


def _within(one: Object, level: str) -> bool:
    wider = tlp.LEVELS[: tlp.LEVELS.index(level) + 1]
    return one["object_marking_refs"] in [[tlp.IDS[each]] for each in wider]


def _drill(view: View) -> str:
    return EXERCISE if view.domain == "exercise" else ""


def _grouping(root: View, refs: list[str]) -> Object:
    title, summary = " / ".join(_told(root, "title")), "\n\n".join(_told(root, "summary"))
    return made("grouping", root.id, root, tlp.of(root)) | {
        "name": _drill(root) + (title or f"AI response {root.id[:8]}"),
        **({"description": summary} if summary else {}),
        "context": "suspicious-activity",
        "object_refs": refs or [name("identity", root.party)],
        "external_references": [reference(root)],
    }


def _pattern(view: View) -> str:
    """Return the type of an indicator's pattern, empty if it cannot be served as one."""
    pattern, notation = view.values.get("pattern"), str(view.values.get("notation") or "").lower()
    if not isinstance(pattern, str) or not pattern or not notation:
        return ""
    if notation != "stix":
        return notation if notation in NOTATIONS else "detente-words"
    return "stix" if PATTERN.match(pattern) else "detente-unread"


def _indicator(view: View) -> Iterator[Object]:
    sort, until = view.open["sort"], int(view.open["valid_until"])
    one = made("indicator", view.id, view, _level(view)) | {
        "name": f"{_drill(view)}Indicator {view.id[:8]}: {sort}",
        "indicator_types": ["anomalous-activity"],
        "pattern": view.values["pattern"],
        "pattern_type": _pattern(view),
        "valid_from": stamp(view.at),
        "valid_until": stamp(max(until, view.at + 1)),
        "confidence": view.open["confidence"],
        "labels": [f"sort:{sort}", f"notation:{view.values['notation']}"[:100]],
        "external_references": [reference(view)],
    }
    yield from _bilingual(view, one, {"description": "context"})


def _sighting(view: View, case: Case, known: dict[str, str]) -> Object:
    count, of = str(view.open["count"]), str(view.open["of"])
    level = _level(view, *(one for one in case.answers if one.id == of))
    return made("sighting", view.id, view, level) | {
        "sighting_of_ref": known[of],
        "where_sighted_refs": [name("identity", view.party)],
        **({"count": _ONCE[count]} if count in _ONCE else {}),
        "labels": [f"count:{count}", *(["exercise"] if view.domain == "exercise" else [])],
        "external_references": [reference(view)],
    }


def _advisory(view: View, case: Case, known: dict[str, str]) -> Iterator[Object]:
    level = _level(view)
    wider = [one for one in case.answers if one.id in known and _level(one, view) == level]
    whole = [name("grouping", case.root.id)] if _level(case.root, view) == level else []
    refs = [*whole, *(known[one.id] for one in wider)] or [name("identity", view.party)]
    one = made("report", view.id, view, level) | {
        "report_types": ["threat-report"],
        "published": stamp(view.at),
        "object_refs": refs,
        "labels": ["advisory", f"for:{view.open['audience']}"],
        "external_references": [reference(view)],
    }
    yield from _bilingual(view, one, {"name": "title", "description": "text"})


def _action(view: View, case: Case, known: dict[str, str]) -> Iterator[Object]:
    one = made("course-of-action", view.id, view, _level(view)) | {
        "name": f"{_drill(view)}{view.open['asks']}",
        "labels": [f"to:{view.open['to']}", f"by:{stamp(int(view.open['by']))}"],
        "external_references": [reference(view)],
    }
    yield from _bilingual(view, one, {"description": "detail"})
    if view.open["asks"] == "block_indicators":
        for other in case.answers:
            if other.id in known and other.party == view.party and other.at <= view.at:
                yield related(view, (one["id"], "mitigates", known[other.id]), _level(view, other))


def _opinion(view: View, case: Case) -> Object:
    """A rating: what a report of the situation says of the level with which the response was opened."""
    first, now = case.root.open["level"], view.open["level"]
    return made("opinion", view.id, view, _level(view, case.root)) | {
        "opinion": "neutral" if first is None else "agree" if first == now else "disagree",
        "explanation": f"{_drill(view)}situation {view.open['number']}: severity {now}",
        "object_refs": [name("grouping", case.root.id)],
        "external_references": [reference(view)],
    }


def _both(view: View, path: str) -> tuple[str, str]:
    """Return a value in English and Chinese; what is not known, or not said in a language, is empty."""
    value = view.values.get(path)
    pair = [str(one) for one in value] if isinstance(value, list | tuple) else []
    english, chinese = (*pair, "", "")[:2]
    return english, chinese


def _told(view: View, path: str) -> list[str]:
    return [one for one in _both(view, path) if one]


def _bilingual(view: View, one: Object, texts: dict[str, str]) -> Iterator[Object]:
    """Return an object with its texts in English, and a language-content with them in Chinese.

    Where nothing is said in English the object itself is in Chinese.
    """
    pairs = {key: _both(view, path) for key, path in texts.items()}
    place = 0 if any(english for english, _ in pairs.values()) else 1
    told = {key: pair[place] or pair[1] for key, pair in pairs.items() if any(pair)}
    if "name" in told:
        told["name"] = _drill(view) + told["name"]
    yield one | told | ({"lang": ("en", "zh")[place]} if told else {})
    chinese = {key: pair[1] for key, pair in pairs.items() if all(pair)}
    if chinese:
        yield made("language-content", view.id, view, _level(view)) | {
            "object_ref": one["id"],
            "object_modified": one["modified"],
            "contents": {"zh": chinese},
        }
