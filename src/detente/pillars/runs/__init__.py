"""Training runs: who trains what, in public bands of compute.

A run is registered before it begins, and again when it begins, when it crosses a power of ten, and when it
ends. The amount of compute is open as a band between powers of ten; the exact number, the machines and the
place are sealed, and an opened number outside its band is a finding. A run that was never registered is still
heard, and shown as such. At the end three routes to the amount are stated, each as a band, and everybody sees
whether they agree.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Amended,
    Completed,
    CompletedFacts,
    CompletedSealed,
    Crossed,
    CrossedFacts,
    Planned,
    PlannedFacts,
    RunFacts,
    RunSealed,
    Started,
)
from .rules import judge, tally
from .truth import contradicts

_RUN = ("runs.planned", "runs.started", "runs.crossed")

pillar: Pillar = Pillar(
    name="runs",
    kinds={
        "planned": KindSpec(open=Planned, sealed=RunSealed, facts=PlannedFacts),
        "started": KindSpec(
            open=Started, sealed=RunSealed, facts=RunFacts, answers=("runs.planned",), starts=True
        ),
        "crossed": KindSpec(open=Crossed, sealed=RunSealed, facts=CrossedFacts, answers=_RUN, starts=True),
        "completed": KindSpec(
            open=Completed, sealed=CompletedSealed, facts=CompletedFacts, answers=_RUN, starts=True
        ),
        "amended": KindSpec(
            open=Amended, sealed=RunSealed, facts=RunFacts, answers=(*_RUN, "runs.completed")
        ),
    },
    rules=Rules(judge=judge, tally=tally, contradicts=contradicts),
)
