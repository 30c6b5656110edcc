"""The doctor: each fault that is planted in a healthy home is found, by its name, and nothing else is."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from detente.node import doctor
from detente.node.deadline import Deadline
from detente.node.errors import HomeMissing
from detente.node.finding import Finding, Symptom
from detente.node.node import Node
from detente.node.source import FolderSource, ZipSource
from homes import DAY, HOUR, START, World, draft, installed

Plant = Callable[[World], None]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three homes that have met and are closed."""
    made = World(tmp_path_factory.mktemp("doctor")).found()
    with made.nodes() as nodes:
        nodes["us"].table(draft(1))
        made.settle(nodes)
    return made


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    """A copy of them that may be harmed."""
    return founded.copy(tmp_path)


def _examined(world: World, **more: object) -> tuple[Finding, ...]:
    return doctor.examine(world.home("us"), installed(), clock=world.clock, **more)  # type: ignore[arg-type]


def _sql(world: World, *statements: str) -> None:
    conn = sqlite3.connect(world.home("us") / "node.db", isolation_level=None)
    for statement in statements:
        conn.execute(statement)
    conn.close()


def test_a_healthy_home_has_nothing(world: World) -> None:
    assert _examined(world) == ()


def test_a_healthy_home_has_nothing_while_its_node_is_open(world: World) -> None:
    with world.open("us"):
        assert _examined(world) == ()


def test_where_nobody_lives_there_is_nothing_to_examine(tmp_path: Path) -> None:
    with pytest.raises(HomeMissing):
        doctor.examine(tmp_path, installed())


def _open_home(world: World) -> None:
    world.home("us").chmod(0o755)


def _open_key(world: World) -> None:
    (world.home("us") / "keys/live/log-ed25519.seed").chmod(0o640)


def _open_database(world: World) -> None:
    (world.home("us") / "node.db").chmod(0o644)


def _settings(world: World) -> None:
    (world.home("us") / "node.json").write_text("{")


def _leftover(world: World) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (world.home("us") / f"public/live/us/.checkpoint.{gone.pid}.new").write_bytes(b"half")


def _old_journal(world: World) -> None:
    home = world.home("us")
    shutil.copy(home / "node.db", world.folder / "yesterday.db")
    with world.open("us") as node:
        node.table(draft(2))
        node.publish()
        saved = {name: (home / name).read_bytes() for name in ("node.db", "node.db-wal")}
    assert saved["node.db-wal"]
    (home / "node.db-wal").write_bytes(saved["node.db-wal"])
    os.utime(home / "node.db-wal", (time.time() - 3600, time.time() - 3600))
    shutil.copy(world.folder / "yesterday.db", home / "node.db")


def _torn(world: World) -> None:
    with (world.home("us") / "node.db").open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 20_000)


def _format(world: World) -> None:
    _sql(world, "PRAGMA user_version=99")


def _no_accord(world: World) -> None:
    (world.home("us") / "accord/1.json").unlink()


def _yesterday(world: World) -> None:
    home = world.home("us")
    for name in ("node.db", "public"):
        (shutil.copytree if name == "public" else shutil.copy)(home / name, world.folder / f"old-{name}")
    with world.open("us", {}) as node:
        node.table(draft(2))
        node.publish()
    shutil.copy(world.folder / "old-node.db", home / "node.db")
    shutil.rmtree(home / "public")
    shutil.copytree(world.folder / "old-public", home / "public")


def _no_second_place(world: World) -> None:
    (world.home("us") / "signed/live/us").unlink()


def _flipped_tile(world: World) -> None:
    path = next((world.home("us") / "public/live/cn/tile/0").rglob("[0-9]*"))
    path = next(one for one in (path, *path.rglob("*")) if one.is_file())
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def _old_head_shown(world: World) -> None:
    (world.home("us") / "public/live/us/checkpoint").unlink()


def _other_keys(world: World) -> None:
    theirs = world.home("cn") / "keys/live/record-ed25519.seed"
    shutil.copy(theirs, world.home("us") / "keys/live/record-ed25519.seed")


def _long_stopped(world: World) -> None:
    world.clock.advance(8 * DAY)


def _set_back(world: World) -> None:
    world.clock.at = START - HOUR


