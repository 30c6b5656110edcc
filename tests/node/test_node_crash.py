"""kill -9 at every named point: nothing acknowledged is lost or done twice, no smaller tree is signed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from detente.node import auditor
from detente.node.fault import POINTS
from detente.node.node import Node
from detente.trust import checkpoint, note
from detente.trust.checkpoint import Checkpoint
from detente.trust.exhibit import origin
from homes import PARTIES, World, draft, installed

WORK = Path(__file__).parent / "crasher.py"
OWN = [one for one in POINTS if one.partition(".")[0] in ("writer", "sign", "publish", "release")]
OTHERS = [one for one in POINTS if one.partition(".")[0] in ("witness", "bodies")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three homes that have met, so that there is somebody to release to and somebody to witness."""
    made = World(tmp_path_factory.mktemp("crash")).found()
    with made.nodes() as nodes:
        made.settle(nodes, 2)
    return made


def _crash(world: World, task: str, point: str, first: int) -> list[str]:
    """Let a process of its own do a task and die at a point; return what it had acknowledged."""
    environment = os.environ | {"DETENTE_FAULTS": "1", "DETENTE_CRASH_AT": point}
    program = [sys.executable, str(WORK), str(world.folder), task, str(first), str(world.clock.now())]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == -signal.SIGKILL, f"{point}: {done.returncode} {done.stderr}"
    return [line.removeprefix("done ") for line in done.stdout.splitlines() if line.startswith("done ")]


def _heads(world: World) -> list[Checkpoint]:
    """The heads of us that anybody may have seen: in its tree, and in the second place."""
    paths = (world.home("us") / "public/live/us/checkpoint", world.home("us") / "signed/live/us")
    return [checkpoint.parse_text(note.parse(one.read_bytes()).text) for one in paths if one.exists()]


def _require_whole(world: World, node: Node, before: list[Checkpoint]) -> None:
    tree = node.branches["live"].realm.trees["us"]
    for head in before:
        assert head.origin == origin(world.genesis, "live", "us")
        assert head.size <= len(tree)
        assert tree.root(head.size) == head.root
    own = node.status().domains["live"].own
    assert own.size == own.signed == len(tree)
    names = [one.id for one in node.records() if one.party == "us"]
    assert len(names) == len(set(names))


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("point", OWN)
def test_a_tabling_node_that_is_killed_loses_nothing_and_doubles_nothing(
    world: World, point: str, count: int
) -> None:
    first = 100 * (OWN.index(point) * 4 + count)
    task = "release" if point.startswith("release") else "table"
    if task == "release" and count > 1:
        count = 1
    acknowledged = _crash(world, task, f"{point}:{count}", first)
    before = _heads(world)
    with world.open("us") as node:
        names = {one.id for one in node.records()}
        assert names >= set(acknowledged)
        _require_whole(world, node, before)
        size = node.status().domains["live"].own.size
        again = [node.table(draft(first + number)) for number in range(3)]
        assert {one.id for one in again} >= set(acknowledged)
        tabled = node.status().domains["live"].own.size
        assert tabled - size == sum(not one.again for one in again)
        node.sync()
        node.release_due()
        sent = [row.release for row in node.deliveries() if row.state in ("sent", "held")]
        assert len(node.records(kind="accord.release")) == len(set(sent))
    assert auditor.verify(world.home("us"), installed=installed()).faults == ()


@pytest.mark.slow
@pytest.mark.parametrize("point", OTHERS)
def test_a_witness_that_is_killed_never_contradicts_itself(world: World, point: str) -> None:
    first = 10_000 + 100 * OTHERS.index(point)
    with world.open("us") as node:
        node.table(draft(first))
    _crash(world, "sync", point, first)
    for _ in range(2):
        with world.open("cn") as node:
            node.sync()
            assert node.status().domains["live"].others["us"].missing == ()
            assert node.evidence() == ()
    assert auditor.verify(world.home("cn"), installed=installed()).faults == ()
    assert auditor.verify(world.home("us"), installed=installed()).faults == ()


def test_a_point_does_nothing_unless_faults_are_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETENTE_CRASH_AT", "writer.begun")
    world = World(tmp_path).found()
    with world.open("us") as node:
        assert node.table(draft()).index >= 0
    assert set(PARTIES) == {"cn", "neutral", "us"}
