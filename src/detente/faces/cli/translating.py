"""`detente evaluate translation sheet|act|check`: people of a party sign off what was translated.

    sheet SUITE                         each item in both languages, one below the other, to be read
    act SUITE --party cn --to FILE      what officers of the party sign; `--but ITEM` leaves one out
    check SUITE SIG… --accord FILE      which items they stand behind; ends with 1 unless it is all

Each officer signs the file with `detente officer sign`; what they print is given to `check`.
"""

import argparse
from pathlib import Path

from detente.faces import founding, manuscript
from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.speech import Text, Voice
from detente.instruments import suite as shelf
from detente.instruments import translation
from detente.instruments.suite import Item
from detente.instruments.translation import ORIGINAL, SignOff
from detente.node import durable
from detente.node.clock import SystemClock
from detente.node.errors import NoSuchThing
from detente.trust import charter as charters
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE

SHOWN = 5
"""So many ids of items are named; `--json` has all."""


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Three steps: read, sign, check."""
    own = acts.add_parser("translation", help="sign off what was translated, item by item").add_subparsers(
        dest="step", metavar="STEP", required=True
    )
    one = own.add_parser("sheet", help="each item in both languages, to be read")
    _declare_suite(one)
    one = own.add_parser("act", help="write what officers sign about the items that were read")
    _declare_suite(one)
    one.add_argument("--party", required=True, help="in whose name it is signed")
    one.add_argument(
        "--but", action="append", default=[], metavar="ITEM", help="an item not to be signed off; repeatable"
    )
    one.add_argument("--to", type=Path, required=True, metavar="FILE", help="a file that is not there yet")
    one = own.add_parser("check", help="which items officers stand behind, and which have changed since")
    one.add_argument("suite", help="of the suite: its name, or a file")
    one.add_argument("signed", type=Path, nargs="+", help="the act as each officer signed it")
    one.add_argument("--accord", type=Path, required=True, metavar="FILE", help="whose officers they are")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one step.

    Raises:
        Malformed, WrongContext, TooLarge: `suite.*`, `translation.*`. NoSuchThing: `translating.1`,
        `translating.2`. As `manuscript.read`, `envelope.parse`, `founding.joined`,
        `charter.verify`.
    """
    return {"sheet": _sheet, "act": _act, "check": _check}[arguments.step](arguments, voice)


def _declare_suite(one: argparse.ArgumentParser) -> None:
    one.add_argument("suite", help="of the suite: its name, or a file")
    one.add_argument("--language", default="zh", help="that is read beside English (zh)")


def _sheet(arguments: argparse.Namespace, voice: Voice) -> int:
    suite = shelf.found(arguments.suite)
    translation.require(suite, arguments.language)
    rows = [
        {"item": one.id, **{name: _text(one, name) for name in (ORIGINAL, arguments.language)}}
        for one in suite.items
    ]
    lines = [line for row in rows for line in (row["item"], row[ORIGINAL], row[arguments.language], "")]
    voice.result(rows, lines)
    return KEPT


def _text(item: Item, language: str) -> str:
    """What a system is told and asked, as one text."""
    parts = [item.system.get(language, ""), *(one[language] for one in item.asks)]
    return "\n".join(f"  {line}" for part in parts if part for line in part.splitlines())


def _act(arguments: argparse.Namespace, voice: Voice) -> int:
    made = translation.act(shelf.found(arguments.suite), arguments.language, arguments.party, arguments.but)
    # 1. Nothing is overwritten.
    if arguments.to.exists():
        raise NoSuchThing("translating.1", f"{arguments.to} is there already.", "Name a file that is not.")
    durable.write(arguments.to, made)
    count = len(translation.parse(made).items)
    told = Text(
        f"{count} items. Officers of {arguments.party} sign: detente officer sign {arguments.to} --key FILE",
        f"共 {count} 题；由 {arguments.party} 的官员签名：detente officer sign {arguments.to} --key 文件",
    )
    voice.result({"file": str(arguments.to), "items": count}, [voice.choose(told)])
    return KEPT


def _check(arguments: argparse.Namespace, voice: Voice) -> int:
    suite = shelf.found(arguments.suite)
    signed = founding.joined([envelope.parse(file_of(one).strip()) for one in arguments.signed])
    said = translation.parse(signed.payload)
    fates = translation.compare(suite, said)
    holders = _signers(signed, said, arguments.accord)
    whole = not fates.changed and not fates.unsigned
    parts = (
        (Text("signed off", "已签字认可"), fates.signed),
        (Text("changed since", "签字后已改动"), fates.changed),
        (Text("not signed off", "未经签字认可"), fates.unsigned),
    )
    lines = [
        voice.choose(
            Text(
                f"{said.language} of {suite.name}, read by {said.party}; signed by {', '.join(holders)}",
                f"{suite.name} 的 {said.language} 文本，由 {said.party} 审读；签名人：{'、'.join(holders)}",
            )
        )
    ]
    for name, items in parts:
        if items:
            some = ", ".join(items[:SHOWN]) + (" …" if len(items) > SHOWN else "")
            lines.append(
                f"  {voice.choose(name)}: {len(items)}" + ("" if items is fates.signed else f"  {some}")
            )
    value = {"suite": suite.name, "language": said.language, "party": said.party, "by": holders, "all": whole}
    told = {"signed": fates.signed, "changed": fates.changed, "unsigned": fates.unsigned}
    voice.result(value | told, lines)
    return KEPT if whole else UNSOUND


def _signers(signed: envelope.Envelope, said: SignOff, accord: Path) -> list[str]:
    """Who signed, if officers of the party did, and enough of them: by its charter in the accord."""
    party = manuscript.read(accord).parties.get(said.party)
    # 2. The accord has officers of that party.
    if party is None or "live" not in party.charters:
        what = f"The accord names no officers of {said.party[:32]!a}."
        raise NoSuchThing("translating.2", what, "Give the accord as all officers signed it.")
    charter = charters.from_value(party.charters["live"])
    now = SystemClock().now()
    return sorted(charters.verify(signed, charter, "officer", now, payload_type=ACT_TYPE))
