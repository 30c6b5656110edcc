"""Why: everything that a home can say of why a record, a release, a duty or a refusal came out as it did.

    of(pane, "9f…")                 a record, or a release; in full or its first digits
    of(pane, "notify-serious")      the duties of a clause; `notify-serious/9f…` of one record alone
    of(pane, "5d…")                 a refusal that is kept as evidence

Read from a home, beside the node that works there or without one; nothing is written, and the rules that run
are those of the gate and of standing.
"""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from detente.accord import cut as cuts
from detente.accord import reason
from detente.accord.pillar import Statement
from detente.accord.reason import Reason
from detente.accord.standing import Duty, Standing
from detente.accord.version import RELEASE_KIND, Version
from detente.node import evidence
from detente.node.delivery import Alarm, Delivery
from detente.node.errors import NoSuchThing
from detente.node.evidence import Evidence
from detente.node.window import Pane
from detente.trust import envelope
from detente.trust.errors import DetenteError
from detente.trust.record import Record

DIGITS = re.compile(r"[0-9a-f]{4,64}")
MOST = 1_000_000
"""How many refusals are looked through for one digest."""

Sort = Literal["record", "release", "duty", "refusal"]


class Behind(Struct, frozen=True):
    """A condition, and what its counts follow from: the bases of duties, or the clause of a calendar."""

    leaf: str
    records: tuple[str, ...]


class Because(Struct, frozen=True, kw_only=True):
    """One clause about one record, and the records behind it.

    Args:
        reason: the clause, its conditions, and what would turn it.
        record: that it was asked about.
        named: the records that this one names: its facts may follow from them.
        behind: of each condition that reads counts of standing.
        duties: as standing has them now, of a duty that arose.
    """

    reason: Reason
    record: str
    named: tuple[str, ...]
    behind: tuple[Behind, ...] = ()
    duties: tuple[Duty, ...] = ()


