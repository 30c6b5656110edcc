"""The whole of a record's life, over folders: tabled, cosigned, held, released, agreed on, audited."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.node import auditor
from detente.node.errors import NoSuchThing, Refused
from detente.node.node import Node
from homes import DAY, HOUR, VALUES, World, draft, installed


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        yield found


def test_a_record_is_tabled_published_cosigned_and_held(world: World, nodes: dict[str, Node]) -> None:
    tabled = nodes["us"].table(draft())
    world.settle(nodes)
    shown = nodes["us"].record(tabled.id)
    assert shown.receipts == {"cn": "held", "neutral": "held"}
    assert shown.cosigned == ("cn", "neutral")
    assert shown.stands
    assert shown.facts["near_miss"] is True
    for party in ("cn", "neutral"):
        there = nodes[party].record(tabled.id)
        assert (there.open, there.sealed) == (shown.open, shown.sealed)
        assert nodes[party].evidence() == ()


def test_all_nodes_compute_one_standing_at_a_common_cut(world: World, nodes: dict[str, Node]) -> None:
    nodes["us"].table(draft())
    world.settle(nodes)
    cut = nodes["cn"].cut()
    world.settle(nodes)
    as_of = world.clock.now() + DAY
    assert len({node.standing(cut, as_of).dump() for node in nodes.values()}) == 1


def test_a_release_reaches_the_one_it_is_for_and_nobody_else(world: World, nodes: dict[str, Node]) -> None:
    tabled = nodes["us"].table(draft())
    world.settle(nodes)
    sent = nodes["us"].release_due()
    assert {(row.audience, row.paths, row.rule) for row in sent} == {
        ("neutral", ("summary", "title"), "to-clearinghouse")
    }
    world.settle(nodes)
    assert nodes["neutral"].record(tabled.id).values == {path: VALUES[path] for path in ("summary", "title")}
    assert nodes["cn"].record(tabled.id).values == {}
    rows = {(row.audience, path): row for row in nodes["us"].deliveries() for path in row.paths}
    assert rows["neutral", "title"].state == "held"
    assert rows["cn", "title"].state == "waiting"
    assert "gate.15 officer" in rows["cn", "title"].why
    assert rows["cn", "summary"].state == "not-eligible"
    assert nodes["us"].release_due() == ()


def test_officers_let_it_go_and_the_party_reads_it(world: World, nodes: dict[str, Node]) -> None:
    tabled = nodes["us"].table(draft())
    world.settle(nodes)
    world.approve(nodes["us"], tabled.id, "cn")
    rows = nodes["us"].release(tabled.id, "cn")
    assert [row.paths for row in rows if row.state == "sent"] == [("pattern", "title")]
    world.settle(nodes)
    assert nodes["cn"].record(tabled.id).values == {path: VALUES[path] for path in ("pattern", "title")}


def test_what_the_gate_refuses_is_in_the_ledger_with_the_check_and_not_in_the_log(
    nodes: dict[str, Node],
) -> None:
    before = nodes["us"].status().domains["live"].own.size
    with pytest.raises(Refused) as caught:
        nodes["us"].table(draft(open={"near_miss": True, "note": "free text"}))
    assert caught.value.step == "gate.6"
    rows = nodes["us"].deliveries()
    assert [(row.audience, row.state) for row in rows] == [("*", "refused")]
    assert "gate.6" in rows[0].why
    assert nodes["us"].status().domains["live"].own.size == before


def test_tabling_the_same_draft_twice_is_tabling_it_once(world: World, nodes: dict[str, Node]) -> None:
    first = nodes["us"].table(draft())
    again = nodes["us"].table(draft())
    assert (again.id, again.index, again.again) == (first.id, first.index, True)
    world.settle(nodes)
    assert len(nodes["cn"].records(kind="incidents.report")) == 1


def test_receipts_alone_never_cause_a_receipt(world: World, nodes: dict[str, Node]) -> None:
    nodes["us"].table(draft())
    world.settle(nodes, rounds=6)
    quiet = {party: node.status().domains["live"].own.size for party, node in nodes.items()}
    world.settle(nodes, rounds=6)
    assert {party: node.status().domains["live"].own.size for party, node in nodes.items()} == quiet
    world.clock.advance(4 * HOUR)
    world.settle(nodes, rounds=1)
    assert all(node.status().domains["live"].own.size == quiet[party] + 1 for party, node in nodes.items())


def test_deadlines_warn_before_and_escalate_after_once_each(world: World, nodes: dict[str, Node]) -> None:
    nodes["us"].table(draft(1, kind="notices.notice", open=_notice(), values={}))
    world.settle(nodes)
    nodes["cn"].tick()
    owed = [one for one in nodes["cn"].deadlines() if one.clause == "acknowledge"]
    assert {one.party for one in owed} == {"cn", "neutral"}
    stages = []
    for _ in range(5):
        world.clock.advance(7 * HOUR)
        world.settle(nodes, rounds=1)
        stages += [one.raised for one in nodes["cn"].tick() if one.party == "cn"]
    assert stages == ["warned", "overdue"]


def test_an_export_a_bundle_and_a_home_hold_in_every_byte(
    world: World, nodes: dict[str, Node], tmp_path: Path
) -> None:
    nodes["us"].table(draft())
    world.settle(nodes)
    nodes["us"].release_due()
    world.settle(nodes)
    for path in (
        nodes["us"].export_log(tmp_path / "export"),
        nodes["cn"].export_bundle(tmp_path / "bundle.zip"),
        world.home("neutral"),
    ):
        report = auditor.verify(path, genesis=world.genesis, installed=installed())
        assert report.ok, report.faults
        assert report.genesis == world.genesis
        assert report.counts["bodies"] > 3
        assert report.counts["cosignatures"] > 0


def test_a_name_that_nobody_has_is_said_so(nodes: dict[str, Node]) -> None:
    with pytest.raises(NoSuchThing):
        nodes["us"].record("00" * 32)


def _notice() -> dict[str, object]:
    example = next(
        one
        for one in next(one for one in installed().editions if one.name == "notices").examples.values()
        if one.draft.kind == "notices.notice" and one.refused is None and not one.thread
    )
    return dict(example.draft.open)
