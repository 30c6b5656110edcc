"""What a report may be used for, in the formats of others: a statement in both languages, beside the TLP.

TLP says to whom something may go on, and this what it may be used for; neither follows from the other.
Nothing is said where whoever reported has not limited the use.
"""

from typing import Any

from detente.faces import pillars
from detente.faces.neighbours.case import Case
from detente.faces.neighbours.form import BEGINNING, Object, name, stamp

TAG = "detente:use="


def of(case: Case) -> str:
    """Return the use that a case's report allows, empty if that is not limited."""
    return str(case.rating.get("use") or "")


def statement(use: str) -> str:
    """Return what a use allows, in English and Chinese; a word that is not known says itself."""
    word = pillars.editions()["incidents"].words.values["use"].get(use)
    return f"Use: {word.en} / 用途：{word.zh}" if word else f"Use / 用途: {use}"


def marking(use: str) -> Object:
    """Return the marking definition of STIX 2.1 that states a use."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": name("marking-definition", f"use {use}"),
        "created": stamp(BEGINNING),
        "definition_type": "statement",
        "definition": {"statement": statement(use)},
    }


def marked(said: list[Object], use: str) -> list[Object]:
    """Return objects with the statement among their markings, if they have any, and the statement itself."""
    if not use:
        return said
    made: dict[str, Any] = marking(use)
    refs = "object_marking_refs"
    return [made, *({**one, refs: [*one[refs], made["id"]]} if refs in one else one for one in said)]
