"""`detente intake`: the confidential desk, for whoever runs it and for its officers.

    at the desk            init, card, serve, take, token, hold, release, destroy, list, log
    with an officer's key  keys, rotate, forget, open, ask, close; a keeper's: identity

A desk lies in a folder of a node's home, or of a home without a node: it needs none. Officers' keys lie in
files of their own under a passphrase, and never in that folder.
"""

import argparse
import threading
from pathlib import Path

import msgspec

from detente.faces import openingfile, secrecy
from detente.faces.cli.place import declare_home, file_of, home_of
from detente.faces.cli.serve import watch_input
from detente.faces.exits import KEPT
from detente.faces.intake import opened, serve
from detente.faces.intake.desk import Desk
from detente.faces.intake.officers import Officers
from detente.faces.intake.turnstile import Turnstile
from detente.faces.openingfile import OpeningFile
from detente.faces.speech import Text, Voice, as_json, clock, table
from detente.node import durable
from detente.node.clock import SystemClock
from detente.node.confidence import token
from detente.node.confidence.cabinet import DAY, Cabinet
from detente.node.confidence.card import VERSION, Card, Officer
from detente.node.confidence.counter import Counter
from detente.trust.errors import Malformed

LISTEN = "127.0.0.1:8644"
OUTCOMES = ("acted_on", "passed_on", "known_already", "not_taken", "could_not_confirm", "unreadable")

WAYS = {
    "form": Text("form", "表单"),
    "sealed": Text("sealed at home", "自行密封"),
    "file": Text("file", "文件"),
    "api": Text("api", "接口"),
}
ACTS = {
    "arrived": Text("arrived", "收到"),
    "opened": Text("opened", "开启"),
    "asked": Text("asked", "提问"),
    "answered": Text("answered", "报告人答复"),
    "closed": Text("closed", "办结"),
    "held": Text("held", "法律保全"),
    "released": Text("released", "解除保全"),
    "identity-read": Text("identity-read", "查阅身份信息"),
    "identity-destroyed": Text("identity-destroyed", "销毁身份信息"),
}

NUMBER = "of the report, as on its receipt"
KEY = "the officer's keys, made by `detente intake keys`"


