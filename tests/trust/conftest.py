"""Puts this folder on the path: tests share `sample.py` (a genuine record) and `mutation.py` (attacks)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def go_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Go keeps what it compiled, so that its own library is compiled once for all programs."""
    return tmp_path_factory.mktemp("go-cache")
