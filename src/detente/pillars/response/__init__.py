"""Response: what both sides say while an incident is handled, each on its own ground.

A response is one thread. Each side has roles and a state of its own, moved by turns; situation reports are
joint where both sides say the same; requests run against a clock; indicators expire by themselves and are
sighted or looked for in vain; advisories carry a TLP marking; a review ends in lessons with owners.
Nobody commands the other side.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Advisory,
    AdvisorySealed,
    Indicator,
    IndicatorSealed,
    Lesson,
    LessonFacts,
    LessonSealed,
    Opened,
    OpenedFacts,
    OpenedSealed,
    Reply,
    ReplyFacts,
    ReplySealed,
    Request,
    RequestFacts,
    RequestSealed,
    Review,
    ReviewSealed,
    Role,
    RoleSealed,
    Sighting,
    SightingFacts,
    Situation,
    SituationFacts,
    SituationSealed,
    Turn,
    TurnFacts,
    TurnSealed,
)
from .rules import judge, tally

_ROOT = ("response.opened",)

pillar: Pillar = Pillar(
    name="response",
    kinds={
        "opened": KindSpec(open=Opened, sealed=OpenedSealed, facts=OpenedFacts),
        "role": KindSpec(open=Role, sealed=RoleSealed, answers=_ROOT),
        "turn": KindSpec(open=Turn, sealed=TurnSealed, facts=TurnFacts, answers=_ROOT),
        "situation": KindSpec(open=Situation, sealed=SituationSealed, facts=SituationFacts, answers=_ROOT),
        "request": KindSpec(open=Request, sealed=RequestSealed, facts=RequestFacts, answers=_ROOT),
        "reply": KindSpec(open=Reply, sealed=ReplySealed, facts=ReplyFacts, answers=_ROOT),
        "indicator": KindSpec(open=Indicator, sealed=IndicatorSealed, answers=_ROOT),
        "sighting": KindSpec(open=Sighting, facts=SightingFacts, answers=_ROOT),
        "advisory": KindSpec(open=Advisory, sealed=AdvisorySealed, answers=_ROOT),
        "review": KindSpec(open=Review, sealed=ReviewSealed, answers=_ROOT),
        "lesson": KindSpec(open=Lesson, sealed=LessonSealed, facts=LessonFacts, answers=_ROOT),
    },
    rules=Rules(judge=judge, tally=tally),
)
