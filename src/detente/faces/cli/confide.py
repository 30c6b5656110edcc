"""`detente confide`: report in confidence from one's own machine, and follow the report with its code.

    detente confide card http://127.0.0.1:8644/ --to neutral.card       compare the fingerprint
    detente confide report --card neutral.card --title … --account account.txt --to http://127.0.0.1:8644/
    detente confide follow http://127.0.0.1:8644/ --card neutral.card   asks for the code

The report is sealed here; what leaves is a letter that only the intake officers open. The code is printed
once.
"""

import argparse
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Literal

from detente.faces import secrecy
from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT, USAGE
from detente.faces.intake import client
from detente.faces.intake.client import SCHEMES, same_stamp
from detente.faces.intake.desk import Told, composed
from detente.faces.intake.pages import SCREENED, words
from detente.faces.speech import Text, Voice, clock
from detente.node import durable
from detente.node.clock import SystemClock
from detente.node.confidence import card as cards
from detente.node.confidence import letter, stamp, thread
from detente.node.confidence.code import BYTES, Code
from detente.node.confidence.report import USES, Attached, Reply, Report
from detente.node.errors import HomeMissing
from detente.trust.errors import Malformed

KEEP = Text(
    "Keep the code: it is shown this once, and is the only way to questions, answers and the outcome.",
    "请保存跟进码：仅显示这一次，是查看提问、答复和处理结果的唯一途径。",
)
HAN_SHARE = 5
"""A text is Chinese if at least one of so many of its letters is: names and numbers of versions are Latin."""

ASK_CODE = Text("Follow-up code: ", "跟进码：")
NONE = Text(
    "Type `none` if none of these applies, anything else to stop:",
    "如均不属于，请输入 none；否则输入其他内容中止：",
)

STOPPED = Text(
    "Nothing was written or sent. Whom to tell instead stands above.",
    "未写入也未发送任何内容。应向何处报告，见上文。",
)


