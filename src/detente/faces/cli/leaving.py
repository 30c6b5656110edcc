"""`detente accord withdraw|finish|consent|relieve`: a party leaves; a duty gets more time, or is let go.

`withdraw` and `consent` are signed by officers: without `--approval`, what they sign is written to a file;
with it, their signatures are logged. A duty is named as standing names it: `notify-serious/1/9f…/us`.
"""

import argparse
import re
from typing import TYPE_CHECKING, Any

from detente.accord import solemn
from detente.accord.acts import CONSENT, FINISH, RELIEVE, WITHDRAW
from detente.accord.duration import moment
from detente.faces import declaring, door
from detente.faces.cli import actfile
from detente.faces.cli.digits import record_of
from detente.faces.cli.place import declare_home, file_of, home_of
from detente.faces.cli.switching import declare_signed
from detente.faces.exits import KEPT
from detente.faces.speech import Voice
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.trust.errors import Malformed

if TYPE_CHECKING:
    from detente.node.node import Node

RECORD, INSTANT = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9]{1,16}")
ACTS = ("withdraw", "finish", "consent", "relieve")
DISPOSALS = ("returned", "destroyed", "kept-by-law", "nothing-held")


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Four acts of `detente accord`."""
    one = acts.add_parser("withdraw", help="this party leaves when its notice is over")
    one.add_argument("--effective", required=True, metavar="TIME", help="when, as 2027-03-01T00:00:00Z")
    declare_signed(one, "accord.act")
    one = acts.add_parser("finish", help="say what became of what was held, once a party has left")
    one.add_argument("party", help="which one left; this party if it is its own leaving")
    one.add_argument("--disposal", required=True, choices=DISPOSALS, help="what became of it")
    declare_home(one)
    for name, told in (
        ("consent", "give another party more time for a duty, or let it go"),
        ("relieve", "log that all to whom a duty is owed consented"),
    ):
        one = acts.add_parser(name, help=told)
        one.add_argument("duty", help="CLAUSE/VERSION/RECORD or START/PARTY, as standing names it")
        one.add_argument("--until", metavar="TIME", help="the end of its new term; none lets it go")
        declare_signed(one, "accord.act") if name == "consent" else declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Write what is signed, or log it.

    Raises:
        NoSuchThing: `leaving.1`, `leaving.3`. Malformed: `leaving.2`; as `duration.moment`.
        As `Node.table`, `solemn.verify`.
    """
    with door.reach(home_of(arguments)) as node:
        return logged(node, _draft(node, arguments), arguments, voice)


def logged(node: "Node", made: Draft, arguments: argparse.Namespace, voice: Voice) -> int:
    """Log a draft; of one that officers sign, write what they sign, and with their signatures log it.

    Raises:
        As `Node.table`, `solemn.verify`.
    """
    if made.kind in solemn.KINDS and not arguments.approval:
        said = node.status()
        actfile.write(arguments.file, declaring.payload(made, said.genesis, said.party), voice)
        return KEPT
    if made.kind in solemn.KINDS:
        made = declaring.signed(made, [file_of(path) for path in arguments.approval])
    return _tabled(node, made, voice)


def attested(node: "Node", made: Draft, arguments: argparse.Namespace, voice: Voice) -> int:
    """Write what a laboratory signs, and with its signature log it. Raises as `logged`."""
    if not arguments.approval:
        said = node.status()
        payload = declaring.payload(made, said.genesis, said.party)
        actfile.write(arguments.file, payload, voice, by_laboratory=True)
        return KEPT
    return _tabled(node, declaring.signed(made, [file_of(one) for one in arguments.approval]), voice)


def _tabled(node: "Node", made: Draft, voice: Voice) -> int:
    tabled = node.table(made)
    voice.result(tabled, [f"{made.kind}: {tabled.id}"])
    return KEPT


def _draft(node: "Node", arguments: argparse.Namespace) -> Draft:
    if arguments.act == "withdraw":
        return Draft.new(WITHDRAW, {"effective": moment(arguments.effective, "--effective")})
    if arguments.act == "finish":
        return _finish(node, arguments.party, arguments.disposal)
    return _relief(node, arguments)


def _finish(node: "Node", party: str, disposal: str) -> Draft:
    gone = node.status().domains["live"].leaving.get(party)
    # 1. It leaves, or has left.
    if gone is None:
        raise NoSuchThing("leaving.1", f"{party} does not leave.", "detente status shows who does.")
    head = node.cut().heads[party]
    shown = f"{party}/{head.size}/{head.root}"
    return Draft.new(FINISH, {"withdrawal": gone[0], "head": shown, "disposal": disposal})


def _relief(node: "Node", arguments: argparse.Namespace) -> Draft:
    clause, version, base, debtor = _named(arguments.duty)
    if not INSTANT.fullmatch(base):
        base = record_of(node, base)
    said: dict[str, Any] = {
        "clause": clause,
        "version": version,
        "base": base if RECORD.fullmatch(base) else None,
        "start": int(base) if INSTANT.fullmatch(base) else None,
        "until": moment(arguments.until, "--until") if arguments.until else None,
    }
    if arguments.act == "consent":
        return Draft.new(CONSENT, {**said, "debtor": debtor})
    wanted = {**said, "debtor": debtor}
    given = [one.id for one in node.records(kind=CONSENT) if _same(node, one.id, wanted)]
    # 3. Somebody consented to exactly this.
    if not given:
        raise NoSuchThing(
            "leaving.3",
            f"Nobody has consented to that for {arguments.duty[:64]}.",
            "Ask those to whom it is owed: detente accord consent.",
        )
    return Draft.new(RELIEVE, {**said, "consents": sorted(given)})


def _named(text: str) -> tuple[str, int, str, str]:
    parts = text.split("/")
    # 2. It is a duty's name.
    if len(parts) != 4 or not parts[1].isdigit():  # noqa: PLR2004 (the parts of the name, in its help)
        raise Malformed(
            "leaving.2", f"No duty: {text[:80]}.", "Name it as standing does: CLAUSE/VERSION/RECORD/PARTY."
        )
    return parts[0], int(parts[1]), parts[2], parts[3]


def _same(node: "Node", name: str, wanted: dict[str, Any]) -> bool:
    shown = node.record(name)
    return {**shown.open, "approval": 0} == {**wanted, "approval": 0}