def _dated_ahead(world: World) -> None:
    world.clock.advance(2 * HOUR)
    with world.open("us") as node:
        node.table(draft(2))
        node.publish()
    world.clock.advance(-2 * HOUR)
    with world.open("cn") as peer:
        world.clock.advance(1)
        peer.sync()
        peer.heartbeat()
    world.clock.advance(2 * HOUR)
    with world.open("us") as node:
        node.sync()
        node.publish()


def _away(world: World) -> None:
    bundle = world.folder / "bundle.zip"
    with world.open("us", {"cn": ZipSource(bundle)}) as node:
        node.sync()


def _lost(world: World) -> None:
    _away(world)
    world.clock.advance(2 * DAY)


def _refused(world: World) -> None:
    twisted = world.folder / "twisted"
    shutil.copytree(world.home("cn") / "public", twisted)
    (twisted / "live/cn/checkpoint").write_bytes(b"no note")
    with world.open("us", {"cn": FolderSource(twisted)}) as node:
        node.sync()


def _forked(world: World) -> None:
    twin = world.folder / "twin"
    shutil.copytree(world.home("cn"), twin)
    for number, home in enumerate((world.home("cn"), twin), start=11):
        with Node.open(home, installed(), clock=world.clock, sources={}) as node:
            node.table(draft(number))
            node.publish()
    for home in (world.home("cn"), twin):
        with world.open("us", {"cn": FolderSource(home / "public")}) as node:
            node.sync()


def _bodiless(world: World) -> None:
    with world.open("cn", {}) as node:
        node.table(draft(5))
        node.publish()
    shutil.rmtree(world.home("cn") / "public/live/cn/bodies")
    with world.open("us") as node:
        node.sync()


def _owed(world: World) -> None:
    owed = Deadline(
        domain="live",
        name="x",
        party="us",
        clause="acknowledge",
        base="",
        due=world.clock.at + HOUR,
        since=0,
        verdict="owed",
        raised="warned",
    )
    conn = sqlite3.connect(world.home("us") / "node.db", isolation_level=None)
    row = (owed.domain, owed.name, owed.due, msgspec.json.encode(owed))
    conn.execute("INSERT INTO deadline (domain, name, due, data) VALUES (?, ?, ?, ?)", row)
    conn.close()


def _over(world: World) -> None:
    _owed(world)
    world.clock.advance(2 * HOUR)


def _unowned(world: World) -> None:
    os.chown(world.home("us") / "node.db", 12_345, -1)


ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away")
PLANTED = [
    pytest.param(_open_home, "open-to-others", id="home"),
    pytest.param(_open_key, "open-to-others keys-not-the-accords", id="key"),
    pytest.param(_open_database, "open-to-others", id="database"),
    pytest.param(_unowned, "wrong-owner", id="owner", marks=ONLY_ROOT),
    pytest.param(_settings, "settings-unreadable", id="settings"),
    pytest.param(_leftover, "leftover", id="leftover"),
    pytest.param(_torn, "database-broken", id="torn"),
    pytest.param(_format, "database-broken", id="format"),
    pytest.param(_no_accord, "accord-unusable", id="accord"),
    pytest.param(_yesterday, "below-second-place", id="yesterday"),
    pytest.param(_no_second_place, "second-place-missing", id="second place"),
    pytest.param(_flipped_tile, "tree-differs", id="tile"),
    pytest.param(_old_head_shown, "tree-differs", id="head"),
    pytest.param(_other_keys, "keys-not-the-accords", id="keys"),
    pytest.param(_long_stopped, "no-key-to-seal-to", id="stopped"),
    pytest.param(_set_back, "clock-behind", id="set back"),
    pytest.param(_dated_ahead, "clock-ahead", id="ahead"),
    pytest.param(_away, "peer-away", id="away"),
    pytest.param(_lost, "peer-lost", id="lost"),
    pytest.param(_refused, "refusals-kept", id="refused"),
    pytest.param(_forked, "refusals-kept log-forked", id="forked"),
    pytest.param(_bodiless, "bodies-missing", id="bodies"),
    pytest.param(_owed, "duty-near", id="near"),
    pytest.param(_over, "duty-overdue", id="overdue"),
]


