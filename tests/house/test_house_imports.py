"""The one-way house: contracts in pyproject.toml, run as a test."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DECIDING = ("trust", "accord", "pillars")


def test_imports_run_one_way_and_deciding_rooms_have_no_effects() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_deciding_room_that_asks_the_time_is_caught(tmp_path: Path) -> None:
    """The contract itself is tried: a copy of the house with one bad import has to fail."""
    copy = tmp_path / "src" / "detente"
    for source in (ROOT / "src" / "detente").rglob("*.py"):
        target = copy / source.relative_to(ROOT / "src" / "detente")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    (copy / "pillars" / "__init__.py").write_text("import time\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    linter = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run(
        [linter, "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "detente.pillars is not allowed to import time" in result.stdout
