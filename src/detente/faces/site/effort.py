"""The effort: how many of a month's reports turned out to be about what another report is about, too. Pure.

    of(threads)  ->  {"effort.duplicate": 3, "effort.single": 9}

Two parties that look into one event by themselves do the work twice; to find that is what a clearinghouse is
for. A report that ended as a duplicate is one; one that was split is counted as what it became; all others
are single. The two together are the reports of the month.
"""

from collections.abc import Iterable, Sequence

from detente.accord.pillar import Statement

NAME = "effort"
DUPLICATE, SINGLE = f"{NAME}.duplicate", f"{NAME}.single"
REPORT = "incidents.report"


def of(threads: Iterable[Sequence[Statement]]) -> dict[str, int]:
    """Count the reports that began these threads."""
    counts = {DUPLICATE: 0, SINGLE: 0}
    for said in threads:
        outcome = _outcome(said)
        if outcome != "split":
            label = DUPLICATE if outcome == "duplicate" else SINGLE
            counts[label] += sum(one.kind == REPORT for one in said)
    return counts


def _outcome(said: Sequence[Statement]) -> str:
    """How a thread ended, empty if it did not: what ended first counts, until it is reopened."""
    ended = ""
    for one in sorted(said, key=lambda one: (one.at, one.id)):
        if getattr(one.open, "change", "") == "reopened":
            ended = ""
        ended = ended or str(getattr(one.open, "outcome", ""))
    return ended
