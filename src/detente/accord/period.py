"""The period: a calendar duty falls due once in each, and all parties count them alike.

    Calendar.parse("P1M").start(1_795_000_000_000)   ->  the first instant of that month, UTC

Months and years follow the UTC calendar (proleptic Gregorian; `P3M` begins in January, April, …); weeks
begin on Monday; days and hours are counted from the Unix epoch. Pure integers, no library's clock. (ISO
8601 durations, one unit each.)
"""

import re
from functools import lru_cache

from msgspec import Struct

from detente.trust.errors import Malformed

HOUR = 3_600_000
DAY = 24 * HOUR
WEEK = 7 * DAY
MONDAY = 4 * DAY
"""The first Monday after the epoch, which was a Thursday."""

_SPELLING = re.compile(r"P(?:([1-9][0-9]{0,3})([YMWD])|T([1-9][0-9]{0,3})H)")
_UNITS = {"W": WEEK, "D": DAY, "H": HOUR}


class Calendar(Struct, frozen=True):
    """Equal periods without gaps: so many months, or a fixed length from an anchor."""

    months: int = 0
    length: int = 0
    anchor: int = 0

    @classmethod
    def parse(cls, text: str) -> "Calendar":
        """Read `P1M`, `P1Y`, `P1W`, `P7D`, `PT12H`.

        Raises:
            Malformed: `period.1`.
        """
        # 1. One unit, a count from 1 to 9999.
        match = _SPELLING.fullmatch(text)
        if match is None:
            raise Malformed("period.1", f"No period: {text[:32]!a}.", "Write P1M, P1Y, P1W, P7D or PT12H.")
        count, unit = int(match[1] or match[3]), match[2] or "H"
        if unit in "YM":
            return cls(months=count * (12 if unit == "Y" else 1))
        return cls(length=count * _UNITS[unit], anchor=MONDAY if unit == "W" else 0)

    def start(self, at: int) -> int:
        """Return the first instant of the period that holds this one."""
        if self.length:
            return at - (at - self.anchor) % self.length
        months = _months(at // DAY)
        return _first_day(months - months % self.months) * DAY

    def end(self, start: int) -> int:
        """Return the first instant after the period that begins at `start`."""
        if self.length:
            return start + self.length
        return _first_day(_months(start // DAY) + self.months) * DAY


@lru_cache(maxsize=4_096)
def _months(day: int) -> int:
    """Return the months from year 0 to the month that holds a day counted from the epoch."""
    year = (day + 719_528) * 400 // 146_097  # 719,528 days from year 0 to 1970; 146,097 in 400 years
    guess = year * 12
    while _first_day(guess + 1) <= day:
        guess += 1
    while _first_day(guess) > day:
        guess -= 1
    return guess


def _first_day(months: int) -> int:
    """Return the day, counted from the epoch, on which a month begins."""
    year, month = divmod(months, 12)
    past = year - 1  # whole years behind, from year 1 on
    leap = int(year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    days = year * 365 + past // 4 - past // 100 + past // 400 + 1  # year 0 is a leap year
    return days + _DAYS_BEFORE[month] + (leap if month > 1 else 0) - 719_528


_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
