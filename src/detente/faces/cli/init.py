"""`detente init`: a home for a node, with keys of its own, and where the others are read."""

import argparse
from pathlib import Path

from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.node.draft import Clearance
from detente.node.home import Home, PeerSettings, Settings
from detente.node.identity import SUITE, Identity
from detente.trust.errors import Malformed
from detente.trust.suite import SUITES


def declare(parser: argparse.ArgumentParser) -> None:
    """Where, for whom, and whom it reads."""
    parser.add_argument("--home", required=True, type=Path, help="a new folder for the node")
    parser.add_argument("--party", required=True, help="whose node this is")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=SOURCE",
        help="where another party is read: http://HOST:PORT/ or dir:/FOLDER; once for each",
    )
    parser.add_argument(
        "--listen", default="127.0.0.1:0", metavar="HOST:PORT", help="where others read this node"
    )
    parser.add_argument(
        "--clearance",
        metavar="BASIS:CLASS",
        help="legal basis and class of sealed values; without it they wait for a draft that says so",
    )
    parser.add_argument(
        "--domain", action="append", choices=("live", "exercise"), help="live if none is given"
    )

    parser.add_argument("--suite", choices=SUITES, default=SUITE, help="which algorithms sign (nist-1)")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Make the home and its keys.

    Raises:
        HomeMissing: `home.1`, `identity.1`. Malformed: `home.2`, `init.1`, `init.2`. DiskFailed: `disk.1`.
    """
    domains = tuple(arguments.domain or ("live",))
    peers = dict(map(_peer, arguments.peer))
    settings = Settings(
        party=arguments.party,
        domains=domains,
        peers=peers,
        listen=arguments.listen,
        clearance=_clearance(arguments.clearance),
    )
    home = Home.create(arguments.home, settings)
    for domain in domains:
        Identity.create(home, domain, suite=arguments.suite)
    done = Text(
        f"{home.path}: a home for {settings.party}.", f"{home.path}：{settings.party} 的主目录已建立。"
    )
    onward = Text(
        f"Next: detente accord charter --home {home.path} --officer FILE …",
        f"下一步：detente accord charter --home {home.path} --officer 文件 …",
    )
    voice.result(
        {"home": str(home.path), "party": settings.party}, [voice.choose(done), voice.choose(onward)]
    )
    return KEPT


def _clearance(text: str | None) -> Clearance | None:
    if text is None:
        return None
    basis, _, level = text.partition(":")
    # 2. Both are named; whether the accord knows them is asked at the gate.
    if not basis or not level:
        raise Malformed("init.2", f"{text} is no clearance.", "Write BASIS:CLASS, as the accord names them.")
    return Clearance(basis, level)


def _peer(text: str) -> tuple[str, PeerSettings]:
    name, _, source = text.partition("=")
    # 1. A peer has a name and a source, and rings where it is read.
    if not name or not source.startswith(("http://", "https://", "dir:")):
        raise Malformed(
            "init.1", f"{text} names no peer.", "Write NAME=http://HOST:PORT/ or NAME=dir:/FOLDER."
        )
    return name, PeerSettings(source, source if source.startswith("http") else None)
