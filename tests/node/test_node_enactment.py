"""Attacks on the way by which a version of the accord comes into a home: what does not bind stays outside."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detente.accord import document
from detente.faces import founding
from detente.faces.cli import main
from detente.node import enactment
from detente.node.home import Home
from detente.trust import canonical, envelope
from detente.trust.envelope import ACCORD_TYPE
from detente.trust.errors import DetenteError, Fork, Malformed, WrongContext
from homes import ACCORD, PARTIES, World, installed

Fields = dict[str, Any]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


def version(
    world: World, number: int = 2, *, people: tuple[str, ...] = ("first", "second"), **changes: object
) -> bytes:
    """The next version, signed by these officers of every party."""
    before = Home.at(world.home("us")).accords()[number - 1] if number - 1 in here(world) else b""
    digest = document.parse(envelope.parse(before).payload).digest if before else "0" * 64
    fields = json.loads(envelope.parse(Home.at(world.home("us")).accords()[1]).payload)
    fields |= {"version": number, "genesis": world.genesis, "previous": digest} | changes
    payload = canonical.encode(fields)
    officers = [world.officer(f"{party}-{one}") for party in PARTIES for one in people]
    return envelope.dump(founding.joined([one.sign(ACCORD_TYPE, payload) for one in officers]))


def here(world: World) -> dict[int, bytes]:
    return Home.at(world.home("us")).accords()


def kept(world: World) -> list[tuple[str, str]]:
    with world.open("us") as node:
        return [(one.kind, one.step) for one in node.evidence()]


def test_a_version_that_all_signed_rules_from_the_next_start_and_comes_twice_without_harm(
    world: World,
) -> None:
    second = version(world, outflow={"period": "P1D", "bytes": 5, "per": {}})
    with world.open("us") as node:
        assert node.enact(second) == enactment.Enacted(world.genesis, 2, again=False)
        assert node.status().version == 1
        assert node.enact(second).again
    with world.open("us") as node:
        assert node.status().version == 2
        assert node.terms.versions[2].accord.outflow.bytes == 5
    assert kept(world) == []


def _time(fields: Fields) -> Fields:
    return {"time": fields["time"] | {"transit": "PT1H"}}


def _keys(fields: Fields) -> Fields:
    us = fields["parties"]["us"]
    return {"parties": fields["parties"] | {"us": us | {"charters": fields["parties"]["cn"]["charters"]}}}


ATTACKS: dict[str, tuple[Callable[[World], bytes], str]] = {
    "one officer each": (lambda world: version(world, people=("first",)), "BelowThreshold charter.12"),
    "a version left out": (lambda world: version(world, 3), "WrongContext signing.6"),
    "another accord": (lambda world: version(world, genesis="0" * 64), "WrongContext signing.6"),
    "other constants": (lambda world: version(world, **_time(_first(world))), "WrongContext signing.7"),
    "another's keys": (lambda world: version(world, **_keys(_first(world))), "WrongContext document.4"),
    "a rival first": (
        lambda world: version(world, 1, genesis=None, previous=None, facts=[FACT]),
        "Fork signing.5",
    ),
    "noise": (lambda _: b"{}", "Malformed envelope.1"),
    "a start before that of the first": (
        lambda world: version(world, starts="2020-01-01T00:00:00Z"),
        "WrongContext signing.9",
    ),
    "no start": (lambda world: version(world, starts="tomorrow"), "Malformed duration.2"),
}


def test_what_does_not_bind_or_follow_is_evidence_and_the_home_opens_as_before(world: World) -> None:
    before = here(world)
    said = {}
    with world.open("us") as node:
        for name, (make, _) in ATTACKS.items():
            with pytest.raises(DetenteError) as caught:
                node.enact(make(world))
            said[name] = f"{type(caught.value).__name__} {caught.value.step}"
        assert said == {name: expected for name, (_, expected) in ATTACKS.items()}
        found = sorted(f"{one.error} {one.step}" for one in node.evidence() if one.kind == "accord")
        assert found == sorted(said.values())
    assert here(world) == before
    with world.open("us") as node:
        assert node.status().version == 1


FACT = {
    "id": "measure",
    "value": 1,
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_to": "2027-01-01T00:00:00Z",
    "checked_on": "2026-01-01T00:00:00Z",
    "source": "https://example.org/",
    "confidence": "high",
}


def _first(world: World) -> Fields:
    fields: Fields = json.loads(envelope.parse(here(world)[1]).payload)
    return fields


def test_two_signed_texts_of_one_version_are_kept_side_by_side_and_the_first_stands(world: World) -> None:
    """Officers who sign two second versions, one for each side, are shown by both texts."""
    one, other = (version(world, outflow={"period": "P1D", "bytes": n, "per": {}}) for n in (5, 6))
    with world.open("us") as node:
        node.enact(one)
        with pytest.raises(Fork, match=r"signing\.5"):
            node.enact(other)
        (found,) = node.evidence()
        assert node.evidence_data(found.digest).split(b"\n") == [one, other]
    assert here(world)[2] == one


def test_what_cannot_run_here_stays_outside_and_accuses_nobody(world: World) -> None:
    """Everybody signed it: that this node lacks the edition, or that a rule is wrong, is no one's lie."""
    first, before = _first(world), here(world)
    pillars = first["pillars"] | {"notices": first["pillars"]["notices"] | {"edition": "0" * 64}}
    release = [first["release"][0] | {"when": "facts.nothing == 3"}, *first["release"][1:]]
    with world.open("us") as node:
        with pytest.raises(WrongContext, match=rf"{'0' * 64}.*terms\.1"):
            node.enact(version(world, pillars=pillars))
        with pytest.raises(DetenteError, match=r"rule\.1"):
            node.enact(version(world, release=release))
        assert node.evidence() == ()
    assert here(world) == before


