"""The change: what a record does to duties that are owed, apart from performing them.

    Relief   all to whom it is owed gave more time, or let it go; its debtor logged that
    Leave    a party leaves when its notice is over: what would arise from then on does not, but what survives
    Finish   a party is through with one that left, towards whom nothing arises for it from there on

Each counts by the log of whoever it binds, so that a verdict once final stays so. Pure.
"""

from collections.abc import Mapping

from detente.accord import acts
from detente.accord.acts import CONSENT, FINISH, RELIEVE, WITHDRAW
from detente.accord.duration import milliseconds
from detente.accord.duty import Change, Finish, Leave, Precedent, Relief
from detente.accord.machines.withdrawal import WITHDRAWAL
from detente.accord.pillar import Statement
from detente.accord.version import Version
from detente.trust.machine import Cells, Event, Value, start, step
from detente.trust.record import Record


def of(record: Record, version: Version) -> Change | None:
    """Return what a record that stands changes; None for most. Its open fields fit their kind."""
    if record.kind == RELIEVE:
        act = acts.Relieve(**record.open)
        duty = f"{act.version}:{act.clause}:{act.base or act.start}"
        return Relief(duty, act.until or 0)
    if record.kind == WITHDRAW:
        effective = acts.Withdraw(**record.open).effective
        return Leave(effective, effective + version.disposal)
    if record.kind == FINISH:
        return Finish(acts.Finish(**record.open).head.partition("/")[0])
    return None


def refusal(statement: Statement, thread: Mapping[str, Precedent], version: Version) -> str:
    """Return why a record that changes duties does not stand, or nothing.

    Codes: `notice-too-short`; `own-duty`, `one-duty`, `debtor-unknown`; `not-all-consent`,
    `another-duty`; `not-a-withdrawal`, `not-yet-left`, `another-log`; `another-version`. What officers
    signed is checked with the keyring (`solemn`).
    """
    match statement.open:
        case acts.Withdraw() as act:
            return _untimely(act, statement.at, version)
        case acts.Consent() as act:
            return _misgiven(act, statement.party, version)
        case acts.Relieve() as act:
            return _unrelieved(act, statement.party, thread, version)
        case acts.Finish() as act:
            return _unfinished(act, statement.at, thread)
        case acts.Amend() | acts.Accede() as act:
            return _misversioned(act, statement.party, version)
    return ""


def creditors(clause: str, debtor: str, version: Version, under: int) -> frozenset[str]:
    """Return to whom a duty is owed: the one party that its clause is towards, else all others.

    Args:
        clause: of the duty.
        debtor: who owes it.
        version: that knows the clause.
        under: the version under which it arose: nothing of it is owed to whoever acceded later.
    """
    found = version.obligations.get(clause)
    towards = found.spec.to if found is not None else ""
    there = {party for party in version.world.parties if version.joined.get(party, 1) <= under}
    return frozenset({towards} if towards else there - {debtor})


def _untimely(act: acts.Withdraw, at: int, version: Version) -> str:
    notice = milliseconds(version.accord.withdrawal.notice, "$.withdrawal.notice")
    said: dict[str, Value] = {"effective": act.effective, "earliest": at + notice}
    terms: Cells = {"disposal": 0, "parties": frozenset(version.world.parties)}
    return step(WITHDRAWAL, terms, start(WITHDRAWAL), Event("withdraw", at, said=said)).refusal


def _misgiven(act: acts.Consent, party: str, version: Version) -> str:
    checks = (
        ("debtor-unknown", act.debtor not in version.accord.parties),
        ("own-duty", act.debtor == party),
        ("one-duty", (act.base is None) == (act.start is None)),
    )
    return next((code for code, fails in checks if fails), "")


def _unrelieved(act: acts.Relieve, party: str, thread: Mapping[str, Precedent], version: Version) -> str:
    given = [thread[name].record for name in act.consents if name in thread]
    owed = creditors(act.clause, party, version, act.version)
    same = {(act.clause, act.version, act.base, act.start, act.until, party)}
    checks = (
        ("one-duty", (act.base is None) == (act.start is None)),
        ("another-duty", {_meant(one) for one in given} != same),
        ("not-all-consent", not owed <= {one.party for one in given}),
    )
    return next((code for code, fails in checks if fails), "")


def _meant(record: Record) -> tuple[object, ...]:
    if record.kind != CONSENT:
        return ()
    act = acts.Consent(**record.open)
    return act.clause, act.version, act.base, act.start, act.until, act.debtor


def _misversioned(act: acts.Amend | acts.Accede, party: str, version: Version) -> str:
    joins = version.joined.get(party, 1) == version.accord.version > 1
    same = (act.version, act.digest) == (version.accord.version, version.accord.digest)
    return "" if same and (joins or isinstance(act, acts.Amend)) else "another-version"


def _unfinished(act: acts.Finish, at: int, thread: Mapping[str, Precedent]) -> str:
    before = thread.get(act.withdrawal)
    if before is None or before.record.kind != WITHDRAW:
        return "not-a-withdrawal"
    checks = (
        ("not-yet-left", at < acts.Withdraw(**before.record.open).effective),
        ("another-log", act.head.partition("/")[0] != before.record.party),
    )
    return next((code for code, fails in checks if fails), "")
