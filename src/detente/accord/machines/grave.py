"""The grave act: what people have to do before it is done.

    propose -> approve ×k by distinct persons -> time to read is over -> execute

One person aborts it, and that is final; after its time it is never executed. Terms: `k`, how many persons;
`read`, the least time between the proposal and the act, in milliseconds.
"""

from detente.trust.machine import Condition, Put, Row, Table

_FRESH = Condition("same-person", "by", "not in", "persons")
_IN_TIME = Condition("expired", "now", "<", "until")
_NOTED = (Put("persons", "by", join=True),)

GRAVE = Table(
    name="grave",
    start="none",
    ends=("executed", "aborted", "expired"),
    cells={"persons": frozenset(), "ready": 0, "until": 0},
    rows=(
        Row(
            "none",
            "propose",
            "proposed",
            (Condition("expired", "now", "<", "said.until"),),
            (Put("ready", "now", "terms.read"), Put("until", "said.until")),
        ),
        Row(
            "proposed",
            "approve",
            "approved",
            (_FRESH, _IN_TIME, Condition("too-few-persons", "terms.k", "<=", "#persons", 1)),
            _NOTED,
        ),
        Row("proposed", "approve", "proposed", (_FRESH, _IN_TIME), _NOTED),
        Row("approved", "approve", "approved", (_FRESH, _IN_TIME), _NOTED),
        Row("proposed", "abort", "aborted"),
        Row("approved", "abort", "aborted"),
        Row(
            "approved",
            "execute",
            "executed",
            (_IN_TIME, Condition("time-to-read", "ready", "<=", "now")),
            emit=("execute",),
        ),
        Row("proposed", "tick", "expired", (Condition("not-yet", "until", "<=", "now"),)),
        Row("approved", "tick", "expired", (Condition("not-yet", "until", "<=", "now"),)),
    ),
)
