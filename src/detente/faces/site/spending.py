"""The spending: cross tables that are told with noise, and what each takes from its month's privacy budget.

    due(held, rows, policy, "2026-12")     the tables that a build adds: of months that are over, and changed
    told(held, "2026-11", Fraction(1))     a month's counts with noise: who holds the same gets the same
    spent(rows, "2026-11")                 what was taken from its budget

Field by category would give single reports away; with noise no reader can tell whether any one report is in
it (differential privacy: to add or take away one report changes one cell by one). Noise is drawn anew when a
month has changed, and each draw is paid for, since several of them average out; once the budget is spent, the
last table stays. What is drawn follows from the nonces of what was counted, which only the parties have: the
publisher cannot choose it, and a reader cannot take it off again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from detente.accord.pillar import Grounds, Statement
from detente.faces import pillars
from detente.faces.site.noise import Stream, laplace
from detente.node import backup, durable
from detente.trust.errors import BadProof, Malformed

NAME = backup.SPENDING
PILLAR, ROWS, COLUMNS = "incidents", "domain", "category"
NO_GROUNDS = Grounds(parties={}, laboratories={}, scales={})
"""The tally of this pillar reads none."""
EACH = 5
"""So many reports for each cell, on average, let counts stand out from the noise."""
_PURPOSE = b"detente-site-noise/v1"


class Held(NamedTuple):
    """What is counted: month to its threads, record to its nonce, and the cut below which both were found."""

    begun: Mapping[str, Sequence[Sequence[Statement]]]
    nonces: Mapping[str, str]
    cut: Mapping[str, int]


class Policy(NamedTuple):
    """How a build spends: `epsilon` a table, up to `budget` a month, in months of `enough` reports."""

    epsilon: Fraction
    budget: Fraction
    enough: int


class Spent(Struct, frozen=True, kw_only=True):
    """One table that was told.

    Attributes:
        month: of the reports.
        cut: party to how many leaves of its log were counted.
        epsilon: what it took, as `1` or `1/2`.
        of: names what was counted: the same again takes nothing.
        cells: `domain.bio category.incident` and so on, each of them, with its noise: it may be below zero.
    """

    month: str
    cut: dict[str, int]
    epsilon: str
    of: str
    cells: dict[str, int]

    @property
    def whole(self) -> bool:
        """Whether a page can be made of it: what others wrote may lack a cell or name no fraction."""
        return self.cells.keys() == set(cells()) and fraction(self.epsilon) is not None


def fraction(text: str) -> Fraction | None:
    """Read a positive fraction as `1`, `1/2`; None if it is none, or one that nobody would mean."""
    try:
        found = Fraction(text) if len(text) <= len("1000/1000") else Fraction(0)
    except (ValueError, ZeroDivisionError):
        return None
    return found if Fraction(1, 1000) <= found <= 1000 and str(found) == text else None  # noqa: PLR2004 (bounds)


def cells() -> tuple[str, ...]:
    """Return the names of all cells: those of the pillar's words, whatever was reported."""
    values = pillars.editions()[PILLAR].words.values
    return tuple(f"{ROWS}.{one} {COLUMNS}.{other}" for one in values[ROWS] for other in values[COLUMNS])


def spent(rows: Sequence[Spent], month: str) -> Fraction:
    """Return what the tables of a month took together."""
    return sum((fraction(one.epsilon) or Fraction(0) for one in rows if one.month == month), Fraction(0))


def due(held: Held, rows: Sequence[Spent], policy: Policy, now: str) -> list[Spent]:
    """Return what a build adds; `now` is this month, which is not over yet."""
    found = []
    for month in sorted(one for one in held.begun if one < now):
        last = next((one for one in reversed(rows) if one.month == month), None)
        enough = len(held.begun[month]) >= policy.enough
        if enough and spent(rows, month) + policy.epsilon <= policy.budget:
            one = told(held, month, policy.epsilon)
            if last is None or last.of != one.of:
                found.append(one)
    return found


def told(held: Held, month: str, epsilon: Fraction) -> Spent:
    """Return the table of a month's threads with its noise."""
    nonces = sorted(held.nonces[one.id] for said in held.begun[month] for one in said)
    seed = hashlib.sha256("\n".join((month, str(epsilon), *nonces)).encode()).digest()
    stream = Stream(_PURPOSE + seed)
    counts = dict.fromkeys(cells(), 0)
    for said in held.begun[month]:
        if (name := _cell(said)) in counts:
            counts[name] += 1
    noisy = {name: count + laplace(stream, epsilon) for name, count in counts.items()}
    of = hashlib.sha256(_PURPOSE + b"/of" + seed).hexdigest()[:32]
    return Spent(month=month, cut=dict(held.cut), epsilon=str(epsilon), of=of, cells=noisy)


def _cell(said: Sequence[Statement]) -> str:
    """The one cell of a report, by its newest rating; none of one that was split, for what it became is."""
    found = pillars.editions()[PILLAR].pillar.rules.tally(tuple(said), NO_GROUNDS)
    parts = (next((one for one in found if one.startswith(f"{axis}.")), "") for axis in (ROWS, COLUMNS))
    return " ".join(parts)


def require_within(rows: Sequence[Spent], budget: str) -> None:
    """Check a ledger by itself. Raises BadProof: `site.14`."""
    most = fraction(budget) or Fraction(0)
    over = sorted({one.month for one in rows if spent(rows, one.month) > most})
    # 14. No month has taken more than its budget.
    if over:
        what = f"The tables with noise of {over[0][:16]} took {spent(rows, over[0])}, of a budget of {most}."
        raise BadProof("site.14", what, "Keep the site: it is signed evidence. Ask its publisher.")


def verify(one: Spent, held: Held) -> None:
    """Check a table by what was counted. Raises BadProof: `site.15`."""
    # 15. The records below its cut give this table, with this noise and no other.
    if one.month not in held.begun or told(held, one.month, fraction(one.epsilon) or Fraction(1)) != one:
        what = f"The table with noise of {one.month[:16]} does not follow from the log."
        raise BadProof("site.15", what, "Keep the site: it is signed evidence. Ask its publisher.")


def read(home: Path) -> tuple[Spent, ...]:
    """Return what a home has spent. Raises Malformed: `site.13`."""
    data = durable.read(home / NAME)
    # 13. The ledger can be read: without it nobody knows what is left.
    try:
        return () if data is None else msgspec.json.decode(data, type=tuple[Spent, ...])
    except msgspec.MsgspecError as error:
        what = f"{home / NAME} is no ledger of what was spent: {error}."
        raise Malformed(
            "site.13", what, "Take it from a backup, or the list in a site's data.json."
        ) from error


def write(home: Path, rows: Sequence[Spent]) -> None:
    """Keep what was spent, before anybody sees it. Raises DiskFailed: `disk.1`."""
    durable.write(home / NAME, msgspec.json.encode(rows, order="sorted") + b"\n")
