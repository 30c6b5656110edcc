"""Holdings: the fingerprints of a party's own records, and in which of them each stands.

    found(node, "incidents") -> {"cve:CVE-2026-1234": ("9f…",), …}      ascending

Only own records count, and only what this node can open of them: a set that others' records had come into
would tell a third party what was released to us.
"""

from collections.abc import Mapping
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


def of_report(shown: Shown) -> tuple[str, ...]:
    """Return the fingerprints of what is open of one report or update, ascending."""
    titles = _texts(shown.values.get("title"))
    others = [text for path, value in shown.values.items() if path != "title" for text in _texts(value)]
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
