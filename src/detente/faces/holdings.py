"""Holdings: the fingerprints of a party's own records, and in which of them each stands.

    found(node, "incidents") -> {"cve:CVE-2026-1234": ("9f…",), …}      ascending

Only own records count, and only what this node can open of them: a set that others' records had come into
would tell a third party what was released to us.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from detente.instruments import fingerprint
from detente.node.node import Node
from detente.node.status import Shown

_REPORT, _UPDATE, _PLAN, _PLAYBOOK = (
    "incidents.report",
    "incidents.update",
    "evaluations.plan",
    "evaluations.playbook",
)


def found(node: Node, subject: str) -> Mapping[str, tuple[str, ...]]:
    """Return fingerprint to the own records in which it stands, both ascending.

    Args:
        node: whose records.
        subject: `incidents` or `plans`.
    """
    kinds = (_REPORT, _UPDATE) if subject == "incidents" else (_PLAN,)
    places = [one for kind in kinds for one in node.records(kind=kind) if one.party == node.party]
    held: dict[str, set[str]] = {}
    for place in places:
        shown = node.record(place.id)
        marks = of_report(shown) if subject == "incidents" else (_of_plan(node, shown),)
        for one in marks:
            held.setdefault(one, set()).add(shown.id)
    return {one: tuple(sorted(held[one])) for one in sorted(held)}


def near(node: Node) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return pairs that may tell of one event, and by which families of fingerprints they meet, ascending.

    Compared are all reports that this node holds, whoever wrote them, each with its updates, and the drafts
    that nobody has tabled or discarded (`draft:` and the name). A translation is found by what it shares: CVE
    numbers, digests, addresses.
    """
    marks: dict[str, set[str]] = {}
    for kind in (_REPORT, _UPDATE):
        for place in node.records(kind=kind):
            shown = node.record(place.id)
            marks.setdefault(shown.thread or shown.id, set()).update(of_report(shown))
    for listed in node.sheets():
        if listed.kind == _REPORT and listed.state == "kept":
            marks[f"draft:{listed.name}"] = set(_marks(node.sheet(listed.name).values))
    pairs = {pair for held in _gathered(marks).values() for pair in combinations(sorted(held), 2)}
    return tuple((one, other, fingerprint.alike(marks[one], marks[other])) for one, other in sorted(pairs))


def _gathered(marks: Mapping[str, set[str]]) -> Mapping[str, set[str]]:
    held: dict[str, set[str]] = {}
    for name, own in marks.items():
        for one in own:
            held.setdefault(one, set()).add(name)
    return held


def of_report(shown: Shown) -> tuple[str, ...]:
    """Return the fingerprints of what is open of one report or update, ascending."""
    return _marks(shown.values)


def _marks(values: Mapping[str, Any]) -> tuple[str, ...]:
    titles = _texts(values.get("title"))
    others = [text for path, value in values.items() if path != "title" for text in _texts(value)]
    marks = {mark for one in titles for mark in fingerprint.of_title(one)}
    marks |= {mark for one in titles + others for mark in fingerprint.of_text(one)}
    return tuple(sorted(marks))


def _of_plan(node: Node, shown: Shown) -> str:
    """What is tested by what: two parties that plan the same test of the same system have one fingerprint."""
    book = node.record(shown.open["playbook"])
    return fingerprint.of_plan(book.open["tasks"], shown.open["model"], *shown.open["languages"])


def _texts(value: Any) -> list[str]:  # noqa: ANN401 (a sealed value: text, or a list of texts)
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
