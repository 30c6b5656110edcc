"""`detente restore`: a new home from a backup, which signs nothing until its own log is back from the others.

Only into a folder that is empty or not there, so that no journal of another database can be replayed into
this one. Be sure that the old node does not run: two nodes with one party's keys are a fork.
"""

import argparse
from pathlib import Path

from detente.faces.cli.place import declare_home, home_of
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, clock
from detente.node import backup
from detente.node.confidence.salvage import Brought
from detente.node.home import Home


def declare(parser: argparse.ArgumentParser) -> None:
    """From what, and where to."""
    parser.add_argument("file", nargs="?", type=Path, help="the backup; none to change --without alone")
    parser.add_argument("--to", type=Path, metavar="DIR", help="the new home")
    parser.add_argument(
        "--keys", type=Path, metavar="DIR", help="the folder keys of the lost home, if the backup has none"
    )
    parser.add_argument(
        "--signed",
        type=Path,
        metavar="DIR",
        help="the folder signed of the lost home, if it was saved: it knows the newest that was signed",
    )
    parser.add_argument(
        "--confidence",
        type=Path,
        metavar="DIR",
        help="the folder confidence of the lost home, if it was saved: identities are in no backup",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="PARTY",
        help="need not be asked for the own log, for it will never answer; may be repeated",
    )
    declare_home(parser)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Make the home, or name who need not be asked.

    Raises:
        HomeMissing: `restore.1`, `restore.2`, `restore.5`. Malformed: `restore.3`. BadProof: `restore.4`.
        DiskFailed: `disk.1`.
    """
    without = tuple(arguments.without)
    if arguments.file is None:
        home = Home.at(home_of(arguments))
        backup.leave_out(home, without)
        said = ", ".join(without) or "-"
        voice.result({"without": without}, [voice.choose(Text(f"Not asked: {said}", f"不再询问：{said}"))])
        return KEPT
    to = arguments.to or home_of(arguments)
    whole = backup.restore(
        arguments.file,
        to,
        keys=arguments.keys,
        signed=arguments.signed,
        confidence=arguments.confidence,
    )
    made = whole.made
    backup.leave_out(Home.at(to), without)
    done = Text(
        f"{to}: the home of {made.party} as it was at {clock(made.at)}.",
        f"{to}：{made.party} 的主目录，恢复至 {clock(made.at)}。",
    )
    onward = Text(
        "Be sure that the old node does not run. Then: detente serve. It signs nothing until it has asked "
        "every other party for its own log; detente doctor says how far it is.",
        "请确认旧节点未在运行，然后执行 detente serve。在向所有其他各方取回本方日志之前，它不会签名；"
        "进展见 detente doctor。",
    )
    lines = [done, onward]
    if not any((to / "keys").rglob("*.seed")):
        lines.insert(
            1,
            Text(
                f"The backup has no private keys: copy yours into {to}/keys before you start it.",
                f"备份中没有私钥：启动前请将私钥放入 {to}/keys。",
            ),
        )
    value = {"home": str(to), "party": made.party, "at": made.at, "desk": whole.brought}
    if whole.brought is not None:
        lines.append(_desk(whole.brought))
    voice.result(value, [voice.choose(one) for one in lines])
    return KEPT


def _desk(brought: Brought) -> Text:
    """What became of the identities of the confidential desk."""
    destroyed, missing = (", ".join(map(str, one)) or "-" for one in (brought.destroyed, brought.missing))
    here = brought.identities
    return Text(
        f"The confidential desk: {here} identities are here again; destroyed since the backup, and not back: "
        f"{destroyed}; not at hand: {missing}. Put legal holds that are newer again, before you start it.",
        f"保密受理处：已取回身份信息 {here} 份；备份之后已销毁、不再恢复的报告：{destroyed}；"
        f"身份信息不在手边的报告：{missing}。备份之后新增的法律保全，请在启动前重新登记。",
    )
