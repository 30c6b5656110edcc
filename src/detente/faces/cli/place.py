"""Where the node lives that a verb is about: `--home H`, or the variable DETENTE_HOME."""

import argparse
import os
from pathlib import Path

from detente.node import durable
from detente.node.errors import HomeMissing

VARIABLE = "DETENTE_HOME"
EXERCISE = "EXERCISE / 演习"


def declare_home(parser: argparse.ArgumentParser) -> None:
    """Say that the verb takes a home."""
    parser.add_argument("--home", type=Path, help=f"of the node (from {VARIABLE})")


def declare_domain(parser: argparse.ArgumentParser) -> None:
    """Say that the verb takes a domain: in earnest, unless an exercise is named."""
    parser.add_argument("--domain", choices=("live", "exercise"), default="live", help="live if not said")
    parser.add_argument(
        "--exercise",
        dest="domain",
        action="store_const",
        const="exercise",
        help="as --domain exercise",
    )


def marked(domain: str, lines: list[str]) -> list[str]:
    """Return what is told of a domain; what is of an exercise says so first, in both languages."""
    return [f"*** {EXERCISE} ***", *lines] if domain == "exercise" else lines


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


def file_of(path: Path) -> bytes:
    """Return the content of a file that was named.

    Raises:
        HomeMissing: `place.2` it is not there, or cannot be read.
    """
    data = durable.read(path)
    # 2. The file is there.
    if data is None:
        raise HomeMissing("place.2", f"There is no file {path} to read.", "Name one that is there.")
    return data
