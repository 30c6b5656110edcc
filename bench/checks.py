"""Checks: every property of the demonstration's accord proven, against compiling its rules alone."""

from collections.abc import Iterator
from importlib import resources

from detente.accord.proofs.check import check as proven
from detente.accord.version import compile_version
from detente.faces import founding, pillars
from row import Row, Scale, rates


def check(scale: Scale) -> Iterator[Row]:
    """One check of the whole accord."""
    count = scale.of(3, 1)
    text = resources.files("detente.faces.demo").joinpath("accord.yaml").read_text(encoding="utf-8")
    accord, found = founding.provisional(text), pillars.installed()
    version = compile_version(accord, found.editions, found.scales)

    def ours() -> None:
        for _ in range(count):
            proven(version)

    def least() -> None:
        for _ in range(count):
            compile_version(accord, found.editions, found.scales)

    checked, compiled = rates(ours, least, count, scale)
    what = f"accord check: {len(version.obligations) + len(accord.release)} clauses, every property"
    yield Row(what, 1e3 / checked, "ms", 1e3 / compiled, "its rules compiled alone")
