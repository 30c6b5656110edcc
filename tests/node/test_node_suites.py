"""Parties of three suites keep one accord: each signs with its own algorithms, and all compute alike."""

from pathlib import Path

import msgspec
import pytest

from detente.faces import founding
from detente.faces.officer import Officer
from detente.node.home import Home, Settings
from detente.node.identity import Identity
from detente.trust import charter, envelope, note
from detente.trust.charter import Charter
from detente.trust.envelope import ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import Malformed, Unproven
from detente.trust.suite import row
from homes import PARTIES, World, draft

SUITES = {"us": "dual-1", "cn": "sm-1"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, suites=SUITES).found()


@pytest.mark.slow
def test_parties_of_three_suites_exchange_release_rotate_and_come_to_one_standing(world: World) -> None:
    with world.nodes() as nodes:
        told = {party: nodes[party].table(draft(n)).id for n, party in enumerate(("us", "cn"))}
        world.settle(nodes)
        for author, reader in (("us", "cn"), ("cn", "us")):
            world.approve(nodes[author], told[author], reader)
            assert any(one.state in ("sent", "held") for one in nodes[author].release(told[author], reader))
        for party in SUITES:
            nodes[party].draw_keys()
            payload = nodes[party].next_charter()
            people = [world.officer(f"{party}-{one}") for one in ("first", "second")]
            signed = founding.joined([one.sign(CHARTER_TYPE, payload) for one in people])
            nodes[party].change_keys(envelope.dump(signed))
        world.settle(nodes)
        nodes["us"].table(draft(7))
        nodes["cn"].table(draft(8))
        world.settle(nodes)
        branches = [nodes[party].branches["live"] for party in PARTIES]
        assert len({tuple(len(one.realm.trees[party]) for party in PARTIES) for one in branches}) == 1
        for party, suite in SUITES.items():
            states = {(one.algorithm, one.state) for one in nodes["neutral"].key_list() if one.party == party}
            assert {("sm2", "in force"), ("sm2", "replaced")} <= states
            assert {one for one, _ in states} == {
                one for role in ("record", "log", "witness", "officer") for one in row(suite, role)
            }


@pytest.mark.slow
def test_a_party_goes_from_suite_to_suite_and_every_node_follows(tmp_path: Path) -> None:
    world = World(tmp_path).found()
    before, kept = "nist-1", [world.officer(f"us-{one}") for one in ("first", "second")]
    for number, suite in enumerate(("dual-1", "sm-1", "nist-1")):
        with world.nodes() as nodes:
            us = nodes["us"]
            us.draw_keys(suite=suite)
            people = [Officer.draw("us", one, suite) for one in ("first", "second")]
            payload = msgspec.json.decode(us.next_charter(), type=Charter)
            made = founding.with_officers(payload, [one.public for one in people], 2)
            assert (payload.suite, made.suite) == (before, suite)
            signed = [one.sign(CHARTER_TYPE, charter.dump(made)) for one in (*kept, *people)]
            us.change_keys(envelope.dump(founding.joined(signed)))
            told = us.table(draft(number)).id
            world.settle(nodes)
            act = [one.sign(ACT_TYPE, us.act(told, "cn")) for one in people]
            us.approve(told, "cn", envelope.dump(founding.joined(act)))
            assert any(one.state in ("sent", "held") for one in us.release(told, "cn"))
            world.settle(nodes)
            branches = [nodes[party].branches["live"] for party in PARTIES]
            assert len({tuple(len(one.realm.trees[party]) for party in PARTIES) for one in branches}) == 1
            assert [one for node in nodes.values() for one in node.evidence()] == []
            in_force = [one for one in nodes["cn"].key_list() if (one.party, one.state) == ("us", "in force")]
            assert {one.algorithm for one in in_force if one.role == "officer"} == set(row(suite, "officer"))
        kept, before = people, suite


def test_a_node_of_another_suite_than_its_officers_gets_no_charter(world: World) -> None:
    with world.nodes() as nodes:
        nodes["us"].draw_keys(suite="sm-1")
        proposed = msgspec.json.decode(nodes["us"].next_charter(), type=Charter)
        with pytest.raises(Malformed, match=r"founding\.5"):
            founding.with_officers(proposed, [], 2)


def test_a_head_of_a_party_of_dual_1_without_its_line_of_sm2_reaches_no_node(world: World) -> None:
    with world.nodes() as nodes:
        nodes["us"].table(draft())
        nodes["us"].sync()
        nodes["us"].heartbeat()
        shown = next(world.home("us").glob("public/**/live/us/checkpoint"))
        signed = note.parse(shown.read_bytes())
        lines = tuple(one for one in signed.signatures if len(one.raw) != 64 or one is signed.signatures[0])
        assert len(lines) == len(signed.signatures) - 1
        shown.write_bytes(note.dump(note.Note(signed.text, lines)))
        nodes["cn"].sync()
        assert len(nodes["cn"].branches["live"].realm.trees["us"]) == 0
        assert "checkpoint.9" in {one.step for one in nodes["cn"].evidence()}


def test_officers_and_a_node_of_two_suites_make_no_charter(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "us", Settings(party="us"))
    identity = Identity.create(home, "live", suite="dual-1")
    people = [Officer.draw("us", one).public for one in ("first", "second")]
    with pytest.raises(Malformed, match=r"founding\.5"):
        founding.charter_of(identity, "us", people, 2)


def test_an_act_that_officers_of_dual_1_signed_with_one_family_alone_does_not_count(world: World) -> None:
    with world.nodes() as nodes:
        tabled = nodes["us"].table(draft()).id
        payload = nodes["us"].act(tabled, "cn")
        whole = [world.officer(f"us-{one}") for one in ("first", "second")]
        for family in ({"sm2"}, {"ed25519", "ml-dsa-65"}):
            few = [
                Officer(one.party, one.holder, tuple(k for k in one.keys if k.public.algorithm in family))
                for one in whole
            ]
            signed = founding.joined([one.sign(envelope.ACT_TYPE, payload) for one in few])
            with pytest.raises(Unproven, match=r"charter\.12"):
                nodes["us"].approve(tabled, "cn", envelope.dump(signed))
