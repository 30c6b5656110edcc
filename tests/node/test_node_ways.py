"""Three ways to meet, one protocol: one history over links, a store and files comes out equal."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest
from serving import free_port, served

from detente.accord.cut import Cut, Head
from detente.node import exchange, guard
from detente.node.home import Home, PeerSettings, Settings
from detente.node.node import Node
from detente.node.packed import Packed
from detente.node.source import open_source
from detente.trust import note
from detente.trust.errors import DetenteError
from detente.trust.tree import EMPTY_ROOT
from homes import DAY, MINUTE, PARTIES, World, draft, installed

Round = Callable[[], None]
Way = Callable[[World], AbstractContextManager[tuple[dict[str, Node], Round]]]


def _open(world: World, party: str, **changes: object) -> Node:
    """Open a node as its settings say, and not as a test would have it."""
    home = Home.at(world.home(party))
    Home(home.path, msgspec.structs.replace(home.settings, unsigned=False, **changes)).save()
    return Node.open(home.path, installed(), clock=world.clock)


def _sync(nodes: dict[str, Node]) -> Round:
    def act() -> None:
        for node in nodes.values():
            assert node.sync()[0].away == {}

    return act


@contextmanager
def _direct(world: World) -> Iterator[tuple[dict[str, Node], Round]]:
    """Nodes that reach each other, with doorbells."""
    ports = {party: free_port() for party in PARTIES}
    urls = {party: f"http://127.0.0.1:{port}/" for party, port in ports.items()}
    with ExitStack() as stack:
        nodes = {}
        for party in PARTIES:
            peers = {name: PeerSettings(url, url) for name, url in urls.items() if name != party}
            nodes[party] = stack.enter_context(_open(world, party, peers=peers))
        for party, node in nodes.items():
            stack.enter_context(served(node, ports[party]))
        yield nodes, _sync(nodes)


@contextmanager
def _store(world: World) -> Iterator[tuple[dict[str, Node], Round]]:
    """Two rivals that only call out: each writes its tree at the neutral's, and reads the other's there."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    there = world.home("neutral") / "store"
    for party in ("us", "cn"):
        (there / party).mkdir(parents=True)
    with ExitStack() as stack:
        nodes = {}
        for party, rival in (("us", "cn"), ("cn", "us")):
            out = (f"store:neutral:{url}",)
            peers = {rival: PeerSettings(out[0]), "neutral": PeerSettings(url)}
            nodes[party] = stack.enter_context(_open(world, party, peers=peers, publish_to=out))
        inward = {party: PeerSettings(f"dir:{there / party}") for party in ("us", "cn")}
        nodes["neutral"] = stack.enter_context(_open(world, "neutral", peers=inward, store=50_000_000))
        stack.enter_context(served(nodes["neutral"], port))
        yield nodes, _sync(nodes)


@contextmanager
def _stick(world: World) -> Iterator[tuple[dict[str, Node], Round]]:
    """Files that somebody carries, each through a guard on its way."""
    with ExitStack() as stack:
        nodes = {party: stack.enter_context(_open(world, party, peers={})) for party in PARTIES}

        def act() -> None:
            for party, node in nodes.items():
                packed = node.export_bundle(world.folder / f"{party}.zip")
                guard.pass_through(Packed(packed), world.folder / f"{party}-passed.zip")
            for reader, node in nodes.items():
                for party in PARTIES:
                    if party != reader:
                        node.bring(world.folder / f"{party}-passed.zip", party)

        yield nodes, act


def _play(world: World, nodes: dict[str, Node], act: Round) -> Cut:
    """A near miss is tabled, seen, held and released; nothing is left to carry."""
    tabled = nodes["us"].table(draft())
    for _ in range(6):
        world.clock.advance(MINUTE)
        act()
        for node in nodes.values():
            node.publish()
            node.heartbeat()
            node.release_due()
    for node in nodes.values():
        node.publish()
    for _ in range(3):
        act()
    assert nodes["us"].record(tabled.id).receipts == {"cn": "held", "neutral": "held"}
    assert set(nodes["neutral"].record(tabled.id).values) == {"summary", "title"}
    return nodes["cn"].cut()


def _head(world: World, at: str, party: str) -> bytes:
    return note.parse((world.home(at) / f"public/live/{party}/checkpoint").read_bytes()).text


@pytest.mark.parametrize("way", [_direct, _store, _stick])
def test_one_history_over_each_way_gives_equal_heads_and_standing(tmp_path: Path, way: Way) -> None:
    world = World(tmp_path).found()
    with way(world) as (nodes, act):
        cut = _play(world, nodes, act)
        for party in PARTIES:
            assert len({_head(world, at, party) for at in PARTIES}) == 1
        as_of = world.clock.now() + DAY
        assert len({node.standing(cut, as_of).digest for node in nodes.values()}) == 1
        assert all(node.evidence() == () for node in nodes.values())


