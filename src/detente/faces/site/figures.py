"""The figures: what of a pillar may be counted in public, by the month in which a thread began.

What is counted is what the pillar's own `tally` counts, over the open view and nothing else, of the records
below a cut through the logs. So whoever has the logs gets the same figures (`detente site verify`). Closed
cases that are told stand beside them (`account`), and are taken away before a count is called large enough.
"""

from collections import defaultdict
from collections.abc import Mapping
from statistics import median

from msgspec import Struct

from detente.accord.pillar import Statement
from detente.faces import pillars
from detente.faces.cli.exporting import entries
from detente.faces.site import effort, shelf
from detente.faces.site.account import Account, Month, month_of
from detente.faces.site.shelf import Told
from detente.faces.site.spending import Spent
from detente.faces.site.suppression import Sum, guarded
from detente.node.window import Pane
from detente.trust.record import Record

PILLAR = "incidents"
DIMENSIONS = ("domain", "level", "category", effort.NAME)
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
        accounts: the closed cases that are told, or were, by month and id.
        budget: what the tables with noise of one month may take together; empty if there are none.
        spent: these tables, as they were told; the last one of a month is what is shown.
    """

    genesis: str
    cut: dict[str, int]
    least: int
    months: tuple[Month, ...]
    counts: dict[str, dict[str, int | None]]
    hours: dict[str, int | None]
    accounts: tuple[Account, ...] = ()
    budget: str = ""
    spent: tuple[Spent, ...] = ()

    def noisy(self, month: str) -> Spent | None:
        """Return the table with noise of a month, if there is one."""
        return next((one for one in reversed(self.spent) if one.month == month), None)

    @property
    def pages(self) -> tuple[str, ...]:
        """The months that have a page: in which threads began, or cases were told."""
        return tuple(sorted({*self.months, *(one.month for one in self.accounts)}))

    @property
    def whole(self) -> bool:
        """Whether pages can be made of it: what others wrote may lack a row."""
        rows = {*self.months, ALL} == self.counts.keys() and set(self.months) <= self.hours.keys()
        return rows and all(one.whole for one in self.accounts) and all(one.whole for one in self.spent)


class Counted(Struct, frozen=True):
    """What lies below a cut.

    Args:
        begun: month to the threads that began in it, as statements.
        told: the closed cases that are told.
        nonces: of what is in the threads, by record.
    """

    begun: dict[str, list[list[Statement]]]
    told: Told
    nonces: dict[str, str]


def counted(pane: Pane, cut: Mapping[str, int]) -> Counted:
    """Return the threads of a domain below a cut, and the cases that are told."""
    threads: dict[str, list[Statement]] = defaultdict(list)
    held: dict[str, Record] = {}
    nonces: dict[str, str] = {}
    for name, entry in entries(pane, cut):
        if entry.kind in shelf.KINDS:
            held[name] = entry
        stated = pane.judge.said(name).facts
        if entry.kind.startswith(f"{PILLAR}.") and isinstance(stated, Statement):
            threads[entry.thread or name].append(stated)
            nonces[name] = entry.nonce
    begun: dict[str, list[list[Statement]]] = defaultdict(list)
    for root, said in threads.items():
        first = next((one for one in said if one.id == root), None)
        if first is not None:
            begun[month_of(first.at)].append(said)
    return Counted(begun, shelf.told(pane, held), nonces)


def count(pane: Pane, cut: Mapping[str, int], least: int, below: Counted | None = None) -> Figures:
    """Return the figures of a domain below a cut.

    Args:
        pane: the domain.
        cut: party to how many leaves of its log.
        least: the smallest count above nothing that is shown.
        below: what lies there, if that is known already.
    """
    below = below or counted(pane, cut)
    begun, cases = below.begun, below.told.cases
    months = tuple(sorted(begun))
    grounds = pane.terms.in_force(pane.clock.now()).grounds
    tally = pillars.editions()[PILLAR].pillar.rules.tally

    def rows(without: frozenset[str]) -> dict[str, dict[str, int]]:
        left = {month: [said for said in begun[month] if not _about(said, without)] for month in months}
        return {
            month: dict(tally(tuple(one for said in some for one in said), grounds)) | effort.of(some)
            for month, some in left.items()
        }

    return Figures(
        genesis=pane.terms.genesis,
        cut=dict(cut),
        least=least,
        months=months,
        counts=_published(rows(frozenset()), rows(cases), least),
        hours={month: _hours(begun[month], cases, least) for month in months},
        accounts=below.told.accounts,
    )


def _about(said: list[Statement], cases: frozenset[str]) -> bool:
    return any(one.id in cases for one in said)


def labels(counted: Mapping[str, Mapping[str, int]]) -> dict[str, list[str]]:
    """Return dimension to its labels, sorted."""
    found = sorted({label for row in counted.values() for label in row})
    return {one: [label for label in found if label.startswith(f"{one}.")] for one in DIMENSIONS}


def _published(
    counted: Mapping[str, Mapping[str, int]], rest: Mapping[str, Mapping[str, int]], least: int
) -> dict[str, dict[str, int | None]]:
    """All counts with their totals, without those that are withheld; `rest` are those of what is not told."""
    known = labels(counted)
    columns = [TOTAL, *(label for found in known.values() for label in found)]
    rows, cells = _cells(counted, columns)
    _, left = _cells(rest, columns)
    sums = [Sum(f"{ALL} {label}", tuple(f"{month} {label}" for month in counted)) for label in columns]
    for row in rows:
        sums += [
            Sum(f"{row} {TOTAL}", tuple(f"{row} {label}" for label in found))
            for found in known.values()
            if found
        ]
    hidden = guarded(cells, left, [one for one in sums if one.parts], least)
    return {
        row: {label: None if f"{row} {label}" in hidden else value for label, value in found.items()}
        for row, found in rows.items()
    }


def _cells(
    counted: Mapping[str, Mapping[str, int]], columns: list[str]
) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Every count with its totals, by row and column, and by the name of its cell."""
    rows = {month: {label: row.get(label, 0) for label in columns} for month, row in counted.items()}
    rows[ALL] = {label: sum(row[label] for row in rows.values()) for label in columns}
    return rows, {f"{row} {label}": value for row, found in rows.items() for label, value in found.items()}


def _hours(begun: list[list[Statement]], cases: frozenset[str], least: int) -> int | None:
    closed, others = [], 0
    for said in begun:
        # A number that was split is not handled yet: what it became is.
        closes = [one for one in said if one.kind.endswith(".close")]
        ends = [one.at for one in closes if getattr(one.open, "outcome", "") != "split"]
        if ends:
            closed.append((max(ends) - min(one.at for one in said)) // HOUR)
            others += not _about(said, cases)
    enough = len(closed) >= max(least, 1) and (others == 0 or others >= least)
    return round(median(closed)) if enough else None
