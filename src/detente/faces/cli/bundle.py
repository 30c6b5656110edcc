"""`detente bundle`: a node's tree in one file for a stick, what somebody brought, and the guard in between.

The guard, `detente bundle check`, needs no home and no keys: it runs on a machine of its own, in both
directions, and packs again what passes.
"""

import argparse
from pathlib import Path

from detente.faces import door
from detente.faces.cli.place import declare_home, home_of
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.node import guard
from detente.node.packed import Packed


def declare(parser: argparse.ArgumentParser) -> None:
    """The three acts."""
    acts = parser.add_subparsers(dest="act", metavar="export|import|check", required=True)
    out = acts.add_parser("export", help="write a node's tree into one file")
    declare_home(out)
    out.add_argument("--to", required=True, type=Path, metavar="FILE", help="where the file goes")
    back = acts.add_parser("import", help="read what another party's file shows, as over a link")
    declare_home(back)
    back.add_argument("--from", required=True, dest="party", metavar="PARTY", help="whose tree it is")
    back.add_argument("file", type=Path, help="a bundle")
    look = acts.add_parser("check", help="the guard: names, sizes and forms; needs no node")
    look.add_argument("file", type=Path, help="a bundle")
    look.add_argument("--to", type=Path, metavar="FILE", help="pack again what passes")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Export, import or check.

    Raises:
        HomeMissing: `home.3`. NoSuchThing: `realm.1`. DiskFailed: `disk.1`.
        As `packed.Packed` and `guard.check`.
    """
    acts = {"export": _export, "import": _import, "check": _check}
    acts[arguments.act](arguments, voice)
    return KEPT


def _export(arguments: argparse.Namespace, voice: Voice) -> None:
    with door.reach(home_of(arguments)) as node:
        path = node.export_bundle(arguments.to.absolute())
    done = Text(
        f"{path}: {path.stat().st_size} bytes. Guard it with: detente bundle check {path}",
        f"{path}：{path.stat().st_size} 字节。过卡检查：detente bundle check {path}",
    )
    voice.result({"path": str(path), "bytes": path.stat().st_size}, [voice.choose(done)])


def _import(arguments: argparse.Namespace, voice: Voice) -> None:
    with door.reach(home_of(arguments)) as node:
        taken = node.bring(arguments.file.absolute(), arguments.party)
    leaves = sum(sum(one.leaves.values()) for one in taken)
    bodies = sum(sum(one.bodies.values()) for one in taken)
    done = Text(
        f"{arguments.file}: {leaves} new leaves, {bodies} new bodies.",
        f"{arguments.file}：新条目 {leaves} 条，新正文 {bodies} 份。",
    )
    voice.result({"leaves": leaves, "bodies": bodies}, [voice.choose(done)])


def _check(arguments: argparse.Namespace, voice: Voice) -> None:
    counts = guard.pass_through(Packed(arguments.file), arguments.to)
    said = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
    done = Text(f"{arguments.file} passes: {said}.", f"{arguments.file} 准予通过：{said}。")
    voice.result({"passes": True, "files": dict(sorted(counts.items()))}, [voice.choose(done)])
