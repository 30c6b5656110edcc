"""The kinds of the pillar `notices`: what the technical safety channel can say.

All open fields are operative: they alone say what is meant, and they are rendered from one record in both
languages. What is sealed is remark, and never operative. A `Bilingual` is one text in both languages, English
first, 简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Digest, Facts, Instant, Kind, PartyName, RecordId, Sealed, Text

Level = Annotated[int, Meta(ge=0, le=7)]
PillarName = Annotated[str, Meta(pattern=r"^[a-z]{1,32}\Z", max_length=32, extra={"ref": "code"})]
PathName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z", max_length=40, extra={"ref": "code"})]
Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]

Precedence = Literal["routine", "priority", "immediate", "flash"]
Template = Literal["event", "advance_notice", "all_clear", "sent_in_error"]
Subject = Literal[
    "incident",
    "near_miss",
    "loss_of_control",
    "weights_theft",
    "cyberattack",
    "misuse",
    "test_activity",
    "other",
]
Action = Literal[
    "contained",
    "model_withdrawn",
    "access_limited",
    "weights_secured",
    "users_told",
    "authority_told",
    "investigating",
]
Activity = Literal[
    "training_run",
    "internal_use",
    "public_service",
    "agents_with_tools",
    "weights_transfer",
    "test_activity",
    "other",
]
Ground = Literal[
    "loss_of_control",
    "weights_theft",
    "cyberattack",
    "misuse",
    "serious_incident",
    "failed_evaluation",
    "precaution",
    "other",
]
Reason = Literal[
    "no_such_activity",
    "already_contained",
    "pausing_endangers",
    "evidence_insufficient",
    "under_domestic_review",
    "other",
]
Wish = Literal["none", "read_back", "status", "apply_mitigation", "stand_by", "voice_call"]


class Operative(Kind, frozen=True):
    """What notice and correction both state.

    Args:
        template: what kind of message it is.
        precedence: how fast machine and officer answer; the accord has the clocks.
        about: the record that it concerns, of whatever pillar; null if none.
        subject: what it is about.
        level: severity level on the accord's scale; null is unknown.
        ongoing: whether it still goes on; null is unknown.
        internal_use: whether it happened in use inside the developer; null is unknown.
        seen_at: when it was first seen, by the author's clock; null is unknown.
        actions: what has been done, ascending, each once.
        wish: what is asked of the other side.
        respond_by: by when, milliseconds since the epoch; null leaves the accord's clock alone.
        tlp: marking by TLP 2.0.
    """

    template: Template
    precedence: Precedence
    about: RecordId | None
    subject: Subject
    level: Level | None
    ongoing: bool | None
    internal_use: bool | None
    seen_at: Instant | None
    actions: Annotated[tuple[Action, ...], Meta(max_length=7)]
    wish: Wish
    respond_by: Instant | None
    tlp: Literal["red", "amber_strict", "amber", "green", "clear"]


class Notice(Operative, frozen=True):
    """A message to all parties of the accord."""


class Remarks(Sealed, frozen=True):
    """Not operative.

    Args:
        remark: free text.
        contact: whom to reach.
    """

    remark: Bilingual
    contact: Text


class NoticeFacts(Facts, frozen=True):
    """What follows from a notice or a correction.

    Args:
        precedence: as stated.
        level: as stated, 7 if unknown: rules see the upper end.
        template: as stated.
        ongoing: as stated, true if unknown.
        assured: whether it concerns a card, a statement or a certificate.
    """

    precedence: Precedence
    level: Level
    template: Template
    ongoing: bool
    assured: bool


class Receipt(Kind, frozen=True):
    """A machine says that a message has arrived and is being brought to an officer; nobody has read it yet.

    Args:
        of: the notice, correction, query, pause, counter-reading or test.
    """

    of: RecordId


class ReceiptFacts(Facts, frozen=True):
    """What follows from a machine's receipt, and from an officer's acknowledgement.

    Args:
        precedence: of the message.
    """

    precedence: Precedence


class Acknowledge(Kind, frozen=True):
    """An officer has read a message back.

    Args:
        of: the notice, correction, query, pause, counter-reading or test.
        read_back: the read-back digest of `of` (hex SHA-256 over the canonical JSON of {"kind", "open"}) that
            the officer's desk computed from the fields as shown.
    """

    of: RecordId
    read_back: Digest


class Query(Kind, frozen=True):
    """A question to one party, from a closed list.

    Args:
        to: who is asked.
        about: the record that it concerns; null if none.
        asks: what is asked.
        precedence: how fast an answer is needed.
        respond_by: by when; null leaves the accord's clock alone.
    """

    to: PartyName
    about: RecordId | None
    asks: Literal[
        "is_it_yours",
        "is_it_ongoing",
        "is_it_contained",
        "which_level",
        "do_you_hold_it",
        "status",
        "voice_call",
    ]
    precedence: Precedence
    respond_by: Instant | None


class QueryFacts(Facts, frozen=True):
    """What follows from a query.

    Args:
        to: who is asked, hence who owes the answer.
        precedence: as stated.
    """

    to: PartyName
    precedence: Precedence


class Answer(Kind, frozen=True):
    """An answer to a query, to what a notice asks for, or to a requested pause.

    Args:
        of: the query, notice, correction or requested pause.
        reply: the answer; `cannot_say` is one. A requested pause is accepted by pausing, not by a word.
        level: severity level, where that was asked.
        reason: why the party declines; null for every other reply.
    """

    of: RecordId
    reply: Literal["confirmed", "denied", "clarified", "done", "declined", "cannot_say"]
    level: Level | None
    reason: Reason | None


class AnswerSealed(Sealed, frozen=True):
    """Not operative.

    Args:
        remark: free text.
    """

    remark: Bilingual


class AnswerFacts(Facts, frozen=True):
    """What follows from an answer.

    Args:
        silent: the party says that it cannot say.
    """

    silent: bool


class CannotLawfullySend(Kind, frozen=True):
    """The law is said to forbid an answer, or a release that is due; it excuses, and is counted.

    Args:
        of: in a thread, the query, notice, correction or requested pause; alone, the own record whose
            release is due.
        legal_basis: why.
        withheld: sealed paths of `of` that cannot lawfully be released, ascending; empty if none is meant.
    """

    of: RecordId
    legal_basis: Literal[
        "privacy_law",
        "state_secrets",
        "export_control",
        "criminal_inquiry",
        "court_order",
        "third_party_secret",
        "other_law",
    ]
    withheld: Annotated[tuple[PathName, ...], Meta(max_length=32)]


class CannotLawfullySendSealed(Sealed, frozen=True):
    """Not operative.

    Args:
        remark: free text.
        citation: the provision relied upon.
    """

    remark: Bilingual
    citation: Text


class Correction(Operative, frozen=True):
    """A notice stated anew by its author; it replaces the whole.

    Args:
        of: the notice or correction that it replaces.
    """

    of: RecordId


class CounterReading(Kind, frozen=True):
    """The same event as another party's notice or correction, as this party reads it; it corrects nothing.

    Args:
        of: the notice or correction.
        subject: what it is about, as this party sees it.
        level: severity level; null is unknown.
        ongoing: whether it still goes on; null is unknown.
        basis: what the reading rests on.
        precedence: how fast machine and officer answer.
    """

    of: RecordId
    subject: Subject
    level: Level | None
    ongoing: bool | None
    basis: Literal["own_observation", "own_telemetry", "analysis", "third_party", "public_source"]
    precedence: Precedence


class CounterReadingFacts(Facts, frozen=True):
    """What follows from a counter-reading.

    Args:
        precedence: as stated.
        level: as stated, 7 if unknown.
    """

    precedence: Precedence
    level: Level


class Pause(Kind, frozen=True):
    """A pause: of one's own, which binds its author at once, or requested, which binds nobody until accepted.

    It ends by itself at the end of its term; a renewal is another pause.

    Args:
        binds: who pauses: the author, or the party that is asked to.
        about: the record that it concerns, of whatever pillar; null if none.
        activity: what is paused.
        grounds: why.
        until: the end of the term.
        precedence: how fast a request needs an answer.
        respond_by: by when; null leaves the accord's clock alone.
    """

    binds: PartyName
    about: RecordId | None
    activity: Activity
    grounds: Ground
    until: Instant
    precedence: Precedence
    respond_by: Instant | None


class PauseFacts(Facts, frozen=True):
    """What follows from a pause.

    Args:
        to: who pauses, hence who owes an answer if it was requested.
        requested: another than its author is to pause.
        precedence: as stated.
    """

    to: PartyName
    requested: bool
    precedence: Precedence


class Lift(Kind, frozen=True):
    """A pause is over before its term, or a request for one is withdrawn, by its author.

    Args:
        of: the pause.
        because: why.
    """

    of: RecordId
    because: Literal["resolved", "replaced", "sent_in_error", "other"]


class Nil(Kind, frozen=True):
    """A signed statement that there was nothing to report.

    Args:
        period: any instant inside the calendar period meant, milliseconds since the epoch.
        returns_for: the pillar in which there was nothing.
    """

    period: Instant
    returns_for: PillarName


class Test(Kind, frozen=True):
    """A test of the channel; it means nothing else.

    Args:
        announced: whether the other side was told beforehand.
        precedence: whose clocks are tested.
        route: which way the message takes.
    """

    announced: bool
    precedence: Precedence
    route: Literal["link", "store", "stick"]
