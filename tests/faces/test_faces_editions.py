"""An older edition is a folder beside the newer one, found by its digest; no character of it may change."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import detente
from detente.faces import pillars

pytestmark = [pytest.mark.slow]
SHOW = """
import json
from detente.faces import pillars
from detente.accord.scale import digest
found = [one for one in pillars.installed().editions if one.name == "notices"]
kinds = [one.pillar.kinds["notice"].open for one in found]
print(json.dumps({
    "digests": [one.digest for one in found],
    "newest": pillars.editions()["notices"].digest,
    "modules": [one.__module__ for one in kinds],
    "titles": [one.words.pillar.en for one in found],
    "scales": sorted(map(digest, pillars.installed().scales)),
    "named": list(pillars.scales()),
}))
"""


def run(copy: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(copy.parent)}
    return subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, check=False, env=environment
    )


def test_both_editions_of_a_pillar_run_side_by_side_and_a_changed_old_one_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "detente"
    shutil.copytree(Path(detente.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    folder, old = copy / "pillars" / "notices", pillars.editions()["notices"]
    kept = folder / "editions" / f"e{old.digest[:12]}"
    shutil.copytree(folder, tmp_path / "was")
    shutil.copytree(tmp_path / "was", kept)
    (folder / "editions" / "__init__.py").write_text('"""Older editions."""\n', encoding="utf-8")
    words = folder / "words.toml"
    words.write_text(words.read_text(encoding="utf-8").replace("Notice", "Notification", 1), encoding="utf-8")
    scales = copy / "accord" / "scales"
    (scales / "editions").mkdir()
    shutil.copy(scales / "severity.yaml", scales / "editions" / "severity-0.2.yaml")
    newer = (scales / "severity.yaml").read_text(encoding="utf-8").replace("version: '0.2'", "version: '0.3'")
    (scales / "severity.yaml").write_text(newer, encoding="utf-8")
    said = run(copy)
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert found["digests"] == [found["newest"], old.digest]
    assert found["newest"] != old.digest
    assert found["modules"] == [
        "detente.pillars.notices.kinds",
        f"detente.pillars.notices.editions.{kept.name}.kinds",
    ]
    assert len(set(found["scales"])) == 2
    assert found["named"] == ["severity"]
    rules = kept / "rules.py"
    rules.write_text(rules.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    said = run(copy)
    assert "pillars.3" in said.stderr
    assert kept.name in said.stderr
