"""AI Incident Law: `data.json`, court and tribunal matters about failures of AI systems.

CC BY 4.0, PAICE.work PBC; attribution is required. What is included was decided or filed somewhere; the
review queue and the global candidates are not verified by the register itself, and stay of unknown nature.
The date of a filing is no event's. Format: snapsynapse/ai-incident-law, data/data.json.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detente.faces.registers import file
from detente.faces.registers.event import Aside, Event, Taken
from detente.node.sheet import Nature
from detente.trust.errors import DetenteError, Malformed

NAME, LICENCE = "AI Incident Law", "CC BY 4.0"
NATURES: dict[str, Nature] = {"included": "proceeding"}
DATED = (4, 7, 10)


def read(path: Path) -> Iterator[Event | Aside]:
    """Read the file.

    Raises:
        Malformed: `register.2` no datasets in it. As `file.value`.
    """
    whole = file.value(file.text_of(path))
    sets = whole.get("datasets") if isinstance(whole, dict) else None
    # 2. There are datasets in it.
    if not isinstance(sets, dict):
        raise Malformed("register.2", "No datasets in the file.", "Name data.json of AI Incident Law.")
    for name, dataset in sets.items():
        records = dataset.get("records") if isinstance(dataset, dict) else None
        for number, record in enumerate(records if isinstance(records, list) else [], 1):
            place = f"{name} {number}"
            try:
                yield _taken(record, place, NATURES.get(name, "unknown"))
            except DetenteError as error:
                yield Aside(place=place, error=error)


def _taken(record: object, place: str, nature: Nature) -> Event:
    # 6. A matter is a mapping.
    if not isinstance(record, dict):
        raise Malformed("register.6", "The record is no mapping.", "Correct it there.")
    taken = Taken(record, place, nature)
    taken.used |= {"error_id", "candidate_id"}
    for one, other in (("error_title", "candidate_title"),):
        taken.pair("title", record.get(one) or record.get(other), one if one in record else other)
    summary = "error_description" if "error_description" in record else "reason_for_review"
    taken.pair("summary", record.get(summary), summary)
    taken.text("system", record.get("ai_system_name"), "ai_system_name")
    taken.text("deployer", record.get("deployer"), "deployer")
    taken.pair("affected", record.get("reliance_or_harm"), "reliance_or_harm")
    date = str(record.get("error_date", ""))
    if len(date) in DATED:
        taken.when(date, "error_date")
    elif date:
        taken.hint("month", date, "error_date")
    _sources(taken, record)
    for key in ("domain", "error_type"):
        if record.get(key):
            taken.hint("domain", record[key], key)
    return taken.event(record.get("error_id") or record.get("candidate_id"))


def _sources(taken: Taken, record: dict[str, Any]) -> None:
    keys = ("public_record_link", "secondary_source_links", "best_available_sources")
    found = [one for key in keys for one in str(record.get(key) or "").split(";")]
    matter = record.get("public_matter_name") or record.get("candidate_matter")
    taken.items("sources", [matter, *found], "public_record_link")
    taken.used |= {*keys, "public_matter_name", "candidate_matter"}
