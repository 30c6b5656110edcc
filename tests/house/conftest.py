"""Puts this folder on the path: tests share `session.py`. One pack is made for all that install from it."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that `./run pack` makes of this clone; its folder lies beside it."""
    place = tmp_path_factory.mktemp("pack")
    words = [sys.executable, ROOT / "packaging" / "pack.py", "--to", place]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(place.glob("*.tar.gz"))
