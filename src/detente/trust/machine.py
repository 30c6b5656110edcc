"""The machine: a table of state × event × conditions → state, and the one step that runs every table.

    moment = step(TABLE, {"k": 2}, start(TABLE), Event("propose", at=0)).moment

A table is data: conditions compare named values, and what a row remembers it says by name. So a table can be
drawn, enumerated and broken on purpose by a test, and it is the same table that decides in the node and in
standing. Names: `now` and `by` are of the event, `said.x` what it says, `terms.x` what the accord says, `#x`
how many are in x, `=x` the word x; any other is a cell of the table. Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Literal, TypeAlias

from msgspec import Struct

from detente.trust.errors import Misuse

Value: TypeAlias = int | str | frozenset[str]
Cells: TypeAlias = Mapping[str, Value]
Operand: TypeAlias = str | int
Reader: TypeAlias = "Callable[[Cells, Moment, Event], Value]"
Test: TypeAlias = "Callable[[Cells, Moment, Event], bool]"


class Condition(Struct, frozen=True):
    """What has to hold before a row is taken: `left op right + plus`.

    Args:
        code: what is said if it does not hold.
        left: a name.
        op: the comparison; `in` asks for membership of a set.
        right: a name, or a number.
        plus: a name, or a number, added to `right` where that is a number.
    """

    code: str
    left: Operand
    op: Literal["<", "<=", "==", "!=", "in", "not in"]
    right: Operand
    plus: Operand = 0


class Put(Struct, frozen=True):
    """What a row remembers: a cell becomes a value, or with `join` takes it in as one more member."""

    cell: str
    value: Operand
    plus: Operand = 0
    join: bool = False


class Row(Struct, frozen=True):
    """One row: in a state, at an event, if all conditions hold, to a state.

    Args:
        state: where it is.
        event: what comes.
        to: where it goes.
        when: all of them have to hold, asked in order.
        do: what is remembered, in order.
        emit: what follows outside; names, nothing is done here.
    """

    state: str
    event: str
    to: str
    when: tuple[Condition, ...] = ()
    do: tuple[Put, ...] = ()
    emit: tuple[str, ...] = ()


class Table(Struct, frozen=True, dict=True):
    """A machine as data.

    Args:
        name: of what it is about.
        start: the first state.
        ends: states that are final: no row leaves them for another.
        cells: what is remembered, at the start.
        rows: of those that fit, the first whose conditions hold is taken.
    """

    name: str
    start: str
    ends: tuple[str, ...]
    cells: Cells
    rows: tuple[Row, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of the rows."""
        return tuple(dict.fromkeys([self.start, *(s for row in self.rows for s in (row.state, row.to))]))

    @cached_property
    def fits(self) -> Mapping[tuple[str, str], tuple[tuple[Row, tuple[Test, ...]], ...]]:
        """State and event to the rows that fit, in order, each with what asks its conditions."""
        found: dict[tuple[str, str], tuple[tuple[Row, tuple[Test, ...]], ...]] = {}
        for row in self.rows:
            asking = row, tuple(_test(one) for one in row.when)
            found[row.state, row.event] = (*found.get((row.state, row.event), ()), asking)
        return found


class Asked(Mapping[str, int]):
    """What an event says, each value found out only when a condition asks for it, and then remembered.

    Args:
        questions: name to what answers it.
    """

    def __init__(self, questions: Mapping[str, Callable[[], bool]]) -> None:
        self._questions = questions
        self._answers: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        answer = self._answers.get(name)
        if answer is None:
            answer = self._answers[name] = int(self._questions[name]())
        return answer

    def __contains__(self, name: object) -> bool:
        return name in self._questions

    def __iter__(self) -> Iterator[str]:
        return iter(self._questions)

    def __len__(self) -> int:
        return len(self._questions)


class Event(Struct, frozen=True):
    """What comes: its name, when, by whom (a party or a person), and what it says."""

    name: str
    at: int = 0
    by: str = ""
    said: Mapping[str, Value] = {}


class Moment(Struct, frozen=True):
    """Where a machine is, and what it remembers."""

    state: str
    cells: Cells


class Step(Struct, frozen=True):
    """What an event came to: the moment after it, what follows outside, and why nothing did, or ""."""

    moment: Moment
    emit: tuple[str, ...] = ()
    refusal: str = ""