def declare(parser: argparse.ArgumentParser) -> None:
    """Each act has its own arguments; those at the desk take a home, those of officers a key as well."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    _declare_keys(acts)
    _declare_desk(acts)
    _declare_reports(acts)


def _declare_keys(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = acts.add_parser("keys", help="draw an officer's keys, and print what goes onto the card")
    keys.add_argument("--name", dest="called", required=True, help="as on the card; no person's name")
    keys.add_argument("--keeper", action="store_true", help="to open identities, not reports")
    keys.add_argument("--to", required=True, type=Path, metavar="FILE", help="a new file for the keys")
    rotate = acts.add_parser("rotate", help="draw new keys beside the old ones, for the next card")
    forget = acts.add_parser("forget", help="end with all older keys what was sealed to them")
    for one in (rotate, forget):
        one.add_argument("key", type=Path, help=KEY)
    for one in (keys, rotate, forget):
        one.add_argument("--passphrase-fd", type=int, metavar="N", help="read the passphrase from there")


def _declare_desk(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = acts.add_parser("init", help="make a confidential desk in a home, with a stamp of its own")
    card = acts.add_parser("card", help="sign the next intake card: to whom reports are sealed")
    card.add_argument("--party", required=True, help="whose desk it is")
    card.add_argument(
        "--officer", required=True, action="append", type=Path, metavar="FILE", help="who reads reports"
    )
    card.add_argument(
        "--keeper", required=True, action="append", type=Path, metavar="FILE", help="who reads identities"
    )
    card.add_argument("--days", type=int, default=180, help="after which an identity is destroyed (180)")
    card.add_argument("--life", type=int, default=90, help="days until the card ends (90)")
    card.add_argument("--url", default="", help="where reports are taken")
    card.add_argument("--to", type=Path, metavar="FILE", help="a copy to hand out")
    run_ = acts.add_parser("serve", help="take reports over HTTP until told to stop")
    run_.add_argument("--listen", default=LISTEN, help=f"address and port; port 0 takes any ({LISTEN})")
    run_.add_argument("--per-minute", type=int, default=300, help="how many may hand in, together (300)")
    run_.add_argument("--per-address", type=int, default=30, help="how many from one address (30)")
    run_.add_argument("--until-eof", action="store_true", help="stop when standard input closes too")
    take = acts.add_parser("take", help="take a sealed report from a file, and print the receipt")
    take.add_argument("letter", type=Path, help="the sealed report")
    give = acts.add_parser("token", help="print a token with which a laboratory's program reports")
    give.add_argument("--label", required=True, help="of the channel; no person's name")
    give.add_argument("--end", action="store_true", help="end its tokens instead")
    for one in (init, card, run_, take, give):
        declare_home(one)


def _declare_reports(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listed = acts.add_parser("list", help="list what came in, and what waits")
    log = acts.add_parser("log", help="print what was done at the desk, and by whom")
    log.add_argument("--number", type=int, help=NUMBER)
    opened = acts.add_parser("open", help="open a report with its thread")
    opened.add_argument("--to", type=Path, metavar="FOLDER", help="put its files into quarantine there")
    ask = acts.add_parser("ask", help="ask the reporter, or answer")
    ask.add_argument("--text", required=True, type=Path, metavar="FILE", help="what to say")
    close = acts.add_parser("close", help="tell the reporter what became of it, and the lesson")
    close.add_argument("--outcome", required=True, choices=OUTCOMES, help="what became of it")
    close.add_argument("--lesson", type=Path, metavar="FILE", help="what was learned; names nobody")
    who = acts.add_parser("identity", help="read who reported, with a keeper's keys; it is logged")
    who.add_argument("--why", required=True, help="the reason, for the log")
    hold = acts.add_parser("hold", help="put a report under legal hold: its identity stays")
    hold.add_argument("--why", required=True, help="the order and who gave it, for the log")
    release = acts.add_parser("release", help="lift a legal hold")
    destroy = acts.add_parser("destroy", help="destroy an identity now, or all that are due")
    for one in (opened, ask, close, who):
        one.add_argument("--key", required=True, type=Path, metavar="FILE", help=KEY)
        one.add_argument("--passphrase-fd", type=int, metavar="N", help="read the passphrase from there")
    for one in (opened, ask, close, who, hold, release):
        one.add_argument("number", type=int, help=NUMBER)
    destroy.add_argument("number", type=int, nargs="?", help="of the report; none: all that are due")
    for one in (hold, release, destroy):
        one.add_argument("--by", required=True, help="who does it, for the log")
    for one in (listed, log, opened, ask, close, who, hold, release, destroy):
        declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do one act.

    Raises:
        Malformed: `intakecard.1`. As `openingfile`, `node.confidence`, `faces.intake.serve`.
    """
    acts = {
        "keys": _keys,
        "rotate": _rotate,
        "forget": _rotate,
        "init": _init,
        "card": _card,
        "serve": _serve,
        "take": _take,
        "token": _token,
        "list": _list,
        "log": _log,
        "open": _open,
        "ask": _write,
        "close": _write,
        "identity": _identity,
        "hold": _hold,
        "release": _hold,
        "destroy": _destroy,
    }
    return acts[arguments.act](arguments, voice)


def _keys(arguments: argparse.Namespace, voice: Voice) -> int:
    text = secrecy.chosen(voice, arguments.passphrase_fd)
    role: openingfile.Role = "keeper" if arguments.keeper else "officer"
    print(as_json(openingfile.create(arguments.to, arguments.called, role, text)))
    return KEPT


def _rotate(arguments: argparse.Namespace, voice: Voice) -> int:
    found, text = OpeningFile.read(arguments.key), secrecy.known(voice, arguments.passphrase_fd)
    print(as_json(openingfile.rotate(arguments.key, found, text, forget=arguments.act == "forget")))
    return KEPT


