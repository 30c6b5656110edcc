"""The kinds of the pillar `assurance`.

They are crosswalk, card, statement, certificate, suspension, revocation and declaration.

Evidence is named by the ids of records, of whatever pillar; systems are named by digests. Whatever speaks of
a system ends at a time that it states. A sealed `Bilingual` is one text in both languages, English first,
简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Code, Digest, Facts, Instant, Kind, PartyName, RecordId, Sealed, Text

Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]
Domain = Literal[
    "bias",
    "biosecurity",
    "cyber_misuse",
    "financial_stability",
    "jailbreak",
    "manipulation",
    "model_security",
    "nuclear_command",
    "oversight",
    "provenance",
    "robustness",
]
DOMAINS = 11
Domains = Annotated[tuple[Domain, ...], Meta(max_length=DOMAINS)]
Outcome = Literal["pass", "fail", "inconclusive", "invalid"]
Evidence = Annotated[tuple[RecordId, ...], Meta(max_length=64)]
Number = Annotated[int, Meta(ge=1, le=999)]
Assessors = Annotated[int, Meta(ge=1, le=99)]
Framework = Literal["nist_ai_rmf_1_0", "nist_ai_600_1", "iso_42001_annex_a", "eu_gpai_code", "tc260_2_0"]
Cause = Literal[
    "incident",
    "failed_replication",
    "failed_evaluation",
    "another_system",
    "misstatement",
    "own_request",
    "resolved",
]
Property = Literal[
    "default_deny",
    "deliberation",
    "distinct_roles",
    "evidence",
    "fresh_approval",
    "no_self_modification",
    "provenance_shown",
    "seen_is_signed",
    "single_abort",
    "two_person_cut",
]
PROPERTIES = 10
Topic = Literal[
    "human_control_nuclear",
    "incident_reporting",
    "red_lines",
    "run_notice",
    "testing_before_release",
]


class Crosswalk(Kind, frozen=True):
    """How an item of one framework relates to an item of another (set theory, after NIST IR 8477 and OSCAL).

    Args:
        source: framework.
        source_item: of the framework, as `frameworks.py` lists them.
        target: framework.
        target_item: of the framework.
        relation: of the source item to the target item.
        matching: by what they are compared.
        sureness: of the author.
        status: of the work.
        adopts: the crosswalk that another party makes its own with this record, unchanged; null for one's
            own.
        replaces: one's own earlier crosswalk; null if none.
    """

    source: Framework
    source_item: Code
    target: Framework
    target_item: Code
    relation: Literal[
        "equivalent_to", "equal_to", "subset_of", "superset_of", "intersects_with", "no_relationship"
    ]
    matching: Literal["syntactic", "semantic", "functional"]
    sureness: Literal["high", "medium", "low"]
    status: Literal["draft", "complete", "superseded"]
    adopts: RecordId | None
    replaces: RecordId | None


class CrosswalkSealed(Sealed, frozen=True):
    """What lies behind it.

    Args:
        rationale: why.
    """

    rationale: Bilingual


class CrosswalkFacts(Facts, frozen=True):
    """What follows.

    Args:
        adopted: whether with this record a second party says the same.
        gap: whether it says that nothing corresponds.
    """

    adopted: bool
    gap: bool


class Card(Kind, frozen=True):
    """A safety card: for every domain, whether it was tested and how that went.

    Args:
        model: digest of the system.
        number: version of the card.
        supersedes: the card before; null for the first.
        tested: domains, ascending.
        outcomes: of each of these, in that order.
        attempts: how many attempts stand behind each of these, in that order.
        untested: all other domains, ascending.
        evidence: records of results and replications, ascending.
        access: how the system is offered.
        mitigations: what is done, ascending.
        valid_until: the end of it.
    """

    model: Digest
    number: Number
    supersedes: RecordId | None
    tested: Domains
    outcomes: Annotated[tuple[Outcome, ...], Meta(max_length=DOMAINS)]
    attempts: Annotated[tuple[Number, ...], Meta(max_length=DOMAINS)]
    untested: Domains
    evidence: Evidence
    access: Literal["internal", "limited", "public_service", "agents_with_tools", "open_weights"]
    mitigations: Annotated[
        tuple[
            Literal[
                "access_control",
                "content_filter",
                "human_approval",
                "isolation",
                "monitoring",
                "provenance_marks",
                "rate_limits",
                "refusal_training",
                "shutdown",
                "unlearning",
                "weight_security",
            ],
            ...,
        ],
        Meta(max_length=11),
    ]
    valid_until: Instant


class CardSealed(Sealed, frozen=True):
    """What lies behind a card.

    Args:
        system: name and version.
        developer: who made it.
        summary: what it is and can do.
        risks: what is known to be dangerous about it.
        limits: what its tests cannot tell, and what was not tested, and why.
        safeguards: how the mitigations work; no secrets that would defeat them.
        contact: whom to reach.
    """

    system: Text
    developer: Text
    summary: Bilingual
    risks: Bilingual
    limits: Bilingual
    safeguards: Bilingual
    contact: Text


class CardFacts(Facts, frozen=True):
    """What follows from a card.

    Args:
        worst: of the outcomes; null if nothing was tested.
        left_out: how many domains were not tested.
        access: as stated.
        another_system: whether the card before was of another digest.
    """

    worst: Outcome | None
    left_out: Annotated[int, Meta(ge=0, le=DOMAINS)]
    access: Literal["internal", "limited", "public_service", "agents_with_tools", "open_weights"]
    another_system: bool


class Statement(Kind, frozen=True):
    """A statement of testing: these tests were made. It is no finding of safety.

    Args:
        model: digest of the system.
        domains: that were tested, ascending.
        basis: who ran the tests.
        evidence: records, ascending.
        valid_until: the end of it.
    """

    model: Digest
    domains: Domains
    basis: Literal["own_run", "facility_run", "replicated"]
    evidence: Evidence
    valid_until: Instant


class StatementSealed(Sealed, frozen=True):
    """What lies behind a statement.

    Args:
        text: as it is to be published.
    """

    text: Bilingual


class StatementFacts(Facts, frozen=True):
    """What follows from a statement.

    Args:
        independent: whether another party than the card's author makes it.
        basis: as stated.
    """

    independent: bool
    basis: Literal["own_run", "facility_run", "replicated"]


class Certificate(Kind, frozen=True):
    """A standards body certifies a system for some domains of its card.

    Args:
        model: digest of the system.
        domains: ascending.
        criteria: digest of the criteria that were applied.
        scope: what is certified.
        assessors: parties whose assessors took part, ascending.
        asked: how many assessors.
        required: how many of them had to be in favour.
        in_favour: how many were.
        liability: of the standards body.
        appeal_until: until when it can be contested.
        valid_until: the end of it.
    """

    model: Digest
    domains: Domains
    criteria: Digest
    scope: Literal["model", "whole_system", "deployment"]
    assessors: Annotated[tuple[PartyName, ...], Meta(max_length=16)]
    asked: Assessors
    required: Assessors
    in_favour: Assessors
    liability: Literal["none", "capped", "full"]
    appeal_until: Instant
    valid_until: Instant


class CertificateSealed(Sealed, frozen=True):
    """What lies behind a certificate.

    Args:
        conditions: under which it holds.
        liability_text: the whole clause.
        appeal: how to contest it.
        dissent: what those said who were not in favour.
    """

    conditions: Bilingual
    liability_text: Bilingual
    appeal: Bilingual
    dissent: Bilingual


class CertificateFacts(Facts, frozen=True):
    """What follows from a certificate.

    Args:
        holder: whose card it certifies.
        unanimous: whether all assessors were in favour.
    """

    holder: PartyName
    unanimous: bool


class Suspension(Kind, frozen=True):
    """Something does not hold for a while; it holds again by itself at the end of the term.

    Args:
        of: the certificate, statement or declaration.
        because: why.
        evidence: the record that shows it; null only at one's own request.
        until: the end of the term.
    """

    of: RecordId
    because: Cause
    evidence: RecordId | None
    until: Instant


class Revocation(Kind, frozen=True):
    """Something does not hold any more. Of a suspension: it holds again.

    Args:
        of: the certificate, statement, declaration or suspension.
        because: why.
        evidence: the record that shows it; null only at one's own request, or because it is resolved.
    """

    of: RecordId
    because: Cause
    evidence: RecordId | None


class EndSealed(Sealed, frozen=True):
    """What lies behind a suspension or a revocation.

    Args:
        reasons: why.
    """

    reasons: Bilingual


class EndFacts(Facts, frozen=True):
    """What follows from a suspension or a revocation.

    Args:
        ended: what it is of.
        holder: whose system or declaration it is.
        because: as stated.
    """

    ended: Literal["certificate", "statement", "declaration", "suspension"]
    holder: PartyName
    because: Cause


class Declaration(Kind, frozen=True):
    """A declaration of policy. It lapses, for all to see, unless it is renewed.

    Args:
        topic: what is declared.
        properties: of human control that hold, ascending; only of human control of nuclear use.
        renews: the declaration before, in its thread; null for the first.
        valid_until: the end of it.
    """

    topic: Topic
    properties: Annotated[tuple[Property, ...], Meta(max_length=PROPERTIES)]
    renews: RecordId | None
    valid_until: Instant


class DeclarationSealed(Sealed, frozen=True):
    """What lies behind a declaration.

    Args:
        text: as it is declared.
    """

    text: Bilingual


class DeclarationFacts(Facts, frozen=True):
    """What follows from a declaration.

    Args:
        topic: as stated.
        complete: whether all properties of human control are declared; true of other topics.
        unbroken: whether it was made before the one that it renews had lapsed; true of the first.
    """

    topic: Topic
    complete: bool
    unbroken: bool
