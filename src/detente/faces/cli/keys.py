"""`detente keys`: a party's keys, and how its officers change or revoke them.

`new` draws keys and writes the charter that names them, and other officers, and laboratories that sign for
themselves, if they are named; officers, those before and those after, sign that file on their own machines;
`install` logs it, and from there on the new keys sign. `revoke` and `disavow` without `--approval` write the
act that officers sign, and with it log what they signed. A disavowal says that the party does not own what a
key that is out of force signed at some indices of its log; it is shown there, and undoes nothing.
"""

import argparse
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from detente.faces import door
from detente.faces.cli.place import declare_home, home_of
from detente.faces.exits import KEPT
from detente.faces.founding import joined, with_officers
from detente.faces.officer import Public
from detente.faces.speech import Text, Voice, table
from detente.node import durable
from detente.node.node import Node
from detente.node.rotation import KeyShown
from detente.trust import charter, envelope
from detente.trust.charter import Charter
from detente.trust.suite import SUITES

REASONS = ("lost", "stolen", "left", "replaced", "unknown")
STATES = {
    "in force": Text("in force", "有效"),
    "revoked": Text("revoked", "已吊销"),
    "replaced": Text("replaced", "已更换"),
}


def declare(parser: argparse.ArgumentParser) -> None:
    """`list` shows them; `new`, `install`, `revoke` and `disavow` are the steps of a change."""
    acts = parser.add_subparsers(dest="act", metavar="list|new|install|revoke|disavow", required=True)
    shown = acts.add_parser("list", help="every key of every party, and whether it signs now")
    new = acts.add_parser("new", help="draw new keys of the node, and write the charter that officers sign")
    new.add_argument("--to", required=True, type=Path, metavar="FILE", help="the charter, to be signed")
    new.add_argument("--expires", type=int, metavar="MS", help="until when the new keys sign (no end)")
    new.add_argument(
        "--officer",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="what an officer handed out; those named replace all officers (they stay)",
    )
    new.add_argument(
        "--laboratory",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="what a laboratory handed out; those named replace all laboratories (they stay)",
    )
    new.add_argument("--suite", choices=tuple(SUITES), help="of the node's new keys (as before)")
    new.add_argument("--threshold", type=int, default=2, help="how many officers it takes (2)")
    install = acts.add_parser("install", help="log the charter that the officers signed")
    install.add_argument("signed", nargs="+", type=Path, help="an officer's signature each")
    revoke = acts.add_parser("revoke", help="write the act that officers sign, or log what they signed")
    revoke.add_argument(
        "--reason", choices=REASONS, default="unknown", help="as the others read it (unknown)"
    )
    disavow = acts.add_parser("disavow", help="write the act that officers sign, or log what they signed")
    disavow.add_argument("--first", required=True, type=int, metavar="INDEX", help="of the party's log")
    disavow.add_argument("--last", required=True, type=int, metavar="INDEX", help="of the party's log")
    for one in (revoke, disavow):
        one.add_argument("keyid", help="as `detente keys list` names it")
        one.add_argument(
            "--to",
            type=Path,
            default=Path("revocation.act" if one is revoke else "disavowal.act"),
            metavar="FILE",
            help="the act",
        )
        one.add_argument(
            "--approval",
            action="append",
            type=Path,
            default=[],
            metavar="FILE",
            help="an officer's signature",
        )
    for one in (shown, new, install, revoke, disavow):
        one.add_argument("--domain", choices=("live", "exercise"), default="live")
        declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Show keys, or take one step of a change.

    Raises:
        As `node.rotation.Rotation`: the officers' signatures do not count, or the node would be mute.
    """
    with door.reach(home_of(arguments)) as node:
        if arguments.act == "list":
            rows = node.key_list(arguments.domain)
            voice.result(rows, table([_row(one, voice) for one in rows]))
        elif arguments.act == "new":
            node.draw_keys(arguments.domain, arguments.suite)
            _write(arguments.to, _proposed(node, arguments), "charter", voice)
        elif arguments.act == "install":
            _logged(node.change_keys(_signed(arguments.signed), arguments.domain).index, voice)
        else:
            _act(node, arguments, voice)
    return KEPT


def _proposed(node: Node, arguments: argparse.Namespace) -> bytes:
    """The node's next charter; with the officers and laboratories that were named, if any were."""
    people, labs = (
        [Public.read(path) for path in each] for each in (arguments.officer, arguments.laboratory)
    )
    payload = node.next_charter(arguments.expires, arguments.domain)
    # Not `charter.parse`: with keys of another suite it is no charter before the officers are changed too.
    proposed = msgspec.json.decode(payload, type=Charter)
    return charter.dump(with_officers(proposed, people, arguments.threshold, labs))


def _act(node: Node, arguments: argparse.Namespace, voice: Voice) -> None:
    """Revoke or disavow: first the bytes to sign, then what was signed."""
    only = (arguments.first, arguments.last) if arguments.act == "disavow" else None
    if not arguments.approval:
        _write(arguments.to, node.key_act(arguments.keyid, only, arguments.domain), "act", voice)
        return
    signed = _signed(arguments.approval)
    if only is None:
        tabled = node.revoke_key(arguments.keyid, arguments.reason, signed, arguments.domain)
    else:
        tabled = node.disavow(arguments.keyid, only, signed, arguments.domain)
    _logged(tabled.index, voice)


def _write(path: Path, payload: bytes, kind: str, voice: Voice) -> None:
    durable.write(path, payload)
    digest = sha256(payload).hexdigest()
    done = Text(
        f"Officers sign {path} (digest {digest}): detente officer sign --as {kind}",
        f"请官员签署 {path}（摘要 {digest}）：detente officer sign --as {kind}",
    )
    voice.result({kind: str(path), "digest": digest}, [voice.choose(done)])


def _logged(index: int, voice: Voice) -> None:
    done = Text(
        f"Logged at index {index}; it rules from the next index on.",
        f"已记入日志，序号 {index}；自下一序号起生效。",
    )
    voice.result({"index": index}, [voice.choose(done)])


def _signed(paths: list[Path]) -> bytes:
    return envelope.dump(joined([envelope.parse((durable.read(path) or b"").strip()) for path in paths]))


def _row(one: KeyShown, voice: Voice) -> list[str]:
    ends = "" if one.expires is None else datetime.fromtimestamp(one.expires / 1000, UTC).isoformat()
    state = voice.choose(STATES[one.state])
    return [one.party, one.role, one.algorithm, one.holder, state, ends, one.keyid]
