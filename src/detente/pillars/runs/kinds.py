"""The kinds of the pillar `runs`: planned, started, crossed, completed, amended.

Amounts of compute are bands between powers of ten (`band.py`); an exact number is sealed, as decimal digits.
Null is unknown, and rules then see the upper end. No field holds weights, data or a hyperparameter. A sealed
`Bilingual` is one text in both languages, English first, 简体中文 second.
"""

from typing import Annotated, Literal

from msgspec import Meta

from detente.accord.pillar import Facts, Kind, RecordId, Sealed, Text

from .band import HIGHEST, LOWEST, Band

Exponent = Annotated[int, Meta(ge=LOWEST, le=HIGHEST)]
Month = Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])\Z", max_length=7)]
Day = Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z", max_length=10)]
Number = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,39})\Z", max_length=40)]
Days = Annotated[int, Meta(ge=-3660, le=3660)]
Bilingual = Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]

DataKind = Literal["general", "code", "biological_sequence", "chemical", "robotics", "other"]
RunKind = Literal[
    "pre_training", "continued_pre_training", "reinforcement_learning", "fine_tuning", "distillation", "other"
]
Use = Literal["research", "internal", "public_service", "open_weights", "government", "undecided"]
Plausible = Literal["agree", "differ", "single", "unshown"]
Line = Literal["e23", "e24", "e25", "e26", "e27", "e28"]


class Profile(Kind, frozen=True):
    """What every record of a run states of it.

    Args:
        compute: operations of this run, in all that is meant: a band; null is unknown, here and below.
        total: operations of this run and of all that its model was made from.
        data_kind: what it mostly learns from.
        run_kind: what kind of training it is.
        use: what its model is meant for.
        cluster: peak performance of the machines together, in operations a second.
    """

    compute: Band | None
    total: Band | None
    data_kind: DataKind
    run_kind: RunKind
    use: Use
    cluster: Literal["to_e18", "e18_to_e19", "e19_to_e20", "over_e20"] | None


class RunSealed(Sealed, frozen=True):
    """What lies behind a record of a run.

    Args:
        operations: of this run, exactly, in decimal digits.
        operations_in_all: with all that its model was made from.
        developer: who trains.
        site: where.
        machines: which accelerators, and how many.
        days: first and last day.
        purpose: what it is for.
        safeguards: what is done for safety and security during it.
    """

    operations: Number
    operations_in_all: Number
    developer: Text
    site: Text
    machines: Text
    days: Annotated[tuple[Day, ...], Meta(min_length=1, max_length=2)]
    purpose: Bilingual
    safeguards: Bilingual


class RunFacts(Facts, frozen=True):
    """What follows from a record of a run. Operations are more than 10^low and at most 10^high.

    Args:
        low: exponent for this run; 0 is no lower end.
        high: exponent for this run; 40 is no upper end.
        total_low: exponent with all that its model was made from.
        total_high: exponent with all that its model was made from.
        data_kind: as stated.
        registered: whether its thread began with a plan.
    """

    low: Exponent
    high: Exponent
    total_low: Exponent
    total_high: Exponent
    data_kind: DataKind
    registered: bool


class Planned(Profile, frozen=True):
    """A run that is meant to begin.

    Args:
        base: the record of the run whose model it goes on from; null if none, or none on record.
        begins: month in which it is to begin.
        ends: month in which it is to end.
    """

    base: RecordId | None
    begins: Month | None
    ends: Month | None


class PlannedFacts(RunFacts, frozen=True):
    """What follows from a plan.

    Args:
        lead: whole days from the signature to the first day on which it may begin, in UTC; null is unknown.
    """

    lead: Days | None


class Started(Profile, frozen=True):
    """A run has begun. Without a plan before it, it starts a thread, and the fact `registered` is false.

    Args:
        last: the record of this thread whose profile it goes by; null if it starts the thread.
        began: month.
    """

    last: RecordId | None
    began: Month


class Crossed(Profile, frozen=True):
    """A run has crossed a power of ten. A late notice is better than none: it needs no plan before it.

    Args:
        last: the record of this thread whose profile it goes by; null if it starts the thread.
        line: the power of ten that was crossed, in all that its model was made from.
        route: how it was found.
        reached: month.
    """

    last: RecordId | None
    line: Line
    route: Literal["chip_hours", "model_and_data", "energy", "provider"]
    reached: Month


class CrossedFacts(RunFacts, frozen=True):
    """What follows from a crossing.

    Args:
        line: the exponent crossed.
        foreseen: whether the record before said that it would, or might, be crossed.
    """

    line: Exponent
    foreseen: bool


class Completed(Profile, frozen=True):
    """A run is over; the amount is stated anew, by up to three routes that do not lean on one another.

    Args:
        last: the record of this thread whose profile it goes by; null if it starts the thread.
        outcome: how it ended.
        ended: month.
        by_chip_hours: hours of accelerators, times peak performance, times utilisation.
        by_model_and_data: parameters, times samples, times operations for each.
        by_energy: energy, times operations for each unit of it.
    """

    last: RecordId | None
    outcome: Literal["completed", "stopped_for_safety", "stopped", "paused"]
    ended: Month
    by_chip_hours: Band | None
    by_model_and_data: Band | None
    by_energy: Band | None


class CompletedSealed(RunSealed, frozen=True):
    """What lies behind a completed run.

    Args:
        chip_hours: hours of accelerators.
        parameters: of the model; of those active at a time, if they differ.
        samples: tokens or other units that it learnt from, repetitions included.
        energy: in kilowatt-hours.
        model: digest of the weights, that a later evaluation names.
    """

    chip_hours: Number
    parameters: Number
    samples: Number
    energy: Number
    model: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", max_length=64)]


class CompletedFacts(RunFacts, frozen=True):
    """What follows from a completed run.

    Args:
        plausible: agree: at least two routes, each with the amount within a band of it. differ: some route
            lies further off. single: one route, near. unshown: no route, or an unknown amount.
        outcome: as stated.
    """

    plausible: Plausible
    outcome: Literal["completed", "stopped_for_safety", "stopped", "paused"]


class Amended(Profile, frozen=True):
    """A run's profile changes, or its times do.

    Args:
        last: the record of this thread whose profile it changes.
        change: why.
        begins: month in which it is to begin, or began.
        ends: month in which it is to end.
    """

    last: RecordId
    change: Literal["larger", "smaller", "advanced", "delayed", "resumed", "cancelled", "corrected", "other"]
    begins: Month | None
    ends: Month | None
