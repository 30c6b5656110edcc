"""The figures: what of a pillar may be counted in public, by the month in which a thread began.

What is counted is what the pillar's own `tally` counts, over the open view and nothing else, of the records
below a cut through the logs. So whoever has the logs gets the same figures (`detente site verify`).
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median

from msgspec import Struct

from detente.accord.pillar import Statement
from detente.faces import pillars
from detente.faces.cli.exporting import entries
from detente.faces.site.suppression import Sum, suppressed
from detente.node.window import Pane

PILLAR = "incidents"
DIMENSIONS = ("domain", "level", "category")
TOTAL, ALL = "report", "all"
HOUR = 3_600_000


class Figures(Struct, frozen=True, kw_only=True):
    """What is published.

    Attributes:
        genesis: of the accord.
        cut: party to how many leaves of its log were counted.
        least: the smallest count above nothing that is shown.
        months: in ascending order, as `2026-11`.
        counts: month, or `all`, to label to count; None is withheld.
        hours: month to the median hours from a report to its close; None where fewer than `least` closed.
    """

    genesis: str
    cut: dict[str, int]
    least: int
    months: tuple[str, ...]
    counts: dict[str, dict[str, int | None]]
    hours: dict[str, int | None]


def count(pane: Pane, cut: Mapping[str, int], least: int) -> Figures:
    """Return the figures of a domain below a cut."""
    threads: dict[str, list[Statement]] = defaultdict(list)
    for name, entry in entries(pane, cut):
        stated = pane.judge.said(name).facts
        if entry.kind.startswith(f"{PILLAR}.") and isinstance(stated, Statement):
            threads[entry.thread or name].append(stated)
    begun: dict[str, list[list[Statement]]] = defaultdict(list)
    for root, said in threads.items():
        first = next((one for one in said if one.id == root), None)
        if first is not None:
            begun[f"{datetime.fromtimestamp(first.at / 1000, UTC):%Y-%m}"].append(said)
    months = tuple(sorted(begun))
    grounds = pane.terms.in_force(pane.clock.now()).grounds
    tally = pillars.editions()[PILLAR].pillar.rules.tally
    counted = {
        month: dict(tally(tuple(one for said in begun[month] for one in said), grounds)) for month in months
    }
    return Figures(
        genesis=pane.terms.genesis,
        cut=dict(cut),
        least=least,
        months=months,
        counts=_published(counted, least),
        hours={month: _hours(begun[month], least) for month in months},
    )


def labels(counted: Mapping[str, Mapping[str, int]]) -> dict[str, list[str]]:
    """Return dimension to its labels, sorted."""
    found = sorted({label for row in counted.values() for label in row})
    return {one: [label for label in found if label.startswith(f"{one}.")] for one in DIMENSIONS}


def _published(counted: Mapping[str, Mapping[str, int]], least: int) -> dict[str, dict[str, int | None]]:
    """All counts with their totals, without those that are withheld."""
    known = labels(counted)
    columns = [TOTAL, *(label for found in known.values() for label in found)]
    rows = {month: {label: row.get(label, 0) for label in columns} for month, row in counted.items()}
    rows[ALL] = {label: sum(row[label] for row in rows.values()) for label in columns}
    cells = {f"{row} {label}": value for row, found in rows.items() for label, value in found.items()}
    sums = [Sum(f"{ALL} {label}", tuple(f"{month} {label}" for month in counted)) for label in columns]
    for row in rows:
        sums += [
            Sum(f"{row} {TOTAL}", tuple(f"{row} {label}" for label in found))
            for found in known.values()
            if found
        ]
    hidden = suppressed(cells, [one for one in sums if one.parts], least)
    return {
        row: {label: None if f"{row} {label}" in hidden else value for label, value in found.items()}
        for row, found in rows.items()
    }


def _hours(begun: list[list[Statement]], least: int) -> int | None:
    closed = []
    for said in begun:
        # A number that was split is not handled yet: what it became is.
        closes = [one for one in said if one.kind.endswith(".close")]
        ends = [one.at for one in closes if getattr(one.open, "outcome", "") != "split"]
        if ends:
            closed.append((max(ends) - min(one.at for one in said)) // HOUR)
    return round(median(closed)) if len(closed) >= max(least, 1) else None
