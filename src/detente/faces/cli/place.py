"""Where the node lives that a verb is about: `--home H`, or the variable DETENTE_HOME."""

import argparse
import os
from pathlib import Path

from detente.node.errors import HomeMissing

VARIABLE = "DETENTE_HOME"


def declare_home(parser: argparse.ArgumentParser) -> None:
    """Say that the verb takes a home."""
    parser.add_argument("--home", type=Path, help=f"of the node (from {VARIABLE})")


def home_of(arguments: argparse.Namespace) -> Path:
    """Return the home that was named.

    Raises:
        HomeMissing: `place.1` none was.
    """
    named = arguments.home or os.environ.get(VARIABLE)
    # 1. Some home was named.
    if not named:
        raise HomeMissing("place.1", "No home was named.", f"Say --home FOLDER, or set {VARIABLE}.")
    return Path(named)
