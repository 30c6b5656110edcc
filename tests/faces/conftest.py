"""Homes of three parties under the demonstration's accord, founded once for all tests of this room."""

import shutil
import sys
from pathlib import Path

import pytest

from detente.faces.demo import ceremony
from detente.faces.demo.ceremony import Pace
from detente.faces.demo.stage import Stage

sys.path.insert(0, str(Path(__file__).parent))

from living import Lived


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the homes `us`, `cn` and `neutral`, at which nobody works."""
    folder = tmp_path_factory.mktemp("founded")
    pace = Pace.from_now(1)
    with Stage(folder) as stage:
        homes = ceremony.homes(folder, dict.fromkeys(ceremony.PARTIES, 9), pace)
        ceremony.found(stage, homes, ceremony.appoint(stage), pace)
    return folder


@pytest.fixture(scope="session")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `founded`, under an accord in which evaluations and assurance are active too."""
    folder = tmp_path_factory.mktemp("tested")
    pace = Pace.from_now(1)
    with Stage(folder) as stage:
        homes = ceremony.homes(folder, dict.fromkeys(ceremony.PARTIES, 9), pace)
        ceremony.found(stage, homes, ceremony.appoint(stage), pace, "testing.yaml")
    return folder


@pytest.fixture
def homes(founded: Path, tmp_path: Path) -> Path:
    """A copy of those homes that a test may change."""
    for party in ceremony.PARTIES:
        shutil.copytree(founded / party, tmp_path / party)
    return tmp_path


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Homes with a history, at which nobody works."""
    return Lived(tmp_path_factory.mktemp("lived"))
