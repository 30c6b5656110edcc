"""MITRE ATLAS: the case studies of `ATLAS.yaml`, or one study of the ATLAS website.

Apache-2.0. A case study of type *exercise* is a demonstration by researchers, and its nature says so. The
actor is not carried: who is behind something is for the party to say. Format: the schemas beside ATLAS.yaml.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detente.faces import foreign
from detente.faces.registers.event import Aside, Event, Taken
from detente.faces.registers.file import text_of
from detente.node.sheet import Nature
from detente.trust.errors import DetenteError, Malformed

NAME, LICENCE = "MITRE ATLAS", "Apache-2.0"
SIZE_LIMIT = 16 * 1024 * 1024
TECHNIQUE = re.compile(r"AML\.T[0-9]{4}(\.[0-9]{3})?\Z")
MOST = 32
REQUIRED = ("id", "name", "summary", "incident-date", "procedure")
NATURES: dict[object, Nature] = {"incident": "incident", "exercise": "exercise"}


def read(path: Path) -> Iterator[Event | Aside]:
    """Read a file.

    Raises:
        Malformed: `foreign.*`, `register.1`, `register.2` no case studies in it. TooLarge: `foreign.*`.
    """
    outline = foreign.read(text_of(path, SIZE_LIMIT))
    whole = outline.data if isinstance(outline.data, dict) else {}
    studies = whole.get("case-studies", [whole["study"]] if "study" in whole else None)
    # 2. There are case studies in it.
    if not isinstance(studies, list):
        raise Malformed("register.2", "No case-studies in the file.", "Name ATLAS.yaml, or a case study.")
    for number, study in enumerate(studies, 1):
        place = f"line {outline.line(study)}" if outline.line(study) else f"record {number}"
        try:
            yield _taken(study, place)
        except DetenteError as error:
            yield Aside(place=place, error=error)


def _taken(study: object, place: str) -> Event:
    # 6. A case study is a mapping.
    if not isinstance(study, dict):
        raise Malformed("register.6", "The record is no mapping.", "Correct it there.")
    # 13. It has what the schema of ATLAS requires: what lacks something may be cut off.
    lacking = ", ".join(one for one in REQUIRED if one not in study)
    if lacking:
        raise Malformed("register.13", f"The case study lacks: {lacking}.", "Fetch the file again.")
    taken = Taken(study, place, NATURES.get(study.get("case-study-type"), "unknown"))
    taken.used |= {"id", "object-type", "case-study-type"}
    taken.pair("title", study.get("name"), "name")
    taken.pair("summary", study.get("summary"), "summary")
    taken.text("system", study.get("target"), "target")
    known = study.get("incident-date-granularity")
    date = str(study.get("incident-date", ""))
    taken.when(date[:4] if known == "YEAR" else date, "incident-date", exact=known == "DATE")
    taken.used.add("incident-date-granularity")
    _techniques(taken, study)
    cited = [one for one in _list(study, "references") if isinstance(one, dict)]
    told = [" ".join(str(one[key]) for key in ("title", "url") if one.get(key)) for one in cited]
    taken.items("sources", told, "references")
    return taken.event(study.get("id"))


def _techniques(taken: Taken, study: dict[str, Any]) -> None:
    steps = [one.get("technique") for one in _list(study, "procedure") if isinstance(one, dict)]
    found = sorted({one for one in steps if isinstance(one, str) and TECHNIQUE.match(one)})
    if len(found) > MOST:
        taken.shortened.append("techniques")
    taken.state("techniques", found[:MOST], "procedure[].technique")


def _list(study: dict[str, Any], key: str) -> list[Any]:
    found = study.get(key)
    return found if isinstance(found, list) else []
