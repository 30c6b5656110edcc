"""Links are changed by commands: each is refused whole or done whole, and what it says undoes it."""

import json
from pathlib import Path

import pytest

from detente.faces.cli import main


def link(capsys: pytest.CaptureFixture[str], home: Path, *words: str, code: int = 0) -> str:
    assert main(["link", *words, "--home", str(home)]) == code
    said = capsys.readouterr()
    return said.out + said.err


CHANGES = [
    ["add", "cn", "http://127.0.0.1:9001/", "--replace"],
    ["add", "cn", "http://127.0.0.1:9001/", "--replace", "--silent"],
    ["add", "cn", "store:neutral:http://127.0.0.1:9002/", "--replace"],
    ["add", "cn", "zip:/mnt/stick/cn.zip", "--replace"],
    ["remove", "cn"],
    ["publish", "/srv/store/us"],
    ["publish", "store:neutral:http://127.0.0.1:9002/"],
    ["listen", "127.0.0.1:47101"],
    ["store", "1000000"],
]


def test_what_each_change_says_undoes_it(homes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = homes / "us" / "node.json"
    for words in CHANGES:
        before = settings.read_bytes()
        said = link(capsys, homes / "us", *words)
        assert settings.read_bytes() != before, words
        undo = next(line for line in said.splitlines() if line.startswith("Undo: detente ")).split()[2:]
        assert main(undo) == 0
        capsys.readouterr()
        assert json.loads(settings.read_bytes()) == json.loads(before), words


def test_saying_it_twice_changes_nothing_and_chinese_is_told(
    homes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ["publish", "/srv/us"],
        ["listen", "127.0.0.1:1"],
        ["add", "cn", "dir:/srv/cn", "--replace"],
    ):
        link(capsys, homes / "us", *words)
        assert "原已如此" in link(capsys, homes / "us", *words, "--lang", "zh")
    told = link(capsys, homes / "us", "list", "--lang", "zh")
    assert all(one in told for one in ("读取", "不敲门", "/srv/us", "供他方读取于"))
    listed = json.loads(link(capsys, homes / "us", "list", "--json"))
    assert listed["peers"]["cn"] == {"source": "dir:/srv/cn", "doorbell": None}


@pytest.mark.parametrize(
    ("words", "step", "code"),
    [
        (["add", "cn", "http://127.0.0.1:9001/"], "link.1", 65),
        (["remove", "fr"], "link.2", 68),
        (["withdraw", "/srv/nowhere"], "link.3", 68),
        (["publish", "srv/us"], "link.4", 65),
        (["listen", "everywhere"], "link.5", 65),
        (["listen", "127.0.0.1:65536"], "link.5", 65),
        (["store", "-1"], "link.6", 65),
        (["add", "fr", "dir:/srv/fr"], "link.7", 68),
        (["add", "cn", "ftp://127.0.0.1/", "--replace"], "source.5", 65),
        (["add", "cn", "store:fr:http://127.0.0.1:9002/", "--replace"], "home.2", 65),
    ],
)
def test_what_is_refused_leaves_the_settings_as_they_were(
    homes: Path, capsys: pytest.CaptureFixture[str], words: list[str], step: str, code: int
) -> None:
    before = (homes / "us" / "node.json").read_bytes()
    assert step in link(capsys, homes / "us", *words, code=code)
    assert (homes / "us" / "node.json").read_bytes() == before
