"""A safety card in others' formats: what it says there is what it says here, and untested stays untested.

CycloneDX 1.6, a bill of materials with one machine-learning model and its model card; an in-toto statement
(v1) with the predicate test-result (v0.1), to be put in a DSSE envelope; the metadata block of a model card
on Hugging Face. Values are strings there, and no number is made up where the card has none.
"""

import json
from typing import Any

from detente.faces.cards.card import Card, day, word
from detente.faces.cards.sheet import LIMIT

IN_TOTO = "application/vnd.in-toto+json"
_WARNED = ("inconclusive", "invalid")


def cyclonedx(card: Card) -> dict[str, Any]:
    """Return a bill of materials (CycloneDX 1.6, JSON)."""
    fields = card.fields
    name = card.text("system").en or fields.model
    outcomes = zip(fields.tested, fields.outcomes, strict=True)
    metrics = [{"type": f"{domain}: decision", "value": outcome} for domain, outcome in outcomes]
    untested = [f"{word('untested', one).en}: not tested" for one in fields.untested]
    limits = [one for one in (card.text("limits").en, LIMIT.en) if one]
    measures = [{"name": word("mitigations", one).en} for one in fields.mitigations]
    considerations = {"technicalLimitations": [*limits, *untested], "ethicalConsiderations": measures}
    properties = [
        {"name": "detente:card", "value": card.id or "draft"},
        {"name": "detente:access", "value": fields.access},
        {"name": "detente:valid-until", "value": day(fields.valid_until)},
        *({"name": "detente:evidence", "value": one} for one in fields.evidence),
        *({"name": "detente:not-tested", "value": one} for one in fields.untested),
        *({"name": "detente:attempts", "value": f"{one}: {card.attempts(one)}"} for one in fields.tested),
    ]
    component = {
        "bom-ref": fields.model,
        "type": "machine-learning-model",
        "name": name,
        "version": str(fields.number),
        "hashes": [{"alg": "SHA-256", "content": fields.model}],
        "modelCard": {
            "quantitativeAnalysis": {"performanceMetrics": metrics},
            "considerations": considerations,
        },
        "properties": properties,
    }
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [component],
    }


def in_toto(card: Card) -> dict[str, Any]:
    """Return an in-toto statement with what passed, what warns, and what failed; untested warns."""
    fields = card.fields
    outcomes = dict(zip(fields.tested, fields.outcomes, strict=True))
    failed = [one for one, outcome in outcomes.items() if outcome == "fail"]
    warned = [f"{one}: {outcome}" for one, outcome in outcomes.items() if outcome in _WARNED]
    warned += [f"{one}: not tested" for one in fields.untested]
    passed = [one for one, outcome in outcomes.items() if outcome == "pass"]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": card.text("system").en or "model", "digest": {"sha256": fields.model}}],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": "FAILED" if failed else "WARNED" if warned else "PASSED",
            "configuration": [
                {"name": "detente record", "digest": {"sha256": one}} for one in fields.evidence
            ],
            "passedTests": passed,
            "warnedTests": warned,
            "failedTests": failed,
        },
    }


def hugging_face(card: Card) -> str:
    """Return the metadata block for the head of a README.md; JSON scalars are YAML too."""
    fields = card.fields
    name = card.text("system").en or fields.model
    rows = ["---", "tags:", "- safety-card", "model-index:", f"- name: {json.dumps(name)}", "  results:"]
    for domain, outcome in zip(fields.tested, fields.outcomes, strict=True):
        title = json.dumps(word("tested", domain).en)
        rows += [
            "  - task:", "      type: other", f"      name: {title}",
            "    dataset:", f"      type: {domain}", f"      name: {title}",
            "    metrics:", "    - type: decision", f"      value: {outcome}",
        ]  # fmt: skip
    if not fields.tested:
        rows[-1] = "  results: []"
    rows += [
        "detente_safety_card:",
        f"  record: {json.dumps(card.id or 'draft')}",
        f"  model_sha256: {fields.model}",
    ]
    rows += [f"  valid_until: {json.dumps(day(fields.valid_until))}", "  not_tested:"]
    rows += [f"  - {one}" for one in fields.untested]
    if not fields.untested:
        rows[-1] = "  not_tested: []"
    return "\n".join([*rows, "---", ""])
