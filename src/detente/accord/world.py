"""The world a rule sees: typed variables over one kind of record, built at run time from the kinds.

    facts      message: what followed from the record        facts.level >= 3
    open       message: its open fields                      open.domain == 'bio'
    party      its author                                    party == 'us'
    parties    all parties, sorted                           parties.all(p, ...)
    roles      party to its neutral roles                    'testing' in roles[audience]
    audience   who would be shown it   (release only)
    standing   party to pillar to counts   (release only)    standing[audience].incidents.overdue == 0

A field that may be unstated is a wrapper and reads as null; every other field is always written, so that no
number reads as 0 for want of being set: `encode_standing` refuses a standing that lacks a party, a pillar or
a count.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

from cel_expr_python import cel  # type: ignore[import-untyped]  # the wheel ships no types
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2
from msgspec import Struct
from msgspec.structs import asdict

from detente.accord.field import Field, fields
from detente.accord.pillar import Facts, Kind, KindSpec
from detente.accord.standing import COUNTS
from detente.trust.errors import Misuse

PACKAGE = "detente"
Counts: TypeAlias = Mapping[str, Mapping[str, Mapping[str, int]]]
Effect = Literal["duty", "release", "trigger"]

_F = descriptor_pb2.FieldDescriptorProto
_PLAIN = {"int": _F.TYPE_INT64, "bool": _F.TYPE_BOOL, "enum": _F.TYPE_STRING, "string": _F.TYPE_STRING}
_WRAPPED = {"int": "Int64Value", "bool": "BoolValue", "enum": "StringValue", "string": "StringValue"}


class View(Struct, frozen=True):
    """A standing in the form that rules read, made once per cut by `World.encode_standing`.

    Args:
        parties: party to message.
        digest: of the standing, which names cut and `as_of`.
    """

    parties: Mapping[str, Any]
    digest: str


class World(Struct, frozen=True):
    """The types of all kinds of an accord. `environment` and the encoders of one kind agree by construction.

    Args:
        parties: sorted.
        roles: party to its neutral roles.
        pillars: names whose standing rules may read, sorted.
        specs: full kind to its KindSpec, in a fixed order.
        numbers: full kind to its place in that order.
        pool: descriptors of all messages.
        messages: message name to class.
    """

    parties: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]
    pillars: tuple[str, ...]
    specs: Mapping[str, KindSpec]
    numbers: Mapping[str, int]
    pool: Any
    messages: Mapping[str, Any]

    def environment(self, kind: str, effect: Effect) -> cel.Env:
        """The variables of a rule over this kind; audience and standing exist for releases alone.

        What is needed to perform a duty must never depend on the debtor's standing, so a duty cannot name it.
        """
        text = cel.Type.STRING
        variables = {
            "facts": cel.Type(f"{PACKAGE}.{self._message(kind, 'Facts')}"),
            "open": cel.Type(f"{PACKAGE}.{self._message(kind, 'Open')}"),
            "party": text,
            "parties": cel.Type.List(text),
            "roles": cel.Type.Map(text, cel.Type.List(text)),
        }
        if effect == "release":
            variables["audience"] = text
            variables["standing"] = cel.Type.Map(text, cel.Type(f"{PACKAGE}.Standing"))
        return cel.NewEnv(descriptor_pool=self.pool, variables=variables)

    def encode(
        self, kind: str, author: str, open_fields: Kind, facts: Facts, read: frozenset[str] | None = None
    ) -> dict[str, Any]:
        """The variables of one record, ready for `Program.granted`; a release adds audience and standing.

        `read` names those that are read: what no rule reads is not handed over, and no message filled.
        """
        found: dict[str, Any] = {"party": author}
        if read is None or "parties" in read:
            found["parties"] = list(self.parties)
        if read is None or "roles" in read:
            found["roles"] = {party: list(held) for party, held in self.roles.items()}
        if read is None or "facts" in read:
            found["facts"] = _filled(self.messages[self._message(kind, "Facts")], facts)
        if read is None or "open" in read:
            found["open"] = _filled(self.messages[self._message(kind, "Open")], open_fields)
        return found

    def encode_standing(self, standing: Counts, digest: str) -> View:
        """Every party, pillar and count of a standing as rules read it.

        Raises:
            Misuse: `world.1` something is missing: absent is not zero.
        """
        try:
            return View({party: self._counts(standing[party]) for party in self.parties}, digest)
        except KeyError as error:
            what = f"The standing lacks {error}: what is absent is not zero."
            raise Misuse("world.1", what, "Give every party, pillar and count.") from error

    def field(self, kind: str, part: str, name: str) -> Field | None:
        """The field that `facts.NAME` or `open.NAME` reads."""
        struct = self.specs[kind].facts if part == "facts" else self.specs[kind].open
        return next((field for field in fields(struct, text=True) if field.name == name), None)

    def _counts(self, standing: Mapping[str, Mapping[str, int]]) -> object:
        # 1. Nothing is missing.
        message = self.messages["Standing"]()
        for pillar in self.pillars:
            counts = getattr(message, pillar)
            for count in COUNTS:
                setattr(counts, count, standing[pillar][count])
        return message

    def _message(self, kind: str, part: str) -> str:
        return f"K{self.numbers[kind]}{part}"


def build(
    roles: Mapping[str, tuple[str, ...]], pillars: tuple[str, ...], specs: Mapping[str, KindSpec]
) -> World:
    """Build the types of an accord's world: for every kind, one message each for open fields and facts."""
    file = descriptor_pb2.FileDescriptorProto(name="detente/world.proto", package=PACKAGE, syntax="proto3")
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    _add_standing(file, pillars)
    for number, spec in enumerate(specs.values()):
        _add_struct(file, f"K{number}Open", spec.open)
        _add_struct(file, f"K{number}Facts", spec.facts)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    names = [message.name for message in file.message_type]
    return World(
        parties=tuple(sorted(roles)),
        roles=roles,
        pillars=pillars,
        specs=specs,
        numbers={kind: number for number, kind in enumerate(specs)},
        pool=pool,
        messages={
            name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))
            for name in names
        },
    )


