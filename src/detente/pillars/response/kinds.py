"""The kinds of the pillar `response`: what two sides say while they handle an incident.

A thread is one response: its root opens it, and whatever else is said answers it. Each side has a state of
its own, which its turns move (`accord.machines.response`). A sealed `Bilingual` has both languages:
English first, 简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Facts, Instant, Kind, PartyName, RecordId, Sealed, Text

Level = Annotated[int, Meta(ge=0, le=7)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Number = Annotated[int, Meta(ge=1, le=999)]
Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]

Playbook = Literal[
    "bio_uplift",
    "cyberattack",
    "weights_stolen",
    "loss_of_control",
    "manipulation",
    "market_halt",
    "nuclear_command",
    "false_alarm",
]
State = Literal["detected", "triaged", "contained", "eradicated", "recovered", "reviewed", "dismissed"]
Marking = Literal["red", "amber_strict", "amber", "green", "clear"]


class Opened(Kind, frozen=True):
    """A response begins; its author has detected something, and says what it follows.

    Args:
        about: the record from which it arose, of whatever pillar; null if none.
        playbook: which playbook this side follows; null if none fits.
        level: severity level as far as known; null is unknown.
        joint: whether the other sides are asked to respond together.
    """

    about: RecordId | None
    playbook: Playbook | None
    level: Level | None
    joint: bool


class OpenedSealed(Sealed, frozen=True):
    """What lies behind it.

    Args:
        title: a line that names the response.
        summary: what is known.
    """

    title: Bilingual
    summary: Bilingual


class OpenedFacts(Facts, frozen=True):
    """What follows from an opening.

    Args:
        level: as stated, 7 if unknown.
        joint: as stated.
    """

    level: Level
    joint: bool


class Role(Kind, frozen=True):
    """Who does what on one side; the newest for a role counts.

    Args:
        role: which.
        filled: whether somebody has it.
    """

    role: Literal["lead", "containment", "forensics", "liaison", "communications", "legal"]
    filled: bool


class RoleSealed(Sealed, frozen=True):
    """Who.

    Args:
        post: by which colleagues know whoever has it.
        contact: how to reach it.
    """

    post: Text
    contact: Text


class Turn(Kind, frozen=True):
    """One side's own state changes.

    Args:
        previous: the opening, or this side's turn before.
        event: what has been done, or has happened.
    """

    previous: RecordId
    event: Literal["triage", "contain", "eradicate", "recover", "relapse", "review", "dismiss"]


class TurnSealed(Sealed, frozen=True):
    """How.

    Args:
        account: what was done, or why it came back.
    """

    account: Bilingual


class TurnFacts(Facts, frozen=True):
    """What follows from a turn.

    Args:
        state: in which this side is now.
    """

    state: State


class Situation(Kind, frozen=True):
    """A situation report; it is joint where the other side has said exactly the same.

    Args:
        number: of the report, counted by the response.
        ongoing: whether harm still goes on; null is unknown.
        level: severity level; null is unknown.
        next_by: when the next report is due.
        joins: the other side's report with which this is one; null for a report of one's own.
    """

    number: Number
    ongoing: bool | None
    level: Level | None
    next_by: Instant | None
    joins: RecordId | None


class SituationSealed(Sealed, frozen=True):
    """The report.

    Args:
        summary: what is known; what is not.
        needs: what is needed of the other side.
    """

    summary: Bilingual
    needs: Bilingual


class SituationFacts(Facts, frozen=True):
    """What follows from a report.

    Args:
        joint: both sides report the same.
        number: as stated.
    """

    joint: bool
    number: Number


class Request(Kind, frozen=True):
    """Something is asked of one party, by a clock.

    Args:
        to: of whom.
        asks: what.
        by: until when.
    """

    to: PartyName
    asks: Literal[
        "preserve_evidence",
        "block_indicators",
        "suspend_access",
        "take_down",
        "patch",
        "identify_origin",
        "expert_call",
        "stand_by",
        "other",
    ]
    by: Instant


class RequestSealed(Sealed, frozen=True):
    """What exactly.

    Args:
        detail: what is asked, and why.
    """

    detail: Bilingual


class RequestFacts(Facts, frozen=True):
    """What follows from a request.

    Args:
        to: who is asked, hence who owes a reply.
    """

    to: PartyName


class Reply(Kind, frozen=True):
    """What became of a request.

    Args:
        of: the request.
        outcome: what; `in_progress` is followed by another reply.
    """

    of: RecordId
    outcome: Literal["done", "in_progress", "declined", "cannot_say"]


class ReplySealed(Sealed, frozen=True):
    """Why.

    Args:
        remark: free text.
    """

    remark: Bilingual


class ReplyFacts(Facts, frozen=True):
    """What follows from a reply.

    Args:
        settled: nothing more is to come.
    """

    settled: bool


class Indicator(Kind, frozen=True):
    """Something to look for at home; what exactly is sealed.

    Args:
        sort: what sort of thing it is.
        confidence: that it points to this incident, in percent.
        valid_until: when it expires by itself.
        tlp: marking by TLP 2.0.
    """

    sort: Literal[
        "address",
        "domain",
        "file_digest",
        "account",
        "prompt_pattern",
        "behaviour",
        "model_fingerprint",
        "other",
    ]
    confidence: Percent
    valid_until: Instant
    tlp: Marking


class IndicatorSealed(Sealed, frozen=True):
    """What to look for.

    Args:
        pattern: in the notation of `notation`.
        notation: such as `stix`, `yara`, `sigma`, or words.
        context: how it was found, and what it means.
    """

    pattern: Text
    notation: Text
    context: Bilingual


class Sighting(Kind, frozen=True):
    """Whether an indicator was seen at home.

    Args:
        of: the indicator.
        count: how often, in bands; `none` says that it was looked for in vain.
    """

    of: RecordId
    count: Literal["none", "one", "few", "many"]


class SightingFacts(Facts, frozen=True):
    """What follows from a sighting.

    Args:
        seen: at least once.
    """

    seen: bool


class Advisory(Kind, frozen=True):
    """What others are advised to do.

    Args:
        tlp: marking by TLP 2.0: to whom it may go on.
        audience: for whom it is written.
        replaces: an earlier advisory of the author; null if none.
    """

    tlp: Marking
    audience: Literal["laboratories", "operators", "authorities", "public"]
    replaces: RecordId | None


class AdvisorySealed(Sealed, frozen=True):
    """The advice.

    Args:
        title: a line.
        text: what is known and what to do.
    """

    title: Bilingual
    text: Bilingual


class Review(Kind, frozen=True):
    """The end of a response on one side: why it happened, and how many lessons there are.

    Args:
        last: this side's turn that brought it to `reviewed` or `dismissed`.
        cause: the root cause, coarsely.
        lessons: how many lessons follow.
    """

    last: RecordId
    cause: Literal[
        "model", "safeguards", "process", "people", "supplier", "attacker", "false_alarm", "unknown"
    ]
    lessons: Annotated[int, Meta(ge=0, le=64)]


class ReviewSealed(Sealed, frozen=True):
    """The review.

    Args:
        account: what happened, in order.
        worked: what worked and should stay.
    """

    account: Bilingual
    worked: Bilingual


class Lesson(Kind, frozen=True):
    """One lesson of a review, with whoever owns it and a day; stated again when it is closed.

    Args:
        review: of which review.
        owner: the party that mends it.
        due: until when.
        closed: whether it has been mended.
    """

    review: RecordId
    owner: PartyName
    due: Instant
    closed: bool


class LessonSealed(Sealed, frozen=True):
    """The lesson.

    Args:
        lesson: what is to change; names nobody.
        post: who at the owner sees to it.
    """

    lesson: Bilingual
    post: Text


class LessonFacts(Facts, frozen=True):
    """What follows from a lesson.

    Args:
        owner: as stated.
        open: it still has to be mended.
    """

    owner: PartyName
    open: bool
