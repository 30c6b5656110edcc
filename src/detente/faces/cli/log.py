"""`detente log export`: a node's log and its copies of the others', as files, with `vkeys` and `policy`.

The files are a static tlog-tiles tree: any C2SP client reads them, and `detente verify` checks every byte.
"""

import argparse
from pathlib import Path

from detente.faces import door
from detente.faces.cli.place import declare_home, home_of
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice


def declare(parser: argparse.ArgumentParser) -> None:
    """`export` is the only act yet."""
    acts = parser.add_subparsers(dest="act", metavar="export", required=True)
    one = acts.add_parser("export", help="write the static tree, with vkeys and policy")
    declare_home(one)
    one.add_argument(
        "--to", required=True, type=Path, metavar="DIR", help="a folder; equal files are left alone"
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Export the logs.

    Raises:
        HomeMissing: `home.3`. DiskFailed: `disk.1`.
    """
    with door.reach(home_of(arguments)) as node:
        path = node.export_log(arguments.to.absolute())
    count = sum(1 for one in path.rglob("*") if one.is_file())
    done = Text(
        f"{path}: {count} files. Check them with: detente verify {path}",
        f"{path}：{count} 个文件。核对：detente verify {path}",
    )
    voice.result({"path": str(path), "files": count}, [voice.choose(done)])
    return KEPT
