"""JSON Lines of anybody's own: one object a line, in the fields of a report, flat or as it is tabled.

    {"id": "2026-17", "title": "…", "summary": ["…", "…"], "date": "2026-11-03", "harm": 2, "sources": ["…"]}
    {"id": "2026-18", "open": {"harm": null, …}, "sealed": {"title": ["…", "…"]}}

A key that is no field of a report is listed as not carried. A value that its field cannot have is a
refusal: an axis is never guessed from a word. `nature` may say what the thing is, and `licence` under what
it may be used.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec

from detente.accord.edition import sealed_value
from detente.faces import pillars
from detente.faces.registers import event, file
from detente.faces.registers.event import Aside, Event, Taken
from detente.node.sheet import Nature
from detente.trust.errors import Malformed

NAME, LICENCE = "", ""
KIND = "report"
PAIRS = ("title", "summary", "pattern", "mitigation", "affected", "detection")
TEXTS = ("system", "developer", "deployer")
LISTS = ("sources", "evidence")
OWN = {"id", "nature"}
NATURES: tuple[Nature, ...] = get_args(Nature)


def read(path: Path) -> Iterator[Event | Aside]:
    """Read a file. Raises as `file.objects`."""
    yield from event.each(file.objects(path), _taken)


def _taken(record: dict[str, Any], place: str) -> Event:
    nature = record.get("nature")
    known: dict[str, Nature] = {one: one for one in NATURES}
    taken = Taken(record, place, known.get(str(nature), "unknown"))
    taken.used |= OWN
    flat = {key: (value, key) for key, value in record.items() if key not in ("open", "sealed")}
    for part in ("open", "sealed"):
        inside = record.get(part)
        flat |= (
            {key: (one, f"{part}.{key}") for key, one in inside.items()} if isinstance(inside, dict) else {}
        )
    _sealed(taken, flat)
    _open(taken, flat)
    if "date" in flat:
        taken.when(*flat["date"])
    name = record.get("id")
    return taken.event(str(name) if isinstance(name, int) else name)


def _sealed(taken: Taken, flat: dict[str, tuple[Any, str]]) -> None:
    for path in (*PAIRS, *TEXTS, *LISTS, "day"):
        value, origin = flat.get(path, (None, ""))
        if value is None:
            continue
        if path in PAIRS:
            taken.pair(path, value, origin)
        elif path in LISTS:
            taken.items(path, value if isinstance(value, list) else [value], origin)
        else:
            taken.text(path, value, origin)
    spec = pillars.editions()["incidents"].pillar.kinds[KIND]
    for path, value in taken.values.items():
        # 10. A sealed value is of the type that its path has.
        sealed_value(spec, path, value, "register.10")


def _open(taken: Taken, flat: dict[str, tuple[Any, str]]) -> None:
    spec = pillars.editions()["incidents"].pillar.kinds[KIND]
    for one in msgspec.structs.fields(spec.open):
        if one.name not in flat:
            continue
        value, origin = flat[one.name]
        # 11. An open field has a value that it can have.
        try:
            msgspec.convert(value, one.type)
        except msgspec.ValidationError as error:
            what = f"The field {one.name}: {error}."
            raise Malformed("register.11", what, "Give a value that it can have, or null.") from error
        taken.state(one.name, value, origin)
