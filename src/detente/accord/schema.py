"""The shape of a document, field by field: all that does not fit, not only the first of it.

    [*misfits({"id": "x", "whn": "true"}, Duty, "$.duties[0]")]
    ->  Misfit("$.duties[0].whn", "Object contains unknown field `whn`", near="when"), and what is missing

msgspec decides whether a document fits and stops at the first that does not. This walks the same types and
asks it about each part by itself, so that both always agree.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Struct, structs

from detente.accord.source import Fault, Source
from detente.trust.errors import Malformed


class Misfit(NamedTuple):
    """One part that does not fit.

    Args:
        path: of it.
        what: as msgspec says it.
        near: the nearest word that would fit, or "".
        name: whether it is a name that does not fit, and not a value.
    """

    path: str
    what: str
    near: str = ""
    name: bool = False


def survey(source: Source, kind: type[Struct]) -> tuple[Fault, ...]:
    """All misfits of a document, each at its place: an unknown field at its key, others at the value."""
    found = []
    for one in misfits(source.data, kind, "$"):
        key = source.keys.get(one.path) if one.name else None
        line, column = key or source.at(one.path)
        said = f"{one.path} (line {line}, column {column}): {one.what}."
        found.append(
            Fault(Malformed("document.1", said, "Mend the document there."), (line, column), one.near)
        )
    return tuple(found)


def misfits(value: object, kind: Any, path: str) -> Iterator[Misfit]:  # noqa: ANN401 (an annotation)
    """What of a value does not fit a type, part by part."""
    kind = _arm(value, kind)
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if isinstance(bare, type) and issubclass(bare, Struct) and isinstance(value, Mapping):
        yield from _in_struct(value, bare, path)
    elif isinstance(get_origin(bare), type) and issubclass(get_origin(bare), Mapping):
        yield from _in_table(value, bare, path)
    elif get_origin(bare) is tuple and isinstance(value, list):
        for n, one in enumerate(value):
            yield from misfits(one, get_args(bare)[0], f"{path}[{n}]")
    else:
        yield from _alone(value, kind, path)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is nearest to one, or "" if none is near."""
    return next(iter(get_close_matches(name, sorted(set(known)), 1, 0.6)), "")


def _in_struct(value: Mapping[str, object], kind: type[Struct], path: str) -> Iterator[Misfit]:
    fields = {one.encode_name: one for one in structs.fields(kind)}
    for name in value:
        if name not in fields:
            near = nearest(name, [one for one in fields if one not in value])
            yield Misfit(f"{path}.{name}", f"Object contains unknown field `{name}`", near, name=True)
    for name, field in fields.items():
        if name in value:
            yield from misfits(value[name], field.type, f"{path}.{name}")
        elif field.required:
            yield Misfit(path, f"Object missing required field `{name}`")


def _in_table(value: object, kind: Any, path: str) -> Iterator[Misfit]:  # noqa: ANN401
    if not isinstance(value, Mapping):
        yield from _alone(value, kind, path)
        return
    names, values = get_args(kind)
    for name, one in value.items():
        yield from (fit._replace(name=True) for fit in _alone(name, names, f"{path}.{name}"))
        yield from misfits(one, values, f"{path}.{name}")


def _alone(value: object, kind: Any, path: str) -> Iterator[Misfit]:  # noqa: ANN401
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, _, inner = str(error).partition(" - at `$")
        near = nearest(value, _choices(kind)) if isinstance(value, str) else ""
        yield Misfit(f"{path}{inner.rstrip('`')}", what, near)


def _arm(value: object, kind: Any) -> Any:  # noqa: ANN401
    """Of a union with a list in it, the part that a value is meant for.

    msgspec 0.22 corrupts memory when it is asked, outside a struct, about a union of a text and a list of
    texts that both have a pattern: it is never asked about such a union.
    """
    arms = get_args(kind) if get_origin(kind) in (Union, UnionType) else ()
    several = [one for one in arms if get_origin(one) is tuple]
    if not several:
        return kind
    return several[0] if isinstance(value, list) else next(one for one in arms if one not in several)


def _choices(kind: Any) -> list[str]:  # noqa: ANN401
    """The words that a type allows, if it lists them."""
    if get_origin(kind) is Literal:
        return [one for one in get_args(kind) if isinstance(one, str)]
    return [word for part in get_args(kind) for word in _choices(part)]
