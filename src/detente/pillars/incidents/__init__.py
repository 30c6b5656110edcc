"""Incidents and near misses.

Parties report what went wrong, or nearly did, on one severity scale. The axes from which the level follows
are open and coarse, and any of them may be unknown; the account, the pattern, the mitigation, the systems and
the evidence behind them are sealed and released one by one. A report is revised by updates and ended by a
close.
"""

from detente.accord.pillar import KindSpec, Pillar, Rules

from .kinds import (
    Close,
    CloseFacts,
    CloseSealed,
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
    },
    rules=Rules(judge=judge, tally=tally),
    scales=("severity",),
)
