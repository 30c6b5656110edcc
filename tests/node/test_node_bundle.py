"""Files on a stick, the guard between, and the store at a neutral: what passes, and what never does."""

import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from detente.faces.cli import main
from detente.node import exchange, guard, packed
from detente.node.depot import Depot
from detente.node.errors import Exceeded
from detente.node.node import Node
from detente.node.packed import Packed
from detente.trust.errors import Contradiction, DetenteError, Malformed, TooLarge, Unproven
from homes import World, draft


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


@pytest.fixture
def tree(world: World) -> Mapping[str, bytes]:
    """What cn packs after a release, with something of every kind."""
    with world.nodes() as nodes:
        tabled = nodes["cn"].table(draft(1))
        nodes["cn"].publish()
        world.settle(nodes)
        world.approve(nodes["cn"], tabled.id, "us")
        nodes["cn"].release_due()
        world.settle(nodes)
        return dict(exchange.read_zip(nodes["cn"].export_bundle(world.folder / "cn.zip")))


def _log(name: str) -> str:
    return f"live/cn/{name}"


def test_what_a_node_packs_passes_and_is_packed_again_byte_for_byte(
    world: World, tree: Mapping[str, bytes]
) -> None:
    counts = guard.pass_through(Packed(world.folder / "cn.zip"), world.folder / "out.zip")
    assert (world.folder / "out.zip").read_bytes() == (world.folder / "cn.zip").read_bytes()
    assert set(counts) == {
        "accord", "bodies", "checkpoints", "cosigned", "packages", "policy", "tiles", "vkeys"
    }  # fmt: skip
    assert sum(counts.values()) == len(tree)


def test_nothing_but_the_files_passes_the_guard(world: World, tree: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(world.folder / "more.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.comment = b"and a word for nobody else"
        for name, data in reversed(tree.items()):
            info = zipfile.ZipInfo(name, (2026, 11, 26, 8, 0, 0))
            info.comment = b"hidden"
            archive.writestr(info, data)
    guard.pass_through(Packed(world.folder / "more.zip"), world.folder / "out.zip")
    assert (world.folder / "out.zip").read_bytes() == (world.folder / "cn.zip").read_bytes()


def _first(tree: Mapping[str, bytes], part: str) -> str:
    return next(name for name in sorted(tree) if name.startswith(_log(part)))


def test_a_file_of_another_name_or_form_does_not_pass_and_nothing_is_packed(
    world: World, tree: Mapping[str, bytes]
) -> None:
    entries, hashes = _first(tree, "tile/entries/"), _first(tree, "tile/0/")
    bodies, package = _first(tree, "bodies/"), _first(tree, "blob/")
    cases: list[tuple[str, str, bytes]] = [
        ("guard.1", "notes.txt", b"hello"),
        ("guard.1", _log("secret"), b"hello"),
        ("guard.1", "accord/01.json", tree["accord/1.json"]),
        ("guard.1", "practice/cn/checkpoint", tree[_log("checkpoint")]),
        ("guard.2", package, tree[package] + b"x"),
        ("guard.3", hashes, tree[hashes] + b"x" * 32),
        ("note.", _log("checkpoint"), tree[_log("checkpoint")] + b"a free text\n"),
        ("bundle.", entries, tree[entries] + b"x"),
        ("bodies.3", bodies, tree[bodies] + b"x"),
        ("tile.", _log("tile/0/000.p/0"), b""),
        ("exchange.3", "accord/1.json", b"x" * 1_048_577),
        ("canonical.", "accord/1.json", tree["accord/1.json"] + b" "),
        ("vkey.", "vkeys", tree["vkeys"] + b"a free text\n"),
        ("policy.", "policy", tree["policy"] + b"a free text\n"),
    ]
    out = world.folder / "out.zip"
    for step, name, data in cases:
        with pytest.raises(DetenteError) as caught:
            guard.pass_through(dict(tree) | {name: data}, out)
        assert caught.value.step.startswith(step), (name, caught.value)
        assert not out.exists()


def test_a_zip_file_that_claims_a_million_files_is_refused_before_they_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = exchange.write_zip({f"accord/{n}.json": b"{}" for n in range(1, 30)}, tmp_path / "a.zip")
    monkeypatch.setattr(zipfile, "ZipFile", None)  # listing would need it
    monkeypatch.setattr(packed, "MAX_FILES", 20)
    with pytest.raises(TooLarge) as caught:
        Packed(file)
    assert caught.value.step == "exchange.3"
    end = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2**40, 2**40, 0, 0)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    (tmp_path / "big.zip").write_bytes(
        end + locator + b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 0, 0, 0, 0, 0)
    )
    with pytest.raises(TooLarge):
        Packed(tmp_path / "big.zip")


