"""Exercises.

A charter says beforehand what is exercised, by whom, in which window, and which events may be injected.
Injects come from control alone, observations are made by others than the player, and a finding names who
mends it by when. Reaction times come out in bands. A NO-DUFF belongs to the accord itself.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Charter,
    CharterFacts,
    CharterSealed,
    Finding,
    FindingFacts,
    FindingSealed,
    Inject,
    InjectFacts,
    InjectSealed,
    Observation,
    ObservationFacts,
    ObservationSealed,
)
from .rules import judge, tally

_CHARTERED = ("drills.charter",)

pillar: Pillar = Pillar(
    name="drills",
    kinds={
        "charter": KindSpec(open=Charter, sealed=CharterSealed, facts=CharterFacts),
        "inject": KindSpec(open=Inject, sealed=InjectSealed, facts=InjectFacts, answers=_CHARTERED),
        "observation": KindSpec(
            open=Observation, sealed=ObservationSealed, facts=ObservationFacts, answers=_CHARTERED
        ),
        "finding": KindSpec(open=Finding, sealed=FindingSealed, facts=FindingFacts, answers=_CHARTERED),
    },
    rules=Rules(judge=judge, tally=tally),
)
