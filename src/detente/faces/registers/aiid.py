"""The AI Incident Database: `incidents.csv` of a snapshot, with the taxonomies that lie beside it.

    snapshot/incidents.csv                  incident_id, date, reports, Alleged deployer …, title, description
    snapshot/classifications_CSETv1.csv     Incident ID, AI Harm Level, Tangible Harm, Lives Lost, Injuries…
    snapshot/classifications_GMF.csv, …MIT.csv, duplicates.csv, reports.csv     each if it is there

CC BY-SA 4.0. A taxonomy counts what happened by its own rules: its words stand as hints beside our axes,
which stay unknown until a person has rated the event. Lists are JSON inside a cell.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from detente.faces.registers.event import RECORD_LIMIT, Aside, Event, Taken
from detente.faces.registers.file import text_of
from detente.trust.errors import DetenteError, Malformed

NAME, LICENCE = "AI Incident Database", "CC BY-SA 4.0"
CITED = "https://incidentdatabase.ai/cite/"
NEEDED = ("incident_id", "title", "description", "date")
PARTIES = {
    "deployer": "Alleged deployer of AI system",
    "developer": "Alleged developer of AI system",
    "affected": "Alleged harmed or nearly harmed parties",
}
KEYS = ("Incident ID", "Incident Number")
HINTS: dict[str, dict[str, tuple[str, ...]]] = {
    "classifications_CSETv1.csv": {
        "near_miss": ("AI Harm Level",),
        "harm": (
            "Tangible Harm",
            "Lives Lost",
            "Injuries",
            "Rights Violation",
            "Impact on Critical Services",
        ),
        "domain": ("Sector of Deployment",),
        "system_class": ("AI Task",),
    },
    "classifications_GMF.csv": {"system_class": ("Known AI Technology",), "domain": ("Known AI Goal",)},
    "classifications_MIT.csv": {"domain": ("Risk Domain", "Risk Subdomain")},
}
Cells = Mapping[str, str]


class Beside(NamedTuple):
    """What lies beside the incidents: rows by table and incident, urls by report, true ids by duplicate."""

    rows: dict[str, dict[str, Cells]]
    reports: dict[str, str]
    duplicates: dict[str, str]


def read(path: Path) -> Iterator[Event | Aside]:
    """Read a snapshot's incidents.

    Raises:
        Malformed: `register.1`, `register.7` it is no such table, `register.8` it is no CSV. As `text_of`.
    """
    beside = _beside(path.parent)
    for place, cells in _rows(path, NEEDED):
        if isinstance(cells, DetenteError):
            yield Aside(place=place, error=cells)
            continue
        name = cells["incident_id"].strip()
        if name in beside.duplicates:
            yield Aside(place=place, id=name, same_as=beside.duplicates[name])
            continue
        try:
            yield _taken(name, cells, place, beside)
        except DetenteError as error:
            yield Aside(place=place, id=name[:100], error=error)


def _taken(name: str, cells: Cells, place: str, beside: Beside) -> Event:
    rows = {table: found[name] for table, found in beside.rows.items() if name in found}
    record: dict[str, Any] = dict(cells) | {table: dict(row) for table, row in rows.items()}
    taken = Taken(record, place, "incident")
    taken.used |= {"_id", "incident_id", *(f"{table}.{key}" for table in rows for key in (*KEYS, "_id"))}
    taken.pair("title", cells["title"], "title")
    taken.pair("summary", cells["description"], "description")
    taken.when(cells["date"], "date")
    for role, column in PARTIES.items():
        told = ", ".join(_listed(cells.get(column, "")))
        (taken.pair if role == "affected" else taken.text)(role, told, column)
    cited = [beside.reports[one] for one in _listed(cells.get("reports", "")) if one in beside.reports]
    taken.items("sources", [f"{CITED}{name}", *cited], "reports")
    for table, row in rows.items():
        for field, columns in HINTS[table].items():
            for column in columns:
                if row.get(column, "").strip():
                    taken.hint(field, row[column].strip(), f"{table}.{column}")
    return taken.event(name)


def _beside(folder: Path) -> Beside:
    rows: dict[str, dict[str, Cells]] = {}
    for table in HINTS:
        found = [cells for cells in _there(folder / table) if any(key in cells for key in KEYS)]
        rows[table] = {(one.get(KEYS[0]) or one.get(KEYS[1], "")).strip(): one for one in found}
    reports = {one.get("report_number", ""): one.get("url", "") for one in _there(folder / "reports.csv")}
    pairs = [(one.get("duplicate_incident_number", ""), one) for one in _there(folder / "duplicates.csv")]
    return Beside(rows, reports, {name: one.get("true_incident_number", "") for name, one in pairs if name})


def _there(path: Path) -> list[Cells]:
    if not path.is_file():
        return []
    return [cells for _, cells in _rows(path, ()) if not isinstance(cells, DetenteError)]


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[str, Cells | DetenteError]]:
    csv.field_size_limit(RECORD_LIMIT)
    table = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
    try:
        heads = next(table, [])
        lacking = [one for one in needed if one not in heads]
        # 7. The columns by which a row is understood are there, each once.
        if lacking or len(set(heads)) != len(heads):
            lacks = f"{path.name} lacks the columns {', '.join(lacking)}."
            what = lacks if lacking else f"{path.name} has a column twice."
            raise Malformed("register.7", what, "Name incidents.csv of a snapshot of the database.")
        line = table.line_num + 1
        for cells in table:
            yield f"line {line}", _fitted(heads, cells)
            line = table.line_num + 1
    # 8. It is CSV: quotes are closed, and no cell is beyond the limit.
    except csv.Error as error:
        what = f"{path.name} is no CSV at line {table.line_num}: {error}."
        raise Malformed("register.8", what, "Correct it there, or fetch the file again.") from error


def _fitted(heads: list[str], cells: list[str]) -> Cells | DetenteError:
    # 9. The row has a cell for each column.
    if len(cells) != len(heads):
        what = f"The row has {len(cells)} cells for {len(heads)} columns."
        return Malformed("register.9", what, "Correct it there, or fetch the file again.")
    return dict(zip(heads, cells, strict=True))


def _listed(cell: str) -> list[str]:
    """Return the elements of a list in a cell; a cell that is no list is one element."""
    try:
        found = json.loads(cell) if cell.strip() else []
    except (ValueError, RecursionError):
        found = [cell]
    return [str(one) for one in (found if isinstance(found, list) else [found])]
