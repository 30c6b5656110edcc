"""The pseudonym: one name for whoever is not to be named; the same within a thread and for one audience.

    Pseudonyms(secret, "accord").of("person", "王伟")  ->  Token("[Person 7K2QD]", "〔人员 7K2QD〕")

The code is an HMAC-SHA-256 under a secret of the thread, over audience, sort and the name as `spelling`
compares it. So it says nothing about the name, it is the same in either language, and two audiences that
put their copies side by side cannot join them, unless it was agreed that they are one audience. Whoever
holds the secret can try names: it is kept with the case, and goes with it. Pure.
"""

import hashlib
import hmac
from typing import NamedTuple

from detente.instruments.spelling import squashed
from detente.instruments.suggestion import Sort

CODE = 5
"""Letters of a code: one in 17 million."""

_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"


class Token(NamedTuple):
    """What stands in the place of a name, in both languages."""

    en: str
    zh: str


SORT_WORDS: dict[Sort, Token] = {
    "person": Token("Person", "人员"),
    "organisation": Token("Organisation", "机构"),
    "place": Token("Place", "地点"),
    "date": Token("Date", "日期"),
    "version": Token("Version", "版本"),
    "model": Token("Model", "模型"),
    "contact": Token("Contact", "联系方式"),
    "secret": Token("Secret", "机密信息"),
    "identifier": Token("Identifier", "编号"),
}

UNKNOWN = Token("[unknown]", "〔不详〕")
"""Nobody knows."""

WITHHELD = Token("[withheld]", "〔不予公开〕")
"""It is known, and not said."""


class Pseudonyms(NamedTuple):
    """The pseudonyms of one thread for one audience.

    Args:
        secret: of the thread, 32 random bytes.
        audience: for whom; what was agreed to be one audience has one name.
    """

    secret: bytes
    audience: str

    def of(self, sort: Sort, name: str) -> Token:
        """Return what stands in the place of a name."""
        said = "\0".join(("detente pseudonym 1", self.audience, sort, squashed(name)))
        number = int.from_bytes(hmac.digest(self.secret, said.encode(), hashlib.sha256), "big")
        code = ""
        for _ in range(CODE):
            number, rest = divmod(number, len(_LETTERS))
            code += _LETTERS[rest]
        word = SORT_WORDS[sort]
        return Token(f"[{word.en} {code}]", f"〔{word.zh} {code}〕")


def withheld(sort: Sort) -> Token:
    """Return what says that something of a sort is known and not said."""
    word = SORT_WORDS[sort]
    return Token(f"[{word.en.lower()} withheld]", f"〔{word.zh}：不予公开〕")
