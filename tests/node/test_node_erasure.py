"""Erasure: salt and value are in no file any more, it is logged, and nobody's standing changes."""

import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest

from detente.node.erasure import Erased
from detente.node.errors import NoSuchThing
from detente.node.home import Home
from detente.node.node import Node
from detente.trust import disclosure, sealing
from detente.trust.errors import Unproven
from detente.trust.sealing import Context
from homes import DAY, HOUR, World, draft

PHRASE = "A phrase that stands nowhere else 在别处没有的一句话"
PATTERN = ["Text that asks to be obeyed, and nothing more", "要求被服从的文字，仅此而已"]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three homes that have met, and have keys to seal to."""
    made = World(tmp_path_factory.mktemp("founded")).found()
    with made.nodes() as nodes:
        made.settle(nodes, 2)
    return made


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    """A copy of them."""
    return founded.copy(tmp_path)


def _found(home: Path, *needles: bytes) -> list[str]:
    """The files of a home, by path, in which one of these stands."""
    files = [one for one in home.rglob("*") if one.is_file()]
    return [str(one.relative_to(home)) for one in files if any(x in one.read_bytes() for x in needles)]


def _needles(home: Path, name: str, path: str) -> tuple[bytes, ...]:
    """What is to be in no file: the disclosure as it is kept."""
    conn = sqlite3.connect(f"file:{home}/node.db?mode=ro", uri=True)
    row = conn.execute(
        "SELECT encoded FROM disclosure WHERE record = ? AND path = ?", (bytes.fromhex(name), path)
    ).fetchone()
    conn.close()
    return (str(row[0]).encode(), str(row[0])[:30].encode(), str(row[0])[-30:].encode())


def _sent(world: World, nodes: dict[str, Node]) -> str:
    """Table a record with a phrase in it, and release it to the clearing house."""
    values = {"title": ["T", "题"], "summary": [PHRASE, PHRASE], "pattern": list(PATTERN)}
    name = nodes["us"].table(draft(1, values=values)).id
    world.settle(nodes)
    assert nodes["us"].release_due()
    world.settle(nodes)
    return name


def test_what_an_author_erases_is_in_no_file_and_the_record_stands_as_before(
    world: World, tmp_path: Path
) -> None:
    home, copy = world.home("us"), tmp_path / "store"
    Home(home, msgspec.structs.replace(Home.at(home).settings, publish_to=(str(copy),))).save()
    with world.nodes() as nodes:
        name = _sent(world, nodes)
        needles = _needles(home, name, "summary")
        assert _found(home, *needles)
        before, cut = nodes["neutral"].record(name), nodes["cn"].cut()
        standing = nodes["cn"].standing(cut, world.clock.at)
        blob = next((home / "public/live/us/blob").iterdir())
        assert (copy / "live/us/blob" / blob.name).exists()

        erased = nodes["us"].erase(name, ("summary",), "term-over")
        assert erased.packages == 1
        assert _found(home, *needles) == []
        assert not blob.exists()
        assert "summary" not in nodes["us"].record(name).values
        assert "title" in nodes["us"].record(name).values
        world.settle(nodes)
        assert not (copy / "live/us/blob" / blob.name).exists()

        after = nodes["neutral"].record(name)
        assert (after.stands, after.sealed, after.facts) == (before.stands, before.sealed, before.facts)
        assert {one.standing(cut, world.clock.at).digest for one in nodes.values()} == {
            nodes["us"].standing(cut, world.clock.at).digest
        }
        assert nodes["cn"].standing(cut, standing.as_of).counts == standing.counts
        assert nodes["cn"].record(erased.id).stands
        assert nodes["cn"].record(erased.id).open == {
            "record": name,
            "paths": ["summary"],
            "reason": "term-over",
        }
    assert _found(home, *needles) == []


def test_an_erased_value_is_never_released_and_the_ledger_says_why(world: World) -> None:
    with world.nodes() as nodes:
        name = nodes["us"].table(draft(1)).id
        nodes["us"].erase(name, ("summary",), "law")
        world.settle(nodes)
        sent = nodes["us"].release_due()
        assert [(one.audience, one.paths) for one in sent] == [("neutral", ("title",))]
        rows = {one.audience: one for one in nodes["us"].deliveries(record=name) if "summary" in one.paths}
        assert {(one.state, one.why) for one in rows.values()} == {
            ("withheld", "Erased: law. [erase.3 erased]")
        }
        assert set(rows) == {"cn", "neutral"}


def test_what_was_in_a_package_beside_it_is_released_anew(world: World) -> None:
    with world.open("us") as node:
        node.sync()
        name = node.table(draft(1)).id
        node.publish()
        assert {one.paths for one in node.release_due() if one.audience == "neutral"} == {
            ("summary", "title")
        }
        node.erase(name, ("summary",), "sent-in-error")
        world.clock.advance(2 * HOUR)
        assert [(one.audience, one.paths) for one in node.release_due()] == [("neutral", ("title",))]
    with world.nodes() as nodes:
        world.settle(nodes)
        assert set(nodes["neutral"].record(name).values) == {"title"}


def test_what_a_recipient_erases_is_gone_from_its_home_and_stays_with_the_author(world: World) -> None:
    with world.nodes() as nodes:
        name = _sent(world, nodes)
        home = world.home("neutral")
        needles = _needles(home, name, "summary")
        assert nodes["neutral"].record(name).values["summary"] == [PHRASE, PHRASE]
        erased = nodes["neutral"].erase(name, ("summary",), "law")
        assert _found(home, *needles) == []
        world.settle(nodes)
        assert "summary" not in nodes["neutral"].record(name).values
        assert nodes["us"].record(name).values["summary"] == [PHRASE, PHRASE]
        assert nodes["us"].record(erased.id).stands
    assert _found(home, *needles) == []


def test_erasing_twice_is_erasing_once(world: World) -> None:
    with world.nodes() as nodes:
        name = nodes["us"].table(draft(1)).id
        first = nodes["us"].erase(name, ("summary", "title"), "law")
        assert nodes["us"].erase(name, ("title", "summary"), "law") == Erased(
            record=name, paths=("summary", "title"), id=first.id, packages=0
        )
        assert len([one for one in nodes["us"].records() if one.kind == "accord.erase"]) == 1


@pytest.mark.parametrize("paths", [("system_name_that_is_none",), ()])
def test_what_is_not_held_cannot_be_erased_and_nothing_is_logged(
    world: World, paths: tuple[str, ...]
) -> None:
    with world.nodes() as nodes:
        name = nodes["us"].table(draft(1)).id
        with pytest.raises(NoSuchThing) as caught:
            nodes["us"].erase(name, paths, "law")
        assert caught.value.step == "erase.2"
        with pytest.raises(NoSuchThing) as unknown:
            nodes["us"].erase("00" * 32, ("title",), "law")
        assert unknown.value.step == "erase.1"
        assert not [one for one in nodes["us"].records() if one.kind == "accord.erase"]


def test_a_commitment_outlives_its_value(world: World) -> None:
    with world.nodes() as nodes:
        name = nodes["us"].table(draft(1)).id
        kept = _needles(world.home("us"), name, "title")[0].decode()
        nodes["us"].erase(name, ("title",), "law")
        entry = nodes["us"].branches["live"].library[name]
        assert disclosure.open_with(entry, kept)[0] == "title"


def test_a_key_to_open_with_that_was_destroyed_is_in_no_file_and_its_packages_stay_shut(world: World) -> None:
    home = world.home("neutral")
    with world.nodes() as nodes:
        name = _sent(world, nodes)
        blob = next((world.home("us") / "public/live/us/blob").iterdir())
        safe = nodes["neutral"].branches["live"].keysafe
        conn = sqlite3.connect(f"file:{home}/node.db?mode=ro", uri=True)
        seeds = [bytes(row[0]) for row in conn.execute("SELECT seed FROM secret")]
        conn.close()
        assert len(seeds) == 1
        assert _found(home, *seeds)
        old = safe.keys()
        package, context = blob.read_bytes(), _context(world, name)
        assert sealing.open_package(package, blob.name, context, "neutral", old, world.clock.at)
        for _ in range(12):
            world.clock.advance(DAY)
            nodes["neutral"].heartbeat()
        assert _found(home, *seeds) == []
        assert safe.keys()
        assert not safe.keys().keys() & old.keys()
        with pytest.raises(Unproven):
            sealing.open_package(package, blob.name, context, "neutral", safe.keys(), world.clock.at)
    shutil.rmtree(home / "signed")
    assert _found(home, *seeds) == []


def _context(world: World, name: str) -> Context:
    return Context(genesis=world.genesis, domain="live", author="us", record=name, recipients=("neutral",))
