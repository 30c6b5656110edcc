"""The cut: up to where each log is read. Two nodes compare standing at one cut.

    {"cn":{"root":"5d…","size":17},"us":{"root":"9f…","size":21}}

A cut covers a log only as far as the bodies of the receipts in it are held (leaves name their class).
Pure.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from detente.trust import canonical
from detente.trust.canonical import Value
from detente.trust.errors import Malformed
from detente.trust.record import HEX_DIGEST, PARTY

MAX_PARTIES = 64


class Head(Struct, frozen=True, order=True):
    """A log's first `size` entries, by their root (64 hexadecimal digits)."""

    size: int
    root: str


class Cut(Struct, frozen=True):
    """Party to head."""

    heads: Mapping[str, Head]

    def value(self) -> Value:
        """Return the cut as a canonical value."""
        return {party: {"root": head.root, "size": head.size} for party, head in self.heads.items()}


def dump(cut: Cut) -> bytes:
    """Return the canonical bytes of a cut."""
    return canonical.encode(cut.value())


def spell(cut: Cut) -> list[str]:
    """Return a cut as open fields carry it: `cn/17/5d…`, ascending by party."""
    return [f"{party}/{head.size}/{head.root}" for party, head in sorted(cut.heads.items())]


def read(heads: Iterable[str]) -> Cut:
    """Read what `spell` wrote; the caller has checked the form of each head (`acts.Head`)."""
    split = [head.split("/") for head in heads]
    return Cut({party: Head(int(size), root) for party, size, root in split})


def parse(data: bytes) -> Cut:
    """Read a cut.

    Raises:
        Malformed, NotCanonical, TooLarge: `canonical.1` to `canonical.5`, `cut.1`, `cut.2`.
    """
    value = canonical.decode(data)
    # 1. An object of at most MAX_PARTIES parties.
    if not isinstance(value, dict) or len(value) > MAX_PARTIES:
        raise Malformed("cut.1", "A cut names a head for each party.", "Send {party: {root, size}}.")
    return Cut({party: _head(party, head) for party, head in value.items()})


def _head(party: str, value: Value) -> Head:
    # 2. Each head is a size and a root, under a party's name.
    match value:
        case {"root": str(root), "size": int(size), **rest} if (
            not rest and size >= 0 and type(size) is int and HEX_DIGEST.fullmatch(root)
        ):
            if PARTY.fullmatch(party):
                return Head(size, root)
    raise Malformed("cut.2", f"No head: {party[:32]!a}.", "Give a size and a root.")
