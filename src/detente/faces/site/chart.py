"""The chart: bars as inline SVG, drawn here: no script, no font and no file from elsewhere."""

from collections.abc import Sequence
from html import escape

WIDTH, BAR, GAP, TEXT, NUMBER = 640, 18, 8, 200, 60


def bars(title: str, rows: Sequence[tuple[str, int | None]], withheld: str) -> str:
    """Return a chart of named counts; one that is withheld says so in words and has no length.

    Args:
        title: what it shows, for who cannot see it.
        rows: name and count; None is withheld.
        withheld: the word for that.
    """
    most = max((count for _, count in rows if count is not None), default=0) or 1
    room, height = WIDTH - TEXT - NUMBER, len(rows) * (BAR + GAP) + GAP
    drawn = []
    for number, (name, count) in enumerate(rows):
        top = GAP + number * (BAR + GAP)
        middle = top + BAR - 4
        length = 0 if count is None else round(room * count / most)
        shown = withheld if count is None else str(count)
        drawn.append(
            f'<text x="{TEXT - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{TEXT}" y="{top}" width="{length}" height="{BAR}"/>'
            f'<text x="{TEXT + length + 6}" y="{middle}">{escape(shown)}</text>'
        )
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {WIDTH} {height}" class="bars">'
        f"<title>{escape(title)}</title>{''.join(drawn)}</svg>"
    )