def declare(parser: argparse.ArgumentParser) -> None:
    """`card` shows to whom a report would be sealed, `report` seals and sends, `follow` reads and answers."""
    acts = parser.add_subparsers(dest="act", metavar="card|report|check|follow", required=True)
    one = acts.add_parser("card", help="fetch or read a desk's intake card, and print its fingerprint")
    one.add_argument("source", help="the desk's address, or a file")
    one.add_argument("--to", type=Path, metavar="FILE", help="keep the card there")
    report = acts.add_parser("report", help="seal a report on this machine, into a file or to a desk")
    report.add_argument("--card", required=True, type=Path, help="the desk's card, its fingerprint compared")
    report.add_argument("--title", required=True, help="what happened, in one line")
    report.add_argument("--account", required=True, type=Path, metavar="FILE", help="what happened, as text")
    report.add_argument("--language", choices=("en", "zh"), help="in which it is written (by its letters)")
    for name, said in (
        ("system", "which AI system, of which version"),
        ("place", "where and when, as exactly as you care to say"),
        ("harm", "who was harmed, or might have been"),
        ("advice", "what others should look for or change"),
    ):
        report.add_argument(f"--{name}", default="", help=said)
    report.add_argument("--ongoing", choices=("yes", "no"), help="whether it still goes on")
    report.add_argument(
        "--use",
        choices=USES,
        default="learning_only",
        help="how it may be used (learning_only: never to blame or punish)",
    )
    report.add_argument(
        "--attach", action="append", type=Path, default=[], metavar="FILE", help="one more file"
    )
    report.add_argument(
        "--identity", type=Path, metavar="FILE", help="who you are, kept apart; may be left out"
    )
    report.add_argument("--screened", choices=("none",), help="none of what the desk does not take applies")
    report.add_argument("--to", required=True, help="the desk's address, or a new file")
    report.add_argument("--receipt", type=Path, metavar="FILE", help="keep the receipt there")
    check = acts.add_parser("check", help="check a receipt against the card and what was sent")
    check.add_argument("receipt", type=Path, help="the receipt")
    check.add_argument("--card", required=True, type=Path, help="the desk's card, its fingerprint compared")
    check.add_argument("--letter", type=Path, metavar="FILE", help="the sealed report")
    follow = acts.add_parser("follow", help="read questions, answers and the outcome, or add to them")
    follow.add_argument("source", help="the desk's address")
    follow.add_argument("--card", required=True, type=Path, help="the desk's card, its fingerprint compared")
    follow.add_argument(
        "--code-fd", type=int, metavar="N", help="read the code as a line from this descriptor"
    )
    follow.add_argument("--answer", type=Path, metavar="FILE", help="add this text")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Show a card, report, check a receipt, or follow.

    Raises:
        HomeMissing: `confide.1`, `place.2`. Malformed: `confide.2`. As `client`, and `node.confidence`.
    """
    acts = {"card": _card, "report": _report, "check": _check, "follow": _follow}
    return acts[arguments.act](arguments, voice)


def _card(arguments: argparse.Namespace, voice: Voice) -> int:
    source = arguments.source
    data = client.card(source) if source.startswith(SCHEMES) else file_of(Path(source))
    signed = cards.parse(data)
    if arguments.to:
        durable.write(arguments.to, data, 0o644)
    one = signed.card
    readers = ", ".join(row.name for row in one.officers)
    lines = [
        Text(
            f"The confidential desk of {one.party}; card {one.serial}.",
            f"{one.party} 的保密受理处；第 {one.serial} 张受理卡。",
        ),
        Text(f"Reports are read by: {readers}", f"报告阅读人：{readers}"),
        Text(f"Valid until: {clock(one.until)}", f"有效期至：{clock(one.until)}"),
        Text(f"Identities are destroyed after {one.days} days.", f"身份信息在 {one.days} 天后销毁。"),
        Text("Compare this with what the party prints elsewhere:", "请与该方另行公布的指纹核对："),
        Text(f"  {signed.fingerprint}", f"  {signed.fingerprint}"),
    ]
    value = {"party": one.party, "serial": one.serial, "until": one.until, "fingerprint": signed.fingerprint}
    voice.result(value, [voice.choose(line) for line in lines])
    return KEPT


def _report(arguments: argparse.Namespace, voice: Voice) -> int:
    if arguments.screened is None and not _screened(voice):
        voice.note(STOPPED)
        return USAGE
    signed, code = cards.parse(file_of(arguments.card)), Code(os.urandom(BYTES))
    identity = _text(arguments.identity) if arguments.identity else ""
    told = Told(_writer(arguments), identity, tuple((one.name, file_of(one)) for one in arguments.attach))
    report, files = composed(told, code)
    data = letter.seal(report, identity, files, code, (signed, SystemClock().now()))
    receipt = b""
    if arguments.to.startswith(SCHEMES):
        receipt = client.send(arguments.to, data)
        stamp.check(receipt, signed.stamp, sha256(data).hexdigest())
    else:
        _new(Path(arguments.to), data)
    if arguments.receipt and receipt:
        _new(arguments.receipt, receipt)
    voice.note(KEEP)
    value = {"code": code.text, "receipt": receipt.decode(), "letter": sha256(data).hexdigest()}
    voice.result(value, [code.text, *receipt.decode().splitlines()])
    return KEPT


def _writer(arguments: argparse.Namespace) -> Callable[[Reply, tuple[Attached, ...]], Report]:
    account = _text(arguments.account)

    def write(reply: Reply, listed: tuple[Attached, ...]) -> Report:
        return Report(
            language=arguments.language or written_in(f"{arguments.title}\n{account}"),
            title=arguments.title,
            account=account,
            system=arguments.system,
            place=arguments.place,
            harm=arguments.harm,
            advice=arguments.advice,
            ongoing={"yes": True, "no": False}.get(arguments.ongoing or ""),
            use=arguments.use,
            reply=reply,
            attached=listed,
        )

    return write


def written_in(text: str) -> Literal["en", "zh"]:
    """Return the language of a report by its letters: Chinese if at least a fifth of them are."""
    letters = [one for one in text if one.isalpha()]
    han = sum("\u3400" <= one <= "\u9fff" for one in letters)
    return "zh" if han and han * HAN_SHARE >= len(letters) else "en"


def _screened(voice: Voice) -> bool:
    """Say what is not taken, before anything else is asked."""
    said = words()
    voice.note(Text(said["screen_title"]["en"], said["screen_title"]["zh"]))
    for one in SCREENED[1:]:
        name, where = said[f"screen_{one}"], said[f"elsewhere_{one}"]
        voice.note(Text(f"- {name['en']}: {where['en']}", f"- {name['zh']}：{where['zh']}"))
    voice.note(NONE)
    return sys.stdin.readline().strip() == "none"


def _check(arguments: argparse.Namespace, voice: Voice) -> int:
    signed = cards.parse(file_of(arguments.card))
    digest = sha256(file_of(arguments.letter)).hexdigest() if arguments.letter else ""
    found = stamp.check(file_of(arguments.receipt), signed.stamp, digest)
    said = Text(
        f"The stamp of {found.party} has signed it: number {found.number}, received {found.received}.",
        f"{found.party} 的印鉴已签名：编号 {found.number}，收到时间 {found.received}。",
    )
    voice.result({name: getattr(found, name) for name in stamp.FIELDS}, [voice.choose(said)])
    return KEPT


def _follow(arguments: argparse.Namespace, voice: Voice) -> int:
    signed = cards.parse(file_of(arguments.card))
    code = Code.parse(secrecy.asked(ASK_CODE, voice, arguments.code_fd))
    found = client.fetched(arguments.source, code, signed)
    if arguments.answer:
        last = found.messages[-1].digest if found.messages else ""
        newest = same_stamp(cards.parse(client.card(arguments.source)), signed)
        package = thread.answer(code, newest, _text(arguments.answer), last, SystemClock().now())
        client.add(arguments.source, code, package)
        found = client.fetched(arguments.source, code, signed)
    voice.result(found.value(), found.lines(voice))
    return KEPT


def _text(path: Path) -> str:
    # 2. What is to be read as text is text.
    try:
        return file_of(path).decode().strip()
    except UnicodeDecodeError as error:
        raise Malformed("confide.2", f"{path} is no text in UTF-8.", "Save it as UTF-8.") from error


def _new(path: Path, data: bytes) -> None:
    # 1. Nothing is overwritten.
    if path.exists():
        raise HomeMissing("confide.1", f"{path} is there already.", "Name a new file.")
    durable.write(path, data)
