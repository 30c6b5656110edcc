"""The duty officer at the command line: what is said reads alike in both languages, and is read back."""

import json
from pathlib import Path

import msgspec
import pytest

from detente.faces import message, pillars, telegram
from detente.faces.cli import main
from detente.faces.cli.lines import call_line
from detente.faces.message import TEMPLATES, About, Setting
from detente.faces.sentence import chinese
from detente.faces.speech import Voice
from detente.faces.watchkeeper import NO_DESK
from detente.node.wake import Call
from detente.trust.errors import Malformed

EDITION = pillars.editions()["notices"]
NOW = 1_790_000_000_000
WHERE = Setting("us", NOW, "live", EDITION)


def channel(capsys: pytest.CaptureFixture[str], home: Path, *words: str, code: int = 0) -> str:
    assert main(["channel", *words, "--home", str(home)]) == code
    said = capsys.readouterr()
    return said.out + said.err


EVENT = ["subject=loss_of_control", "precedence=flash", "wish=read_back", "tlp=amber"]


def sets(*words: str) -> list[str]:
    return [part for word in words for part in ("--set", word)]


def test_every_template_of_the_channel_can_be_filled_and_stands_with_its_pillar() -> None:
    """The list of the accord's annex: none is missing, and each makes a draft of an installed kind."""
    answers = {"confirmed", "denied", "clarification", "done", "declined", "cannot-say"}
    assert set(TEMPLATES) == answers | {
        "advance-notice",
        "event",
        "all-clear",
        "sent-in-error",
        "query",
        "cannot-lawfully-send",
        "correction",
        "counter-reading",
        "pause",
        "pause-request",
        "lift",
        "test",
    }
    known = dict(word.split("=") for word in EVENT)
    more = {
        "query": {"to": "cn", "asks": "status", "precedence": "flash"},
        "cannot-lawfully-send": {"legal_basis": "state_secrets"},
        "counter-reading": {"subject": "test_activity", "basis": "analysis", "level": "0"},
        "pause-request": {"binds": "cn", "activity": "training_run", "grounds": "precaution"},
        "pause": {"activity": "training_run", "grounds": "precaution"},
        "lift": {"because": "resolved"},
        "test": {"announced": "y", "precedence": "routine"},
    }
    pause = {"until": "+3d", "precedence": "immediate"}
    first = message.fill("event", known, None, WHERE)
    about = About("a" * 64, "a" * 64, "notices.notice", "cn", first.open)
    for name, template in TEMPLATES.items():
        starts = template.kind in ("notice", "query", "test", "pause")
        extra = pause if template.kind == "pause" else {}
        said = more.get(name, {} if not starts else known) | extra
        made = message.fill(name, said, None if starts else about, WHERE)
        assert made.kind == f"notices.{template.kind}"
        assert set(made.open) == set(EDITION.pillar.kinds[template.kind].open.__struct_fields__), name


def test_a_correction_begins_as_what_it_corrects_and_is_as_fast(capsys: pytest.CaptureFixture[str]) -> None:
    del capsys
    first = message.fill("event", dict(word.split("=") for word in EVENT), None, WHERE)
    about = About("a" * 64, "a" * 64, first.kind, "us", first.open)
    made = message.fill("correction", {"level": "2"}, about, WHERE)
    assert made.open == first.open | {"level": 2, "of": "a" * 64}


def test_what_takes_a_message_back_or_accepts_a_request_states_nothing_anew_and_is_as_fast() -> None:
    """Minutes count: a false alarm is taken back, and a pause accepted, by naming the message alone."""
    known = dict(word.split("=") for word in EVENT) | {"level": "6"}
    alarm = About("a" * 64, "a" * 64, "notices.notice", "us", message.fill("event", known, None, WHERE).open)
    back = message.fill("sent-in-error", {}, alarm, WHERE).open
    kept = {"subject", "precedence", "tlp"}
    assert {name: back[name] for name in kept} == {name: alarm.open[name] for name in kept}
    assert (back["template"], back["wish"], back["about"]) == ("sent_in_error", "read_back", alarm.id)
    assert back["level"] is None
    over = message.fill("all-clear", {"precedence": "routine", "wish": "none"}, alarm, WHERE).open
    assert (over["subject"], over["tlp"]) == (alarm.open["subject"], alarm.open["tlp"])

    asked = {"binds": "us", "activity": "training_run", "grounds": "precaution", "until": "+3d"}
    said = message.fill("pause-request", asked | {"precedence": "flash"}, None, WHERE).open
    request = About("b" * 64, "b" * 64, "notices.pause", "cn", said)
    accepted = message.fill("pause", {}, request, WHERE).open
    assert accepted == said | {"about": request.id, "binds": "us", "respond_by": None}
    assert message.fill("pause", {"until": "+1d"}, request, WHERE).open["until"] < said["until"]


