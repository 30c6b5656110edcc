"""The audit: every byte of an export is looked at, and what does not hold is named."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.node import auditor, exchange
from detente.node.errors import HomeMissing
from detente.node.report import Findings
from detente.node.treeaudit import TreeAudit
from detente.trust import policy
from detente.trust.errors import Malformed
from homes import World, draft, installed


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """An export of a world in which all has happened once."""
    world = World(tmp_path_factory.mktemp("audit")).found()
    with world.nodes() as nodes:
        for number in range(3):
            nodes["us"].table(draft(number))
        world.settle(nodes)
        nodes["us"].release_due()
        world.settle(nodes)
        yield exchange.read_folder(nodes["us"].export_log(world.folder / "export"))


def _faults(files: dict[str, bytes]) -> list[str]:
    found = Findings()
    TreeAudit(files, installed(), found).run()
    return [one.path for one in found.faults]


def test_what_was_exported_holds(files: dict[str, bytes]) -> None:
    assert _faults(files) == []
    assert {"vkeys", "policy", "accord/1.json", "live/us/checkpoint", "live/cn/cosigned/us"} <= files.keys()


def test_nobody_is_in_the_quorum_of_its_own_log(files: dict[str, bytes]) -> None:
    said = policy.parse(files["policy"])
    assert {key.name.split("/")[3] for key in said.logs} == {"us"}
    assert {key.name.split("/")[3] for key in said.witnesses.values()} == {"cn", "neutral"}
    assert policy.check(said, files["live/us/checkpoint"]).size > 0


@pytest.mark.slow
def test_a_byte_flipped_in_any_file_is_found(files: dict[str, bytes]) -> None:
    draw = random.Random(20261123)  # noqa: S311 (places to flip, the same in every run)
    for path, data in files.items():
        at = draw.randrange(len(data))
        harmed = data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :]
        assert _faults(files | {path: harmed}), f"{path} at {at}"


@pytest.mark.slow
def test_a_file_that_is_missing_cut_or_too_many_is_found(files: dict[str, bytes]) -> None:
    for path in files:
        if "/tile/" in path and "/entries/" not in path:
            continue  # hashes can be made again from the entries; the partial ones of older heads may be gone
        assert _faults(files | {path: files[path][:-1]}), f"{path} cut"
    assert _faults(files | {"live/us/extra": b"x"}) == ["live/us/extra"]
    assert "accord/1.json" in _faults({one: data for one, data in files.items() if one != "accord/1.json"})


def test_another_accord_than_the_one_expected_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    path = exchange.write_zip(files, tmp_path / "bundle.zip")
    report = auditor.verify(path, genesis="00" * 32)
    assert (report.ok, report.faults[0].step) == (False, "audit.1")


def test_a_home_whose_database_was_changed_by_hand_does_not_hold(tmp_path: Path) -> None:
    world = World(tmp_path).found()
    with world.open("us") as node:
        node.table(draft())
        node.publish()
        node._writer.do(lambda batch: batch.conn.execute("UPDATE entry SET id = zeroblob(32)").rowcount)  # noqa: SLF001
    report = auditor.verify(world.home("us"))
    assert not report.ok
    assert {one.step for one in report.faults} & {"leaf.2", "auditor.3"}


def test_what_a_kill_left_unfinished_is_no_part_of_the_tree_and_goes_at_the_next_opening(
    tmp_path: Path,
) -> None:
    world = World(tmp_path).found()
    with world.open("us") as node:
        node.table(draft())
        node.publish()
    left = [
        world.home("us") / name
        for name in ("public/live/us/.checkpoint.4711.new", "signed/live/.us.4711.new", ".node.json.4711.new")
    ]
    for one in left:
        one.write_bytes(b"half")
    assert auditor.verify(world.home("us")).ok
    with pytest.raises(Malformed):
        exchange.read_folder(world.home("us") / "public")  # nobody is at work in an export
    with world.open("us") as node:
        files = exchange.read_folder(node.export_log(tmp_path / "export"))
    assert _faults(files) == []
    assert not any(one.exists() for one in left)


def test_nothing_cannot_be_audited(tmp_path: Path) -> None:
    with pytest.raises(HomeMissing):
        auditor.verify(tmp_path / "none")
