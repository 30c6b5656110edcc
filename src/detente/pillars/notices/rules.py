"""When a record of the pillar `notices` stands, and what may be counted in public.

Pure. A judge sees the record, its thread's root and the records that it names; so it cannot see whether a
party has acknowledged before, and a second acknowledgement stands beside the first and adds nothing.
"""

from collections import Counter
from hashlib import sha256

from detente.accord.pillar import Facts, Grounds, Judgement, Statement, Table, Thread
from detente.trust import canonical

from .kinds import (
    Acknowledge,
    Answer,
    AnswerFacts,
    CannotLawfullySend,
    Correction,
    CounterReading,
    CounterReadingFacts,
    Lift,
    Nil,
    Notice,
    NoticeFacts,
    Operative,
    Pause,
    PauseFacts,
    Precedence,
    Query,
    QueryFacts,
    Receipt,
    ReceiptFacts,
    Test,
)

__all__ = ("judge", "tally")

_SPEED: tuple[Precedence, ...] = ("routine", "priority", "immediate", "flash")
_TOP_LEVEL = 7
_DAY_MS = 86_400_000  # it has begun somewhere on Earth
_LONGEST_PAUSE_MS = 90 * _DAY_MS
_ACCEPTING = frozenset({"confirmed", "done"})
_Message = Operative | Query | Pause | CounterReading | Test

_ASSURED = frozenset({"assurance.card", "assurance.statement", "assurance.certificate"})
"""What is said of a tested system, by whatever pillar's names; a pillar imports no other."""


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a message stands on the channel.

    Refusals:
        notice, correction: seen-after-sent, respond-by-passed, actions-order; correction: not-your-notice,
            not-in-this-thread, slower-than-corrected.
        receipt, acknowledge: not-a-message, not-in-this-thread, own-message; acknowledge: read-back-differs.
        counter-reading: not-a-notice, not-in-this-thread, own-message, same-reading.
        query: asks-itself, respond-by-passed.
        answer: not-asked, level-unasked, reason-missing, reason-unasked, accept-by-pausing.
        pause: term-passed, term-too-long, respond-by-passed. lift: not-your-pause, not-in-this-thread,
            pause-over.
        cannot-lawfully-send: not-asked, withheld-order.
        nil: period-not-begun.
    """
    del grounds
    refusals, facts = _said(statement, thread)
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public.

    Labels are a kind (`notice`; `acknowledge`, each message once per party), a field that is true
    (`requested`, of pauses), or a field and its value (`precedence.flash` of notices,
    `legal_basis.privacy_law`).
    """
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    understood: set[tuple[str, str]] = set()
    for statement in statements:
        stated = statement.open
        if isinstance(stated, Acknowledge):
            understood.add((statement.party, stated.of))
        if isinstance(stated, Notice):
            counts[f"precedence.{stated.precedence}"] += 1
        if isinstance(stated, Answer):
            counts[f"reply.{stated.reply}"] += 1
        if isinstance(stated, Pause) and stated.binds != statement.party:
            counts["requested"] += 1
        if isinstance(stated, CannotLawfullySend):
            counts[f"legal_basis.{stated.legal_basis}"] += 1
    counts["acknowledge"] = len(understood)
    return dict(sorted(counts.items()))


