"""Bracketed text: while an accord is negotiated, a value or a clause may stand in several variants, by party.

    within: {open: {us: PT72H, cn: PT48H, neutral: PT72H}}

    brackets(data)          each with its path and its variants
    seen(data, "cn")        the text as one party would have it

`null` for a clause leaves it out. A text in which a bracket is open is nobody's accord: it cannot be signed.
Beside the accord's own fields a working text may have `comments`: who said what of which clause, and when.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from detente.accord.source import Fault, Source
from detente.trust.canonical import Value, encode
from detente.trust.errors import Malformed

OPEN = "open"
COMMENTS = "comments"


class Bracket(Struct, frozen=True):
    """A value on which the sides differ.

    Args:
        path: in the document, as msgspec writes it.
        variants: party to what it would have there; null leaves a clause out.
    """

    path: str
    variants: Mapping[str, Value]

    @property
    def settled(self) -> bool:
        """Whether all would have the same."""
        return len({encode(one) for one in self.variants.values()}) == 1


def variants(value: Value) -> Mapping[str, Value] | None:
    """The variants of a bracket, or None if a value is none."""
    inner = value.get(OPEN) if isinstance(value, dict) and len(value) == 1 else None
    return inner if isinstance(inner, dict) and inner else None


def brackets(value: Value, path: str = "$") -> Iterator[Bracket]:
    """Every bracket, in the order of the document."""
    found = variants(value)
    if found is not None:
        yield Bracket(path, found)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from brackets(one, f"{path}.{name}")
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from brackets(one, f"{path}[{n}]")


def seen(value: Value, party: str, path: str = "$") -> Value:
    """The document as a party would have it, without comments.

    Raises:
        Malformed: `bracket.2` it has said nothing on a bracket.
    """
    found = variants(value)
    if found is not None:
        # 2. The party has a variant.
        if party not in found:
            what = f"{path}: {party} has no variant here."
            raise Malformed("bracket.2", what, "Let it propose one, or accept another's.")
        return found[party]
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if (path, name) != ("$", COMMENTS)}
        return {name: seen(one, party, f"{path}.{name}") for name, one in kept.items()}
    if isinstance(value, list):
        every = [(one, seen(one, party, f"{path}[{n}]")) for n, one in enumerate(value)]
        return [told for one, told in every if told is not None or variants(one) is None]
    return value


def survey(source: Source) -> tuple[Fault, ...]:
    """A fault for every open bracket, at its place: such a text cannot be signed."""
    return tuple(_fault(one, source) for one in brackets(source.data))


def _fault(one: Bracket, source: Source) -> Fault:
    # 1. No bracket is open.
    said = "; ".join(f"{party} {encode(value).decode()}" for party, value in one.variants.items())
    what = f"{one.path} is open: {said}."
    error = Malformed(
        "bracket.1", what, "Settle it with accord accept, or read one side's text: accord clean."
    )
    return Fault(error, source.at(one.path))
