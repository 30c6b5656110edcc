"""`detente channel`: the technical safety channel, as its duty officers use it.

channel status                          what rings, who is on duty, how each line is
channel templates                       what can be said
channel send event --set subject=…      fill a template; it is shown in both languages, then signed
channel show ID                         a message, operative fields first, in both languages
channel read ID --digest 3f9a…          read it back: the digits stand below what was shown
channel take ID --as NAME               stop the next call
channel voice ID                        the words to say on a telephone, in both languages
channel calls [ID]                      who was called, by which way, and what came of it
channel rota [--file F | --example]     whom to wake
"""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from detente.accord.edition import Edition
from detente.faces import door, message, pillars, telegram
from detente.faces.cli.asking import ask
from detente.faces.cli.drafting import told
from detente.faces.cli.lines import alarm_line, call_line, line_lines
from detente.faces.cli.place import declare_domain, declare_home, file_of, home_of, marked
from detente.faces.cli.usage import worded
from detente.faces.exits import KEPT, UNSOUND
from detente.faces.form import Form
from detente.faces.message import TEMPLATES, About, Setting
from detente.faces.speech import Text, Voice, table
from detente.node import agreement
from detente.node import rota as rotas
from detente.node.draft import Draft
from detente.node.errors import NoSuchThing, Refused
from detente.node.hearing import MESSAGES
from detente.node.home import Home
from detente.node.node import Node
from detente.node.status import Shown
from detente.trust.errors import Malformed

ACTS = "status|templates|send|show|read|take|voice|calls|rota"
LEAST_DIGITS = 8
EXAMPLE = rotas.Rota(
    officers=(
        rotas.Officer(
            name="first desk",
            telephone="+86 10 0000 0000",
            languages=("zh", "en"),
            zone="+08:00",
            hours=("mon-fri 08:00-20:00",),
            mail="first-desk@example.org",
            desk=True,
        ),
        rotas.Officer(
            name="night desk",
            telephone="+86 10 0000 0001",
            languages=("zh",),
            zone="+08:00",
            webhook="https://pager.example.org/night",
        ),
    ),
    server=rotas.MailServer(
        host="mail.example.org", port=465, security="tls", sender="channel@example.org", account="channel"
    ),
    tests=rotas.Tests(),
)


def declare(parser: argparse.ArgumentParser) -> None:
    """One act for each thing that a duty officer does."""
    acts = parser.add_subparsers(dest="act", metavar=ACTS, required=True)
    every = {"status": acts.add_parser("status", help="what rings, who is on duty, and how each line is")}
    every["templates"] = acts.add_parser("templates", help="what can be said on the channel")
    every["send"] = one = acts.add_parser("send", help="fill a template, see it in both languages, sign it")
    one.add_argument("template", choices=tuple(TEMPLATES), metavar="TEMPLATE", help="one of the templates")
    one.add_argument("--of", metavar="ID", help="the message that it answers or is about")
    one.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="remark.en=… and remark.zh=… are free text and bind nobody; times are +2h, -10m or in UTC",
    )
    one.add_argument("--preview", action="store_true", help="sign nothing; show what it would say")
    for name, said in (
        ("show", "a message in both languages, and its read-back digest"),
        ("read", "read a message back: it then counts as understood"),
        ("take", "take it over, so that the next officer is not woken"),
        ("voice", "the words to say on a telephone, and whose numbers to ring"),
    ):
        every[name] = one = acts.add_parser(name, help=said)
        one.add_argument("id", help="of the message, or its first digits")
    every["read"].add_argument("--digest", help="first digits of the digest below what was shown, 8 or more")
    every["take"].add_argument("--as", dest="officer", required=True, help="an officer of the rota")
    every["calls"] = one = acts.add_parser("calls", help="who was called, how, and what came of it")
    one.add_argument("id", nargs="?", default="", help="of the message, or its first digits; all if not said")
    every["rota"] = one = acts.add_parser("rota", help="whom to wake; it stays in the home")
    one.add_argument("--file", type=Path, help="take it from there, if it is sound")
    one.add_argument("--password-file", type=Path, help="the mail account's password, for the home to keep")
    one.add_argument("--example", action="store_true", help="show one to begin with")
    for one in every.values():
        declare_home(one)
        declare_domain(one)
    parser.description = worded(parser, Text(*ABOUT))


