"""The demonstration, started and read as by a person; nothing of it stays behind."""

import importlib.util
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

import httpx
import pytest

from detente.faces import exits
from detente.faces.adversary.__main__ import ATTACKS
from detente.faces.adversary.fate import FATES
from detente.faces.cli import main
from detente.faces.demo.cases import cases
from detente.faces.demo.stage import PortTaken, ports

DEMO = [sys.executable, "-m", "detente.faces.demo"]
PARTIES = ("us", "cn", "neutral")
ROOT = Path(__file__).parents[2]


class Played(NamedTuple):
    """A demonstration that has ended, by Ctrl-C after it had shown everything."""

    folder: Path
    base: int
    story: str
    told: dict[str, Any]
    desks: dict[str, int]
    code: int


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("demo") / "d"
    base = free_base()
    words = [*DEMO, "--json", "--dir", str(folder), "--base-port", str(base), "--lang", "en"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("{"):
                break
        assert lines, process.stderr.read()[-3000:]
        assert lines[-1].startswith("{"), f"{lines[-1]}: {process.stderr.read()[-3000:]}"
        desks = {}
        for line in process.stderr:
            if "stay up until Ctrl-C" in line:
                break
            address = line.split()[-1]
            desks[address] = httpx.get(address, follow_redirects=False, trust_env=False).status_code
        process.send_signal(signal.SIGINT)
        try:
            code = process.wait(60)
        finally:
            process.kill()  # its nodes end with it
    *story, last = lines
    yield Played(folder, base, "\n".join(story), json.loads(last), desks, code)
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


def repeated(command: str) -> subprocess.CompletedProcess[str]:
    """A check as its reader repeats it, with `detente` on the path."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, env=os.environ | {"PATH": path}
    )


pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("demo")]


def test_the_story_is_the_one_that_the_readme_shows(played: Played) -> None:
    spec = importlib.util.spec_from_file_location("session", ROOT / "tests/house/session.py")
    assert spec is not None
    assert spec.loader is not None
    documents = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(documents)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = {command: output for command, output, _ in documents.steps(text)}["./run demo --exit"]
    assert shown.count("check, for anyone to repeat") == 3
    assert documents.agrees(shown, played.story), played.story


def test_three_desks_answer_at_the_printed_addresses_until_ctrl_c(played: Played) -> None:
    assert len(played.desks) == 3
    assert all(code < 400 for code in played.desks.values()), played.desks
    assert played.code == exits.INTERRUPTED


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
    told = [title for title in titles if title[0] in played.story]
    assert len(told) >= 40
    assert all("demonstration" in english and "演示" in chinese for english, chinese in told)
    assert "No record is any government's statement" in played.story
    assert "Clocks are shortened" in played.story


def test_the_gate_gave_to_one_and_refused_another_by_a_named_rule(played: Played) -> None:
    assert "disclosed to cn by near-misses-to-peers" in played.story
    assert "refused to cn by near-misses-to-peers" in played.story
    assert played.told["refusals"]["near-misses-to-peers"] > 0
    assert played.told["refusals"]["gate.8 does-not-stand"] == 2, "a contradiction, and a wrong read-back"


def test_acknowledgements_discharged_their_duties(played: Played) -> None:
    assert played.told["duties"]["kept"] >= 3
    assert played.told["duties"]["missed"] == 1, "the one that the scene of the silent party is about"


def test_all_sides_computed_one_standing_and_every_byte_held(played: Played) -> None:
    assert len(set(played.told["standing"].values())) == 1
    assert set(played.told["standing"]) == set(PARTIES)
    assert played.told["verified"] is True
    assert played.story.count("Every byte holds") == 6


def test_the_killed_node_lost_nothing_that_it_had_acknowledged(played: Played) -> None:
    line = next(one for one in played.story.splitlines() if "it had acknowledged" in one)
    words = line.split()
    assert int(words[words.index("entries") - 1]) >= int(words[words.index("acknowledged") + 1])


@pytest.mark.parametrize("name", ["frozen", "withheld", "contingency", "caught"])
def test_a_scene_held_and_its_check_can_be_repeated_as_printed_after_the_play(
    played: Played, name: str
) -> None:
    scene = played.told["scenes"][name]
    assert scene["played"] is True
    assert scene["held"] is True
    assert f"$ {scene['check']['command']}" in played.story
    again = repeated(scene["check"]["command"])
    assert again.returncode == scene["check"]["exit"], again.stdout + again.stderr


def test_the_rivals_speak_by_the_store_with_no_connection_and_each_refusal_is_by_name(played: Played) -> None:
    scene = played.told["scenes"]["frozen"]
    assert scene["connections"] == (0 if sys.platform == "linux" else None)
    assert scene["refused"] == ["suspension.1", "gate.8"]
    for one in ("特提", "Flash", "read-back-differs", "We do nothing of the kind"):
        assert one in played.story


def test_what_the_law_withheld_is_counted_and_later_opened_to_one_alone(played: Played) -> None:
    scene = played.told["scenes"]["withheld"]
    assert scene["withheld"]["counted"] == 1
    assert scene["opened_to"] == ["neutral"]
    assert "The duty is excused, not kept; counted: 1" in played.story


def test_silence_is_undecided_then_missed_alike_and_late_performance_leaves_the_history(
    played: Played,
) -> None:
    scene = played.told["scenes"]["withheld"]
    assert scene["silent"] == {"party": "cn", "verdict": "unobservable", "lags": ["neutral"]}
    assert scene["late"] == {"verdict": "missed", "overdue": True}
    assert scene["mended"] == {"verdict": "missed", "overdue": False}
    assert len(set(scene["standing"].values())) == 1


def test_what_was_agreed_is_used_a_trigger_a_pause_and_its_end_a_pillar_activated_by_all_a_withdrawal(
    played: Played,
) -> None:
    scene = played.told["scenes"]["contingency"]
    assert scene["trigger"]["proposed_at"] == list(PARTIES)
    assert scene["pause"]["states"] == ["running", ""]
    assert (scene["activated"]["version"], scene["activated"]["alone"]) == (2, "charter.10")
    assert scene["withdrawal"]["state"] == ["closed"] * 3
    assert scene["refused"] == ["gate.4", "departure.1"]


def test_the_whole_list_of_the_adversary_is_caught_and_every_flipped_byte_named(played: Played) -> None:
    scene = played.told["scenes"]["caught"]
    assert set(scene["attacks"]) == set(ATTACKS)
    assert [name for name, one in scene["attacks"].items() if not one["caught"]] == []
    assert {name: tuple(one["steps"]) for name, one in scene["attacks"].items()} == {
        name: tuple(sorted(fate.steps)) for name, fate in FATES.items()
    }
    assert len(scene["flips"]) >= 8
    assert all(scene["flips"].values())


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
    assert "neutral 已持有" in shown


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
