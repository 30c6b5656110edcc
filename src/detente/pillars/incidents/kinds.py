"""The kinds of the pillar `incidents`: report, update, close; and the steps of a private match.

The five axes are those of the severity scale (`accord.scale.Axes`); null is unknown. A sealed `Bilingual` is
one text in both languages, English first, 简体中文 second, so that neither is ever released without the
other; an empty string says that there is no text in that language yet.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Digest, Facts, Kind, PartyName, RecordId, Sealed, Text

Rung = Annotated[int, Meta(ge=0, le=7)]
Step = Annotated[int, Meta(ge=0, le=4)]
Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])\Z", max_length=7)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z", max_length=10)]
Technique = Annotated[
    str, Meta(pattern=r"^AML\.T[0-9]{4}(\.[0-9]{3})?\Z", max_length=13, extra={"ref": "code"})
]
Techniques = Annotated[tuple[Technique, ...], Meta(max_length=32)]
Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]
Items = Annotated[tuple[Text, ...], Meta(max_length=32)]
Successors = Annotated[tuple[RecordId, ...], Meta(min_length=2, max_length=16)]

Domain = Literal[
    "bio",
    "chemical",
    "nuclear",
    "cyber",
    "loss_of_control",
    "manipulation",
    "military",
    "finance",
    "infrastructure",
    "physical_safety",
    "health",
    "rights",
    "privacy",
    "fraud",
    "reliability",
    "other",
]
SystemClass = Literal[
    "language_model",
    "agent",
    "media_generator",
    "vision",
    "biometric",
    "recommender",
    "scoring",
    "vehicle",
    "robot",
    "platform",
    "other",
    "unknown",
]
Category = Literal["deviation", "near_miss", "incident", "accident"]
Use = Literal["learning_only", "defence_only", "not_against_reporter", "any_lawful"]
"""What whoever reported allows the report to be used for, from the narrowest to the widest; each allows what
the one before allows."""


class Rating(Kind, frozen=True):
    """What report and update both state: the axes and the state of the event.

    Args:
        near_miss: no harm came of it and a barrier held; narrows unknown harm to 0 and control to 0..2.
        harm: realised harm H; null is unknown, here and below.
        potential: worst credible harm P, never below harm.
        control: loss of control C.
        spread: S.
        layers: independent effective safety layers left D; 4 stands for more than three.
        repeat: common cause, or repetition of an earlier event.
        ongoing: whether it still goes on.
        techniques: ids of MITRE ATLAS, ascending, each once.
    """

    near_miss: bool
    harm: Rung | None
    potential: Rung | None
    control: Step | None
    spread: Step | None
    layers: Step | None
    repeat: bool | None
    ongoing: bool
    techniques: Techniques


class Report(Rating, frozen=True):
    """An incident or a near miss, as its party first declares it.

    Args:
        domain: the field in which harm was done or threatened.
        system_class: what kind of system.
        internal_use: whether it happened in use inside the developer; null is unknown.
        clock_start: which moment starts the author's domestic clocks.
        month: of the event, `2026-11`; null is unknown. The day is sealed.
        use: what it may be used for, as whoever reported allows; null, or left out: they have not limited it,
            and nothing is promised beyond what the accord says of reports.
    """

    domain: Domain
    system_class: SystemClass
    internal_use: bool | None
    clock_start: Literal["discovery", "awareness", "determination", "unknown"]
    month: Month | None
    use: Use | None = None


class ReportSealed(Sealed, frozen=True):
    """What lies behind a report.

    Args:
        title: a line that names the event.
        summary: what happened.
        pattern: what others should look for at home; names nobody.
        mitigation: what stopped it or would.
        system: name and version of the system.
        developer: who made it.
        deployer: who ran it.
        affected: who was affected, and how many.
        detection: how it came to light.
        day: of the event.
        evidence: digests or locators of evidence held by the author.
        sources: published sources, if it is public.
    """

    title: Bilingual
    summary: Bilingual
    pattern: Bilingual
    mitigation: Bilingual
    system: Text
    developer: Text
    deployer: Text
    affected: Bilingual
    detection: Bilingual
    day: Day
    evidence: Items
    sources: Items


class ReportFacts(Facts, frozen=True):
    """What follows from a report or an update. Rules see the upper end of what the axes leave possible.

    Args:
        level: the highest level possible.
        level_low: the lowest.
        category: the gravest class possible.
        settled: whether level and class are each exactly one.
        near_miss: as declared.
        cross_border: whether spread may flag it.
        harm_high: the highest harm possible; and so on.
        domain: of the report.
        ongoing: as declared.
    """

    level: Rung
    level_low: Rung
    category: Category
    settled: bool
    near_miss: bool
    cross_border: bool
    harm_high: Rung
    potential_high: Rung
    control_high: Step
    domain: Domain
    ongoing: bool


class Update(Rating, frozen=True):
    """A revision of a report by its author: everything rated is stated anew.

    Args:
        previous: the report, update or (to reopen) close that it revises.
        change: why.
    """

    previous: RecordId
    change: Literal["more_known", "corrected", "contained", "worsened", "reopened"]


class UpdateSealed(Sealed, frozen=True):
    """What lies behind an update; a path left absent keeps what the report said."""

    summary: Bilingual
    pattern: Bilingual
    mitigation: Bilingual
    affected: Bilingual
    evidence: Items


class Close(Kind, frozen=True):
    """The end of a report's handling, by its author.

    Args:
        last: the report or update whose rating is final.
        outcome: how it ended.
        duplicate_of: the report that goes on in its place; exactly when the outcome is `duplicate`.
        successors: the author's later reports that go on in its place, ascending, each once; exactly when the
            outcome is `split`. Null, or left out: none.
    """

    last: RecordId
    outcome: Literal["resolved", "mitigated", "risk_accepted", "no_incident", "duplicate", "split"]
    duplicate_of: RecordId | None
    successors: Successors | None = None


class CloseSealed(Sealed, frozen=True):
    """What was learned.

    Args:
        cause: the root cause, as far as known.
        lesson: what others may learn; names nobody.
    """

    cause: Bilingual
    lesson: Bilingual


class CloseFacts(Facts, frozen=True):
    """The final rating.

    Args:
        level: the highest level that the final rating left possible.
        level_low: the lowest.
        settled: whether they are one.
    """

    level: Rung
    level_low: Rung
    settled: bool


Fingerprints = Annotated[int, Meta(ge=1, le=100_000)]
Family = Literal["artefact", "cve", "source", "title", "shingles", "plan"]
Families = Annotated[tuple[Family, ...], Meta(min_length=1, max_length=6)]
Before = Annotated[tuple[RecordId, ...], Meta(max_length=64)]
FileKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", max_length=64)]


class Match(Kind, frozen=True):
    """A party proposes to match privately with one other, and commits to its set before anything is answered.

    Args:
        counterpart: with whom.
        subject: what the fingerprints are of.
        scheme: how: Diffie-Hellman over ristretto255, as `detente.instruments.matching` has it.
        round: 32 random bytes that make this run's points unlike any other's.
        size: how many fingerprints the set has.
        families: the sorts of fingerprint in it, ascending, each once.
        root: the root over its salted leaves.
        points: SHA-256 over its points.
        before: every run between the two in the year before, whoever proposed it, that the author proposed or
            joined; ascending, each once.
    """

    counterpart: PartyName
    subject: Literal["incidents", "plans"]
    scheme: Literal["ristretto255-1"]
    round: Digest
    size: Fingerprints
    families: Families
    root: Digest
    points: Digest
    before: Before


class MatchSet(Kind, frozen=True):
    """The other party commits to its own set.

    Args:
        size: how many fingerprints; families, root and points as in `match`.
    """

    size: Fingerprints
    families: Families
    root: Digest
    points: Digest


class MatchSealed(Sealed, frozen=True):
    """What lies behind the files of a run.

    Args:
        key: opens the author's files of this step: 32 bytes, hexadecimal. Without it nobody reads them.
    """

    key: FileKey


class MatchAnswer(Kind, frozen=True):
    """A party answers to the other's points; the file that has the answer goes by any carrier.

    Args:
        set: the `match-set` of this match.
        reply: SHA-256 over the points that the author answered with.
    """

    set: RecordId
    reply: Digest


class MatchCount(Kind, frozen=True):
    """What one party found in common.

    Args:
        set: the `match-set` of this match.
        mine: the author's own answer.
        theirs: the other's answer.
        common: how many fingerprints both hold.
    """

    set: RecordId
    mine: RecordId
    theirs: RecordId
    common: Annotated[int, Meta(ge=0, le=100_000)]


class MatchMembers(Kind, frozen=True):
    """A party lets the other know which of the other's fingerprints are in common.

    Args:
        mine: the author's own count.
        theirs: the other's count, of the same number.
        pairs: SHA-256 over the points that were let go.
    """

    mine: RecordId
    theirs: RecordId
    pairs: Digest


class MatchProof(Kind, frozen=True):
    """A party proves that what matched stood in the set that it committed to.

    Args:
        mine: what the author let go.
        theirs: what the other let go.
        openings: SHA-256 over the file of openings.
    """

    mine: RecordId
    theirs: RecordId
    openings: Digest


class MatchFacts(Facts, frozen=True):
    """What follows from a step whose key goes to the other party.

    Args:
        to: the other party of the match, to whom the author's key would go.
        runs: the how-manieth run between the two it is within 365 days.
        month_runs: and within 30 days.
    """

    to: PartyName
    runs: Annotated[int, Meta(ge=1, le=65)]
    month_runs: Annotated[int, Meta(ge=1, le=65)]


class CountFacts(Facts, frozen=True):
    """What follows from a count.

    Args:
        common: how many.
    """

    common: Annotated[int, Meta(ge=0, le=100_000)]
