"""Two sides respond to one incident: each moves its own state, asks by a clock, and sees the same board."""

import json
import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "node"))

from detente.accord.machines.response import RESPONSE
from detente.faces import board, pillars, playbook
from detente.faces.board import Board
from detente.faces.cli import main
from detente.node.draft import Clearance
from detente.node.home import Home
from detente.trust.errors import DetenteError
from homes import World

EDITION = pillars.editions()["response"]
GRANT = """
  - {id: indicators, kind: response.indicator, fields: [pattern, notation, context], to: peer, by: node}
"""


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("respond"))
    state = '{edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}'
    world.accord = world.accord.replace("scales:", f"  response: {state}\nscales:").replace(
        "\noutflow:", f"{GRANT}outflow:"
    )
    world.found()
    home = Home.at(world.home("us"))
    home.change(msgspec.structs.replace(home.settings, clearance=Clearance("safety", "official")))
    return world


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    return founded.copy(tmp_path)


def respond(capsys: pytest.CaptureFixture[str], home: Path, *words: str, code: int = 0) -> str:
    assert main(["respond", *words, "--home", str(home)]) == code, capsys.readouterr().err
    said = capsys.readouterr()
    return said.out + said.err


def sets(*words: str) -> list[str]:
    return [part for word in words for part in ("--set", word)]


def synced(world: World) -> None:
    with world.nodes() as nodes:
        world.settle(nodes, 2)
        for node in nodes.values():
            node.release_due()
        world.settle(nodes, 2)


def seen(world: World, party: str, name: str) -> Board:
    with world.open(party) as node:
        return board.of(node, name, "live", node.clock.now())


