"""Releases decided again from exported logs: what the gate allowed stands, and each lie about it is named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.accord import cut
from detente.node import auditor
from detente.node.node import Node
from detente.node.report import Report
from detente.trust import envelope
from detente.trust.record import PAYLOAD_TYPES
from homes import DAY, World, draft, installed


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        yield found


def audited(world: World, node: Node, to: Path) -> Report:
    return auditor.verify(node.export_log(to), genesis=world.genesis, installed=installed())


def test_every_release_of_an_honest_party_is_decided_again_alike_by_everybody(
    world: World, nodes: dict[str, Node], tmp_path: Path
) -> None:
    """By a clause alone, by officers, after others had gone, and across days."""
    us = nodes["us"]
    for number in range(3):
        tabled = us.table(draft(number))
        world.settle(nodes)
        if number:
            world.approve(us, tabled.id, "cn")
        us.release_due()
        world.clock.advance(DAY // 3)
        world.settle(nodes)
    for party, node in nodes.items():
        report = audited(world, node, tmp_path / party)
        assert report.ok, report.faults
        assert report.counts["releases reviewed"] == 5
        assert [one for one in node.evidence() if one.kind == "release"] == []


def test_a_release_whose_logs_are_not_here_is_counted_and_accuses_nobody(
    world: World, nodes: dict[str, Node], tmp_path: Path
) -> None:
    nodes["us"].table(draft())
    world.settle(nodes)
    nodes["us"].release_due()
    nodes["us"].publish()
    report = audited(world, nodes["us"], tmp_path / "export")
    assert report.ok, report.faults
    assert report.counts["releases reviewed"] == 1
    shown = nodes["us"].export_log(tmp_path / "less")
    for path in sorted((shown / "live" / "cn").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    less = auditor.verify(shown, genesis=world.genesis, installed=installed())
    assert less.counts["releases not reviewed: logs or bodies are not here"] == 1


def test_an_exercise_is_reviewed_by_its_own_keys_as_it_arrives_and_from_its_export(tmp_path: Path) -> None:
    world = World(tmp_path, domains=("live", "exercise")).found()
    with world.nodes() as nodes:
        world.settle(nodes)
        nodes["us"].table(draft(domain="exercise"))
        world.settle(nodes)
        assert nodes["us"].release_due("exercise")
        world.settle(nodes)
        for node in nodes.values():
            assert [one for one in node.evidence() if one.kind == "release"] == []
        report = auditor.verify(
            nodes["cn"].export_log(tmp_path / "export", "exercise"), installed=installed()
        )
        assert report.faults == ()
        assert report.counts["releases reviewed"] == 1
    with world.open("cn") as node:
        node.sync("exercise")
        audit, said = node.branches["exercise"].reviewing._audits["us"]  # noqa: SLF001 (what it has done)
        assert len(said.spent["neutral"]) == 1, "heard again"
        assert audit.found.counts["releases reviewed"] == 0, "and not decided again"


LIES: list[tuple[str, dict[str, Any]]] = [
    ("gate.9", {"to": "us"}),
    ("gate.11", {"paths": ["nothing"]}),
    ("gate.12", {"paths": ["evidence"], "to": "cn"}),
    ("gate.13", {"paths": ["pattern", "title"]}),
    ("gate.14", {"basis": "hearsay"}),
    ("gate.14", {"classification": "unheard"}),
    ("gate.14", {"paths": ["summary"]}),
    ("gate.15", {"to": "cn", "clauses": ["to-peers"]}),
    ("gate.15", {"to": "cn", "clauses": ["to-peers"], "approval": "5d" * 32}),
    ("gate.16", {"bytes": 1_000_001}),
    ("review.1", {"as_of": 1}),
    ("review.2", {"standing": "5d" * 32}),
    ("review.4", {"clauses": ["to-peers"]}),
    ("review.5", {"paths": ["title", "title"]}),
]


@pytest.mark.parametrize(("step", "lie"), LIES, ids=[f"{step}-{n}" for n, (step, _) in enumerate(LIES)])
def test_a_party_that_goes_around_its_gate_is_found_out_by_whoever_has_the_logs(
    world: World, nodes: dict[str, Node], tmp_path: Path, step: str, lie: dict[str, Any]
) -> None:
    """It logs a release that its gate would not have granted; another party's export is enough to see it."""
    us = nodes["us"]
    tabled = us.table(draft())
    us.table(
        draft(
            9,
            kind="notices.cannot-lawfully-send",
            open={"of": tabled.id, "legal_basis": "privacy_law", "withheld": ["summary"]},
            values={},
        )
    )
    world.settle(nodes)
    standing = us.standing()
    honest = {
        "record": tabled.id,
        "to": "neutral",
        "paths": ["title"],
        "clauses": ["to-clearinghouse"],
        "basis": "safety",
        "classification": "official",
        "blob": "5d" * 32,
        "bytes": 3_000,
        "cut": cut.spell(standing.cut),
        "as_of": standing.as_of,
        "standing": standing.digest,
        "approval": None,
    }
    us.table(draft(1, kind="accord.release", open=honest, values={}))
    liar = us.table(draft(2, kind="accord.release", open=honest | lie, values={}))
    world.settle(nodes)
    for party in ("cn", "neutral"):
        kept = [one for one in nodes[party].evidence() if one.kind == "release"]
        assert [(one.party, one.step) for one in kept] == [("us", step)], "as it arrives, and once"
        data = nodes[party].evidence_data(kept[0].digest)
        assert envelope.statement_id(PAYLOAD_TYPES["live"], envelope.parse(data).payload) == liar.id
    report = audited(world, nodes["cn"], tmp_path / "export")
    assert {(one.path, one.step) for one in report.faults} == {(f"live/us#{liar.index}", step)}


def test_a_package_longer_than_its_release_says_is_found_out(
    world: World, nodes: dict[str, Node], tmp_path: Path
) -> None:
    """The budget rests on the length: everybody who has the package can count."""
    us = nodes["us"]
    us.table(draft())
    world.settle(nodes)
    sent = us.release_due()[0]
    opened = us.record(sent.release).open
    liar = us.table(draft(1, kind="accord.release", open=opened | {"bytes": 1}, values={}))
    world.settle(nodes)
    report = audited(world, us, tmp_path / "export")
    assert ("releaseaudit.1", f"live/us#{liar.index}") in {(one.step, one.path) for one in report.faults}
