"""Durations and moments as an accord writes them: ISO 8601, in the part of it that means one thing.

    milliseconds("PT24H") == milliseconds("P1D") == 86_400_000
    moment("2026-12-01T00:00:00Z") == 1_796_083_200_000

Months and years have no length in milliseconds and belong to calendars (`every: P1M`), never to terms.
"""

import re
from datetime import UTC, datetime

from detente.trust.errors import Malformed

EXACT = re.compile(
    r"P(?=.)(?:([0-9]{1,4})W|(?:([0-9]{1,5})D)?(?:T(?=.)(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})S)?)?)\Z"
)
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
UNITS_MS = (604_800_000, 86_400_000, 3_600_000, 60_000, 1_000)


def milliseconds(text: str, path: str) -> int:
    """Read an exact duration: weeks, or days, hours, minutes and seconds. More than nothing.

    Raises:
        Malformed: `duration.1`, naming the path.
    """
    # 1. One spelling of ISO 8601 without months, years or fractions, and more than nothing.
    match = EXACT.match(text)
    total = sum(int(n) * unit for n, unit in zip(match.groups(), UNITS_MS, strict=True) if n) if match else 0
    if total == 0:
        raise Malformed(
            "duration.1", f"{path}: {text} is no duration such as PT24H, P7D or P2W.", "Write one."
        )
    return total


def moment(text: str, path: str) -> int:
    """Read a moment in UTC to the second, in milliseconds since the epoch.

    Raises:
        Malformed: `duration.2`, naming the path.
    """
    # 2. YYYY-MM-DDThh:mm:ssZ, and such a moment exists.
    try:
        if not MOMENT.match(text):
            raise ValueError(text)  # noqa: TRY301 (one refusal for both reasons)
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError as error:
        what = f"{path}: {text[:40]} is no moment such as 2026-12-01T00:00:00Z."
        raise Malformed("duration.2", what, "Write UTC, to the second, of a day that exists.") from error