def _said(statement: Statement, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    """What refuses a message, and what follows from it."""
    match statement.open:
        case Notice() | Correction() as stated:
            return _misnoticed(statement, stated, thread), _notice_facts(stated, thread)
        case Receipt() | Acknowledge() | CounterReading() as stated:
            return _taken(statement, stated, thread)
        case Query() as stated:
            return _misasked(statement, stated), QueryFacts(to=stated.to, precedence=stated.precedence)
        case Answer() as stated:
            return _misanswered(statement, stated, thread), AnswerFacts(silent=stated.reply == "cannot_say")
        case Pause() as stated:
            return _mispaused(statement, stated), _pause_facts(statement, stated)
    return _bare(statement, thread), None


def _taken(
    statement: Statement, stated: Receipt | Acknowledge | CounterReading, thread: Thread
) -> tuple[tuple[str, ...], Facts]:
    """What a machine or an officer says of having got a message, or of how it reads the same event."""
    if isinstance(stated, CounterReading):
        return _misopposed(statement, stated, thread), _counter_facts(stated)
    facts = ReceiptFacts(precedence=_pace(stated.of, thread))
    if isinstance(stated, Receipt):
        return _misreceived(statement, stated.of, thread), facts
    return _misread(statement, stated, thread), facts


def _bare(statement: Statement, thread: Thread) -> tuple[str, ...]:
    """What refuses a message from which no facts follow."""
    match statement.open:
        case CannotLawfullySend() as stated:
            return _misforbidden(statement, stated, thread)
        case Lift() as stated:
            return _mislifted(statement, stated, thread)
        case Nil() as stated:
            return ("period-not-begun",) if stated.period > statement.at + _DAY_MS else ()
    return ()


def _misnoticed(statement: Statement, stated: Operative, thread: Thread) -> tuple[str, ...]:
    misplaced = _misplaced(statement, stated, thread) if isinstance(stated, Correction) else ()
    return misplaced + _inconsistent(stated, statement.at)


def _inconsistent(stated: Operative, at: int) -> tuple[str, ...]:
    found = {
        "seen-after-sent": stated.seen_at is not None and stated.seen_at > at,
        "respond-by-passed": stated.respond_by is not None and stated.respond_by < at,
        "actions-order": list(stated.actions) != sorted(set(stated.actions)),
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _misplaced(statement: Statement, stated: Correction, thread: Thread) -> tuple[str, ...]:
    corrected = thread[stated.of]
    if not isinstance(corrected.open, Operative) or corrected.party != statement.party:
        return ("not-your-notice",)
    if statement.thread not in (corrected.id, corrected.thread):
        return ("not-in-this-thread",)
    slower = _SPEED.index(stated.precedence) < _SPEED.index(corrected.open.precedence)
    return ("slower-than-corrected",) if slower else ()


def _notice_facts(stated: Operative, thread: Thread) -> NoticeFacts:
    """Rules see the upper end of what is unknown."""
    about = thread.get(stated.about or "")
    return NoticeFacts(
        precedence=stated.precedence,
        level=_upper(stated.level),
        template=stated.template,
        ongoing=stated.ongoing is not False,
        assured=about is not None and about.kind in _ASSURED,
    )


def _counter_facts(stated: CounterReading) -> CounterReadingFacts:
    return CounterReadingFacts(precedence=stated.precedence, level=_upper(stated.level))


def _upper(level: int | None) -> int:
    return _TOP_LEVEL if level is None else level


def _misreceived(statement: Statement, of: str, thread: Thread) -> tuple[str, ...]:
    message = thread[of]
    if not isinstance(message.open, _Message):
        return ("not-a-message",)
    found = {
        "not-in-this-thread": statement.thread not in (message.id, message.thread),
        "own-message": message.party == statement.party,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _misread(statement: Statement, stated: Acknowledge, thread: Thread) -> tuple[str, ...]:
    refused = _misreceived(statement, stated.of, thread)
    differs = "not-a-message" not in refused and stated.read_back != _read_back(thread[stated.of])
    return (*refused, "read-back-differs") if differs else refused


def _misopposed(statement: Statement, stated: CounterReading, thread: Thread) -> tuple[str, ...]:
    opposed = thread[stated.of].open
    if not isinstance(opposed, Operative):
        return ("not-a-notice",)
    alike = [getattr(stated, name) == getattr(opposed, name) for name in ("subject", "level", "ongoing")]
    return _misreceived(statement, stated.of, thread) + (("same-reading",) if all(alike) else ())


def _pace(of: str, thread: Thread) -> Precedence:
    message = thread[of].open
    return message.precedence if isinstance(message, _Message) else "routine"


def _read_back(message: Statement) -> str:
    """The digest of a message's operative fields: what was said, apart from who said it and when."""
    stated = {name: _plain(getattr(message.open, name)) for name in message.open.__struct_fields__}
    return sha256(canonical.encode({"kind": message.kind, "open": stated})).hexdigest()


def _plain(value: canonical.Value | tuple[str, ...]) -> canonical.Value:
    return list(value) if isinstance(value, tuple) else value


def _misasked(statement: Statement, stated: Query) -> tuple[str, ...]:
    found = {
        "asks-itself": stated.to == statement.party,
        "respond-by-passed": stated.respond_by is not None and stated.respond_by < statement.at,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _misanswered(statement: Statement, stated: Answer, thread: Thread) -> tuple[str, ...]:
    message = thread[stated.of]
    declined = stated.reply == "declined"
    found = {
        "not-asked": not _asked(statement, message),
        "level-unasked": stated.level is not None and stated.reply == "cannot_say",
        "reason-missing": declined and stated.reason is None,
        "reason-unasked": not declined and stated.reason is not None,
        "accept-by-pausing": isinstance(message.open, Pause) and stated.reply in _ACCEPTING,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _mispaused(statement: Statement, stated: Pause) -> tuple[str, ...]:
    found = {
        "term-passed": stated.until <= statement.at,
        "term-too-long": stated.until > statement.at + _LONGEST_PAUSE_MS,
        "respond-by-passed": stated.respond_by is not None and stated.respond_by < statement.at,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _pause_facts(statement: Statement, stated: Pause) -> PauseFacts:
    return PauseFacts(
        to=stated.binds, requested=stated.binds != statement.party, precedence=stated.precedence
    )


def _mislifted(statement: Statement, stated: Lift, thread: Thread) -> tuple[str, ...]:
    paused = thread[stated.of]
    if not isinstance(paused.open, Pause) or paused.party != statement.party:
        return ("not-your-pause",)
    found = {
        "not-in-this-thread": statement.thread not in (paused.id, paused.thread),
        "pause-over": paused.open.until <= statement.at,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _misforbidden(statement: Statement, stated: CannotLawfullySend, thread: Thread) -> tuple[str, ...]:
    """Alone, it may speak of a record of any pillar, which is why nothing is asked of that record here."""
    found = {
        "not-asked": statement.thread is not None and not _asked(statement, thread[stated.of]),
        "withheld-order": list(stated.withheld) != sorted(set(stated.withheld)),
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _asked(statement: Statement, message: Statement) -> bool:
    """A query or a requested pause is answered by the party that it asks, a notice by anyone else."""
    if statement.thread not in (message.id, message.thread):
        return False
    if isinstance(message.open, Query):
        return message.open.to == statement.party
    if isinstance(message.open, Pause):
        return message.open.binds == statement.party != message.party
    return isinstance(message.open, Operative) and message.party != statement.party