def test_both_sides_see_the_same_board_and_each_moves_its_own_state(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.node.node.SystemClock", lambda *_: world.clock)
    us, cn = world.home("us"), world.home("cn")
    opened = json.loads(
        respond(capsys, us, "open", *sets("playbook=cyberattack", "joint=y", "level=4"), "--json")
    )["id"]
    synced(world)
    respond(capsys, us, "turn", opened[:12], "triage")
    respond(capsys, us, "turn", opened[:12], "contain", "--set", "account.en=keys revoked")
    respond(capsys, cn, "turn", opened[:12], "triage")
    assert "out-of-turn" in respond(capsys, cn, "turn", opened, "recover", code=77)
    respond(capsys, us, "say", opened, "role", *sets("role=lead", "filled=y"))
    respond(capsys, us, "say", opened, "request", *sets("to=cn", "asks=preserve_evidence", "by=+4h"))
    pattern = sets(
        "sort=prompt_pattern", "confidence=70", "valid_until=+30d", "tlp=amber", "pattern=ask in pieces"
    )
    sought = json.loads(respond(capsys, us, "say", opened, "indicator", *pattern, "--json"))["id"]
    report = json.loads(respond(capsys, us, "say", opened, "situation", *sets("number=1"), "--json"))["id"]
    synced(world)
    asked = seen(world, "cn", opened).requests[0].id
    respond(capsys, cn, "say", opened, "reply", "--of", asked, *sets("outcome=done"))
    respond(capsys, cn, "say", opened, "sighting", "--of", sought, *sets("count=few"))
    respond(capsys, cn, "say", opened, "situation", "--of", report, *sets("number=1"))
    synced(world)
    ours, theirs = seen(world, "us", opened), seen(world, "cn", opened)
    assert ours.states == theirs.states == {"us": "contained", "cn": "triaged"}
    assert ours.reports == {"1": True}
    assert (ours.requests[0].outcome, ours.requests[0].late) == ("done", False)
    assert ours.indicators[0].seen == {"cn": "few"}
    assert ours.roles == {"us": ("lead",)}
    assert "Contained" in respond(capsys, cn, "board", opened)
    assert "next: eradicate, relapse" in respond(capsys, us, "board", opened)
    assert "已控制" in respond(capsys, cn, "list", "--lang", "zh")


def test_the_board_at_a_terminal_says_all_that_both_sides_have_said_in_either_language(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on the desk's board is here too: reports, advisories and sightings were missing here."""
    monkeypatch.setattr("detente.node.node.SystemClock", lambda *_: world.clock)
    us = world.home("us")
    opened = json.loads(respond(capsys, us, "open", *sets("joint=n"), "--json"))["id"]

    def say(kind: str, *words: str) -> str:
        return str(json.loads(respond(capsys, us, "say", opened, kind, *words, "--json"))["id"])

    say("request", *sets("to=cn", "asks=patch", "by=+1h"))
    sought = say(
        "indicator", *sets("sort=domain", "confidence=9", "valid_until=+9h", "tlp=red", "pattern=x.y")
    )
    say("sighting", "--of", sought, *sets("count=many"))
    say("situation", *sets("number=3"))
    advisory = say("advisory", *sets("audience=operators", "tlp=green"))
    for event in ("contain", "eradicate", "recover", "review"):
        respond(capsys, us, "turn", opened, event)
    review = say("review", *sets("cause=model", "lessons=1"))
    lesson = say("lesson", "--of", review, *sets("owner=us", "due=+30d", "closed=n"))
    world.clock.advance(2 * 3_600_000)
    english, chinese = (respond(capsys, us, "board", opened, "--lang", one) for one in ("en", "zh"))
    for name in (sought, advisory, lesson):
        assert name[:16] in english
        assert name[:16] in chinese
    for words in (
        "LATE",
        "x.y",
        "TLP:RED",
        "us: Many times",
        "Situation report 3  one side says it",
        "to be mended",
    ):
        assert words in english, english
    for words in ("已逾期", "第 3 号态势报告  仅一方提出", "通告", "待整改", "各方状态"):
        assert words in chinese, chinese
    assert "next:" not in english


def test_what_is_sealed_reaches_the_other_side_by_the_gate_alone(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The indicator's pattern is granted to peers by this accord, the opening's title is not."""
    monkeypatch.setattr("detente.node.node.SystemClock", lambda *_: world.clock)
    us = world.home("us")
    title = sets("title.en=the northern grid", "title.zh=北部电网", "joint=y")
    opened = json.loads(respond(capsys, us, "open", *title, "--json"))["id"]
    said = sets("sort=account", "confidence=50", "valid_until=+1d", "tlp=red", "pattern=A-17")
    sought = json.loads(respond(capsys, us, "say", opened, "indicator", *said, "--json"))["id"]
    synced(world)
    with world.open("cn") as node:
        assert "title" not in node.record(opened).values
    assert [one.pattern for one in seen(world, "cn", opened).indicators] == ["A-17"]
    assert seen(world, "neutral", opened).indicators[0].pattern == ""
    assert sought in seen(world, "neutral", opened).indicators[0].id


def test_an_indicator_is_gone_when_it_has_expired_and_a_request_is_late_when_it_is(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.node.node.SystemClock", lambda *_: world.clock)
    us = world.home("us")
    opened = json.loads(respond(capsys, us, "open", *sets("joint=n"), "--json"))["id"]
    respond(
        capsys,
        us,
        "say",
        opened,
        "indicator",
        *sets("sort=domain", "confidence=9", "valid_until=+1h", "tlp=red"),
    )
    respond(capsys, us, "say", opened, "request", *sets("to=cn", "asks=patch", "by=+1h"))
    with world.open("us") as node:
        now = node.clock.now()
        assert len(board.of(node, opened, "live", now).indicators) == 1
        later = board.of(node, opened, "live", now + 2 * 3_600_000)
    assert later.indicators == ()
    assert [one.late for one in later.requests] == [True]


def test_the_checklist_is_the_playbook_that_the_response_names_and_ticks_stay_at_home(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.node.node.SystemClock", lambda *_: world.clock)
    us = world.home("us")
    opened = json.loads(respond(capsys, us, "open", *sets("joint=n", "playbook=false_alarm"), "--json"))["id"]
    assert "[ ] 1." in respond(capsys, us, "checklist", opened)
    assert "[x] 1." in respond(capsys, us, "checklist", opened, "--tick", "1")
    assert "respond.2" in respond(capsys, us, "checklist", opened, "--tick", "99", code=65)
    other = json.loads(respond(capsys, us, "open", *sets("joint=n"), "--json"))["id"]
    assert "respond.1" in respond(capsys, us, "checklist", other, code=68)
    assert "playbook.1" in respond(capsys, us, "checklist", other, "--playbook", "weather", code=68)
    assert "board.1" in respond(capsys, us, "board", "0" * 64, code=68)
    with world.open("us") as node:
        kinds = [one.kind for one in node.records()]
    assert kinds == ["response.opened"] * 2


def test_every_playbook_is_named_by_the_pillar_and_its_steps_run_through_its_states() -> None:
    """No playbook without a word, no word without a playbook; each ends in a review, in both languages."""
    assert set(playbook.names()) == set(EDITION.words.values["playbook"])
    roles = set(EDITION.words.values["role"])
    for name in playbook.names():
        found = playbook.load(name)
        states = [one.state for one in found.steps]
        assert set(states) <= set(RESPONSE.states), name
        assert (states[0], states[-1]) == ("detected", "reviewed"), name
        assert states == sorted(states, key=RESPONSE.states.index), name
        assert {one.role for one in found.steps} <= roles, name
        words = (found.title, found.when, found.never)
        texts = [*(one.text for one in words), *(one.text for one in found.steps)]
        assert all(one.en and any("一" <= letter <= "鿿" for letter in one.zh) for one in texts), name
        word = EDITION.words.values["playbook"][name]
        assert (found.title.en, found.title.zh) == (word.en, word.zh), name


def test_playbooks_are_shown_in_the_readers_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["playbook", "show", "nuclear_command", "--lang", "zh"]) == 0
    assert "该系统无决定权" in capsys.readouterr().out
    assert main(["playbook", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 8


def test_a_relapse_is_triaged_again_and_what_is_over_stays_over() -> None:
    from detente.trust.machine import Event, fold  # noqa: PLC0415 (one test plays the table)

    def state(*events: str) -> str:
        return fold(RESPONSE, {}, [Event(one) for one in events]).state

    assert state("triage", "contain", "relapse", "contain", "eradicate", "recover", "review") == "reviewed"
    assert state("triage", "dismiss", "contain") == "dismissed"
    assert state("recover") == "detected"
    with pytest.raises(DetenteError):
        playbook.load("../false_alarm")
