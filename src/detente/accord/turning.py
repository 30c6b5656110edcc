"""What would turn a rule: the smallest sets of its conditions that would have to be otherwise.

    turns(rule, leaves)      (Turn((Wanted("facts.level >= 3", "true"),)),)

Found by search over the conditions as `rule.explain` gives them: every set of one, then every set of two, and
so on, until some set turns the answer. A condition that is not known keeps a rule from granting, so each of
them has to become known first. Conditions are taken one by one: whether two of them can hold together is not
asked. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, islice, product

from msgspec import Struct

from detente.accord import rule as rules
from detente.accord.rule import CONNECTIVES, Leaf, Rule
from detente.accord.syntax import CHOICE, Node, unparse

EFFORT = 20_000
"""How many evaluations of a rule a search may take."""

SHOWN = 8
"""How many sets of the smallest size are given."""

CONSTANTS = frozenset({"true", "false"})


class Wanted(Struct, frozen=True):
    """A condition and what it would have to be."""

    text: str
    truth: bool


class Turn(Struct, frozen=True):
    """Conditions that, all of them otherwise, turn the answer."""

    wanted: tuple[Wanted, ...]


def turns(rule: Rule, leaves: Iterable[Leaf], parties: tuple[str, ...]) -> tuple[Turn, ...]:
    """The smallest sets of conditions that turn a rule's answer, at most `SHOWN`; none if none was found.

    Args:
        rule: that was asked.
        leaves: its conditions, as `rule.explain` found them.
        parties: over which macros turn.
    """
    found = {one.text: one.truth for one in leaves}
    known = {text: truth == "true" for text, truth in found.items() if truth in ("true", "false")}
    open_ = tuple(text for text in found if text not in known)
    # A rule with an open condition does not grant, whatever the rest of it says.
    wanted = bool(open_) or not _value(rule.node, known, parties)
    left = EFFORT
    movable = [text for text in known if text not in CONSTANTS]
    for size in range(len(movable) + 1):
        turned: list[Turn] = []
        for change in islice(_tries(movable, known, open_, size), left):
            left -= 1
            if change and _value(rule.node, known | change, parties) == wanted:
                turned.append(Turn(tuple(Wanted(text, truth) for text, truth in change.items())))
            if len(turned) == SHOWN:
                break
        if turned or not left:
            return tuple(turned)
    return ()


def _tries(
    movable: list[str], known: Mapping[str, bool], open_: tuple[str, ...], size: int
) -> Iterator[dict[str, bool]]:
    """Every way of changing so many known conditions, and of settling the open ones."""
    for chosen in combinations(movable, size):
        for settled in product((True, False), repeat=len(open_)):
            yield {text: not known[text] for text in chosen} | dict(zip(open_, settled, strict=True))


def _value(node: Node, truths: Mapping[str, bool], parties: tuple[str, ...]) -> bool:
    if node.op == "macro":
        every = (rules.bound(node.args[1], node.bound, party) for party in parties)
        return {"all": all, "exists": any}[node.name](_value(one, truths, parties) for one in every)
    if node.op != "call" or node.name not in CONNECTIVES:
        return truths[unparse(node)]
    first = _value(node.args[0], truths, parties)
    if node.name == "!_":
        return not first
    if node.name == CHOICE:
        return _value(node.args[1 if first else 2], truths, parties)
    stops = node.name == "_||_"
    return first if first == stops else _value(node.args[1], truths, parties)
