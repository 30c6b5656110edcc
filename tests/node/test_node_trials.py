"""Trials of the place: a full disk, a read-only one, a home, a port or a clock that is not to be had.

Each is a named error, nothing that was acknowledged is lost, and the node goes on when the fault is gone.
"""

import json
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from detente.faces import exits
from detente.node import auditor, doctor
from detente.node.clock import SetClock
from detente.node.errors import Behind, ClockBack, DiskFailed, HomeInUse, PortTaken
from detente.node.node import Node
from homes import HOUR, World, draft, installed

SYS_ADMIN = 1 << 21
"""The capability that may mount a disk of one's own."""


def _may_mount() -> bool:
    said = re.search(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return bool(said and int(said[1], 16) & SYS_ADMIN)


@contextmanager
def _small_disk(world: World) -> Iterator[Callable[[], None]]:
    """Put the home of us on a disk of its own with little room; what is yielded enlarges it."""
    home = world.home("us")
    used = sum(one.stat().st_size for one in home.rglob("*") if one.is_file())
    disk = world.folder / "disk"
    disk.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={used + 600_000}", "none", str(disk))
    try:
        shutil.copytree(home, disk / "us")
        shutil.rmtree(home)
        home.symlink_to(disk / "us")
        yield lambda: _mount("-o", "remount,size=64m", str(disk))
    finally:
        subprocess.run(["umount", str(disk)], check=True, timeout=30)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, timeout=30)


@contextmanager
def _limited(world: World) -> Iterator[Callable[[], None]]:
    """Let no file of this process grow much beyond the largest there is; what is yielded lifts that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(one.stat().st_size for one in world.home("us").rglob("*") if one.is_file())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 300_000, before[1]))
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


DISKS = [_limited, *([_small_disk] if _may_mount() else [])]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three homes that have met."""
    made = World(tmp_path_factory.mktemp("trials")).found()
    with made.nodes() as nodes:
        nodes["us"].table(draft(1))
        made.settle(nodes, 2)
    return made


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    """A copy of them."""
    return founded.copy(tmp_path)


def _fill(node: Node, wordy: dict[str, list[str]], acknowledged: list[str]) -> None:
    for number in range(10, 1000):
        acknowledged.append(node.table(draft(number, values=wordy)).id)
        node.publish()


@pytest.mark.slow
@pytest.mark.parametrize("disk", DISKS)
def test_a_full_disk_is_named_loses_nothing_acknowledged_and_the_node_goes_on_when_there_is_room(
    world: World, disk: Callable[[World], object]
) -> None:
    acknowledged: list[str] = []
    wordy = {"summary": ["s" * 3900, "述" * 1000]}
    with disk(world) as enlarge:  # type: ignore[attr-defined]  # a context of either kind of disk
        with world.open("us") as node:
            with pytest.raises(DiskFailed) as caught:
                _fill(node, wordy, acknowledged)
            assert caught.value.step in ("store.1", "disk.1")
            assert len(acknowledged) > 3
            enlarge()
            again = [node.table(draft(number, values=wordy)) for number in range(10, 10 + len(acknowledged))]
            assert [one.id for one in again] == acknowledged
            assert all(one.again for one in again)
            assert not node.table(draft(900)).again
            node.publish()
            own = node.status().domains["live"].own
            assert own.size == own.signed
            assert node.trouble == ""
        report = auditor.verify(world.home("us"), installed=installed())
        assert report.ok, report.faults
        assert doctor.examine(world.home("us"), installed(), clock=world.clock, least_free=0) == ()


@pytest.mark.slow
@pytest.mark.skipif(not _may_mount(), reason="may not mount a disk of its own")
def test_a_disk_that_cannot_be_written_is_named_and_the_node_opens_when_it_can(world: World) -> None:
    with _small_disk(world) as enlarge:
        enlarge()
        disk = str(world.folder / "disk")
        _mount("-o", "remount,ro", disk)
        with pytest.raises(DiskFailed):
            world.open("us")
        assert "read-only" in {one.symptom for one in doctor.examine(world.home("us"), installed())}
        _mount("-o", "remount,rw", disk)
        with world.open("us") as node:
            assert not node.table(draft(2)).again
            node.publish()
        assert auditor.verify(world.home("us"), installed=installed()).ok