def start(table: Table) -> Moment:
    """Return the first moment."""
    return Moment(table.start, table.cells)


def step(table: Table, terms: Cells, moment: Moment, event: Event) -> Step:
    """Return what an event comes to. What is refused changes nothing, and says which condition failed.

    That is the condition of the row that came furthest.

    Args:
        table: the machine.
        terms: what the accord says.
        moment: where it is.
        event: what comes. A value that it says is asked for only when a condition names it.

    Raises:
        Misuse: `machine.1`: a table names a value that is nowhere.
    """
    furthest, refusal = -1, f"{event.name}-when-{moment.state}"
    for row, tests in table.fits.get((moment.state, event.name), ()):
        failed = -1
        for number, holds in enumerate(tests):
            if not holds(terms, moment, event):
                failed = number
                break
        if failed >= 0:
            if failed > furthest:
                furthest, refusal = failed, row.when[failed].code
            continue
        cells = dict(moment.cells)
        for put in row.do:
            cells[put.cell] = _put(put, terms, Moment(row.state, cells), event)
        return Step(Moment(row.to, cells), row.emit)
    return Step(moment, (), refusal)


def fold(table: Table, terms: Cells, events: Iterable[Event], moment: Moment | None = None) -> Moment:
    """Return the moment after all events, in their order; what is refused is passed over."""
    now = start(table) if moment is None else moment
    for event in events:
        now = step(table, terms, now, event).moment
    return now


def _test(one: Condition) -> Test:
    """What asks a condition: its names are looked up once for all, in the table and not at each step."""
    left, right, plus, op = _reader(one.left), _reader(one.right), _reader(one.plus), one.op
    if op == "==" and isinstance(one.right, int) and one.plus == 0:
        return lambda terms, moment, event: left(terms, moment, event) == one.right

    def holds(terms: Cells, moment: Moment, event: Event) -> bool:
        one_side, other = left(terms, moment, event), right(terms, moment, event)
        if isinstance(other, int) and isinstance(one_side, int):
            more = plus(terms, moment, event)
            other += more if isinstance(more, int) else 0
            if op in ("<", "<="):
                return one_side < other or (op == "<=" and one_side == other)
        if isinstance(other, frozenset) and op in ("in", "not in"):
            return (one_side in other) == (op == "in")
        if op in ("==", "!="):
            return (one_side == other) == (op == "==")
        raise _nowhere(f"{one.left} {op} {one.right}")

    return holds


def _put(put: Put, terms: Cells, moment: Moment, event: Event) -> Value:
    value = _reader(put.value)(terms, moment, event)
    if put.join:
        before = moment.cells[put.cell]
        return (before if isinstance(before, frozenset) else frozenset[str]()) | {str(value)}
    plus = _reader(put.plus)(terms, moment, event)
    return value + plus if isinstance(value, int) and isinstance(plus, int) else value


@cache
def _reader(name: Operand) -> Reader:
    """What finds a value by its name."""
    if isinstance(name, int) or name.startswith("="):
        return _constant(name if isinstance(name, int) else name[1:])
    if name.startswith("#"):
        members = _reader(name[1:])
        return lambda terms, moment, event: _size(members(terms, moment, event))
    return _of_event(name) if name in ("now", "by") else _lookup(name)


def _constant(value: Value) -> Reader:
    def constant(terms: Cells, moment: Moment, event: Event) -> Value:
        del terms, moment, event
        return value

    return constant


def _of_event(name: str) -> Reader:
    def of_event(terms: Cells, moment: Moment, event: Event) -> Value:
        del terms, moment
        return event.at if name == "now" else event.by

    return of_event


def _lookup(name: str) -> Reader:
    room, _, key = name.rpartition(".")

    def found(terms: Cells, moment: Moment, event: Event) -> Value:
        # 1. Every name is of the event, the terms or a cell.
        try:
            if room == "said":
                return event.said[key]
            if room == "terms":
                return terms[key]
            return moment.cells[name]
        except KeyError as error:
            raise _nowhere(name) from error

    return found


def _size(members: Value) -> int:
    return len(members) if isinstance(members, frozenset) else 0


def _nowhere(name: str) -> Misuse:
    return Misuse("machine.1", f"A table compares what is not there: {name}.", "Mend the table.")
