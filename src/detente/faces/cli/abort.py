"""`detente abort`: one officer stops what was laid before them. It is final, and takes one signature.

Without ACT it lists what lies before the officers, and from when on each may go. `detente abort ACT` writes
what one officer signs; ACT is the file that they were asked to sign, or the act's id. `--approval FILE`
brings the signature back, and logs it: from then on the act is executed no more.
"""

import argparse
from pathlib import Path
from typing import get_args

from detente.accord.acts import AbortReason
from detente.faces import door
from detente.faces.cli import actfile
from detente.faces.cli.place import declare_domain, declare_home, file_of, home_of, marked
from detente.faces.exits import KEPT
from detente.faces.founding import joined
from detente.faces.speech import Text, Voice, clock, table
from detente.node.laid import Laid
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE


def declare(parser: argparse.ArgumentParser) -> None:
    """Which act, why, and what an officer has signed."""
    parser.add_argument("act", nargs="?", help="the file that officers were asked to sign, or the act's id")
    parser.add_argument(
        "--reason", choices=get_args(AbortReason), default="doubt", help="as the others read it (doubt)"
    )
    parser.add_argument(
        "--to", type=Path, default=Path("abort.act"), metavar="FILE", help="what one officer signs"
    )
    parser.add_argument("--approval", type=Path, metavar="FILE", help="an officer's signature; logs it")
    declare_domain(parser)
    declare_home(parser)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """List what lies before officers, write an abort, or log one.

    Raises:
        As `node.aborting.Aborting`: no officer of this party signed it, the act was never laid before them,
        or all of it has gone.
    """
    with door.reach(home_of(arguments)) as node:
        if arguments.approval is not None:
            signed = envelope.parse(file_of(arguments.approval).strip())
            tabled = node.abort(envelope.dump(joined([signed])), arguments.domain)
            done = Text(
                f"Logged at index {tabled.index}: the act is executed no more.",
                f"已记入日志，序号 {tabled.index}：该行为不再执行。",
            )
            voice.result(tabled, marked(arguments.domain, [voice.choose(done)]))
        elif arguments.act is not None:
            payload = node.abort_act(_named(arguments.act), arguments.reason, arguments.domain)
            actfile.write(arguments.to, payload, voice)
        else:
            rows = node.laid(arguments.domain)
            voice.result(rows, marked(arguments.domain, _listed(rows, voice)))
    return KEPT


def _named(act: str) -> str:
    """The id of an act: of the file of that name, if there is one."""
    path = Path(act)
    return envelope.statement_id(ACT_TYPE, file_of(path)) if path.is_file() else act


def _listed(rows: tuple[Laid, ...], voice: Voice) -> list[str]:
    if not rows:
        return [voice.choose(Text("Nothing lies before the officers.", "没有待官员阅签的行为。"))]
    head = [Text("act", "行为"), Text("record", "记录"), Text("to", "对方")]
    head += [Text("may go from", "最早开示时间"), Text("until", "有效期至")]
    body = [
        [one.id, one.act.record[:16], one.act.to, clock(one.ready), clock(one.act.expires)] for one in rows
    ]
    return table([[voice.choose(one) for one in head], *body])
