"""`detente statement|certificate|declaration show|check`: what one comes to today, on a page, and off-line.

show     from a node: the record with its suspensions, revocations, and what calls for one
check    the same from files, as `detente record show ID --json` prints them; needs no node

A statement of testing is no finding of safety. It is tabled by `detente assurance statement`, and so are the
others; only a party with the role standards body has a certificate that stands. A certificate and a
declaration hold only if officers stand behind them (`detente accord affirm`). Ends with 1 unless it holds.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from detente.accord import duration
from detente.accord.acts import AFFIRM
from detente.faces import affirmed, assured, door, manuscript
from detente.faces.cards.card import day, word
from detente.faces.cli.place import declare_home, home_of
from detente.faces.cli.showing import Record, shown
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice
from detente.node import durable
from detente.node.errors import NoSuchThing
from detente.node.node import Node
from detente.trust.errors import Malformed

ABOUT = (
    "assurance.card",
    "assurance.suspension",
    "assurance.revocation",
    "evaluations.replication",
    "incidents.report",
    "incidents.finding",
    "notices.notice",
    "notices.correction",
    "response.opened",
    AFFIRM,
)
"""Kinds of records that may end one, call for its end, or say that officers stand behind it."""

ACCORD = "the accord as it was signed: the officers' signatures are checked by its keys"


def declare(parser: argparse.ArgumentParser) -> None:
    """From a node, or from files."""
    acts = parser.add_subparsers(dest="act", metavar="show|check", required=True)
    one = acts.add_parser("show", help="what it comes to today, by what this node holds")
    one.add_argument("id", help="of the record, or its first digits")
    declare_home(one)
    _declare_page(one)
    one = acts.add_parser("check", help="what it comes to, by records in files")
    one.add_argument("record", type=Path, help="the record, as shown")
    one.add_argument("other", type=Path, nargs="*", help="records that may be about it, as shown")
    one.add_argument("--at", help="as of when (now)")
    one.add_argument("--accord", type=Path, metavar="FILE", help=ACCORD)
    _declare_page(one)


def _declare_page(one: argparse.ArgumentParser) -> None:
    one.add_argument("--page", type=Path, metavar="FILE", help="also write a page for the public")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Say what it comes to; 1 unless it holds.

    Raises:
        NoSuchThing: `attesting.1`. Malformed: `attesting.2`, `attesting.3`, `showing.1`. As `door.reach`,
        `affirmed.prove`, `manuscript.read`.
    """
    kind = f"assurance.{arguments.name}"
    if arguments.act == "show":
        with door.reach(home_of(arguments)) as node:
            of, others, now = _held(node, arguments.id, kind)
    else:
        of, others = shown(arguments.record), [shown(one) for one in arguments.other]
        now = duration.moment(arguments.at, "--at") if arguments.at else time.time_ns() // 1_000_000
    # 2. It is of the kind that was asked for.
    if of.kind != kind:
        raise Malformed("attesting.2", f"The record is of the kind {of.kind or '?'}.", f"Name one of {kind}.")
    if arguments.act == "check":
        _prove(of, others, arguments.accord)
    found = assured.state(of, others, now)
    if arguments.page is not None:
        durable.write(arguments.page.absolute(), assured.page(of, found, now).encode(), 0o644)
    value = {"id": of.id, "means": assured.MEANS[kind]._asdict(), **found._asdict()}
    voice.result(value, _lines(of, found, voice))
    return KEPT if found.state == "holds" else UNSOUND


def _prove(of: Record, others: Sequence[Record], accord: Path | None) -> None:
    """Check what officers signed: a print says that they did, and only their keys show it."""
    if accord is not None:
        affirmed.prove(of, others, manuscript.read(accord))
    elif affirmed.about(of, others):
        # 3. What officers signed can be checked.
        what = "A signature of officers is among the files, and nothing to check it by."
        raise Malformed("attesting.3", what, "Give the signed accord: --accord FILE.")


def _held(node: Node, digits: str, kind: str) -> tuple[Record, list[Record], int]:
    named = [one.id for one in node.records("live", kind) if one.id.startswith(digits)]
    # 1. The digits name one.
    if len(named) != 1:
        what = f"{digits[:64]} names {len(named)} records of the kind {kind}."
        raise NoSuchThing("attesting.1", what, f"detente record list --kind {kind} has them all.")
    of = _record(node, named[0])
    others = [_record(node, one.id) for about in ABOUT for one in node.records("live", about)]
    return of, others, node.status().now


def _record(node: Node, name: str) -> Record:
    return msgspec.convert(msgspec.to_builtins(node.record(name)), Record)


def _lines(of: Record, found: assured.Standing, voice: Voice) -> Sequence[str]:
    say = voice.choose
    lines = [f"{say(assured.STATES[found.state])}  {of.party}  {of.id}"]
    if found.because:
        lines.append(f"  {say(word('because', found.because))} · {found.by}")
    lines.append(say(Text(f"  until {day(found.until)}", f"  至 {day(found.until)}")))
    lines += [f"  {say(assured.DUE[one])}" for one in found.due]
    lines.append(say(assured.SIGNED[found.officers]))
    return [*lines, say(assured.MEANS[of.kind])]
