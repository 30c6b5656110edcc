"""The demonstration, started and read as by a person; nothing of it stays behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from detente.faces.cli import main
from detente.faces.demo.cases import cases
from detente.faces.demo.stage import PortTaken, ports

DEMO = [sys.executable, "-m", "detente.faces.demo"]
PARTIES = ("us", "cn", "neutral")


class Played(NamedTuple):
    """A demonstration that has ended."""

    folder: Path
    base: int
    story: str
    told: dict[str, Any]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("demo") / "d"
    base = free_base()
    words = [*DEMO, "--exit", "--json", "--dir", str(folder), "--base-port", str(base), "--lang", "both"]
    result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    *story, last = result.stdout.splitlines()
    yield Played(folder, base, "\n".join(story), json.loads(last))
    shutil.rmtree(folder, ignore_errors=True)


def free_base() -> int:
    """Three ports in a row that are free now."""
    for base in range(20_000 + os.getpid() % 9_000, 32_000, 7):
        try:
            ports(base, 3)
        except PortTaken:
            continue
        return base
    raise AssertionError("no three ports in a row")


def remaining(folder: Path) -> list[str]:
    """Command lines of processes that name the folder."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = one.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in words and "-m detente" in words:
            found.append(words)
    return found


pytestmark = [pytest.mark.slow, pytest.mark.timeout(150), pytest.mark.xdist_group("demo")]


def test_no_process_and_no_port_stays_behind(played: Played) -> None:
    assert remaining(played.folder) == []
    for n in range(3):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", played.base + n))


def test_every_node_holds_every_record(played: Played) -> None:
    records = played.told["records"]
    assert set(records["held"]) == set(played.told["parties"]) == set(PARTIES)
    assert set(records["held"].values()) == {records["tabled"]}


def test_at_least_forty_real_incidents_are_told_and_marked_in_both_languages(played: Played) -> None:
    titles = [one.title for one in cases().values()]
    told = [title for title in titles if title[0] in played.story and title[1] in played.story]
    assert len(told) >= 40
    assert all("demonstration" in english and "演示" in chinese for english, chinese in told)
    assert "No record is any government's statement" in played.story
    assert "任何记录都不是任何政府的声明" in played.story
    assert "Clocks are shortened" in played.story


def test_the_gate_gave_to_one_and_refused_another_by_a_named_rule(played: Played) -> None:
    assert "disclosed to cn by near-misses-to-peers" in played.story
    assert "refused to cn by near-misses-to-peers" in played.story
    assert played.told["refusals"]["near-misses-to-peers"] > 0
    assert played.told["refusals"]["gate.8 does-not-stand"] == 1


def test_acknowledgements_discharged_their_duties(played: Played) -> None:
    assert played.told["duties"]["kept"] >= 3
    assert "missed" not in played.told["duties"]


def test_all_sides_computed_one_standing_and_every_byte_held(played: Played) -> None:
    assert len(set(played.told["standing"].values())) == 1
    assert set(played.told["standing"]) == set(PARTIES)
    assert played.told["verified"] is True
    assert played.story.count("Every byte holds") == 6


def test_the_killed_node_lost_nothing_that_it_had_acknowledged(played: Played) -> None:
    line = next(one for one in played.story.splitlines() if "it had acknowledged" in one)
    words = line.split()
    assert int(words[words.index("entries") - 1]) >= int(words[words.index("acknowledged") + 1])


def test_homes_can_be_asked_after_the_play(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    digests = set()
    for party in PARTIES:
        words = ["--home", str(played.folder / party), "--cut", str(played.folder / "cut.json")]
        assert main(["standing", *words, "--as-of", "1900000000000", "--json"]) == 0
        digests.add(json.loads(capsys.readouterr().out)["digest"])
    assert len(digests) == 1


def test_a_record_is_shown_in_both_languages_with_its_states(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(played.folder / "us")]
    assert main(["record", "list", "--kind", "incidents.report", "--json", *home]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert len(listed) >= 40
    name = next(one["id"] for one in listed if one["party"] == "us")
    assert main(["record", "show", name[:16], "--lang", "zh", *home]) == 0
    shown = capsys.readouterr().out
    assert name in shown
    assert "〔演示〕" in shown
    assert "neutral held" in shown


def test_a_sealed_field_is_open_only_where_it_was_disclosed(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(played.folder / "us"), "--json"]
    main(["record", "list", "--kind", "accord.release", *home])
    releases = [one["id"] for one in json.loads(capsys.readouterr().out) if one["party"] == "us"]
    seen = {}
    for release in releases:
        main(["record", "show", release, *home])
        opened = json.loads(capsys.readouterr().out)["open"]
        main(["record", "show", opened["record"], "--home", str(played.folder / opened["to"]), "--json"])
        values = json.loads(capsys.readouterr().out)["values"]
        assert set(values) == set(opened["paths"])
        seen[opened["to"]] = values
    assert set(seen) == {"cn", "neutral"}
    assert "summary" in seen["neutral"]
    assert "summary" not in seen["cn"]


@pytest.mark.parametrize("where", ["checkpoint", "bodies", "tile", "vkeys", "policy", "cosigned", "accord"])
def test_an_export_with_one_byte_flipped_is_refused_in_plain_words(
    played: Played, tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "export"
    shutil.copytree(played.folder / "exports" / "us", copy)
    target = max(
        (one for one in copy.rglob("*") if one.is_file() and where in str(one.relative_to(copy))), key=str
    )
    data = bytearray(target.read_bytes())
    data[len(data) // 2] ^= 1
    target.write_bytes(data)
    assert main(["verify", str(copy)]) == 1
    said = capsys.readouterr().out
    assert "do not hold" in said
    assert str(target.relative_to(copy).parts[0]) in said


def test_a_recount_refuses_an_export_that_does_not_hold(
    played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "export"
    shutil.copytree(played.folder / "exports" / "us", copy)
    (copy / "live" / "us" / "stray").write_bytes(b"x")
    assert main(["standing", "--export", str(copy), "--as-of", "1900000000000"]) == 66
    assert "recount.1" in capsys.readouterr().err


def test_a_home_that_was_changed_does_not_verify(
    played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "home"
    shutil.copytree(played.folder / "cn", copy, ignore=shutil.ignore_patterns("door"))
    checkpoint = copy / "public" / "live" / "cn" / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n", b"\r\n", 1))
    assert main(["verify", str(copy)]) == 1
    assert capsys.readouterr().out


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x", encoding="utf-8")
    words = [*DEMO, "--exit", "--dir", str(tmp_path)]
    result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    assert result.returncode == 69
    assert "demo.1" in result.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        base = taken.getsockname()[1]
        words = [*DEMO, "--exit", "--dir", str(tmp_path / "d"), "--base-port", str(base)]
        result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    assert result.returncode == 69
    assert "stage.2" in result.stderr
    assert remaining(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_is_stopped_nothing_stays_behind(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "d"
    with subprocess.Popen([*DEMO, "--dir", str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "neutral: a node of its own" in line:
                break
        assert len(remaining(folder)) >= 9
        process.send_signal(number)
        process.stdout.close()
        process.wait(20)
    deadline = time.monotonic() + 15
    while remaining(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert remaining(folder) == []
