"""`detente why ID`: the rule behind an outcome, its conditions with their values, and what would change it.

ID is a record's, a release's or a refusal's, or its first digits; or a clause (`notify-serious`), for its
duties, and `CLAUSE/DIGITS` for those that arose from one record. An alarm is told with its record, a pause
with the proposals that it answers. It is read beside a running node, and changes nothing.
"""

import argparse

from detente.faces import because, pillars, why
from detente.faces.cli.place import declare_domain, declare_home, home_of, marked
from detente.faces.exits import KEPT
from detente.faces.speech import Voice
from detente.node.window import Window


def declare(parser: argparse.ArgumentParser) -> None:
    """What about."""
    parser.add_argument("id", help="of a record, a release or a refusal, its first digits, or a clause")
    declare_domain(parser)
    declare_home(parser)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Answer.

    Raises:
        NoSuchThing: `why.1`. Incomplete: `standing.2`. HomeMissing: `window.1`.
    """
    with Window.open(home_of(arguments), pillars.installed()) as window:
        found = why.of(window.panes[arguments.domain], arguments.id)
        lines = [voice.choose(text) for text in because.lines(found)]
        voice.result(found, marked(arguments.domain, lines))
    return KEPT
