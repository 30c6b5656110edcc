"""One number that turns out to be two events: it stays, points at both, and is split once."""

import json
from pathlib import Path
from typing import Any

import pytest
import registers

from detente.faces import door
from detente.faces.cli import main
from detente.node.draft import Draft
from homes import REPORT


class Numbers:
    """The reports of one home, by the commands of its people."""

    def __init__(self, home: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.folder, self.capsys = home, folder, capsys

    def __call__(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (any JSON)
        assert main([*words, "--home", str(self.home), "--json"]) == code, self.capsys.readouterr()
        said = self.capsys.readouterr()
        return json.loads(said.out or said.err)

    def reported(self, name: str) -> str:
        whole = {"id": name, "nature": "incident", **REPORT, "title": [name, ""]}
        (self.folder / "r.jsonl").write_text(registers.lines(whole), encoding="utf-8")
        self("incidents", "import", "--from", "jsonl", str(self.folder / "r.jsonl"))
        found: str = self("incidents", "draft", "table", name)["id"]
        return found

    def closed(self, of: str, **stated: object) -> str:
        ended = {"last": of, "duplicate_of": None} | stated
        with door.reach(self.home) as node:
            return node.table(Draft.new("incidents.close", ended).answering(of)).id

    def split(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 (any JSON)
        old, *into = words
        return self("incidents", "split", old, *(word for one in into for word in ("--into", one)), code=code)


@pytest.fixture
def numbers(homes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Numbers:
    return Numbers(homes / "us", tmp_path, capsys)


@pytest.mark.slow
def test_a_number_is_split_once_stays_for_good_and_points_at_what_it_became(numbers: Numbers) -> None:
    old, one, two = (numbers.reported(name) for name in ("old", "one", "two"))
    assert numbers.split(old, one, one, code=77)["step"] == "split.2"
    assert numbers.split(old, one, "ff" * 32, code=68)["step"] == "split.1"
    assert "split-into-older" in json.dumps(numbers.split(two, old, one, code=77))
    made = numbers.split(old[:16], two, one)["id"]
    with door.reach(numbers.home) as node:
        assert node.record(old).stands
        end = node.record(made)
        assert (end.thread, end.open["outcome"], end.open["successors"]) == (old, "split", sorted([one, two]))
    # What has ended is not split again: neither what was split, nor what was merged.
    assert numbers.split(old, one, two, code=77)["step"] == "split.3"
    three, four = (numbers.reported(name) for name in ("three", "four"))
    numbers.closed(one, outcome="duplicate", duplicate_of=two)
    said = numbers.split(one, three, four, code=77)
    assert (said["step"], "duplicate" in said["what"]) == ("split.3", True)