def _add_standing(file: descriptor_pb2.FileDescriptorProto, pillars: tuple[str, ...]) -> None:
    counts = file.message_type.add(name="Counts")
    for number, name in enumerate(COUNTS, start=1):
        counts.field.add(name=name, number=number, type=_F.TYPE_INT64, label=_F.LABEL_OPTIONAL)
    whole = file.message_type.add(name="Standing")
    for number, name in enumerate(pillars, start=1):
        added = whole.field.add(name=name, number=number, type=_F.TYPE_MESSAGE, label=_F.LABEL_OPTIONAL)
        added.type_name = f".{PACKAGE}.Counts"


def _add_struct(file: descriptor_pb2.FileDescriptorProto, name: str, struct: type[Struct]) -> None:
    message = file.message_type.add(name=name)
    for number, field in enumerate(fields(struct, text=True), start=1):
        added = message.field.add(name=field.name, number=number, label=_F.LABEL_OPTIONAL)
        if field.item is not None:
            added.label, added.type = _F.LABEL_REPEATED, _PLAIN[field.item.type]
        elif field.nullable:
            added.type = _F.TYPE_MESSAGE
            added.type_name = f".google.protobuf.{_WRAPPED[field.type]}"
        else:
            added.type = _PLAIN[field.type]


def _filled(message: Any, struct: Kind | Facts) -> object:  # noqa: ANN401 (the class exists only at run time)
    """A message of a struct's values; what is null stays unset."""
    required, wrapped = _shape(type(struct))
    values = {name: value for name, value in asdict(struct).items() if value is not None}
    # 2. What is not nullable is there: left unset it would read as 0.
    if not required <= values.keys():
        absent = min(required - values.keys())
        raise Misuse("world.2", f"The field {absent} is null and may not be.", "Mend the pillar's rules.")
    for name in wrapped & values.keys():
        values[name] = {"value": values[name]}
    return message(**values)


@cache
def _shape(struct: type[Struct]) -> tuple[frozenset[str], frozenset[str]]:
    """The fields that are never null, and those that are wrapped because they may be."""
    every = fields(struct, text=True)
    required = frozenset(one.name for one in every if not one.nullable)
    return required, frozenset(one.name for one in every if one.nullable and one.item is None)
