"""`detente backup`: a node's home in one file, while its node works or not.

Private keys stay out of it unless `--with-private-keys` says otherwise; what is inside is still for its owner
alone, for it holds what others have shown to this party. Bring it to another machine.
"""

import argparse
import time
from pathlib import Path

from detente.faces.cli.place import declare_home, home_of
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.node import backup
from detente.node.home import Home


def declare(parser: argparse.ArgumentParser) -> None:
    """Of which home, and where to."""
    declare_home(parser)
    parser.add_argument("--to", required=True, type=Path, metavar="FILE", help="a new file")
    parser.add_argument(
        "--with-private-keys",
        action="store_true",
        help="put the node's private keys in, and the keys to open with: who has the file can be this node",
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Write the backup.

    Raises:
        HomeMissing: `home.3`, `backup.1`. DiskFailed: `disk.1`, `store.1`, `backup.2`.
    """
    keys = bool(arguments.with_private_keys)
    made = backup.write(Home.at(home_of(arguments)), arguments.to, time.time_ns() // 1_000_000, keys=keys)
    size = arguments.to.stat().st_size
    done = Text(
        f"{arguments.to}: {len(made.files)} files of {made.party}, {size} bytes.",
        f"{arguments.to}：{made.party} 的 {len(made.files)} 个文件，共 {size} 字节。",
    )
    voice.result({"path": str(arguments.to), "bytes": size, "keys": keys}, [voice.choose(done)])
    if keys:
        voice.note(
            Text(
                "The private keys are in it. Whoever has this file can be this node: lock it away.",
                "其中含有私钥。持有该文件者即可冒充本节点：请妥善封存。",
            )
        )
    return KEPT
