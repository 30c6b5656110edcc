"""Officers stand behind a declaration, or it does not hold: at every node, and off-line."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from detente.accord import decision, solemn
from detente.accord.acts import AFFIRM
from detente.accord.solemn import SolemnAct
from detente.faces import assured, founding
from detente.faces.cli import main, showing
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.home import Home
from detente.node.node import Node
from detente.trust import envelope, record
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import BelowThreshold, WrongContext
from detente.trust.record import AccordRef, Record
from homes import ACCORD, DAY, HOUR, START, World

pytestmark = pytest.mark.slow

PILLARS = """pillars:
  assurance: {edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}"""
SAYS = {"topic": "run_notice", "properties": [], "renews": None, "valid_until": START + 90 * DAY}
TEXT = {"text": ["Large runs are told beforehand.", "大规模训练任务事先通报。"]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, accord=ACCORD.replace("pillars:", PILLARS)).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        world.settle(found)
        yield found


def affirm(world: World, node: Node, of: str, *by: str, **other: str) -> Draft:
    """The act by which these officers of a node's party stand behind a record, as they were shown it."""
    shown = node.record(of)
    says = {"record": of, "kind": shown.kind, "digest": decision.digest_of(shown.open)} | other
    act = SolemnAct(1, AFFIRM, node.status().genesis, "live", node.party, dict(says))
    people = [world.officer(f"{node.party}-{one}") for one in by or ("first", "second")]
    signed = founding.joined([one.sign(ACT_TYPE, solemn.dump(act)) for one in people])
    text = base64.urlsafe_b64encode(envelope.dump(signed)).decode().rstrip("=")
    return Draft.new(AFFIRM, {**says, "approval": text})


def past_the_gate(node: Node, made: Draft) -> None:
    """Log an act that the own gate would never table, under the genuine key."""
    branch = node.branches["live"]
    key = branch.realm.identity.keys["record"][0]
    entry = Record(
        v=1,
        domain="live",
        kind=made.kind,
        party=node.party,
        accord=AccordRef(node.status().genesis, 1),
        thread=None,
        at=node.status().now,
        nonce=made.nonce,
        key=key.public.keyid,
        open=made.open,
        sealed={},
    )
    signed = record.seal(entry, key)
    branch.realm.writer.settle(lambda batch: branch.sequencer.append(batch, entry, signed))


def printed(node: Node, name: str) -> showing.Record:
    """A record as `detente record show ID --json` prints it."""
    return msgspec.convert(msgspec.to_builtins(node.record(name)), showing.Record)


def state(node: Node, of: str, at: int) -> str:
    acts = [printed(node, one.id) for one in node.records("live", AFFIRM)]
    return assured.state(printed(node, of), acts, at).state


def test_a_declaration_holds_once_its_partys_officers_stand_behind_exactly_it(
    nodes: dict[str, Node], world: World
) -> None:
    us, cn = nodes["us"], nodes["cn"]
    said = us.table(Draft.new("assurance.declaration", SAYS, TEXT)).id
    other = us.table(Draft.new("assurance.declaration", SAYS, {"text": ["None is.", "不通报。"]})).id
    world.settle(nodes)
    assert state(cn, said, START + HOUR) == "unsigned"
    with pytest.raises(BelowThreshold):
        us.table(affirm(world, us, said, "first"))
    with pytest.raises(Refused, match="not-your-record"):
        cn.table(affirm(world, cn, said))
    with pytest.raises(Refused, match="says-another"):
        us.table(affirm(world, us, said, digest="ab" * 32))
    with pytest.raises(Refused, match="says-another"):
        us.table(affirm(world, us, said, kind="assurance.certificate"))
    moved = affirm(world, us, said)
    with pytest.raises(WrongContext, match="another act"):
        us.table(msgspec.structs.replace(moved, open=moved.open | {"record": other}))
    past_the_gate(us, affirm(world, us, said, "first"))
    world.settle(nodes)
    assert state(cn, said, START + HOUR) == "unsigned"
    us.table(affirm(world, us, said))
    world.settle(nodes)
    states = [[state(node, one, START + HOUR) for one in (said, other)] for node in nodes.values()]
    assert states == [["holds", "unsigned"]] * 3
    assert state(cn, said, START + 90 * DAY) == "lapsed"


def test_a_print_that_says_another_thing_than_the_officers_signed_is_refused(
    nodes: dict[str, Node], world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    us = nodes["us"]
    said = us.table(Draft.new("assurance.declaration", SAYS, TEXT)).id
    act = us.table(affirm(world, us, said)).id
    for name, one in (("said", said), ("act", act)):
        (tmp_path / name).write_bytes(msgspec.json.encode(us.record(one)))
    (tmp_path / "accord").write_bytes(Home.at(world.home("us")).accords()[1])
    files = [f"{tmp_path}/said", f"{tmp_path}/act", "--at", "2026-09-30T00:00:00Z"]
    proven = [*files, "--accord", f"{tmp_path}/accord"]

    def check(*words: str) -> tuple[int, str]:
        code = main(["declaration", "check", *words, "--json"])
        out = capsys.readouterr()
        return code, json.loads(out.out or out.err)["state" if out.out else "step"]

    assert check(*proven) == (0, "holds")
    assert check(*files) == (65, "attesting.3")
    assert check(files[0], *files[2:]) == (1, "unsigned")
    shown = json.loads((tmp_path / "said").read_text())
    longer = shown | {"open": shown["open"] | {"valid_until": START + 300 * DAY}}
    (tmp_path / "said").write_text(json.dumps(longer))
    assert check(*proven)[1] == "affirmed.2"
    (tmp_path / "said").write_text(json.dumps(shown))
    forged = json.loads((tmp_path / "act").read_text())
    one = affirm(world, us, said, "first").open["approval"]
    (tmp_path / "act").write_text(json.dumps(forged | {"open": forged["open"] | {"approval": one}}))
    assert check(*proven)[1] == "charter.12"
