"""The pause: own, requested or mutual; each has a term and ends by itself.

    none -> running -> ended                      one's own binds at once
    none -> requested -> accepted -> mutual       accepted by pausing; mutual if the asker pauses too

A request that is not answered by its clock is seen as that, and may still be accepted. A renewal is another
pause. Terms: `longest`, the longest term, in milliseconds; `laboratories`, who attests besides the parties.
"""

from detente.trust.machine import Condition, Put, Row, Table

_OWN = Condition("asks-another", "said.binds", "==", "by")
_AHEAD = Condition("term-passed", "now", "<", "said.until")
_SHORT = Condition("term-too-long", "said.until", "<=", "now", "terms.longest")
_ASKED = Condition("not-asked", "by", "==", "who")
_ASKER = Condition("not-your-pause", "by", "==", "asker")
_OVER = Condition("not-yet", "until", "<=", "now")
_IN_TERM = Condition("pause-over", "now", "<", "until")
_SAID = (Put("asker", "by"), Put("who", "said.binds"), Put("until", "said.until"))
ANSWERS = {"decline": "declined", "cannot-say": "cannot-say", "cannot-send": "cannot-send"}
"""Event to the state that it brings a request to."""


def _asked(state: str) -> tuple[Row, ...]:
    """What a request that waits can come to."""
    return (
        Row(
            state,
            "pause",
            "accepted",
            (_ASKED, _OWN, _IN_TERM, _AHEAD, _SHORT),
            (Put("until", "said.until"),),
        ),
        *(Row(state, event, to, (_ASKED, _IN_TERM)) for event, to in ANSWERS.items()),
        Row(state, "lift", "withdrawn", (_ASKER, _IN_TERM)),
        Row(state, "tick", "lapsed", (_OVER,)),
    )


def _bound(state: str) -> tuple[Row, ...]:
    """What a pause that binds can come to: its author ends it, or its term does."""
    return (
        Row(state, "lift", "lifted", (Condition("not-your-pause", "by", "==", "who"), _IN_TERM)),
        Row(state, "tick", "ended", (_OVER,)),
    )


def _attested(state: str) -> Row:
    known = Condition("not-your-laboratory", "by", "in", "terms.laboratories")
    return Row(state, "attest", state, (known,), (Put("attested", "by", join=True),))


PAUSE = Table(
    name="pause",
    start="none",
    ends=("ended", "lifted", "lapsed", "withdrawn", "declined", "cannot-say", "cannot-send"),
    cells={"asker": "", "who": "", "until": 0, "reply": 0, "attested": frozenset()},
    rows=(
        Row("none", "pause", "running", (_OWN, _AHEAD, _SHORT), _SAID),
        Row("none", "pause", "requested", (_AHEAD, _SHORT), (*_SAID, Put("reply", "said.reply"))),
        *_asked("requested"),
        Row(
            "requested",
            "tick",
            "unanswered",
            (Condition("not-yet", "reply", "<", "now"),),
            emit=("escalate",),
        ),
        *_asked("unanswered"),
        Row("accepted", "pause", "mutual", (_ASKER, _OWN, _IN_TERM, _AHEAD, _SHORT)),
        *(row for state in ("running", "accepted", "mutual") for row in _bound(state)),
        *(_attested(state) for state in ("running", "accepted", "mutual", "ended", "lifted")),
    ),
)
