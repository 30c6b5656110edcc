"""The chart: bars as inline SVG, drawn here: no script, no font and no file from elsewhere."""

from collections.abc import Sequence
from html import escape

ROOM, BAR, GAP, TEXT, NUMBER = 380, 18, 8, 200, 60
LATIN, HAN = 8, 14
"""So wide a letter is at most, at the size in which names are set."""


def bars(title: str, rows: Sequence[tuple[str, int | None]], withheld: str) -> str:
    """Return a chart of named counts; one that is withheld says so in words and has no length.

    Args:
        title: what it shows, for who cannot see it.
        rows: name and count; None is withheld.
        withheld: the word for that.
    """
    most = max((count for _, count in rows if count is not None), default=0) or 1
    text, height = max([TEXT, *(_wide(name) for name, _ in rows)]), len(rows) * (BAR + GAP) + GAP
    drawn = []
    for number, (name, count) in enumerate(rows):
        top = GAP + number * (BAR + GAP)
        middle = top + BAR - 4
        length = 0 if count is None else round(ROOM * count / most)
        shown = withheld if count is None else str(count)
        drawn.append(
            f'<text x="{text - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{text}" y="{top}" width="{length}" height="{BAR}"/>'
            f'<text x="{text + length + 6}" y="{middle}">{escape(shown)}</text>'
        )
    box = f"0 0 {text + ROOM + NUMBER} {height}"
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="{box}" class="bars">'
        f"<title>{escape(title)}</title>{''.join(drawn)}</svg>"
    )


def _wide(name: str) -> int:
    return 16 + sum(HAN if one > "\u2e80" else LATIN for one in name)
