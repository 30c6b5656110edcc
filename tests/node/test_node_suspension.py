"""A pillar rests by one party's officers, and goes on by everybody's; the channel never rests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.accord import switch
from detente.accord.switch import ACTIVATE, SUSPEND
from detente.faces import founding
from detente.faces.cli import main, switching
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.node import Node
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import BelowThreshold, DetenteError, WrongContext, WrongKey
from homes import PARTIES, World, draft, notice

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        world.settle(found)
        yield found


def _signed(world: World, payload: bytes, *officers: str) -> bytes:
    people = [world.officer(name) for name in officers]
    return envelope.dump(founding.joined([one.sign(ACT_TYPE, payload) for one in people]))


def _switch(world: World, node: Node, kind: str, pillar: str = "incidents", *officers: str) -> str:
    said = switching.act(node, kind, pillar)
    by = officers or (f"{node.party}-first", f"{node.party}-second")
    return node.table(switching.draft(_signed(world, switch.dump(said), *by), said)).id


def test_one_party_suspends_a_pillar_and_every_gate_closes_while_the_channel_stays_open(
    nodes: dict[str, Node], world: World
) -> None:
    report = nodes["us"].table(draft()).id
    _switch(world, nodes["cn"], SUSPEND)
    world.settle(nodes)
    for party, node in nodes.items():
        with pytest.raises(Refused, match=r"incidents is suspended by cn") as caught:
            node.table(draft(5))
        assert caught.value.step == "suspension.1", party
        assert list(node.status().domains["live"].suspended) == ["incidents"]
        node.table(notice(7))
    assert nodes["us"].release_due() == ()
    rows = [one for one in nodes["us"].deliveries(record=report) if one.audience == "neutral"]
    assert {(one.state, one.code) for one in rows} == {("waiting", "suspended")}


def test_what_was_once_found_signed_is_looked_at_again_under_other_keys(
    nodes: dict[str, Node], world: World
) -> None:
    _switch(world, nodes["cn"], SUSPEND)
    world.settle(nodes)
    rings = nodes["us"].branches["live"].realm.keyrings
    known = rings["cn"]
    for ring, rests in ((known, ["incidents"]), (rings["us"], []), (known, ["incidents"])):
        rings["cn"] = ring
        assert list(nodes["us"].status().domains["live"].suspended) == rests


def test_it_goes_on_only_when_every_party_has_activated_it_and_releases_what_waited(
    nodes: dict[str, Node], world: World
) -> None:
    report = nodes["us"].table(draft()).id
    _switch(world, nodes["cn"], SUSPEND)
    world.settle(nodes)
    nodes["us"].release_due()
    for party in PARTIES:
        with pytest.raises(Refused):
            nodes["us"].table(draft(6))
        _switch(world, nodes[party], ACTIVATE)
        world.settle(nodes)
    assert all(node.status().domains["live"].suspended == {} for node in nodes.values())
    nodes["us"].table(draft(6))
    assert report in {one.record for one in nodes["us"].release_due()}


def test_a_suspension_that_too_few_or_other_officers_signed_is_not_logged(
    nodes: dict[str, Node], world: World
) -> None:
    size = nodes["cn"].status().domains["live"].own.size
    cases = (("cn-first",), BelowThreshold), (("us-first", "us-second"), WrongKey)
    for officers, error in cases:
        with pytest.raises(error):
            _switch(world, nodes["cn"], SUSPEND, "incidents", *officers)
    assert nodes["cn"].status().domains["live"].own.size == size


def test_signatures_for_one_switch_are_none_for_another(nodes: dict[str, Node], world: World) -> None:
    said = switching.act(nodes["cn"], SUSPEND, "incidents")
    signed = _signed(world, switch.dump(said), "cn-first", "cn-second")
    made = switching.draft(signed, said)
    other = Draft.new(SUSPEND, made.open | {"pillar": "runs"})
    with pytest.raises(WrongContext, match=r"switch\.3"):
        nodes["cn"].table(other)


def test_nobody_suspends_the_channel(nodes: dict[str, Node], world: World) -> None:
    with pytest.raises(Refused, match="channel-stays"):
        _switch(world, nodes["cn"], SUSPEND, "notices")


def test_what_rests_by_nobody_s_word_is_not_activated(nodes: dict[str, Node], world: World) -> None:
    with pytest.raises(DetenteError, match=r"switching\.1"):
        _switch(world, nodes["us"], ACTIVATE)
    said = switching.act(nodes["us"], SUSPEND, "incidents")
    forged = switch.SwitchAct(1, "accord.activate", said.genesis, "live", "us", "incidents", "5d" * 32)
    signed = _signed(world, switch.dump(forged), "us-first", "us-second")
    with pytest.raises(Refused, match="nothing-suspended"):
        nodes["us"].table(switching.draft(signed, forged))


def test_a_pillar_is_suspended_and_seen_to_rest_from_the_command_line(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(world.home("us"))]
    file = tmp_path / "act"
    assert main(["accord", "suspend", "incidents", "--file", str(file), *home]) == 0
    signed = []
    for holder in ("first", "second"):
        person = world.officer(f"us-{holder}")
        signed.append(tmp_path / f"signed-{holder}")
        signed[-1].write_bytes(envelope.dump(person.sign(ACT_TYPE, file.read_bytes())))
    words = [word for path in signed for word in ("--approval", str(path))]
    assert main(["accord", "suspend", "incidents", *words, *home]) == 0
    capsys.readouterr()
    assert main(["status", "--lang", "both", *home]) == 0
    assert "suspended  已中止: incidents" in capsys.readouterr().out
