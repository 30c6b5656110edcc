import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def again(folder: Path, failed: int, code: int, second: int) -> subprocess.CompletedProcess[str]:
    """Run `again` of ./run after a run that ended with this code; tests then end with `second`."""
    told = (ROOT / "run").read_text(encoding="utf-8")
    begin = told.index("again() {")
    function = told[begin : told.index("\n}\n", begin) + 3]
    kept = folder / ".pytest_cache" / "v" / "cache" / "lastfailed"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({f"tests/test_a.py::test_{n}[x]@g": True for n in range(failed)}))
    (folder / "bin").mkdir()
    (folder / "bin" / "python").write_text('#!/bin/sh\nexec python3 "$@"\n')
    (folder / "bin" / "python").chmod(0o755)
    script = f"""set -euo pipefail
venv=.
say() {{ printf '%s\\n' "$*" >&2; }}
tests() {{ echo "tests $*"; return {second}; }}
{function}
sound=0
again {code} || sound=1
exit $sound"""
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False)


def test_what_holds_the_second_time_is_named_as_unsteady(tmp_path: Path) -> None:
    done = again(tmp_path, failed=2, code=1, second=0)
    assert done.returncode == 0
    assert done.stdout.startswith("tests --last-failed")
    assert done.stderr.count("test_1[x]@g") == 2
    assert "unsteady" in done.stderr


def test_what_fails_twice_failed(tmp_path: Path) -> None:
    assert again(tmp_path, failed=1, code=1, second=1).returncode == 1


@pytest.mark.parametrize(("failed", "code"), [(4, 1), (0, 1), (1, 2), (1, 3), (1, 124)])
def test_many_failures_none_named_or_a_run_cut_short_are_not_tried_again(
    tmp_path: Path, failed: int, code: int
) -> None:
    done = again(tmp_path, failed, code, second=0)
    assert (done.returncode, done.stdout) == (1, "")
