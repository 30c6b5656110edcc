"""A laboratory's own key says that what was paused rests; what it did not sign shows as its party's word."""

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from test_node_affirming import past_the_gate

from detente.faces import declaring, founding, statement
from detente.faces.cli import main, status
from detente.faces.officer import Officer
from detente.faces.speech import Voice
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.node import Node
from detente.trust import charter, envelope
from detente.trust.envelope import ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import BelowThreshold, NotValidThen, WrongContext, WrongKey
from homes import ACCORD, DAY, World

pytestmark = pytest.mark.slow

LABS = "{lab: {en: A laboratory, zh: 实验室}, other: {en: Another laboratory, zh: 另一实验室}}"
SPONSORED = f"charters: {{}}\n    laboratories: {LABS}"
"""The first party of the accord, us, sponsors two."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    accord = ACCORD.replace("charters: {}", SPONSORED, 1)
    return World(tmp_path, accord=accord, laboratories={"us": ("lab", "other"), "cn": ("theirs",)}).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        world.settle(found)
        yield found


def pause(world: World, node: Node, days: int = 3, activity: str = "training_run") -> str:
    """A party's own pause."""
    said = {"binds": node.party, "about": None, "activity": activity, "grounds": "precaution"}
    times = {"until": world.clock.now() + days * DAY, "respond_by": None, "precedence": "immediate"}
    return node.table(Draft.new("notices.pause", said | times)).id


def bare(node: Node, of: str, laboratory: str = "lab", claim: str = "done") -> Draft:
    """What a laboratory would say about a pause."""
    return declaring.attestation(of, node.record(of).open, laboratory, claim)


def by(node: Node, made: Draft, *people: Officer) -> Draft:
    """The same, as these signed it on their own machines."""
    payload = declaring.payload(made, node.status().genesis, node.party)
    return declaring.signed(made, [envelope.dump(one.sign(ACT_TYPE, payload)) for one in people])


