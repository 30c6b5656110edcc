"""The duty: its verdict from the evidence, and the alarm that a node raises about it.

    owed -> kept | excused | missed                      standing, from intervals: what is final never changes
    quiet -> warned -> overdue                           the alarm, from a node's clock

A verdict is asked on facts of a cut, 1 or 0. Done in time by a record of that sort: `kept`, `replaced` (by a
later version, or by leaving), `excused` (it cannot lawfully be done), `waived` (all to whom it was owed
let it go). No more in time, whatever is still to come: `spent` of doing it, `hopeless` of any of these;
`alone`, nothing can replace it. `late`, it
was done after all; `forked`; `past`, the reader's time is past it; `lagging`, logs are not.
"""

from detente.trust.machine import Condition, Row, Table

OPEN = ("owed", "replaced", "excused", "disputed", "unobservable", "forked")
"""Verdicts that may change as a cut grows; so may `overdue`, into `missed` and performed."""


def _fact(name: str, value: int = 1) -> Condition:
    return Condition(f"not-{name}" if value else name, f"said.{name}", "==", value)


def _look(state: str) -> tuple[Row, ...]:
    """What standing makes of an open duty at a cut: the first of these that is so."""
    return (
        Row(state, "look", "kept", (_fact("kept"),)),
        Row(state, "look", "superseded", (_fact("replaced"), _fact("spent"))),
        Row(state, "look", "replaced", (_fact("replaced"),)),
        Row(state, "look", "dispensed", (_fact("excused"), _fact("spent"), _fact("alone"))),
        Row(state, "look", "excused", (_fact("excused"),)),
        Row(state, "look", "dispensed", (_fact("waived"), _fact("spent"), _fact("alone"))),
        Row(state, "look", "excused", (_fact("waived"),)),
        Row(state, "look", "missed", (_fact("hopeless"), _fact("late"))),
        Row(state, "look", "overdue", (_fact("hopeless"),)),
        Row(state, "look", "forked", (_fact("forked"),)),
        Row(state, "look", "owed", (_fact("past", 0),)),
        Row(state, "look", "unobservable", (_fact("lagging"),)),
        Row(state, "look", "disputed"),
    )


DUTY = Table(
    name="duty",
    start="owed",
    ends=("kept", "superseded", "dispensed", "missed"),
    cells={},
    rows=(
        *(row for state in OPEN for row in _look(state)),
        Row("overdue", "look", "missed", (_fact("late"),)),
        Row("overdue", "look", "overdue"),
    ),
)

_DUE = Condition("in-time", "said.due", "<", "now")
_NEAR = Condition("not-near", "said.warn", "<=", "now")
_MOVED = Condition("past-due", "now", "<=", "said.due")

ALARM = Table(
    name="alarm",
    start="",
    ends=(),
    cells={},
    rows=(
        Row("", "tick", "overdue", (_DUE,), emit=("escalate",)),
        Row("", "tick", "warned", (_NEAR,), emit=("warn",)),
        Row("warned", "tick", "overdue", (_DUE,), emit=("escalate",)),
        # Its term was extended: it is quiet again, and warned of anew.
        Row("warned", "tick", "", (Condition("near", "now", "<", "said.warn"),)),
        Row("overdue", "tick", "warned", (_MOVED, _NEAR), emit=("warn",)),
        Row("overdue", "tick", "", (_MOVED,)),
    ),
)
