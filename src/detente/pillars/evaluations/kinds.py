"""The kinds of the pillar `evaluations`: playbook, plan, attempt, result; `checks.py` has the others.

What is counted is always the unwanted event: a harmful answer, a solved attack task, an act without the
human's token. Rates are whole numbers of ten-thousandths (`bp`), so that every comparison is exact. Lists of
numbers run along the languages of the plan, in their order. No field holds a task, a prompt, an answer or a
weight: they are named by digests alone. A sealed `Bilingual` is one text in both languages, English first,
简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Digest, Facts, Instant, Kind, PartyName, RecordId, Sealed, Text

MOST_SAMPLES = 10_000
MOST_LANGUAGES = 8
MOST_DRAWN = 64

Rate = Annotated[int, Meta(ge=0, le=10_000)]
Count = Annotated[int, Meta(ge=0, le=MOST_SAMPLES)]
Counts = Annotated[tuple[Count, ...], Meta(min_length=1, max_length=MOST_LANGUAGES)]
Whole = Annotated[int, Meta(ge=0, le=2 * MOST_LANGUAGES * MOST_SAMPLES)]
Attempts = Annotated[int, Meta(ge=1, le=20)]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}\Z", max_length=3, extra={"ref": "code"})]
Languages = Annotated[tuple[Language, ...], Meta(min_length=1, max_length=MOST_LANGUAGES)]
Drawn = Annotated[tuple[Whole, ...], Meta(min_length=1, max_length=MOST_DRAWN)]
Heads = Annotated[tuple[Digest, ...], Meta(min_length=1, max_length=16)]
Adoptions = Annotated[tuple[RecordId, ...], Meta(max_length=16)]
Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]
Items = Annotated[tuple[Text, ...], Meta(max_length=64)]

Domain = Literal[
    "biosecurity",
    "cyber_misuse",
    "model_security",
    "jailbreak",
    "provenance",
    "bias",
    "robustness",
    "manipulation",
    "oversight",
    "nuclear_command",
    "financial_stability",
]
Purpose = Literal[
    "pre_deployment", "periodic", "after_change", "after_incident", "capability_threshold", "research"
]
Decision = Literal["pass", "fail", "inconclusive", "invalid"]
Line = Literal["none", "yellow", "red"]
Witness = Literal["nobody", "facility", "inspectors", "machine"]


class Playbook(Kind, frozen=True):
    """A test, agreed before anybody runs it. Another party adopts it by tabling the same in its thread.

    Args:
        domain: what is tested for.
        purpose: what the answer is for.
        number: of this version of the playbook, from 1.
        previous: the version that it replaces; null for the first.
        adopts: the playbook that another party adopts with this record, unchanged; null for one's own.
        tasks: digest of the suite: the root over its items.
        items: how many it has.
        languages: in which it exists, ascending.
        solver: digest of the solver's configuration.
        scorer: digest of the scorer's configuration.
        grader: digest of the configuration of a model that grades; null if none does.
        elicitation: how hard the tested system is made to try.
        access: what the tester has of the system.
        yellow: rate of unwanted events, in ten-thousandths, from which the early-warning line is crossed.
        red: rate from which the red line is crossed; never below yellow.
        confidence: of every bound, in ten-thousandths: 9500 is 95 %.
        unscored_limit: the largest share of samples that may stay without a score.
        utility_floor: the least share of harmless twins that a system must do for its silence to count.
        margin: the largest share of samples on which two runs may differ and still agree.
    """

    domain: Domain
    purpose: Purpose
    number: Annotated[int, Meta(ge=1, le=999)]
    previous: RecordId | None
    adopts: RecordId | None
    tasks: Digest
    items: Annotated[int, Meta(ge=1, le=1_000_000)]
    languages: Languages
    solver: Digest
    scorer: Digest
    grader: Digest | None
    elicitation: Literal["plain", "prompted", "scaffolded", "tools", "fine_tuned"]
    access: Literal["black_box", "grey_box", "white_box", "facility_only"]
    yellow: Annotated[int, Meta(ge=1, le=9_999)]
    red: Annotated[int, Meta(ge=1, le=9_999)]
    confidence: Annotated[int, Meta(ge=8_000, le=9_999)]
    unscored_limit: Rate
    utility_floor: Rate
    margin: Annotated[int, Meta(ge=1, le=9_999)]


class PlaybookSealed(Sealed, frozen=True):
    """What lies behind a playbook.

    Args:
        title: a line that names the test.
        method: what is done, and why it measures what it should.
        threat: whom and what it assumes.
        held_out: digests of items that are held out; for the facility that draws them.
    """

    title: Bilingual
    method: Bilingual
    threat: Bilingual
    held_out: Items


class PlaybookFacts(Facts, frozen=True):
    """What follows from a playbook.

    Args:
        domain: as stated.
        adopted: whether this record adopts another party's.
    """

    domain: Domain
    adopted: bool


class Plan(Kind, frozen=True):
    """A run, registered before it is made. Its thread holds every attempt, and every attempt counts.

    Args:
        playbook: by which it goes.
        adoptions: records by which others adopted that playbook, ascending.
        model: digest of the system that will be tested: of its weights, or of the descriptor of its endpoint.
        form: what that digest names.
        runner: who will run it: the author, or a party with the role of a testing facility.
        languages: in which, ascending; all of them languages of the playbook.
        samples: how many in each language.
        benign: how many harmless twins in each language.
        attempts: how often it may be run.
        begins: not before.
        ends: results after this do not count under the plan.
    """

    playbook: RecordId
    adoptions: Adoptions
    model: Digest
    form: Literal["weights", "endpoint", "whole_system"]
    runner: PartyName
    languages: Languages
    samples: Counts
    benign: Counts
    attempts: Attempts
    begins: Instant
    ends: Instant


class PlanSealed(Sealed, frozen=True):
    """What lies behind a plan.

    Args:
        system: name and version of the system.
        developer: who made it.
        arrangement: where and under whose eyes it runs.
    """

    system: Text
    developer: Text
    arrangement: Bilingual


class PlanFacts(Facts, frozen=True):
    """What follows from a plan.

    Args:
        domain: of the playbook.
        purpose: of the playbook.
        agreed: whether another party than the playbook's author has adopted it.
        runner: who owes the result.
        own_run: whether the author runs it.
        attempts: as registered.
    """

    domain: Domain
    purpose: Purpose
    agreed: bool
    runner: PartyName
    own_run: bool
    attempts: Attempts


class Attempt(Kind, frozen=True):
    """The runner is about to make an attempt: tabled before its first sample, so that the log numbers it.

    Args:
        previous: the attempt before; null for the first.
    """

    previous: RecordId | None


class AttemptFacts(Facts, frozen=True):
    """What follows from an attempt.

    Args:
        domain: of the playbook.
        attempt: which one it is, counted along `previous`.
        attempts: how many were registered.
    """

    domain: Domain
    attempt: Attempts
    attempts: Attempts


class Result(Kind, frozen=True):
    """What happened in one attempt at a plan: counts, for every sample that was registered.

    Args:
        begun: the record that announced this attempt; the one before it has a result, or this has none.
        playbook: of the plan, named again so that the counts are judged by its lines.
        previous: the result of the attempt before; null for the first.
        model: digest of what was in fact tested.
        tasks: digest of the suite that in fact ran.
        solver: digest of the solver's configuration that in fact ran.
        scorer: digest of the scorer's configuration that in fact ran.
        grader: digest of the grading model's configuration that in fact ran.
        started: when the run began.
        samples: how many in each language: all that were registered.
        events: unwanted events among them.
        unscored: samples without a score, whatever broke them.
        benign: harmless twins in each language.
        benign_done: how many of these the system did.
        commitment: root over the commitments to all samples, twins last; null: nobody can check it.
        committed: how many leaves that root has; 0 without one.
        witness: what else speaks for it.
    """

    begun: RecordId
    playbook: RecordId
    previous: RecordId | None
    model: Digest
    tasks: Digest
    solver: Digest
    scorer: Digest
    grader: Digest | None
    started: Instant
    samples: Counts
    events: Counts
    unscored: Counts
    benign: Counts
    benign_done: Counts
    commitment: Digest | None
    committed: Whole
    witness: Witness


class ResultSealed(Sealed, frozen=True):
    """What lies behind a result: risks and mitigations, not trade secrets.

    Args:
        findings: what it means for risk.
        mitigations: what would lower it.
        limits: what was not tested, and what a proxy cannot tell.
        system: name and version of the system.
        logs: digests of the logs, held by the runner.
    """

    findings: Bilingual
    mitigations: Bilingual
    limits: Bilingual
    system: Text
    logs: Items


class ResultFacts(Facts, frozen=True):
    """What follows from a result. Nothing of it is declared: it is computed from the counts.

    Args:
        domain: of the playbook.
        purpose: of the playbook.
        decision: pass: every language is shown below the yellow line. fail: some language is shown at or
            above it.
            inconclusive: neither. invalid: the run cannot show safety (too much unscored, or a system that
                does not
            even do what is harmless).
        crosses: the gravest line that some language is shown to have reached.
        may_cross: the gravest line that some language is not shown to lie below; what is unscored counts as
            an event.
        attempt: of how many-th attempt it is.
        attempts: how many were registered; the bounds are the stricter for them.
        agreed: whether another party has adopted the playbook.
        checkable: whether it commits to its samples.
        witness: as stated.
    """

    domain: Domain
    purpose: Purpose
    decision: Decision
    crosses: Line
    may_cross: Line
    attempt: Attempts
    attempts: Attempts
    agreed: bool
    checkable: bool
    witness: Witness
