"""Templates: the texts that come with the house, to start a negotiation from. A file in the folder is one.

names()                                  ("bilateral", "network", "starter")
text("starter")                          its YAML
expectations("starter")                  the cases that state what it is meant to do
renamed(text, {"us": "party-a"})         the same with another name for an example party
"""

import re
from collections.abc import Mapping
from importlib.resources import files

import yaml

from detente.faces.speech import Text
from detente.node.errors import NoSuchThing
from detente.trust.errors import Malformed

FOLDER = files("detente.accord") / "templates"
SUFFIX = ".yaml"
CASES = ".expected.toml"
TOLD = ("en = ", "zh = ", "kind = ", "#")
"""How lines begin in which no party is named."""

FIRST = "starter"
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")


def names() -> tuple[str, ...]:
    """Return the templates' names, sorted."""
    return tuple(
        sorted(one.name.removesuffix(SUFFIX) for one in FOLDER.iterdir() if one.name.endswith(SUFFIX))
    )


def text(name: str) -> str:
    """Return a template.

    Raises:
        NoSuchThing: `template.1`.
    """
    # 1. There is such a template.
    if name not in names():
        raise NoSuchThing("template.1", f"There is no template {name}.", f"There are: {', '.join(names())}.")
    return (FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8")


def expectations(name: str, parties: Mapping[str, str]) -> str:
    """Return the cases beside a template, its parties under other names; "" if none are stated."""
    place = FOLDER / f"{name}{CASES}"
    if not place.is_file():
        return ""
    old = "|".join(map(re.escape, parties)) or NAME.pattern
    named = re.compile(rf"(?<![\w.-])({old})(?![\w.-])")
    lines = place.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(
        one if one.startswith(TOLD) else named.sub(lambda found: parties.get(found[1], found[1]), one)
        for one in lines
    )


def heading(name: str) -> Text:
    """Return a template's title."""
    title = yaml.safe_load(text(name))["title"]
    return Text(title["en"], title["zh"])


def renamed(written: str, parties: Mapping[str, str]) -> str:
    """Return a text in which parties have other names, wherever they are named: as keys, values, in rules.

    Raises:
        Malformed: `template.2` no such party there, or the new name is none, or another's.
    """
    here = set(yaml.safe_load(written)["parties"])
    for old, new in parties.items():
        # 2. A party that is there gets a name that nobody has.
        if (
            old not in here
            or NAME.match(new) is None
            or new in here - set(parties)
            or len(set(parties.values())) < len(parties)
        ):
            raise Malformed(
                "template.2",
                f"{old}={new} names no party there, or gives a name that is none or another's.",
                f"There are: {', '.join(sorted(here))}. A name has small letters, digits and hyphens.",
            )
    made, last = [], 0
    for token in yaml.scan(written, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            first, end = token.start_mark.index, token.end_mark.index
            made += [written[last:first], _spelled(written[first:end], token.value, parties)]
            last = end
    return "".join([*made, written[last:]])


def _spelled(spelling: str, value: str, parties: Mapping[str, str]) -> str:
    if value in parties:
        return parties[value]
    quoted = "|".join(map(re.escape, parties))
    return (
        re.sub(rf"(['\"])({quoted})\1", lambda one: f"{one[1]}{parties[one[2]]}{one[1]}", spelling)
        if quoted
        else spelling
    )
