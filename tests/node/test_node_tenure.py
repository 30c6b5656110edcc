"""Later versions of the accord after officers were replaced: who signs them, and what binds."""

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from detente.accord import document
from detente.faces import founding, recount
from detente.node import auditor
from detente.node.home import Home
from detente.node.node import Node
from detente.trust import canonical, charter, envelope
from detente.trust.charter import CharterRole
from detente.trust.envelope import ACCORD_TYPE, ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import DetenteError
from homes import PARTIES, World, installed

OLD, NEW = ("first", "second"), ("third", "fourth")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


def version(world: World, number: int, *, us: Iterable[str] = OLD, of_us: int = 5) -> bytes:
    """The next version after what us has, signed by these officers of us and by those of the others."""
    here = Home.at(world.home("us")).accords()
    fields = json.loads(envelope.parse(here[1]).payload) | {
        "version": number,
        "genesis": world.genesis,
        "previous": document.parse(envelope.parse(here[number - 1]).payload).digest,
        "outflow": {"period": "P1D", "bytes": of_us, "per": {}},
    }
    payload = canonical.encode(fields)
    people = dict.fromkeys(PARTIES, OLD) | {"us": tuple(us)}
    officers = [world.officer(f"{party}-{one}") for party, names in people.items() for one in names]
    return envelope.dump(founding.joined([one.sign(ACCORD_TYPE, payload) for one in officers]))


def replace_officers(world: World, node: Node) -> None:
    """Let the officers of us hand over to two others, by a charter that all four sign."""
    node.draw_keys()
    made = charter.parse(node.next_charter())
    theirs = {
        keyid: key for one in NEW for keyid, key in world.officer(f"us-{one}").public.entries(None).items()
    }
    gone = set(made.roles["officer"].keys)
    keys = {keyid: key for keyid, key in made.keys.items() if keyid not in gone} | theirs
    roles = made.roles | {"officer": CharterRole(tuple(sorted(theirs)), 2)}
    payload = charter.dump(msgspec.structs.replace(made, keys=keys, roles=roles))
    signed = [world.officer(f"us-{one}").sign(CHARTER_TYPE, payload) for one in (*OLD, *NEW)]
    node.change_keys(envelope.dump(founding.joined(signed)))


def refusal(node: Node, data: bytes) -> str:
    """How a version is refused; empty if it is not."""
    try:
        node.enact(data)
    except DetenteError as error:
        return error.step
    return ""


def audited(world: World, party: str) -> list[str]:
    return [one.step for one in auditor.verify(world.home(party), installed=installed()).faults]


@pytest.mark.slow
def test_who_was_replaced_signs_no_later_version_and_who_came_does_on_every_node(world: World) -> None:
    with world.nodes() as nodes:
        replace_officers(world, nodes["us"])
        world.settle(nodes)
        stale, fresh = version(world, 2), version(world, 2, us=NEW)
        assert {refusal(node, stale) for node in nodes.values()} == {"charter.10"}
        assert {refusal(node, version(world, 2, us=("second", "third"))) for node in nodes.values()} == {
            "charter.12"
        }
        assert {one.step for one in nodes["cn"].evidence()} == {"charter.10", "charter.12"}
        assert {refusal(node, fresh) for node in nodes.values()} == {""}
    with world.nodes() as nodes:
        assert {node.status().version for node in nodes.values()} == {2}
        nodes["cn"].export_log(world.folder / "export")
    assert [audited(world, party) for party in PARTIES] == [[], [], []]
    pact, _ = recount.logs(world.folder / "export", installed=installed())
    assert sorted(pact.versions) == [1, 2]


@pytest.mark.slow
def test_what_was_signed_before_officers_were_replaced_binds_after_it_and_the_next_takes_the_new_ones(
    world: World,
) -> None:
    with world.nodes() as nodes:
        assert refusal(nodes["us"], version(world, 2)) == ""
        replace_officers(world, nodes["us"])
        world.settle(nodes)
    with world.nodes() as nodes:
        assert nodes["us"].status().version == 2
        assert refusal(nodes["us"], version(world, 3, of_us=6)) == "charter.10"
        assert refusal(nodes["us"], version(world, 3, of_us=6, us=NEW)) == ""
        second = Home.at(world.home("us")).accords()[2]
        # Who has not got version 2 yet takes it only from officers in force now, who sign it again.
        assert refusal(nodes["cn"], second) == "charter.10"
        assert refusal(nodes["cn"], version(world, 2, us=NEW)) == ""
    with world.open("us") as node:
        assert node.status().version == 3
    assert audited(world, "us") == audited(world, "cn") == []


def test_attack_a_version_by_officers_from_before_those_of_the_version_before_is_put_into_a_home(
    world: World,
) -> None:
    with world.nodes() as nodes:
        replace_officers(world, nodes["us"])
        world.settle(nodes)
        assert refusal(nodes["us"], version(world, 2, us=NEW)) == ""
        stale = version(world, 3, of_us=6)
    with world.open("us") as node:
        assert node.status().version == 2
    Home.at(world.home("us")).install(3, stale)
    (world.home("us") / "public" / "accord" / "3.json").write_bytes(stale)
    with pytest.raises(DetenteError, match=r"charter\.10"):
        world.open("us")
    assert audited(world, "us") == ["charter.10"]


def test_a_revoked_officer_counts_for_no_later_version(world: World) -> None:
    with world.open("us") as node:
        lost = next(iter(world.officer("us-second").public.entries(None)))
        signed = [world.officer(f"us-{one}").sign(ACT_TYPE, node.key_act(lost)) for one in OLD]
        node.revoke_key(lost, "stolen", envelope.dump(founding.joined(signed)))
        assert refusal(node, version(world, 2)) == "charter.11"
