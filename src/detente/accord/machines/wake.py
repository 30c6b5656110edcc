"""The wake: how one message is brought to officers, one after the other, until it is taken or done.

    quiet -> ringing -> voice                     called, the next one called, nobody left to call
    ringing | voice -> taken -> done              an officer took it, and read it back

A tick says what there is: `left`, how many officers can be called now and were not; `more`, how many were not
called at all; `failed`, 1 if nothing of the last call got through; `patience`, how long a call is waited for;
`due`, when the message has to be read back. Nobody is called twice: who was called is no longer left.
"""

from detente.trust.machine import Condition, Put, Row, Table

_LEFT = Condition("nobody-left", 0, "<", "said.left")
_ALL = Condition("not-all-called", "said.more", "==", 0)
_FAILED = Condition("not-failed", "said.failed", "==", 1)
_PATIENT = Condition("waiting", "until", "<=", "now")
_DUE = Condition("not-due", "said.due", "<=", "now")
_CALLED = (Put("until", "now", "said.patience"),)


def _next(state: str, *when: Condition) -> tuple[Row, ...]:
    """Call the next officer, or, when all were called, a person has to telephone."""
    return (
        Row(state, "tick", "ringing", (*when, _LEFT), _CALLED, emit=("call",)),
        Row(state, "tick", "voice", (*when, _ALL), emit=("voice",)),
    )


WAKE = Table(
    name="wake",
    start="",
    ends=("done",),
    cells={"until": 0},
    rows=(
        *_next(""),
        *_next("ringing", _FAILED),
        *_next("ringing", _PATIENT),
        *_next("taken", _DUE),
        Row("voice", "tick", "ringing", (_LEFT,), _CALLED, emit=("call",)),
        *(Row(state, "take", "taken") for state in ("", "ringing", "voice", "taken")),
        *(Row(state, "settle", "done") for state in ("", "ringing", "voice", "taken")),
    ),
)
