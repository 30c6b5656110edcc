"""A party accedes by a version that all signed: it sees the floor from the beginning, and owes from there."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from detente.accord import document
from detente.accord.docket import ADOPT
from detente.accord.document import Accord
from detente.faces import founding, succession
from detente.faces.cli import main
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.home import Home, PeerSettings, Settings
from detente.node.identity import Identity
from detente.node.node import Node
from detente.node.source import FolderSource
from detente.trust import charter, envelope
from detente.trust.charter import Charter
from detente.trust.envelope import ACCORD_TYPE
from detente.trust.errors import DetenteError
from homes import ACCORD, DAY, PARTIES, World, draft, installed, notice

SG = """  sg:
    names: {en: "sg", zh: "sg"}
    roles: []
    charters: {}
    lawful: {bases: [safety], classes: [public, official], ceiling: official}
"""
TEXT = ACCORD.replace("time: {k: 1", f"{SG}time: {{k: 1").replace("2026-09-21T", "2026-09-22T")
"""The same accord with one party more, a day later."""

FOUR = (*PARTIES, "sg")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


@pytest.fixture
def newcomer(world: World) -> Charter:
    """The home of who is to accede, and its charter."""
    peers = {name: PeerSettings(f"dir:{world.home(name)}/public") for name in PARTIES}
    home = Home.create(world.home("sg"), Settings(party="sg", peers=peers))
    people = [world.officer(f"sg-{holder}").public for holder in ("first", "second")]
    return founding.charter_of(Identity.create(home, "live"), "sg", people, 2)


def _signed(world: World, payload: bytes, parties: tuple[str, ...] = FOUR) -> bytes:
    people = [world.officer(f"{party}-{one}") for party in parties for one in ("first", "second")]
    return envelope.dump(founding.joined([one.sign(ACCORD_TYPE, payload) for one in people]))


def _first(world: World) -> Accord:
    return document.parse(envelope.parse(Home.at(world.home("us")).accords()[1]).payload)


def _second(world: World, newcomer: Charter) -> Accord:
    return succession.acceding(TEXT, _first(world), [newcomer])


@contextmanager
def _open(world: World, parties: tuple[str, ...] = FOUR) -> Iterator[dict[str, Node]]:
    """Each node reads every other's folder, its own settings apart."""
    with ExitStack() as stack:
        found = {}
        for party in parties:
            sources = {one: FolderSource(world.home(one) / "public") for one in FOUR if one != party}
            node = Node.open(world.home(party), installed(), clock=world.clock, sources=sources)
            found[party] = stack.enter_context(node)
        yield found


def _agree(world: World, nodes: Mapping[str, Node]) -> None:
    cut, now = nodes["us"].cut(), world.clock.now()
    assert len({node.standing(cut, now).dump() for node in nodes.values()}) == 1
    assert [one for node in nodes.values() for one in node.evidence()] == []


