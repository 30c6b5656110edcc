"""`detente incidents split NUMBER --into ID --into ID`: one number that turns out to be several events.

The new reports are tabled first, as any report. Then the old one is closed as split: its number stays for
good and points at them. Nothing but the author's own number can be split, and one that has ended is reopened
first.
"""

import argparse
from collections.abc import Iterator

from detente.faces import door
from detente.faces.cli import drafting
from detente.faces.cli.place import declare_domain, declare_home, home_of, marked
from detente.faces.exits import KEPT
from detente.faces.speech import Voice
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing, Refused
from detente.node.node import Node
from detente.node.status import Shown
from detente.trust.record import Domain

PILLAR = "incidents"
REPORT, UPDATE, CLOSE = "incidents.report", "incidents.update", "incidents.close"
LEAST = 2


def declare(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Which report, and into which."""
    one = kinds.add_parser("split", help="close a report as split into several later ones")
    one.add_argument("number", help="the report that is split: its id, or its first digits")
    one.add_argument(
        "--into",
        action="append",
        required=True,
        metavar="ID",
        help="a later report of this party that goes on in its place; at least two",
    )
    declare_domain(one)
    declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Close a report as split.

    Raises:
        NoSuchThing: `split.1`. Refused: `split.2`, `split.3`; what the pillar refuses.
    """
    with door.reach(home_of(arguments)) as node:
        old, *into = [_report(node, arguments.domain, one) for one in (arguments.number, *arguments.into)]
        successors = sorted({one.id for one in into})
        # 2. It becomes several. That it is this party's own number, the pillar checks.
        if len(successors) < LEAST:
            raise Refused("split.2", "A report is split into at least two.", "Table each, and name both.")
        draft = Draft.new(
            CLOSE,
            {
                "last": _last(node, old).id,
                "outcome": "split",
                "duplicate_of": None,
                "successors": successors,
            },
        )
        tabled = node.table(draft.within(old.domain).answering(old.id))
    voice.result(tabled, marked(tabled.domain, drafting.told(tabled, voice)))
    return KEPT


def _report(node: Node, domain: Domain, digits: str) -> Shown:
    found = [one.id for one in node.records(domain, REPORT) if one.id.startswith(digits)]
    # 1. The digits name one report.
    if len(found) != 1:
        what = f"{digits[:64]!a} names {len(found)} reports."
        raise NoSuchThing("split.1", what, "Give more digits; detente incidents list has them all.")
    return node.record(found[0])


def _last(node: Node, report: Shown) -> Shown:
    """Return the newest rating of a report that has not ended."""
    last, end = report, None
    for one in sorted(_answers(node, report), key=lambda one: (one.at, one.id)):
        if one.kind == UPDATE:
            last, end = one, None if one.open["change"] == "reopened" else end
        else:
            end = end or one
    # 3. It has not ended: what was merged, split or closed goes on elsewhere, or is reopened first.
    if end is not None:
        raise Refused(
            "split.3",
            f"The report {report.id[:8]} has ended: {end.open['outcome']}.",
            "Split the report that goes on in its place, or reopen this one first.",
        )
    return last


def _answers(node: Node, report: Shown) -> Iterator[Shown]:
    for kind in (UPDATE, CLOSE):
        for place in node.records(report.domain, kind):
            if place.party == report.party:
                one = node.record(place.id)
                if one.thread == report.id and one.stands:
                    yield one
