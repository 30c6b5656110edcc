"""Merging: two copies of one working text, each edited by its own side, as one text again.

    merged(ours, theirs, ("cn",))      ours, with what cn would have and has said in theirs

Each party changes its own variants alone, so nothing is decided here: where the two copies differ in what a
party would have, that party's newest word is taken from the copy that it sent. Clauses are compared by their
ids, values elsewhere by their place.
"""

from collections.abc import Iterator

from detente.accord import bracket, source
from detente.accord.bracket import COMMENTS
from detente.faces import workingtext
from detente.trust.canonical import Value
from detente.trust.errors import Malformed


def merged(ours: str, theirs: str, parties: tuple[str, ...]) -> str:
    """Return a working text with what some parties would have in another copy of it.

    Args:
        ours: the copy that is kept: its spelling, and what all others would have.
        theirs: the copy that came.
        parties: whose word is taken from it.

    Raises:
        Malformed: `merging.1` the copies are of other parties; as `workingtext`, as `bracket.seen`.
    """
    # 1. They are copies of one text.
    if workingtext.parties(ours) != workingtext.parties(theirs):
        what = "The two texts have other parties."
        raise Malformed("merging.1", what, "Merge copies of one working text.")
    for party in parties:
        mine, new = (bracket.seen(source.read(one).data, party) for one in (ours, theirs))
        data = source.read(ours).data
        open_ = {workingtext.named(data, one.path) for one in bracket.brackets(data)}
        for path, value in _differing(mine, new, "", open_):
            ours = workingtext.proposed(ours, path, party, value)
    known = {workingtext.told(one) for one in workingtext.comments(ours)}
    for one in workingtext.comments(theirs):
        if workingtext.told(one) not in known:
            on, by, says, at = (str(one.get(name)) for name in ("on", "by", "says", "at"))
            ours = workingtext.commented(ours, on, by, says, at)
    return ours


def _differing(mine: Value, new: Value, path: str, whole: set[str]) -> Iterator[tuple[str, Value]]:
    """Where two documents differ, as deep as both have a place, and what the new one has there."""
    if mine == new:
        return
    if isinstance(mine, dict) and isinstance(new, dict) and path.count(".") < 1:
        for name in dict.fromkeys((*mine, *new)):
            if name != COMMENTS:
                yield from _differing(mine.get(name), new.get(name), f"{path}.{name}".lstrip("."), whole)
    elif isinstance(mine, list) and isinstance(new, list) and path in workingtext.CLAUSES:
        before, after = ({_id(one): one for one in clauses} for clauses in (mine, new))
        for name in dict.fromkeys((*before, *after)):
            yield from _clause(before.get(name), after.get(name), f"{path}.{name}", whole)
    else:
        yield path, new


def _clause(mine: Value, new: Value, path: str, whole: set[str]) -> Iterator[tuple[str, Value]]:
    """Field by field where a clause has the same fields on both sides and is not open as a whole."""
    alike = isinstance(mine, dict) and isinstance(new, dict) and mine.keys() == new.keys()
    if isinstance(mine, dict) and isinstance(new, dict) and alike and path not in whole:
        yield from ((f"{path}.{name}", new[name]) for name in mine if mine[name] != new[name])
    elif mine != new:
        yield path, new


def _id(clause: Value) -> str:
    return str(clause.get("id")) if isinstance(clause, dict) else ""
