"""The kinds of the pillar `safeguards`: proposal, result, replication.

Rates are counted, never rounded: hits out of trials, compared by cross-multiplication. A crate is a research
crate (RO-Crate) with code, data and environment, named by its digest, so that anyone who holds it can rerun
it. A `Bilingual` is one text in both languages, English first, 简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Digest, Facts, Kind, RecordId, Sealed, Text

MILLION = 1_000_000

Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]
Items = Annotated[tuple[Text, ...], Meta(max_length=32)]
Trials = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Hits = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Parts = Annotated[int, Meta(ge=0, le=MILLION)]

Area = Literal["containment", "provenance", "abuse_prevention", "human_gate"]
Property = Literal["hc1", "hc2", "hc3", "hc4", "hc5", "hc6", "hc7", "hc8", "hc9", "hc10"]


class Proposal(Kind, frozen=True):
    """A safeguard, how it is to be measured, and when it is to count as good enough: said beforehand.

    Args:
        area: what it guards.
        properties: of human control, ascending, each once; of a human gate alone.
        measure: what a hit is.
        better: whether more hits are better.
        threshold: hits in a million at which it is good enough.
        tolerance: by how many in a million a replication may differ and still replicate.
        least_trials: fewer decide nothing.
        protocol: SHA-256 of the written protocol.
    """

    area: Area
    properties: Annotated[tuple[Property, ...], Meta(max_length=10)]
    measure: Literal["detected", "attributed", "refused", "contained", "escaped", "false_alarm", "overridden"]
    better: Literal["more", "fewer"]
    threshold: Parts
    tolerance: Parts
    least_trials: Trials
    protocol: Digest


class ProposalSealed(Sealed, frozen=True):
    """What lies behind a proposal.

    Args:
        title: of it.
        method: how it is measured.
        hazards: what the protocol could teach an attacker.
    """

    title: Bilingual
    method: Bilingual
    hazards: Bilingual


class ProposalFacts(Facts, frozen=True):
    """What rules may ask.

    Args:
        area: as proposed.
        gate: it is about the human gate.
    """

    area: Area
    gate: bool


class Measured(Kind, frozen=True):
    """What result and replication both state.

    Args:
        trials: how many.
        hits: of them, as the proposal's measure says.
        crate: SHA-256 of the crate that was run.
        seeds: whether all seeds are in the crate.
    """

    trials: Trials
    hits: Hits
    crate: Digest
    seeds: bool


class Result(Measured, frozen=True):
    """What a run of the protocol gave."""


class ResultSealed(Sealed, frozen=True):
    """What lies behind a result or a replication.

    Args:
        account: what was seen.
        locator: where those who may have the crate find it.
        failures: the failures, as patterns.
    """

    account: Bilingual
    locator: Text
    failures: Items


class ResultFacts(Facts, frozen=True):
    """What follows from a result.

    Args:
        area: of the proposal.
        meets: the threshold that was proposed, exactly.
        rate: hits in a million, rounded down.
        rerunnable: its seeds are in the crate.
    """

    area: Area
    meets: bool
    rate: Parts
    rerunnable: bool


class Replication(Measured, frozen=True):
    """Another party reran the crate of a result.

    Args:
        of: the result.
        environment: how the crate was run.
    """

    of: RecordId
    environment: Literal["same_image", "rebuilt", "independent"]


class ReplicationFacts(Facts, frozen=True):
    """What follows from a replication.

    Args:
        area: of the proposal.
        meets: the threshold that was proposed, exactly.
        replicated: its rate is within the tolerance, and it meets the threshold exactly if the result did.
        rate: hits in a million, rounded down.
    """

    area: Area
    meets: bool
    replicated: bool
    rate: Parts