@pytest.mark.parametrize(
    ("what", "zh"),
    [
        (NO_DESK, "没有打开的工作台可显示。"),
        ("The webhook did not take it: HTTP 500.", "网络回调未接收：HTTP 500。"),
        ("", ""),
    ],
)
def test_why_a_call_failed_is_said_in_the_language_of_whoever_looks(what: str, zh: str) -> None:
    call = Call(domain="live", record="a" * 64, why="arrived", officer="first desk", way="desk", at=NOW)
    failed = msgspec.structs.replace(call, outcome="failed", what=what)
    assert call_line(failed, Voice("zh")).endswith(f"失败  {zh}".rstrip())
    assert call_line(failed, Voice("en")).endswith(f"FAILED  {what}".rstrip())


@pytest.mark.parametrize(
    ("name", "said", "step"),
    [
        ("denied", {}, "message.1"),
        ("event", {"subject": "weather"}, "message.2"),
        ("event", {"subject": "misuse"}, "message.3"),
        ("event", {"colour": "red"}, "message.4"),
    ],
)
def test_a_template_that_is_not_filled_is_refused_with_the_values_it_could_have(
    name: str, said: dict[str, str], step: str
) -> None:
    known = dict(word.split("=") for word in EVENT) if step == "message.4" else {}
    with pytest.raises(Malformed) as refused:
        message.fill(name, known | said, None, WHERE)
    assert refused.value.step == step


def test_all_that_is_still_to_be_stated_is_asked_at_once_each_with_its_values() -> None:
    """Who fills a template at a terminal does not find its fields by being refused once for each."""
    with pytest.raises(Malformed, match=r"Not stated: precedence, subject, tlp, wish\.") as refused:
        message.fill("event", {}, None, WHERE)
    remedy, zh = refused.value.remedy, chinese("message.3", refused.value.remedy)
    for offer in (
        "precedence: flash, immediate, priority, routine;",
        "tlp: amber,",
        "wish: apply_mitigation,",
    ):
        assert offer in remedy
        assert offer in zh
    assert zh.startswith("请逐项写作 --set 字段=值")


def test_both_languages_are_made_from_the_one_record_and_remarks_stand_below_the_line() -> None:
    made = message.fill(
        "event", dict(word.split("=") for word in EVENT) | {"remark.zh": "切断外网"}, None, WHERE
    )
    lines = telegram.lines(EDITION, made.kind, made.open, made.values)
    below = next(n for n, line in enumerate(lines) if telegram.REMARK.zh in line)
    assert any("Loss of control over a system / 系统失控" in line for line in lines[:below])
    assert any("切断外网" in line for line in lines[below:])
    assert not any("切断外网" in line for line in lines[:below])
    assert telegram.digest(made.kind, made.open)[:16] in "".join(lines[:below])
    changed = made.values | {"remark": ["all is well", "一切正常"]}
    assert telegram.lines(EDITION, made.kind, made.open, changed)[:below] == lines[:below]


def test_a_message_is_sent_shown_and_read_back_by_the_digits_below_it(
    homes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    us, cn = homes / "us", homes / "cn"
    channel(capsys, us, "send", "event", *sets(*EVENT), "--preview")
    assert json.loads(channel(capsys, us, "status", "--json"))["alarms"] == []
    sent = json.loads(channel(capsys, us, "send", "event", *sets(*EVENT), "--json"))["id"]
    assert "own-message" in channel(capsys, us, "read", sent, "--digest", _digits(capsys, us, sent), code=77)
    main(["link", "add", "us", f"dir:{us}/public", "--replace", "--home", str(cn)])
    from detente.faces import door  # noqa: PLC0415 (one test reaches behind the command)

    with door.reach(cn) as node:
        node.sync("live")
    digits = _digits(capsys, cn, sent)
    assert "channel.4" in channel(capsys, cn, "read", sent[:12], "--digest", "0" * 16, code=77)
    assert "channel.4" in channel(capsys, cn, "read", sent[:12], "--digest", digits[:7], code=77)
    read = json.loads(channel(capsys, cn, "read", sent[:12], "--digest", digits, "--json"))
    assert read["index"] >= 0


def _digits(capsys: pytest.CaptureFixture[str], home: Path, name: str) -> str:
    capsys.readouterr()
    return str(json.loads(channel(capsys, home, "show", name, "--json"))["read_back"])[:16]


def test_a_rota_is_given_shown_and_its_words_are_said_on_the_telephone(
    homes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    us = homes / "us"
    assert "channel.3" in channel(capsys, us, "rota", code=68)
    assert "不会呼叫任何人" in channel(capsys, us, "status", "--lang", "zh")
    example = channel(capsys, us, "rota", "--example")
    (tmp_path / "rota.json").write_text(example)
    assert "night desk" in channel(capsys, us, "rota", "--file", str(tmp_path / "rota.json"))
    sent = json.loads(channel(capsys, us, "send", "event", *sets(*EVENT), "--json"))["id"]
    told = channel(capsys, us, "voice", sent)
    assert "Subject: Loss of control over a system." in told
    assert "事由：系统失控。" in told
    assert "+86 10 0000 0001" in told
    assert "channel.2" in channel(capsys, us, "take", sent, "--as", "nobody", code=68)
    assert "channel.1" in channel(capsys, us, "take", sent, "--as", "night desk", code=68)
    assert channel(capsys, us, "calls") == "\n"
    assert "correction" in channel(capsys, us, "templates")
