"""The dispute: the sides talk, then a neutral finds, and it ends settled, or open for all to see.

    none -> talking -> mediation -> found | settled | dropped | unresolved

A neutral that says nothing cannot hold it up: it ends by its clock. Terms: `talk` and `mediate`,
milliseconds; `neutral`, who mediates, or ""; `sides`, the parties that have to agree to a settlement.
"""

from detente.trust.machine import Condition, Put, Row, Table

_SIDE = Condition("no-side", "by", "in", "terms.sides")
_FRESH = Condition("agreed-before", "by", "not in", "agreed")
_BOTH = Condition("not-yet-all", "#terms.sides", "<=", "#agreed", 1)
_RAISED = Condition("not-your-dispute", "by", "==", "raiser")
_OVER = Condition("not-yet", "until", "<=", "now")
_IN_TIME = Condition("too-late", "now", "<", "until")
_AGREED = (Put("agreed", "by", join=True),)


def _talks(state: str) -> tuple[Row, ...]:
    return (
        Row(state, "settle", "settled", (_SIDE, _FRESH, _BOTH), _AGREED),
        Row(state, "settle", state, (_SIDE, _FRESH), _AGREED),
        Row(state, "drop", "dropped", (_RAISED,)),
    )


DISPUTE = Table(
    name="dispute",
    start="none",
    ends=("settled", "dropped", "found", "unresolved"),
    cells={"raiser": "", "until": 0, "agreed": frozenset()},
    rows=(
        Row(
            "none",
            "raise",
            "talking",
            (_SIDE,),
            (Put("raiser", "by"), Put("until", "now", "terms.talk")),
            ("notify",),
        ),
        *_talks("talking"),
        Row(
            "talking",
            "tick",
            "mediation",
            (_OVER, Condition("no-neutral", "terms.neutral", "!=", "=")),
            (Put("until", "until", "terms.mediate"),),
            ("escalate",),
        ),
        Row("talking", "tick", "unresolved", (_OVER,), emit=("escalate",)),
        *_talks("mediation"),
        Row(
            "mediation",
            "find",
            "found",
            (Condition("not-the-neutral", "by", "==", "terms.neutral"), _IN_TIME),
        ),
        Row("mediation", "tick", "unresolved", (_OVER,), emit=("escalate",)),
    ),
)
