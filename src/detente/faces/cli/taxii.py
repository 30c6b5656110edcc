"""`detente taxii`: what this node may show, to tools that speak TAXII 2.1; what they push becomes drafts.

detente taxii collection NAME --audience PARTY    what is shown to whom; without --audience to nobody
detente taxii client NAME --audience PARTY --until DAY [--push]    a token, shown once
detente taxii serve [--listen 127.0.0.1:6100] [--url https://…]
detente taxii show                                collections, clients, what was fetched, refused, not taken
"""

import argparse
import threading
from typing import Any

from msgspec import to_builtins

from detente.accord.duration import moment
from detente.faces import pillars
from detente.faces.cli.place import declare_domain, declare_home, home_of, marked
from detente.faces.cli.serve import watch_input
from detente.faces.cli.usage import worded
from detente.faces.exits import KEPT
from detente.faces.neighbours import tlp
from detente.faces.neighbours.view import parties
from detente.faces.sentence import reason
from detente.faces.speech import Text, Voice, clock, table
from detente.faces.taxii.book import Book, Client, Collection, Failed, id_of
from detente.node.errors import NoSuchThing
from detente.node.window import Window

LISTEN = "127.0.0.1:6100"
NOBODY = Text("nobody", "无人")
ACTS = {
    "serve": Text("serve TAXII until told to stop", "提供 TAXII 服务，直到要求停止"),
    "collection": Text("say what is shown to whom", "规定向谁显示什么"),
    "client": Text("let a client in, and print its token once", "准许一个客户端接入，并一次性输出其令牌"),
    "revoke": Text("let a client in no more", "不再准许一个客户端接入"),
    "show": Text(
        "collections, clients, what was fetched, who was turned away, and what was pushed and not taken",
        "集合、客户端、已取走的内容、被拒请求与推送后未被接收的对象",
    ),
}


