"""Assurance: what was tested, who says so, until when, and what became of it.

A safety card says for every domain whether it was tested and how that went, so that what was not tested
cannot be passed over. A statement of testing is no finding of safety. A certificate comes from a party with
the role of a standards body alone, with assessors of two parties. All of them end by a stated time; they can
be suspended and revoked before. Declarations lapse unless they are renewed. A crosswalk says how two
frameworks' items relate, and stands as agreed once another party has said the same.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Card,
    CardFacts,
    CardSealed,
    Certificate,
    CertificateFacts,
    CertificateSealed,
    Crosswalk,
    CrosswalkFacts,
    CrosswalkSealed,
    Declaration,
    DeclarationFacts,
    DeclarationSealed,
    EndFacts,
    EndSealed,
    Revocation,
    Statement,
    StatementFacts,
    StatementSealed,
    Suspension,
)
from .rules import judge, tally

_CARD = ("assurance.card",)
_ENDED = ("assurance.card", "assurance.statement", "assurance.declaration")

pillar: Pillar = Pillar(
    name="assurance",
    kinds={
        "crosswalk": KindSpec(
            open=Crosswalk,
            sealed=CrosswalkSealed,
            facts=CrosswalkFacts,
            answers=("assurance.crosswalk",),
            starts=True,
        ),
        "card": KindSpec(open=Card, sealed=CardSealed, facts=CardFacts),
        "statement": KindSpec(
            open=Statement, sealed=StatementSealed, facts=StatementFacts, answers=_CARD, starts=True
        ),
        "certificate": KindSpec(
            open=Certificate, sealed=CertificateSealed, facts=CertificateFacts, answers=_CARD
        ),
        "suspension": KindSpec(open=Suspension, sealed=EndSealed, facts=EndFacts, answers=_ENDED),
        "revocation": KindSpec(open=Revocation, sealed=EndSealed, facts=EndFacts, answers=_ENDED),
        "declaration": KindSpec(
            open=Declaration,
            sealed=DeclarationSealed,
            facts=DeclarationFacts,
            answers=("assurance.declaration",),
            starts=True,
        ),
    },
    rules=Rules(judge=judge, tally=tally),
)
