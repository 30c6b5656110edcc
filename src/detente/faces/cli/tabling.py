"""`detente PILLAR KIND`: table a record of any installed pillar, as in `detente incidents report`.

In a terminal it asks, in the words of the pillar. Otherwise it reads JSON from standard input:

    {"open": {"near_miss": true, …}, "sealed": {"title": ["…", "…"]}, "thread": null, "nonce": "…"}

`detente incidents list`, `draft` and, where a register is known, `import` are about drafts that are kept;
`export` writes what is held in the formats of others. `detente incidents split` closes a report as several.

`thread` and `nonce` may be left out; so may sealed paths, which are then committed as absent. A file of a
pillar's examples is such JSON too. The same nonce twice is success and tables once.
"""

import argparse
import json
import sys
from typing import Any

import msgspec
from msgspec import Struct

from detente.accord.duration import moment
from detente.accord.edition import Edition
from detente.faces import door, pillars
from detente.faces.cli import drafting, exporting, importing, splitting
from detente.faces.cli.asking import ask
from detente.faces.cli.place import declare_domain, declare_home, home_of, marked
from detente.faces.cli.record import would_lines
from detente.faces.cli.usage import worded
from detente.faces.exits import KEPT
from detente.faces.form import Form
from detente.faces.registers import REGISTERS
from detente.faces.speech import Text, Voice
from detente.node import agreement
from detente.node.clock import SystemClock
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.home import Home
from detente.trust.errors import Malformed

ACTS = {
    "list": drafting.listed,
    "draft": drafting.run,
    "import": importing.run,
    "export": exporting.run,
    "split": splitting.run,
}
"""What a pillar's verb does beside tabling: no kind may be called so."""


class Given(Struct, frozen=True):
    """What is read from standard input; other fields of an example (`kind`, `party`, `at`) are left aside."""

    open: dict[str, Any]
    sealed: dict[str, Any] = {}
    thread: str | None = None
    nonce: str | None = None


def declare(parser: argparse.ArgumentParser) -> None:
    """Each kind of the pillar is an act, those that only an older edition has too."""
    name = parser.prog.rpartition(" ")[2]
    known = [one for one in pillars.installed().editions if one.name == name]
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    words = {short: word for one in reversed(known) for short, word in one.words.kinds.items()}
    for short, word in words.items():
        one = kinds.add_parser(short, help=worded(parser, Text(word.en, word.zh)))
        declare_home(one)
        one.add_argument("--thread", metavar="ID", help="the record that starts the thread it answers")
        one.add_argument(
            "--preview", action="store_true", help="table nothing; show what each party would get"
        )
        declare_domain(one)
    drafting.declare(kinds)
    if name == splitting.PILLAR:
        splitting.declare(kinds)
    if name in REGISTERS:
        importing.declare(
            kinds.add_parser("import", help="make drafts from a register's file; nothing is tabled"), name
        )
        exporting.declare(
            kinds.add_parser("export", help="write what one audience may have, for other systems"), name
        )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Fill in a draft and table it; or list, import and work on drafts that are kept.

    Raises:
        Malformed: `draft.1` what was read is no draft; `record.*`.
        Refused: the gate did not let it out. As `drafting` and `importing`.
    """
    if arguments.kind in ACTS:
        return ACTS[arguments.kind](arguments, voice)
    given = _given(arguments, voice)
    draft = Draft.new(f"{arguments.name}.{arguments.kind}", given.open, given.sealed)
    draft = msgspec.structs.replace(
        draft,
        thread=arguments.thread or given.thread,
        domain=arguments.domain,
        nonce=given.nonce or draft.nonce,
    )
    with door.reach(home_of(arguments)) as node:
        if arguments.preview:
            would = node.preview(draft, draft.domain)
            told = [line for one in would for line in would_lines(one, voice)]
            voice.result(would, marked(draft.domain, told))
            return KEPT
        tabled = node.table(draft)
    voice.result(tabled, marked(tabled.domain, drafting.told(tabled, voice)))
    return KEPT


def _given(arguments: argparse.Namespace, voice: Voice) -> Given:
    # 1. There is a terminal to ask at, or something to read.
    if sys.stdin is None:
        raise _no_draft("it is closed")
    if not sys.stdin.isatty():
        return _read(sys.stdin.buffer.read())
    try:
        return _asked(_edition(arguments), arguments.kind, voice)
    except KeyboardInterrupt:
        voice.note(Text("Nothing was tabled.", "未提交任何内容。"))
        raise


def _edition(arguments: argparse.Namespace) -> Edition:
    """Return the edition in whose words to ask: the one of the version in force in this home.

    Raises:
        NoSuchThing: `draft.2`.
    """
    home = Home.read(home_of(arguments))
    settings, known = home.settings, agreement.written(home)
    now = SystemClock(settings.time_scale, settings.time_anchor).now()
    started = [number for number, one in known.items() if moment(one.starts, "$.starts") <= now]
    edition = pillars.edition_in(known.get(max(started, default=1)), arguments.name)
    # 2. The edition in force has the kind.
    if edition is None or arguments.kind not in edition.pillar.kinds:
        kind = f"{arguments.name}.{arguments.kind}"
        raise NoSuchThing(
            "draft.2", f"The edition in force has no kind {kind}.", "detente pillars shows those there are."
        )
    return edition


def _asked(edition: Edition, short: str, voice: Voice) -> Given:
    filled = Form(edition, short, voice).fill(ask)
    return Given(filled.open, filled.sealed)


def _read(data: bytes) -> Given:
    # 1. It is a draft, or an example with one, and gives each key once.
    try:
        whole = json.loads(data, object_pairs_hook=_once)
        _whole_characters(whole)
        return msgspec.convert(whole.get("draft", whole) if isinstance(whole, dict) else whole, Given)
    except RecursionError as error:
        raise _no_draft("it is nested too deep") from error
    except (ValueError, msgspec.MsgspecError) as error:
        raise _no_draft(str(error)) from error


def _whole_characters(value: object) -> None:
    """Refuse lone surrogates, which JSON can spell and no text can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("a string holds a lone surrogate") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse what json would silently let the last one win."""
    given = dict(pairs)
    if len(given) != len(pairs):
        twice = next(name for n, (name, _) in enumerate(pairs) if name in dict(pairs[:n]))
        raise ValueError(f"the key {twice!a} is given twice")
    return given


def _no_draft(why: str) -> Malformed:
    remedy = 'Give {"open": {…}, "sealed": {…}}; detente pillars shows the fields.'
    return Malformed("draft.1", f"Standard input is no draft: {why}.", remedy)
