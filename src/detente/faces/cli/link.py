"""`detente link`: where a node reads the others, and where it lets itself be read.

    link list
    link add cn http://127.0.0.1:47102/         over a line, ringing there; --silent: never ring
    link add cn dir:/mnt/store/cn               a folder, for a store or a stick
    link add cn store:neutral:http://…/         in the store at the neutral's node
    link remove cn
    link publish /mnt/store/us                  a copy of the own tree into a folder, or `store:neutral:http://…/`
    link withdraw /mnt/store/us                 no more copies; what lies there stays
    link listen 127.0.0.1:47101                 where others reach this node
    link store 1000000000                       how much each party may keep at this node; 0: nothing

Each act changes the settings of a home at once and whole, and says how to undo it. A node that runs reads
them when it starts next.
"""

import argparse
from typing import NamedTuple

import msgspec

from detente.faces.cli.place import declare_home, home_of
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, table
from detente.node import agreement
from detente.node.errors import NoSuchThing
from detente.node.home import STORE, Home, PeerSettings, Settings
from detente.node.source import open_source
from detente.trust.errors import Malformed

RESTART = Text(
    "The node that runs here reads it when it starts next: stop it, and start it again.",
    "正在运行的节点下次启动时才会读取：请停止节点后重新启动。",
)
MAX_PORT = 65_535
PINS = Text(
    "The certificates that were pinned went with it: pin them again after that (detente tls pin).",
    "所固定的证书已一并撤去：恢复后请重新固定（detente tls pin）。",
)
ACTS = "list|add|remove|publish|withdraw|listen|store"


class Change(NamedTuple):
    """What an act makes of the settings, and the words with which it is undone; none: there is nothing to."""

    settings: Settings
    undo: tuple[str, ...]


