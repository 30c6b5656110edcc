"""`detente evaluate attempts`: what was begun at a plan, what came of each, and which one was kept back.

The runner tables `evaluations.attempt` before the first sample, so the log numbers attempts; `run` does it. A
result names the one that it is of, and stands only if every earlier one has a result too.
"""

import argparse
from typing import NamedTuple

from detente.faces import door
from detente.faces.cli import playbooks
from detente.faces.cli.place import declare_home, home_of, marked
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice, clock, table
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.node import Node
from detente.node.status import Shown
from detente.trust.errors import WrongContext

KIND, RESULT = "evaluations.attempt", "evaluations.result"


class Begun(NamedTuple):
    """An attempt.

    Args:
        attempt: its number.
        at: when it was announced.
        id: of the record that announced it.
        result: the record that reports it; empty if none does.
        decision: of that; empty if there is none.
    """

    attempt: int
    at: int
    id: str
    result: str
    decision: str


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Of one plan."""
    one = acts.add_parser("attempts", help="what was begun at a plan, and what was kept back")
    one.add_argument("plan", help="id of the plan, or its first digits")
    declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """List the attempts at a plan; 1 if one has no result.

    Raises:
        NoSuchThing: `evaluate.1`.
    """
    with door.reach(home_of(arguments)) as node:
        plan = playbooks.shown_of(node, arguments.plan, playbooks.PLAN)
        found = begun(node, plan)
    none = Text("NO RESULT", "没有结果")
    head = Text(
        f"{len(found)} of {plan.open['attempts']} attempts registered were begun; every one counts",
        f"登记 {plan.open['attempts']} 次，已开始 {len(found)} 次；每次均计入",
    )
    rows = [
        [f"  {one.attempt}", clock(one.at), one.decision or voice.choose(none), one.result[:16]]
        for one in found
    ]
    voice.result([one._asdict() for one in found], marked(plan.domain, [voice.choose(head), *table(rows)]))
    return KEPT if all(one.result for one in found) else UNSOUND


def begun(node: Node, plan: Shown) -> list[Begun]:
    """Return the attempts at a plan in their order; two may have one number, and both are there to see."""
    results = {one.open["begun"]: one for one in _of(node, plan, RESULT)}
    found = []
    for one in announced(node, plan):
        result = results.get(one.id)
        told = (result.id, str(result.facts["decision"])) if result is not None else ("", "")
        found.append(Begun(one.facts["attempt"], one.at, one.id, *told))
    return found


def announced(node: Node, plan: Shown) -> list[Shown]:
    """Return the records that announce attempts at a plan, ascending by number."""
    return sorted(_of(node, plan, KIND), key=lambda one: (one.facts["attempt"], one.at))


def announce(node: Node, plan: Shown, number: int) -> None:
    """Have the log number an attempt, unless it has already: a run that was ended goes on.

    Raises:
        WrongContext: `evaluate.9`: the log counts otherwise than this home. Refused: the pillar refuses.
    """
    known = announced(node, plan)
    if len(known) == number:
        return
    # 9. The log has numbered exactly those before it.
    if len(known) != number - 1:
        what = f"The log has {len(known)} attempts at this plan; this home would begin number {number}."
        raise WrongContext("evaluate.9", what, "Another home of this party began one: go on there.")
    draft = Draft.new(KIND, {"previous": known[-1].id if known else None})
    node.table(draft.within(plan.domain).answering(plan.id))


def of_number(node: Node, plan: Shown, number: int) -> str:
    """Return the record that announced an attempt.

    Raises:
        NoSuchThing: `evaluate.10`.
    """
    known = announced(node, plan)
    # 10. It was announced.
    if len(known) < number:
        what = f"Attempt {number} at this plan was not announced in the log."
        raise NoSuchThing("evaluate.10", what, "detente evaluate run announces an attempt before it begins.")
    return known[number - 1].id


def _of(node: Node, plan: Shown, kind: str) -> list[Shown]:
    shown = [node.record(one.id) for one in node.records(plan.domain, kind)]
    return [one for one in shown if one.thread == plan.id and not one.refusals]
