"""Whether two runs agree within a margin: two one-sided tests on paired differences (Schuirmann 1987).

    tost([Fraction(0)] * 40 + [Fraction(1), Fraction(-1)], Fraction(1, 10), Fraction(5, 100)).agree  ->  True

"No significant difference" is no agreement: few samples show none of anything. Here agreement has to be
shown: the mean difference lies above minus the margin and below the margin, each at the stated doubt. The
test statistic is rational; Student's tail is summed to `DIGITS` digits from a series of positive terms, so a
decision could only be open where a p-value meets the doubt to 40 digits, and then it is "not shown".
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

DIGITS = 60
SURE = Decimal(10) ** -40
"""How near a p-value and a doubt may come before nothing is said."""
_FALLING = Decimal("0.9")
"""Below this ratio the terms left add up to less than ten times the next one."""
_TWO = 2


class Paired(NamedTuple):
    """What two runs of the same samples show.

    Args:
        pairs: how many were compared; of an item with several epochs, one.
        mean: of the differences, first less second.
        above: p-value of "the mean lies at or below minus the margin".
        below: p-value of "the mean lies at or above the margin".
        agree: whether both are refuted.
    """

    pairs: int
    mean: Fraction
    above: Decimal
    below: Decimal
    agree: bool


def tost(differences: Sequence[Fraction], margin: Fraction, doubt: Fraction) -> Paired:
    """Return what paired differences show.

    Args:
        differences: of the scores of each pair, first less second.
        margin: by how much the means may differ; above 0.
        doubt: of each of the two tests.
    """
    count = len(differences)
    if count < _TWO:
        return Paired(count, sum(differences, Fraction(0)), Decimal(1), Decimal(1), agree=False)
    mean = sum(differences, Fraction(0)) / count
    variance = sum(((one - mean) ** 2 for one in differences), Fraction(0)) / (count - 1)
    above = _tail(mean + margin, variance / count, count - 1)
    below = _tail(margin - mean, variance / count, count - 1)
    level = _decimal(doubt)
    return Paired(count, mean, above, below, agree=max(above, below) + SURE < level)


def tail(square: Fraction, freedom: int) -> Decimal:
    """Return the chance that Student's t exceeds a positive value, from the value's square.

    With x = f / (f + t²): P(T > t) = ½ I_x(f/2, ½) = ½ (1 - I_{1-x}(½, f/2)), whichever series is short
    (Abramowitz and Stegun 26.7.1 and 26.5.4).

    Args:
        square: t², not negative.
        freedom: degrees of freedom, at least 1.
    """
    half = Fraction(1, 2)
    x = freedom / (freedom + square)
    with localcontext() as context:
        context.prec = DIGITS + 20
        if x <= half:
            return _incomplete(x, (Fraction(freedom, 2), half), freedom) / 2
        return (1 - _incomplete(1 - x, (half, Fraction(freedom, 2)), freedom)) / 2


def _incomplete(x: Fraction, order: tuple[Fraction, Fraction], freedom: int) -> Decimal:
    """The regularised incomplete beta function I_x(a, b), for x up to ½, one of a and b being ½."""
    if not x:
        return Decimal(0)
    first, second = map(_decimal, order)
    at = _decimal(x)
    term = at**first * (1 - at) ** second / (first * _beta(freedom))
    total, least = Decimal(0), Decimal(10) ** -(DIGITS + 10)
    step, ratio = 0, Decimal(1)
    while ratio >= _FALLING or term > least:
        total += term
        ratio = (first + second + step) / (first + 1 + step) * at
        term *= ratio
        step += 1
    return total


def _tail(distance: Fraction, variance: Fraction, freedom: int) -> Decimal:
    """The p-value for a distance from the edge of the margin: 0 or 1 where the pairs do not vary at all."""
    if not variance:
        return Decimal(0) if distance > 0 else Decimal(1)
    square = distance**2 / variance
    p = tail(square, freedom)
    return p if distance > 0 else 1 - p


def _beta(freedom: int) -> Decimal:
    """B(½, f/2), by B(½, a + 1) = B(½, a) a / (a + ½) from B(½, ½) = π and B(½, 1) = 2."""
    value = _PI if freedom % 2 else Decimal(2)
    at = Fraction(1, 2) if freedom % 2 else Fraction(1)
    for _ in range((freedom - 1) // 2):
        value = value * at.numerator * _TWO / (at.numerator * _TWO + at.denominator)
        at += 1
    return value


def _decimal(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = DIGITS + 20
        return Decimal(value.numerator) / Decimal(value.denominator)


_PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534"
)
