"""The response: where one side stands with an incident, and what may come next.

    detected -> triaged -> contained -> eradicated -> recovered -> reviewed
    detected | triaged -> dismissed                    it was nothing

Containing comes before understanding if it must; what comes back is triaged again. No terms, no cells.
"""

from detente.trust.machine import Row, Table

RESPONSE = Table(
    name="response",
    start="detected",
    ends=("reviewed", "dismissed"),
    cells={},
    rows=(
        Row("detected", "triage", "triaged"),
        Row("detected", "contain", "contained"),
        Row("triaged", "contain", "contained"),
        Row("contained", "eradicate", "eradicated"),
        Row("eradicated", "recover", "recovered"),
        Row("recovered", "review", "reviewed"),
        *(Row(state, "relapse", "triaged") for state in ("contained", "eradicated", "recovered")),
        *(Row(state, "dismiss", "dismissed") for state in ("detected", "triaged")),
    ),
)
