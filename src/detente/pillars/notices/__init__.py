"""Notices: the technical safety channel, separate from political talks.

Closed templates whose operative fields read alike in English and Chinese; free text is sealed and never
operative. A notice counts as understood when the other side's officer has read it back. A question can be
answered that one cannot say, or cannot lawfully send; a quiet month is a signed nil return; a correction is
as fast as what it corrects; a pause has a term,
and binds only who declares it; and the link itself is tested.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Acknowledge,
    Answer,
    AnswerFacts,
    AnswerSealed,
    CannotLawfullySend,
    CannotLawfullySendSealed,
    Correction,
    CounterReading,
    CounterReadingFacts,
    Lift,
    Nil,
    Notice,
    NoticeFacts,
    Pause,
    PauseFacts,
    Query,
    QueryFacts,
    Receipt,
    ReceiptFacts,
    Remarks,
    Test,
)
from .rules import judge, tally

pillar: Pillar = Pillar(
    name="notices",
    kinds={
        "notice": KindSpec(open=Notice, sealed=Remarks, facts=NoticeFacts),
        "receipt": KindSpec(
            open=Receipt,
            facts=ReceiptFacts,
            answers=("notices.notice", "notices.query", "notices.pause", "notices.test"),
        ),
        "acknowledge": KindSpec(
            open=Acknowledge,
            facts=ReceiptFacts,
            answers=("notices.notice", "notices.query", "notices.pause", "notices.test"),
        ),
        "query": KindSpec(
            open=Query, sealed=Remarks, facts=QueryFacts, answers=("notices.notice",), starts=True
        ),
        "answer": KindSpec(
            open=Answer,
            sealed=AnswerSealed,
            facts=AnswerFacts,
            answers=("notices.notice", "notices.query", "notices.pause"),
        ),
        "cannot-lawfully-send": KindSpec(
            open=CannotLawfullySend,
            sealed=CannotLawfullySendSealed,
            answers=("notices.notice", "notices.query", "notices.pause"),
            starts=True,
        ),
        "correction": KindSpec(
            open=Correction, sealed=Remarks, facts=NoticeFacts, answers=("notices.notice",)
        ),
        "counter-reading": KindSpec(
            open=CounterReading, sealed=Remarks, facts=CounterReadingFacts, answers=("notices.notice",)
        ),
        "pause": KindSpec(
            open=Pause,
            sealed=Remarks,
            facts=PauseFacts,
            answers=("notices.notice", "notices.pause"),
            starts=True,
        ),
        "lift": KindSpec(open=Lift, answers=("notices.pause", "notices.notice")),
        "nil": KindSpec(open=Nil),
        "test": KindSpec(open=Test),
    },
    rules=Rules(judge=judge, tally=tally),
)
