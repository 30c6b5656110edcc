"""Proofs about what is promised: it can be performed, in any standing, over a channel that is there.

performable   a kind that performs a duty is in force whenever the kind that gives rise to it is
owed          a release with a term is a duty: it waits for nobody's standing, and whoever owes it may do it
channel       no other pillar is in force without the channel
even-terms    budgets and witnesses are the same for parties with the same roles
"""

from collections.abc import Iterator

import z3  # type: ignore[import-untyped]  # the wheel ships no types

from detente.accord.clause import Duty, Release
from detente.accord.duty import DutySpec
from detente.accord.proofs import case as cases
from detente.accord.proofs.answer import Answer, Flag, Witness
from detente.accord.proofs.balance import Book, ask, exchanges
from detente.accord.proofs.effect import Effect, pairs
from detente.accord.switch import CHANNEL
from detente.accord.version import RUNNING, Version
from detente.trust.errors import Malformed

CORE = "accord"


def performable(book: Book) -> Answer:
    """Every duty can be performed as long as it can arise."""
    return _answer("performable", list(_stranded(book.version)))


def owed(book: Book) -> Answer:
    """Every release with a term is owed whatever anybody's standing, and may be done whenever it is owed."""
    found = list(_waiting(book.version))
    try:
        found += _barred(book)
    except Malformed as error:
        return Answer("owed", "undecided", (), error.what)
    return _answer("owed", found)


def channel(book: Book) -> Answer:
    """The channel is in force as long as any other pillar is."""
    version = book.version
    ends = _end(version, CHANNEL)
    found = [
        Witness(about="without-channel", names=(name,))
        for name in sorted(version.accord.pillars)
        if name != CHANNEL and _end(version, name) > ends
    ]
    return _answer("channel", found)


def even_terms(book: Book) -> Answer:
    """Outflow and the witnesses that must always cosign do not tell parties of the same roles apart."""
    accord, found = book.version.accord, []
    for exchange in exchanges(book.version):
        one, other = sorted(exchange)
        budgets = [accord.outflow.per.get(name, accord.outflow.bytes) for name in (one, other)]
        always = [name in accord.witness.always for name in (one, other)]
        if budgets[0] != budgets[1]:
            found.append(
                Witness(about="budget", names=(one, other, *map(str, budgets)), exchange=(one, other))
            )
        if always[0] != always[1]:
            found.append(Witness(about="witness", names=(one, other), exchange=(one, other)))
    return _answer("even-terms", found)


def concentrated(version: Version) -> tuple[Flag, ...]:
    """The parties that hold several neutral roles: one that errs or leaves takes all of them along."""
    rows = sorted(version.world.roles.items())
    return tuple(Flag("roles", "", (name, *roles)) for name, roles in rows if len(roles) > 1)


def _answer(name: str, found: list[Witness]) -> Answer:
    return Answer(name, "refuted", tuple(found)) if found else Answer(name, "proven")


def _stranded(version: Version) -> Iterator[Witness]:
    for one in version.obligations.values():
        if isinstance(one.clause, Duty) and _arises(version, one.spec) > _performed(version, one.spec):
            yield Witness(about="stranded", clause=one.spec.id, names=one.spec.what)


def _arises(version: Version, spec: DutySpec) -> int:
    """Until when a duty can arise; a calendar runs as long as its pillar."""
    return _end(version, (spec.on or spec.what[0]).partition(".")[0]) if spec.on else _calendar(version, spec)


def _calendar(version: Version, spec: DutySpec) -> int:
    """A calendar is asked of the accord as long as any pillar of it runs."""
    return max((_end(version, name) for name in version.accord.pillars), default=0) if spec.every else 0


def _performed(version: Version, spec: DutySpec) -> int:
    return max(_end(version, kind.partition(".")[0]) for kind in spec.what)


def _end(version: Version, pillar: str) -> int:
    """Until when a pillar is in force, in milliseconds; 0 if it is not; the core always is."""
    if pillar == CORE:
        return max(version.sunsets.values(), default=1)
    terms = version.accord.pillars.get(pillar)
    return version.sunsets[pillar] if terms is not None and terms.state in RUNNING else 0


def _waiting(version: Version) -> Iterator[Witness]:
    """Grants with a term that are no duty, since their rule asks for standing or audience."""
    duties = {one.clause.id for one in version.obligations.values() if isinstance(one.clause, Release)}
    for clause in version.accord.release:
        spoken = any(
            clause.id in granted.speaking.get(path, ())
            for granted in version.grants.values()
            for path in clause.fields
        )
        if clause.within is not None and spoken and clause.id not in duties:
            yield Witness(about="waits", clause=clause.id)


def _barred(book: Book) -> list[Witness]:
    """What is owed and yet may not be shown, in some state."""
    found = []
    for effect in dict.fromkeys(part.effect for part in book.parts if part.effect.family == "owed"):
        may = Effect("may", effect.kind, effect.what)
        for author, other in pairs(effect, book.version):
            view = book.view(effect, author, other)
            answer, model = ask(view.state, z3.And(book.holds(effect, view), z3.Not(book.holds(may, view))))
            if answer == "found":
                read = cases.read(book, effect, view, model)
                found.append(Witness(about="barred", effects=(effect,), case=read))
    return found
