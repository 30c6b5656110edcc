"""The demonstration of the clearing house: each part ends in a check, and its search finds what is there."""

import base64
import gzip
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from detente.faces.demo import leaks

STEPS = (
    *("report", "triage", "table", "match", "notice", "pause"),
    *("response", "correction", "lift", "close", "digest", "reporter"),
)


@pytest.fixture
def names(tmp_path: Path) -> str:
    path = tmp_path / "names"
    path.write_text("某某智算\n13812345678", encoding="utf-8")
    return str(path)


def test_the_search_of_the_demonstration_finds_a_name_below_layers_and_in_a_database(
    tmp_path: Path, names: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "other.txt").write_text("无关", encoding="utf-8")
    with closing(sqlite3.connect(home / "node.db")) as base:
        base.execute("CREATE TABLE body (data BLOB)")
        base.commit()
        assert leaks.main([names, str(home)]) == leaks.CLEAN
        # So long that the database lays it on several pages, between which it is interrupted.
        filler = " ".join(str(n * 7919 % 10007) for n in range(9000))
        hidden = base64.b64encode(gzip.compress(f"{filler} 公司：某某智算".encode(), mtime=0))
        base.execute("INSERT INTO body VALUES (?)", (hidden,))
        base.commit()
    assert leaks.main([names, str(home), "--lang", "zh"]) == leaks.FOUND
    said = capsys.readouterr().out
    assert "node.db:0  base64 > gzip" in said
    assert "发现 1 处" in said
    (home / "node.db").unlink()
    (home / "plain").write_text("电话13812345678", encoding="utf-8")
    assert leaks.main([names, str(home / "plain")]) == leaks.FOUND


def test_what_was_deleted_from_a_database_and_still_lies_in_it_is_found(tmp_path: Path, names: str) -> None:
    with closing(sqlite3.connect(tmp_path / "node.db")) as base:
        base.execute("PRAGMA secure_delete = OFF")
        base.execute("CREATE TABLE body (data TEXT)")
        base.execute("INSERT INTO body VALUES ('公司：某某智算')")
        base.commit()
        base.execute("DELETE FROM body")
        base.commit()
    assert leaks.main([names, str(tmp_path / "node.db")]) == leaks.FOUND


def test_a_home_whose_files_are_renamed_meanwhile_is_searched_all_the_same(
    tmp_path: Path, names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, once = tmp_path / "home", [1]
    home.mkdir()
    (home / "x.tmp").write_text("某某智算", encoding="utf-8")
    read = Path.read_bytes

    def moved(path: Path) -> bytes:
        if once:
            once.clear()
            path.rename(path.with_suffix(""))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", moved)
    assert leaks.main([names, str(home)]) == leaks.FOUND


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_demonstration_of_the_clearing_house_ends_each_part_in_a_check_in_both_languages() -> None:
    words = [sys.executable, "-m", "detente.faces.demo.clearinghouse", "--exit", "--json", "--lang", "both"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=390)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    steps = json.loads(done.stdout.splitlines()[-1])["steps"]
    assert {name: one["held"] for name, one in steps.items()} == dict.fromkeys(STEPS, True)
    assert (steps["triage"]["disputed"], steps["triage"]["second_reader"]) == (["harm"], "case.3")
    assert not steps["table"]["before"]
    assert steps["digest"]["early"] == "account.6"
    assert (steps["match"]["common"], steps["match"]["found"]) == ([1, 1], [["cve:CVE-2023-48022"]] * 2)
    assert (steps["notice"]["wrong"], steps["notice"]["before"]) == (
        "channel.4",
        {"us": "owed", "neutral": "owed"},
    )
    for text in ("De-identified, and rated", "去标识与评级", "REFUSED", "被拒绝"):
        assert text in done.stdout
