"""Checks: every property of the template with all pillars proven, against compiling its rules alone."""

import time
from collections.abc import Iterator

from detente.accord.proofs.balance import Book
from detente.accord.proofs.check import PROVERS
from detente.accord.proofs.check import check as proven
from detente.accord.version import Version, compile_version
from detente.faces import founding, pillars, template
from row import Aim, Row, Scale, rates

FAST = Aim("figure", most=5_000)


def check(scale: Scale) -> Iterator[Row]:
    """One check of the whole accord; the slowest property is named."""
    count = scale.of(3, 1)
    accord, found = founding.provisional(template.text("bilateral")), pillars.installed()
    version = compile_version(accord, found.editions, found.scales)

    def ours() -> None:
        for _ in range(count):
            proven(version)

    def least() -> None:
        for _ in range(count):
            compile_version(accord, found.editions, found.scales)

    checked, compiled = rates(ours, least, count, scale)
    clauses = len(accord.duties) + len(accord.release) + len(accord.triggers)
    what = f"accord check of bilateral: {clauses} clauses, slowest is {_slowest(version)}"
    yield Row(what, 1e3 / checked, "ms", 1e3 / compiled, "its rules compiled alone", FAST)


def _slowest(version: Version) -> str:
    """Return the property that takes longest."""
    book, taken = Book.of(version), {}
    for name, prove in PROVERS.items():
        started = time.process_time()
        prove(book)
        taken[name] = time.process_time() - started
    return max(taken, key=lambda name: taken[name])
