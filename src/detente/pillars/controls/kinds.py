"""The kinds of the pillar `controls`: regime, question, reading, alignment.

Numbers are exact: total processing performance and bandwidths are whole, densities are in thousandths. A
`Bilingual` is one text in both languages, English first, 简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Code, Digest, Facts, Kind, PartyName, RecordId, Sealed, Text

Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z", max_length=10)]
Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]
Amount = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
Rank = Annotated[int, Meta(ge=0, le=5)]

Parameter = Literal["tpp", "density_milli", "memory_density_milli", "dram_gb_s"]
Parameters = Annotated[tuple[Parameter, ...], Meta(max_length=8)]
Comparator = Literal["at_least", "above", "below", "at_most"]
Comparators = Annotated[tuple[Comparator, ...], Meta(max_length=8)]
Limits = Annotated[tuple[Amount, ...], Meta(max_length=8)]

Item = Literal[
    "accelerator",
    "computer",
    "memory",
    "manufacturing_equipment",
    "software",
    "technology",
    "model_weights",
    "data",
    "service",
    "materials",
    "other",
]
Outcome = Literal[
    "not_controlled",
    "registration",
    "general_licence",
    "individual_licence",
    "presumed_denied",
    "prohibited",
    "cannot_say",
]
Fit = Literal["met", "not_met", "unknown", "unstated"]


class Regime(Kind, frozen=True):
    """One entry of a control regime, as data.

    All of its lines must be met together; an entry with alternatives is one record for each of them.

    Args:
        jurisdiction: whose law it is: its author's; null is an arrangement of several states.
        instrument: what kind of law.
        entry: as the regime numbers it, `3A090.a`.
        status: in force, or not.
        valid_from: first day.
        valid_to: last day; null is open.
        checked_on: when its author last looked.
        parameters: what is measured, one for each line.
        comparators: how each is compared, in the same order.
        limits: with what, in the same order.
        text: SHA-256 of the official text relied on.
        replaces: the record of this entry that it replaces; null if none.
    """

    jurisdiction: PartyName | None
    instrument: Literal[
        "control_list",
        "temporary_control",
        "technology_catalogue",
        "entity_list",
        "end_use_rule",
        "licence_policy",
        "data_rule",
    ]
    entry: Code
    status: Literal["in_force", "suspended", "lapsed", "proposed"]
    valid_from: Day
    valid_to: Day | None
    checked_on: Day
    parameters: Parameters
    comparators: Comparators
    limits: Limits
    text: Digest
    replaces: RecordId | None


class RegimeSealed(Sealed, frozen=True):
    """What lies behind an entry.

    Args:
        citation: where the text is published.
        remark: how its author understands it.
    """

    citation: Text
    remark: Bilingual


class RegimeFacts(Facts, frozen=True):
    """What rules may ask.

    Args:
        in_force: whether it is said to be in force.
        lines: how many numeric lines it has.
    """

    in_force: bool
    lines: Annotated[int, Meta(ge=0, le=8)]


class Question(Kind, frozen=True):
    """How does each side read this item?

    A number may be that of a real product, or one at the boundary that no product has.

    Args:
        item: what it is.
        act: what would be done with it.
        exporter: from whose jurisdiction.
        destination: to whose.
        end_use: for what.
        datacentre: designed or marketed for data centres; null is unknown, here and below.
        tpp: total processing performance: twice MacTOPS by bit length, dense.
        density_milli: thousandths of TPP for each mm² of applicable die.
        memory_density_milli: thousandths of GB/s for each mm² of memory package.
        dram_gb_s: total DRAM bandwidth, GB/s.
    """

    item: Item
    act: Literal[
        "export",
        "re_export",
        "in_country_transfer",
        "deemed_export",
        "transit",
        "remote_access",
        "technical_assistance",
        "data_export",
    ]
    exporter: PartyName
    destination: PartyName
    end_use: Literal["civil", "research", "safety_testing", "military", "unknown"]
    datacentre: bool | None
    tpp: Amount | None
    density_milli: Amount | None
    memory_density_milli: Amount | None
    dram_gb_s: Amount | None


class QuestionSealed(Sealed, frozen=True):
    """What lies behind a question.

    Args:
        product: name and model.
        persons: exporter, consignee and end user.
        account: what is planned.
    """

    product: Text
    persons: Text
    account: Bilingual


class QuestionFacts(Facts, frozen=True):
    """What rules may ask.

    Args:
        item: as asked.
        exporter: who reads its own law first.
        destination: who reads its own law, too.
        for_safety: the item is for safety testing.
    """

    item: Item
    exporter: PartyName
    destination: PartyName
    for_safety: bool


class Reading(Kind, frozen=True):
    """What one party says that one recorded entry says of the item.

    Args:
        regime: the entry.
        outcome: what follows under it.
        basis: why.
        as_of: the day for which it is read.
        binding: whether it binds the author's licensing authority, or only informs.
    """

    regime: RecordId
    outcome: Outcome
    basis: Literal[
        "threshold",
        "named_item",
        "end_use",
        "end_user",
        "destination",
        "catch_all",
        "exclusion",
        "not_listed",
        "policy",
    ]
    as_of: Day
    binding: bool


class ReadingSealed(Sealed, frozen=True):
    """What lies behind a reading.

    Args:
        reasoning: why.
        licence: number of a licence or ruling.
        authority: which office said so.
    """

    reasoning: Bilingual
    licence: Text
    authority: Text


class ReadingFacts(Facts, frozen=True):
    """What follows from a reading.

    Args:
        outcome: as stated.
        own: whether the entry is of its author's own law, or of several states.
        fit: whether the item meets the lines of the entry, computed exactly.
        at_boundary: whether some number of the item is exactly on a line.
        questioned: whether the outcome leans on the threshold and the numbers say otherwise.
    """

    outcome: Outcome
    own: bool
    fit: Fit
    at_boundary: bool
    questioned: bool


class Alignment(Kind, frozen=True):
    """Two readings of one item, side by side.

    Args:
        first: a reading.
        second: one by another party.
        relation: of the scope of the first entry to that of the second.
        harmonise: what its author proposes.
    """

    first: RecordId
    second: RecordId
    relation: Literal["equal", "subset", "superset", "intersects", "disjoint"]
    harmonise: Literal["nothing", "common_definition", "mutual_recognition", "joint_exemption", "talks"]


class AlignmentSealed(Sealed, frozen=True):
    """What lies behind it.

    Args:
        analysis: where the two agree and where they differ.
        proposal: wording that would close the gap.
    """

    analysis: Bilingual
    proposal: Bilingual


class AlignmentFacts(Facts, frozen=True):
    """What follows from two readings.

    Args:
        agree: both come to the same outcome, and neither says that it cannot say.
        gap: how many steps of strictness lie between them; 5 where one cannot say.
        stricter: which of the two is the stricter.
        at_boundary: the item is exactly on a line of one of them.
        own: each read its own law.
    """

    agree: bool
    gap: Rank
    stricter: Literal["first", "second", "neither", "unknown"]
    at_boundary: bool
    own: bool
