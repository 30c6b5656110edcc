"""`./run demo`: three nodes, six officers and real, public incidents, on this machine alone.

Three node processes on loopback exchange incidents under an accord that six officers sign, each officer being
a process of its own. A record goes from draft to held; the gate shows fields to one and refuses them to
another; a duty arises and is kept; a node is killed and catches up; separate commands check everything.
"""

import argparse
import sys

from detente.faces.demo import hall
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.stage import Stage
from detente.faces.demo.story import SCENES, play

SCALE = 3600
"""How much faster than real the accord's clock runs: an hour in each second."""


def main() -> int:
    """Play, and return an exit code."""
    arguments = _parser().parse_args()

    def told(stage: Stage, narrator: Narrator) -> tuple[object, bool]:
        outcome = play(stage, narrator, arguments.base_port, arguments.skip)
        return outcome, outcome.verified

    return hall.perform(arguments, SCALE, told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run demo", description=(__doc__ or "").split("\n", 1)[0])
    hall.declare(parser)
    parser.add_argument(
        "--skip",
        action="append",
        default=[],
        choices=SCENES,
        help="leave out a scene; may be repeated (on a terminal, s skips the one being played)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
