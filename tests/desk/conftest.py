"""A desk over a home of three: `homes.py` of the node's room, and a browser without a window."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "node")]

from browser import Browser, at  # noqa: E402 (the path is made first)

from homes import PARTIES, World, draft, notice  # noqa: E402 (as above)


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three homes in which something happened: reports of us and cn, a notice that nobody has answered."""
    world = World(tmp_path_factory.mktemp("lived")).found()
    with world.nodes() as nodes:
        nodes["us"].table(draft(1))
        nodes["cn"].table(draft(2, values={"title": ["A locked door", "被锁的门"], "system": "XYZ-9"}))
        world.settle(nodes)
        nodes["cn"].table(notice(3))
        world.settle(nodes)
        for node in nodes.values():
            node.release_due()
        world.settle(nodes)
    return world


@pytest.fixture
def world(lived: World, tmp_path: Path) -> World:
    """A copy of those homes that a test may change."""
    return lived.copy(tmp_path)


@pytest.fixture
def us(world: World) -> Iterator[Browser]:
    """A browser that was let in at the desk of us."""
    with at(world, PARTIES[2]) as browser:
        yield browser


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures are kept."""
    named = os.environ.get("DETENTE_SHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
