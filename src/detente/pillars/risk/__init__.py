"""Risk: what each side thinks is coming, before it knows what the others think.

A question is put to a panel with two clocks. Until the first, each party commits to an estimate that nobody
can read; until the second, it says what it was, and everybody checks it against the commitment. So nobody is
anchored by another. An aggregate names the estimates that it is made of and the parties that are missing, is
computed again by every reader, and shows first how far the parties are apart. Indicators are numbers with
lines, period by period.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Aggregate,
    AggregateFacts,
    AggregateSealed,
    Commitment,
    CommitmentFacts,
    CommitmentSealed,
    Estimate,
    EstimateFacts,
    EstimateSealed,
    Indicator,
    IndicatorFacts,
    IndicatorSealed,
    Question,
    QuestionFacts,
    QuestionSealed,
)
from .rules import judge, tally

_QUESTION = ("risk.question",)

pillar: Pillar = Pillar(
    name="risk",
    kinds={
        "question": KindSpec(open=Question, sealed=QuestionSealed, facts=QuestionFacts),
        "commitment": KindSpec(
            open=Commitment, sealed=CommitmentSealed, facts=CommitmentFacts, answers=_QUESTION
        ),
        "estimate": KindSpec(open=Estimate, sealed=EstimateSealed, facts=EstimateFacts, answers=_QUESTION),
        "aggregate": KindSpec(
            open=Aggregate, sealed=AggregateSealed, facts=AggregateFacts, answers=_QUESTION
        ),
        "indicator": KindSpec(open=Indicator, sealed=IndicatorSealed, facts=IndicatorFacts),
    },
    rules=Rules(judge=judge, tally=tally),
)
