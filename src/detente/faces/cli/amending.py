"""`detente accord snap-back`: the bytes of a next version that brings back the terms of an earlier one."""

import argparse
from pathlib import Path

from detente.accord import document
from detente.accord.document import Accord
from detente.faces import succession
from detente.faces.exits import KEPT
from detente.faces.speech import Voice
from detente.node.home import Home
from detente.trust import envelope


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the act."""
    one = acts.add_parser("snap-back", help="print a next version with the terms of an earlier one")
    one.add_argument("--home", required=True, type=Path, help="of a node that has the accord")
    one.add_argument("--to", required=True, metavar="DIGEST", help="of the earlier version, or its beginning")
    one.add_argument("--starts", required=True, metavar="TIME", help="when, as 2026-12-01T10:00:00Z")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print the bytes that officers sign.

    Raises:
        NoSuchThing: `succession.1`. As `document` refuses, a sunset that has passed among others.
    """
    made = succession.snapped_back(versions(arguments.home), arguments.to, arguments.starts)
    voice.exact(document.dump(made).decode(), end="")
    return KEPT


def versions(path: Path) -> dict[int, Accord]:
    """Return the versions that a home has, by number."""
    held = Home.at(path).accords()
    return {number: document.parse(envelope.parse(data).payload) for number, data in held.items()}
