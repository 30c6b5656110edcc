"""When the steps of a private match stand: who was asked, which set is meant, what both sides counted."""

from itertools import pairwise

from detente.accord.pillar import Judgement, Statement, Thread

from .kinds import (
    CountFacts,
    Match,
    MatchAnswer,
    MatchCount,
    MatchFacts,
    MatchMembers,
    MatchProof,
    MatchSet,
)

_MONTH_MS, _YEAR_MS = 30 * 86_400_000, 365 * 86_400_000


def proposed(statement: Statement, stated: Match, thread: Thread) -> Judgement:
    """Judge a match.

    Refusals:
        match-with-oneself.
        match-families: the families of the set do not ascend strictly; likewise of a set that answers.
        match-not-before: what it names as runs before are not matches between the two, or do not ascend.
    """
    if stated.counterpart == statement.party:
        return Judgement.refused("match-with-oneself")
    if not _ascend(stated.families):
        return Judgement.refused("match-families")
    pair = {statement.party, stated.counterpart}
    before = [thread[one] for one in stated.before]
    if not _ascend(stated.before) or any(_pair(one) != pair for one in before):
        return Judgement.refused("match-not-before")
    ages = [statement.at - one.at for one in before]
    runs, month = (1 + sum(age <= period for age in ages) for period in (_YEAR_MS, _MONTH_MS))
    return Judgement.standing(MatchFacts(to=stated.counterpart, runs=runs, month_runs=month))


def step(statement: Statement, root: Statement, thread: Thread) -> Judgement:
    """Judge what answers a match.

    Refusals:
        match-not-between: set: its author is not the one who was asked; all others: neither of the two.
        match-families: as in `proposed`.
        match-no-set: the set that an answer or a count names does not answer this match.
        match-no-answer: the answers that a count names are not one of each party, to the sets of this match.
        match-beyond-sets: more in common than one of the sets has.
        match-no-count: the counts that a release names are not one of each party, of this match.
        match-counts-differ: they do not say the same number.
        match-no-members: what a proof names as let go is not one of each party, of this match.
    """
    stated, asked = statement.open, root.open
    if not isinstance(asked, Match):
        return Judgement.refused("match-not-between")
    answers = {asked.counterpart} if isinstance(stated, MatchSet) else {root.party, asked.counterpart}
    if statement.party not in answers:
        return Judgement.refused("match-not-between")
    if isinstance(stated, MatchCount):
        return _counted(statement, stated, root, thread)
    if isinstance(stated, MatchMembers):
        return _released(statement, stated, root, thread)
    return _placed(statement, root, thread)


def _placed(statement: Statement, root: Statement, thread: Thread) -> Judgement:
    """Judge a set, an answer or a proof: whether it stands where it says."""
    stated = statement.open
    if isinstance(stated, MatchSet) and _ascend(stated.families):
        return Judgement.standing(_towards(statement, root))
    if isinstance(stated, MatchSet):
        return Judgement.refused("match-families")
    if isinstance(stated, MatchAnswer):
        here, code = _is_set(thread[stated.set], root), "match-no-set"
    else:
        named = (
            [thread[one] for one in (stated.mine, stated.theirs)] if isinstance(stated, MatchProof) else []
        )
        here, code = bool(named) and _both(statement, (named[0], named[1]), MatchMembers), "match-no-members"
    return Judgement.standing() if here else Judgement.refused(code)


def _counted(statement: Statement, stated: MatchCount, root: Statement, thread: Thread) -> Judgement:
    named, asked = thread[stated.set], root.open
    if not _is_set(named, root) or not isinstance(named.open, MatchSet) or not isinstance(asked, Match):
        return Judgement.refused("match-no-set")
    answers = (thread[stated.mine], thread[stated.theirs])
    to_it = all(isinstance(one.open, MatchAnswer) and one.open.set == stated.set for one in answers)
    if not to_it or not _both(statement, answers, MatchAnswer):
        return Judgement.refused("match-no-answer")
    if stated.common > min(asked.size, named.open.size):
        return Judgement.refused("match-beyond-sets")
    return Judgement.standing(CountFacts(common=stated.common))


def _released(statement: Statement, stated: MatchMembers, root: Statement, thread: Thread) -> Judgement:
    counts = (thread[stated.mine], thread[stated.theirs])
    if not _both(statement, counts, MatchCount):
        return Judgement.refused("match-no-count")
    said = {one.open.common for one in counts if isinstance(one.open, MatchCount)}
    if len(said) != 1:
        return Judgement.refused("match-counts-differ")
    return Judgement.standing(_towards(statement, root))


def _towards(statement: Statement, root: Statement) -> MatchFacts:
    """The facts of the match, as they are for the author of this step."""
    asked, told = root.open, root.facts
    runs, month = (told.runs, told.month_runs) if isinstance(told, MatchFacts) else (1, 1)
    other = asked.counterpart if isinstance(asked, Match) and root.party == statement.party else root.party
    return MatchFacts(to=other, runs=runs, month_runs=month)


def _is_set(named: Statement, root: Statement) -> bool:
    return isinstance(named.open, MatchSet) and named.thread == root.id


def _both(statement: Statement, named: tuple[Statement, Statement], kind: type) -> bool:
    """Whether two records of a kind are the author's own and the other's, in its thread."""
    mine, theirs = named
    here = all(isinstance(one.open, kind) and one.thread == statement.thread for one in named)
    return here and mine.party == statement.party != theirs.party


def _pair(named: Statement) -> set[str]:
    return {named.party, named.open.counterpart} if isinstance(named.open, Match) else set()


def _ascend(names: tuple[str, ...]) -> bool:
    return all(one < other for one, other in pairwise(names))
