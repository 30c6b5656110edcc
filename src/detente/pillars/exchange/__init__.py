"""Exchange.

A call states its terms, parties apply, and applications of at least two parties are placed together within
the declared balance. Outputs name their placement; artefacts are test suites and failure patterns, named by
digest and bounded in size: never weights.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Application,
    ApplicationSealed,
    Artefact,
    ArtefactFacts,
    ArtefactSealed,
    Call,
    CallFacts,
    CallSealed,
    Output,
    OutputFacts,
    OutputSealed,
    Placement,
    PlacementFacts,
    PlacementSealed,
)
from .rules import judge, tally

_CALLED = ("exchange.call",)

pillar: Pillar = Pillar(
    name="exchange",
    kinds={
        "call": KindSpec(open=Call, sealed=CallSealed, facts=CallFacts),
        "application": KindSpec(open=Application, sealed=ApplicationSealed, answers=_CALLED),
        "placement": KindSpec(open=Placement, sealed=PlacementSealed, facts=PlacementFacts, answers=_CALLED),
        "output": KindSpec(open=Output, sealed=OutputSealed, facts=OutputFacts, answers=_CALLED),
        "artefact": KindSpec(open=Artefact, sealed=ArtefactSealed, facts=ArtefactFacts, answers=_CALLED),
    },
    rules=Rules(judge=judge, tally=tally),
)
