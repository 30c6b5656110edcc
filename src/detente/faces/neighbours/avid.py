"""AVID: cases as reports of the AI Vulnerability Database (avidml/avid-db, data_version 0.2).

AVID rates weaknesses and this house events: no field of AVID's impact is filled that its own editors decide.
It has no place for what a report may be used for: that stands at the end of the description.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from detente.faces.neighbours import use
from detente.faces.neighbours.case import Case
from detente.faces.neighbours.stix import EXERCISE

Object = dict[str, Any]


def reports(cases: list[Case], names: Mapping[str, str]) -> list[Object]:
    """Return cases as an array of reports."""
    return [_report(case, names) for case in cases if case.incident]


def _report(case: Case, names: Mapping[str, str]) -> Object:
    drill = EXERCISE if case.root.domain == "exercise" else ""
    title = drill + (case.text("title") or case.text("title", 1) or case.name)
    system = case.text("system")
    told, allowed = case.text("summary") or case.text("summary", 1) or title, use.of(case)
    sources = case.value("sources")
    cited = (
        [{"type": "source", "label": str(one), "url": _link(str(one))} for one in sources]
        if isinstance(sources, list | tuple)
        else []
    )
    return {
        "data_type": "AVID",
        "data_version": "0.2",
        "metadata": {"report_id": f"DETENTE-{case.root.id[:16]}"},
        "affects": {
            "developer": [one for one in (case.text("developer"),) if one],
            "deployer": [one for one in (case.text("deployer"),) if one],
            "artifacts": [{"type": "System", "name": system}] if system else [],
        },
        "problemtype": {
            "classof": "AIID Incident",
            "type": "Issue",
            "description": {"lang": "eng", "value": title},
        },
        "references": cited,
        "description": {"lang": "eng", "value": f"{told}\n\n{use.statement(allowed)}" if allowed else told},
        "credit": [{"lang": "eng", "value": names.get(case.root.party, case.root.party)}],
        "reported_date": f"{datetime.fromtimestamp(case.root.at / 1000, UTC):%Y-%m-%d}",
    }


def _link(text: str) -> str:
    return next((word for word in text.split() if word.startswith(("https://", "http://"))), "")
