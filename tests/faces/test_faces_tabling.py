"""A record is tabled from the command line: by answering in a terminal, or as JSON on standard input."""

import io
import json
import os
import pty
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from detente.accord.field import fields
from detente.faces import pillars
from detente.faces.cli import main

NEAR_MISS = files("detente.pillars.incidents") / "examples" / "near_miss_stopped_by_luck.json"
HARMFUL = files("detente.pillars.incidents") / "examples" / "near_miss_with_harm_refused.json"


def table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: str, *words: str
) -> tuple[int, str, str]:
    """Run a verb with JSON on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.encode())))
    code = main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def shown(capsys: pytest.CaptureFixture[str], home: Path, name: str) -> dict[str, Any]:
    assert main(["record", "show", name, "--home", str(home), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_an_example_of_the_pillar_is_tabled_as_it_is(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["incidents", "report", "--home", str(homes / "us"), "--json"]
    code, out, _ = table(monkeypatch, capsys, NEAR_MISS.read_text(encoding="utf-8"), *words)
    assert code == 0
    record = shown(capsys, homes / "us", json.loads(out)["id"])
    assert (record["kind"], record["party"], record["stands"]) == ("incidents.report", "us", True)
    assert record["values"]["system"].startswith("Amazon Q")
    assert record["missing"]["affected"] == "absent"


def test_what_names_nothing_is_none_and_what_is_not_known_is_unknown(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"to": "cn", "about": None, "asks": "status", "precedence": "flash", "respond_by": None}
    words = ["notices", "query", "--home", str(homes / "us"), "--json"]
    code, out, _ = table(monkeypatch, capsys, json.dumps({"open": asked}), *words)
    assert code == 0
    assert main(["record", "show", json.loads(out)["id"], "--home", str(homes / "us"), "--lang", "zh"]) == 0
    words_of = pillars.editions()["notices"].words.fields
    lines = {one.split()[0]: one.split()[-1] for one in capsys.readouterr().out.splitlines() if one.split()}
    assert lines[words_of["about"].zh] == "无"
    assert lines[words_of["respond_by"].zh] == "未知"


def test_a_draft_is_previewed_before_it_is_tabled(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["incidents", "report", "--home", str(homes / "us")]
    data = NEAR_MISS.read_text(encoding="utf-8")
    code, out, _ = table(monkeypatch, capsys, data, *words, "--preview", "--json")
    assert code == 0
    assert {one["audience"] for one in json.loads(out)} == {"cn", "neutral"}
    assert all(one["stays"] for one in json.loads(out)), "why not the rest"
    code, out, _ = table(monkeypatch, capsys, data, *words, "--preview", "--lang", "zh")
    assert "cn：" in out
    assert not any(word in out for word in ("waiting", "withheld", "not-eligible", "refused")), out
    assert main(["record", "list", "--home", str(homes / "us"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_the_same_nonce_twice_tables_once(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = json.loads(NEAR_MISS.read_text(encoding="utf-8"))["draft"] | {"nonce": "0f" * 16}
    words = ["incidents", "report", "--home", str(homes / "us"), "--json"]
    _, first, _ = table(monkeypatch, capsys, json.dumps(draft), *words)
    _, second, _ = table(monkeypatch, capsys, json.dumps(draft), *words)
    assert json.loads(first)["id"] == json.loads(second)["id"]
    assert json.loads(second)["again"] is True


def test_what_the_gate_refuses_is_not_in_the_log_and_exits_77(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["incidents", "report", "--home", str(homes / "us")]
    code, out, err = table(monkeypatch, capsys, HARMFUL.read_text(encoding="utf-8"), *words)
    assert (code, out) == (77, "")
    assert "near-miss-with-harm" in err
    assert main(["record", "list", "--kind", "incidents.report", "--home", str(homes / "us"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    "data",
    [
        "",
        "[]",
        "{}",
        '{"open": 3}',
        "{",
        '{"open": {}, "open": {}}',
        '{"open":' + "[" * 9_000 + "]" * 9_000 + "}",
    ],
    ids=["empty", "list", "bare", "number", "cut", "twice", "deep"],
)
def test_what_is_no_draft_is_refused_with_how_to_write_one(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: str
) -> None:
    code, _, err = table(monkeypatch, capsys, data, "incidents", "report", "--home", str(homes / "us"))
    assert code == 65
    assert "draft.1" in err
    assert "detente pillars" in err


def test_a_person_answers_in_a_terminal_and_the_result_alone_is_on_stdout(homes: Path) -> None:
    spec = pillars.editions()["incidents"].pillar.kinds["report"]
    example = json.loads(NEAR_MISS.read_text(encoding="utf-8"))["draft"]
    answers = [_typed(example["open"].get(one.name)) for one in fields(spec.open)]
    for one in fields(spec.sealed, text=True):
        value = example["sealed"].get(one.name, "")
        pair = one.item is not None and (one.low, one.high) == (2, 2)
        answers += (value or ["", ""]) if pair else [",".join(value) if isinstance(value, list) else value]
    ours, theirs = pty.openpty()
    words = ["incidents", "report", "--home", str(homes / "us"), "--json", "--lang", "zh"]
    with subprocess.Popen(
        [sys.executable, "-m", "detente", *words],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(theirs)
        for answer in answers:
            os.write(ours, f"{answer}\n".encode())
        out, err = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0, err
    assert json.loads(out)["domain"] == "live"
    assert "剩余独立有效安全层数" in err


def _typed(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "y" if value else "n"
    return "" if value is None else str(value)


def test_no_home_named_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DETENTE_HOME", raising=False)
    assert main(["status"]) == 69
    assert "DETENTE_HOME" in capsys.readouterr().err


def test_the_home_may_come_from_the_environment(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DETENTE_HOME", str(homes / "cn"))
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["party"] == "cn"


def test_digits_that_name_no_record_or_several_are_refused(
    homes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "show", "ffff", "--home", str(homes / "us")]) == 68
    assert "show.1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pillar", "code", "check"), [("notices", 77, "switching.2"), ("zebra", 68, "switching.3")]
)
def test_nobody_is_asked_to_sign_a_suspension_that_cannot_be(
    homes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], pillar: str, code: int, check: str
) -> None:
    act = tmp_path / "switch.act"
    words = ["accord", "suspend", pillar, "--home", str(homes / "us"), "--file", str(act)]
    assert main(words) == code
    assert check in capsys.readouterr().err
    assert not act.exists()
    words[2] = "incidents"
    assert main(words) == 0
    assert act.exists()


def test_an_act_on_a_record_takes_the_digits_that_pages_show_and_refuses_what_is_no_id(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(homes / "us")]
    words = ["incidents", "report", *home, "--json"]
    _, out, _ = table(monkeypatch, capsys, NEAR_MISS.read_text(encoding="utf-8"), *words)
    name = json.loads(out)["id"]
    assert main(["accord", "dispute", name[:16], "--about", "facts", "--json", *home]) == 0
    assert main(["release", name[:16], "--to", "cn", "--why", *home]) == 0
    odd = ["accord", "dispute", name[:16], "--about", "standing", "--clause", "a-clause", *home]
    assert main(odd) == 68
    assert "deciding.1" in capsys.readouterr().err
    capsys.readouterr()
    acts = (
        ["accord", "decide", "{}", "a-clause", "--answer", "take"],
        ["accord", "dispute", "{}", "--about", "facts"],
        ["accord", "resolve", "{}", "--answer", "drop"],
        ["accord", "affirm", "{}"],
        ["accord", "consent", "a-clause/1/{}/cn"],
        ["release", "{}", "--to", "cn"],
    )
    for odd, check in (("a-clause", "show.1"), ("z" * 64, "status.1"), ("0" * 64, "status.1")):
        for act in acts:
            expected = check
            if len(odd) == 64 and act[0] == "release":
                expected = "release.1"
            if len(odd) == 64 and act[1] == "consent":
                continue  # of a duty that is not here the gate speaks, once it was signed
            assert main([one.format(odd) for one in act] + home) == 68
            assert expected in capsys.readouterr().err, (act, odd)


@pytest.mark.parametrize("told", ["left", "terminated", "both", "often"])
def test_a_node_told_to_stop_or_left_alone_ends_cleanly(homes: Path, told: str) -> None:
    """`serve --until-eof` ends with 0 and without a word of trouble, whichever comes first, however often."""
    words = [sys.executable, "-m", "detente", "serve", "--home", str(homes / "us"), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        [*words, "--until-eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["party"] == "us"
        for _ in range({"left": 0, "often": 40}.get(told, 1)):
            process.terminate()
            time.sleep(0.002)
        if told in ("left", "both"):
            process.stdin.close()
            process.stdin = None
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "Fatal" not in err
    assert "Traceback" not in err