def declare(parser: argparse.ArgumentParser) -> None:
    """One act for each thing that an operator decides about links."""
    acts = parser.add_subparsers(dest="act", metavar=ACTS, required=True)
    every = {"list": acts.add_parser("list", help="where this node reads, is read, and hands copies to")}
    every["add"] = one = acts.add_parser("add", help="read a party there")
    one.add_argument("party", help="as the accord names it")
    one.add_argument(
        "source", help="http://HOST:PORT/, dir:/FOLDER, zip:/FILE or store:PARTY:http://HOST:PORT/"
    )
    one.add_argument("--silent", action="store_true", help="never ring at its door")
    one.add_argument("--replace", action="store_true", help="in place of where it was read before")
    every["remove"] = one = acts.add_parser("remove", help="read a party no more")
    one.add_argument("party", help="as the accord names it")
    for name, said in (
        ("publish", "hand a copy of the own tree to a folder or a store"),
        ("withdraw", "hand it there no more; what lies there stays"),
    ):
        every[name] = one = acts.add_parser(name, help=said)
        one.add_argument("place", help="/FOLDER or store:PARTY:http://HOST:PORT/")
    every["listen"] = one = acts.add_parser("listen", help="be read at this address")
    one.add_argument("address", metavar="HOST:PORT", help="port 0 takes any that is free")
    every["store"] = one = acts.add_parser("store", help="keep a store for the others at this node")
    one.add_argument("bytes", type=int, help="how much each party may keep here; 0: nothing")
    for one in every.values():
        declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Show the links, or change one.

    Raises:
        NoSuchThing: `link.2`, `link.3`, `link.7`. Malformed: `link.1` the party is read elsewhere,
        `link.4` to `link.6`, `home.2`, `source.5`. DiskFailed: `disk.1`.
    """
    home = Home.at(home_of(arguments))
    if arguments.act == "list":
        voice.result(_shown(home.settings), _lines(home.settings, voice))
        return KEPT
    acts = {
        "add": _add,
        "remove": _remove,
        "publish": _publish,
        "withdraw": _withdraw,
        "listen": _listen,
        "store": _store,
    }
    change = acts[arguments.act](home, arguments)
    home.change(change.settings)
    undo = " ".join(("detente link", *change.undo, "--home", str(home.path)))
    told = Text(f"Undo: {undo}", f"撤销：{undo}") if change.undo else Text("It was so.", "原已如此。")
    lines = [*_lines(change.settings, voice), voice.choose(told)]
    if arguments.act == "remove" and home.settings.peers[arguments.party].certificates:
        lines.append(voice.choose(PINS))
    lines += [voice.choose(RESTART)] if home.holder() is not None else []
    voice.result(_shown(change.settings) | {"undo": list(change.undo)}, lines)
    return KEPT


def _add(home: Home, arguments: argparse.Namespace) -> Change:
    party, peers = arguments.party, home.settings.peers
    before = peers.get(party)
    _require_party(home, party)
    rings = arguments.source.startswith("http") and not arguments.silent
    bell = arguments.source if rings else None
    if before is not None and (before.source, before.doorbell) == (arguments.source, bell):
        return Change(home.settings, ())
    # 1. Nobody is read elsewhere from now on by mistake.
    if before is not None and not arguments.replace:
        what = f"{party} is read at {before.source}."
        raise Malformed("link.1", what, "Say --replace, or remove that link first.")
    if not arguments.source.startswith(STORE):
        open_source(arguments.source)
    made = PeerSettings(arguments.source, bell, before.certificates if before else ())
    return Change(_with(home, peers=peers | {party: made}), _again(party, before))


def _remove(home: Home, arguments: argparse.Namespace) -> Change:
    party, peers = arguments.party, dict(home.settings.peers)
    # 2. There is a link.
    if party not in peers:
        raise NoSuchThing(
            "link.2", f"{party[:33]!a} is not read.", f"Read are: {', '.join(peers) or 'none'}."
        )
    gone = peers.pop(party)
    return Change(_with(home, peers=peers), ("add", party, gone.source, *_silent(gone)))


def _publish(home: Home, arguments: argparse.Namespace) -> Change:
    place, places = arguments.place, home.settings.publish_to
    # 4. A folder is named from the root, so that it is one wherever the node starts.
    if not place.startswith((STORE, "/")):
        raise Malformed(
            "link.4", f"No place: {place[:80]!a}.", "Write /FOLDER or store:PARTY:http://HOST:PORT/."
        )
    if place in places:
        return Change(home.settings, ())
    return Change(_with(home, publish_to=(*places, place)), ("withdraw", place))


def _withdraw(home: Home, arguments: argparse.Namespace) -> Change:
    place, places = arguments.place, home.settings.publish_to
    # 3. Copies go there.
    if place not in places:
        raise NoSuchThing(
            "link.3", f"No copy goes to {place[:80]!a}.", f"Copies go to: {', '.join(places) or 'none'}."
        )
    kept = tuple(one for one in places if one != place)
    return Change(_with(home, publish_to=kept), ("publish", place))


def _listen(home: Home, arguments: argparse.Namespace) -> Change:
    was, wanted = home.settings.listen, arguments.address
    host, _, port = wanted.rpartition(":")
    # 5. An address, and a port that there can be.
    if not host or not port.isdigit() or int(port) > MAX_PORT:
        raise Malformed("link.5", f"No address: {wanted[:80]!a}.", "Write HOST:PORT, as 127.0.0.1:47101.")
    return Change(_with(home, listen=wanted), () if was == wanted else ("listen", was))


def _store(home: Home, arguments: argparse.Namespace) -> Change:
    was, wanted = home.settings.store, arguments.bytes
    # 6. Not less than nothing.
    if wanted < 0:
        raise Malformed("link.6", f"No size: {wanted}.", "Write how many bytes, or 0.")
    return Change(_with(home, store=wanted), () if was == wanted else ("store", str(was)))


def _require_party(home: Home, party: str) -> None:
    parties = agreement.newest_parties(home)
    known = sorted(parties - {home.settings.party}) if parties else [party]
    # 7. The newest version of the accord, if there is one already, knows the party.
    if party not in known:
        what = f"{party[:33]!a} is no other party of the accord."
        raise NoSuchThing("link.7", what, f"Name one of: {', '.join(known)}.")


def _with(home: Home, **changes: object) -> Settings:
    changed: Settings = msgspec.structs.replace(home.settings, **changes)
    return changed


def _again(party: str, before: PeerSettings | None) -> tuple[str, ...]:
    if before is None:
        return ("remove", party)
    return ("add", party, before.source, "--replace", *_silent(before))


def _silent(one: PeerSettings) -> tuple[str, ...]:
    return ("--silent",) if one.source.startswith("http") and one.doorbell is None else ()


def _shown(settings: Settings) -> dict[str, object]:
    return {
        "party": settings.party,
        "listen": settings.listen,
        "peers": {
            name: {"source": one.source, "doorbell": one.doorbell} for name, one in settings.peers.items()
        },
        "publish_to": settings.publish_to,
        "store": settings.store,
    }


def _lines(settings: Settings, voice: Voice) -> list[str]:
    rings, silent = voice.choose(Text("rings", "敲门")), voice.choose(Text("does not ring", "不敲门"))
    reads, copies = voice.choose(Text("reads", "读取")), voice.choose(Text("hands a copy to", "交付副本至"))
    rows = [
        [reads, name, one.source, rings if one.doorbell else silent]
        for name, one in sorted(settings.peers.items())
    ]
    rows += [[copies, "", place, ""] for place in settings.publish_to]
    rows.append([voice.choose(Text("is read at", "供他方读取于")), settings.party, settings.listen, ""])
    if settings.store:
        keeps = Text("keeps for each party, bytes", "为每一方存放（字节）")
        rows.append([voice.choose(keeps), "", str(settings.store), ""])
    return table(rows)
