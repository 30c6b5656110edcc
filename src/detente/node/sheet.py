"""The sheet: a draft that is kept and may be half filled, with where each of its fields came from; private.

    {"name":"0f…","kind":"incidents.report","source":"atlas:AML.CS0004","open":{"harm":null},"values":{…},…}

An open field that is not there was never stated, and somebody has to state it before the sheet can be
tabled; one that is null is declared unknown. The name is the nonce under which it is tabled, so that it is
tabled once.
"""

from typing import Any, Literal

import msgspec

Nature = Literal["incident", "vulnerability", "evaluation", "exercise", "proceeding", "unknown"]
"""What a source itself calls the thing: only an incident may be reported as one without a person's word."""

State = Literal["kept", "tabled", "discarded"]
Fate = Literal["new", "updated", "same", "edited", "discarded", "tabled"]
"""What became of a sheet that was brought: `edited`, `discarded` and `tabled` are left as people made
them."""

PERSON = "person"
"""The origin of what a person wrote into a sheet."""


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A draft that is kept.

    Attributes:
        name: 32 hexadecimal digits.
        kind: `pillar.name`.
        thread: id of the record that starts the thread which it answers; empty if it starts one.
        source: register and the id there, `atlas:AML.CS0004`; empty if no register gave it.
        register: name and edition of the register, for people.
        licence: under which the register's text may be used.
        nature: what the source calls it.
        open: the open fields that are stated.
        values: sealed path to value; a path left out is absent.
        origins: field or path to its place in the source, or `person`.
        hints: field to what the source says that may help a person to state it; nothing follows from it.
        left: places in the source that no field carries.
        shortened: paths whose text did not fit; it is whole in `original`.
        original: what was read, as JSON.
        limit: the widest use that whoever reported allows (`node.confidence.report.Use`), in a draft of a
            kind that states a use; empty: they have not limited it.
        state: what became of it here.
        at: when that was last changed, in milliseconds.
        edited: whether a person changed it.
        record: id of the record as which it was tabled.
    """

    name: str
    kind: str
    thread: str = ""
    source: str = ""
    register: str = ""
    licence: str = ""
    nature: Nature = "unknown"
    open: dict[str, Any] = {}
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    hints: dict[str, str] = {}
    left: tuple[str, ...] = ()
    shortened: tuple[str, ...] = ()
    original: str = ""
    limit: str = ""
    state: State = "kept"
    at: int = 0
    edited: bool = False
    record: str = ""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet in a list: its name, kind, source, nature and state, and its title in both languages."""

    name: str
    kind: str
    source: str
    nature: Nature
    state: State
    title: tuple[str, ...]
    at: int


class Kept(msgspec.Struct, frozen=True):
    """What became of one sheet that was brought: its source, its name here, and its fate."""

    source: str
    name: str
    fate: Fate
