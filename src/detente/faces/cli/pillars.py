"""`detente pillars`: what is exchanged, in which words, and under which edition an accord would pin it."""

import argparse

import msgspec

from detente.accord.edition import Edition, schema
from detente.accord.field import Field, fields
from detente.accord.words import Word
from detente.faces import blank, pillars
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.node.errors import NoSuchThing


def declare(parser: argparse.ArgumentParser) -> None:
    """One pillar, or all in a few lines each."""
    parser.add_argument("pillar", nargs="?", help="show every field of this one")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print the installed pillars.

    Raises:
        NoSuchThing: `pillars.2` no such pillar.
    """
    installed = pillars.editions()
    asked = arguments.pillar
    # 2. The one asked for is installed.
    if asked is not None and asked not in installed:
        raise NoSuchThing(
            "pillars.2", f"No pillar {asked} is installed.", f"There are: {', '.join(installed)}."
        )
    chosen = [one for name, one in installed.items() if asked in (None, name)]
    lines = [line for one in chosen for line in _lines(one, voice, whole=asked is not None)]
    voice.result({one.name: value(one) for one in chosen}, lines)
    return KEPT


def value(edition: Edition) -> dict[str, object]:
    """An edition as data: its digest, kinds, ceilings and words."""
    return {
        "edition": edition.digest,
        "kinds": {f"{edition.name}.{short}": schema(spec) for short, spec in edition.pillar.kinds.items()},
        "ceilings": edition.ceilings,
        "words": msgspec.to_builtins(edition.words),
        "scales": edition.pillar.scales,
        "examples": sorted(edition.examples),
    }


def _lines(edition: Edition, voice: Voice, *, whole: bool) -> list[str]:
    words = edition.words
    name = voice.choose(Text(words.pillar.en, words.pillar.zh))
    lines = [f"{edition.name}: {name}  [{edition.digest[:16]}]"]
    lines += (
        [f"  {voice.choose(Text(words.pillar.paragraph_en, words.pillar.paragraph_zh))}"] if whole else []
    )
    for short, spec in edition.pillar.kinds.items():
        lines.append(f"  {edition.name}.{short}: {_say(words.kinds[short], voice)}")
        if whole:
            lines += [f"    {_open(one, edition, voice)}" for one in fields(spec.open)]
            lines += [f"    {_sealed(path, short, edition, voice)}" for path in spec.paths]
    return lines


def _open(field: Field, edition: Edition, voice: Voice) -> str:
    shape = " | ".join((field.item or field).values) or (field.item or field).type
    empty = blank.of(field)
    null = voice.choose(Text(f" or {empty.en}", f" 或{empty.zh}")) if field.nullable else ""
    return f"{field.name}: {_say(edition.words.fields[field.name], voice)} ({shape}{null})"


def _sealed(path: str, short: str, edition: Edition, voice: Voice) -> str:
    audiences = ", ".join(sorted(edition.ceilings[short][path])) or voice.choose(Text("nobody", "无人"))
    limit = voice.choose(Text("sealed; at most to", "密封；至多开示给"))
    return f"{path}: {_say(edition.words.fields[path], voice)} ({limit} {audiences})"


def _say(word: Word, voice: Voice) -> str:
    return voice.choose(Text(word.en, word.zh))
