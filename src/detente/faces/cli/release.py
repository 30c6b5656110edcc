"""`detente release`: the second way out. The gate decides on each sealed value towards one party.

Without `--approval` it decides, and says for each path what became of it and by which rule. `--act FILE`
writes what officers sign where a rule says `by: officer`; `--approval FILE` brings their signatures back.
`--why` decides nothing, and explains each clause condition by condition: what it read, and what that gave.
"""

import argparse
from pathlib import Path

from detente.faces import door
from detente.faces.cli import actfile
from detente.faces.cli.digits import record_of
from detente.faces.cli.place import declare_domain, declare_home, file_of, home_of, marked
from detente.faces.delivered import delivered
from detente.faces.exits import EXITS, KEPT
from detente.faces.founding import joined
from detente.faces.speech import Text, Voice, as_json, table
from detente.node.delivery import Delivery
from detente.node.errors import Refused
from detente.node.release import Explained
from detente.trust import envelope

OUT = frozenset({"sent", "held"})


def declare(parser: argparse.ArgumentParser) -> None:
    """Which record, to whom, and what officers have said."""
    parser.add_argument("id", help="of an own record, or its first digits")
    parser.add_argument("--to", required=True, metavar="PARTY", help="who would see it")
    parser.add_argument("--path", action="append", default=[], help="only this sealed path; may be repeated")
    parser.add_argument(
        "--act", type=Path, metavar="FILE", help="write what the officers sign, and decide nothing"
    )
    parser.add_argument(
        "--approval", action="append", type=Path, default=[], metavar="FILE", help="an officer's signature"
    )
    parser.add_argument(
        "--why", action="store_true", help="explain every clause that speaks of it, and decide nothing"
    )
    declare_domain(parser)
    declare_home(parser)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Decide, or write out what officers sign.

    Raises:
        NoSuchThing: `release.1`, `show.1`. Incomplete: `standing.2`.
        As `approval.verify`: the signatures do not count.
    """
    with door.reach(home_of(arguments)) as node:
        arguments.id = record_of(node, arguments.id, arguments.domain)
        if arguments.why:
            reasons = node.why(arguments.id, arguments.to, arguments.domain)
            voice.result(reasons, [line for one in reasons for line in _reason(one, voice)])
            return KEPT
        if arguments.act is not None:
            act = node.act(arguments.id, arguments.to, tuple(arguments.path), arguments.domain)
            actfile.write(arguments.act, act, voice)
            return KEPT
        if arguments.approval:
            signed = [envelope.parse(file_of(path).strip()) for path in arguments.approval]
            node.approve(arguments.id, arguments.to, envelope.dump(joined(signed)), arguments.domain)
        rows = node.release(arguments.id, arguments.to, arguments.domain, tuple(arguments.path))
    voice.result(rows, marked(arguments.domain, table([_row(one, voice) for one in rows])))
    return KEPT if any(one.state in OUT for one in rows) else EXITS[Refused].code


def _row(one: Delivery, voice: Voice) -> list[str]:
    return [one.audience, ", ".join(one.paths) or "*", *delivered(one, voice)]


def _reason(one: Explained, voice: Voice) -> list[str]:
    """One clause: what it grants, and each condition with what it was found to be and what it read."""
    head = f"{one.clause} ({one.by}): {', '.join(one.fields)}"
    words = {
        "true": Text("true", "成立"),
        "false": Text("false", "不成立"),
        "unknown": Text("unknown: grants nothing", "未知：不授权"),
        "error": Text("failed: grants nothing", "出错：不授权"),
    }
    rows = [
        [
            f"  {leaf.text}",
            voice.choose(words[leaf.truth]),
            ", ".join(f"{name} = {as_json(value)}" for name, value in sorted(leaf.reads.items())),
        ]
        for leaf in one.leaves
    ]
    return [head, *table(rows)]
