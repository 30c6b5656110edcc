"""`detente respond`: both sides handle an incident, each on its own ground.

    respond open --about ID --set playbook=cyberattack --set joint=y
    respond turn ID contain                      this side's state; the board says what may come next
    respond say ID request --set to=cn --set asks=preserve_evidence --set by=+4h
    respond board ID                             states, roles, requests, indicators, lessons of both sides
    respond checklist ID --tick 3                the playbook's steps, and which were done here
    respond list

Ticks of a checklist stay in the home: they are notes of this side and no statement to anybody.
"""

import argparse
from collections.abc import Callable
from typing import Any

import msgspec

from detente.accord.edition import Edition
from detente.faces import board, door, message, pillars, playbook, telegram
from detente.faces.board import Board
from detente.faces.cli import overview
from detente.faces.cli.channel import pair
from detente.faces.cli.drafting import told
from detente.faces.cli.overview import SHORT, Reader
from detente.faces.cli.place import declare_domain, declare_home, home_of, marked
from detente.faces.cli.playbook import lines as playbook_lines
from detente.faces.exits import KEPT
from detente.faces.message import About, Setting, Template
from detente.faces.speech import Text, Voice, table
from detente.node import agreement, durable
from detente.node.errors import NoSuchThing
from detente.node.home import Home
from detente.node.node import Node
from detente.trust.errors import Malformed

SAID = ("role", "situation", "request", "reply", "indicator", "sighting", "advisory", "review", "lesson")
EVENTS = ("triage", "contain", "eradicate", "recover", "relapse", "review", "dismiss")
NAMING = {"situation": "joins", "advisory": "replaces", "lesson": "review"}
"""Kind to the field that `--of` fills, beside those that have `of`."""

FOLDER = "respond"


