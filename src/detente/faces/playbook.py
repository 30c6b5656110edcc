"""The playbooks: what to do first, step by step, in both languages; texts that come with the house.

names()                     ("bio_uplift", "cyberattack", …): the words of the field `playbook` of a response
load("false_alarm").steps   each with the state in which it is due, the role that does it, and its words

A playbook binds nobody. A party that has better ones keeps its own; a response says which it follows.
"""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from detente.faces.speech import Text
from detente.node.errors import NoSuchThing

FOLDER = files("detente.faces") / "playbooks"
SUFFIX = ".toml"


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    en: str
    zh: str

    @property
    def text(self) -> Text:
        """As it is spoken."""
        return Text(self.en, self.zh)


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step: in which state of a response it is due, which role does it, and what is done."""

    state: str
    role: str
    en: str
    zh: str

    @property
    def text(self) -> Text:
        """As it is spoken."""
        return Text(self.en, self.zh)


class Playbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One playbook: its title, when it is taken up, what is never done, and its steps in order."""

    title: Words
    when: Words
    never: Words
    steps: tuple[Step, ...]


def names() -> tuple[str, ...]:
    """Return the playbooks' names, sorted."""
    return tuple(
        sorted(one.name.removesuffix(SUFFIX) for one in FOLDER.iterdir() if one.name.endswith(SUFFIX))
    )


@cache
def load(name: str) -> Playbook:
    """Return a playbook.

    Raises:
        NoSuchThing: `playbook.1`.
    """
    # 1. There is such a playbook.
    if name not in names():
        raise NoSuchThing(
            "playbook.1", f"There is no playbook {name[:40]}.", f"There are: {', '.join(names())}."
        )
    data = (FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(data), Playbook)
