"""`detente playbook`: what to do first in an incident, in both languages.

playbook list
playbook show loss_of_control
"""

import argparse

from detente.faces import pillars, playbook, telegram
from detente.faces.exits import KEPT
from detente.faces.playbook import Playbook, Step
from detente.faces.speech import Text, Voice, table

NEVER = Text("NEVER", "切勿")
KIND = "response.turn"


def declare(parser: argparse.ArgumentParser) -> None:
    """`list` all, or `show` one."""
    acts = parser.add_subparsers(dest="act", metavar="list|show", required=True)
    acts.add_parser("list", help="which playbooks there are, and when each is taken up")
    one = acts.add_parser("show", help="one playbook, step by step")
    one.add_argument("playbook", help="its name")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print playbooks.

    Raises:
        NoSuchThing: `playbook.1`.
    """
    if arguments.act == "list":
        every = {name: playbook.load(name) for name in playbook.names()}
        value = {name: {"title": one.title, "when": one.when} for name, one in every.items()}
        rows = [
            [name, voice.choose(one.title.text), voice.choose(one.when.text)] for name, one in every.items()
        ]
        voice.result(value, table(rows))
        return KEPT
    found = playbook.load(arguments.playbook)
    voice.result(found, lines(found, voice))
    return KEPT


def lines(found: Playbook, voice: Voice, done: frozenset[int] = frozenset()) -> list[str]:
    """Return a playbook as lines, with a mark before each step that was done."""
    head = [voice.choose(found.title.text), f"  {voice.choose(found.when.text)}"]
    colon = voice.choose(Text(": ", "："))
    never = f"  {voice.choose(NEVER)}{colon}{voice.choose(found.never.text)}"
    steps = [
        f"  [{'x' if number in done else ' '}] {number}. {_where(one, voice)}{colon}{voice.choose(one.text)}"
        for number, one in enumerate(found.steps, 1)
    ]
    return [*head, never, *steps]


def _where(one: Step, voice: Voice) -> str:
    edition = pillars.editions()["response"]
    state = telegram.value_word(edition, KIND, "state", one.state)
    role = telegram.value_word(edition, KIND, "role", one.role)
    return voice.choose(Text(", ", "，")).join((voice.choose(state), voice.choose(role)))
