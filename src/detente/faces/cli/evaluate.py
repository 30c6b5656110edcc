"""`detente evaluate`: a run before it is made and after; each act lives in a file of its own.

suites     what is shipped, and what each suite cannot tell
translation
           what was translated, signed off item by item by a party's people
playbook   a test that is agreed: written, checked, tabled, adopted
register, run, abandon, attempts, report
           a plan in the log first, its attempts, and the result of each
facility   what neither side shows: sealed suites, run once
power      how many samples a run needs, before it is registered
weigh      what a run shows about its lines, with its worst part
commit, challenge, open, check
           spot checks: a result that commits to its samples, and those drawn by nobody's choice
compare, gap, canary
           a replication held against the result; practice items against sealed ones; a canary said
import     others' results, as evidence that nobody registered
"""

import argparse

from detente.faces.cli import (
    attempting,
    believing,
    bringing,
    comparing,
    facilities,
    playbooks,
    registering,
    reporting,
    sizing,
    translating,
)
from detente.faces.speech import Voice

ACTS = {
    "suites": playbooks.suites,
    "translation": translating.run,
    "playbook": playbooks.run,
    **registering.ACTS,
    "attempts": attempting.run,
    "report": reporting.run,
    "facility": facilities.run,
    "power": sizing.run,
    **believing.ACTS,
    **comparing.ACTS,
    **bringing.ACTS,
}


def declare(parser: argparse.ArgumentParser) -> None:
    """One act for each step."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    playbooks.declare(acts)
    translating.declare(acts)
    registering.declare(acts)
    attempting.declare(acts)
    reporting.declare(acts)
    facilities.declare(acts)
    sizing.declare(acts)
    believing.declare(acts)
    comparing.declare(acts)
    bringing.declare(acts)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one step.

    Raises:
        DetenteError: whatever the act refuses.
    """
    return ACTS[arguments.act](arguments, voice)