def seen(node: Node, of: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which laboratories say that a pause is kept, and which of them by their own key."""
    rows = {one.id: one for one in node.status().domains["live"].pauses}
    return rows[of].attested, rows[of].vouched


def refused(node: Node) -> dict[str, tuple[str, ...]]:
    return {one.id: one.codes for one in node.standing(as_of=node.status().now + DAY).refused}


def test_every_party_verifies_a_laboratorys_own_key_from_the_log_and_sees_where_it_is_missing(
    nodes: dict[str, Node], world: World
) -> None:
    us, cn = nodes["us"], nodes["cn"]
    own = pause(world, us)
    us.table(bare(us, own))
    us.table(by(us, bare(us, own, "other"), world.officer("us-other")))
    world.settle(nodes)
    assert [seen(node, own) for node in nodes.values()] == [(("lab", "other"), ("other",))] * 3
    for language, words in (("en", "the party's word, not the laboratory's"), ("zh", "非实验室所签")):
        told = status._pauses(cn.status().domains["live"], Voice(language))  # noqa: SLF001 - what is shown
        assert words in told[0]
        assert told[0].index("other") < told[0].index("lab:" if language == "en" else "lab：")
    us.table(by(us, bare(us, own), world.officer("us-lab")))
    world.settle(nodes)
    assert [seen(node, own) for node in nodes.values()] == [(("lab", "other"), ("lab", "other"))] * 3
    assert refused(cn) == {}


def test_nobody_but_the_named_laboratory_signs_for_it(nodes: dict[str, Node], world: World) -> None:
    us, cn = nodes["us"], nodes["cn"]
    own, theirs = pause(world, us), pause(world, cn)
    with pytest.raises(WrongKey, match="other signed, and not lab"):
        us.table(by(us, bare(us, own), world.officer("us-other")))
    for stranger in ("cn-theirs", "us-first", "us-unknown"):
        with pytest.raises(WrongKey, match=r"No laboratory of us signed"):
            us.table(by(us, bare(us, own), world.officer(stranger)))
    lab = world.officer("us-lab")
    half = Officer(lab.party, lab.holder, lab.keys[:1])
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        us.table(by(us, bare(us, own), half))
    with pytest.raises(Refused, match="laboratory-unknown"):
        cn.table(by(cn, bare(cn, theirs, "theirs"), world.officer("cn-theirs")))
    with pytest.raises(WrongKey, match=r"solemn\.4"):
        us.table(by(us, bare(us, own), world.officer("us-other")))


def test_what_a_laboratory_signed_about_one_pause_is_never_said_of_another(
    nodes: dict[str, Node], world: World
) -> None:
    us = nodes["us"]
    own = pause(world, us)
    done = by(us, bare(us, own), world.officer("us-lab"))
    us.table(done)
    renewed = pause(world, us, days=9)
    another = pause(world, us, activity="internal_use")
    again = msgspec.structs.replace(bare(us, renewed), nonce="ab" * 16)
    for moved in (
        msgspec.structs.replace(again, open=again.open | {"approval": done.open["approval"]}),
        msgspec.structs.replace(
            bare(us, another), open=bare(us, another).open | {"approval": done.open["approval"]}
        ),
        msgspec.structs.replace(done, nonce="cd" * 16, open=done.open | {"claim": "not-done"}),
    ):
        with pytest.raises(WrongContext, match="another act"):
            us.table(moved)
    for changed in ({"activity": "internal_use"}, {"ends": world.clock.now() + 90 * DAY}):
        lied = msgspec.structs.replace(again, open=again.open | changed)
        with pytest.raises(Refused, match="says-another"):
            us.table(by(us, lied, world.officer("us-lab")))
    drilled = msgspec.structs.replace(bare(us, renewed), domain="exercise")
    signed = by(us, drilled, world.officer("us-lab")).open["approval"]
    with pytest.raises(WrongContext, match="another act"):
        us.table(msgspec.structs.replace(again, open=again.open | {"approval": signed}))
    past_the_gate(us, msgspec.structs.replace(again, open=again.open | {"approval": done.open["approval"]}))
    world.settle(nodes)
    assert [seen(node, renewed) for node in nodes.values()] == [((), ())] * 3
    assert set(refused(nodes["cn"]).values()) == {("not-by-laboratory",)}
    shown = {one.open.get("pause"): one for one in map(nodes["cn"].record, refused(nodes["cn"]))}
    assert shown[renewed].refusals == ("not-by-laboratory",)


def test_a_key_that_was_revoked_or_replaced_attests_nothing_more_and_what_it_said_stays(
    nodes: dict[str, Node], world: World
) -> None:
    us = nodes["us"]
    own = pause(world, us)
    lab, people = world.officer("us-lab"), [world.officer(f"us-{one}") for one in ("first", "second")]
    us.table(by(us, bare(us, own), lab))
    keyid = lab.keys[0].public.keyid
    act = us.key_act(keyid, None, "live")
    us.revoke_key(
        keyid, "stolen", envelope.dump(founding.joined([one.sign(ACT_TYPE, act) for one in people]))
    )
    later = pause(world, us, days=9)
    stolen = by(us, bare(us, later), lab)
    with pytest.raises(NotValidThen, match=r"charter\.11"):
        us.table(stolen)
    past_the_gate(us, stolen)
    world.settle(nodes)
    assert [seen(node, own) for node in nodes.values()] == [(("lab",), ("lab",))] * 3
    assert [seen(node, later) for node in nodes.values()] == [((), ())] * 3
    us.draw_keys()
    proposed = us.next_charter()
    new = Officer.draw("us", "lab")
    assert {entry.holder for entry in charter.parse(proposed).keys.values()} >= {"other"}
    assert "lab" not in {entry.holder for entry in charter.parse(proposed).keys.values()}
    named = [new.public, world.officer("us-other").public]
    payload = charter.dump(founding.with_officers(charter.parse(proposed), (), 2, named))
    us.change_keys(envelope.dump(founding.joined([one.sign(CHARTER_TYPE, payload) for one in people])))
    us.table(by(us, bare(us, later), new))
    world.settle(nodes)
    assert [seen(node, later) for node in nodes.values()] == [(("lab",), ("lab",))] * 3
    rows = [one for one in nodes["cn"].key_list("live") if one.party == "us" and one.role == "laboratory"]
    assert {(one.holder, one.state) for one in rows} == {
        ("lab", "revoked"),
        ("lab", "replaced"),
        ("lab", "in force"),
        ("other", "in force"),
    }


def _line(text: str) -> list[str]:
    read, write = os.pipe()
    os.write(write, f"{text}\n".encode())
    os.close(write)
    return ["--passphrase-fd", str(read)]


def _signed(world: World, path: Path, *holders: str) -> list[str]:
    """What officers of us print for a charter; each in a file."""
    for one in holders:
        signed = world.officer(f"us-{one}").sign(CHARTER_TYPE, path.read_bytes())
        path.with_name(one).write_bytes(envelope.dump(signed))
    return [str(path.with_name(one)) for one in holders]


def test_by_commands_a_laboratory_signs_on_its_own_machine_what_its_party_hands_it(
    nodes: dict[str, Node], world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = pause(world, nodes["us"])
    for node in nodes.values():
        node.close()

    def run(*words: str) -> str:
        code = main(words)
        out = capsys.readouterr()
        assert code == 0, out.err
        return out.out + out.err

    home, key, act = ["--home", str(world.home("us"))], tmp_path / "lab.key", tmp_path / "lab.act"
    drawn = ["--party", "us", "--holder", "lab", "--to", str(key)]
    (tmp_path / "lab.pub").write_text(run("officer", "new", *drawn, *_line("a kettle, two herons")))
    named = ["--laboratory", str(tmp_path / "lab.pub"), "--to", str(tmp_path / "next")]
    run("keys", "new", *named, *home)
    shown = statement.read((tmp_path / "next").read_bytes()).lines
    assert "laboratories, each of which signs for itself" in "".join(one.en for one in shown)
    run("keys", "install", *_signed(world, tmp_path / "next", "first", "second"), *home)
    says = ["accord", "attest", own, "--laboratory", "lab", "--claim", "done", "--file", str(act), *home]
    told = run(*says)
    assert "what was paused: A training run [training_run]" in told
    assert "The laboratory signs" in told
    digest = sha256(act.read_bytes()).hexdigest()
    signs = ["officer", "sign", str(act), "--as", "act", "--digest", digest, "--key", str(key)]
    assert main([*signs, *_line("a kettle, two herons")]) == 0
    (tmp_path / "lab.sig").write_text(capsys.readouterr().out)
    run(*says, "--approval", str(tmp_path / "lab.sig"))
    run(*says, "--unsigned")
    rows = json.loads(run("record", "list", "--kind", "accord.attest", "--json", *home))
    found = [json.loads(run("record", "show", one["id"], "--json", *home)) for one in rows]
    assert sorted((one["stands"], one["open"]["approval"] is not None) for one in found) == [
        (True, False),
        (True, True),
    ]
