"""kill -9 at every named point: nothing acknowledged is lost or done twice, no smaller tree is signed."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from killing import ANYWHERE, Killing

from detente.node.fault import POINTS
from homes import PARTIES, World, draft

ROOT = Path(__file__).parents[2]
KILLS, SHARDS = 25, 8
MUTANTS = {
    1: ("tells before it is durable", ""),
    2: ("lets go without the ledger", "release.recorded"),
}
"""Shard to the fault in its last life, and where that ends; by itself if nowhere."""


def _points() -> list[str]:
    """Return the names at which the program calls `point`, in the order of its files."""
    found = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "point":
                assert path.name != "fault.py"
                assert isinstance(node.args[0], ast.Constant), (
                    f"{path.name}: a point's name is not written out"
                )
                found.append(node.args[0].value)
    return found


def test_every_point_in_the_program_is_listed_once_and_every_listed_one_is_there() -> None:
    assert sorted(_points()) == sorted(POINTS)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_node_that_is_killed_anywhere_loses_nothing_doubles_nothing_and_signs_no_smaller_tree(
    tmp_path: Path, shard: int, record_property: Callable[[str, object], None]
) -> None:
    """One shard begins short of a full tile, so that kills fall where it is filled and partial ones go.

    Two end with a life of a program that is wrong: a trial that passes it proves nothing of the right one.
    """
    with Killing.begin(tmp_path, seed=20_261_126 + shard, padding=235 if shard == 0 else 0) as trial:
        trial.run(KILLS)
        if shard in MUTANTS:
            trial.require_caught(*MUTANTS[shard])
    record_property("kills -9 survived, by point", dict(trial.kills))
    record_property("looked at after kills", dict(trial.looked))
    never = {*POINTS, ANYWHERE} - trial.kills.keys()
    assert never == set(), f"no life ever came by {never}: let `crasher.live` do what leads there"
    assert trial.kills.total() == KILLS


def test_a_point_does_nothing_unless_faults_are_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETENTE_CRASH_AT", "writer.begun")
    world = World(tmp_path).found()
    with world.open("us") as node:
        assert node.table(draft()).index >= 0
    assert set(PARTIES) == {"cn", "neutral", "us"}
