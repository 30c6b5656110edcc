"""A node that runs another edition, by one character, does not open, and says both digests."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from arena import Founded

import detente

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.xdist_group("adversary")]
HEX = re.compile(r"[0-9a-f]{64}")


@pytest.mark.parametrize(
    ("file", "old", "new", "step"),
    [
        ("pillars/notices/words.toml", "Notice", "Notise", "terms.1"),
        ("pillars/notices/rules.py", '"""', '"""The ', "terms.1"),
        ("accord/scales/severity.yaml", "en:", "en:  ", ""),
        ("accord/scales/severity.yaml", "zh: ", "zh: 新", "terms.2"),
    ],
    ids=["a word", "a rule", "a scale's spaces", "a scale's word"],
)
def test_a_node_whose_installed_copy_differs_by_a_character_does_not_open_and_names_both_digests(
    founded: Founded, tmp_path: Path, file: str, old: str, new: str, step: str
) -> None:
    copy = tmp_path / "copy" / "detente"
    shutil.copytree(Path(detente.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    home = tmp_path / "us"
    shutil.copytree(founded.folder / "us", home)
    told = subprocess.run(
        [sys.executable, "-m", "detente", "status", "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "copy")},
    )
    if not step:
        assert told.returncode == 0, "a scale is pinned by what it says, not by its spaces"
        return
    assert told.returncode != 0
    assert step in told.stderr
    assert len(set(HEX.findall(told.stderr))) == 2, told.stderr
