"""The kinds of the pillar `exchange`: call, application, placement, output, artefact.

Nothing here carries what is exchanged: an artefact is named by its digest, and its size is bounded far below
that of the weights of any model worth controlling. A `Bilingual` is one text in both languages, English
first, 简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Digest, Facts, Instant, Kind, RecordId, Sealed, Text

ARTEFACT_LIMIT = 16_777_216
"""Bytes: 16 MiB holds a large suite of tests."""

Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]
Items = Annotated[tuple[Text, ...], Meta(max_length=32)]
Seats = Annotated[int, Meta(ge=0, le=64)]
Lead = Annotated[int, Meta(ge=0, le=16)]
Parties = Annotated[int, Meta(ge=0, le=8)]
Applications = Annotated[tuple[RecordId, ...], Meta(min_length=1, max_length=8)]
SeatsEach = Annotated[tuple[Seats, ...], Meta(min_length=1, max_length=8)]

Topic = Literal[
    "containment",
    "dangerous_capabilities",
    "evaluation_methods",
    "human_control",
    "incident_analysis",
    "interpretability",
    "provenance",
    "robustness",
]
Topics = Annotated[tuple[Topic, ...], Meta(min_length=1, max_length=8)]
Form = Literal["expert_visit", "joint_study", "suite_swap", "pattern_swap"]


class Call(Kind, frozen=True):
    """A call for an exchange, on terms that bind every placement under it.

    Args:
        form: what is exchanged.
        topics: on what, ascending, each once.
        closes_at: until when applications are taken, by their authors' clocks.
        lead: how many seats a party may host more than it sends, or send more than it hosts, in one
            placement; 0 is strict balance.
        seats: the most that one application may offer, and the most that it may seek.
    """

    form: Form
    topics: Topics
    closes_at: Instant
    lead: Lead
    seats: Seats


class CallSealed(Sealed, frozen=True):
    """What lies behind a call.

    Args:
        title: of it.
        terms: what those who take part agree to.
    """

    title: Bilingual
    terms: Bilingual


class CallFacts(Facts, frozen=True):
    """What rules may ask.

    Args:
        form: as called.
        strict: nobody may lead by a single seat.
    """

    form: Form
    strict: bool


class Application(Kind, frozen=True):
    """What one party offers to host, and what it seeks elsewhere.

    Args:
        offers: seats that it hosts.
        seeks: seats that it wants to send to.
        topics: of the call's, ascending, each once.
    """

    offers: Seats
    seeks: Seats
    topics: Topics


class ApplicationSealed(Sealed, frozen=True):
    """What lies behind an application; who would come is for whoever matches, at most.

    Args:
        profile: of expertise; names nobody.
        persons: who would come.
        facility: where it would host.
    """

    profile: Bilingual
    persons: Text
    facility: Text


class Placement(Kind, frozen=True):
    """Applications of at least two parties, placed together: nobody goes first.

    Args:
        applications: each of another party, ascending.
        hosts: seats that each hosts, in the same order.
        sends: seats that each sends, in the same order.
    """

    applications: Applications
    hosts: SeatsEach
    sends: SeatsEach


class PlacementSealed(Sealed, frozen=True):
    """What lies behind a placement.

    Args:
        dates: from when to when.
        pairing: who goes where.
    """

    dates: Text
    pairing: Text


class PlacementFacts(Facts, frozen=True):
    """What follows from a placement.

    Args:
        form: of the call.
        parties: how many.
        placed: seats in all.
        widest: the greatest difference between what one party hosts and sends.
        balanced: it is none.
    """

    form: Form
    parties: Parties
    placed: Annotated[int, Meta(ge=0, le=512)]
    widest: Seats
    balanced: bool


class Output(Kind, frozen=True):
    """What came of a placement, said by a party that took part.

    Args:
        placement: of which.
        application: its own, which was placed.
        produced: what.
        joint: made together with another party.
    """

    placement: RecordId
    application: RecordId
    produced: Literal["test_suite", "failure_patterns", "method", "study", "nothing"]
    joint: bool


class OutputSealed(Sealed, frozen=True):
    """What lies behind an output.

    Args:
        title: of it.
        summary: what it says.
    """

    title: Bilingual
    summary: Bilingual


class OutputFacts(Facts, frozen=True):
    """What rules may ask.

    Args:
        form: of the call.
        joint: as stated.
        fruitful: something was produced.
    """

    form: Form
    joint: bool
    fruitful: bool


class Artefact(Kind, frozen=True):
    """Something that an output consists of, named by its digest and never carried.

    Args:
        output: its author's own, of which it is a part.
        type: a closed list, in which weights do not occur.
        digest: of the file, hex.
        algorithm: of the digest.
        size: of the file, bytes.
        licence: what those who get it may do.
    """

    output: RecordId
    type: Literal["test_suite", "failure_patterns", "scoring_script", "procedure", "report"]
    digest: Digest
    algorithm: Literal["sha256", "sm3"]
    size: Annotated[int, Meta(ge=1, le=ARTEFACT_LIMIT)]
    licence: Literal["evaluation_only", "parties_only", "open"]


class ArtefactSealed(Sealed, frozen=True):
    """What lies behind an artefact.

    Args:
        name: of the file.
        locator: where those who may have it find it.
        manifest: the digests of its members.
    """

    name: Text
    locator: Text
    manifest: Items


class ArtefactFacts(Facts, frozen=True):
    """What rules may ask.

    Args:
        joint: of its output.
        shareable: its licence lets all parties have it.
    """

    joint: bool
    shareable: bool
