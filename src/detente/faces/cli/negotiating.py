"""`detente accord propose|accept|comment|merge|brackets|clean`: a text that is still negotiated, in one file.

Two delegations hand the file to and fro. Who proposes opens a bracket in which all others keep what stood
there; to propose again in an open bracket is to counter; when all have the same, it closes by itself.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from detente.accord import bracket, source
from detente.accord.bracket import Bracket
from detente.faces import manuscript, merging, workingtext
from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice, as_json
from detente.trust.canonical import Value
from detente.trust.errors import Malformed

SETTLED = Text("Nothing is open.", "没有未决的文字。")
LEFT_OUT = Text("(left out)", "（删去）")


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the acts."""
    one = acts.add_parser("propose", help="another value or clause; to counter is to propose again")
    _at_path(one)
    one.add_argument("value", help="in YAML; null leaves a clause out")
    one = acts.add_parser("accept", help="take over another party's variant")
    _at_path(one)
    one.add_argument("--of", required=True, metavar="PARTY", help="whose variant")
    one = acts.add_parser("comment", help="say something about a clause")
    _at_path(one)
    one.add_argument("--says", required=True, help="the comment")
    one.add_argument("--at", required=True, metavar="TIME", help="when, as 2026-12-01T10:00:00Z")
    one = acts.add_parser("merge", help="take what a party would have from the copy that it sent")
    one.add_argument("file", type=Path, help="the working text")
    one.add_argument("theirs", type=Path, help="the copy that came")
    one.add_argument(
        "--of", action="append", required=True, metavar="PARTY", help="whose variants and comments"
    )
    one = acts.add_parser("brackets", help="what is open in a working text, side by side, with the comments")
    one.add_argument("file", type=Path, help="the working text")
    one = acts.add_parser("clean", help="a working text as one side would have it, or as settled")
    one.add_argument("file", type=Path, help="the working text")
    one.add_argument("--as", dest="side", metavar="PARTY", help="whose text; none: nothing may be open")


def _at_path(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the working text")
    parser.add_argument("path", help="as duties.notify-incident.within; duties.CLAUSE is a whole clause")
    parser.add_argument("--by", required=True, metavar="PARTY", help="who acts")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one of them.

    Raises:
        DetenteError: as `workingtext`; Faulty: what is proposed has faults.
    """
    text = manuscript.decoded(arguments.file, file_of(arguments.file))
    if arguments.act == "brackets":
        return _brackets(text, voice)
    if arguments.act == "clean":
        print(workingtext.clean(text, arguments.side), end="")
        return KEPT
    made = _acted(arguments, text)
    arguments.file.write_text(made, encoding="utf-8")
    _brackets(made, voice)
    return KEPT


def _acted(arguments: argparse.Namespace, text: str) -> str:
    if arguments.act == "merge":
        theirs = manuscript.decoded(arguments.theirs, file_of(arguments.theirs))
        return merging.merged(text, theirs, tuple(arguments.of))
    if arguments.act == "comment":
        return workingtext.commented(text, arguments.path, arguments.by, arguments.says, arguments.at)
    if arguments.act == "accept":
        return workingtext.accepted(text, arguments.path, arguments.by, arguments.of)
    made = workingtext.proposed(text, arguments.path, arguments.by, _value(arguments.value))
    # What is proposed can be read and compiled: nobody negotiates about what no node could run.
    manuscript.check(arguments.file, workingtext.clean(made, arguments.by))
    return made


def _value(said: str) -> Value:
    read, faults = source.survey(said)
    # 1. The value can be read.
    if faults:
        raise Malformed(
            "negotiating.1", f"{said} is no value: {faults[0].error.what}", "Write it as in the text."
        )
    return read.data


def _brackets(text: str, voice: Voice) -> int:
    """Show what is open; 1 if anything is."""
    data = source.read(text).data
    open_, said = [*bracket.brackets(data)], workingtext.comments(text)
    value = {
        "open": [{"path": workingtext.named(data, one.path), "variants": one.variants} for one in open_],
        "comments": said,
    }
    lines = [line for one in open_ for line in _told(one, data, voice)] or [voice.choose(SETTLED)]
    lines += [f"{one.get('on')}: {one.get('by')}, {one.get('at')}: {one.get('says')}" for one in said]
    voice.result(value, lines)
    return UNSOUND if open_ else KEPT


def _told(one: Bracket, data: Value, voice: Voice) -> Iterator[str]:
    yield workingtext.named(data, one.path)
    for party, variant in one.variants.items():
        yield f"  {party}: {voice.choose(LEFT_OUT) if variant is None else as_json(variant)}"
