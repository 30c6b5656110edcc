"""Safeguards.

Measures of containment, provenance, abuse prevention and the human gate are proposed with their threshold
and tolerance beforehand, measured, and rerun by another party from the same research crate. Whether a result
is replicated follows from the numbers.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Proposal,
    ProposalFacts,
    ProposalSealed,
    Replication,
    ReplicationFacts,
    Result,
    ResultFacts,
    ResultSealed,
)
from .rules import judge, tally

_PROPOSED = ("safeguards.proposal",)

pillar: Pillar = Pillar(
    name="safeguards",
    kinds={
        "proposal": KindSpec(open=Proposal, sealed=ProposalSealed, facts=ProposalFacts),
        "result": KindSpec(open=Result, sealed=ResultSealed, facts=ResultFacts, answers=_PROPOSED),
        "replication": KindSpec(
            open=Replication, sealed=ResultSealed, facts=ReplicationFacts, answers=_PROPOSED
        ),
    },
    rules=Rules(judge=judge, tally=tally),
)
