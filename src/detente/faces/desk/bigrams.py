"""Bigrams: how a text is cut for the search index, and how a question is put to it.

    cut("An agent 越过屏障")      "An agent 越过 过屏 屏障 障"
    question("屏障 agent")        '"屏障" AND "agent"*'

SQLite's FTS5 knows no Chinese words, and its trigrams find nothing of two characters, silently. So runs of
Chinese characters become overlapping pairs, and the last character of a run stands once more by itself; a
question becomes a phrase of pairs, or the beginning of one for a single character.
"""

import re
import unicodedata

RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+")
WORD = re.compile(r"\w+")
MAX_TERMS = 16
MAX_QUESTION = 200


def cut(text: str) -> str:
    """Return a text as it is put into the index."""
    return RUN.sub(lambda run: f" {' '.join(_pairs(run[0]))} ", _normal(text))


def question(text: str) -> str:
    """Return a question as FTS5 takes it; empty if there is nothing to ask for.

    Every word has to be there; of the last one, or of a single character, the beginning is enough.
    """
    terms: list[str] = []
    for word in WORD.findall(_normal(text[:MAX_QUESTION])):
        at = 0
        for run in RUN.finditer(word):
            terms += _plain(word[at : run.start()])
            terms.append(_phrase(run[0]))
            at = run.end()
        terms += _plain(word[at:])
    return " AND ".join(terms[:MAX_TERMS])


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]


def _phrase(run: str) -> str:
    if len(run) == 1:
        return f'"{run}"*'
    return f'"{" ".join(_pairs(run)[:-1])}"'


def _plain(word: str) -> list[str]:
    return [f'"{word}"*'] if word else []


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
