"""The proposal: what a trigger asks of people, and the clock by which they decide. It does nothing by itself.

    none -> open -> taken | refused | lapsed

Terms: `decide`, milliseconds; `warn`, how long before its end it is warned of.
"""

from detente.trust.machine import Condition, Put, Row, Table

_IN_TIME = Condition("too-late", "now", "<=", "until")
_NEAR = Condition("not-near", "until", "<=", "now", "terms.warn")
_PERSON = Condition("not-a-person", "said.person", "==", 1)


def _decided(state: str) -> tuple[Row, ...]:
    return (
        Row(state, "take", "taken", (_PERSON, _IN_TIME)),
        Row(state, "refuse", "refused", (_PERSON, _IN_TIME)),
        Row(state, "tick", "lapsed", (Condition("not-yet", "until", "<", "now"),), emit=("escalate",)),
    )


PROPOSAL = Table(
    name="proposal",
    start="none",
    ends=("taken", "refused", "lapsed"),
    cells={"until": 0},
    rows=(
        Row("none", "fire", "open", do=(Put("until", "now", "terms.decide"),), emit=("propose",)),
        *_decided("open"),
        Row("open", "tick", "warned", (_NEAR,), emit=("warn",)),
        *_decided("warned"),
    ),
)