ABOUT = (
    "The technical safety channel: closed templates, read-back, clocks, and whom to wake.",
    "技术安全通道：固定模板、复诵、时限，以及呼叫何人。",
)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Act on the channel.

    Raises:
        Malformed: `rota.*`, `message.*`. NoSuchThing: `show.1`, `channel.1` to `channel.3`.
        Refused: `channel.4` what was read back is not what was shown; as the gate says.
    """
    return HANDLERS[arguments.act](arguments, voice)


def _templates(_: argparse.Namespace, voice: Voice) -> int:
    rows = [[name, one.kind, voice.choose(one.words)] for name, one in TEMPLATES.items()]
    value = {name: {"fixed": dict(one.fixed), "kind": one.kind} for name, one in TEMPLATES.items()}
    voice.result(value, table(rows))
    return KEPT


def _status(arguments: argparse.Namespace, voice: Voice) -> int:
    home = Home.read(home_of(arguments))
    rota = rotas.load(home)
    with _reach(arguments) as node:
        now = node.status().now
        alarms, calls = node.alarms(arguments.domain), node.calls(arguments.domain)
        lines = node.lines(arguments.domain)
    failed = [one for one in calls if one.outcome in ("failed", "unknown") and _about(one.record, alarms)]
    on_duty = [one.name for one in (rota.officers if rota else ()) if one.on_duty(now)]
    said = [
        voice.choose(
            Text(f"on duty: {', '.join(on_duty) or 'nobody'}", f"在值：{'、'.join(on_duty) or '无人'}")
            if rota
            else Text("There is no rota: nobody is woken.", "未设值班表：不会呼叫任何人。")
        )
    ]
    said += [line for one in alarms for line in alarm_line(one, now, voice)]
    said += [call_line(one, voice) for one in failed]
    said += line_lines(lines, now, voice)
    value = {"alarms": alarms, "failed": failed, "lines": lines, "on_duty": on_duty, "rota": rota is not None}
    voice.result(value, marked(arguments.domain, said))
    return UNSOUND if failed or any(one.state == "voice" for one in alarms) else KEPT


def _about(record: str, alarms: tuple[object, ...]) -> bool:
    return any(getattr(one, "record", "") == record for one in alarms)


def _send(arguments: argparse.Namespace, voice: Voice) -> int:
    said = dict(pair(one) for one in arguments.set)
    with _reach(arguments) as node:
        shown = _message(node, arguments.of, arguments.domain) if arguments.of else None
        about = (
            About(shown.id, shown.thread or shown.id, shown.kind, shown.party, shown.open) if shown else None
        )
        where = Setting(node.party, node.status().now, arguments.domain, _edition(arguments))
        if sys.stdin is not None and sys.stdin.isatty():
            form = Form(where.edition, TEMPLATES[arguments.template].kind, voice)
            said |= {
                one.name: ask(form.question(one))
                for one in message.lacking(arguments.template, said, about, where)
            }
        draft = message.fill(arguments.template, said, about, where)
        lines = telegram.lines(where.edition, draft.kind, draft.open, draft.values)
        if arguments.preview:
            voice.result({"draft": draft, "read_back": telegram.digest(draft.kind, draft.open)}, lines)
            return KEPT
        tabled = node.table(draft)
    voice.result(tabled, marked(tabled.domain, [*lines, *told(tabled, voice)]))
    return KEPT


def _as_about(shown: Shown) -> About:
    return About(shown.id, shown.thread or shown.id, shown.kind, shown.party, shown.open)


def pair(word: str) -> tuple[str, str]:
    """Return the field and the value of `FIELD=VALUE`. Raises Malformed: `message.4`."""
    name, given, value = word.partition("=")
    if not given:
        raise Malformed("message.4", f"{word[:80]!a} is no field.", "Write FIELD=VALUE.")
    return name, value


def _show(arguments: argparse.Namespace, voice: Voice) -> int:
    with _reach(arguments) as node:
        shown = _message(node, arguments.id, arguments.domain)
    edition = _edition(arguments)
    back = telegram.digest(shown.kind, shown.open)
    lines = [f"{shown.id}  {shown.party}", *telegram.lines(edition, shown.kind, shown.open, shown.values)]
    voice.result({"message": shown, "read_back": back}, marked(shown.domain, lines))
    return KEPT


def _read(arguments: argparse.Namespace, voice: Voice) -> int:
    with _reach(arguments) as node:
        shown = _message(node, arguments.id, arguments.domain)
        back = telegram.digest(shown.kind, shown.open)
        digits = arguments.digest
        if digits is None and sys.stdin is not None and sys.stdin.isatty():
            for line in telegram.lines(_edition(arguments), shown.kind, shown.open, shown.values):
                voice.note(Text(line, line))
            digits = ask(voice.choose(Text("first 8 digits of the digest: ", "摘要前 8 位：")))
        # 4. The officer read what was sent: the digits stand below its fields, and nowhere else.
        if digits is None or len(digits) < LEAST_DIGITS or not back.startswith(digits.strip().lower()):
            what = "The digits are not those below this message."
            raise Refused("channel.4", what, "Show it, read it out, and give the digits that stand below it.")
        draft = Draft.new("notices.acknowledge", {"of": shown.id, "read_back": back}).within(shown.domain)
        tabled = node.table(draft.answering(shown.thread or shown.id))
    voice.result(tabled, marked(tabled.domain, told(tabled, voice)))
    return KEPT


def _take(arguments: argparse.Namespace, voice: Voice) -> int:
    rota = _rota_of(arguments)
    # 2. The officer is one of the rota.
    if arguments.officer not in [one.name for one in rota.officers]:
        what = f"No officer {arguments.officer[:80]!a} is in the rota."
        raise NoSuchThing("channel.2", what, f"There are: {', '.join(one.name for one in rota.officers)}.")
    with _reach(arguments) as node:
        shown = _message(node, arguments.id, arguments.domain)
        taken = node.take(shown.id, arguments.officer, arguments.domain)
        now = node.status().now
    voice.result(
        taken, marked(arguments.domain, [one for each in taken for one in alarm_line(each, now, voice)])
    )
    return KEPT


def _voice(arguments: argparse.Namespace, voice: Voice) -> int:
    rota = _rota_of(arguments)
    with _reach(arguments) as node:
        shown = _message(node, arguments.id, arguments.domain)
        party, now = node.party, node.status().now
    said = telegram.spoken(_edition(arguments), shown, party)
    numbers = [
        [one.name, one.telephone, ",".join(one.languages), "*" if one.on_duty(now) else ""]
        for one in rota.officers
    ]
    contact = str(shown.values.get("contact") or "")
    value = {"contact": contact, "officers": rota.officers, "words": said}
    voice.result(value, marked(shown.domain, [*said, *table(numbers), *([contact] if contact else [])]))
    return KEPT


def _calls(arguments: argparse.Namespace, voice: Voice) -> int:
    with _reach(arguments) as node:
        name = _message(node, arguments.id, arguments.domain).id if arguments.id else ""
        calls = node.calls(arguments.domain, name)
    voice.result(calls, marked(arguments.domain, [call_line(one, voice) for one in calls]))
    return KEPT


def _rota(arguments: argparse.Namespace, voice: Voice) -> int:
    home = Home.at(home_of(arguments))
    if arguments.example:
        print(msgspec.json.format(msgspec.json.encode(EXAMPLE)).decode())
        return KEPT
    if arguments.file:
        secret = file_of(arguments.password_file).decode().strip() if arguments.password_file else None
        rotas.keep(home, rotas.parse(file_of(arguments.file)), secret)
    rota = _rota_of(arguments)
    rows = [
        [one.name, one.telephone, ",".join(one.languages), ",".join(one.ways), one.zone, "; ".join(one.hours)]
        for one in rota.officers
    ]
    voice.result(json.loads(msgspec.json.encode(rota)), table(rows))
    return KEPT


def _rota_of(arguments: argparse.Namespace) -> rotas.Rota:
    rota = rotas.load(Home.read(home_of(arguments)))
    # 3. There is a rota.
    if rota is None:
        raise NoSuchThing(
            "channel.3", "This home has no rota.", "Write one (rota --example), then rota --file F."
        )
    return rota


def _reach(arguments: argparse.Namespace) -> AbstractContextManager[Node]:
    return door.reach(home_of(arguments))


def _edition(arguments: argparse.Namespace) -> Edition:
    """The edition of the newest version here: for words and forms; the node judges by the one in force."""
    written = agreement.written(Home.read(home_of(arguments)))
    found = pillars.edition_in(written.get(max(written, default=1)), "notices")
    return found or pillars.editions()["notices"]


def _message(node: Node, digits: str, domain: str) -> Shown:
    """Return the message that digits name; a record of another pillar too, which something can be about."""
    names = [one for one in node.records(domain) if one.id.startswith(digits)]  # type: ignore[arg-type]  # argparse chose it
    found = sorted({one.id for one in names if one.kind in MESSAGES} or {one.id for one in names})
    if len(found) != 1:
        what = f"{digits[:64]} names {len(found)} records."
        raise NoSuchThing("show.1", what, "Give more digits; detente record list has them all.")
    return node.record(found[0])


HANDLERS: dict[str, Callable[[argparse.Namespace, Voice], int]] = {
    "calls": _calls,
    "read": _read,
    "rota": _rota,
    "send": _send,
    "show": _show,
    "status": _status,
    "take": _take,
    "templates": _templates,
    "voice": _voice,
}
