"""How a signed version comes into a home, whether its node runs or not, and how that is told.

    detente accord install --home us second.signed
    detente accord lineage --home us > lineage.json
    detente accord install --home sg --genesis 5d1c… --lineage lineage.json

Who accedes has no logs yet, and cannot know whether officers of the others have changed since version 1: a
party that is there makes a lineage for it.
"""

import argparse
from pathlib import Path

from detente.faces import door, pillars
from detente.faces.cli.place import file_of
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.node import enactment, lineage
from detente.node.enactment import Enacted, Introduced
from detente.node.home import Home
from detente.trust import lineage as handed
from detente.trust.errors import Malformed

RESTART = Text(
    "The node that runs here reads it when it starts next: stop it, and start it again.",
    "正在运行的节点下次启动时才会读取：请停止节点后重新启动。",
)


def declare(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """To install, and to make what whoever accedes installs with."""
    one = acts.add_parser("install", help="put a signed accord into a node's home")
    one.add_argument("--home", required=True, type=Path)
    one.add_argument("--lineage", type=Path, metavar="FILE", help="what a party made for whoever accedes")
    one.add_argument("--genesis", metavar="DIGEST", help="of version 1, if the home has no version 1 yet")
    one.add_argument("envelope", type=Path, nargs="?", help="a signed version; without: the lineage alone")
    one = acts.add_parser(
        "lineage", help="print all versions with their signers' charters, for whoever accedes"
    )
    one.add_argument("--home", required=True, type=Path, help="of a party that is there")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Install, or print a lineage.

    Raises:
        Malformed: `enacting.1`. As `install`, `enactment.introduce`, `lineage.known`.
    """
    if arguments.act == "lineage":
        voice.exact(handed.dump(lineage.known(Home.read(arguments.home))).decode(), end="")
        return KEPT
    # 1. There is something to install.
    if arguments.envelope is None and arguments.lineage is None:
        raise Malformed("enacting.1", "Nothing to install was named.", "Name a signed version, or --lineage.")
    signed = None if arguments.envelope is None else file_of(arguments.envelope).strip()
    if arguments.lineage is not None:
        home = Home.at(arguments.home)
        with home.lock():
            data = file_of(arguments.lineage).strip()
            done = enactment.introduce(home, data, arguments.genesis, pillars.installed())
        if signed is None:
            voice.result(done, [voice.choose(_brought(home, done))])
        else:
            voice.note(_brought(home, done))
    return KEPT if signed is None else install(arguments.home, signed, voice)


def install(path: Path, data: bytes, voice: Voice) -> int:
    """Put a signed version into a home, and say so.

    Raises:
        As `Home.at`, `enactment.enact`.
    """
    home = Home.at(path)
    done = _enacted(home, data)
    told = Text(
        f"{home.path} has version {done.version} of {done.genesis[:16]}.",
        f"{home.path} 已有 {done.genesis[:16]} 第 {done.version} 版。",
    )
    lines = [voice.choose(told)]
    if not done.again and home.holder() is not None:
        lines.append(voice.choose(RESTART))
    voice.result(done, lines)
    return KEPT


def _enacted(home: Home, data: bytes) -> Enacted:
    # Whoever accedes needs the versions before the one that names it: no node opens on these.
    if not enactment.is_party(home):
        with home.lock():
            return enactment.enact(home, data, pillars.installed())
    with door.reach(home.path) as node:
        return node.enact(data)


def _brought(home: Home, done: Introduced) -> Text:
    changed = ", ".join(f"{party} {count}" for party, count in done.officers.items())
    last = done.versions[-1]
    return Text(
        f"{home.path} has versions 1 to {last} of {done.genesis[:16]}"
        + (f"; charters since the first: {changed}." if changed else "; no charter has changed."),
        f"{home.path} 已有 {done.genesis[:16]} 第 1 至 {last} 版"
        + (f"；首份密钥章程之后更换次数：{changed}。" if changed else "；密钥章程均无变更。"),
    )
