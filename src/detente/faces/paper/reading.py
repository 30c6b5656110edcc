"""The readings of a text: as it stands, or, while brackets are open in it, as each party would have it.

of(path)      (Reading((), version, …),)                          nothing is open
              (Reading(("us",), …), Reading(("cn", "neutral"), …))   by what they would have
"""

from pathlib import Path
from typing import NamedTuple

from detente.accord import bracket, source
from detente.accord.document import Accord
from detente.accord.version import Version
from detente.faces import founding, manuscript, workingtext
from detente.faces.cli.place import file_of


class Reading(NamedTuple):
    """One way in which a text reads.

    Args:
        parties: who would have it so; none if nothing is open.
        version: the text, compiled.
    """

    parties: tuple[str, ...]
    version: Version


def of(path: Path) -> tuple[Reading, ...]:
    """Return the readings of YAML, signed bytes or an envelope; parties that would have the same share one.

    Raises:
        DetenteError: as `manuscript` and `workingtext` refuse.
    """
    data = file_of(path)
    text = "" if data.startswith(b"{") else manuscript.decoded(path, data)
    if not text or not [*bracket.brackets(source.read(text).data)]:
        return (Reading((), manuscript.compiled(manuscript.read(path))),)
    several: dict[str, list[str]] = {}
    for party in workingtext.parties(text):
        several.setdefault(workingtext.clean(text, party), []).append(party)
    return tuple(
        Reading(tuple(parties), manuscript.compiled(_provisional(path, mine)))
        for mine, parties in several.items()
    )


def comments(path: Path) -> tuple[str, ...]:
    """Return what was said of clauses in a working text, as `duties.follow-up: cn, 2026-…: …`."""
    data = file_of(path)
    if data.startswith(b"{"):
        return ()
    said = workingtext.comments(manuscript.decoded(path, data))
    return tuple(f"{one.get('on')}: {one.get('by')}, {one.get('at')}: {one.get('says')}" for one in said)


def digest(path: Path) -> str:
    """Return the digest by which officers sign a text; "" of one that has no charters yet."""
    return manuscript.read(path).digest if file_of(path).startswith(b"{") else ""


def _provisional(path: Path, text: str) -> Accord:
    manuscript.check(path, text)
    return founding.provisional(text)
