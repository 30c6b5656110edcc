"""A model checker in thirty lines: every reachable moment of a table, and which named claim it breaks.

A world is a machine with a clock and a memory of the test's own: what truly happened, apart from what the
table remembers. Claims are asked at each step, so that a table that forgets is found out.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import msgspec

from detente.trust.machine import Cells, Condition, Event, Moment, Row, Step, Table, start, step

Ghost: TypeAlias = Mapping[str, Any]


class Taken(NamedTuple):
    """One step of a world: what was true before, the event, what the table made of it, what is true after."""

    before: Moment
    ghost: Ghost
    event: Event
    step: Step
    after: Ghost

    @property
    def new(self) -> str:
        """The state that was reached now; empty if none was."""
        return self.step.moment.state if self.step.moment.state != self.before.state else ""


class Game(NamedTuple):
    """What is played against a table.

    Args:
        terms: what the accord says.
        events: what may come, at each time.
        remember: keeps the ghost: ghost, event and step to the ghost after.
        claims: name to what has to hold of every step.
        ghost: at the start.
        last: the last time.
    """

    terms: Cells
    events: Callable[[int], Iterator[Event]]
    remember: Callable[[Ghost, Event, Step], Ghost]
    claims: Mapping[str, Callable[[Taken], bool]]
    ghost: Ghost
    last: int


def explore(table: Table, game: Game) -> Iterator[Taken]:
    """Yield every step from every reachable moment; time passes by one or stands still."""
    first = (start(table), game.ghost, 0)
    seen, queue = {_key(*first)}, [first]
    while queue:
        moment, ghost, now = queue.pop()
        for at in (now, now + 1) if now < game.last else (now,):
            for event in game.events(at):
                made = step(table, game.terms, moment, event)
                after = game.remember(ghost, event, made)
                yield Taken(moment, ghost, event, made, after)
                key = _key(made.moment, after, at)
                if key not in seen:
                    seen.add(key)
                    queue.append((made.moment, after, at))


def broken(table: Table, game: Game, most: int = 1_000) -> set[str]:
    """Return the names of the claims that some reachable step breaks; at most so many of them."""
    found: set[str] = set()
    for taken in explore(table, game):
        found |= {name for name, holds in game.claims.items() if name not in found and not holds(taken)}
        if len(found) >= most:
            break
    return found


def sound(table: Table) -> list[str]:
    """Return what is wrong with a table whatever is played: an end that is left, or is no state."""
    faults = [
        f"{r.state} is an end and goes to {r.to}"
        for r in table.rows
        if r.state in table.ends and r.to != r.state
    ]
    faults += [f"{end} is no state" for end in table.ends if end not in table.states]
    return faults


def without(table: Table, row: int, condition: int) -> Table:
    """Return the table with one condition dropped."""
    old = table.rows[row]
    return _with(
        table, row, msgspec.structs.replace(old, when=old.when[:condition] + old.when[condition + 1 :])
    )


def shifted(table: Table, row: int, condition: int, by: int) -> Table:
    """Return the table with the right side of one condition off by so much."""
    old = table.rows[row]
    one = old.when[condition]
    plus = by if one.plus == 0 else one.plus
    if isinstance(one.plus, int):
        plus = one.plus + by
    when = (*old.when[:condition], msgspec.structs.replace(one, plus=plus), *old.when[condition + 1 :])
    return _with(table, row, msgspec.structs.replace(old, when=when))


def added(table: Table, row: Row) -> Table:
    """Return the table with one row more, asked first."""
    return msgspec.structs.replace(table, rows=(row, *table.rows))


def forgetful(table: Table, row: int) -> Table:
    """Return the table in which a row remembers nothing."""
    return _with(table, row, msgspec.structs.replace(table.rows[row], do=()))


def guards(table: Table) -> Iterator[tuple[int, int, Condition]]:
    """Yield each condition with its place."""
    for number, row in enumerate(table.rows):
        for place, one in enumerate(row.when):
            yield number, place, one


def _with(table: Table, row: int, new: Row) -> Table:
    return msgspec.structs.replace(table, rows=(*table.rows[:row], new, *table.rows[row + 1 :]))


def _key(moment: Moment, ghost: Ghost, now: int) -> tuple[Any, ...]:
    return (
        moment.state,
        tuple(sorted(moment.cells.items(), key=lambda one: one[0])),
        tuple(ghost.items()),
        now,
    )