@pytest.mark.slow
def test_a_party_accedes_by_command_and_its_home_opens_on_the_version_that_names_it_and_on_none_before(
    world: World, newcomer: Charter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, given, first, second = (tmp_path / name for name in ("text.yaml", "charter", "first", "second"))
    text.write_text(TEXT)
    given.write_bytes(charter.dump(newcomer))
    first.write_bytes(Home.at(world.home("us")).accords()[1])
    assemble = ["accord", "assemble", str(text), "--after", str(first)]
    assert main(assemble) == 66
    assert "succession.5" in capsys.readouterr().err
    assert main([*assemble, "--charter", str(given)]) == 0
    second.write_bytes(_signed(world, capsys.readouterr().out.encode()))
    for party in PARTIES:
        assert main(["accord", "install", "--home", str(world.home(party)), str(second)]) == 0
    home = ["--home", str(world.home("sg"))]
    assert main(["accord", "install", *home, str(first)]) == 0
    assert main(["status", *home]) != 0
    assert "agreement.3" in capsys.readouterr().err
    assert main(["accord", "install", *home, str(second)]) == 0
    assert main(["status", *home]) == 0


def _install(world: World, newcomer: Charter) -> None:
    signed = _signed(world, document.dump(_second(world, newcomer)))
    for party in FOUR:
        home = Home.at(world.home(party))
        home.install(1, Home.at(world.home("us")).accords()[1])
        home.install(2, signed)


@pytest.mark.slow
def test_duties_of_who_acceded_begin_with_its_version_and_every_node_says_the_same(
    world: World, newcomer: Charter, tmp_path: Path
) -> None:
    with world.nodes() as nodes:
        before = nodes["us"].table(notice(1)).id
        world.settle(nodes)
    _install(world, newcomer)
    with _open(world) as nodes:
        world.settle(nodes)
        _agree(world, nodes)
        # It says nothing before its version has started, and holds the floor of what was before.
        assert nodes["sg"].cut().heads.keys() == set(PARTIES)
        assert nodes["sg"].record(before).kind == "notices.notice"
        world.clock.advance(DAY)
        world.settle(nodes)
        after = nodes["us"].table(notice(3)).id
        world.settle(nodes)
        _agree(world, nodes)
        rows = nodes["cn"].standing().duties
        owed = {(d.base, d.debtor) for d in rows if d.spec == "acknowledge"}
        assert owed == {(before, "cn"), (before, "neutral")} | {
            (after, party) for party in ("cn", "neutral", "sg")
        }
        world.clock.advance(4 * DAY)
        world.settle(nodes, 6)
        _agree(world, nodes)
        adopted = {d.debtor: d.verdict for d in nodes["sg"].standing().duties if d.spec == ADOPT}
        assert adopted == dict.fromkeys(FOUR, "kept")
        assert {node.standing().counts["sg"]["notices"]["missed"] for node in nodes.values()} == {1}
        nodes["sg"].export_log(tmp_path / "audit")
    assert main(["verify", str(tmp_path / "audit")]) == 0


@pytest.mark.slow
def test_what_was_sealed_before_it_came_is_shown_to_it_by_nobody(world: World, newcomer: Charter) -> None:
    with world.nodes() as nodes:
        report = nodes["us"].table(draft(2)).id
    _install(world, newcomer)
    world.clock.advance(DAY)
    with _open(world) as nodes:
        world.settle(nodes)
        later = nodes["us"].table(draft(4)).id
        for one in (report, later):
            world.approve(nodes["us"], one, "sg")
        nodes["us"].release_due()
        shown = [one for one in nodes["us"].deliveries() if one.audience == "sg"]
        assert {(one.state, one.code) for one in shown if one.record == report} == {
            ("not-eligible", "acceded-later")
        }
        assert "sent" in {one.state for one in shown if one.record == later}
        joins = {"version": 2, "digest": _second(world, newcomer).digest}
        said = {node.records(kind="accord.accede")[0].party for node in nodes.values()}
        assert said == {"sg"}
        with pytest.raises(Refused, match="another-version"):
            nodes["us"].table(Draft.new("accord.accede", joins))
        with pytest.raises(Refused, match="another-version"):
            nodes["sg"].table(Draft.new("accord.amend", joins | {"version": 1}))


@pytest.mark.slow
def test_a_node_that_has_not_installed_the_version_yet_agrees_for_as_long_as_nobody_uses_it(
    world: World, newcomer: Charter
) -> None:
    for party in PARTIES:
        with world.open(party) as node:
            node.table(notice(PARTIES.index(party)))
    signed = _signed(world, document.dump(_second(world, newcomer)))
    with world.open("cn") as node:
        node.enact(signed)
    with world.nodes() as nodes:
        world.settle(nodes, 4)
        assert nodes["cn"].terms.parties == tuple(sorted(FOUR))
        assert nodes["us"].terms.parties == PARTIES
        _agree(world, nodes)


REFUSED = {
    "the newcomer has not signed": (PARTIES, {}, "charter.10"),
    "a party has not signed": (("neutral", "sg", "us"), {}, "charter.10"),
    "a party is left out": (FOUR, {"drop": "neutral"}, "signing.7"),
    "somebody else's charter": (FOUR, {"swap": "cn"}, "document.4"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_accession_that_not_all_signed_or_that_drops_a_party_is_refused_and_kept(
    world: World, newcomer: Charter, name: str
) -> None:
    parties, change, step = REFUSED[name]
    value = msgspec.json.decode(document.dump(_second(world, newcomer)))
    if "drop" in change:
        del value["parties"][change["drop"]]
        value["release"] = value["release"][:1]
        value["witness"] = {"quorum": 1, "always": []}
    if "swap" in change:
        value["parties"][change["swap"]]["charters"] = value["parties"]["sg"]["charters"]
    payload = msgspec.json.encode(value, order="sorted")
    with world.open("us") as node:
        with pytest.raises(DetenteError) as caught:
            node.enact(_signed(world, payload, parties))
        assert caught.value.step == step
        assert [(one.kind, one.step) for one in node.evidence()] == [("accord", step)]
    assert list(Home.at(world.home("us")).accords()) == [1]


def test_who_is_a_party_keeps_its_charter_and_a_home_of_nobody_does_not_open(
    world: World, newcomer: Charter
) -> None:
    first = _first(world)
    us = charter.from_value(first.parties["us"].charters["live"])
    with pytest.raises(DetenteError, match=r"succession\.4"):
        succession.acceding(TEXT, first, [newcomer, us])
    with pytest.raises(DetenteError, match=r"succession\.5"):
        succession.acceding(TEXT, first, [])
    shutil.copytree(world.home("us") / "accord", world.home("sg") / "accord", dirs_exist_ok=True)
    with pytest.raises(DetenteError, match=r"agreement\.3"):
        world.open("sg", {})


def test_earlier_terms_come_back_without_sending_away_who_acceded(world: World, newcomer: Charter) -> None:
    first, second = _first(world), _second(world, newcomer)
    back = succession.snapped_back({1: first, 2: second}, first.digest, "2026-10-01T00:00:00Z")
    assert set(back.parties) == set(FOUR)
    assert back.parties["sg"] == second.parties["sg"]
