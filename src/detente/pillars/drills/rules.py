"""When a record of the pillar `drills` stands, how fast a reaction was, and what may be counted in public.

Pure. Reaction times are bands of exact milliseconds between two claimed times; the log, which is held against
both, is where they are checked. A NO-DUFF is no kind of this pillar: it belongs to the accord, so that it
works where this pillar sleeps (docs/adr/0096).
"""

from collections import Counter
from collections.abc import Sequence

from detente.accord.acts import Exercise
from detente.accord.pillar import Facts, Grounds, Judgement, Statement, Table, Thread

from .kinds import (
    Band,
    Charter,
    CharterFacts,
    Finding,
    FindingFacts,
    Inject,
    InjectFacts,
    Observation,
    ObservationFacts,
)

__all__ = ("judge", "tally")

_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
_LONGEST_MS = 14 * 24 * _HOUR_MS
# The clocks of facts/channels_drills.yaml (proposed): a machine's receipt, then flash to routine.
_BANDS: tuple[tuple[int, Band], ...] = (
    (_MINUTE_MS, "within_1_min"),
    (15 * _MINUTE_MS, "within_15_min"),
    (30 * _MINUTE_MS, "within_30_min"),
    (4 * _HOUR_MS, "within_4_h"),
    (24 * _HOUR_MS, "within_24_h"),
)


def judge(statement: Statement, thread: Thread, grounds: Grounds) -> Judgement:
    """Say whether a record of the pillar stands, and what follows.

    Refusals:
        charter: window-reversed, window-too-long, chartered-late, players-order, events-order, no-exercise.
        inject: not-in-charter, not-control, not-a-player. inject, observation: outside-window.
        observation: not-an-inject, observes-itself, before-inject, reaction-differs.
        finding: not-an-observation, observations-order, owner-missing, due-missing, due-passed,
            not-the-owners.
    """
    del grounds
    refusals, facts = _said(statement, thread)
    return Judgement.refused(*refusals) if refusals else Judgement.standing(facts)


def tally(statements: tuple[Statement, ...], grounds: Grounds) -> Table:
    """Count what may be public.

    Labels are a kind (`charter`), a field that is true (`as_expected`), or a field and its value (`level.d2`
    of charters, `band.within_15_min` of observations, `rating.s` of findings).
    """
    del grounds
    counts: Counter[str] = Counter(statement.kind.partition(".")[2] for statement in statements)
    for statement in statements:
        match statement.facts:
            case CharterFacts() as facts:
                counts[f"level.{facts.level}"] += 1
            case ObservationFacts() as facts:
                counts[f"band.{facts.band}"] += 1
                counts["as_expected"] += facts.as_expected
            case FindingFacts() as facts:
                counts[f"rating.{facts.rating}"] += 1
    return dict(sorted(counts.items()))


def _said(statement: Statement, thread: Thread) -> tuple[tuple[str, ...], Facts | None]:
    """What refuses a record, and what follows from it."""
    stated, root = statement.open, thread.get(statement.thread or "")
    if isinstance(stated, Charter):
        refusals = _mischartered(statement, stated, thread)
        return refusals, None if refusals else _charter_facts(stated)
    charter = root.open if root else None
    if isinstance(stated, Inject) and isinstance(charter, Charter):
        facts = InjectFacts(to=stated.to, expects=stated.expects)
        return _misinjected(statement, stated, charter), facts
    if isinstance(stated, Observation) and isinstance(charter, Charter):
        return _observed(statement, stated, charter, thread)
    if isinstance(stated, Finding):
        return _misfound(statement, stated, thread), _finding_facts(statement, stated)
    return ("no-exercise",), None


def _mischartered(statement: Statement, stated: Charter, thread: Thread) -> tuple[str, ...]:
    opened = thread.get(stated.exercise) if stated.exercise else None
    found = {
        "window-reversed": stated.ends <= stated.begins,
        "window-too-long": stated.ends > stated.begins + _LONGEST_MS,
        "chartered-late": statement.at > stated.begins,
        "players-order": not _ascending(stated.players),
        "events-order": not _ascending(stated.events),
        "no-exercise": stated.exercise is not None and not (opened and isinstance(opened.open, Exercise)),
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _charter_facts(stated: Charter) -> CharterFacts:
    return CharterFacts(level=stated.level, hours=-(-(stated.ends - stated.begins) // _HOUR_MS))


def _misinjected(statement: Statement, stated: Inject, charter: Charter) -> tuple[str, ...]:
    found = {
        "not-in-charter": stated.event not in charter.events,
        "not-control": statement.party != charter.control,
        "not-a-player": stated.to not in charter.players,
        "outside-window": not charter.begins <= statement.at <= charter.ends,
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _observed(
    statement: Statement, stated: Observation, charter: Charter, thread: Thread
) -> tuple[tuple[str, ...], Facts | None]:
    before = thread.get(stated.of)
    if before is None or before.thread != statement.thread or not isinstance(before.open, Inject):
        return ("not-an-inject",), None
    inject = before.open
    found = {
        "observes-itself": statement.party == inject.to,
        "outside-window": not charter.begins <= stated.seen_at <= charter.ends,
        "before-inject": stated.seen_at < before.at,
        "reaction-differs": stated.record is not None and not _reacted(stated, inject, thread),
    }
    facts = ObservationFacts(
        player=inject.to,
        band=_band(stated, before.at),
        as_expected=stated.reaction == inject.expects,
    )
    return tuple(code for code, wrong in found.items() if wrong), facts


def _reacted(stated: Observation, inject: Inject, thread: Thread) -> bool:
    """Whether the record that is named is the player's, of the stated time, and a reaction at all."""
    record = thread.get(stated.record or "")
    said = None if record is None else (record.party, record.at)
    return said == (inject.to, stated.seen_at) and stated.reaction != "nothing"


def _band(stated: Observation, since: int) -> Band:
    if stated.reaction == "nothing":
        return "no_reaction"
    took = stated.seen_at - since
    return next((band for limit, band in _BANDS if took <= limit), "later")


def _misfound(statement: Statement, stated: Finding, thread: Thread) -> tuple[str, ...]:
    seen = [thread.get(name) for name in stated.observations]
    if not all(one and one.thread == statement.thread and isinstance(one.open, Observation) for one in seen):
        return ("not-an-observation",)
    mends = stated.rating != "p" and stated.closes is None
    found = {
        "observations-order": not _ascending(stated.observations),
        "owner-missing": mends and stated.owner is None,
        "due-missing": mends and stated.due is None,
        "due-passed": stated.due is not None and stated.due <= statement.at,
        "not-the-owners": stated.closes is not None and not _closable(statement, stated, thread),
    }
    return tuple(code for code, wrong in found.items() if wrong)


def _closable(statement: Statement, stated: Finding, thread: Thread) -> bool:
    """Whether what is closed is an open finding of this exercise that its author owns."""
    before = thread.get(stated.closes or "")
    if before is None or before.thread != statement.thread or not isinstance(before.facts, FindingFacts):
        return False
    return before.facts.open and before.facts.owner == statement.party


def _finding_facts(statement: Statement, stated: Finding) -> FindingFacts:
    is_open = stated.owner is not None and stated.closes is None
    return FindingFacts(owner=stated.owner or statement.party, open=is_open, rating=stated.rating)


def _ascending(names: Sequence[str]) -> bool:
    return list(names) == sorted(set(names))
