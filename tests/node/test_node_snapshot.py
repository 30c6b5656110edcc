"""The snapshot of standing: a restart goes on from it, and whatever is doubtful about it is not used."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from detente.accord.fold import Fold
from detente.accord.fold import Snapshot as FoldSnapshot
from detente.node import snapshot
from detente.node.snapshot import Kept
from detente.trust.record import Leaf
from homes import HOUR, MINUTE, World, draft

HERE = "standing/live"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three homes with a history, whose standing was asked for before they were closed."""
    made = World(tmp_path_factory.mktemp("snapshot")).found()
    with made.nodes() as nodes:
        for number in range(3):
            nodes["us"].table(draft(number))
            made.settle(nodes)
        nodes["us"].standing()
    return made


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    """A copy of them."""
    return founded.copy(tmp_path)


@pytest.fixture
def appended(monkeypatch: pytest.MonkeyPatch) -> list[Leaf]:
    """The leaves that are folded from here on; the folding itself is as it is."""
    seen: list[Leaf] = []
    append = Fold.append

    def counted(self: Fold, party: str, leaf: Leaf) -> None:
        seen.append(leaf)
        append(self, party, leaf)

    monkeypatch.setattr(Fold, "append", counted)
    return seen


def _digests(world: World) -> tuple[str, str]:
    """Standing as the node goes on from its snapshot, and computed at once at the same cut."""
    with world.open("us", {}) as node:
        found = node.standing()
        return found.digest, node.standing(found.cut, found.as_of).digest


def _kept(world: World) -> Kept:
    return msgspec.msgpack.decode((world.home("us") / HERE).read_bytes(), type=Kept)


def test_a_restart_folds_no_leaf_again_and_comes_to_the_same_standing(
    world: World, appended: list[Leaf]
) -> None:
    with world.open("us", {}) as node:
        found = node.standing()
        assert appended == []
        assert found.counts
        assert node.standing(found.cut, found.as_of).digest == found.digest
        assert appended


def test_a_restart_folds_what_came_since(world: World, appended: list[Leaf]) -> None:
    with world.nodes() as nodes:
        nodes["us"].table(draft(7))
        world.settle(nodes, 1)
    kept = sum(head.size for head in _kept(world).heads.values())
    appended.clear()
    with world.open("us", {}) as node:
        found = node.standing()
        own = node.status().domains["live"]
        total = own.own.size + sum(one.here for one in own.others.values())
        assert len(appended) == total - kept < total
        assert node.standing(found.cut, found.as_of).digest == found.digest


def _accusing(world: World) -> None:
    """A fold that can be read, and says of cn what nobody has proven."""
    kept = _kept(world)
    said = msgspec.msgpack.decode(kept.fold, type=FoldSnapshot)
    said.book.forked.add("cn")
    lying = msgspec.structs.replace(kept, fold=msgspec.msgpack.encode(said))
    (world.home("us") / HERE).write_bytes(msgspec.msgpack.encode(lying))


def _cut_off(world: World) -> None:
    path = world.home("us") / HERE
    path.write_bytes(path.read_bytes()[:100])


def _of_another_program(world: World) -> None:
    kept = msgspec.structs.replace(_kept(world), mark="0" * 64)
    (world.home("us") / HERE).write_bytes(msgspec.msgpack.encode(kept))


def _of_other_leaves(world: World) -> None:
    kept = _kept(world)
    heads = dict(kept.heads)
    heads["us"] = msgspec.structs.replace(heads["us"], root="00" * 32)
    (world.home("us") / HERE).write_bytes(msgspec.msgpack.encode(msgspec.structs.replace(kept, heads=heads)))


def _ahead_of_the_store(world: World) -> None:
    kept = _kept(world)
    heads = dict(kept.heads)
    heads["cn"] = msgspec.structs.replace(heads["cn"], size=heads["cn"].size + 1)
    (world.home("us") / HERE).write_bytes(msgspec.msgpack.encode(msgspec.structs.replace(kept, heads=heads)))


def _gone(world: World) -> None:
    (world.home("us") / HERE).unlink()


@pytest.mark.parametrize(
    "harm", [_accusing, _cut_off, _of_another_program, _of_other_leaves, _ahead_of_the_store, _gone]
)
def test_a_snapshot_that_is_doubtful_is_left_aside_and_standing_is_the_same(
    world: World, harm: Callable[[World], None], appended: list[Leaf]
) -> None:
    before = _digests(world)
    harm(world)
    appended.clear()
    with world.open("us", {}) as node:
        found = node.standing()
        assert appended
    assert (found.digest, found.digest) == before


def test_a_question_about_an_earlier_time_is_answered_from_the_logs(world: World) -> None:
    with world.open("us", {}) as node:
        late = node.standing(as_of=world.clock.at + HOUR)
    with world.open("us", {}) as node:
        found = node.standing(as_of=world.clock.at + MINUTE)
        assert found.as_of < late.as_of
        assert node.standing(found.cut, found.as_of).digest == found.digest


def test_the_mark_depends_on_the_code_that_decides() -> None:
    assert len(snapshot.program()) == 64