@pytest.mark.parametrize(("plant", "symptoms"), PLANTED)
def test_a_planted_fault_is_found_by_its_name_and_nothing_else_is(
    world: World, plant: Plant, symptoms: str
) -> None:
    plant(world)
    assert {one.symptom for one in _examined(world)} == set(symptoms.split())


def test_a_peer_that_answers_again_is_away_no_more(world: World) -> None:
    _away(world)
    first = _examined(world)[0].facts["since"]
    world.clock.advance(HOUR)
    _away(world)
    assert [(one.symptom, one.facts["since"]) for one in _examined(world)] == [("peer-away", first)]
    with world.open("us") as node:
        node.sync()
        assert node.status().domains["live"].away == ()
    assert _examined(world) == ()


def test_an_old_journal_beside_a_restored_database_is_found(world: World) -> None:
    _old_journal(world)
    assert "journal-not-its-own" in {one.symptom for one in _examined(world)}


def test_the_journal_of_a_node_that_was_killed_is_its_own(world: World) -> None:
    home = world.home("us")
    with world.open("us") as node:
        node.table(draft(2))
        node.publish()
        shutil.copytree(home, world.folder / "killed", copy_function=shutil.copy)
    shutil.rmtree(home)
    shutil.move(world.folder / "killed", home)
    assert (home / "node.db-wal").stat().st_size
    assert _examined(world) == ()


def test_a_disk_with_too_little_room_is_found(world: World) -> None:
    assert [one.symptom for one in _examined(world, least_free=2**62)] == ["disk-short"]


def test_a_process_that_does_not_answer_is_found(world: World) -> None:
    with world.open("us"):
        found = _examined(world, answers=lambda _: False)
    assert [(one.symptom, one.facts["pid"]) for one in found] == [("no-answer", str(os.getpid()))]


@pytest.mark.parametrize(("days", "symptom"), [(29, "key-lapses"), (31, "")])
def test_keys_of_a_charter_that_will_expire_are_found_in_time(
    tmp_path: Path, days: int, symptom: str
) -> None:
    world = World(tmp_path, expires=START + days * DAY).found()
    with world.open("us") as node:
        node.publish()
    assert {one.symptom for one in _examined(world)} == ({symptom} if symptom else set())


def test_keys_of_a_charter_that_have_expired_are_found(tmp_path: Path) -> None:
    world = World(tmp_path, expires=START + DAY).found()
    with world.open("us") as node:
        node.publish()
    world.clock.advance(DAY)
    found = _examined(world)
    assert {one.symptom for one in found} == {"key-lapsed"}
    assert {one.facts["party"] for one in found} == {"us", "cn", "neutral"}


@pytest.mark.parametrize(("days", "symptom"), [(9, ""), (11, "sunset-near"), (101, "sunset-past")])
def test_a_pillar_that_ends_is_found_ninety_days_before(tmp_path: Path, days: int, symptom: str) -> None:
    world = World(tmp_path)
    ends = datetime.fromtimestamp((START + 100 * DAY) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.accord = world.accord.replace("2029-12-31T00:00:00Z", ends, 1)
    with world.found().open("us") as node:
        node.publish()
    world.clock.advance(days * DAY)
    found = [one for one in _examined(world) if one.symptom.startswith("sunset")]
    assert [(one.symptom, one.facts["pillar"]) for one in found] == (
        [(symptom, "incidents")] if symptom else []
    )


def test_every_symptom_is_planted_by_some_test() -> None:
    planted = {name for one in PLANTED for name in str(one.values[1]).split()}
    alone = {"journal-not-its-own", "disk-short", "no-answer", "key-lapses", "key-lapsed"}
    alone |= {"sunset-near", "sunset-past"}
    elsewhere = {"read-only", "recovering"}  # test_node_trials.py on a disk of its own; test_node_backup.py
    elsewhere |= {"tls-unfit", "tls-ended", "tls-ends"}  # test_node_fence.py
    elsewhere |= {"officer-unreached", "call-failed"}  # test_node_channel.py
    elsewhere |= {"desk-broken", "report-waits", "identity-overdue", "identity-held", "card-ends"}
    elsewhere |= {  # test_node_proposals.py
        "decision-waits",
        "decision-lapsed",
        "dispute-waits",
        "dispute-unresolved",
    }
    assert planted | alone | elsewhere == set(get_args(Symptom))
