"""What a trigger proposes waits for people at every node, and a dispute goes through its procedure."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.accord import solemn
from detente.accord.acts import DECIDE, DISPUTE, RESOLVE
from detente.accord.solemn import SolemnAct
from detente.faces import founding
from detente.faces.cli import main
from detente.node import doctor
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.node import Node
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import BelowThreshold
from homes import ACCORD, DAY, HOUR, MINUTE, REPORT, World, draft, installed

pytestmark = pytest.mark.slow

TRIGGER = """triggers:
  - id: ongoing
    on: incidents.report
    when: facts.ongoing
    propose: {pause: subject, notify: all}
    decide: PT4H
outflow:"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, accord=ACCORD.replace("outflow:", TRIGGER)).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        world.settle(found)
        yield found


def _solemn(world: World, node: Node, kind: str, *by: str, **says: object) -> Draft:
    """Return the draft of an act that a party's officers signed."""
    act = SolemnAct(1, kind, node.status().genesis, "live", node.party, dict(says))
    people = [world.officer(f"{node.party}-{one}") for one in by or ("first", "second")]
    signed = founding.joined([one.sign(ACT_TYPE, solemn.dump(act)) for one in people])
    text = base64.urlsafe_b64encode(envelope.dump(signed)).decode().rstrip("=")
    return Draft.new(kind, {**says, "approval": text})


def _decide(world: World, node: Node, name: str, answer: str, *by: str) -> str:
    return node.table(_solemn(world, node, DECIDE, *by, record=name, clause="ongoing", answer=answer)).id


def _found(world: World, party: str) -> list[str]:
    """What the doctor says of waiting people; it looks while the nodes are at work."""
    found = doctor.examine(world.home(party), installed(), clock=world.clock)
    return [one.symptom for one in found if one.symptom.startswith(("decision", "dispute"))]


def _states(node: Node) -> list[dict[str, str]]:
    return [one.states for one in node.status().domains["live"].proposals]


def _ongoing(nodes: dict[str, Node], world: World) -> str:
    name = nodes["us"].table(draft(1, open=REPORT | {"ongoing": True})).id
    nodes["us"].table(draft(2))
    world.settle(nodes)
    return name


def test_a_proposal_waits_at_every_node_for_each_partys_officers_until_its_clock_is_over(
    nodes: dict[str, Node], world: World
) -> None:
    name = _ongoing(nodes, world)
    for node in nodes.values():
        (one,) = node.status().domains["live"].proposals
        assert (one.record, one.clause, one.propose) == (
            name,
            "ongoing",
            {"pause": "subject", "notify": "all"},
        )
        assert one.until - one.since == 4 * HOUR
        assert set(one.states.values()) == {"open"}
    quiet = _solemn(
        world, nodes["us"], DECIDE, record=nodes["us"].records()[-1].id, clause="ongoing", answer="take"
    )
    with pytest.raises(Refused, match="no-proposal"):
        nodes["us"].table(quiet)
    with pytest.raises(BelowThreshold):
        _decide(world, nodes["us"], name, "take", "first")
    assert _found(world, "us") == ["decision-waits"]
    _decide(world, nodes["us"], name, "take")
    world.settle(nodes)
    assert _states(nodes["us"]) == []
    assert _found(world, "us") == []
    assert _states(nodes["cn"]) == [{"us": "taken", "cn": "open", "neutral": "open"}]
    world.clock.advance(3 * HOUR + MINUTE)
    assert _states(nodes["cn"]) == [{"us": "taken", "cn": "warned", "neutral": "warned"}]
    world.clock.advance(2 * HOUR)
    assert _states(nodes["cn"]) == [{"us": "taken", "cn": "lapsed", "neutral": "lapsed"}]
    assert _found(world, "cn") == ["decision-lapsed"]
    _decide(world, nodes["cn"], name, "refuse")
    assert _states(nodes["cn"])[0]["cn"] == "lapsed", "a word after the clock does not undo that it was over"
    world.clock.advance(8 * DAY)
    assert _states(nodes["cn"]) == []


def _dispute(nodes: dict[str, Node], world: World, number: int) -> tuple[str, str]:
    report = nodes["us"].table(draft(number)).id
    world.settle(nodes)
    raised = nodes["cn"].table(Draft.new(DISPUTE, {"record": report, "about": "facts", "clause": None})).id
    world.settle(nodes)
    return report, raised


def _resolve(world: World, node: Node, of: tuple[str, str], answer: str, finding: str | None = None) -> str:
    record, raised = of
    return node.table(
        _solemn(world, node, RESOLVE, dispute=raised, record=record, answer=answer, finding=finding)
    ).id


def _stage(node: Node) -> list[str]:
    return [one.state for one in node.status().domains["live"].disputes]


def test_a_dispute_is_settled_by_both_sides_or_found_on_by_the_neutral_whose_silence_holds_nothing_up(
    nodes: dict[str, Node], world: World
) -> None:
    of = _dispute(nodes, world, 1)
    assert [_stage(node) for node in nodes.values()] == [["talking"]] * 3
    _resolve(world, nodes["us"], of, "settle")
    world.settle(nodes)
    assert {party: _found(world, party) for party in nodes} == {
        "us": [],
        "cn": ["dispute-waits"],
        "neutral": [],
    }
    assert [one.agreed for one in nodes["cn"].status().domains["live"].disputes] == [("us",)]
    _resolve(world, nodes["cn"], of, "settle")
    world.settle(nodes)
    assert [_stage(node) for node in nodes.values()] == [[]] * 3
    of = _dispute(nodes, world, 2)
    for party, answer, finding, code in (
        ("us", "find", "raiser", "not-the-neutral"),
        ("us", "drop", None, "not-your-dispute"),
        ("neutral", "settle", None, "no-side"),
        ("neutral", "find", None, "no-finding"),
    ):
        with pytest.raises(Refused, match=code):
            _resolve(world, nodes[party], of, answer, finding)
    world.clock.advance(14 * DAY + MINUTE)
    world.settle(nodes)
    assert _stage(nodes["us"]) == ["mediation"]
    assert _found(world, "neutral") == ["dispute-waits"]
    _resolve(world, nodes["neutral"], of, "find", "raiser")
    world.settle(nodes)
    assert _stage(nodes["us"]) == []
    _dispute(nodes, world, 3)
    world.clock.advance(29 * DAY)
    world.settle(nodes)
    assert _stage(nodes["us"]) == ["unresolved"]
    assert _found(world, "us") == ["dispute-unresolved"]


def test_the_command_line_shows_what_waits_and_writes_what_officers_sign(
    nodes: dict[str, Node],
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = _ongoing(nodes, world)
    # The command line has a clock of its own, years after this world's.
    monkeypatch.setattr("detente.node.proposals.SHOWN", 10_000 * DAY)
    for node in nodes.values():
        node.close()
    home, act = str(world.folder / "us"), world.folder / "act"
    assert (
        main(["accord", "decide", name, "ongoing", "--answer", "take", "--file", str(act), "--home", home])
        == 0
    )
    assert b'"says":{"answer":"take","clause":"ongoing"' in act.read_bytes()
    assert main(["status", "--home", home]) == 0
    assert "to decide: notify all, pause subject, lapsed, " in capsys.readouterr().out
    assert main(["--lang", "zh", "status", "--home", home]) == 0
    assert "待决定: 通知各方、暂停记录所涉对象, " in capsys.readouterr().out
