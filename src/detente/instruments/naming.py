"""Naming: people, organisations, places and models in running text, by rules and lists; English and Chinese.

A Chinese personal name is suggested where a surname and one or two characters stand beside a word that goes
with names, for 高 and 方 are also other words. An English one where a common given name or a title stands
before a word in capitals. Rules miss names and see some that are none: a person decides. Pure, but for the
lists it reads once.
"""

import re
from collections.abc import Iterator
from functools import cache

from detente.instruments.gazetteer import either, listed, places, words
from detente.instruments.suggestion import Sort, Suggestion

HAN = "\u4e00-\u9fff"
SIZES = "mini|turbo|pro|max|ultra|flash|sonnet|opus|haiku|instruct|chat|preview|vision|coder"
LONGEST = 16
"""Characters that an organisation's name in Chinese has before its suffix, at most."""


def named(text: str) -> Iterator[Suggestion]:
    """Return each stretch that seems to name somebody, somewhere or some model."""
    for sort, why, pattern in _patterns():
        for found in pattern.finditer(text):
            start, end = found.span("name") if "name" in pattern.groupindex else found.span()
            yield Suggestion(start=start, end=end, sort=sort, why=why, text=text[start:end])
    yield from _chinese_organisations(text)


@cache
def _patterns() -> tuple[tuple[Sort, str, re.Pattern[str]], ...]:
    capital = r"[A-Z][\w'’&-]*"
    surname = f"(?:{either(words('compound'))}|[{''.join(sorted(words('surnames')))}])"
    name = f"(?P<name>{surname}[{HAN}]{{1,2}}?)"
    titled, said = either(words("titles_zh")), either(words("after_zh"))
    latin = [one for one in places() if one[:1].isascii() or not re.match(f"[{HAN}]", one)]
    han = [one for one in places() if re.match(f"[{HAN}]", one)]
    known = either(one for one in listed("organisations") if one.isascii())
    known_zh = either(one for one in listed("organisations") if not one.isascii())
    return (
        ("organisation", "list", re.compile(rf"\b(?=[A-Za-z])(?:{known})(?![A-Za-z])")),
        ("organisation", "list", re.compile(known_zh)),
        (
            "organisation",
            "suffix",
            re.compile(rf"(?:{capital}(?: for| and| &)? ){{1,5}}(?:{either(words('suffixes'))})(?![\w])"),
        ),
        (
            "organisation",
            "beginning",
            re.compile(
                rf"\b(?:University|Institute|Bank|Ministry|Department) of (?:the )?{capital}(?: {capital})*"
            ),
        ),
        (
            "model",
            "list",
            re.compile(
                rf"(?<![A-Za-z])(?:{_models()})"
                rf"(?:[- ]?(?:v|V)?\d[0-9A-Za-z.]*(?:[- ](?:{SIZES})\b)*)?(?![A-Za-z])"
            ),
        ),
        ("model", "form", re.compile(r"\b[A-Z][A-Za-z]+-\d+(?:\.\d+)*[A-Za-z]?(?:-[A-Za-z]+)*\b")),
        (
            "person",
            "title",
            re.compile(
                rf"\b(?:{either(words('titles'))})\.? (?P<name>{capital}(?: [A-Z]\.)?(?: {capital}){{0,2}})"
            ),
        ),
        (
            "person",
            "given name",
            re.compile(
                rf"\b(?P<name>(?:{either(words('given'))})(?: [A-Z]\.)?(?: (?:de|van|von|al|bin))? {capital})"
            ),
        ),
        ("person", "title", re.compile(f"(?<![{HAN}])?{name}(?={titled})")),
        ("person", "verb", re.compile(f"{name}(?={said})")),
        (
            "person",
            "role",
            re.compile(f"(?:{either(words('before_zh'))})[：:]?{name.replace('}?', '}')}(?![{HAN}])"),
        ),
        ("place", "list", re.compile(rf"(?i:\b(?:{either(latin)})(?![A-Za-z]))")),
        ("place", "list", re.compile(f"(?:{either(han)})[省市县区州]?")),
    )


def _models() -> str:
    return either(one for found in listed("models") for one in found.split("|"))


def _chinese_organisations(text: str) -> Iterator[Suggestion]:
    """A name goes back from its suffix to the last character that no name has: 由|北京某某科技有限公司."""
    stops = words("stops_zh")
    for found in _suffix_zh().finditer(text):
        start = found.start()
        while start > 0 and found.start() - start < LONGEST and _inside(text[start - 1], stops):
            start -= 1
        if found.start() - start > 1:
            end = found.end()
            yield Suggestion(start=start, end=end, sort="organisation", why="suffix", text=text[start:end])


@cache
def _suffix_zh() -> re.Pattern[str]:
    return re.compile(either(words("suffixes_zh")))


def _inside(one: str, stops: frozenset[str]) -> bool:
    return one not in stops and (one.isalnum() or one in "·（）()")
