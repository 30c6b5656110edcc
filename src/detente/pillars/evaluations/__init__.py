"""Evaluations: joint testing that both sides can believe.

A playbook fixes a test before anybody runs it: which tasks, which configuration, how many attempts count, and
where the lines lie. A plan registers a run; a result counts, in the open, what happened in every sample that
was registered, and whether it passes is computed from the counts by everybody alike. A result commits to its
samples: another party draws some of them, the author opens exactly those, and a replication counts how often
two runs agree.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .checks import (
    Challenge,
    ChallengeFacts,
    Opening,
    OpeningFacts,
    OpeningSealed,
    Replication,
    ReplicationFacts,
    ReplicationSealed,
)
from .kinds import (
    Attempt,
    AttemptFacts,
    Plan,
    PlanFacts,
    PlanSealed,
    Playbook,
    PlaybookFacts,
    PlaybookSealed,
    Result,
    ResultFacts,
    ResultSealed,
)
from .rules import judge, tally

_PLAN = ("evaluations.plan",)

pillar: Pillar = Pillar(
    name="evaluations",
    kinds={
        "playbook": KindSpec(
            open=Playbook,
            sealed=PlaybookSealed,
            facts=PlaybookFacts,
            answers=("evaluations.playbook",),
            starts=True,
        ),
        "plan": KindSpec(open=Plan, sealed=PlanSealed, facts=PlanFacts),
        "attempt": KindSpec(open=Attempt, facts=AttemptFacts, answers=_PLAN),
        "result": KindSpec(open=Result, sealed=ResultSealed, facts=ResultFacts, answers=_PLAN),
        "challenge": KindSpec(open=Challenge, facts=ChallengeFacts, answers=_PLAN),
        "opening": KindSpec(open=Opening, sealed=OpeningSealed, facts=OpeningFacts, answers=_PLAN),
        "replication": KindSpec(
            open=Replication, sealed=ReplicationSealed, facts=ReplicationFacts, answers=_PLAN
        ),
    },
    rules=Rules(judge=judge, tally=tally),
)