def _init(arguments: argparse.Namespace, voice: Voice) -> int:
    home = home_of(arguments)
    cabinet = Cabinet.create(home, SystemClock())
    Counter.at(cabinet)
    cabinet.close()
    made = Text(f"{home} has a confidential desk.", f"{home} 已设立保密受理处。")
    voice.result({"home": str(home)}, [voice.choose(made)])
    return KEPT


def _card(arguments: argparse.Namespace, voice: Voice) -> int:
    now = SystemClock().now()
    with Desk(home_of(arguments), SystemClock()).open() as counter:
        signed = counter.publish(
            Card(
                v=VERSION,
                party=arguments.party,
                serial=counter.card.card.serial + 1 if counter.card else 1,
                at=now,
                until=now + arguments.life * DAY,
                officers=_publics(arguments.officer),
                keepers=_publics(arguments.keeper),
                days=arguments.days,
                stamp=counter.vkey(arguments.party),
                url=arguments.url,
            )
        )
    if arguments.to:
        durable.write(arguments.to, signed.data, 0o644)
    lines = [
        Text(
            f"Card {signed.card.serial}, until {clock(signed.card.until)}.",
            f"第 {signed.card.serial} 张受理卡，有效期至 {clock(signed.card.until)}。",
        ),
        Text(
            "Print this where reporters look, and not only here:", "请将此指纹公布在报告人能看到的其他地方："
        ),
        Text(f"  {signed.fingerprint}", f"  {signed.fingerprint}"),
    ]
    value = {"digest": signed.digest, "fingerprint": signed.fingerprint, "serial": signed.card.serial}
    voice.result(value, [voice.choose(one) for one in lines])
    return KEPT


def _publics(paths: list[Path]) -> tuple[Officer, ...]:
    found = []
    for path in paths:
        # 1. Each file is what `detente intake keys` printed.
        try:
            found.append(msgspec.json.decode(file_of(path), type=Officer))
        except msgspec.DecodeError as error:
            raise Malformed(
                "intakecard.1", f"{path}: {error}.", "Name what `detente intake keys` printed."
            ) from error
    return tuple(sorted(found, key=lambda one: one.name))


def _serve(arguments: argparse.Namespace, _: Voice) -> int:
    if arguments.until_eof:
        threading.Thread(target=watch_input, name="detente-eof", daemon=True).start()
    gate = Turnstile(all=arguments.per_minute, per_address=arguments.per_address)
    serve.serve(home_of(arguments), arguments.listen, SystemClock(), gate)
    return KEPT


def _take(arguments: argparse.Namespace, voice: Voice) -> int:
    with Desk(home_of(arguments), SystemClock()).open() as counter:
        voice.exact(counter.take(file_of(arguments.letter), "file").decode(), end="")
    return KEPT


def _token(arguments: argparse.Namespace, voice: Voice) -> int:
    with Desk(home_of(arguments), SystemClock()).open() as counter:
        if arguments.end:
            count = token.end(counter.cabinet, arguments.label)
            said = Text(
                f"{count} tokens of {arguments.label} have ended.",
                f"{arguments.label} 的 {count} 个令牌已失效。",
            )
            voice.result({"ended": count}, [voice.choose(said)])
        else:
            made = token.draw(counter.cabinet, arguments.label)
            voice.result({"label": arguments.label, "token": made}, [made])
    return KEPT


def _list(arguments: argparse.Namespace, voice: Voice) -> int:
    with Desk(home_of(arguments), SystemClock()).open() as counter:
        found = counter.cabinet.entries()
        answers = {one.number: counter.cabinet.unread(one.number) for one in found}
    words = {
        "arrived": Text("unread", "未读"),
        "opened": Text("open", "处理中"),
        "closed": Text("closed", "已办结"),
    }
    rows = [
        [
            str(one.number),
            voice.choose(words[one.state]),
            clock(one.received),
            _by_way(one.via, voice),
            str(answers[one.number]),
            clock(one.destroy_by) if one.destroy_by else "-",
            one.hold or "-",
        ]
        for one in found
    ]
    heads = [
        ("no.", "编号"),
        ("state", "状态"),
        ("received", "收到时间"),
        ("via", "途径"),
        ("new", "新消息"),
        ("identity until", "身份信息保存至"),
        ("hold", "保全"),
    ]
    head = [voice.choose(Text(*one)) for one in heads]
    value = [
        {
            "number": one.number,
            "state": one.state,
            "received": one.received,
            "via": one.via,
            "unanswered": answers[one.number],
            "destroy_by": one.destroy_by,
            "hold": one.hold,
        }
        for one in found
    ]
    voice.result(value, table([head, *rows]))
    return KEPT


