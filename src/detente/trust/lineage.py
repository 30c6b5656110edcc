"""The lineage: the versions of an accord, and the charters of the parties whose officers signed them.

    {"officers":{"us":[{"at":1790000000000,"charter":ENVELOPE},…]},"v":1,"versions":[ENVELOPE,…]}

Whoever accedes has no logs yet, from which to know who the officers of the others have become. A party that
is there hands it this file. It shows nothing until the versions and charters are verified (`node.lineage`);
an exhibit carries the same in its own spelling. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from detente.trust import canonical, envelope
from detente.trust.canonical import Value
from detente.trust.envelope import Envelope
from detente.trust.errors import Malformed, TooLarge
from detente.trust.exhibit import Change
from detente.trust.record import PARTY

VERSION = 1
MAX_BYTES = 64 * 1_048_576
MAX_CHARTERS = 4_096
MAX_VERSIONS = 1_024

Officers = Mapping[str, tuple[Change, ...]]
"""Party to the charters of the live domain that followed its first one, each with the time of its record."""


@dataclass(frozen=True)
class Lineage:
    """Versions of an accord from the first on, and the charters of who signed them, unverified."""

    versions: tuple[Envelope, ...]
    officers: Officers


class _ChangeJson(msgspec.Struct, forbid_unknown_fields=True):
    at: int
    charter: dict[str, Any]


class _LineageJson(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    v: int
    versions: list[dict[str, Any]]
    officers: dict[str, list[_ChangeJson]]


def dump(lineage: Lineage) -> bytes:
    """Return the canonical JSON of a lineage."""
    officers: dict[str, Value] = {
        party: [{"at": one.at, "charter": _spell(one.charter)} for one in some]
        for party, some in lineage.officers.items()
    }
    versions: list[Value] = [_spell(one) for one in lineage.versions]
    return canonical.encode({"v": VERSION, "versions": versions, "officers": officers})


def parse(data: bytes) -> Lineage:
    """Read a lineage; it shows nothing yet.

    Raises:
        Malformed, NotCanonical, TooLarge: `canonical.*`, `lineage.5`, `lineage.6`, `envelope.*`.
    """
    value = canonical.decode(data, MAX_BYTES)
    # 5. Exactly the fields, of a format that is known, with a version and named parties.
    try:
        fields = msgspec.convert(value, _LineageJson)
    except msgspec.ValidationError as error:
        raise Malformed("lineage.5", f"No lineage: {error}.", "Give what accord lineage wrote.") from error
    if fields.v != VERSION or not fields.versions or not all(map(PARTY.fullmatch, fields.officers)):
        what = "No lineage: another format, no version, or no party."
        raise Malformed("lineage.5", what, "Give what accord lineage wrote.")
    # 6. Few versions and charters.
    charters = sum(map(len, fields.officers.values()))
    if len(fields.versions) > MAX_VERSIONS or charters > MAX_CHARTERS:
        what = f"{len(fields.versions)} versions and {charters} charters."
        raise TooLarge("lineage.6", what, f"Give at most {MAX_VERSIONS} and {MAX_CHARTERS}.")
    return Lineage(
        tuple(map(_read, fields.versions)),
        {
            party: tuple(Change(one.at, _read(one.charter)) for one in some)
            for party, some in fields.officers.items()
        },
    )


def _spell(one: Envelope) -> Value:
    return canonical.decode(envelope.dump(one))


def _read(value: Value) -> Envelope:
    return envelope.parse(canonical.encode(value))
