"""The registers: where incidents are on record already, and how each is read into drafts.

By pillar, since a register is about what one pillar exchanges: a pillar without one is imported from nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from detente.faces.registers import aiid, atlas, avid, law, lines, misp, response, stix
from detente.faces.registers.event import Aside, Event


class Register(NamedTuple):
    """A register: its name and licence for people, the kind of drafts that say none, and its reader."""

    name: str
    licence: str
    kind: str
    read: Callable[[Path], Iterator[Event | Aside]]


REGISTERS: Mapping[str, Mapping[str, Register]] = {
    "incidents": {
        short: Register(one.NAME, one.LICENCE, "report", one.read)
        for short, one in (
            ("atlas", atlas),
            ("avid", avid),
            ("aiid", aiid),
            ("law", law),
            ("stix", stix),
            ("misp", misp),
            ("jsonl", lines),
        )
    },
    "response": {"stix": Register(response.NAME, response.LICENCE, "indicator", response.read)},
}
"""Pillar to short name to register."""
