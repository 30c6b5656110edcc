"""The coarse: a date to its month, a place to its region; None where that cannot be done.

month("2025年5月3日") -> Token("May 2025", "2025年5月")
"""

import re

from detente.instruments.gazetteer import places
from detente.instruments.pseudonym import Token

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NUMBERS = re.compile(r"(?P<year>(?:19|20)\d{2})\s?[-/.年]\s?(?P<month>0?[1-9]|1[0-2])(?!\d)")
_NAME = re.compile(rf"(?i:\b({'|'.join(one[:3] for one in MONTHS)})[a-z]*)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def month(text: str) -> Token | None:
    """Return the month of a date, if it names month and year."""
    found = _NUMBERS.search(text)
    if found:
        return _told(int(found["year"]), int(found["month"]))
    name, year = _NAME.search(text), _YEAR.search(text)
    if name is None or year is None:
        return None
    number = next(n for n, one in enumerate(MONTHS, 1) if one[:3].casefold() == name[1].casefold())
    return _told(int(year[0]), number)


def region(text: str) -> Token | None:
    """Return the region of a place, if the gazetteer has it."""
    name = text.strip()
    found = places().get(name.casefold()) or places().get(name) or places().get(name[:-1])
    return None if found is None else Token(found.en, found.zh)


def _told(year: int, number: int) -> Token:
    return Token(f"{MONTHS[number - 1]} {year}", f"{year}年{number}月")