def declare(parser: argparse.ArgumentParser) -> None:
    """The acts and what each takes."""
    acts = parser.add_subparsers(dest="act", metavar="|".join(ACTS), required=True)
    found: dict[str, Any] = {
        name: acts.add_parser(name, help=worded(parser, text)) for name, text in ACTS.items()
    }
    for one in found.values():
        declare_home(one)
    serve, collection, client = found["serve"], found["collection"], found["client"]
    serve.add_argument(
        "--listen", default=LISTEN, metavar="HOST:PORT", help=f"on this machine alone ({LISTEN})"
    )
    serve.add_argument("--url", default="", help="where clients find it, if something ends TLS before it")
    serve.add_argument("--until-eof", action="store_true", help="stop when standard input closes too")
    collection.add_argument("collection", metavar="NAME", help="of letters, digits and hyphens")
    collection.add_argument(
        "--audience",
        action="append",
        default=[],
        metavar="PARTY",
        help="who may see it; may be repeated; nobody if left out",
    )
    collection.add_argument("--pillar", default="incidents", help="whose records are in it (incidents)")
    collection.add_argument(
        "--tlp", default="amber+strict", choices=tlp.LEVELS, help="nothing stricter is in it (amber+strict)"
    )
    declare_domain(collection)
    client.add_argument("client", metavar="NAME", help="of letters, digits and hyphens")
    client.add_argument("--audience", required=True, metavar="PARTY", help="the party whose tool it is")
    client.add_argument(
        "--until", required=True, metavar="DAY", help="from when on it is not let in, as 2027-01-01"
    )
    client.add_argument("--push", action="store_true", help="it may send what becomes drafts")
    found["revoke"].add_argument("client", metavar="NAME", help="of the client")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Do what was asked.

    Raises:
        As `taxii.serve.serve`, `Book` and `Window.open`. NoSuchThing: `taxii.10` no such party, `taxii.11` no
            such pillar. Malformed: `duration.2`.
    """
    if arguments.act == "serve":
        return _serve(arguments)
    with Window.open(home_of(arguments), pillars.installed()) as window, Book(window.home.path) as book:
        if arguments.act == "collection":
            kept = book.collect(_collection(arguments, window))
            lines = table([_collection_row(kept, voice)])
            voice.result(kept, marked(kept.domain, lines))
        elif arguments.act == "client":
            _client(arguments, (window, book), voice)
        elif arguments.act == "revoke":
            book.revoke(arguments.client)
            voice.result({"revoked": arguments.client}, [arguments.client])
        else:
            _show(book, voice)
    return KEPT


def _serve(arguments: argparse.Namespace) -> int:
    from detente.faces.taxii import serve  # noqa: PLC0415 (the server is loaded by who serves alone)

    if arguments.until_eof:
        threading.Thread(target=watch_input, name="detente-eof", daemon=True).start()
    serve.serve(home_of(arguments), arguments.listen, arguments.url)
    return KEPT


def _collection(arguments: argparse.Namespace, window: Window) -> Collection:
    # 11. The pillar is installed: of another nothing could ever be shown.
    if arguments.pillar not in pillars.editions():
        raise NoSuchThing(
            "taxii.11", f"There is no pillar {arguments.pillar[:40]!a}.", "detente pillars lists them."
        )
    return Collection(
        name=arguments.collection,
        id=id_of(arguments.collection),
        domain=arguments.domain,
        pillar=arguments.pillar,
        level=arguments.tlp,
        audiences=tuple(_party(one, window) for one in arguments.audience),
    )


def _party(name: str, window: Window) -> str:
    known = parties(window.panes["live"])
    # 10. It is a party of the accord: nobody else is shown anything, ever.
    if name not in known:
        raise NoSuchThing(
            "taxii.10", f"{name[:40]!a} is no party of the accord.", f"Name one of: {', '.join(known)}."
        )
    return name


def _client(arguments: argparse.Namespace, at: tuple[Window, Book], voice: Voice) -> None:
    window, book = at
    audience, until = _party(arguments.audience, window), moment(f"{arguments.until}T00:00:00Z", "--until")
    token = book.admit(arguments.client, audience, until, pushes=arguments.push)
    voice.note(
        Text(
            "This token is shown once. Its client gives its name as the user and the token as the password.",
            "此令牌仅显示一次。客户端以其名称为用户名、以令牌为密码。",
        )
    )
    voice.result({"client": arguments.client, "audience": audience, "token": token}, [token])


def _show(book: Book, voice: Voice) -> None:
    say = voice.choose
    collections, clients = book.collections(), book.clients()
    served, refusals, (count, failed) = book.served(), book.refusals(), book.failed()
    lines = [say(Text("collections, and who may see them", "集合及其可见方"))]
    lines += table([_collection_row(one, voice) for one in collections])
    lines += [say(Text("clients: for whom, until when", "客户端：代表哪一方、有效至何时"))]
    lines += table([_client_row(one, voice) for one in clients])
    lines += [say(Text("fetched: when last, how many objects, how far", "已取走：最近时间、对象数、进度"))]
    lines += table(
        [[f"  {one.client}", one.collection, clock(one.at), str(one.objects), one.last] for one in served]
    )
    lines += [say(Text("turned away, newest first", "被拒请求（最新在前）"))]
    lines += table([[f"  {clock(one.at)}", one.client or "-", one.why, one.path] for one in refusals])
    head = Text("pushed and not taken, newest first", "推送后未被接收的对象（最新在前）")
    lines += [say(head), *table([_failed_row(one, voice) for one in failed])]
    if left := count - len(failed):
        lines += [say(Text(f"  … and {left} more", f"  ……另有 {left} 个"))]
    told: dict[str, object] = {"collections": collections, "clients": clients, "served": served}
    told |= {"refused": refusals, "failures": count, "failed": [_failed_told(one) for one in failed]}
    voice.result(told, lines)


def _failed_row(one: Failed, voice: Voice) -> list[str]:
    why = voice.choose(Text(one.why, reason(one.why)))
    return [f"  {clock(one.at)}", one.client, one.id or "-", why]


def _failed_told(one: Failed) -> dict[str, object]:
    """As its status has it, and the reason in Chinese beside it."""
    return {**to_builtins(one), "zh": {"why": reason(one.why)}}


def _collection_row(one: Collection, voice: Voice) -> list[str]:
    shown = ", ".join(one.audiences) or voice.choose(NOBODY)
    return [f"  {one.name}", one.id, one.domain, one.pillar, f"TLP:{one.level.upper()}", shown]


def _client_row(one: Client, voice: Voice) -> list[str]:
    pushes = voice.choose(Text("may push", "可推送")) if one.pushes else ""
    ended = voice.choose(Text("revoked", "已撤销")) if one.revoked else ""
    return [f"  {one.name}", one.audience, clock(one.expires), pushes, ended]
