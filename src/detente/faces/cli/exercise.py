"""`detente exercise open|no-duff`: begin an exercise, or stop it because something is real.

Both are records in the exercise domain alone. A NO-DUFF takes no answer and asks for no quorum: after it
nothing else is tabled in that exercise, at any node that holds it, and what is live goes on untouched.
"""

import argparse

from detente.accord.acts import EXERCISE, NO_DUFF
from detente.faces import door
from detente.faces.cli.place import declare_home, home_of, marked
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.node import Node

REASONS = ("real_event", "harm", "confusion", "unsafe", "other")


def declare(parser: argparse.ArgumentParser) -> None:
    """`open` one, or say `no-duff`."""
    acts = parser.add_subparsers(dest="act", metavar="open|no-duff", required=True)
    one = acts.add_parser("open", help="an exercise begins")
    one.add_argument("scenario", help="the code that its parties agreed on")
    declare_home(one)
    one = acts.add_parser("no-duff", help="something is real: the exercise stops at once")
    one.add_argument("--reason", choices=REASONS, default="real_event", help="why (real_event)")
    declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Table it.

    Raises:
        NoSuchThing: `exercise.1` no exercise goes on; `node.1` this node takes no part in exercises.
    """
    with door.reach(home_of(arguments)) as node:
        if arguments.act == "open":
            drafts = [_draft(EXERCISE, scenario=arguments.scenario)]
        else:
            drafts = [_draft(NO_DUFF, exercise=name, reason=arguments.reason) for name in _going_on(node)]
        tabled = [node.table(one) for one in drafts]
    opened = Text("An exercise has begun: ", "演习已开始：")
    stopped = Text("NO-DUFF. The exercise is stopped: ", "NO-DUFF。演习已中止：")
    told = voice.choose(opened if arguments.act == "open" else stopped)
    voice.result(tabled, marked("exercise", [told + one.id for one in tabled]))
    return KEPT


def _draft(kind: str, **fields: str | None) -> Draft:
    return Draft.new(kind, dict(fields)).within("exercise")


def _going_on(node: Node) -> list[str | None]:
    """The exercises that nobody has stopped."""
    ended = {
        str(node.record(one.id).open["exercise"])
        for one in node.records("exercise", NO_DUFF)
        if node.record(one.id).stands
    }
    found: list[str | None] = [
        one.id
        for one in node.records("exercise", EXERCISE)
        if one.id not in ended and node.record(one.id).stands
    ]
    if not found and not ended and not node.records("exercise", NO_DUFF):
        return [None]  # nobody opened it, and it is to stop all the same
    # 1. There is something to stop.
    if not found:
        raise NoSuchThing("exercise.1", "No exercise goes on here.", "Open one first, or act: it is stopped.")
    return found
