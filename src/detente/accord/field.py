"""A field of a kind, as data: what the schema, the rule types, the forms and the proofs all read.

Allowed for open fields and facts: `Literal["a", "b"]`, `bool`, an integer bounded on both sides, a string
with a pattern that cannot hold a sentence, a tuple of those with a bounded length, and any of them `| None`.
A sealed field may also be text with a bounded length. Nothing else, so that a rule's world is finite and an
open field carries no free text.

    fields(Report)  ->  (Field(name="harm", type="enum", values=("grave", "none")), ...)
"""

import re
from functools import cache
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec import inspect as inspector

from detente.trust import canonical
from detente.trust.errors import Misuse

MAX_SAFE = 2**53 - 1
LIST_LIMIT = 64
OPEN_STRING_LIMIT = 64
SENTENCE = "The model left its sandbox, and nobody noticed"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
# Reserved by the rule language: such a field could not be named in a rule.
RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let"}
    | {"loop", "package", "namespace", "null", "return", "true", "var", "void", "while"}
)

Type = Literal["enum", "int", "bool", "string", "list"]


class Field(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field.

    Args:
        name: as in the struct.
        type: `list` has an `item`.
        values: of an enumeration, sorted.
        low: of an integer, inclusive; of a list, its least length.
        high: of an integer, inclusive; of a string or list, its greatest length.
        pattern: of a string; absent only for sealed text.
        ref: what a string refers to: record, digest, party or code.
        item: of a list.
        nullable: whether null says "not stated".
        optional: whether it may be left out, which says the same as null.
    """

    name: str
    type: Type
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    pattern: str | None = None
    ref: str | None = None
    item: "Field | None" = None
    nullable: bool = False
    optional: bool = False

    @property
    def finite(self) -> bool:
        """Whether a rule may compare it with literals of a known set."""
        return self.type == "enum" or (self.item is not None and self.item.type == "enum")


@cache
def fields(struct: type[Struct], *, text: bool = False) -> tuple[Field, ...]:
    """Describe a struct's fields, sorted by name; `text` allows free text (sealed paths).

    Raises:
        Misuse: `field.1` name, `field.2` default, `field.3` annotation, `field.4` bounds, `field.5` free
            text.
    """
    info = inspector.type_info(struct)
    if not isinstance(info, inspector.StructType):  # pragma: no cover - the signature says so
        raise _bug("3", struct.__name__, "is not a struct")
    return tuple(sorted((_field(field, text=text) for field in info.fields), key=lambda field: field.name))


def plain(field: Field) -> canonical.Value:
    """The field as plain data for schemas and digests: only what differs from a default is written."""
    written: canonical.Value = canonical.decode(msgspec.json.encode(field, order="sorted"))
    return written


def _field(field: inspector.Field, *, text: bool) -> Field:
    # 1. The name can be written in a rule.
    if not NAME.match(field.name) or field.name in RESERVED:
        raise _bug("1", field.name, "cannot be a field's name in a rule")
    found = _described(field.name, field.type, text=text)
    # 2. The field is always present, or it is one that may be null and null is what its absence says.
    if not field.required and not (found.nullable and field.default is None):
        raise _bug("2", field.name, "has a default; only one that may be null is left out, and says null")
    return found if field.required else msgspec.structs.replace(found, optional=True)


def _described(name: str, kind: inspector.Type, *, text: bool) -> Field:
    """Checks 3 to 5 on one annotation."""
    ref = None
    if isinstance(kind, inspector.Metadata):
        ref, kind = (kind.extra or {}).get("ref"), kind.type
    match kind:
        case inspector.UnionType(types=types) if len(types) == 2 and any(_is_none(one) for one in types):  # noqa: PLR2004
            inner = next(one for one in types if not _is_none(one))
            return msgspec.structs.replace(_described(name, inner, text=text), nullable=True)
        case inspector.LiteralType(values=values) if all(isinstance(value, str) for value in values):
            return Field(name=name, type="enum", values=tuple(sorted(map(str, values))))
        case inspector.BoolType():
            return Field(name=name, type="bool")
        case inspector.IntType():
            return _integer(name, kind)
        case inspector.StrType():
            return _string(name, kind, ref, text=text)
        case inspector.VarTupleType():
            return _list(name, kind, text=text)
    # 3. The annotation is one of those listed above.
    raise _bug("3", name, f"has an annotation that records do not carry: {kind!r}")


def _integer(name: str, kind: inspector.IntType) -> Field:
    # 4. Bounded on both sides, inside what JSON can carry exactly.
    if kind.ge is None or kind.le is None or not -MAX_SAFE <= kind.ge <= kind.le <= MAX_SAFE:
        raise _bug("4", name, "is an integer without bounds (ge and le) inside 2^53-1")
    return Field(name=name, type="int", low=kind.ge, high=kind.le)


def _string(name: str, kind: inspector.StrType, ref: str | None, *, text: bool) -> Field:
    # 4. Bounded length.
    if kind.max_length is None or (not text and kind.max_length > OPEN_STRING_LIMIT):
        raise _bug("4", name, f"is a string without a max_length (at most {OPEN_STRING_LIMIT} if open)")
    if kind.pattern is None and text:
        return Field(name=name, type="string", high=kind.max_length)
    # 5. An open string has a pattern, anchored at both ends, that no sentence fits.
    pattern = kind.pattern or ""
    anchored = pattern.startswith("^") and pattern.endswith(r"\Z")
    if not anchored or any(re.search(pattern, SENTENCE[:n]) for n in range(SENTENCE.index(" ") + 1, 47)):
        raise _bug("5", name, r"is open and could carry free text: give it a pattern ^...\Z without spaces")
    return Field(name=name, type="string", high=kind.max_length, pattern=pattern, ref=ref)


def _list(name: str, kind: inspector.VarTupleType, *, text: bool) -> Field:
    item = _described(name, kind.item_type, text=text)
    # 4. Bounded length, no lists of lists, no nulls inside.
    if kind.max_length is None or kind.max_length > LIST_LIMIT or item.nullable or item.type == "list":
        raise _bug(
            "4", name, f"is a list without a max_length of at most {LIST_LIMIT}, or nested, or with nulls"
        )
    return Field(name=name, type="list", low=kind.min_length or 0, high=kind.max_length, item=item)


def _is_none(kind: inspector.Type) -> bool:
    return isinstance(kind, inspector.NoneType)


def _bug(step: str, name: str, what: str) -> Misuse:
    return Misuse(f"field.{step}", f"The field {name} {what}.", "Mend the struct in the pillar's kinds.py.")
