"""The ground of decisions: what a clause reads is asked again when it changes, and nothing else is."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from detente.accord.standing import Standing
from detente.node.draft import Draft
from detente.node.ground import REGROUND, Ground
from detente.node.node import Node
from homes import ACCORD, DAY, HOUR, World, draft, notice

KIND = "incidents.report"
READING = ACCORD.replace(
    "to: clearinghouse, by: node}",
    "to: clearinghouse, by: node, when: 'standing[audience].notices.overdue == 0'}",
)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[tuple[World, Node]]:
    """The node of us under an accord whose clause for the clearinghouse reads one count of standing."""
    world = World(tmp_path, accord=READING).found()
    with world.open("us", {}) as us:
        yield world, us


def _moved(standing: Standing, pillar: str, count: str) -> Standing:
    rows = msgspec.to_builtins(standing.counts)
    zeros: dict[str, int] = {}
    rows["neutral"][pillar] = rows["neutral"].get(pillar, zeros) | {count: 7}
    return msgspec.structs.replace(standing, counts=rows)


@pytest.mark.parametrize(
    ("pillar", "count", "again"),
    [("notices", "overdue", True), ("notices", "kept", False), ("incidents", "overdue", False)],
)
def test_only_a_count_that_a_clause_reads_moves_what_was_decided(
    node: tuple[World, Node], pillar: str, count: str, *, again: bool
) -> None:
    _, us = node
    ground = Ground(us.branches["live"].realm, us.terms)
    standing = us.standing()
    ground.turn(standing, {})
    ground.settle("9f", KIND)
    ground.turn(standing, {})
    assert ground.decided("9f", KIND)
    assert not ground.decided("5d", KIND)
    ground.turn(_moved(standing, pillar, count), {})
    assert ground.decided("9f", KIND) is not again


def test_a_pillar_that_rests_moves_what_was_decided(node: tuple[World, Node]) -> None:
    _, us = node
    ground = Ground(us.branches["live"].realm, us.terms)
    ground.turn(us.standing(), {})
    ground.settle("9f", KIND)
    ground.turn(us.standing(), {"incidents": "ab" * 32})
    assert not ground.decided("9f", KIND)


def test_time_alone_moves_what_was_decided(node: tuple[World, Node]) -> None:
    world, us = node
    ground = Ground(us.branches["live"].realm, us.terms)
    ground.turn(us.standing(), {})
    ground.settle("9f", KIND)
    ground.until([0, world.clock.at + 5000, 0, world.clock.at + 9000])
    assert ground.wake == world.clock.at + 5000
    world.clock.at += 4999
    ground.turn(us.standing(), {})
    assert ground.decided("9f", KIND)
    world.clock.at += 1
    ground.turn(us.standing(), {})
    assert not ground.decided("9f", KIND)
    ground.settle("9f", KIND)
    world.clock.at += REGROUND
    ground.turn(us.standing(), {})
    assert not ground.decided("9f", KIND)


@pytest.mark.slow
def test_a_report_that_waits_for_standing_goes_when_the_duty_is_performed(tmp_path: Path) -> None:
    world = World(tmp_path, accord=READING).found()
    with world.nodes() as nodes:
        nodes["us"].table(notice(0))
        world.settle(nodes)
        for _ in range(3 * DAY // HOUR // 4):
            world.clock.at += 4 * HOUR
            world.settle(nodes)
        made = nodes["us"].table(draft(1))
        nodes["us"].release_due()
        assert nodes["us"].standing().counts["neutral"]["notices"]["overdue"] == 1
        rows = {row.audience: row for row in nodes["us"].deliveries(record=made.id)}
        assert rows["neutral"].state == "not-eligible"
        thread = next(one for one in nodes["us"].records(kind="notices.notice")).id
        nodes["neutral"].table(_acknowledgement(thread))
        for _ in range(4):
            world.clock.at += 4 * HOUR
            world.settle(nodes)
            nodes["us"].release_due()
        states = {row.state for row in nodes["us"].deliveries(record=made.id) if row.audience == "neutral"}
        assert "sent" in states or "held" in states


def _acknowledgement(of: str) -> Draft:
    return draft(9, kind="notices.receipt", open={"of": of}, values={}, thread=of)
