"""The rotation: what becomes of one key, act by act in its party's log.

    unknown -> in-force -> replaced | revoked

A key that no longer acts can be disavowed, which undoes nothing. What is asked on, 1 or 0: `named`, the new
charter has it; `charters`, the old threshold and the new one signed and the commitment holds; `officers`, the
threshold signed; `past`, a range that was logged before; `acted`, it was in force somewhere in that range.
"""

from detente.trust.machine import Condition, Row, Table

_CHARTERS = Condition("not-by-both-thresholds", "said.charters", "==", 1)
_OFFICERS = Condition("not-by-officers", "said.officers", "==", 1)
_NAMED = Condition("not-named", "said.named", "==", 1)
_DISAVOW = (
    _OFFICERS,
    Condition("not-past", "said.past", "==", 1),
    Condition("never-acted-there", "said.acted", "==", 1),
)

ROTATION = Table(
    name="rotation",
    start="unknown",
    ends=(),
    cells={},
    rows=(
        Row("unknown", "charter", "in-force", (_CHARTERS, _NAMED)),
        Row("in-force", "charter", "in-force", (_CHARTERS, _NAMED)),
        Row("in-force", "charter", "replaced", (_CHARTERS,)),
        Row("replaced", "charter", "in-force", (_CHARTERS, _NAMED)),
        Row("in-force", "revoke", "revoked", (_OFFICERS,)),
        Row("replaced", "disavow", "replaced", _DISAVOW, emit=("shown",)),
        Row("revoked", "disavow", "revoked", _DISAVOW, emit=("shown",)),
    ),
)
