"""Crosswalks together: which items of one framework are mapped to another, by whom, and where the gaps are.

    coverage = crosswalks.covered(relations, "tc260_2_0", "nist_ai_600_1")    ->    mapped, gaps, unspoken

A relation is agreed when a second party adopted it. Items are identifiers alone. Exported as OSCAL 1.2.1
(mapping model); `relationship` is a free token in NIST's schema, so its vocabulary is held here.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, get_args
from uuid import NAMESPACE_OID, uuid5

import msgspec

from detente.faces.cards.card import word
from detente.faces.cli.showing import Record
from detente.faces.speech import Text
from detente.pillars.assurance.frameworks import ITEMS
from detente.pillars.assurance.kinds import Crosswalk, Framework
from detente.trust.errors import Contradiction, Malformed

FRAMEWORKS: tuple[Framework, ...] = get_args(Framework)
NONE = "no_relationship"
NAMESPACE = "urn:detente:crosswalk"
OSCAL = "1.2.1"


class Relation(NamedTuple):
    """One relation, with who says so.

    Args:
        fields: as the record has them.
        record: its id.
        author: who said it first.
        adoption: the record by which another party said the same; empty if none did.
        adopter: that party.
        rationale: why, where it is known here.
    """

    fields: Crosswalk
    record: str
    author: str
    adoption: str
    adopter: str
    rationale: Text

    @property
    def agreed(self) -> bool:
        """Whether a second party says the same."""
        return bool(self.adopter)


class Coverage(NamedTuple):
    """One framework's items towards another's.

    Args:
        mapped: items with an agreed relation to some item there.
        gaps: items of which it is agreed that nothing corresponds.
        open: items with a relation that nobody has adopted.
        unspoken: items of which nothing is said.
    """

    mapped: tuple[str, ...]
    gaps: tuple[str, ...]
    open: tuple[str, ...]
    unspoken: tuple[str, ...]


def relations(records: Iterable[Record]) -> tuple[Relation, ...]:
    """Return the relations in records, each once; what was replaced is left out.

    Raises:
        Malformed: `crosswalk.1`. Contradiction: `crosswalk.2`.
    """
    said = {one.id: (one, _fields(one)) for one in records if one.stands}
    gone = {fields.replaces for _, fields in said.values() if fields.replaces}
    adopted = {fields.adopts: one for one, fields in said.values() if fields.adopts}
    found = []
    for name, (one, fields) in sorted(said.items()):
        if fields.adopts is None and name not in gone and fields.status != "superseded":
            by = adopted.get(name)
            found.append(
                Relation(
                    fields, name, one.party, by.id if by else "", by.party if by else "", _rationale(one)
                )
            )
    _consistent(found)
    return tuple(found)


def _fields(record: Record) -> Crosswalk:
    # 1. It is a crosswalk between items that exist.
    try:
        fields = msgspec.convert(record.open, Crosswalk)
    except msgspec.ValidationError as error:
        what = f"{record.id[:16]} is no crosswalk: {error}."
        raise Malformed("crosswalk.1", what, "Give records of the kind assurance.crosswalk.") from error
    ends = ((fields.source, fields.source_item), (fields.target, fields.target_item))
    odd = [item for framework, item in ends if item not in ITEMS[framework]]
    if odd:
        what = f"{record.id[:16]} names an item that does not exist: {odd[0][:60]}."
        raise Malformed("crosswalk.1", what, "Leave it out; its author has to replace it.")
    return fields


def _consistent(found: Sequence[Relation]) -> None:
    # 2. Nobody agreed to two relations of one pair.
    seen: dict[tuple[str, ...], Relation] = {}
    for one in found:
        pair = (one.fields.source, one.fields.source_item, one.fields.target, one.fields.target_item)
        other = seen.setdefault(pair, one)
        if one.agreed and other.agreed and one.fields.relation != other.fields.relation:
            what = (
                f"{pair[1]} and {pair[3]} have two agreed relations: {other.record[:16]}, {one.record[:16]}."
            )
            raise Contradiction("crosswalk.2", what, "One of them has to be replaced.")


def _rationale(record: Record) -> Text:
    value = record.values.get("rationale")
    return (
        Text(str(value[0]), str(value[1]))
        if isinstance(value, list | tuple) and len(value) > 1
        else Text("", "")
    )


def covered(found: Iterable[Relation], source: Framework, target: Framework) -> Coverage:
    """Return how far a framework's items are mapped to another's, in either direction of a relation."""
    mapped: set[str] = set()
    gaps: set[str] = set()
    spoken: set[str] = set()
    for one in found:
        for item in _ends(one.fields, source, target):
            spoken.add(item)
            if one.agreed:
                (gaps if one.fields.relation == NONE else mapped).add(item)
    gaps -= mapped
    every = ITEMS[source]
    rest = spoken - mapped - gaps
    return Coverage(*(tuple(sorted(some)) for some in (mapped, gaps, rest, every - spoken)))


def _ends(fields: Crosswalk, source: Framework, target: Framework) -> Iterator[str]:
    if (fields.source, fields.target) == (source, target):
        yield fields.source_item
    if (fields.target, fields.source) == (source, target):
        yield fields.target_item


def oscal(found: Sequence[Relation], at: int) -> dict[str, Any]:
    """Return a mapping collection (OSCAL 1.2.1), with what is agreed as complete and the rest as draft.

    Args:
        found: relations.
        at: the instant of the export, in milliseconds.

    Raises:
        Malformed: `crosswalk.3`.
    """
    # 3. There is something to export: the model asks for one map at least.
    if not found:
        raise Malformed("crosswalk.3", "There is no relation to export.", "Table a crosswalk first.")
    pairs = sorted({(one.fields.source, one.fields.target) for one in found})
    used = sorted({name for pair in pairs for name in pair})
    parties = sorted({name for one in found for name in (one.author, one.adopter) if name})
    moment = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    whole = "".join(one.record + one.adoption for one in found)
    metadata = {
        "title": "Crosswalk between AI safety frameworks, by record",
        "last-modified": moment,
        "version": _uuid(whole)[:8],
        "oscal-version": OSCAL,
        "roles": [{"id": "author", "title": "Says so under its signature"}],
        "parties": [{"uuid": _uuid(name), "type": "organization", "name": name} for name in parties],
    }
    provenance = {
        "method": "human",
        "matching-rationale": found[0].fields.matching,
        "status": "complete" if all(one.agreed for one in found) else "not-complete",
        "mapping-description": "A map is a signed record, agreed where another party adopted it unchanged.",
        "responsible-parties": [{"role-id": "author", "party-uuids": [_uuid(name) for name in parties]}],
    }
    return {
        "mapping-collection": {
            "uuid": _uuid(whole, moment),
            "metadata": metadata,
            "provenance": provenance,
            "mappings": [_mapping(found, source, target) for source, target in pairs],
            "back-matter": {
                "resources": [{"uuid": _uuid(name), "title": word("source", name).en} for name in used]
            },
        }
    }


def _mapping(found: Sequence[Relation], source: Framework, target: Framework) -> dict[str, Any]:
    maps = [_map(one) for one in found if (one.fields.source, one.fields.target) == (source, target)]
    value: dict[str, Any] = {
        "uuid": _uuid(source, target),
        "source-resource": {"type": "catalog", "href": f"#{_uuid(source)}"},
        "target-resource": {"type": "catalog", "href": f"#{_uuid(target)}"},
        "maps": maps,
    }
    for name, one, other in (("source", source, target), ("target", target, source)):
        without = covered(found, one, other)
        ids = [_token(item) for item in (*without.gaps, *without.unspoken)]
        if ids:
            summary = {"uuid": _uuid(name, source, target), "unmapped-controls": [{"with-ids": ids}]}
            value[f"{name}-gap-summary"] = summary
    return value


def _map(one: Relation) -> dict[str, Any]:
    fields = one.fields
    said = {"record": one.record, "author": one.author, "adoption": one.adoption, "adopted-by": one.adopter}
    value: dict[str, Any] = {
        "uuid": _uuid(one.record),
        "matching-rationale": fields.matching,
        "relationship": fields.relation.replace("_", "-"),
        "sources": [{"type": "control", "id-ref": _token(fields.source_item)}],
        "targets": [{"type": "control", "id-ref": _token(fields.target_item)}],
        "confidence-score": {"category": fields.sureness},
        "props": [{"name": name, "ns": NAMESPACE, "value": text} for name, text in said.items() if text],
    }
    if one.rationale.en:
        value["remarks"] = f"{one.rationale.en}\n\n{one.rationale.zh}"
    return value


def _uuid(*parts: str) -> str:
    return str(uuid5(uuid5(NAMESPACE_OID, NAMESPACE), "/".join(parts)))


def _token(item: str) -> str:
    """An item's identifier as a token of XML: no stroke in it, and no digit in front."""
    plain = item.replace("/", "_")
    return f"_{plain}" if plain[0].isdigit() else plain
