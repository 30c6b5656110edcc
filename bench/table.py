"""The table: `./run bench [--quick] [--json] [--only WORD]` measures each row and prints it.

A row is measured by a function of `MEASURES` that gives one or more of them. To add one: write the function
in a file named for what it measures, and name it here. Nothing here is asserted: a machine may be slow, and
a missed aim is for `docs/bench.md` to explain.
"""

import argparse
import json
import platform
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

import appends
import arrivals
import audits
import checks
import commitments
import decisions
import desks
import footprints
import helps
import imports
import ingests
import laboratories
import matches
import proofs
import records
import spellings
import standings
import suggestions
import suppositions
import taxiis
import verifications
from row import Row, Scale, plain

MEASURES: tuple[Callable[[Scale], Iterator[Row]], ...] = (
    records.seal,
    records.verify,
    spellings.decode,
    spellings.encode,
    commitments.commit,
    proofs.inclusion,
    audits.audit,
    audits.audit_on_cores,
    appends.append,
    ingests.ingest,
    arrivals.arrive,
    arrivals.read_back,
    imports.bring,
    decisions.release,
    checks.check,
    standings.one_more,
    suppositions.replay,
    matches.match,
    suggestions.suggest,
    footprints.footprint,
    helps.shown,
    desks.desk,
    taxiis.beside,
    taxiis.keep_up,
    verifications.commit,
    verifications.check,
    laboratories.overhead,
    laboratories.suite,
)

FEWEST = 400
"""Objects below which nobody could tell a server that stays as quick from one that does not."""

HEADS = ("what", "figure", "reference", "measured in the same run", "ratio", "aim", "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, return 0."""
    parser = argparse.ArgumentParser(prog="./run bench", description="What is fast enough, in one table.")
    parser.add_argument(
        "--quick", action="store_true", help="see that every row runs; its figures mean little"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument("--only", metavar="WORD", default="", help="only measures whose name has this in it")
    parser.add_argument(
        "--objects",
        metavar="N",
        type=_objects,
        help="how large the TAXII collection grows (100000; with --quick 600)",
    )
    chosen = parser.parse_args(arguments)
    rows = measure(Scale(chosen.quick, chosen.objects), chosen.only)
    if chosen.json:
        machine = {"python": platform.python_version(), "machine": platform.machine()}
        print(json.dumps({**machine, "quick": chosen.quick, "rows": [row.as_json() for row in rows]}))
    else:
        print(drawn([HEADS, *(_cells(row) for row in rows)]))
    return 0


def _objects(word: str) -> int:
    if not word.isdecimal() or int(word) < FEWEST:
        raise argparse.ArgumentTypeError(f"give a whole number, at least {FEWEST:,}")
    return int(word)


def measure(scale: Scale, only: str = "") -> list[Row]:
    """Return the rows of all measures, or of those with this word in their name; stderr says which runs."""
    rows: list[Row] = []
    for one in MEASURES:
        name = f"{one.__module__}.{one.__name__}"
        if only in name:
            print(f"measuring {name}…", file=sys.stderr)
            rows.extend(one(scale))
    return rows


def drawn(lines: Iterable[tuple[str, ...]]) -> str:
    """Return lines of cells as a Markdown table whose columns stand under one another."""
    kept = list(lines)
    widths = [max(map(_width, column)) for column in zip(*kept, strict=True)]
    kept.insert(1, tuple("-" * width for width in widths))
    rows = (
        " | ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        for line in kept
    )
    return "\n".join(f"| {row} |" for row in rows)


def _cells(row: Row) -> tuple[str, ...]:
    met = {True: "reached", False: "missed", None: ""}[row.met]
    figure, reference = (f"{plain(number)} {row.unit}" for number in (row.figure, row.reference))
    aim = "" if row.aim is None else str(row.aim)
    return (row.what, figure, reference, row.against, f"{row.ratio:.3g}", aim, met)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


if __name__ == "__main__":
    sys.exit(main())