def _serve(home: Path, *words: str) -> "subprocess.Popen[str]":
    program = [sys.executable, "-m", "detente.faces.serve", "--home", str(home), *words]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def _serving(home: Path, *words: str) -> Iterator[dict[str, str]]:
    """A node in a process of its own, and the first line that it says."""
    process = _serve(home, *words)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1]
        assert process.returncode == 0, said


@pytest.mark.slow
def test_two_processes_on_one_home_and_the_second_is_turned_away_by_name(world: World) -> None:
    with _serving(world.home("us")) as first:
        second = _serve(world.home("us"))
        said = second.communicate(timeout=30)[1]
        assert second.returncode == exits.EXITS[HomeInUse].code
        assert "home.5" in said
        assert str(first["pid"]) in said
    with _serving(world.home("us")) as third:
        assert third["party"] == "us"


@pytest.mark.slow
def test_a_node_that_starts_while_a_command_is_at_work_waits_for_it(world: World) -> None:
    with world.open("us", {}):
        process = _serve(world.home("us"), "--listen", "127.0.0.1:0")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(4)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["party"] == "us"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--listen",), ("--listen", "127.0.0.1:0", "--operator")])
def test_a_port_in_use_is_named_and_harms_nothing(world: World, words: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        where = f"127.0.0.1:{held.getsockname()[1]}"
        process = _serve(world.home("us"), *words, where)
        said = process.communicate(timeout=30)[1]
        step = "serve.1" if len(words) == 1 else "gauges.2"
        assert process.returncode == exits.of(PortTaken(step, "", "")).code
        assert step in said
    with _serving(world.home("us"), *words, where) as first:
        assert first["listening" if len(words) == 1 else "operator"] == where


@pytest.mark.slow
def test_who_runs_a_node_reads_its_health_and_its_metrics_and_its_log_without_bodies(world: World) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(world.folder / "log"))
        log.settimeout(20)
        words = (
            "--listen",
            "127.0.0.1:0",
            "--operator",
            "127.0.0.1:0",
            "--syslog",
            f"unix:{world.folder}/log",
        )
        (world.home("cn") / "public/live/cn/checkpoint").write_bytes(
            b"a body that nobody should read in a log"
        )
        with _serving(world.home("us"), *words) as first, httpx.Client(trust_env=False) as client:
            line = log.recv(4096).decode()
            shown = client.get(f"http://{first['operator']}/metrics").text
            health = client.get(f"http://{first['operator']}/health")
            peers = client.get(f"http://{first['listening']}/health")
            assert client.get(f"http://{first['listening']}/metrics").status_code == 404
    assert '"refused"' in line
    assert "nobody should read" not in line
    assert 'detente_own_leaves{domain="live"}' in shown
    assert health.json()["party"] == "us"
    assert set(peers.json()) == {"ok"}


def test_a_clock_that_was_set_back_writes_nothing_and_goes_on_when_it_is_right(world: World) -> None:
    clock = SetClock(world.clock.at)
    with Node.open(world.home("us"), installed(), clock=clock, sources={}) as node:
        first = node.table(draft(2))
        clock.at -= HOUR
        with pytest.raises(ClockBack) as caught:
            node.table(draft(3))
        assert caught.value.step == "tabling.3"
        found = {one.symptom for one in doctor.examine(world.home("us"), installed(), clock=clock)}
        assert found == {"clock-behind"}
        clock.at += HOUR
        assert node.table(draft(3)).index == first.index + 1


def test_a_database_from_yesterday_signs_nothing_and_the_node_goes_on_from_todays(world: World) -> None:
    home = world.home("us")
    shutil.copy(home / "node.db", world.folder / "yesterday.db")
    with world.open("us", {}) as node:
        node.table(draft(2))
        node.publish()
    shutil.copy(home / "node.db", world.folder / "today.db")
    shutil.copy(world.folder / "yesterday.db", home / "node.db")
    with pytest.raises(Behind) as caught:
        world.open("us", {})
    assert caught.value.step == "anchor.1"
    shutil.copy(world.folder / "today.db", home / "node.db")
    with world.open("us", {}) as node:
        assert node.table(draft(2)).again
