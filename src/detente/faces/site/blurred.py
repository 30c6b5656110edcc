"""The tables with noise, as HTML and CSV: field by category, how far off they may be, what they took."""

import csv
import io
from collections.abc import Callable
from fractions import Fraction
from html import escape

from detente.faces import pillars
from detente.faces.site import spending
from detente.faces.site.figures import PILLAR, Figures
from detente.faces.site.noise import reach
from detente.faces.site.spending import COLUMNS, ROWS, Spent
from detente.faces.site.words import Say

NAME = "noisy.csv"
Word = Callable[[str, str], str]


def of_month(figures: Figures, month: str, say: Say, word: Word) -> str:
    """Return the section of a month; empty where it has no such table."""
    one = figures.noisy(month)
    if one is None:
        return ""
    values = pillars.editions()[PILLAR].words.values
    head = "".join(f"<th>{escape(word(COLUMNS, label))}</th>" for label in values[COLUMNS])
    body = "".join(
        f"<tr><td>{escape(word(ROWS, row))}</td>{_cells(one, row, list(values[COLUMNS]))}</tr>"
        for row in values[ROWS]
    )
    rule = say("noise", epsilon=one.epsilon, reach=_reach(one))
    return (
        f"<h2>{say('noisy')}</h2><p>{escape(rule)}</p><p>{escape(_taken(figures, month, say))}</p>"
        f"<table><tr><th>{say(ROWS)}</th>{head}</tr>{body}</table>"
    )


def index(figures: Figures, say: Say) -> str:
    """Return the ledger of what was taken from the months' budgets; empty if nothing was."""
    months = sorted({one.month for one in figures.spent})
    rows = "".join(f"<li>{month}{say('colon')}{escape(_taken(figures, month, say))}</li>" for month in months)
    link = f'<p><a href="{NAME}">{NAME}</a></p>'
    return f"<h2>{say('noisy')}</h2><ul>{rows}</ul>{link}" if rows else ""


def table(figures: Figures) -> str:
    """Return the tables as CSV, as they were drawn: a count may be below zero."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("month", ROWS, COLUMNS, "count_with_noise", "epsilon", "within_95_percent"))
    for month in sorted({one.month for one in figures.spent}):
        if (one := figures.noisy(month)) is not None:
            for name in spending.cells():
                row, column = (part.partition(".")[2] for part in name.split(" "))
                writer.writerow((month, row, column, one.cells[name], one.epsilon, _reach(one)))
    return out.getvalue()


def _cells(one: Spent, row: str, columns: list[str]) -> str:
    counts = (one.cells[f"{ROWS}.{row} {COLUMNS}.{column}"] for column in columns)
    return "".join(f"<td>{max(count, 0)}</td>" for count in counts)


def _reach(one: Spent) -> int:
    return reach(spending.fraction(one.epsilon) or Fraction(1))


def _taken(figures: Figures, month: str, say: Say) -> str:
    return say("taken", spent=spending.spent(figures.spent, month), budget=figures.budget)
