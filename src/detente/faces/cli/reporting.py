"""`detente evaluate report`: the result of an attempt, tabled from its extract; nobody copies a count.

An attempt that was abandoned has a result as well: what was not run is unscored. With `--seed` the result
commits to every sample, so that another party can have some of them opened (`detente evaluate challenge`).
"""

import argparse
from pathlib import Path
from typing import Any

from detente.faces import door
from detente.faces.cli import attempting, believing, drafting, playbooks, registering
from detente.faces.cli.place import declare_home, home_of, marked
from detente.faces.exits import KEPT
from detente.faces.speech import Voice
from detente.instruments import laboratory
from detente.instruments.extract import Extract
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.node import Node
from detente.node.status import Shown
from detente.trust.errors import WrongContext

KIND = "evaluations.result"


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Which plan, and whether the result commits to its samples."""
    one = acts.add_parser("report", help="table the result of the first attempt that has none yet")
    one.add_argument("plan", help="id of the plan, or its first digits")
    one.add_argument("--extract", type=Path, metavar="FILE", help="what a facility let out (own attempts)")
    one.add_argument("--seed", type=Path, help="commit to every sample with it; made there if there is none")
    one.add_argument(
        "--witness",
        choices=("nobody", "facility", "inspectors", "machine"),
        default="nobody",
        help="what else speaks for it (nobody)",
    )
    declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Table a result.

    Raises:
        NoSuchThing: `evaluate.1`, `evaluate.7`, `evaluate.10`. WrongContext: `evaluate.8`.
        Refused: what the pillar refuses.
    """
    home = home_of(arguments)
    with door.reach(home) as node:
        plan = playbooks.shown_of(node, arguments.plan, playbooks.PLAN)
        before = _results(node, plan)
        extract = _of(plan, len(before), arguments.extract or _whole(home, plan, len(before)))
        open_ = _open(extract, plan, before[-1] if before else None)
        open_["begun"] = attempting.of_number(node, plan, len(before) + 1)
        open_["witness"] = arguments.witness
        if arguments.seed is not None:
            committed = believing.committed_of(extract, arguments.seed)
            open_ |= {"commitment": committed.root, "committed": len(committed.tree)}
        draft = Draft.new(KIND, open_, {"system": extract.header.model.name})
        tabled = node.table(draft.within(plan.domain).answering(plan.id))
    voice.result(tabled, marked(tabled.domain, drafting.told(tabled, voice)))
    return KEPT


def _results(node: Node, plan: Shown) -> list[Shown]:
    """Return this party's results of a plan, in their order."""
    shown = [node.record(one.id) for one in node.records(plan.domain, KIND)]
    own = [one for one in shown if one.thread == plan.id and one.party == node.party and not one.refusals]
    return sorted(own, key=lambda one: one.facts["attempt"])


def _whole(home: Path, plan: Shown, reported: int) -> Path:
    """Return where the extract of the first attempt without a result is."""
    made = registering.attempts(home, plan)[reported:]
    # 7. There is one, and it is whole.
    if not made or not (made[0] / laboratory.EXTRACT).exists():
        what = f"{reported} attempts at this plan have results, and the next is not whole."
        raise NoSuchThing("evaluate.7", what, "Run it to its end, or abandon it.")
    return made[0] / laboratory.EXTRACT


def _of(plan: Shown, reported: int, path: Path) -> Extract:
    extract = believing.extract_at(path)
    # 8. It is of this plan, and the attempt that comes next.
    if (extract.header.plan, extract.header.attempt) != (plan.id, reported + 1):
        what = f"The extract in {path.name} is not of attempt {reported + 1} at this plan."
        raise WrongContext("evaluate.8", what, "Put back what the run wrote.")
    return extract


def _open(extract: Extract, plan: Shown, before: Shown | None) -> dict[str, Any]:
    header = extract.header
    counts = [header.counts[one] for one in plan.open["languages"]]
    columns = {
        name: [getattr(one, name) for one in counts]
        for name in ("samples", "events", "unscored", "benign", "benign_done")
    }
    return {
        **columns,
        "playbook": header.playbook,
        "previous": before.id if before else None,
        "model": header.model.digest,
        "tasks": header.suite,
        "solver": header.solver,
        "scorer": header.scorer,
        "grader": header.judge,
        "started": header.started,
        "commitment": None,
        "committed": 0,
    }
