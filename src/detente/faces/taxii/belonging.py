"""What a push says in a response: indicators and sightings that belong to one which the client is shown.

    said(good, before, look).events  ->  ((Event(kind="sighting", …), root), …)

A client says to which response by what it sends: a sighting of an indicator that is served here, a
relationship with anything of the response, its grouping with the indicator in it, or an external reference
`detente` to the record. What names no response, or several, makes no draft: a feed of indicators would bury
what people work on. What is not shown to a client is to it as if it was not there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from detente.faces.neighbours.form import name
from detente.faces.registers import response, stix
from detente.faces.registers.event import Aside, Event
from detente.faces.registers.stix import Object

Look = Callable[[str], tuple[str, Object] | None]
"""Finds by its id an object of a response that the client is shown: the record that opened it, the object."""

TYPES = frozenset({"indicator", "sighting"})
ALONE = "kept; it names no response that this client is shown, and makes no draft"
SEVERAL = "kept; it names several responses, and makes no draft"
OURS = "known already: it is served from here"
REVOKED = "kept; it is revoked, and makes no draft"


class Said(Struct, frozen=True):
    """What belongs to responses.

    Attributes:
        events: each with the record that opened its response.
        refused: objects that cannot be read.
        told: id of an object of which no draft is made to why not.
    """

    events: tuple[tuple[Event, str], ...]
    refused: tuple[Aside, ...]
    told: dict[str, str]


class _Known:
    """What a client sent, now and before, and who speaks of whom in it."""

    def __init__(self, found: Iterable[Object], look: Look) -> None:
        self.by_id = {one["id"]: one for one in found}
        self.speaking: dict[str, list[Object]] = defaultdict(list)
        for one in self.by_id.values():
            for ref in dict.fromkeys(stix.refs(one)):
                self.speaking[ref].append(one)
        self._look = look
        self._seen: dict[str, tuple[str, Object] | None] = {}

    def look(self, named: str) -> tuple[str, Object] | None:
        """Look for an object once."""
        if named not in self._seen:
            self._seen[named] = self._look(named)
        return self._seen[named]

    def roots(self, one: Object) -> set[str]:
        """Return the responses that an object names."""
        found = (self.look(named) for named in self._named(one))
        return {served[0] for served in found if served is not None}

    def beside(self, one: Object) -> list[Object]:
        """Return what an object's draft is read with: its translations, and what it is a sighting of."""
        told = [other for other in self.speaking[one["id"]] if other["type"] == "language-content"]
        for ref in stix.refs(one)[:1] if one["type"] == "sighting" else ():
            served = self.look(ref)
            told += [served[1]] if served else [self.by_id[ref]] if ref in self.by_id else []
        return told

    def _named(self, one: Object) -> Iterator[str]:
        yield from self._near(one)
        sighted = stix.refs(one)[:1] if one["type"] == "sighting" else ()
        for other in (self.by_id[ref] for ref in sighted if ref in self.by_id):
            yield from self._near(other)

    def _near(self, one: Object) -> Iterator[str]:
        yield from stix.refs(one)
        for record in response.records(one):
            yield from (name(kind, record) for kind in ("grouping", "indicator"))
        # Of what lists thousands of objects only itself counts, and not each of them for each.
        for other in self.speaking[one["id"]]:
            yield other["id"]
            yield from stix.refs(other) if other["type"] == "relationship" else ()


def said(good: Sequence[Object], before: Sequence[Object], look: Look) -> Said:
    """Return what of a push belongs to a response.

    Args:
        good: the objects that were sent.
        before: what the same client sent earlier and these speak of.
        look: finds what the client is shown.
    """
    known = _Known((*before, *good), look)
    events: list[tuple[Event, str]] = []
    refused: list[Aside] = []
    told: dict[str, str] = {}
    for one in known.by_id.values():
        if one["type"] not in TYPES:
            continue
        roots = known.roots(one)
        if why := _why_not(one, known, roots):
            told[one["id"]] = why
        for root in roots if not why and roots else ():
            for read in response.taken([one], known.beside(one)):
                if isinstance(read, Aside):
                    refused.append(read)
                else:
                    events.append((read, root))
    return Said(tuple(events), tuple(refused), told)


def _why_not(one: Object, known: _Known, roots: set[str]) -> str:
    """Return why no draft is made of an object; empty if one is, or if it goes with what speaks of it."""
    if known.look(one["id"]) is not None:
        return OURS
    if one.get("revoked") is True:
        return REVOKED
    if len(roots) > 1:
        return SEVERAL
    return "" if roots or known.speaking[one["id"]] else ALONE
