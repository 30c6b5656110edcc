"""How far two or more judges of the same samples agree beyond chance: exact fractions.

    kappa([("refused", "refused"), ("complied", "refused")])  ->  Fraction(0, 1)

Cohen (Educational and Psychological Measurement 20, 1960) for two judges who each saw every sample;
Krippendorff (Content Analysis, 2004, chapter 11; nominal data) for any number of judges and gaps. 1 is full
agreement, 0 is what chance would give. Neither says who is right.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

_TWO = 2


def kappa(pairs: Sequence[tuple[str, str]]) -> Fraction | None:
    """Return Cohen's kappa; None where it is not defined: no pairs, or both always said the same one thing.

    Args:
        pairs: what each of two judges said of a sample.
    """
    count = len(pairs)
    if not count:
        return None
    seen = Fraction(sum(one == two for one, two in pairs), count)
    first, second = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    chance = Fraction(sum(first[name] * second[name] for name in first), count * count)
    return None if chance == 1 else (seen - chance) / (1 - chance)


def alpha(units: Sequence[Sequence[str | None]]) -> Fraction | None:
    """Return Krippendorff's alpha for nominal data; None where it is not defined: nothing could differ.

    Args:
        units: for each sample what each judge said; None where a judge said nothing.
    """
    weighed: dict[tuple[str, str], Fraction] = {}
    for unit in units:
        said = Counter(one for one in unit if one is not None)
        count = said.total()
        if count < _TWO:
            continue
        for one in said:
            for two in said:
                ways = said[one] * (said[two] - (one == two))
                weighed[one, two] = weighed.get((one, two), Fraction(0)) + Fraction(ways, count - 1)
    sums: dict[str, Fraction] = {}
    for (one, _), weight in weighed.items():
        sums[one] = sums.get(one, Fraction(0)) + weight
    whole = sum(sums.values(), Fraction(0))
    apart = whole - sum((weight for (one, two), weight in weighed.items() if one == two), Fraction(0))
    expected = whole * whole - sum((weight**2 for weight in sums.values()), Fraction(0))
    return 1 - (whole - 1) * apart / expected if expected else None
