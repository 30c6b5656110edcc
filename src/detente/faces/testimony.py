"""The testimony: whose word it is that what was paused rests, the laboratory's own or its party's alone.

    of({"approval": None, …}, ())     the party's word
    told(paused)                      which laboratories say so of a pause, and how

A laboratory's word carries its signature (`accord.solemn`); without one, its party speaks for it. The two are
never told in the same words.
"""

from collections.abc import Collection, Mapping
from typing import Any

from detente.faces.speech import Text
from detente.node.pauses import Paused

OWN = Text("the laboratory's own word, signed with its own key", "实验室自己的说明，以其自有密钥签字")
WORD = Text("the party's word: the laboratory did not sign", "系其所属方之言：实验室并未签字")
FALSE = Text(
    "carries a signature that is not the laboratory's: it does not stand", "所附签名并非该实验室所签：不成立"
)


def of(opened: Mapping[str, Any], refusals: Collection[str]) -> Text:
    """Return whose word an attestation is, by its open fields and by why it does not stand, if so."""
    if opened.get("approval") is None:
        return WORD
    return FALSE if refusals else OWN


def told(one: Paused) -> tuple[Text, ...]:
    """Return which laboratories say that a pause is kept, by their own key and in their party's word."""
    word = [name for name in one.attested if name not in one.vouched]
    keys, words = ", ".join(one.vouched), ", ".join(word)
    by_key = Text(f"{keys}: it rests, signed with its own key", f"{keys}：已停止，以其自有密钥签字")
    by_word = Text(
        f"{words}: it rests (the party's word, not the laboratory's)",
        f"{words}：已停止（系其所属方之言，非实验室所签）",
    )
    return (*((by_key,) if keys else ()), *((by_word,) if words else ()))