def _by_way(via: str, voice: Voice) -> str:
    """How a report came, in words; the channel of a token is named as the desk named it."""
    way, colon, label = via.partition(":")
    return f"{voice.choose(WAYS[way])}{colon}{label}" if way in WAYS else via


def _log(arguments: argparse.Namespace, voice: Voice) -> int:
    with Desk(home_of(arguments), SystemClock()).open() as counter:
        found = counter.cabinet.acts(arguments.number)
    rows = [
        [
            clock(one.at),
            str(one.number),
            voice.choose(ACTS[one.act]),
            _by_way(one.by, voice) if one.act == "arrived" else one.by,
            one.note or "-",
        ]
        for one in found
    ]
    voice.result(found, table(rows))
    return KEPT


def _officers(arguments: argparse.Namespace, voice: Voice) -> Officers:
    opener = OpeningFile.read(arguments.key).unlock(secrecy.known(voice, arguments.passphrase_fd))
    return Officers(Desk(home_of(arguments), SystemClock()), opener)


def _open(arguments: argparse.Namespace, voice: Voice) -> int:
    found = _officers(arguments, voice).open(arguments.number, arguments.to)
    voice.result(opened.value(found), opened.lines(found, voice))
    return KEPT


def _write(arguments: argparse.Namespace, voice: Voice) -> int:
    officers = _officers(arguments, voice)
    if arguments.act == "ask":
        n = officers.write(arguments.number, "question", file_of(arguments.text).decode().strip())
    else:
        lesson = file_of(arguments.lesson).decode().strip() if arguments.lesson else ""
        n = officers.write(arguments.number, "closed", "", arguments.outcome, lesson)
    said = Text(
        f"Message {n} of report {arguments.number} waits for its reporter.",
        f"报告 {arguments.number} 的第 {n} 条消息已待报告人查看。",
    )
    voice.result({"n": n, "number": arguments.number}, [voice.choose(said)])
    return KEPT


def _identity(arguments: argparse.Namespace, voice: Voice) -> int:
    text = _officers(arguments, voice).identity(arguments.number, arguments.why)
    voice.result({"identity": text}, text.splitlines())
    return KEPT


def _hold(arguments: argparse.Namespace, voice: Voice) -> int:
    why = arguments.why if arguments.act == "hold" else ""
    with Desk(home_of(arguments), SystemClock()).open() as counter:
        counter.cabinet.hold(arguments.number, why, arguments.by)
    held = Text(
        f"Report {arguments.number} is under legal hold.", f"报告 {arguments.number} 已处于法律保全之下。"
    )
    free = Text(f"Report {arguments.number} is under no hold.", f"报告 {arguments.number} 已不在保全之下。")
    voice.result({"number": arguments.number, "hold": why}, [voice.choose(held if why else free)])
    return KEPT


def _destroy(arguments: argparse.Namespace, voice: Voice) -> int:
    desk = Desk(home_of(arguments), SystemClock())
    if arguments.number is None:
        gone, held = serve.destroy_due(desk, arguments.by)
    else:
        with desk.open() as counter:
            gone = [arguments.number] if counter.cabinet.destroy(arguments.number, arguments.by) else []
        held = []
    said = Text(
        f"Identities destroyed: {len(gone)}; kept under legal hold: {len(held)}.",
        f"已销毁身份信息 {len(gone)} 份；因法律保全留存 {len(held)} 份。",
    )
    voice.result({"destroyed": gone, "held": held}, [voice.choose(said)])
    return KEPT
