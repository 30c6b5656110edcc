"""`detente accord decide|attest|dispute|resolve|affirm`: what people say on a proposal, a pause, a record.

`decide`, `resolve` and `affirm` are signed by officers: without `--approval`, what they sign is written to a
file; with it, their signatures are logged. `attest` is signed by the laboratory in the same way, with a key
that the party's charter names; `--unsigned` logs it without, as the party's word. Nothing is done by any of
them: a pause is another act, and standing stays as it is.
"""

import argparse
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from detente.accord import decision
from detente.accord.acts import AFFIRM, DECIDE, DISPUTE, RESOLVE
from detente.faces import declaring, door
from detente.faces.cli.digits import record_of
from detente.faces.cli.leaving import attested, logged
from detente.faces.cli.place import declare_home, file_of, home_of
from detente.faces.cli.switching import declare_signed
from detente.faces.speech import Voice
from detente.node import agreement
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing
from detente.node.home import Home

if TYPE_CHECKING:
    from detente.node.node import Node

ACTS = ("decide", "attest", "dispute", "resolve", "affirm")
ABOUT = ("standing", "facts", "release", "authenticity")


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Five acts of `detente accord`."""
    one = acts.add_parser("decide", help="log what this party's officers decided on a proposal")
    one.add_argument("record", help="whose trigger fired: its id or first digits; detente status has them")
    one.add_argument("clause", help="of the trigger")
    one.add_argument("--answer", required=True, choices=("take", "refuse"), help="whether it is done")
    declare_signed(one, "accord.act")
    one = acts.add_parser("attest", help="log that a laboratory says whether what was paused rests")
    one.add_argument("pause", help="this party's own pause, or its first digits, as detente status shows it")
    one.add_argument("--laboratory", required=True, metavar="NAME", help="as the accord names it")
    one.add_argument("--claim", required=True, choices=("done", "not-done"), help="what it says")
    one.add_argument(
        "--document", type=Path, metavar="FILE", help="a paper behind it; only its digest is logged"
    )
    one.add_argument(
        "--unsigned",
        action="store_true",
        help="log it as this party's word: the others see that the laboratory did not sign",
    )
    declare_signed(one, "attestation.act")
    one = acts.add_parser("dispute", help="dispute a record, or a verdict about a duty that arose from it")
    one.add_argument("record", help="that is disputed, or its first digits")
    one.add_argument("--about", required=True, choices=ABOUT, help="what of it")
    one.add_argument("--clause", help="of the duty, if a verdict is disputed")
    declare_home(one)
    one = acts.add_parser("resolve", help="settle a dispute, take it back, or log the neutral's finding")
    one.add_argument("dispute", help="the record that raised it, or its first digits")
    one.add_argument(
        "--answer", required=True, choices=("settle", "drop", "find"), help="find is for the neutral alone"
    )
    one.add_argument("--for", dest="finding", choices=("raiser", "other", "neither"), help="of a finding")
    declare_signed(one, "accord.act")
    one = acts.add_parser("affirm", help="log that this party's officers stand behind a record of its own")
    one.add_argument("record", help="a declaration, a certificate or a statement that was tabled")
    declare_signed(one, "accord.act")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Write what is signed, or log it.

    Raises:
        NoSuchThing: `deciding.1`, `show.1`; as `Node.record`. As `leaving.logged`.
    """
    with door.reach(home_of(arguments)) as node:
        made = _draft(node, arguments)
        if arguments.act == "attest" and not arguments.unsigned:
            return attested(node, made, arguments, voice)
        return logged(node, made, arguments, voice)


def _draft(node: "Node", arguments: argparse.Namespace) -> Draft:
    if arguments.act == "decide":
        name = node.record(record_of(node, arguments.record)).id
        return Draft.new(DECIDE, {"record": name, "clause": arguments.clause, "answer": arguments.answer})
    if arguments.act == "attest":
        paper = sha256(file_of(arguments.document)).hexdigest() if arguments.document else None
        pause = node.record(record_of(node, arguments.pause))
        return declaring.attestation(pause.id, pause.open, arguments.laboratory, arguments.claim, paper)
    if arguments.act == "dispute":
        shown = node.record(record_of(node, arguments.record))
        _require_clause(Home.read(home_of(arguments)), shown.version, arguments.clause)
        name = shown.id
        return Draft.new(DISPUTE, {"record": name, "about": arguments.about, "clause": arguments.clause})
    if arguments.act == "affirm":
        own = node.record(record_of(node, arguments.record))
        digest = decision.digest_of(own.open)
        return Draft.new(AFFIRM, {"record": own.id, "kind": own.kind, "digest": digest})
    raised = node.record(record_of(node, arguments.dispute))
    said = {"answer": arguments.answer, "finding": arguments.finding}
    return Draft.new(RESOLVE, {"dispute": raised.id, "record": raised.open.get("record", raised.id), **said})


def _require_clause(home: Home, version: int, clause: str | None) -> None:
    """Check that a clause whose verdict is disputed is one: of a release that is owed, with its party."""
    accord = agreement.written(home)[version]
    known = {one.id for one in accord.duties} | {one.id for one in accord.release}
    # 1. The accord has the clause; duties of the accord itself are named `accord.`.
    if clause is not None and clause.partition("@")[0] not in known and not clause.startswith("accord."):
        what = f"Version {version} of the accord has no duty {clause[:80]!a}."
        raise NoSuchThing("deciding.1", what, "Name it as detente standing does.")
