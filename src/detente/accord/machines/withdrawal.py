"""The withdrawal: one side leaves after its notice, and the leaving always comes to an end.

    member -> leaving -> left -> closed

Terms: `disposal`, the time in which every party says what it did with what it held, and up to which head it
read the log, in milliseconds; `parties`, who says so. The withdrawal says its `effective` time; the
`earliest` is what the notice allows.
"""

from detente.trust.machine import Condition, Put, Row, Table

_SAY = (
    Condition("party-unknown", "by", "in", "terms.parties"),
    Condition("said-before", "by", "not in", "finished"),
)

WITHDRAWAL = Table(
    name="withdrawal",
    start="member",
    ends=("closed",),
    cells={"effective": 0, "until": 0, "finished": frozenset()},
    rows=(
        Row(
            "member",
            "withdraw",
            "leaving",
            (Condition("notice-too-short", "said.earliest", "<=", "said.effective"),),
            (Put("effective", "said.effective"), Put("until", "said.effective", "terms.disposal")),
            ("notice",),
        ),
        Row("leaving", "tick", "left", (Condition("not-yet", "effective", "<=", "now"),), emit=("stop",)),
        Row(
            "left",
            "finish",
            "closed",
            (*_SAY, Condition("not-yet-all", "#terms.parties", "<=", "#finished", 1)),
            (Put("finished", "by", join=True),),
        ),
        Row("left", "finish", "left", _SAY, (Put("finished", "by", join=True),)),
        Row("left", "tick", "closed", (Condition("not-yet", "until", "<=", "now"),)),
    ),
)
