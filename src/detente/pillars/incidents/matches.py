"""When the steps of a private match stand: who was asked, which set is meant, what both sides counted."""

from detente.accord.pillar import Judgement, Statement, Thread

from .kinds import Match, MatchCount, MatchFacts, MatchMembers, MatchSet


def proposed(statement: Statement, stated: Match) -> Judgement:
    """Judge a match. Refusal: match-with-oneself."""
    alone = stated.counterpart == statement.party
    return Judgement.refused("match-with-oneself") if alone else Judgement.standing()


def step(statement: Statement, root: Statement, thread: Thread) -> Judgement:
    """Judge what answers a match.

    Refusals:
        match-not-between: set: its author is not the one who was asked; count, members: neither of the two.
        match-no-set: the set that a count names is not the other party's, of this match.
        match-beyond-sets: more in common than one of the sets has.
        match-no-count: the counts that a release names are not one of each party, of this match.
        match-counts-differ: they do not say the same number.
    """
    stated, asked = statement.open, root.open
    if not isinstance(asked, Match):
        return Judgement.refused("match-not-between")
    both = {root.party, asked.counterpart}
    answers = {asked.counterpart} if isinstance(stated, MatchSet) else both
    if statement.party not in answers:
        return Judgement.refused("match-not-between")
    if isinstance(stated, MatchCount):
        return _counted(stated, thread[stated.set], root, asked)
    if isinstance(stated, MatchMembers):
        return _released(statement, (thread[stated.mine], thread[stated.theirs]), root)
    return Judgement.standing()


def _counted(stated: MatchCount, named: Statement, root: Statement, asked: Match) -> Judgement:
    if not isinstance(named.open, MatchSet) or named.thread != root.id:
        return Judgement.refused("match-no-set")
    if stated.common > min(asked.size, named.open.size):
        return Judgement.refused("match-beyond-sets")
    return Judgement.standing(MatchFacts(common=stated.common))


def _released(statement: Statement, counts: tuple[Statement, Statement], root: Statement) -> Judgement:
    mine, theirs = counts
    here = all(isinstance(one.open, MatchCount) and one.thread == root.id for one in counts)
    if not here or mine.party != statement.party or theirs.party == statement.party:
        return Judgement.refused("match-no-count")
    said = {one.open.common for one in counts if isinstance(one.open, MatchCount)}
    return Judgement.standing() if len(said) == 1 else Judgement.refused("match-counts-differ")
