"""Incidents and near misses.

Parties report what went wrong, or nearly did, on one severity scale. The axes from which the level follows
are open and coarse, and any of them may be unknown; the account, the pattern, the mitigation, the systems and
the evidence behind them are sealed and released one by one. A report is revised by updates and ended by a
close. Two parties find out how many of their fingerprints are the same
by six more kinds, and by mutual release which.
"""

from detente.accord.pillar import KindSpec, NothingSealed, Pillar, Rules

from .kinds import (
    Close,
    CloseFacts,
    CloseSealed,
    CountFacts,
    Match,
    MatchAnswer,
    MatchCount,
    MatchFacts,
    MatchMembers,
    MatchProof,
    MatchSealed,
    MatchSet,
    Report,
    ReportFacts,
    ReportSealed,
    Update,
    UpdateSealed,
)
from .rules import judge, tally

pillar: Pillar = Pillar(
    name="incidents",
    kinds={
        "report": KindSpec(open=Report, sealed=ReportSealed, facts=ReportFacts),
        "update": KindSpec(
            open=Update, sealed=UpdateSealed, facts=ReportFacts, answers=("incidents.report",)
        ),
        "close": KindSpec(open=Close, sealed=CloseSealed, facts=CloseFacts, answers=("incidents.report",)),
        "match": KindSpec(open=Match, sealed=MatchSealed, facts=MatchFacts),
        "match-set": KindSpec(
            open=MatchSet, sealed=MatchSealed, facts=MatchFacts, answers=("incidents.match",)
        ),
        "match-answer": KindSpec(open=MatchAnswer, sealed=NothingSealed, answers=("incidents.match",)),
        "match-count": KindSpec(
            open=MatchCount, sealed=NothingSealed, facts=CountFacts, answers=("incidents.match",)
        ),
        "match-members": KindSpec(
            open=MatchMembers, sealed=MatchSealed, facts=MatchFacts, answers=("incidents.match",)
        ),
        "match-proof": KindSpec(open=MatchProof, sealed=NothingSealed, answers=("incidents.match",)),
    },
    rules=Rules(judge=judge, tally=tally),
    scales=("severity",),
)
