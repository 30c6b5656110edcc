"""The catalogue: the desk's own words, in English and Chinese, by name.

    text("home.title")           Text(en="…", zh="…")
    text("home.title").en

They stand in `words.toml` beside this file, those of the officers' pages in `officers.toml`, of triage in
`triage.toml`; what belongs to a pillar stands in the pillar's own words.
"""

import tomllib
from functools import cache
from importlib.resources import files

from detente.faces.speech import Text

PAGES = ("words.toml", "officers.toml", "triage.toml")


@cache
def texts() -> dict[str, Text]:
    """Return every sentence by its name, `section.name`."""
    pages = [(files(__package__) / name).read_text(encoding="utf-8") for name in PAGES]
    return {
        f"{section}.{name}": Text(row["en"], row["zh"])
        for whole in map(tomllib.loads, pages)
        for section, rows in whole.items()
        for name, row in rows.items()
    }


def text(name: str) -> Text:
    """Return one sentence. Raises KeyError: a page names words that are not there."""
    return texts()[name]
