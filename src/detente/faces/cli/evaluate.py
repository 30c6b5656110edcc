"""`detente evaluate`: a run before it is made and after; each act lives in a file of its own.

power      how many samples a run needs, before it is registered
"""

import argparse

from detente.faces.cli import sizing
from detente.faces.speech import Voice

ACTS = {"power": sizing.run}


def declare(parser: argparse.ArgumentParser) -> None:
    """One act for each step."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    sizing.declare(acts)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one step.

    Raises:
        DetenteError: whatever the act refuses.
    """
    return ACTS[arguments.act](arguments, voice)
