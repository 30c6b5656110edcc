"""The prefill: a form that begins with what is known already: what it is about, and what it takes over.

    /new/notices.correction?thread=9f…&of=3a…       every field of the message that is corrected
    /new/notices.pause?thread=9f…&open.binds=us     one answer

The form is an ordinary one: what was filled in is read, can be changed, and is checked as if it was typed.
"""

from collections.abc import Mapping

from detente.accord.field import Field, fields
from detente.accord.pillar import KindSpec
from detente.faces.desk import sheet
from detente.faces.message import carried
from detente.trust.record import Record

OPEN = "open."
MOST = 200
NAMING = ("of", "about", "joins", "replaces")
"""Fields by which a record names the one that it is about."""


def answers(
    spec: KindSpec, kind: str, of: tuple[str, Record] | None, query: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return what a form of a kind begins with.

    Args:
        spec: of the kind.
        kind: `pillar.name`.
        of: id of the record that it is about, and the record.
        query: parameters of the address: those that begin with `open.` are answers.
    """
    known = {one.name: one for one in fields(spec.open)}
    found = _taken(kind, known, *of) if of else {}
    given = {name.removeprefix(OPEN): said[:MOST] for name, said in query.items() if name.startswith(OPEN)}
    found |= {name: [said] for name, said in given.items() if name in known}
    return {f"{OPEN}{name}": said for name, said in found.items() if said}


def _taken(kind: str, known: Mapping[str, Field], name: str, entry: Record) -> dict[str, list[str]]:
    """The reference to the record that is meant, and what such a form takes over from it."""
    names = carried(kind.partition(".")[2])
    took = {
        one: sheet.spelt(field, entry.open[one])
        for one, field in known.items()
        if one in entry.open and (names is None or one in names)
    }
    first = next((one for one in NAMING if one in known and known[one].ref == "record"), "")
    return took | ({first: [name]} if first else {})
