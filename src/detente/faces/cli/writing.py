"""`detente accord new`: a text to start from."""

import argparse
from pathlib import Path

from detente.faces import template
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.node.errors import Unready
from detente.trust.errors import Malformed

START = Text(
    "Charters and digests are filled in later; everything else in it is text to negotiate.",
    "密钥章程与摘要将在汇编时填入；其余内容均可谈判。",
)


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the act."""
    one = acts.add_parser("new", help="a text to start from, printed or written to a file")
    one.add_argument(
        "--from", dest="template", default=template.FIRST, metavar="NAME", help="which (starter)"
    )
    one.add_argument("--to", type=Path, metavar="FILE", help="write it there; there must be no such file")
    one.add_argument("--list", action="store_true", help="which there are")
    one.add_argument(
        "--party",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="another name for a party of the template; may be repeated",
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print or write a template; written, with the cases that state what it is meant to do beside it.

    Raises:
        NoSuchThing: `template.1`. Malformed: `template.2`, `writing.2`. Unready: `writing.1`.
    """
    if arguments.list:
        rows = {name: template.heading(name) for name in template.names()}
        value = {name: said._asdict() for name, said in rows.items()}
        voice.result(value, [f"{name}: {voice.choose(said)}" for name, said in rows.items()])
        return KEPT
    written = template.renamed(template.text(arguments.template), dict(map(_pair, arguments.party)))
    if arguments.to is None:
        print(written, end="")
        return KEPT
    cases = template.expectations(arguments.template, dict(map(_pair, arguments.party)))
    beside: Path = arguments.to.with_name(arguments.to.stem + template.CASES)
    if beside.exists():
        raise _there(beside)
    _write(arguments.to, written)
    told = [
        Text(
            f"{arguments.to} is written, from {arguments.template}.",
            f"已按模板 {arguments.template} 写入 {arguments.to}。",
        ),
        START,
    ]
    if cases:
        _write(beside, cases)
        told.append(
            Text(
                f"{beside} states what it is meant to do: change both together.",
                f"{beside} 列明文本本意：修改时请一并修改。",
            )
        )
    voice.result(
        {"file": str(arguments.to), "cases": str(beside) if cases else None}, [*map(voice.choose, told)]
    )
    return KEPT


def _write(path: Path, text: str) -> None:
    # 1. Nothing is there that would be lost.
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise _there(path) from error


def _there(path: Path) -> Unready:
    return Unready("writing.1", f"{path} is there already.", "Name another file, or move that one away.")


def _pair(said: str) -> tuple[str, str]:
    old, sign, new = said.partition("=")
    # 2. It is a pair of names.
    if not sign:
        raise Malformed("writing.2", f"{said} is no pair of names.", "Write OLD=NEW, as us=party-a.")
    return old, new
