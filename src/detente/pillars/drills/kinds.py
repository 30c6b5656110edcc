"""The kinds of the pillar `drills`: charter, inject, observation, finding.

An exercise itself begins and is stopped by kinds of the accord (`accord.exercise`, `accord.no-duff`); a
charter says what is exercised, by whom, and when. A `Bilingual` is one text in both languages, English first,
简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Code, Facts, Instant, Kind, PartyName, RecordId, Sealed, Text

Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]
Items = Annotated[tuple[Text, ...], Meta(max_length=32)]
Players = Annotated[tuple[PartyName, ...], Meta(min_length=1, max_length=16)]
Events = Annotated[tuple[Code, ...], Meta(min_length=1, max_length=64)]
Observations = Annotated[tuple[RecordId, ...], Meta(min_length=1, max_length=16)]

Level = Literal["d1", "d2", "d3", "d4"]
Rating = Literal["p", "s", "m", "u"]
Expected = Literal["acknowledge", "report", "pause", "answer", "nothing"]
Band = Literal[
    "within_1_min", "within_15_min", "within_30_min", "within_4_h", "within_24_h", "later", "no_reaction"
]


class Charter(Kind, frozen=True):
    """What is exercised, agreed before it begins.

    Args:
        exercise: the `accord.exercise` to which it belongs; null before that is opened.
        level: how much is exercised.
        form: of the exercise.
        begins: the first moment of its window.
        ends: the last.
        players: who reacts, ascending, each once.
        control: who injects.
        events: numbers of all events that may be injected, ascending, each once; what they say is sealed.
    """

    exercise: RecordId | None
    level: Level
    form: Literal["tabletop", "game", "drill", "functional", "full_scale"]
    begins: Instant
    ends: Instant
    players: Players
    control: PartyName
    events: Events


class CharterSealed(Sealed, frozen=True):
    """What lies behind a charter.

    Args:
        title: of the exercise.
        scenario: what is played.
        script: the events, for control alone.
    """

    title: Bilingual
    scenario: Bilingual
    script: Items


class CharterFacts(Facts, frozen=True):
    """What rules may ask.

    Args:
        level: as chartered.
        hours: length of the window, begun hours counted whole.
    """

    level: Level
    hours: Annotated[int, Meta(ge=1, le=336)]


class Inject(Kind, frozen=True):
    """One event is put to one player.

    Args:
        event: its number in the charter.
        to: which player.
        expects: the reaction that would be right.
        route: how it is put.
    """

    event: Code
    to: PartyName
    expects: Expected
    route: Literal["node", "voice", "email", "paper"]


class InjectSealed(Sealed, frozen=True):
    """What lies behind an inject.

    Args:
        content: what the player is told.
        key: how the reaction is to be rated; for control alone.
    """

    content: Bilingual
    key: Bilingual


class InjectFacts(Facts, frozen=True):
    """What rules may ask.

    Args:
        to: which player.
        expects: as stated.
    """

    to: PartyName
    expects: Expected


class Observation(Kind, frozen=True):
    """How a player reacted to an inject, as somebody else saw it.

    Args:
        of: the inject.
        reaction: what was done; `nothing` until `seen_at`.
        seen_at: when, by the observer's clock; that of the record, if one is named.
        record: the record by which the player reacted; null where it did not react by record.
    """

    of: RecordId
    reaction: Expected
    seen_at: Instant
    record: RecordId | None


class ObservationSealed(Sealed, frozen=True):
    """What lies behind an observation.

    Args:
        account: what was seen.
    """

    account: Bilingual


class ObservationFacts(Facts, frozen=True):
    """What follows from an observation.

    Args:
        player: who reacted, or did not.
        band: of the time from inject to reaction.
        as_expected: the reaction was the one that the inject expects.
    """

    player: PartyName
    band: Band
    as_expected: bool


class Finding(Kind, frozen=True):
    """What observations show, and who mends it by when.

    Args:
        observations: on which it rests, ascending, each once.
        capability: what was shown.
        rating: P performed without challenges, S with some, M with major ones, U unable to perform.
        owner: who mends it; null where nothing is to be mended.
        due: by when; null where nothing is to be mended.
        closes: the finding that it closes, as mended, said by its owner; null if none.
    """

    observations: Observations
    capability: Literal[
        "channel",
        "acknowledgement",
        "severity_rating",
        "pause",
        "release_gate",
        "translation",
        "procedure",
        "staffing",
        "tooling",
    ]
    rating: Rating
    owner: PartyName | None
    due: Instant | None
    closes: RecordId | None


class FindingSealed(Sealed, frozen=True):
    """What lies behind a finding.

    Args:
        account: what was found.
        improvement: what is to be done.
    """

    account: Bilingual
    improvement: Bilingual


class FindingFacts(Facts, frozen=True):
    """What follows from a finding.

    Args:
        owner: who mends it; its author where nothing is to be mended.
        open: something is to be mended.
        rating: as stated.
    """

    owner: PartyName
    open: bool
    rating: Rating
