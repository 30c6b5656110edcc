"""Shares the homes of `tests/node`, and a founded world in which an attack is played; founded once."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "node"))

import arena


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> arena.Founded:
    return arena.found(tmp_path_factory.mktemp("arena"))


@pytest.fixture
def ring(founded: arena.Founded, tmp_path: Path) -> Iterator[arena.Arena]:
    """The nodes of us and neutral, each in a process of its own, and the home of cn, which turns bad."""
    for party in arena.PARTIES:
        shutil.copytree(founded.folder / party, tmp_path / party)
    with arena.Arena(tmp_path, founded) as made:
        made.start()
        yield made
