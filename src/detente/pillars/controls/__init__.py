"""Export-control readings.

Parties record entries of their control regimes as data, ask how each reads one item, read it under a recorded
entry, and lay two readings side by side: where they agree, where they differ, and the item exactly on the
line. No reading is legal advice, none grants a licence, and nothing here carries a controlled item.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Alignment,
    AlignmentFacts,
    AlignmentSealed,
    Question,
    QuestionFacts,
    QuestionSealed,
    Reading,
    ReadingFacts,
    ReadingSealed,
    Regime,
    RegimeFacts,
    RegimeSealed,
)
from .rules import judge, tally

_ASKED = ("controls.question",)

pillar: Pillar = Pillar(
    name="controls",
    kinds={
        "regime": KindSpec(open=Regime, sealed=RegimeSealed, facts=RegimeFacts),
        "question": KindSpec(open=Question, sealed=QuestionSealed, facts=QuestionFacts),
        "reading": KindSpec(open=Reading, sealed=ReadingSealed, facts=ReadingFacts, answers=_ASKED),
        "alignment": KindSpec(open=Alignment, sealed=AlignmentSealed, facts=AlignmentFacts, answers=_ASKED),
    },
    rules=Rules(judge=judge, tally=tally),
)
