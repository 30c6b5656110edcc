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

Form = tuple[Sort, str, re.Pattern[str]]
HAN = "\u4e00-\u9fff"
SIZES = "mini|turbo|pro|max|ultra|flash|sonnet|opus|haiku|instruct|chat|preview|vision|coder"
EDGE = r"(?a:\b)"
"""Where a word in Latin letters begins or ends, also beside Chinese, which has no spaces."""

CAPITAL = r"[A-Z](?:(?![" + HAN + r"])[\w'’&-])*"
LEFT_OUT = "某某"
LONGEST_PLACE = 5
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
def _patterns() -> tuple[Form, ...]:
    return (*_organisations(), *_models(), *_people(), *_places())


def _organisations() -> Iterator[Form]:
    known = either(one for one in listed("organisations") if one.isascii())
    known_zh = either(one for one in listed("organisations") if not one.isascii())
    before = "University|Institute|Bank|Ministry|Department"
    suffixes = either(words("suffixes"))
    yield "organisation", "list", re.compile(rf"{EDGE}(?=[A-Za-z])(?:{known})(?![A-Za-z])")
    yield "organisation", "list", re.compile(known_zh)
    yield (
        "organisation",
        "suffix",
        re.compile(rf"(?:{CAPITAL}(?: for| and| &)? ){{1,5}}(?:{suffixes})(?![A-Za-z0-9_])"),
    )
    yield (
        "organisation",
        "beginning",
        re.compile(rf"{EDGE}(?:{before}) of (?:the )?{CAPITAL}(?: {CAPITAL})*"),
    )


def _models() -> Iterator[Form]:
    known = either(one for found in listed("models") for one in found.split("|"))
    number = rf"(?:[- ]?(?:v|V)?\d[0-9A-Za-z.]*(?:[- ](?:{SIZES}|\d+(?:\.\d+)?[BbMm]){EDGE})*)?"
    yield "model", "list", re.compile(rf"(?<![A-Za-z])(?:{known}){number}(?!(?<=[A-Za-z0-9.])[A-Za-z])")
    form = rf"{EDGE}[A-Z][A-Za-z]+-\d+(?:\.\d+)*[A-Za-z]?(?:-[A-Za-z]+)*{EDGE}"
    yield "model", "form", re.compile(form)


def _people() -> Iterator[Form]:
    titles, given = either(words("titles")), either(words("given"))
    middle = r"(?: [A-Z]\.)?"
    yield (
        "person",
        "title",
        re.compile(rf"{EDGE}(?:{titles})\.? (?P<name>{CAPITAL}{middle}(?: {CAPITAL}){{0,2}})"),
    )
    yield (
        "person",
        "given name",
        re.compile(rf"{EDGE}(?P<name>(?:{given}){middle}(?: (?:de|van|von|al|bin))? {CAPITAL})"),
    )
    surname = f"(?:{either(words('compound'))}|[{''.join(sorted(words('surnames')))}])"
    name, whole = f"(?P<name>{surname}[{HAN}]{{1,2}}?)", f"(?P<name>{surname}[{HAN}]{{1,2}})"
    yield "person", "title", re.compile(f"{name}(?={either(words('titles_zh'))})")
    yield "person", "verb", re.compile(f"{name}(?={either(words('after_zh'))})")
    role = either(words("before_zh"))
    yield "person", "role", re.compile(f"(?:{role})[：:]?{whole}(?![{HAN}])")


def _places() -> Iterator[Form]:
    latin = [one for one in places() if one[:1].isascii() or not re.match(f"[{HAN}]", one)]
    han = [one for one in places() if re.match(f"[{HAN}]", one)]
    yield "place", "list", re.compile(rf"(?i:(?<!(?![{HAN}])\w)(?:{either(latin)})(?![A-Za-z]))")
    yield "place", "list", re.compile(f"(?:{either(han)})[省市县区州]?")


def _chinese_organisations(text: str) -> Iterator[Suggestion]:
    """A name goes back from its suffix to the last character that no name has: 由|北京某某科技有限公司."""
    stops = words("stops_zh")
    for found in _suffix_zh().finditer(text):
        start = found.start()
        while found.start() - start < LONGEST and (step := _inside(text, start, stops)):
            start -= step
        if found.start() - start > 1:
            end = found.end()
            yield Suggestion(start=start, end=end, sort="organisation", why="suffix", text=text[start:end])


@cache
def _suffix_zh() -> re.Pattern[str]:
    return re.compile(either(words("suffixes_zh")))


def _inside(text: str, start: int, stops: frozenset[str]) -> int:
    """Return how many letters before a start are of a name: 某 is of none, 某某 is a name left out.

    A letter of no name is of one all the same in the name of a place: 上 of 上海.
    """
    if text.endswith(LEFT_OUT, 0, start):
        return len(LEFT_OUT)
    last = text[start - 1 : start] if start else ""
    if last in stops:
        return _of_place(text, start)
    return int(bool(last) and (last.isalnum() or last in "·（）()"))


def _of_place(text: str, start: int) -> int:
    """Return how far before a start the name of a place begins that reaches it; 0 if there is none."""
    for back in range(1, min(start, LONGEST_PLACE) + 1):
        begin = start - back
        if any(text[begin : begin + size] in places() for size in range(max(back, 2), LONGEST_PLACE + 1)):
            return back
    return 0
