"""Three ways to meet, one protocol: one history over folders, a store and a file gives equal standing."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from detente.node import exchange
from detente.node.node import Node
from detente.node.source import FolderSource, Source, open_source
from detente.trust.errors import DetenteError
from homes import DAY, MINUTE, PARTIES, World, draft

Carry = Callable[[Mapping[str, Node]], None]


def _direct(world: World, _: Path) -> tuple[dict[str, Source], Carry]:
    trees: dict[str, Source] = {party: FolderSource(world.home(party) / "public") for party in PARTIES}
    return trees, lambda _nodes: None


def _store(world: World, place: Path) -> tuple[dict[str, Source], Carry]:
    """Each copies its tree to a place at the neutral and reads the others' there; nobody is connected to."""

    def carry(nodes: Mapping[str, Node]) -> None:
        for party in nodes:
            exchange.copy_folder(world.home(party) / "public", place / party)

    for party in PARTIES:
        (place / party).mkdir(parents=True)
    return {party: open_source(f"dir:{place / party}") for party in PARTIES}, carry


def _stick(_: World, place: Path) -> tuple[dict[str, Source], Carry]:
    """Each packs one file, and somebody carries it."""

    def carry(nodes: Mapping[str, Node]) -> None:
        for party, node in nodes.items():
            node.export_bundle(place / f"{party}.zip")

    place.mkdir()
    return {party: open_source(f"zip:{place / f'{party}.zip'}") for party in PARTIES}, carry


@pytest.mark.parametrize("way", [_direct, _store, _stick])
def test_one_history_over_each_way_gives_equal_logs_and_standing(tmp_path: Path, way: object) -> None:
    assert callable(way)
    world = World(tmp_path).found()
    trees, carry = way(world, tmp_path / "place")
    nodes = {
        party: world.open(party, {name: tree for name, tree in trees.items() if name != party})
        for party in PARTIES
    }
    try:
        tabled = nodes["us"].table(draft())
        for _ in range(5):
            world.clock.advance(MINUTE)
            carry(nodes)
            for node in nodes.values():
                node.sync()
                node.heartbeat()
                node.release_due()
        assert nodes["us"].record(tabled.id).receipts == {"cn": "held", "neutral": "held"}
        assert set(nodes["neutral"].record(tabled.id).values) == {"summary", "title"}
        cut, as_of = nodes["cn"].cut(), world.clock.now() + DAY
        for _ in range(3):
            carry(nodes)
            for node in nodes.values():
                node.sync()
        assert len({node.standing(cut, as_of).digest for node in nodes.values()}) == 1
        assert all(node.evidence() == () for node in nodes.values())
    finally:
        for node in nodes.values():
            node.close()


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
