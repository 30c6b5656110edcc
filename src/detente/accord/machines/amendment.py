"""The amendment: proposed, countered, signed by every party's officers, adopted in every log.

    none -> proposed -> binding -> adopted
              ^ counter: another text, and no signature of the old one counts for it

Snap-back is an amendment like another: its text is that of an earlier version, by digest. Terms: `parties`,
who signs; `nobody`, the empty set.
"""

from detente.trust.machine import Condition, Put, Row, Table

_PARTY = Condition("party-unknown", "by", "in", "terms.parties")
_TEXT = Condition("another-text", "said.digest", "==", "digest")
_IN_TIME = Condition("lapsed", "now", "<", "until")
_OVER = Condition("not-yet", "until", "<=", "now")
_SIGN = (_PARTY, _TEXT, _IN_TIME, Condition("signed-before", "by", "not in", "signed"))
_ADOPT = (_PARTY, _TEXT, Condition("not-yet-in-force", "said.starts", "<=", "now"))
_FIRST = Condition("adopted-before", "by", "not in", "adopters")

AMENDMENT = Table(
    name="amendment",
    start="none",
    ends=("adopted", "lapsed"),
    cells={"digest": "", "until": 0, "signed": frozenset(), "adopters": frozenset()},
    rows=(
        Row(
            "none",
            "propose",
            "proposed",
            (_PARTY, Condition("lapsed", "now", "<", "said.until")),
            (Put("digest", "said.digest"), Put("until", "said.until")),
        ),
        Row(
            "proposed",
            "counter",
            "proposed",
            (_PARTY, _IN_TIME, Condition("same-text", "said.digest", "!=", "digest")),
            (Put("digest", "said.digest"), Put("signed", "terms.nobody")),
        ),
        Row(
            "proposed",
            "sign",
            "binding",
            (*_SIGN, Condition("not-yet-all", "#terms.parties", "<=", "#signed", 1)),
            (Put("signed", "by", join=True),),
        ),
        Row("proposed", "sign", "proposed", _SIGN, (Put("signed", "by", join=True),)),
        Row("proposed", "tick", "lapsed", (_OVER,)),
        Row(
            "binding",
            "adopt",
            "adopted",
            (*_ADOPT, _FIRST, Condition("not-yet-all", "#terms.parties", "<=", "#adopters", 1)),
            (Put("adopters", "by", join=True),),
        ),
        Row("binding", "adopt", "binding", (*_ADOPT, _FIRST), (Put("adopters", "by", join=True),)),
    ),
)
