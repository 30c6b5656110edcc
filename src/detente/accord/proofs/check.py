"""The check of an accord: every property, in a fixed order.

    report = check(version)
    report.answers[0].verdict         "proven"

Not asked, since the accord's language does not say it: whether pauses end (the kind `pause` has a term of its
own), whether an amendment widens (`docs/proofs.md`).
"""

from collections.abc import Callable, Mapping

from detente.accord.proofs import clauses, promises, reciprocity
from detente.accord.proofs.answer import Answer, Report
from detente.accord.proofs.balance import Book
from detente.accord.version import Version

PROVERS: Mapping[str, Callable[[Book], Answer]] = {
    "reciprocity": reciprocity.prove,
    "even-terms": promises.even_terms,
    "ceiling": clauses.ceiling,
    "can-apply": clauses.can_apply,
    "adds": clauses.adds,
    "decided": clauses.decided,
    "performable": promises.performable,
    "owed": promises.owed,
    "channel": promises.channel,
}
PROPERTIES = tuple(PROVERS)


def check(version: Version) -> Report:
    """Answer every property of a compiled version.

    Raises:
        Misuse: `case.1` a case that the prover found does not replay.
    """
    book = Book.of(version)
    answers = tuple(prove(book) for prove in PROVERS.values())
    return Report(answers, (*reciprocity.lopsided(book), *promises.concentrated(version)))


def intends(answer: Answer, intended: frozenset[str]) -> bool:
    """Whether an answer is listed as intended: as `property`, or each witness as `property:clause`."""
    if answer.property in intended:
        return True
    named = [one.clause for one in answer.witnesses]
    return bool(named) and all(f"{answer.property}:{name}" in intended for name in named)