class Why(Struct, frozen=True, kw_only=True):
    """The answer.

    Args:
        sort: what was asked about.
        id: of the record or refusal, or the clause.
        kind: of the record.
        party: its author.
        stands: whether it stands; None if that was not the question.
        refusals: codes why it does not.
        clauses: every clause that speaks of it, duties, proposals, then grants towards each party.
        performs: the duties that it settles, or comes nearest to.
        calendar: the duties of a calendar's clause that was asked about.
        deliveries: what became of its sealed values, if it is this node's.
        alarms: clauses about it that could not be decided.
        as_of: the time at which standing was asked, in milliseconds.
        refusal: what was refused, and at which check.
    """

    sort: Sort
    id: str
    kind: str = ""
    party: str = ""
    stands: bool | None = None
    refusals: tuple[str, ...] = ()
    clauses: tuple[Because, ...] = ()
    performs: tuple[Duty, ...] = ()
    calendar: tuple[Duty, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    as_of: int = 0
    refusal: Evidence | None = None


def of(pane: Pane, asked: str) -> Why:
    """Answer about what an id, its first digits, or a clause names.

    Raises:
        NoSuchThing: `why.1` nothing, or several things. Incomplete: `standing.2`.
    """
    if DIGITS.fullmatch(asked):
        named, refused = _records(pane, asked), _refusals(pane, asked)
        # 1. It names one thing.
        if len(named) + len(refused) > 1:
            raise _none(asked, len(named) + len(refused))
        if named:
            return _record(pane, named[0])
        if refused:
            return _refusal(pane, refused[0])
    return _clause(pane, asked)


def _none(asked: str, count: int) -> NoSuchThing:
    return NoSuchThing(
        "why.1",
        f"{asked[:64]} names {count} things.",
        "Give digits that detente record list or detente evidence list has, or a clause with duties.",
    )


def _records(pane: Pane, digits: str) -> tuple[str, ...]:
    seats = (seat for party, size in pane.sizes().items() for seat in pane.leaves(party, 0, size))
    return tuple(dict.fromkeys(seat.id for seat in seats if seat.kind and seat.id.startswith(digits)))


def _refusals(pane: Pane, digits: str) -> tuple[Evidence, ...]:
    return tuple(one for one in pane.evidence(MOST) if one.digest.startswith(digits))


def _record(pane: Pane, name: str) -> Why:
    entry, standing = pane.library[name], pane.standing()
    place = pane.place(name)
    refusals = pane.refusals(name, entry, place.index) if place else pane.judge.said(name).refusals
    released = entry.kind == RELEASE_KIND and not refusals
    return Why(
        sort="release" if released else "record",
        id=name,
        kind=entry.kind,
        party=entry.party,
        stands=not refusals,
        refusals=refusals,
        clauses=_released(pane, entry) if released else tuple(_about(pane, name, standing)),
        performs=tuple(one for one in standing.duties if one.by == name),
        deliveries=pane.deliveries(name) if entry.party == pane.party else (),
        alarms=tuple(one for one in pane.alarms() if one.record == name),
        as_of=standing.as_of,
    )


def _about(pane: Pane, name: str, standing: Standing) -> Iterator[Because]:
    """Every clause about a record that stands: duties under its own version, grants under that of now."""
    entry, said = pane.library[name], pane.judge.said(name).facts
    if not isinstance(said, Statement):
        return
    for one in reason.arising(said, pane.terms.versions[entry.accord.version]):
        yield _because(pane, name, one, standing)
    yield from _proposing(pane, entry, standing)
    version = pane.terms.in_force(standing.as_of)
    view = pane.terms.view(standing, version)
    for audience in pane.terms.parties:
        for one in reason.shown(said, audience, view, version):
            yield _because(pane, name, one, standing)


def _proposing(pane: Pane, entry: Record, standing: Standing) -> Iterator[Because]:
    """What the records that this one names propose: a pause is often the answer to a proposal."""
    for name in pane.terms.refs(entry):
        before = pane.library.get(name)
        said = pane.judge.said(name).facts if before else None
        if before is None or not isinstance(said, Statement):
            continue
        for one in reason.arising(said, pane.terms.versions[before.accord.version]):
            if one.effect == "trigger" and one.holds:
                yield _because(pane, name, one, standing)


def _released(pane: Pane, entry: Record) -> tuple[Because, ...]:
    """The clauses of a release, at the standing of the cut that it names."""
    target, as_of = str(entry.open["record"]), int(entry.open["as_of"])
    said = pane.judge.said(target).facts if target in pane.library else None
    if not isinstance(said, Statement):
        return ()
    standing = pane.standing_at(as_of, cuts.read(entry.open["cut"]))
    version = pane.terms.in_force(as_of)
    found = reason.shown(said, str(entry.open["to"]), pane.terms.view(standing, version), version)
    return tuple(_because(pane, target, one, standing) for one in found)


def _because(pane: Pane, name: str, one: Reason, standing: Standing) -> Because:
    author = pane.library[name].party
    found = ((leaf, reason.behind(leaf, one, author, standing)) for leaf in one.leaves)
    return Because(
        reason=one,
        record=name,
        named=pane.terms.refs(pane.library[name]),
        behind=tuple(Behind(leaf.text, some) for leaf, some in found if some),
        duties=tuple(duty for duty in standing.duties if (duty.spec, duty.base) == (one.clause, name))
        if one.effect == "duty"
        else (),
    )


def _clause(pane: Pane, asked: str) -> Why:
    """The duties of a clause, each with the reason for which it arose."""
    clause, _, base = asked.partition("/")
    standing = pane.standing()
    rows = [
        one
        for one in standing.duties
        if clause in (one.spec, one.spec.partition("@")[0]) and one.base.startswith(base)
    ]
    # 1. It names something.
    if not rows:
        raise _none(asked, 0)
    bases = dict.fromkeys((one.base, one.spec) for one in rows if one.base)
    found = (
        _because(pane, base, one, standing)
        for base, spec in bases
        for one in _arisen(pane, base)
        if one.clause == spec
    )
    return Why(
        sort="duty",
        id=asked,
        clauses=tuple(found),
        calendar=tuple(one for one in rows if not one.base),
        as_of=standing.as_of,
    )


def _arisen(pane: Pane, name: str) -> tuple[Reason, ...]:
    said = pane.judge.said(name).facts
    version: Version = pane.terms.versions[pane.library[name].accord.version]
    return reason.arising(said, version) if isinstance(said, Statement) else ()


def _refusal(pane: Pane, refused: Evidence) -> Why:
    """What was refused; of a release against the rules, also the clauses at the standing that it names."""
    data = evidence.data(pane.readers.conn, refused.digest) if refused.kind == "release" else None
    name = _release_in(data)
    entry = pane.library.get(name)
    return Why(
        sort="refusal",
        id=refused.digest,
        kind=entry.kind if entry else "",
        party=refused.party,
        clauses=_released(pane, entry) if entry else (),
        refusal=refused,
    )


def _release_in(data: bytes | None) -> str:
    """The id of a release that was refused, or nothing if the bytes are none."""
    try:
        sealed = envelope.parse(data or b"")
    except DetenteError:
        return ""
    return envelope.statement_id(sealed.payload_type, sealed.payload)
