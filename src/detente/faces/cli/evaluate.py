"""`detente evaluate`: a run before it is made and after; each act lives in a file of its own.

power      how many samples a run needs, before it is registered
weigh      what a run shows about its lines, with its worst part
commit, challenge, open, check
           spot checks: a result that commits to its samples, and those drawn by nobody's choice
compare    a replication held against the result
"""

import argparse

from detente.faces.cli import believing, comparing, sizing
from detente.faces.speech import Voice

ACTS = {"power": sizing.run, **believing.ACTS, **comparing.ACTS}


def declare(parser: argparse.ArgumentParser) -> None:
    """One act for each step."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    sizing.declare(acts)
    believing.declare(acts)
    comparing.declare(acts)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one step.

    Raises:
        DetenteError: whatever the act refuses.
    """
    return ACTS[arguments.act](arguments, voice)
