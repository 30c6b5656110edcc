"""`detente accord explain`: an accord in plain sentences, for everybody or for one reader."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from detente.faces import manuscript
from detente.faces.exits import KEPT
from detente.faces.prose.explanation import READERS, Section, explanation
from detente.faces.speech import Text, Voice


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the act."""
    one = acts.add_parser("explain", help="an accord in plain sentences")
    one.add_argument("file", type=Path, help="YAML, signed bytes or an envelope")
    one.add_argument(
        "--for", dest="reader", choices=READERS, default=READERS[0], help="only what concerns this reader"
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Explain one accord.

    Raises:
        DetenteError: as `manuscript` refuses.
    """
    accord = manuscript.read(arguments.file)
    sections = explanation(manuscript.compiled(accord), arguments.reader)
    value = {
        "title": accord.title,
        "version": accord.version,
        "reader": arguments.reader,
        "sections": [_plain(one) for one in sections],
    }
    title = voice.choose(Text(accord.title.en, accord.title.zh))
    voice.result(value, [title, *(line for one in sections for line in _lines(one, voice))])
    return KEPT


def _plain(section: Section) -> dict[str, object]:
    return {
        "heading": section.heading._asdict(),
        "lines": [{"clause": one.clause, **one.text._asdict()} for one in section.lines],
    }


def _lines(section: Section, voice: Voice) -> Iterator[str]:
    yield ""
    yield voice.choose(section.heading)
    for one in section.lines:
        name = f"[{one.clause}] " if one.clause else ""
        yield f"  {name}{voice.choose(one.text)}"
