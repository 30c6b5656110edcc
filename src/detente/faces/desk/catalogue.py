"""The catalogue: the desk's own words, in English and Chinese, by name.

    text("home.title")           Text(en="…", zh="…")
    text("home.title").en

They stand in `words.toml` beside this file; what belongs to a pillar stands in the pillar's own words.
"""

import tomllib
from functools import cache
from importlib.resources import files

from detente.faces.speech import Text


@cache
def texts() -> dict[str, Text]:
    """Return every sentence by its name, `section.name`."""
    whole = tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))
    return {
        f"{section}.{name}": Text(row["en"], row["zh"])
        for section, rows in whole.items()
        for name, row in rows.items()
    }


def text(name: str) -> Text:
    """Return one sentence. Raises KeyError: a page names words that are not there."""
    return texts()[name]
