"""AVID, the AI Vulnerability Database: its reports and vulnerabilities, as JSON, an array, or JSON Lines.

MIT, Copyright AI Vulnerability Database; reports made from CVE carry CVE's text. Most of them are
weaknesses and measurements, not events, and their nature says so. `reported_date` is the day of the report
and no event's; a CVSS score rates a weakness and not harm done: neither is carried. Format: avidml/avid-db,
data_version 0.1 to 0.3.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detente.faces.registers import event, file
from detente.faces.registers.event import Aside, Event, Taken
from detente.node.sheet import Nature

NAME, LICENCE = "AVID database", "MIT"
NATURES: dict[object, Nature] = {
    "AIID Incident": "incident",
    "CVE Entry": "vulnerability",
    "LLM Evaluation": "evaluation",
}


def read(path: Path) -> Iterator[Event | Aside]:
    """Read a file. Raises as `file.objects`."""
    yield from event.each(file.objects(path), _taken)


def _taken(record: dict[str, Any], place: str) -> Event:
    problem, affects = _inside(record, "problemtype"), _inside(record, "affects")
    avid = _inside(_inside(record, "impact"), "avid")
    taken = Taken(record, place, NATURES.get(problem.get("classof"), "unknown"))
    taken.used |= {"data_type", "data_version", "metadata", "problemtype.classof", "problemtype.type"}
    taken.used |= {"description.lang", "problemtype.description.lang"}
    taken.pair("title", _inside(problem, "description").get("value"), "problemtype.description.value")
    taken.pair("summary", _inside(record, "description").get("value"), "description.value")
    for role in ("developer", "deployer"):
        taken.text(role, ", ".join(filter(None, map(str, _list(affects, role)))), f"affects.{role}")
    made = [str(one.get("name", "")) for one in _list(affects, "artifacts") if isinstance(one, dict)]
    taken.text("system", "; ".join(dict.fromkeys(filter(None, made))), "affects.artifacts")
    cited = [one for one in _list(record, "references") if isinstance(one, dict)]
    told = [" ".join(str(one[key]) for key in ("label", "url") if one.get(key)) for one in cited]
    taken.items("sources", told, "references")
    for key in ("risk_domain", "sep_view"):
        if _list(avid, key):
            taken.hint("domain", ", ".join(map(str, _list(avid, key))), f"impact.avid.{key}")
    metadata = _inside(record, "metadata")
    return taken.event(metadata.get("report_id") or metadata.get("vuln_id"))


def _inside(record: dict[str, Any], key: str) -> dict[str, Any]:
    found = record.get(key)
    return found if isinstance(found, dict) else {}


def _list(record: dict[str, Any], key: str) -> list[Any]:
    found = record.get(key)
    return found if isinstance(found, list) else []
