"""`detente accord`: from what people write to what binds, in steps that each leave a file.

new        a text to start from
charter    this node's keys and its officers, as the party's first charter
assemble   the text with everybody's charters, as the bytes that officers sign
join       everybody's signatures in one envelope, verified
install    that envelope into a node's home; whoever accedes is given a lineage as well
lineage    every version with the charters of its signers, for whoever accedes
show       what a signed or unsigned accord says
check      what can be proven about its rules
explain    what it says in plain sentences, for a reader
diff       what a new text changes of an old one, in words and by party
snap-back  the next version, with the terms of an earlier one
propose, accept, comment, merge, brackets, clean
           a text in brackets while it is negotiated
print      a document for lawyers, HTML or DOCX
simulate   what another text would have done with real history
wake       a dormant pillar is switched on, by the officers of all parties
suspend    a pillar rests: the bytes that this party's officers sign, then their signatures
activate   a suspended pillar goes on, once every party has said so
withdraw   this party leaves when its notice is over
finish     what became of what was held, once a party has left
consent    another party gets more time for a duty, or need not perform it
relieve    that all to whom a duty is owed consented, in the debtor's log
decide     what this party's officers decided on what a trigger proposes
attest     that a laboratory says whether what was paused rests
dispute    a record, or a verdict about a duty that arose from it
resolve    a dispute is settled, taken back, or found on by the neutral
"""

import argparse
import importlib
from pathlib import Path

from detente.accord import document, signing
from detente.accord.document import Accord
from detente.accord.duration import moment
from detente.faces import founding, manuscript, succession
from detente.faces.cli import (
    amending,
    deciding,
    diffing,
    enacting,
    explaining,
    leaving,
    negotiating,
    printing,
    simulating,
    switching,
    waking,
    writing,
)
from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT
from detente.faces.officer import Public
from detente.faces.speech import Text, Voice
from detente.node.errors import Unready
from detente.node.home import Home
from detente.node.identity import Identity
from detente.trust import charter, envelope


def declare(parser: argparse.ArgumentParser) -> None:
    """One act for each step."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    writing.declare(acts)
    one = acts.add_parser("charter", help="print the party's first charter")
    one.add_argument("--home", required=True, type=Path, help="of the party's node")
    one.add_argument(
        "--officer", action="append", required=True, type=Path, help="what an officer handed out"
    )
    one.add_argument(
        "--laboratory", action="append", default=[], type=Path, help="what a laboratory handed out"
    )
    one.add_argument("--threshold", type=int, default=2, help="how many officers it takes (2)")
    one.add_argument("--domain", choices=("live", "exercise"), default="live")
    one = acts.add_parser("assemble", help="print the bytes that officers sign")
    one.add_argument("text", type=Path, help="the accord in YAML")
    one.add_argument(
        "--charter",
        action="append",
        default=[],
        type=Path,
        help="of each party, for a first version; with --after, of a party that accedes",
    )
    one.add_argument("--after", type=Path, metavar="SIGNED", help="the version in force, which it follows")
    one = acts.add_parser("join", help="print one envelope with all signatures, verified")
    one.add_argument("signature", nargs="+", type=Path, help="what each officer printed")
    enacting.declare(acts)
    one = acts.add_parser("show", help="what an accord says")
    one.add_argument("file", type=Path, help="YAML, signed bytes or an envelope")
    one = acts.add_parser("check", help="what can be proven about its rules, and what is refuted")
    one.add_argument("file", type=Path, help="YAML, signed bytes or an envelope")
    one.add_argument(
        "--intended",
        action="append",
        default=[],
        metavar="PROPERTY[:CLAUSE]",
        help="meant to be so: does not fail the check; may be repeated",
    )
    one.add_argument(
        "--expected",
        type=Path,
        metavar="CASES",
        help="cases that must come out as they say (NAME.expected.toml beside the file)",
    )
    one.add_argument("--against", type=Path, metavar="OLD", help="also say what it widens and narrows of OLD")
    explaining.declare(acts)
    diffing.declare(acts)
    printing.declare(acts)
    simulating.declare(acts)
    negotiating.declare(acts)
    amending.declare(acts)
    switching.declare(acts)
    waking.declare(acts)
    leaving.declare(acts)
    deciding.declare(acts)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one step.

    Raises:
        DetenteError: whatever `founding`, `document`, `signing` and `home` refuse.
    """
    acts = {
        "new": writing.run,
        "charter": _charter,
        "assemble": _assemble,
        "join": _join,
        "install": enacting.run,
        "lineage": enacting.run,
        "show": _show,
        "check": _check,
        "explain": explaining.run,
        "diff": diffing.run,
        "snap-back": amending.run,
        **dict.fromkeys(("propose", "accept", "comment", "merge", "brackets", "clean"), negotiating.run),
        "print": printing.run,
        "simulate": simulating.run,
        "wake": waking.run,
        "suspend": switching.run,
        "activate": switching.run,
        **dict.fromkeys(leaving.ACTS, leaving.run),
        **dict.fromkeys(deciding.ACTS, deciding.run),
    }
    return acts[arguments.act](arguments, voice)