def _tiles(home: Path, party: str) -> dict[str, bytes]:
    log = home / "public/live" / party
    files = {one.relative_to(log).as_posix(): one.read_bytes() for one in log.rglob("*") if one.is_file()}
    files.pop("standing", None)  # its party's word of the moment, not the log's
    full = {name: data for name, data in files.items() if "/" not in name or name.startswith("tile")}
    return {name: data for name, data in full.items() if ".p/" not in name or _newest(name, full)} | {
        "checkpoint": note.parse(files["checkpoint"]).text
    }


def _newest(name: str, files: dict[str, bytes]) -> bool:
    """A mirror has the partial tiles of the heads that it saw, and surely those of the newest."""
    folder, _, width = name.rpartition("/")
    return int(width) == max(int(one.rpartition("/")[2]) for one in files if one.rpartition("/")[0] == folder)


def test_what_was_played_once_is_the_same_bytes_and_standing_over_whichever_way_it_came(
    tmp_path: Path,
) -> None:
    """One history; a neutral that saw nothing of it reads it over a link, from a store, from a stick."""
    world = World(tmp_path / "world").found()
    blank = tmp_path / "blank"
    shutil.copytree(world.home("neutral"), blank)
    ways: dict[str, dict[str, str]] = {}
    with _direct(world) as (nodes, act), ExitStack() as stack:
        cut = _play(world, nodes, act)
        for party in ("us", "cn"):
            ways.setdefault("link", {})[party] = stack.enter_context(served(nodes[party]))
            exchange.copy_folder(world.home(party) / "public", tmp_path / "store" / party)
            ways.setdefault("store", {})[party] = f"dir:{tmp_path / 'store' / party}"
            packed = nodes[party].export_bundle(tmp_path / f"{party}.zip")
            guard.pass_through(Packed(packed), tmp_path / f"{party}-passed.zip")
            ways.setdefault("stick", {})[party] = f"zip:{tmp_path / f'{party}-passed.zip'}"
        # A neutral's own log is not in its blank home: what is compared is what came.
        bare = Cut({**cut.heads, "neutral": Head(0, EMPTY_ROOT.hex())})
        as_of = world.clock.now() + DAY
        digests = {nodes[party].standing(bare, as_of).digest for party in PARTIES}
        for name, places in ways.items():
            home = tmp_path / name / "neutral"
            shutil.copytree(blank, home)
            settings = Settings(party="neutral", peers={p: PeerSettings(s) for p, s in places.items()})
            Home(home, settings).save()
            with Node.open(home, installed(), clock=world.clock) as reader:
                for _ in range(2):
                    assert reader.sync()[0].away == {}
                # It has neither its own log, which others cosigned, nor the keys that it announced there.
                assert {one.kind for one in reader.evidence()} <= {"cosignature", "package"}
                digests.add(reader.standing(bare, as_of).digest)
            for party in ("us", "cn"):
                assert _tiles(home, party) == _tiles(world.home(party), party), (name, party)
        assert len(digests) == 1


def test_a_bundle_brought_twice_or_late_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path).found()
    with world.open("cn") as author:
        author.table(draft(1))
        early = author.export_bundle(tmp_path / "early.zip")
        author.table(draft(2))
        late = author.export_bundle(tmp_path / "late.zip")
    with world.open("us", {}) as node:
        states = []
        for bundle in (late, late, early, late):
            node._sources["cn"] = open_source(f"zip:{bundle}")  # noqa: SLF001 (the next stick)
            node.sync()
            states.append(node.status().domains["live"].others["cn"])
        assert states == [states[0]] * 4
        assert node.evidence() == ()


def test_live_and_exercise_share_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, domains=("live", "exercise")).found()
    with world.nodes() as nodes:
        drill = nodes["us"].table(draft(1, domain="exercise"))
        world.settle(nodes)
        assert nodes["cn"].record(drill.id).domain == "exercise"
        assert [one.id for one in nodes["cn"].records("live", "incidents.report")] == []
        live, other = (nodes["us"].branches[name].realm for name in ("live", "exercise"))
        assert live.origin("us") != other.origin("us")
        mine = {key.public.keyid for keys in live.identity.keys.values() for key in keys}
        assert not mine & {key.public.keyid for keys in other.identity.keys.values() for key in keys}
        with pytest.raises(DetenteError):
            nodes["us"].table(draft(2, kind="incidents.close", thread=drill.id, open={}))
        head = (world.home("us") / "public/exercise/us/checkpoint").read_bytes()
        with pytest.raises(DetenteError):
            nodes["cn"].branches["live"].realm.verify_head("us", head)
