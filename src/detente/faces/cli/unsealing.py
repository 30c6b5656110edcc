"""`detente site tell`: an account of a closed case as the public would read it, and the opening of its words.

Without `--open` nothing is logged: it shows what the officers are to sign, in both languages, and what is
still missing. With `--open` the title and the text are opened to all, once nothing is.
"""

import argparse
from typing import Any, NamedTuple

from detente.accord import opening
from detente.faces import door, pillars
from detente.faces.cli.digits import record_of
from detente.faces.cli.exporting import entries
from detente.faces.cli.place import home_of
from detente.faces.exits import KEPT
from detente.faces.site import shelf
from detente.faces.site.account import PATHS, SECTIONS, Words, words
from detente.faces.site.shelf import Shelf
from detente.faces.site.words import SAID
from detente.faces.speech import Text, Voice, refused
from detente.node import status
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.window import Pane, Window
from detente.trust.disclosure import Missing, open_with
from detente.trust.errors import DetenteError

DONE = Text("Opened to all. The next site has it.", "已向所有人公开，下次生成的网站即会刊登。")
BEFORE = Text("It was opened before.", "此前已经公开。")
READY = Text("Nothing is missing. Open it: --open", "条件齐备，可以公开：--open")


class Sealed(NamedTuple):
    """An advisory of this party: its id, the shelf where it lies, its values and what discloses them."""

    name: str
    shelf: Shelf
    values: dict[str, Any]
    disclosures: dict[str, str]


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Show an account, or open it.

    Raises:
        NoSuchThing: as `record_of`; `account.11` it is no record of this party's. As `account.words`,
        `Shelf.case`, `Shelf.signed`.
    """
    home = home_of(arguments)
    with door.reach(home) as node, Window.open(home, pillars.installed()) as window:
        found = _sealed(window.panes["live"], record_of(node, arguments.record, "live"))
        said = words(*(found.values.get(path) for path in PATHS))
        left = [path for path in PATHS if not any(True for _ in found.shelf.opening(found.name, path))]
        missing = _missing(found, raising=arguments.open)
        made = []
        for path in left if arguments.open else ():
            told = {"record": found.name, "path": path, "disclosure": found.disclosures[path]}
            made.append(node.table(Draft.new(opening.KIND, told)).id)
    state = (DONE if arguments.open else READY) if left else BEFORE
    shown = {"record": found.name, "title": said.title, "text": said.text}
    lines = [*_lines(said), *(voice.choose(one) for one in missing or [state])]
    voice.result(shown | {"missing": [one.en for one in missing], "opened": made}, lines)
    return KEPT


def _sealed(pane: Pane, name: str) -> Sealed:
    held = {one: entry for one, entry in entries(pane, pane.sizes()) if entry.kind in shelf.KINDS}
    entry = held.get(name)
    # 11. Nobody opens what another sealed.
    if entry is None or entry.party != pane.party:
        what = f"{name[:16]} is no standing advisory of this party's."
        raise NoSuchThing(
            "account.11", what, "Name one of its own: detente record list --kind response.advisory"
        )
    rows = pane.readers.conn.execute(
        "SELECT encoded FROM disclosure WHERE record = ?", (bytes.fromhex(name),)
    )
    encoded = {open_with(entry, str(row[0]))[0]: str(row[0]) for row in rows}
    values = status.opened(pane.readers.conn, name, entry)
    return Sealed(
        name,
        Shelf.of(pane, held),
        {path: value for path, value in values.items() if not isinstance(value, Missing)},
        encoded,
    )


def _missing(found: Sealed, *, raising: bool) -> list[Text]:
    """What still stands in the way, in words; or the first of it, raised."""
    lacking = []
    advisory = found.shelf.held[found.name]
    for check in (lambda: found.shelf.case(advisory), lambda: found.shelf.signed(found.name)):
        try:
            check()
        except DetenteError as error:
            if raising:
                raise
            what, remedy = refused(error.step, error.what, error.remedy)
            lacking.append(
                Text(f"{what.en} {remedy.en} [{error.step}]", f"{what.zh}{remedy.zh} [{error.step}]")
            )
    return lacking


def _lines(said: Words) -> list[str]:
    lines = []
    for number in (0, 1):
        lines += [said.title[number], ""]
        for name, line in zip(SECTIONS, said.text, strict=True):
            lines += [f"{SAID[name][number]}{SAID['colon'][number]}{line[number]}", ""]
    return lines