def declare(parser: argparse.ArgumentParser) -> None:
    """One act for each thing that a responder does."""
    acts = parser.add_subparsers(dest="act", metavar="open|turn|say|board|checklist|list", required=True)
    every = {"list": acts.add_parser("list", help="every response, and where each side stands")}
    every["open"] = one = acts.add_parser("open", help="begin a response, and ask the others to join")
    one.add_argument("--about", default="", metavar="ID", help="the record from which it arose")
    for name, said in (
        ("turn", "change this side's own state"),
        ("say", "a report, a request, an indicator and so on, within a response"),
        ("board", "a response as it stands, on both sides"),
        ("checklist", "the steps of its playbook, and which were done here"),
    ):
        every[name] = one = acts.add_parser(name, help=said)
        one.add_argument("id", help="of the response, or its first digits")
    every["turn"].add_argument("event", choices=EVENTS, help="what has been done, or has happened")
    every["say"].add_argument(
        "kind",
        choices=SAID,
        metavar="KIND",
        help="role, situation, request, reply, indicator, sighting, advisory, review, lesson",
    )
    every["say"].add_argument(
        "--of", default="", metavar="ID", help="the record of this response that it is about"
    )
    for name in ("open", "turn", "say"):
        every[name].add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="one field; sealed texts are written as FIELD.en=… and FIELD.zh=…",
        )
    every["checklist"].add_argument("--tick", type=int, metavar="N", help="step N was done here")
    every["checklist"].add_argument("--playbook", help="another playbook than the response names")
    for one in every.values():
        declare_home(one)
        declare_domain(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Act on a response.

    Raises:
        NoSuchThing: `board.1`, `respond.1`, `playbook.1`. Malformed: `message.*`, `respond.2`.
        As the gate says.
    """
    return HANDLERS[arguments.act](arguments, voice)


def _list(arguments: argparse.Namespace, voice: Voice) -> int:
    with door.reach(home_of(arguments)) as node:
        now = node.status().now
        found = [
            board.of(node, name, arguments.domain, now) for name in board.openings(node, arguments.domain)
        ]
    rows = [[one.id[:SHORT], one.party, one.playbook or "-", _states(one, voice)] for one in found]
    voice.result(found, marked(arguments.domain, table(rows)))
    return KEPT


def _open(arguments: argparse.Namespace, voice: Voice) -> int:
    with door.reach(home_of(arguments)) as node:
        about = _about(node, arguments.about, arguments.domain) if arguments.about else None
        return _tabled(node, "opened", {}, about, arguments, voice)


def _turn(arguments: argparse.Namespace, voice: Voice) -> int:
    with door.reach(home_of(arguments)) as node:
        found = _board(node, arguments)
        before = found.turns.get(node.party, found.id)
        fixed = {"previous": before, "event": arguments.event}
        return _tabled(node, "turn", fixed, _about(node, found.id, arguments.domain), arguments, voice)


def _say(arguments: argparse.Namespace, voice: Voice) -> int:
    with door.reach(home_of(arguments)) as node:
        found = _board(node, arguments)
        named = _about(node, arguments.of, arguments.domain) if arguments.of else None
        fixed: dict[str, Any] = {}
        if arguments.kind == "review":
            fixed["last"] = found.turns.get(node.party, found.id)
        if named is not None and arguments.kind in NAMING:
            fixed[NAMING[arguments.kind]] = named.id
        about = About(named.id if named else found.id, found.id, board.ROOT, found.party, {})
        return _tabled(node, arguments.kind, fixed, about, arguments, voice)


def _tabled(
    node: Node,
    kind: str,
    fixed: dict[str, Any],
    about: About | None,
    arguments: argparse.Namespace,
    voice: Voice,
) -> int:
    edition = _edition(arguments)
    word = edition.words.kinds[kind]
    template = {kind: Template(kind, fixed, Text(word.en, word.zh))}
    where = Setting(node.party, node.status().now, arguments.domain, edition)
    draft = message.fill(kind, dict(pair(one) for one in arguments.set), about, where, template)
    tabled = node.table(draft)
    lines = telegram.lines(edition, draft.kind, draft.open, draft.values)
    voice.result(tabled, marked(tabled.domain, [*lines, *told(tabled, voice)]))
    return KEPT


def _show(arguments: argparse.Namespace, voice: Voice) -> int:
    with door.reach(home_of(arguments)) as node:
        found, party = _board(node, arguments), node.party
    lines = overview.lines(found, Reader(party, _edition(arguments), voice))
    voice.result(found, marked(arguments.domain, lines))
    return KEPT


def _checklist(arguments: argparse.Namespace, voice: Voice) -> int:
    with door.reach(home_of(arguments)) as node:
        found = _board(node, arguments)
    name = arguments.playbook or found.playbook
    # 1. The response follows a playbook, or one was named.
    if not name:
        what = f"The response {found.id[:SHORT]} names no playbook."
        raise NoSuchThing("respond.1", what, "Say which: --playbook NAME; detente playbook list.")
    chosen = playbook.load(name)
    path = Home.at(home_of(arguments)).path / FOLDER / f"{found.id}.{name}.json"
    done = frozenset(msgspec.json.decode(durable.read(path) or b"[]", type=tuple[int, ...]))
    if arguments.tick is not None:
        # 2. There is such a step.
        if not 1 <= arguments.tick <= len(chosen.steps):
            what = f"{name} has {len(chosen.steps)} steps."
            raise Malformed("respond.2", what, "Give the number of one.")
        done |= {arguments.tick}
        path.parent.mkdir(mode=0o700, exist_ok=True)
        durable.write(path, msgspec.json.encode(sorted(done)))
    voice.result({"done": sorted(done), "playbook": name}, playbook_lines(chosen, voice, done))
    return KEPT


def _states(found: Board, voice: Voice) -> str:
    edition = pillars.editions()["response"]
    return ", ".join(
        f"{party}: {voice.choose(telegram.value_word(edition, 'response.turn', 'state', state))}"
        for party, state in sorted(found.states.items())
    )


def _board(node: Node, arguments: argparse.Namespace) -> Board:
    names = [one for one in board.openings(node, arguments.domain) if one.startswith(arguments.id)]
    name = names[0] if len(names) == 1 else arguments.id
    return board.of(node, name, arguments.domain, node.status().now)


def _about(node: Node, digits: str, domain: str) -> About:
    found = [one.id for one in node.records(domain) if one.id.startswith(digits)]  # type: ignore[arg-type]  # argparse chose it
    if len(found) != 1:
        what = f"{digits[:64]} names {len(found)} records."
        raise NoSuchThing("show.1", what, "Give more digits; detente record list has them all.")
    shown = node.record(found[0])
    return About(shown.id, shown.thread or shown.id, shown.kind, shown.party, shown.open)


def _edition(arguments: argparse.Namespace) -> Edition:
    """The edition of the newest version here: for words and forms; the node judges by the one in force."""
    written = agreement.written(Home.read(home_of(arguments)))
    found = pillars.edition_in(written.get(max(written, default=1)), "response")
    return found or pillars.editions()["response"]


HANDLERS: dict[str, Callable[[argparse.Namespace, Voice], int]] = {
    "board": _show,
    "checklist": _checklist,
    "list": _list,
    "open": _open,
    "say": _say,
    "turn": _turn,
}
