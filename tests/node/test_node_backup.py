"""Backups: taken at work, without keys unless asked, and restored so that nothing below is ever signed."""

import shutil
import sqlite3
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import confiding
import msgspec
import pytest

from detente.node import auditor, backup, doctor
from detente.node.confidence import salvage
from detente.node.confidence.cabinet import Cabinet
from detente.node.confidence.counter import Counter
from detente.node.errors import Behind, DiskFailed, HomeMissing, Recovering
from detente.node.home import Home
from detente.node.node import Node
from detente.node.source import FolderSource
from detente.trust import checkpoint, note
from detente.trust.errors import BadProof, Malformed
from detente.trust.exhibit import origin
from detente.trust.witness import Submission
from homes import DAY, World, draft, installed

US = "us"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three homes that have met, and have keys to seal to."""
    made = World(tmp_path_factory.mktemp("founded")).found()
    with made.nodes() as nodes:
        nodes[US].table(draft(1))
        made.settle(nodes)
    return made


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    """A copy of them."""
    return founded.copy(tmp_path)


def _back_up(world: World, *, keys: bool = False, name: str = "us.backup") -> Path:
    backup.write(Home.at(world.home(US)), world.folder / name, world.clock.at, keys=keys)
    return world.folder / name


def _lose(world: World) -> Path:
    """The machine burns; the private keys were kept elsewhere."""
    lost = world.folder / "lost"
    shutil.move(world.home(US), lost)
    return lost


def _signed(home: Path) -> int:
    return checkpoint.parse_text(note.parse((home / "signed/live/us").read_bytes()).text).size


def _files(home: Path) -> list[bytes]:
    return [one.read_bytes() for one in home.rglob("*") if one.is_file()]


def test_a_backup_holds_no_private_key_unless_it_is_asked_for(world: World) -> None:
    seeds = [one.read_bytes() for one in (world.home(US) / "keys").rglob("*.seed")]
    conn = sqlite3.connect(world.home(US) / "node.db")
    seeds += [bytes(row[0]) for row in conn.execute("SELECT seed FROM secret")]
    conn.close()
    assert len(seeds) == 6
    for name, keys in (("without", False), ("with", True)):
        file = _back_up(world, keys=keys, name=name)
        assert file.stat().st_mode & 0o777 == 0o600
        with zipfile.ZipFile(file) as packed:
            inside = [packed.read(one) for one in packed.namelist()]
        assert [any(seed in data for data in inside) for seed in seeds] == [keys] * 6
        assert backup.read(file).keys == keys


@pytest.mark.slow
def test_a_backup_that_is_taken_while_the_node_works_is_one_moment(world: World) -> None:
    with world.open(US) as node:
        done = threading.Event()

        def work() -> None:
            number = 100
            while not done.is_set():
                node.table(draft(number))
                node.publish()
                number += 1

        worker = threading.Thread(target=work)
        worker.start()
        try:
            files = [_back_up(world, name=f"{n}.backup") for n in range(5)]
        finally:
            done.set()
            worker.join()
    shutil.copytree(world.home(US) / "keys", world.folder / "keys")
    for number, file in enumerate(files):
        to = world.folder / f"restored-{number}"
        backup.restore(file, to, keys=world.folder / "keys")
        conn = sqlite3.connect(to / "node.db")
        log = conn.execute("SELECT log FROM log WHERE party = 'us'").fetchone()[0]
        count, last = conn.execute("SELECT count(*), max(idx) FROM entry WHERE log = ?", (log,)).fetchone()
        bodies = conn.execute("SELECT count(*) FROM missing WHERE log = ?", (log,)).fetchone()[0]
        conn.close()
        assert (count, bodies) == (last + 1, 0)


def test_nothing_is_overwritten(world: World) -> None:
    file = _back_up(world)
    with pytest.raises(HomeMissing) as caught:
        _back_up(world)
    assert caught.value.step == "backup.1"
    before = _files(world.home(US))
    with pytest.raises(HomeMissing) as caught:
        backup.restore(file, world.home(US))
    assert caught.value.step == "restore.1"
    assert _files(world.home(US)) == before


def test_an_old_journal_has_no_way_into_a_restored_home(world: World) -> None:
    file = _back_up(world)
    journal = world.folder / "new/node.db-wal"
    journal.parent.mkdir()
    journal.write_bytes(b"of another day")
    with pytest.raises(HomeMissing):
        backup.restore(file, journal.parent)
    journal.unlink()
    backup.restore(file, journal.parent)
    assert not list(journal.parent.glob("node.db-*"))


def test_a_broken_database_is_not_handed_on_as_a_backup(world: World) -> None:
    with (world.home(US) / "node.db").open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 20_000)
    with pytest.raises(DiskFailed):
        _back_up(world)
    assert not (world.folder / "us.backup").exists()
    assert not list(world.folder.glob(".*.new"))


def _altered(file: Path, to: Path, name: str, data: bytes | None) -> Path:
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(to, "w") as new:
        for one in old.namelist():
            if one != name or data is not None:
                new.writestr(one, data if one == name and data is not None else old.read(one))
        if name not in old.namelist() and data is not None:
            new.writestr(name, data)
    return to


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("node.json", b"{}", BadProof),
        ("accord/1.json", None, Malformed),
        ("../evil", b"x", Malformed),
        ("keys/live/log-ed25519.seed", b"x" * 32, Malformed),
        ("manifest.json", b"{}", Malformed),
    ],
)
def test_a_backup_that_was_altered_is_refused_and_leaves_nothing(
    world: World, name: str, data: bytes | None, kind: type[Exception]
) -> None:
    file = _altered(_back_up(world), world.folder / "altered", name, data)
    with pytest.raises(kind):
        backup.restore(file, world.folder / "new")
    assert not (world.folder / "new").exists()
    assert not list(world.folder.glob(".*.new"))


def test_what_is_no_backup_is_said_to_be_none(world: World) -> None:
    (world.folder / "text").write_text("no zip")
    with pytest.raises(Malformed) as caught:
        backup.restore(world.folder / "text", world.folder / "new")
    assert caught.value.step == "restore.3"
    with pytest.raises(HomeMissing) as missing:
        backup.restore(world.folder / "nothing", world.folder / "new")
    assert missing.value.step == "restore.2"


def _yesterday(world: World) -> tuple[Path, Path, str]:
    """Back up, work on for a day (table, release, learn), and lose the home; return backup, loss, record."""
    file = _back_up(world)
    with world.nodes() as nodes:
        name = nodes[US].table(draft(2)).id
        world.settle(nodes)
        assert nodes[US].release_due()
        world.clock.advance(DAY)
        world.settle(nodes)
    return file, _lose(world), name


def test_yesterdays_backup_gets_its_own_log_back_and_signs_nothing_below(world: World) -> None:
    file, lost, name = _yesterday(world)
    was = _signed(lost)
    backup.restore(file, world.home(US), keys=lost / "keys")
    assert _signed(world.home(US)) < was
    found = doctor.examine(world.home(US), installed(), clock=world.clock)
    assert [one.symptom for one in found] == ["recovering"]
    with world.nodes() as nodes:
        node = nodes[US]
        with pytest.raises(Recovering) as caught:
            node.table(draft(3))
        assert caught.value.step == "sequencer.1"
        node.publish()
        assert not (world.home(US) / "public/live/us/checkpoint").exists()
        assert node.status().domains["live"].recovering
        node.sync()
        assert not node.status().domains["live"].recovering
        assert _signed(world.home(US)) == was
        assert node.record(name).stands
        assert node.table(draft(2)).again
        held = {
            (one.record, one.audience, one.paths)
            for one in node.deliveries()
            if one.state in ("sent", "held")
        }
        assert any(one[0] == name for one in held)
        node.table(draft(3))
        world.settle(nodes)
        cut, now = nodes["cn"].cut(), world.clock.at
        assert len({one.standing(cut, now).digest for one in nodes.values()}) == 1
        assert all(one.evidence() == () for one in nodes.values())
    with Node.open(world.home(US), installed(), clock=world.clock) as node:
        assert not [one for one in node.evidence() if one.kind == "fork"]
    assert auditor.verify(world.home(US), installed=installed()).ok
    assert doctor.examine(world.home(US), installed(), clock=world.clock) == ()


def test_packages_that_were_lost_come_back_from_the_own_store_and_stay_in_it(world: World) -> None:
    store = world.folder / "store"
    home = Home.at(world.home(US))
    Home(home.path, msgspec.structs.replace(home.settings, publish_to=(str(store),))).save()
    file = _back_up(world)
    with world.open(US) as node:
        node.sync()
        name = node.table(draft(2)).id
        node.publish()
        assert any(one.audience == "neutral" for one in node.release_due())
        node.sync()
    blobs = sorted(one.name for one in (store / "live/us/blob").iterdir())
    assert blobs
    with world.open("cn") as peer:
        peer.sync()
    lost = _lose(world)
    backup.restore(file, world.home(US), keys=lost / "keys")
    with world.nodes() as nodes:
        world.settle(nodes)
        assert sorted(one.name for one in (world.home(US) / "public/live/us/blob").iterdir()) == blobs
        assert sorted(one.name for one in (store / "live/us/blob").iterdir()) == blobs
        assert nodes["neutral"].record(name).values


def test_what_nobody_had_fetched_comes_back_from_the_own_store(world: World) -> None:
    home = Home.at(world.home(US))
    Home(home.path, msgspec.structs.replace(home.settings, publish_to=(str(world.folder / "store"),))).save()
    file, lost, _ = _yesterday(world)
    lost.rename(world.home(US))
    with world.open(US, {}) as node:
        name = node.table(draft(3)).id
        node.publish()
        node.sync()
    lost = _lose(world)
    backup.restore(file, world.home(US), keys=lost / "keys", signed=lost / "signed")
    with world.nodes() as nodes:
        world.settle(nodes)
        assert not nodes[US].status().domains["live"].recovering
        assert nodes[US].record(name).stands
        assert nodes[US].table(draft(3)).again
        assert nodes["cn"].record(name).stands
        assert all(not [one for one in node.evidence() if one.kind == "fork"] for node in nodes.values())


def _published(world: World) -> tuple[Path, Path, Path]:
    """A loss after something was published that nobody had fetched: the backup, what is lost, the folder."""
    store = world.folder / "store"
    home = Home.at(world.home(US))
    Home(home.path, msgspec.structs.replace(home.settings, publish_to=(str(store),))).save()
    file, lost, _ = _yesterday(world)
    lost.rename(world.home(US))
    with world.open(US, {}) as node:
        node.table(draft(3))
        node.publish()
        node.sync()
    lost = _lose(world)
    assert (store / "live/us/checkpoint").read_bytes() == (lost / "public/live/us/checkpoint").read_bytes()
    return file, lost, store


def test_a_head_that_the_own_folder_shows_binds_though_its_leaves_are_gone(world: World) -> None:
    file, lost, store = _published(world)
    shutil.rmtree(store / "live/us/tile")
    backup.restore(file, world.home(US), keys=lost / "keys")
    with world.open(US) as node:
        with pytest.raises(Behind, match="store has a head") as caught:
            node.sync()
        assert caught.value.step == "recovery.3"
        with pytest.raises(Recovering):
            node.table(draft(3))


def test_what_somebody_wrote_into_the_own_folder_is_evidence_and_stops_nothing(world: World) -> None:
    file, lost, store = _published(world)
    shutil.copy(world.home("cn") / "public/live/cn/checkpoint", store / "live/us/checkpoint")
    backup.restore(file, world.home(US), keys=lost / "keys")
    with world.open(US) as node:
        node.sync()
        assert not node.status().domains["live"].recovering
        assert [(one.party, one.via, one.kind) for one in node.evidence()] == [("us", "us", "checkpoint")]


def test_a_restored_node_waits_for_every_other_party_and_for_nobody_who_is_left_out(world: World) -> None:
    file, lost, _ = _yesterday(world)
    was = _signed(lost)
    backup.restore(file, world.home(US), keys=lost / "keys")
    some = {"cn": FolderSource(world.home("cn") / "public")}
    with world.open(US, some) as node:
        with pytest.raises(Recovering) as caught:
            node.sync()
        assert caught.value.step == "recovery.1"
        assert "neutral" in caught.value.what
        with pytest.raises(Recovering):
            node.table(draft(3))
        backup.leave_out(Home.at(world.home(US)), ["neutral"])
        node.sync()
        assert _signed(world.home(US)) == was
    with pytest.raises(HomeMissing) as done:
        backup.leave_out(Home.at(world.home(US)), ["neutral"])
    assert done.value.step == "restore.5"


def test_a_mirror_that_shows_an_old_head_delays_nothing_that_another_knows(world: World) -> None:
    shutil.copytree(world.home("cn") / "public", world.folder / "old")
    file, lost, _ = _yesterday(world)
    backup.restore(file, world.home(US), keys=lost / "keys")
    ways = {
        "cn": FolderSource(world.folder / "old"),
        "neutral": FolderSource(world.home("neutral") / "public"),
    }
    with world.open(US, ways) as node:
        node.sync()
        assert _signed(world.home(US)) == _signed(lost)


def test_a_mirror_that_hides_the_leaves_of_a_head_that_we_signed_stops_the_node(world: World) -> None:
    file, lost, _ = _yesterday(world)
    shutil.rmtree(world.home("cn") / "public/live/us/tile")
    backup.restore(file, world.home(US), keys=lost / "keys")
    with world.open(US, {"cn": FolderSource(world.home("cn") / "public")}) as node:
        backup.leave_out(Home.at(world.home(US)), ["neutral"])
        with pytest.raises(Behind) as caught:
            node.sync()
        assert caught.value.step == "recovery.3"
        assert node.status().domains["live"].recovering
    with world.open(US) as node:
        node.sync()
        assert _signed(world.home(US)) == _signed(lost)


def test_a_mirror_whose_head_of_ours_is_not_ours_stops_the_node_and_is_evidence(world: World) -> None:
    file, lost, _ = _yesterday(world)
    backup.restore(file, world.home(US), keys=lost / "keys")
    shutil.copy(
        world.home("cn") / "public/live/cn/checkpoint", world.home("cn") / "public/live/us/checkpoint"
    )
    with world.open(US) as node:
        with pytest.raises(Behind) as caught:
            node.sync()
        assert caught.value.step == "recovery.2"
        assert [(one.party, one.via, one.kind) for one in node.evidence()] == [("us", "cn", "checkpoint")]


def test_a_second_place_that_was_saved_leads_where_nobody_else_knows_more(world: World) -> None:
    file = _back_up(world)
    with world.open(US, {}) as node:  # signed, and seen by nobody
        node.table(draft(2))
        node.publish()
    lost = _lose(world)
    backup.restore(file, world.home(US), keys=lost / "keys", signed=lost / "signed")
    assert _signed(world.home(US)) == _signed(lost)
    with world.open(US) as node:
        with pytest.raises(Behind) as caught:
            node.sync()
        assert caught.value.step == "anchor.1"
        assert node.status().domains["live"].recovering


def test_a_second_place_that_was_saved_is_not_lowered_to_what_the_others_hold(world: World) -> None:
    file, lost, _ = _yesterday(world)
    lost.rename(world.home(US))
    with world.open(US, {}) as node:  # signed after the others had fetched, and seen by nobody
        node.table(draft(3))
        node.publish()
    lost = _lose(world)
    backup.restore(file, world.home(US), keys=lost / "keys", signed=lost / "signed")
    with world.open(US) as node:
        for _ in range(2):
            with pytest.raises(Behind) as caught:
                node.sync()
            assert caught.value.step == "anchor.1"
        assert node.status().domains["live"].recovering
        with pytest.raises(Recovering):
            node.table(draft(3))
    assert _signed(world.home(US)) == _signed(lost)


def test_a_head_that_the_others_were_told_of_binds_though_nobody_fetched_its_leaves(world: World) -> None:
    file, lost, _ = _yesterday(world)
    lost.rename(world.home(US))
    with world.open(US, {}) as node:
        tree = node.branches["live"].realm.trees[US]
        old = len(tree)
        node.table(draft(3))
        node.publish()
        proof = tuple(tree.consistency(old, len(tree)))
        head = (world.home(US) / "public/live/us/checkpoint").read_bytes()
    with world.open("cn", {}) as peer:
        told = peer.submit(origin(world.genesis, "live", US), Submission(old, proof, head))
        assert isinstance(told, bytes)
        peer.publish()
    lost = _lose(world)
    backup.restore(file, world.home(US), keys=lost / "keys")
    with world.open(US) as node:
        with pytest.raises(Behind) as caught:
            node.sync()
        assert (caught.value.step, "cn has a head" in caught.value.what) == ("recovery.3", True)
        with pytest.raises(Recovering):
            node.table(draft(3))


def _desk(world: World) -> confiding.Desk:
    """A confidential desk in the home of us: four reporters, each of whom said who they are."""
    desk = confiding.founded(world.home(US))
    for number in (1, 2, 3, 4):
        desk.counter.take(confiding.sealed(desk, number, identity=f"reporter {number}"), "sealed")
    return desk


def test_a_backup_takes_the_confidential_desk_but_no_identity_and_its_stamp_only_with_keys(
    world: World,
) -> None:
    desk = _desk(world)
    stamp = (desk.cabinet.path / "stamp.key").read_bytes()
    for keys in (False, True):
        file = _back_up(world, keys=keys, name=f"{keys}.backup")
        with zipfile.ZipFile(file) as packed:
            names = packed.namelist()
            assert {"confidence/cabinet.db", "confidence/card"} <= set(names)
            assert any(one.startswith("confidence/cards/") for one in names)
            assert not [one for one in names if "identit" in one]
            assert (stamp in [packed.read(one) for one in names]) is keys


def test_a_destroyed_identity_does_not_come_back_by_restoring_yesterdays_backup(world: World) -> None:
    """Whoever restores has all of yesterday, and of today what was saved of the second place."""
    desk = _desk(world)
    desk.cabinet.destroy(1, "duty-1")
    file, yesterday = _back_up(world), world.folder / "yesterday"
    shutil.copytree(desk.cabinet.path, yesterday)
    desk.cabinet.destroy(2, "duty-1")
    desk.cabinet.hold(3, "court order 7", "duty-1")
    (yesterday / "identities" / "1").write_bytes(b"an older copy still")
    desk.cabinet.close()
    lost = _lose(world)
    made = backup.restore(
        file, world.home(US), keys=lost / "keys", signed=lost / "signed", confidence=yesterday
    )
    assert made.brought == salvage.Brought(identities=2, destroyed=(2,), missing=())
    with closing(Cabinet.open(world.home(US), desk.clock)) as cabinet:
        assert [number for number in (1, 2, 3, 4) if cabinet.safe.holds(number)] == [3, 4]
        assert [(one.number, one.by) for one in cabinet.acts() if one.act == "identity-destroyed"] == [
            (1, "duty-1"),
            (2, "restore"),
        ]
        assert cabinet.broken() == ""
        assert Counter.at(cabinet).vkey("neutral") == desk.card.card.stamp
        assert [one.destroy_by is None for one in cabinet.entries()] == [True, True, False, False]


def test_the_log_of_a_saved_desk_is_replayed_where_the_second_place_was_lost(world: World) -> None:
    desk = _desk(world)
    file, identities = _back_up(world), world.folder / "yesterday"
    shutil.copytree(desk.cabinet.path / "identities", identities)
    desk.cabinet.destroy(4, "duty-1")
    desk.cabinet.close()
    lost = _lose(world)
    shutil.rmtree(lost / "confidence" / "identities")
    shutil.copytree(identities, lost / "confidence" / "identities")
    made = backup.restore(file, world.home(US), keys=lost / "keys", confidence=lost / "confidence")
    assert made.brought == salvage.Brought(identities=3, destroyed=(4,), missing=())
    assert not (world.home(US) / "confidence" / "identities" / "4").exists()


def test_without_a_saved_desk_no_identity_is_there_and_the_restore_says_whose(world: World) -> None:
    _desk(world).cabinet.close()
    file = _back_up(world)
    lost = _lose(world)
    made = backup.restore(file, world.home(US), keys=lost / "keys")
    assert made.brought == salvage.Brought(identities=0, destroyed=(), missing=(1, 2, 3, 4))
    assert not list((world.home(US) / "confidence" / "identities").iterdir())


def test_collections_and_clients_of_the_taxii_server_are_in_a_backup(world: World) -> None:
    with closing(sqlite3.connect(world.home(US) / "taxii.db")) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("CREATE TABLE one (n INTEGER)")
        conn.execute("INSERT INTO one VALUES (7)")
        conn.commit()
        file = _back_up(world)
    lost = _lose(world)
    assert backup.restore(file, world.home(US), keys=lost / "keys").brought is None
    with closing(sqlite3.connect(world.home(US) / "taxii.db")) as conn:
        assert conn.execute("SELECT n FROM one").fetchall() == [(7,)]
