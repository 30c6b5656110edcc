"""The kinds of the pillar `risk`: question, commitment, estimate, aggregate, indicator.

Probabilities are whole numbers of ten-thousandths; quantities are whole numbers of a unit. A sealed
`Bilingual` is one text in both languages, English first, 简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Digest, Facts, Instant, Kind, PartyName, RecordId, Sealed, Text

from .pool import Method

CERTAIN = 10_000
Amount = Annotated[int, Meta(ge=0, le=10**12)]
Round = Annotated[int, Meta(ge=1, le=9)]
Panel = Annotated[tuple[PartyName, ...], Meta(min_length=2, max_length=32)]
Missing = Annotated[tuple[PartyName, ...], Meta(max_length=32)]
Estimates = Annotated[tuple[RecordId, ...], Meta(min_length=2, max_length=32)]
Salt = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z", max_length=32)]
Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]
Items = Annotated[tuple[Text, ...], Meta(max_length=32)]

Domain = Literal[
    "biosecurity",
    "cyber",
    "financial_stability",
    "infrastructure",
    "labour",
    "loss_of_control",
    "manipulation",
    "military",
    "nuclear_command",
    "pace_of_progress",
    "weights_theft",
    "other",
]
Unit = Literal["incidents", "systems", "days", "minutes", "ten_thousandths", "million_usd"]
Line = Literal["none", "yellow", "red"]


class Question(Kind, frozen=True):
    """A question to a panel, for one sealed round. What is asked is sealed text; how it is answered is open.

    Args:
        domain: what it is about.
        answer: a probability in ten-thousandths, or a quantity.
        unit: of a quantity; null for a probability.
        coverage: how often the interval should hold the truth, in ten-thousandths.
        turn: which round this is.
        previous: the question of the round before; null in the first.
        panel: who is asked, ascending.
        commit_by: until when estimates are committed.
        reveal_by: until when they are said.
        resolves: when the answer will be known; null if it never will.
    """

    domain: Domain
    answer: Literal["probability", "quantity"]
    unit: Unit | None
    coverage: Annotated[int, Meta(ge=5_000, le=9_900)]
    turn: Round
    previous: RecordId | None
    panel: Panel
    commit_by: Instant
    reveal_by: Instant
    resolves: Instant | None


class QuestionSealed(Sealed, frozen=True):
    """What is asked.

    Args:
        title: a line.
        text: the question.
        resolution: by what it will be decided.
        background: what all should know before they answer; no estimate.
    """

    title: Bilingual
    text: Bilingual
    resolution: Bilingual
    background: Bilingual


class QuestionFacts(Facts, frozen=True):
    """What follows.

    Args:
        domain: as stated.
        turn: as stated.
        asked: how many parties are asked.
    """

    domain: Domain
    turn: Round
    asked: Annotated[int, Meta(ge=2, le=32)]


class Commitment(Kind, frozen=True):
    """A party binds itself to an estimate that nobody can read yet.

    Args:
        promise: digest of question, party, estimate and salt (`promise.py`).
    """

    promise: Digest


class CommitmentSealed(Sealed, frozen=True):
    """What was thought when it was made.

    Args:
        reasons: why.
    """

    reasons: Bilingual


class CommitmentFacts(Facts, frozen=True):
    """What follows.

    Args:
        turn: which round it belongs to.
    """

    turn: Round


class Estimate(Kind, frozen=True):
    """A party says what it had committed to.

    Args:
        commitment: its own, of this round.
        low: low end of the interval.
        central: value.
        high: high end of the interval.
        salt: of the commitment.
        basis: what it mainly rests on.
    """

    commitment: RecordId
    low: Amount
    central: Amount
    high: Amount
    salt: Salt
    basis: Literal["data", "model", "analogy", "judgement"]


class EstimateSealed(Sealed, frozen=True):
    """What lies behind an estimate.

    Args:
        reasons: why.
        turning: what would change the author's mind.
    """

    reasons: Bilingual
    turning: Bilingual


class EstimateFacts(Facts, frozen=True):
    """What follows.

    Args:
        width: of the interval.
        punctual: whether it was said by `reveal_by`, by its author's clock.
        turn: which round it belongs to.
    """

    width: Amount
    punctual: bool
    turn: Round


class Aggregate(Kind, frozen=True):
    """Estimates of one round made one. It names all that went in, and who did not.

    Args:
        estimates: records, ascending; one of each party.
        missing: parties of the panel without an estimate in it, ascending.
        method: how they are made one (`pool.py`).
        low: low end.
        central: value.
        high: high end.
    """

    estimates: Estimates
    missing: Missing
    method: Method
    low: Amount
    central: Amount
    high: Amount


class AggregateSealed(Sealed, frozen=True):
    """What lies behind an aggregate.

    Args:
        disagreement: where the parties differ, and why; written before the agreement.
        reading: what it means.
    """

    disagreement: Bilingual
    reading: Bilingual


class AggregateFacts(Facts, frozen=True):
    """What follows.

    Args:
        spread: how far the central values are apart.
        disjoint: whether no value lies in all intervals.
        whole: whether nobody is missing.
        turn: which round it is of.
    """

    spread: Amount
    disjoint: bool
    whole: bool
    turn: Round


class Indicator(Kind, frozen=True):
    """A number that is watched, for one period, with the lines that were set for it.

    Args:
        indicator: which.
        domain: what it warns of.
        period: any instant inside the calendar period meant.
        unit: of value and lines.
        value: in the period.
        worse: which direction is worse.
        yellow: from here on it is an early warning.
        red: from here on it is an alarm.
        previous: one's own record of the same indicator for an earlier period; null for the first.
    """

    indicator: Literal[
        "incidents_reported",
        "near_misses_reported",
        "time_to_contain",
        "jailbreak_rate",
        "unsafe_act_rate",
        "deception_rate",
        "task_horizon",
        "self_replication_rate",
        "weights_breaches",
        "runs_above_threshold",
        "provider_concentration",
        "agents_in_markets",
        "synthetic_media_reports",
    ]
    domain: Domain
    period: Instant
    unit: Unit
    value: Amount
    worse: Literal["higher", "lower"]
    yellow: Amount
    red: Amount
    previous: RecordId | None


class IndicatorSealed(Sealed, frozen=True):
    """What lies behind an indicator.

    Args:
        counted: how it was counted.
        sources: whence.
    """

    counted: Bilingual
    sources: Items


class IndicatorFacts(Facts, frozen=True):
    """What follows.

    Args:
        crosses: the gravest line that the value reaches.
        worsened: whether it is worse than in the period before; null without one.
        domain: as stated.
    """

    crosses: Line
    worsened: bool | None
    domain: Domain