def test_a_bundle_is_read_one_file_at_a_time(tmp_path: Path) -> None:
    files = {f"live/cn/blob/{n:064x}": bytes([n]) * 100 for n in range(50)}
    bundle = Packed(exchange.write_zip(files, tmp_path / "a.zip"))
    assert len(bundle) == 50
    assert bundle[f"live/cn/blob/{7:064x}"] == b"\7" * 100
    with pytest.raises(KeyError):
        bundle["live/cn/blob/none"]
    assert bundle == files


def _state(node: Node) -> object:
    return {name: one.others for name, one in node.status().domains.items()}


def test_a_bundle_in_part_late_and_again_changes_nothing_that_was_there(
    world: World, tree: Mapping[str, bytes]
) -> None:
    whole = world.folder / "cn.zip"
    part = {name: data for name, data in tree.items() if "/bodies/" not in name and "/neutral/" not in name}
    exchange.write_zip(part, world.folder / "part.zip")
    (world.folder / "fresh").mkdir()
    fresh = World(world.folder / "fresh").found()
    assert fresh.genesis != world.genesis
    with world.open("us", {}) as node:
        before = _state(node)
        for file in (world.folder / "part.zip", whole, world.folder / "part.zip", whole):
            node.bring(file, "cn")
            assert _state(node) == before
        assert node.evidence() == ()
        with pytest.raises(DetenteError):
            node.bring(whole, "nobody")
    with fresh.open("us", {}) as stranger:
        stranger.bring(whole, "cn")
        assert {one.party for one in stranger.evidence()} >= {"cn"}, "a bundle of another accord is refused"
        assert stranger.status().domains["live"].others["cn"].here == 0


def test_export_guard_and_import_from_the_command_line(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with world.open("cn", {}) as author:
        author.table(draft(1))
        author.publish()
    out, passed = world.folder / "out.zip", world.folder / "passed.zip"
    assert main(["--json", "bundle", "export", "--home", str(world.home("cn")), "--to", str(out)]) == 0
    assert main(["--json", "bundle", "check", str(out), "--to", str(passed)]) == 0
    words = ["--json", "bundle", "import", "--home", str(world.home("us")), "--from", "cn", str(passed)]
    capsys.readouterr()
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["leaves"] == 1
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out) == {"bodies": 0, "leaves": 0}
    exchange.write_zip(dict(exchange.read_zip(out)) | {"live/cn/x": b"x"}, out)
    assert main(["bundle", "check", str(out)]) == 65


def test_a_party_writes_below_its_own_name_alone_files_of_a_tree_within_its_room_and_tiles_once(
    tmp_path: Path, tree: Mapping[str, bytes]
) -> None:
    depot = Depot(tmp_path / "store", 400_000)
    tile, head, entries = _first(tree, "tile/0/"), _log("checkpoint"), _first(tree, "tile/entries/")
    for name in (tile, head):
        for _ in range(2):
            depot.put("cn", f"cn/{name}", tree[name])
        assert depot.get(f"cn/{name}") == tree[name]
    for who, path in (("cn", f"us/{head}"), ("", f"cn/{head}"), ("cn", head)):
        with pytest.raises(Unproven) as caught:
            depot.put(who, path, tree[head])
        assert caught.value.step == "depot.1"
    for path in ("cn/notes.txt", "cn/../us/checkpoint", "cn/"):
        with pytest.raises(Malformed):
            depot.put("cn", path, b"hello")
    with pytest.raises(Contradiction) as twice:
        depot.put("cn", f"cn/{tile}", tree[tile][::-1])
    assert twice.value.step == "depot.3"
    small = Depot(tmp_path / "store", len(tree[tile]) + len(tree[head]) + 10)
    with pytest.raises(Exceeded) as full:
        small.put("cn", f"cn/{entries}", tree[entries])
    assert full.value.step == "depot.2"
    assert small.get(f"cn/{entries}") is None
    assert small.get("cn") is None
    assert small.get("neutral/live/cn/checkpoint") is None