def test_no_version_comes_before_the_first(world: World) -> None:
    second = version(world)
    home = Home.at(world.home("cn"))
    (home.path / "accord" / "1.json").unlink()
    with pytest.raises(WrongContext, match=r"agreement\.2"):
        enactment.enact(home, second, installed())
    assert home.accords() == {}


def _fires(name: str, on: str, propose: str) -> Fields:
    return {"id": name, "on": on, "when": "true", "propose": {propose: "all"}, "decide": "PT1H"}


def test_a_signed_version_whose_triggers_go_in_a_circle_or_whose_bands_overlap_stays_outside(
    world: World,
) -> None:
    """Its author need not have used our survey: the officers of all sides signed what nobody meant."""
    duty = {"on": "incidents.report", "owes": "author", "what": "notices.notice", "every": None, "excuse": []}
    bands = [
        duty | {"id": "some", "when": "facts.level >= 2", "within": "PT72H"},
        duty | {"id": "grave", "when": "facts.level >= 4", "within": "PT1H"},
    ]
    circle = [_fires("tell", "notices.pause", "notify"), _fires("stop", "notices.notice", "pause")]
    before = here(world)
    with world.open("us") as node:
        for changes, step in (({"triggers": circle}, "circle.1"), ({"duties": bands}, "band.1")):
            with pytest.raises(Malformed) as caught:
                node.enact(version(world, **changes))
            assert caught.value.step == step
    assert here(world) == before


ASLEEP = """  runs:
    edition: installed
    state: dormant
    sunset: "2029-12-31T00:00:00Z"
    activation: {en: When both say so., zh: 双方同意时。}
"""
WHEN = "2026-09-22T00:00:00Z"


@pytest.mark.slow
def test_a_dormant_pillar_wakes_by_one_command_and_the_officers_of_all_parties_and_by_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, accord=ACCORD.replace("scales:", f"{ASLEEP}scales:")).found()
    home, act = str(world.home("us")), tmp_path / "wake.json"
    wake = ["accord", "wake", "runs", "--home", home, "--file", str(act)]
    assert main(wake) == 65
    assert main([*wake, "--starts", WHEN]) == 0
    assert "When both say so." in capsys.readouterr().out

    def signed(payload: bytes, parties: tuple[str, ...]) -> list[str]:
        found = []
        for party in parties:
            for person in ("first", "second"):
                path = tmp_path / f"{party}-{person}.sig"
                made = world.officer(f"{party}-{person}").sign(ACCORD_TYPE, payload)
                path.write_bytes(envelope.dump(made))
                found += ["--approval", str(path)]
        return found

    more = json.loads(act.read_bytes()) | {"outflow": {"period": "P1D", "bytes": 5, "per": {}}}
    assert main([*wake, *signed(canonical.encode(more), PARTIES)]) == 66
    assert "more than that runs is active" in capsys.readouterr().err
    assert main([*wake, *signed(act.read_bytes(), PARTIES[1:])]) == 66
    assert len(here(world)) == 1
    assert main([*wake, *signed(act.read_bytes(), PARTIES)]) == 0
    with world.open("us") as node:
        first, second = (node.terms.versions[number] for number in (1, 2))
        assert (first.runs("runs", second.starts), second.runs("runs", second.starts)) == (False, True)
        assert second.accord.pillars.keys() == first.accord.pillars.keys()
    assert main([*wake, "--starts", WHEN]) == 68
