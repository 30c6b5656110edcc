"""Noise: integers of the discrete Laplace distribution, drawn from bytes that follow from a seed. Pure.

    laplace(Stream(seed), Fraction(1))     P(x) is in proportion to exp(-|x|)
    reach(Fraction(1))                     3: nineteen of twenty lie within it

The mechanism is that of Ghosh, Roughgarden and Sundararajan (2009). It is drawn with integers alone, by
algorithms 1 and 2 of Canonne, Kamath and Steinke (2020): what floats make of it can give the count away
(Mironov 2012).
"""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

_WORD = 8
_OUTSIDE = Decimal("0.05")


@dataclass
class Stream:
    """Uniform integers: SHA-256 over a seed and a counter, eight bytes at a time."""

    seed: bytes
    _drawn: int = 0

    def below(self, bound: int) -> int:
        """Return one of 0 … bound-1, each as likely. `bound` is at most 2**64."""
        most = 2 ** (8 * _WORD) // bound * bound
        while True:
            block = hashlib.sha256(self.seed + self._drawn.to_bytes(_WORD, "big")).digest()
            self._drawn += 1
            found = int.from_bytes(block[:_WORD], "big")
            if found < most:
                return found % bound

    def chance(self, share: Fraction) -> bool:
        """Return True with this probability."""
        return self.below(share.denominator) < share.numerator

    def decay(self, by: Fraction) -> bool:
        """Return True with probability exp(-by), of `by` from 0 to 1 (algorithm 1)."""
        tries = 1
        while self.chance(by / tries):
            tries += 1
        return tries % 2 == 1


def laplace(stream: Stream, epsilon: Fraction) -> int:
    """Return one integer of the discrete Laplace distribution of parameter `epsilon` (algorithm 2)."""
    steps, width = epsilon.numerator, epsilon.denominator
    while True:
        rest = stream.below(width)
        if not stream.decay(Fraction(rest, width)):
            continue
        whole = 0
        while stream.decay(Fraction(1)):
            whole += 1
        size = (rest + width * whole) // steps
        negative = stream.chance(Fraction(1, 2))
        if size or not negative:
            return -size if negative else size


def reach(epsilon: Fraction) -> int:
    """Return the least distance from what is true within which at least 95 % of the draws lie."""
    base = (-Decimal(epsilon.numerator) / epsilon.denominator).exp()
    found = 0
    while 2 * base ** (found + 1) / (1 + base) > _OUTSIDE:
        found += 1
    return found
