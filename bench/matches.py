"""Private matching: one side's whole work in a run, against the bare operations of the group."""

import os
from collections.abc import Iterator

import rbcl

from detente.instruments import group
from detente.instruments.matching import Holding
from row import Aim, Row, Scale, rates

BARE = Aim("ratio", least=0.77)
"""The bare operations take at least 1 / 1.3 of the time."""


def match(scale: Scale) -> Iterator[Row]:
    """Own points, the answer to the other's, and what both come to; commitment included."""
    count = scale.of(5_000, 20)
    marks = [tuple(f"cve:CVE-2026-{number:06}" for number in range(at, at + count)) for at in (0, count // 2)]
    secrets = [group.scalar(os.urandom(64)) for _ in marks]
    other = Holding(b"bench", secrets[1], os.urandom(32), marks[1])
    theirs = other.points()
    reply = other.answer(Holding(b"bench", secrets[0], os.urandom(32), marks[0]).points())
    digests = [os.urandom(64) for _ in range(count)]

    def whole() -> None:
        side = Holding(b"bench", secrets[0], os.urandom(32), marks[0])
        side.points()
        side.root()
        side.common(theirs, reply)

    def least() -> None:
        for one in digests:
            rbcl.crypto_scalarmult_ristretto255(secrets[0], rbcl.crypto_core_ristretto255_from_hash(one))
        for one in theirs:
            rbcl.crypto_scalarmult_ristretto255(secrets[0], one)

    figure, reference = rates(whole, least, count, scale)
    yield Row("fingerprints matched, one side", figure, "/s", reference, "the group's operations alone", BARE)
