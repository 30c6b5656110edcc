"""The treaty: the demonstration's accord with sixty release clauses, compiled, and records made under it."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import Any

import homes
from detente.accord import terms
from detente.accord.receipt import Seen, open_fields
from detente.accord.terms import Terms
from detente.faces import founding, pillars
from detente.trust.canonical import Value
from detente.trust.disclosure import commitment
from detente.trust.record import AccordRef, Record

CLAUSES = 60
START = 1_795_392_000_000
HOUR = 3_600_000
EVEN = "standing[audience].notices.overdue == 0"
PARTIES = ("cn", "neutral", "us")

OPEN: Mapping[str, Any] = {
    "near_miss": True,
    "harm": 0,
    "potential": 5,
    "control": 1,
    "spread": 2,
    "layers": 1,
    "repeat": False,
    "ongoing": False,
    "techniques": ["AML.T0055"],
    "domain": "cyber",
    "system_class": "agent",
    "internal_use": False,
    "clock_start": "awareness",
    "month": "2026-11",
}


@lru_cache
def treaty() -> Terms:
    """Return the terms; of the sixty clauses, one in eight is met by the report."""
    text = resources.files("detente.faces.demo").joinpath("accord.yaml").read_text(encoding="utf-8")
    clauses: list[Value] = [
        {
            "id": f"clause-{number}",
            "kind": "incidents.report",
            "fields": ["title", "pattern", "mitigation"],
            "to": "peer",
            "when": f"facts.near_miss && facts.level == {number % 8} && {EVEN}",
            "by": "node",
        }
        for number in range(CLAUSES)
    ]
    accord = founding.assembled(
        text,
        [homes.charter(party) for party in PARTIES],
        {"release": clauses, "starts": "2026-11-23T00:00:00Z"},
    )
    return terms.build([accord], pillars.editions().values(), pillars.scales().values())


def report(number: int, at: int) -> Record:
    """Return report `number` of us."""
    edition = pillars.editions()["incidents"]
    paths = edition.pillar.kinds["report"].paths
    return _record(
        "incidents.report", "us", number, at, OPEN, {path: commitment(f"{number} {path}") for path in paths}
    )


def receipt(party: str, number: int, at: int, heads: dict[str, Seen]) -> Record:
    """Return a receipt of a party."""
    return _record("accord.receipt", party, number, at, open_fields(heads), {})


def _record(
    kind: str, party: str, number: int, at: int, fields: Mapping[str, Any], sealed: dict[str, str]
) -> Record:
    return Record(
        v=1,
        domain="live",
        kind=kind,
        party=party,
        accord=AccordRef(treaty().genesis, 1),
        thread=None,
        at=at,
        nonce=sha256(f"{kind} {party} {number}".encode()).hexdigest()[:32],
        key="04" * 32,
        open=dict(fields),
        sealed=sealed,
    )
