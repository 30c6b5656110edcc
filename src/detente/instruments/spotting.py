"""Spotting: everything that is suggested about one text, or about a report in both languages.

    spot("Email j.doe@example.org from Shanghai")  ->  (Suggestion(…contact…), Suggestion(…place…))

The places in which a report names its own actors are the best list there is: `known` gives them, and each
is suggested wherever it stands, in any spelling.
"""

from collections.abc import Mapping

from detente.instruments.naming import named
from detente.instruments.pattern import formed
from detente.instruments.spelling import find
from detente.instruments.suggestion import Sort, Suggestion, apart


def spot(text: str, known: Mapping[str, Sort] | None = None) -> tuple[Suggestion, ...]:
    """Return what is suggested, in order and none overlapping.

    Args:
        text: in English, Chinese or both.
        known: names that the report itself gives, each with what it is.
    """
    found = [*formed(text), *named(text)]
    for name, sort in (known or {}).items():
        found += [
            Suggestion(start=start, end=end, sort=sort, why="field", text=text[start:end])
            for start, end in find(text, name)
        ]
    return apart(found)
