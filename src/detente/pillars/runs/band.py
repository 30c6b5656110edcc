"""A band of operations: between two powers of ten, the lower one excluded, the upper one included.

    exponents("e25_to_e26")   ->   (25, 26)      more than 10^25, at most 10^26
    holds("e25_to_e26", 10**26)   ->   True

The steps are those at which laws and frameworks speak of training compute (10^23, 10^25, 10^26; see
`thresholds` in the facts that come with the program), and the powers between and beyond them. Most of these
texts say *more than*, so exactly 10^26 operations are not above 10^26.
"""

from typing import Literal, TypeAlias, get_args

Band: TypeAlias = Literal[
    "to_e23", "e23_to_e24", "e24_to_e25", "e25_to_e26", "e26_to_e27", "e27_to_e28", "over_e28"
]
BANDS: tuple[str, ...] = get_args(Band)
LOWEST, HIGHEST = 0, 40
"""Exponents that stand for no lower and no upper end: no run reaches 10^40 operations."""

_STEPS = (LOWEST, 23, 24, 25, 26, 27, 28, HIGHEST)


def exponents(band: Band | None) -> tuple[int, int]:
    """The exponents between which a band lies; unknown lies anywhere."""
    if band is None:
        return LOWEST, HIGHEST
    place = BANDS.index(band)
    return _STEPS[place], _STEPS[place + 1]


def holds(band: Band | None, operations: int) -> bool:
    """Whether an exact number of operations lies in a band."""
    low, high = exponents(band)
    least: int = 10**low if low > LOWEST else -1
    most: int = 10**high
    return least < operations <= most
