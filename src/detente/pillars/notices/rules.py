"""When a record of the pillar `notices` stands, and what may be counted in public.

Pure. A judge sees the record, its thread's root and the records that it names; so it cannot see whether a
party has acknowledged before, and a second acknowledgement stands beside the first and adds nothing.
"""

from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256

from detente.accord.pillar import Facts, Grounds, Judgement, Statement, Table, Thread
from detente.pillars.notices.kinds import (
    Acknowledge,
    AcknowledgeFacts,
    Answer,
    AnswerFacts,
    Correction,
    Nil,
    Notice,
    NoticeFacts,
    Operative,
    Precedence,
    Query,
    QueryFacts,
    Test,
)
from detente.trust import canonical

__all__ = ("judge", "tally")

_SPEED: tuple[Precedence, ...] = ("routine", "priority", "immediate", "flash")
_TOP_LEVEL = 7
_DAY_MS = 86_400_000
_LAST_MS = 253_370_764_800_000  # the year 9999: later claims count as this


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a message stands on the channel.

    Refusals:
        notice, correction: seen-after-sent, respond-by-passed, actions-order; correction: not-your-notice,
            not-in-this-thread, slower-than-corrected.
        acknowledge: not-a-message, not-in-this-thread, own-message, read-back-missing, read-back-by-machine,
            read-back-differs.
        query: asks-itself, respond-by-passed. answer: not-asked, legal-basis-mismatch, withheld-unlawful,
            withheld-order, only-unlawful-starts.
        nil: period-not-begun.
    """
    del grounds
    match statement.open:
        case Notice() | Correction() as stated:
            return _noticed(statement, stated, thread)
        case Acknowledge() as stated:
            return _acknowledged(statement, stated, thread)
        case Query() as stated:
            facts = QueryFacts(to=stated.to, precedence=stated.precedence)
            return _concluded(_misasked(statement, stated), facts)
        case Answer() as stated:
            return _concluded(_misanswered(statement, stated, thread), _answer_facts(stated))
        case Nil() as stated:
            return _concluded(_not_begun(stated.period, statement.at), None)
        case _:
            return Judgement.standing()


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public.

    Labels are a kind (`notice`), a field that is true (`understood`, each message once per party), or a field
    and its value (`precedence.flash` of notices, `legal_basis.privacy_law` of answers).
    """
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    understood: set[tuple[str, str]] = set()
    for statement in statements:
        stated = statement.open
        if isinstance(stated, Acknowledge) and stated.received_by == "officer":
            understood.add((statement.party, stated.of))
        if isinstance(stated, Notice):
            counts[f"precedence.{stated.precedence}"] += 1
        if isinstance(stated, Answer):
            counts[f"reply.{stated.reply}"] += 1
        if isinstance(stated, Answer) and stated.legal_basis is not None:
            counts[f"legal_basis.{stated.legal_basis}"] += 1
    counts["understood"] = len(understood)
    return dict(sorted(counts.items()))


def _concluded(refusals: tuple[str, ...], facts: Facts | None) -> Judgement:
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def _noticed(statement: Statement, stated: Operative, thread: Thread) -> Judgement:
    misplaced = _misplaced(statement, stated, thread) if isinstance(stated, Correction) else ()
    return _concluded(misplaced + _inconsistent(stated, statement.at), _notice_facts(stated))


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


def _notice_facts(stated: Operative) -> NoticeFacts:
    """Rules see the upper end of what is unknown."""
    return NoticeFacts(
        precedence=stated.precedence,
        level=_TOP_LEVEL if stated.level is None else stated.level,
        template=stated.template,
        ongoing=stated.ongoing is not False,
    )


def _acknowledged(statement: Statement, stated: Acknowledge, thread: Thread) -> Judgement:
    message = thread[stated.of]
    if not isinstance(message.open, Operative | Query | Test):
        return Judgement.refused("not-a-message")
    by_officer = stated.received_by == "officer"
    found = {
        "not-in-this-thread": statement.thread not in (message.id, message.thread),
        "own-message": message.party == statement.party,
        "read-back-missing": by_officer and stated.read_back is None,
        "read-back-by-machine": not by_officer and stated.read_back is not None,
        "read-back-differs": stated.read_back not in (None, _read_back(message)),
    }
    refusals = tuple(code for code, wrong in found.items() if wrong)
    facts = AcknowledgeFacts(understood=by_officer, precedence=message.open.precedence)
    return _concluded(refusals, facts)


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
    unlawful = stated.reply == "cannot_lawfully_send"
    starts = statement.thread is None
    found = {
        "legal-basis-mismatch": unlawful != (stated.legal_basis is not None),
        "withheld-unlawful": bool(stated.withheld) and not unlawful,
        "withheld-order": list(stated.withheld) != sorted(set(stated.withheld)),
        "only-unlawful-starts": starts and not unlawful,
        "not-asked": not starts and not _asked(statement, thread[stated.of]),
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _asked(statement: Statement, message: Statement) -> bool:
    """A query is answered by the party that it asks, a notice by anyone else, both in their own thread."""
    if statement.thread not in (message.id, message.thread):
        return False
    if isinstance(message.open, Query):
        return message.open.to == statement.party
    return isinstance(message.open, Operative) and message.party != statement.party


def _answer_facts(stated: Answer) -> AnswerFacts:
    unlawful = stated.reply == "cannot_lawfully_send"
    return AnswerFacts(
        reply=stated.reply, lawful_refusal=unlawful, silent=unlawful or stated.reply == "cannot_say"
    )


def _not_begun(month: str, at: int) -> tuple[str, ...]:
    """A month that has not begun anywhere on Earth when the author says it signed."""
    latest = datetime.fromtimestamp(min(at + _DAY_MS, _LAST_MS) / 1000, UTC)
    return ("period-not-begun",) if month > f"{latest:%Y-%m}".rjust(7, "0") else ()
