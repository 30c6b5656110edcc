"""What becomes of a template's mutants: refused, caught by a stated case or a proof, equivalent, or alive.

counts, alive = of("starter")          all of them
counts, alive = of("starter", 8)       every eighth
"""

from collections import Counter
from typing import Literal

from detente.accord import expectation
from detente.accord.document import Accord
from detente.accord.expectation import Expected
from detente.accord.mutant import Mutant, mutants
from detente.accord.proofs.amendment import compare
from detente.accord.proofs.check import check
from detente.accord.version import Version
from detente.faces import expecting, founding, manuscript, template
from detente.trust.errors import Malformed

Fate = Literal["refused", "expected", "equivalent", "proof", "alive"]


def templates() -> tuple[str, ...]:
    """The templates that come with the house."""
    return template.names()


def original(name: str) -> Version:
    """A template, compiled."""
    return manuscript.compiled(founding.provisional(template.text(name)))


def cases(name: str) -> tuple[Expected, ...]:
    """What a template is expected to do; nothing if nothing is stated."""
    place = template.FOLDER / f"{name}{expecting.SUFFIX}"
    return expectation.parse(place.read_text(encoding="utf-8")) if place.is_file() else ()


def of(name: str, every: int = 1) -> tuple[Counter[str], list[Mutant]]:
    """How many mutants of a template had which fate, and those that nothing tells from it."""
    before, expected = original(name), cases(name)
    counts, alive = Counter[str](), []
    for mutant in list(mutants(before))[::every]:
        fate = _fate(mutant.accord, before, expected)
        counts[fate] += 1
        alive += [mutant] if fate == "alive" else []
    return counts, alive


def _fate(accord: Accord, before: Version, expected: tuple[Expected, ...]) -> Fate:
    try:
        after = manuscript.compiled(accord)
    except Malformed:
        return "refused"
    if expectation.unmet(expected, after):
        return "expected"
    amendment = compare(before, after)
    if not amendment.changed and not amendment.bounds:
        return "equivalent"
    return "proof" if any(one.verdict != "proven" for one in check(after).answers) else "alive"
