"""The review: anybody recomputes from logs alone whether a release was one that the gate allows.

    review(released, terms)      ()  it was; else each check that it fails

The release names the cut and the time at which its author asked; standing there is the same for everybody, so
the decision is too. The reviewer asks the same gate. What it cannot see stays the author's word, and is said
here: whether the basis and the class fit the values, which are sealed, and whether a newer cut was to be had.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from detente.accord import acts, gate
from detente.accord.duty import Precedent
from detente.accord.gate import Clearance, Decision, Denial, Request, Spend
from detente.accord.pillar import Statement
from detente.accord.standing import Standing
from detente.accord.terms import Terms
from detente.accord.version import Version
from detente.trust.record import Record


class Released(Struct, frozen=True, kw_only=True):
    """A release and what the logs say about it.

    Args:
        release: the `accord.release`, which stands.
        target: the record that it released, judged.
        standing: recomputed at the cut and the time that the release names.
        approved: paths that officers approved, by an act that stands in the log before the release.
        withheld: path to legal basis, of what the author's log said before that it cannot lawfully send.
        spent: the earlier releases of the author's log to the same party.
    """

    release: Record
    target: Precedent
    standing: Standing
    approved: frozenset[str]
    withheld: Mapping[str, str]
    spent: tuple[Spend, ...]


def review(released: Released, terms: Terms) -> tuple[Denial, ...]:
    """Return what was wrong with a release; nothing if the gate allowed it."""
    act, release = acts.Release(**released.release.open), released.release
    version, said = terms.in_force(act.as_of), released.target.facts
    # 1. It was decided when it says: not after its own time, and not before by more than the tolerance.
    if not act.as_of <= release.at <= act.as_of + terms.tempo.tolerance:
        why = f"It was decided as of {act.as_of}, and logged at {release.at}."
        return (Denial("review.1", "not-then", why),)
    # 2. Standing at its cut is what it says.
    if released.standing.digest != act.standing:
        why = f"Standing at its cut is {released.standing.digest[:16]}, not {act.standing[:16]}."
        return (Denial("review.2", "other-standing", why),)
    if not isinstance(said, Statement):
        return (Denial("review.3", "not-judged", "The record that it released does not stand."),)
    request = _request(released, act, said, terms, version)
    decision = gate.may_release(request, terms)
    # 3. The gate grants every path: checks 9 to 15, at that standing.
    if decision.denials:
        return decision.denials
    return _rest(act, decision, gate.over_budget(_with_spent(request, released), act.bytes, version))


def _rest(act: acts.Release, decision: Decision, over: Denial | None) -> tuple[Denial, ...]:
    found = [] if over is None else [over]
    granting = sorted({clause for ids in decision.granted.values() for clause in ids})
    # 4. The clauses that it names are those that grant, all of them.
    if list(act.clauses) != granting:
        found.append(Denial("review.4", "other-clauses", f"It is granted by {', '.join(granting)}."))
    # 5. The paths stand once each, in order.
    if list(act.paths) != sorted(set(act.paths)):
        found.append(Denial("review.5", "paths-order", "Its paths are out of order, or stand twice."))
    return tuple(found)


def _request(
    released: Released, act: acts.Release, said: Statement, terms: Terms, version: Version
) -> Request:
    """The question that the author must have asked; lengths are in `bytes`, so none is guessed here."""
    return Request(
        record=released.target.record,
        said=said,
        audience=act.to,
        standing=terms.view(released.standing, version),
        at=act.as_of,
        sizes=dict.fromkeys(act.paths, 0),
        paths=act.paths,
        clearance=Clearance(act.basis, act.classification),
        approved=released.approved,
        withheld=released.withheld,
    )


def _with_spent(request: Request, released: Released) -> Request:
    return msgspec.structs.replace(request, spent=released.spent)
