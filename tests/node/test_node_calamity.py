"""What nobody wants: the neutral vanishes, clocks disagree by days, and everything expires at once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.faces.cli import main
from detente.node import doctor
from detente.node.clock import SetClock
from detente.node.errors import Refused
from detente.node.node import Node
from detente.trust.errors import NotValidThen
from homes import ACCORD, DAY, HOUR, START, World, draft, installed, notice

pytestmark = pytest.mark.slow


def _acknowledge(node: Node, of: str) -> None:
    node.table(draft(90, kind="notices.receipt", open={"of": of}, values={}, thread=of))


def test_two_go_on_while_the_neutral_has_vanished_and_what_was_for_it_waits(tmp_path: Path) -> None:
    world = World(tmp_path).found()
    with world.nodes() as nodes:
        world.settle(nodes)
    here = {party: world.open(party) for party in ("cn", "us")}
    try:
        world.clock.advance(9 * DAY)
        world.settle(here)
        said = here["us"].table(notice(1)).id
        report = here["us"].table(draft(2)).id
        world.settle(here)
        _acknowledge(here["cn"], said)
        here["us"].release_due()
        world.clock.advance(3 * DAY)
        world.settle(here)
        cut, now = here["us"].cut(), world.clock.now()
        assert here["us"].standing(cut, now).digest == here["cn"].standing(cut, now).digest
        # What one of the two owes to the other has no third witness: it does not bind so far.
        assert [d for d in here["us"].standing().duties if d.base == said and d.debtor == "cn"] == []
        rows = {one.code for one in here["us"].deliveries(record=report) if one.audience == "neutral"}
        assert "no-key" in rows
        assert "sent" not in {one.state for one in here["us"].deliveries(record=report)}
        assert here["us"].evidence() == here["cn"].evidence() == ()
        here["neutral"] = world.open("neutral")
        world.settle(here, 6)
        verdicts = {d.debtor: d.verdict for d in here["us"].standing().duties if d.base == said}
        assert verdicts == {"cn": "kept", "neutral": "missed"}
        here["us"].release_due()
        assert "sent" in {one.state for one in here["us"].deliveries(record=report)}
    finally:
        for node in here.values():
            node.close()


def test_a_clock_that_is_days_ahead_harms_its_own_party_alone_and_all_agree(tmp_path: Path) -> None:
    world = World(tmp_path).found()
    clocks = {"us": 0, "cn": 3 * DAY, "neutral": -HOUR}
    nodes = {
        party: Node.open(
            world.home(party), installed(), clock=SetClock(START + off), sources=world.sources(party)
        )
        for party, off in clocks.items()
    }
    try:
        said = nodes["us"].table(notice(1)).id
        for _ in range(6):
            for node in nodes.values():
                node.clock.advance(HOUR)  # type: ignore[attr-defined] (each has a clock that is set)
                node.sync()
                node.heartbeat()
            for party in ("cn", "neutral"):
                if said in {one.id for one in nodes[party].records()}:
                    _acknowledge(nodes[party], said)
        cut = nodes["us"].cut()
        as_of = START + 10 * DAY
        assert len({node.standing(cut, as_of).digest for node in nodes.values()}) == 1
        verdicts = {d.debtor: d.verdict for d in nodes["us"].standing(cut, as_of).duties if d.base == said}
        # By what it logged itself, the one that is ahead was late; nobody else is, and nobody is accused.
        assert verdicts == {"cn": "missed", "neutral": "kept"}
        assert [one for node in nodes.values() for one in node.evidence()] == []
    finally:
        for node in nodes.values():
            node.close()


def test_everything_expires_at_once_and_what_was_said_still_stands(tmp_path: Path) -> None:
    """Keys and pillars end at one instant: nothing leaves any more, no node opens, and nothing is lost."""
    end = START + 2 * DAY
    text = datetime.fromtimestamp(end / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    world = World(tmp_path, expires=end, accord=ACCORD.replace("2029-12-31T00:00:00Z", text)).found()
    with world.nodes() as nodes:
        said = nodes["us"].table(notice(1)).id
        world.settle(nodes)
        _acknowledge(nodes["cn"], said)
        world.settle(nodes)
        cut = nodes["us"].cut()
        before = nodes["us"].standing(cut, end + DAY).digest
        world.clock.advance(2 * DAY)
        for make in (draft(3), notice(4)):
            with pytest.raises(Refused) as caught:
                nodes["us"].table(make)
            assert caught.value.step == "gate.4"
        nodes["us"].sync()
        assert {node.standing(cut, end + DAY).digest for node in nodes.values()} == {before}
        nodes["us"].export_log(tmp_path / "tree")
    with pytest.raises(NotValidThen):
        world.open("us")
    found = doctor.examine(world.home("us"), installed(), clock=world.clock)
    assert {"key-lapsed", "sunset-past"} <= {one.symptom for one in found}
    assert main(["verify", str(tmp_path / "tree")]) == 0
