"""`detente evidence list|show|export`: what this node refused, at which check, and what convinces a stranger.

The digest may be shortened as long as it names one refusal. `export` writes an exhibit that `detente verify`
checks on any machine, and refuses where the bytes prove nothing against anybody; `--raw` writes the bytes.
"""

import argparse
from pathlib import Path

import msgspec

from detente.faces import door
from detente.faces.cli.place import EXERCISE, declare_home, home_of
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, clock, table
from detente.node import durable
from detente.node.errors import NoSuchThing
from detente.node.evidence import Evidence
from detente.node.node import Node
from detente.trust.record import Domain

KINDS = {
    "record": Text("record", "记录"),
    "checkpoint": Text("checkpoint", "检查点"),
    "entries": Text("entries", "条目"),
    "cosignature": Text("cosignature", "联署"),
    "misdated": Text("misdated cosignatures", "日期相悖的联署"),
    "fork": Text("fork", "日志分叉"),
    "opening": Text("false opening", "虚假开示"),
    "package": Text("package", "密封包"),
    "accord": Text("accord", "协议"),
    "release": Text("release against the rules", "违规开示"),
    "request": Text("request", "请求"),
    "standing": Text("standing", "履约状况"),
    "approval": Text("officers' signatures", "官员签名"),
}


class ShownEvidence(msgspec.Struct, frozen=True):
    """One refusal, and whether it convinces a stranger; if not, why."""

    evidence: Evidence
    provable: bool
    why: str = ""


def declare(parser: argparse.ArgumentParser) -> None:
    """`list` all, `show` or `export` one."""
    acts = parser.add_subparsers(dest="act", metavar="list|show|export", required=True)
    one = acts.add_parser("list", help="every refusal, oldest first")
    one.add_argument("--domain", choices=("live", "exercise"), help="only of this domain")
    one.add_argument("--party", help="only what claims to be of this party")
    one.add_argument("--kind", choices=tuple(KINDS), help="only of this kind")
    declare_home(one)
    one = acts.add_parser("show", help="one refusal, in full")
    one.add_argument("digest", help="of the refusal, or its first digits")
    declare_home(one)
    one = acts.add_parser("export", help="write evidence that a stranger verifies")
    one.add_argument("digest", help="of the refusal, or its first digits")
    one.add_argument("--to", required=True, type=Path, metavar="FILE", help="the file to write")
    one.add_argument("--raw", action="store_true", help="the refused bytes, whatever they prove")
    declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """List, show or export.

    Raises:
        NoSuchThing: `evidence.1` the digits name no refusal, or several; `accusation.1` it proves nothing.
    """
    with door.reach(home_of(arguments)) as node:
        return {"list": _list, "show": _show, "export": _export}[arguments.act](node, arguments, voice)


def _list(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    domain: Domain | None = arguments.domain
    wanted = {"party": arguments.party, "kind": arguments.kind}
    asked = {name: value for name, value in wanted.items() if value is not None}
    found = [one for one in node.evidence(domain) if all(getattr(one, name) == asked[name] for name in asked)]
    nothing = [voice.choose(Text("Nothing was refused.", "没有拒绝过任何内容。"))]
    voice.result(found, table([_row(one, voice) for one in found]) or nothing)
    return KEPT


def _show(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    found = _named(node, arguments.digest)
    shown = _provable(node, found)
    label = Text("convinces a stranger", "可使第三方信服")
    said = (
        Text("yes: detente evidence export", "是：detente evidence export")
        if shown.provable
        else Text(f"no. {shown.why}", f"否。{shown.why}")
    )
    kind = voice.choose(KINDS[found.kind])
    lines = [
        found.digest,
        f"  {kind} · {found.party or '?'} · {found.via} · {found.domain or '?'} · {clock(found.at)}",
        f"  {found.step} {found.error}: {found.what}",
        f"  {found.remedy}",
        f"  {voice.choose(Text('bytes kept', '留存字节'))}: {found.size}",
        f"  {voice.choose(label)}: {voice.choose(said)}",
    ]
    if found.kind == "request" and found.step.startswith(("request.", "porter.")):
        lines += [
            f"  | {line}" for line in node.evidence_data(found.digest).decode("utf-8", "replace").split("\n")
        ]
    voice.result(shown, lines)
    return KEPT


def _export(node: Node, arguments: argparse.Namespace, voice: Voice) -> int:
    found = _named(node, arguments.digest)
    data = node.evidence_data(found.digest) if arguments.raw else node.exhibit(found.digest)
    durable.write(arguments.to.absolute(), data)
    done = Text(f"{arguments.to}: {len(data)} bytes.", f"{arguments.to}：{len(data)} 字节。")
    check = Text(
        f"Anybody checks it with: detente verify {arguments.to}",
        f"任何人均可核对：detente verify {arguments.to}",
    )
    told = [voice.choose(done)] if arguments.raw else [voice.choose(done), voice.choose(check)]
    voice.result({"digest": found.digest, "path": str(arguments.to), "bytes": len(data)}, told)
    return KEPT


def _named(node: Node, digits: str) -> Evidence:
    found = [one for one in node.evidence() if one.digest.startswith(digits)]
    # 1. The digits name one refusal.
    if len(found) != 1:
        what = f"{digits[:64]} names {len(found)} refusals."
        raise NoSuchThing("evidence.1", what, "Give more digits; detente evidence list has them all.")
    return found[0]


def _provable(node: Node, found: Evidence) -> ShownEvidence:
    try:
        node.exhibit(found.digest)
    except NoSuchThing as error:
        return ShownEvidence(found, provable=False, why=error.what)
    return ShownEvidence(found, provable=True)


def _row(one: Evidence, voice: Voice) -> list[str]:
    who = f"{one.party or '?'} ← {one.via}"
    return [
        one.digest[:16],
        EXERCISE if one.domain == "exercise" else one.domain,
        who,
        voice.choose(KINDS[one.kind]),
        f"{one.step} {one.error}",
        one.what,
    ]
