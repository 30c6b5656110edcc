"""A world in which a party closes a case and tells it to the public, step by step, as its people would."""

import base64
from collections.abc import Mapping
from typing import Any

from detente.accord import decision, opening, solemn
from detente.accord.acts import AFFIRM
from detente.accord.solemn import SolemnAct
from detente.faces import founding
from detente.faces.site.account import PATHS
from detente.node.draft import Draft
from detente.node.node import Node
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE
from homes import ACCORD, REPORT, VALUES, World

STATE = '{edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}'
GRANTS = """
  - {id: told-to-peers, kind: response.advisory, fields: [title, text], to: peer, by: node}
  - {id: told-to-neutral, kind: response.advisory, fields: [title, text], to: clearinghouse, by: node}
"""
TELLING = ACCORD.replace("scales:", f"  response: {STATE}\nscales:").replace(
    "\noutflow:", f"{GRANTS}outflow:"
)
TITLE = ["A door without a lock", "未上锁的入口"]
TEXT = [
    (
        "Jobs were sent to a cluster from outside.\nIts interface asked for no login.\n"
        "It was taken off the network.\nAn interface needs a login, wherever it stands."
    ),
    "集群收到来自外部的作业。\n其接口未要求登录。\n将其从网络断开。\n接口无论位于何处，均须登录。",
]
PUBLIC = {"tlp": "clear", "audience": "public", "replaces": None}


def closed(node: Node) -> str:
    """Report a near miss and close it; return the report."""
    report = node.table(Draft.new("incidents.report", dict(REPORT), dict(VALUES))).id
    end(node, report)
    return report


def end(node: Node, report: str, outcome: str = "mitigated", last: str = "") -> str:
    """Close a report."""
    said = {"last": last or report, "outcome": outcome, "duplicate_of": None}
    return node.table(Draft.new("incidents.close", said, {}).answering(report)).id


def reopen(node: Node, report: str, close: str) -> str:
    """Reopen a report after its close."""
    names = (
        *("near_miss", "harm", "potential", "control", "spread", "layers", "repeat"),
        *("ongoing", "techniques"),
    )
    said = {name: REPORT[name] for name in names} | {"previous": close, "change": "reopened"}
    return node.table(Draft.new("incidents.update", said, {}).answering(report)).id


def written(
    node: Node,
    report: str,
    values: Mapping[str, Any] | None = None,
    **says: Any,  # noqa: ANN401 (any JSON)
) -> str:
    """Open a response about a report, and write an account of it; return the advisory."""
    begun = {"about": report, "playbook": None, "level": None, "joint": False}
    root = node.table(Draft.new("response.opened", begun, {})).id
    sealed = dict(values or {"title": TITLE, "text": TEXT})
    made = Draft.new("response.advisory", {**PUBLIC, **says}, sealed)
    return node.table(made.answering(root)).id


def sign(world: World, node: Node, advisory: str, *by: str) -> str:
    """Let officers stand behind an advisory; return the act."""
    says = {
        "record": advisory,
        "kind": "response.advisory",
        "digest": decision.digest_of(node.record(advisory).open),
    }
    act = SolemnAct(1, AFFIRM, node.status().genesis, "live", node.party, dict(says))
    people = [world.officer(f"{node.party}-{one}") for one in by or ("first", "second")]
    signed = founding.joined([one.sign(ACT_TYPE, solemn.dump(act)) for one in people])
    text = base64.urlsafe_b64encode(envelope.dump(signed)).decode().rstrip("=")
    return node.table(Draft.new(AFFIRM, {**says, "approval": text})).id


def reveal(node: Node, advisory: str, paths: tuple[str, ...] = PATHS) -> None:
    """Open the words of an advisory to all."""
    known = node.branches["live"].questions.disclosures(advisory)
    for path in paths:
        node.table(Draft.new(opening.KIND, {"record": advisory, "path": path, "disclosure": known[path]}))


def tell(world: World, node: Node, report: str, values: Mapping[str, Any] | None = None, **says: Any) -> str:  # noqa: ANN401 (as above)
    """Write an account, have it signed, and open it; return the advisory."""
    name = written(node, report, values, **says)
    sign(world, node, name)
    reveal(node, name)
    return name
