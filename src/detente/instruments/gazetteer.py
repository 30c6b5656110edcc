"""The gazetteer: names of places with their regions, known organisations and models, how names look.

    places()["上海"].region  ->  Region(code="030", en="Eastern Asia", zh="东亚")

Regions are those of UN M49. Sources and licences stand in the files.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Region(NamedTuple):
    """A region by its UN M49 code, in both languages."""

    code: str
    en: str
    zh: str


@cache
def places() -> Mapping[str, Region]:
    """Return each name of a place, in either language and English ones in lower case, to its region."""
    data = _file("places.toml")
    regions = {
        country: Region(code, one["en"], one["zh"])
        for code, one in data["regions"].items()
        for country in one["of"].split()
    }
    found: dict[str, Region] = {}
    for country, listed in data["places"].items():
        for pair in listed.split(";"):
            en, _, zh = pair.partition("|")
            found[en.casefold()] = found[zh] = regions[country]
    return found


@cache
def words(name: str) -> frozenset[str]:
    """Return the words of a list of `names.toml`; one without spaces is a list of characters."""
    text: str = _file("names.toml")[name]
    return frozenset(text.split() if " " in text else text)


@cache
def listed(name: str) -> tuple[str, ...]:
    """Return the names of a list in which they may have spaces, the longest first."""
    text: str = _file("names.toml")[name]
    found = {one for pair in text.split(";") for one in pair.split("|")}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


def either(names: Iterable[str]) -> str:
    """Return a pattern for any of some names, the longest that fits: a tree of beginnings, for speed."""
    first: dict[str, list[str]] = {}
    for one in names:
        first.setdefault(one[:1], []).append(one[1:])
    ends = first.pop("", [])
    branches = [f"{re.escape(one)}{either(rest)}" for one, rest in sorted(first.items())]
    if not branches:
        return ""
    whole = branches[0] if len(branches) == 1 and not ends else f"(?:{'|'.join(branches)})"
    return f"{whole}?" if ends else whole


@cache
def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((files("detente.instruments") / name).read_text(encoding="utf-8"))
