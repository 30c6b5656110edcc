"""`detente accord print`: a text as a document for lawyers, HTML or DOCX, with what differs marked.

The same sentences as `explain` and `diff`, numbered, in both languages side by side; brackets with whose
variant is whose; the clauses as they are signed in an annex.
"""

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from detente.faces.exits import KEPT
from detente.faces.paper import document, page
from detente.faces.paper.document import Document
from detente.faces.speech import Text, Voice
from detente.node.errors import Unready
from detente.trust.errors import Malformed


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the act."""
    one = acts.add_parser("print", help="a document for lawyers, in both languages, with changes marked")
    one.add_argument("file", type=Path, help="YAML, brackets and all, signed bytes or an envelope")
    one.add_argument(
        "--to",
        required=True,
        type=Path,
        metavar="FILE",
        help="ends in .html or .docx; there must be no such file",
    )
    one.add_argument("--against", type=Path, metavar="OLD", help="mark what is changed of OLD")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Write the document.

    Raises:
        Malformed: `printing.1`. Unready: `printing.2`, `printing.3`. As `document.made`.
    """
    to: Path = arguments.to
    write = _writer(to, arguments.file.name)
    made = write(document.made(arguments.file, arguments.against))
    # 3. Nothing is there that would be lost: somebody may have written into it.
    try:
        with to.open("xb") as file:
            file.write(made)
    except FileExistsError as error:
        raise Unready(
            "printing.3", f"{to} is there already.", "Name another file, or move that one away."
        ) from error
    voice.result(
        {"file": str(to), "bytes": len(made)}, [voice.choose(Text(f"{to} is written.", f"已写入 {to}。"))]
    )
    return KEPT


def _writer(to: Path, author: str) -> Callable[[Document], bytes]:
    """How the format that a file's name ends in is written."""
    if to.suffix == ".html":
        return lambda made: page.page(made).encode()
    # 1. The name says which format is wanted.
    if to.suffix != ".docx":
        raise Malformed("printing.1", f"{to} names no format.", "Let it end in .html or .docx.")
    # 2. What writes DOCX is here: it is an extra, which no node needs.
    try:
        redline = importlib.import_module("detente.faces.paper.redline")
    except ImportError as error:
        raise Unready(
            "printing.2",
            f"What writes DOCX is not installed: {error}.",
            "Install it: python -m pip install --require-hashes -r requirements-print.lock; or write .html.",
        ) from error
    return lambda made: redline.redline(made, author)
