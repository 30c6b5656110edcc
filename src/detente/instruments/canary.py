"""Canaries: strings that lie beside sealed items, are committed to with them, and are shown to no system.

    canary.seen(kept.canaries, extract.samples)  ->  ("oversight-014",)

A system that says one has learnt from a copy of the package, or was told by somebody who had it: 16 random
bytes are not guessed. That none is said shows nothing: a copy may have left them out, and a system may keep
silent.
"""

import unicodedata
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from detente.instruments.extract import Digest, Sample
from detente.trust import canonical
from detente.trust.errors import Malformed

BYTES = 16
MOST_BYTES = 1024 * 1024
HEX = frozenset("0123456789abcdef")

Canary = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
"""One canary: 16 random bytes, in hex."""


class Canaries(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the party that brought a suite keeps, so that it can look for them later.

    Args:
        format: of these fields.
        root: of the sealed suite that they belong to.
        canaries: one for each item, in the suite's order.
    """

    format: Literal["detente-canaries-1"] = "detente-canaries-1"
    root: Digest
    canaries: Annotated[tuple[Canary, ...], Meta(min_length=1, max_length=10_000)]


def spelled(kept: Canaries) -> bytes:
    """Return their canonical bytes."""
    value: Any = msgspec.json.decode(msgspec.json.encode(kept))
    return canonical.encode(value)


def parse(data: bytes) -> Canaries:
    """Read the canaries of a suite.

    Raises:
        Malformed: `canary.1`. NotCanonical: `canonical.5`. TooLarge: `canonical.1`.
    """
    # 1. They have this form.
    try:
        return msgspec.convert(canonical.decode(data, MOST_BYTES), Canaries)
    except msgspec.ValidationError as error:
        remedy = "detente evaluate facility seal --canaries FILE writes them."
        raise Malformed("canary.1", f"These are no canaries: {error}.", remedy) from error


def seen(canaries: Iterable[str], samples: Iterable[Sample]) -> tuple[str, ...]:
    """Return the items in whose output a canary stands, ascending; outputs that are sealed are not looked at.

    However it is spelled: in capitals, in full width, with anything else between its digits.
    """
    known = frozenset(canaries)
    return tuple(sorted({one.item for one in samples if one.output and _says(one.output, known)}))


def _says(output: str, known: frozenset[str]) -> bool:
    bare = "".join(one for one in unicodedata.normalize("NFKC", output).casefold() if one in HEX)
    length = 2 * BYTES
    return any(bare[at : at + length] in known for at in range(len(bare) - length + 1))
