"""The decision: what people say on a proposal, a pause or a dispute, and when their record of it stands.

    fired(said, version)       the triggers that a record fires: it proposes, and nothing happens by itself
    sides(raiser, author, …)   who has to agree that a dispute is over
    mediator(version)          the neutral that finds, once the sides have talked

A decision moves no standing. It answers what everybody can compute from the same records. Pure.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from detente.accord import acts
from detente.accord.clause import Trigger
from detente.accord.duty import Precedent
from detente.accord.pillar import Statement
from detente.accord.version import Version
from detente.trust import canonical
from detente.trust.canonical import Value

PAUSE = "notices.pause"
"""The channel's kind for a pause, as triggers know it too (`circle.LEADS`)."""


def fired(said: Statement, version: Version) -> Iterator[Trigger]:
    """The triggers of a version whose rule is exactly true of a record."""
    asked = [one for one in version.triggers.values() if one[0].on == said.kind]
    if not asked:
        return
    variables = version.world.encode(said.kind, said.party, said.open, said.facts)
    for clause, rule in asked:
        if rule.grants(variables):
            yield clause


def mediator(version: Version) -> str:
    """The party that mediates: the first in the document with the role that the accord names, or nobody."""
    role = version.accord.dispute.then
    return next((name for name, one in version.accord.parties.items() if role in one.roles), "")


def sides(raiser: str, author: str, version: Version) -> frozenset[str]:
    """Who settles a dispute: who raised it and whose record it is about; of one's own record, the peers."""
    if raiser != author:
        return frozenset({raiser, author})
    return frozenset({raiser, *(name for name, one in version.accord.parties.items() if not one.roles)})


def refusal(statement: Statement, thread: Mapping[str, Precedent], version: Version) -> str:
    """Return why a decision does not stand, or nothing.

    Codes: `no-proposal`; `no-pause`, `not-your-pause`, `laboratory-unknown`; `no-dispute`, `another-record`,
    `no-finding`, `not-the-neutral`, `not-your-dispute`, `no-side`; `not-your-record`, `says-another`. What
    officers signed is checked with the keyring (`solemn`).
    """
    match statement.open:
        case acts.Decide() as act:
            return "" if act.clause in _proposed(act.record, thread, version) else "no-proposal"
        case acts.Resolve() as act:
            return _unresolved(act, statement.party, thread, version)
        case acts.Attest() as act:
            return _unattested(act, statement.party, thread, version)
        case acts.Affirm() as act:
            return _unaffirmed(act, statement.party, thread)
    return ""


def _unattested(act: acts.Attest, party: str, thread: Mapping[str, Precedent], version: Version) -> str:
    """Of one's own pause alone, by a laboratory of one's own: what another's does is for it to say.

    Whoever signs at the laboratory has no log: the act says which activity, until when, and says it truly.
    """
    paused = thread.get(act.pause)
    if paused is None or paused.record.kind != PAUSE:
        return "no-pause"
    checks = (
        ("not-your-pause", (paused.record.party, paused.record.open["binds"]) != (party, party)),
        ("laboratory-unknown", act.laboratory not in version.accord.parties[party].laboratories),
        ("says-another", (act.activity, act.ends) != _paused(paused.record.open)),
    )
    return next((code for code, fails in checks if fails), "")


def _paused(open_: Mapping[str, Value]) -> tuple[Value, Value]:
    return open_["activity"], open_["until"]


def _unaffirmed(act: acts.Affirm, party: str, thread: Mapping[str, Precedent]) -> str:
    """Of one's own record alone, and of what it says: nobody's officers stand behind another's word."""
    of = thread.get(act.record)
    if of is None or of.record.party != party:
        return "not-your-record"
    return "" if (act.kind, act.digest) == (of.record.kind, digest_of(of.record.open)) else "says-another"


def digest_of(open_: Mapping[str, Value]) -> str:
    """Return the digest by which officers stand behind a record: of the canonical JSON of its open fields."""
    return sha256(canonical.encode(dict(open_))).hexdigest()


def _proposed(name: str, thread: Mapping[str, Precedent], version: Version) -> set[str]:
    said = thread[name].facts if name in thread else None
    return {one.id for one in fired(said, version)} if isinstance(said, Statement) else set()


def _unresolved(act: acts.Resolve, party: str, thread: Mapping[str, Precedent], version: Version) -> str:
    raised, about = thread.get(act.dispute), thread.get(act.record)
    if raised is None or raised.record.kind != acts.DISPUTE:
        return "no-dispute"
    if about is None or raised.record.open["record"] != act.record:
        return "another-record"
    raiser = raised.record.party
    # When it may be said is a matter of the clock, by the table `machines.dispute`; here is by whom.
    checks = (
        ("no-finding", (act.answer == "find") != (act.finding is not None)),
        ("not-the-neutral", act.answer == "find" and party != mediator(version)),
        ("not-your-dispute", act.answer == "drop" and party != raiser),
        ("no-side", act.answer == "settle" and party not in sides(raiser, about.record.party, version)),
    )
    return next((code for code, fails in checks if fails), "")
