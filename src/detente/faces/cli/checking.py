"""`detente accord check`: every property of an accord proven, refuted with a case, or undecided.

With `--against OLD`, also what it widens and narrows of an older text. The text need not be signed, nor have
charters: where a party has none, one that binds nobody stands in, since no rule reads it. This file is
imported only when asked for: it needs the prover.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from detente.accord import expectation
from detente.accord.proofs.amendment import Amendment, compare
from detente.accord.proofs.answer import Answer, Report
from detente.accord.proofs.check import PROPERTIES, check, intends
from detente.accord.version import Version
from detente.faces import amending, expecting, manuscript, proving
from detente.faces.amending import Told
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice
from detente.trust.errors import Malformed


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Check one accord; 0 only if all is proven or listed as intended, and every stated case comes out.

    Raises:
        Malformed: `checking.2` no such property; as `manuscript` and `terms` refuse.
    """
    intended = frozenset(arguments.intended)
    # 2. What is intended is a property, with or without a clause.
    if odd := sorted(one for one in intended if one.partition(":")[0] not in PROPERTIES):
        raise Malformed(
            "checking.2", f"There is no property {', '.join(odd)}.", f"There are: {', '.join(PROPERTIES)}."
        )
    version = manuscript.compiled(manuscript.read(arguments.file))
    report = check(version)
    open_ = [one for one in report.answers if one.verdict != "proven" and not intends(one, intended)]
    cases = expecting.read(arguments.expected or expecting.beside(arguments.file))
    odd_cases = expectation.unmet(cases, version)
    changed = _against(arguments.against, version)
    unsure = changed is not None and any(one.shift == "undecided" for one in changed[0].differences)
    value = {
        "genesis": version.genesis,
        "version": version.accord.version,
        "held": not (open_ or unsure or odd_cases),
        "answers": [_plain(one, version, intended) for one in report.answers],
        "flags": report.flags,
        "limits": [one._asdict() for one in proving.LIMITS],
    }
    if cases:
        value["expected"] = {"cases": len(cases), "unmet": odd_cases}
    lines = [*_lines(report, version, intended, voice)]
    lines += [
        f"{voice.choose(label):<10} {voice.choose(text)}" for label, text in expecting.lines(cases, odd_cases)
    ]
    if changed is not None:
        value["amendment"] = _amended(*changed)
        lines += _changes(*changed, voice)
    voice.result(value, lines)
    return KEPT if value["held"] else UNSOUND


def _against(path: Path | None, new: Version) -> tuple[Amendment, tuple[Told, ...]] | None:
    """What the version changes of an older text, with its words."""
    if path is None:
        return None
    old = manuscript.compiled(manuscript.read(path))
    amendment = compare(old, new)
    return amendment, tuple(amending.told(amendment, old, new))


def _changes(amendment: Amendment, told: tuple[Told, ...], voice: Voice) -> Iterator[str]:
    for one in told:
        yield f"{voice.choose(amending.SHIFTS[one.shift]):<10} {voice.choose(one.headline)}"
        for step in one.steps:
            yield f"           {voice.choose(step)}"
    yield f"{voice.choose(amending.SHIFTS['unchanged']):<10} {voice.choose(amending.summary(amendment))}"


def _amended(amendment: Amendment, told: tuple[Told, ...]) -> dict[str, object]:
    """A comparison as data: what changed with its cases, and the same in words."""
    return {
        "differences": amendment.changed,
        "bounds": amendment.bounds,
        "asked": len(amendment.differences),
        "words": [
            {
                "shift": one.shift,
                "headline": one.headline._asdict(),
                "steps": [step._asdict() for step in one.steps],
            }
            for one in told
        ],
    }


def _lines(report: Report, version: Version, intended: frozenset[str], voice: Voice) -> Iterator[str]:
    for answer in report.answers:
        verdict = voice.choose(proving.VERDICTS[answer.verdict])
        if answer.verdict != "proven" and intends(answer, intended):
            verdict = f"{verdict} ({voice.choose(proving.INTENDED)})"
        yield f"{verdict:<10} {answer.property}: {voice.choose(proving.PROPERTIES[answer.property])}"
        for text in _told(answer, version):
            yield f"           {voice.choose(text)}"
    for flag in report.flags:
        yield f"{voice.choose(proving.FLAGGED):<10} {voice.choose(proving.flagged(flag))}"
    for limit in proving.LIMITS:
        yield voice.choose(limit)


def _told(answer: Answer, version: Version) -> Iterator[Text]:
    for witness in answer.witnesses:
        yield from proving.lines(witness, version)
    if answer.why:
        yield proving.undecided(answer.why)


def _plain(answer: Answer, version: Version, intended: frozenset[str]) -> dict[str, object]:
    """An answer as data, with its words in both languages."""
    return {
        "property": answer.property,
        "verdict": answer.verdict,
        "intended": answer.verdict != "proven" and intends(answer, intended),
        "witnesses": answer.witnesses,
        "why": answer.why,
        "words": [text._asdict() for text in _told(answer, version)],
    }