def _charter(arguments: argparse.Namespace, voice: Voice) -> int:
    home = Home.at(arguments.home)
    officers = [Public.read(path) for path in arguments.officer]
    identity = Identity.at(home, arguments.domain)
    made = founding.charter_of(identity, home.settings.party, officers, arguments.threshold)
    made = founding.with_officers(made, (), 1, [Public.read(path) for path in arguments.laboratory])
    voice.exact(charter.dump(made).decode())
    return KEPT


def _assemble(arguments: argparse.Namespace, voice: Voice) -> int:
    text = manuscript.decoded(arguments.text, file_of(arguments.text))
    manuscript.check(arguments.text, text)
    charters = [charter.parse(file_of(path).strip()) for path in arguments.charter]
    if arguments.after is not None:
        made = succession.acceding(text, manuscript.read(arguments.after), charters)
    else:
        made = founding.assembled(text, charters)
    voice.exact(document.dump(made).decode(), end="")
    return KEPT


def _join(arguments: argparse.Namespace, voice: Voice) -> int:
    signed = [envelope.parse(file_of(path).strip()) for path in arguments.signature]
    whole = founding.joined(signed)
    accord = document.parse(whole.payload)
    # Who signs a later version, the parties' logs say: the home that takes it in looks there.
    if accord.version == 1:
        signing.verify(whole, _start(accord))
    voice.exact(envelope.dump(whole).decode())
    return KEPT


def _show(arguments: argparse.Namespace, voice: Voice) -> int:
    accord = manuscript.read(arguments.file)
    lines = [
        voice.choose(Text(accord.title.en, accord.title.zh)),
        f"  genesis {accord.genesis}",
        f"  {voice.choose(Text('version', '版本'))} {accord.version}, {accord.starts}",
        *(
            f"  {name}: {voice.choose(Text(one.names.en, one.names.zh))} {' '.join(one.roles)}".rstrip()
            for name, one in accord.parties.items()
        ),
        *(
            f"  {name}: {one.state}, {one.edition[:16]}, … {one.sunset}"
            for name, one in accord.pillars.items()
        ),
        *(f"  {one.id}: {one.owes} → {one.what} {one.within or one.every}" for one in accord.duties),
        *(f"  {one.id}: {one.kind} {', '.join(one.fields)} → {one.to} ({one.by})" for one in accord.release),
    ]
    voice.result(document.to_value(accord), lines)
    return KEPT


def _check(arguments: argparse.Namespace, voice: Voice) -> int:
    # 2. The prover is here: it is an extra, which no node needs.
    try:
        checking = importlib.import_module("detente.faces.cli.checking")
    except ImportError as error:
        raise Unready(
            "accord.2",
            f"The prover is not installed: {error}.",
            "Install it: python -m pip install --require-hashes -r requirements-prove.lock",
        ) from error
    code: int = checking.run(arguments, voice)
    return code


def _start(accord: Accord) -> int:
    return moment(accord.starts, "$.starts")
