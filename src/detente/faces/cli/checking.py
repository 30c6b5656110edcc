"""`detente accord check`: every property of an accord proven, refuted with a case, or undecided.

The text need not be signed, nor have charters: where a party has none, one that binds nobody stands in, since
no rule reads it. This file is imported only when asked for: it needs the prover.
"""

import argparse
from collections.abc import Iterator

from detente.accord.proofs.answer import Answer, Report
from detente.accord.proofs.check import PROPERTIES, check, intends
from detente.accord.version import Version
from detente.faces import manuscript, proving
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice
from detente.trust.errors import Malformed


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Check one accord; 0 only if everything is proven, or listed as intended.

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
    value = {
        "genesis": version.genesis,
        "version": version.accord.version,
        "held": not open_,
        "answers": [_plain(one, version, intended) for one in report.answers],
        "flags": report.flags,
        "limits": [one._asdict() for one in proving.LIMITS],
    }
    voice.result(value, [*_lines(report, version, intended, voice)])
    return UNSOUND if open_ else KEPT


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
