"""What an exercise made, put into the live log under live keys, and the reverse: it does nothing there."""

import base64
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from detente.faces import founding
from detente.node.node import Node
from detente.trust import envelope, record
from detente.trust.envelope import ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import DetenteError
from detente.trust.record import AccordRef, Domain, Record
from homes import PARTIES, World, draft

pytestmark = pytest.mark.slow
BOTH: tuple[Domain, ...] = ("live", "exercise")
each_way = pytest.mark.parametrize(("made", "shown"), [BOTH[::-1], BOTH])


@dataclass
class Scene:
    """Both domains at work: cn has tabled one text in each, and each was released to the neutral."""

    world: World
    nodes: dict[str, Node]
    told: dict[Domain, str]

    def say(self, shown: Domain, kind: str, number: int, **fields: Any) -> str:  # noqa: ANN401 (open fields)
        """Let cn log what its own gate would never table, under the genuine keys of that domain."""
        branch = self.nodes["cn"].branches[shown]
        key = branch.realm.identity.keys["record"][0]
        entry = Record(
            v=1,
            domain=shown,
            kind=kind,
            party="cn",
            accord=AccordRef(self.world.genesis, 1),
            thread=None,
            at=self.world.clock.now(),
            nonce=f"{number:032x}",
            key=key.public.keyid,
            open=fields,
            sealed={},
        )
        signed = record.seal(entry, key)
        branch.realm.writer.settle(lambda batch: branch.sequencer.append(batch, entry, signed))
        self.world.settle(self.nodes)
        return record.record_id(entry)

    def released(self, domain: Domain) -> dict[str, Any]:
        """The open fields of cn's genuine release to the neutral in a domain."""
        node = self.nodes["cn"]
        found = [
            node.record(one.id).open for one in node.records(domain, "accord.release") if one.party == "cn"
        ]
        return next(fields for fields in found if fields["record"] == self.told[domain])

    def disclosed(self, domain: Domain) -> str:
        """What opens the title in a domain, as the neutral got it."""
        conn = self.nodes["neutral"].branches[domain].realm.readers.conn
        row = conn.execute(
            "SELECT encoded FROM disclosure WHERE record = ? AND path = 'title'",
            (bytes.fromhex(self.told[domain]),),
        ).fetchone()
        return str(row[0])


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    world = World(tmp_path_factory.mktemp("crossing"), domains=BOTH).found()
    with world.nodes() as nodes:
        world.settle(nodes)
        told = {domain: nodes["cn"].table(draft(n, domain=domain)).id for n, domain in enumerate(BOTH)}
        world.settle(nodes)
        for domain in BOTH:
            nodes["cn"].release(told[domain], "neutral", domain)
        world.settle(nodes)
        yield Scene(world, nodes, told)


@each_way
def test_a_release_that_names_a_record_of_the_other_domain_opens_nothing(
    scene: Scene, made: Domain, shown: Domain
) -> None:
    fields = scene.released(made)
    name = scene.say(shown, "accord.release", 100, **fields)
    neutral = scene.nodes["neutral"]
    assert neutral.record(name).stands is False
    conn = neutral.branches[shown].realm.readers.conn
    assert conn.execute("SELECT 1 FROM opened WHERE release = ?", (bytes.fromhex(name),)).fetchall() == []


@each_way
def test_a_package_sealed_in_one_domain_opens_nothing_in_the_other(
    scene: Scene, made: Domain, shown: Domain
) -> None:
    """The package itself is genuine and lies where the release says; only its domain is another."""
    tree = scene.world.home("cn") / "public"
    mine, theirs = scene.released(shown), scene.released(made)
    (tree / shown / "cn" / "blob").mkdir(parents=True, exist_ok=True)
    shutil.copy(tree / made / "cn" / "blob" / theirs["blob"], tree / shown / "cn" / "blob" / theirs["blob"])
    fields = mine | {"blob": theirs["blob"], "record": scene.told[shown]}
    name = scene.say(shown, "accord.release", 101, **fields)
    neutral = scene.nodes["neutral"]
    refused = [one for one in neutral.evidence(shown) if one.kind == "package"]
    assert [(one.party, one.step.partition(".")[0]) for one in refused] == [("cn", "sealing")]
    row = (
        neutral.branches[shown]
        .realm.readers.conn.execute("SELECT outcome FROM opened WHERE release = ?", (bytes.fromhex(name),))
        .fetchone()
    )
    assert "sealing" in row[0]


@each_way
def test_a_value_opened_in_one_domain_opens_nothing_in_the_other(
    scene: Scene, made: Domain, shown: Domain
) -> None:
    encoded = scene.disclosed(made)
    elsewhere = scene.say(
        shown, "accord.opening", 102, record=scene.told[made], path="title", disclosure=encoded
    )
    twin = scene.say(shown, "accord.opening", 103, record=scene.told[shown], path="title", disclosure=encoded)
    us = scene.nodes["us"]
    assert us.record(elsewhere).refusals == ("not-your-record",)
    assert us.record(twin).refusals == ("opening-false",)
    assert us.record(scene.told[shown]).values == {}


@each_way
def test_a_receipt_of_one_domain_holds_nothing_in_the_other(
    scene: Scene, made: Domain, shown: Domain
) -> None:
    """Heads of the exercise in a live receipt are no heads of the live logs: nothing is held by them."""
    us, branch = scene.nodes["us"], scene.nodes["cn"].branches[shown]
    heads = {party: head for party, head in us.cut(made).heads.items() if party != "cn"}
    said = {
        party: {"size": min(head.size, us.cut(shown).heads[party].size), "root": head.root, "missing": []}
        for party, head in heads.items()
    }
    before = us.standing(domain=shown)
    last = [one.id for one in us.records(shown, "accord.receipt") if one.party == "cn"][-1]
    entry = msgspec.structs.replace(
        branch.library[last], at=scene.world.clock.now(), nonce="cd" * 16, open={"heads": said}
    )
    signed = record.seal(entry, branch.realm.identity.keys["record"][0])
    branch.realm.writer.settle(lambda batch: branch.sequencer.append(batch, entry, signed))
    scene.world.settle(scene.nodes)
    after = us.standing(domain=shown)
    stopped = {witness: set(about) for witness, about in after.stopped.items() if about}
    assert stopped == {"cn": set(heads)}
    assert set(after.stopped["cn"].values()) == {"fork"}
    verdicts = [one.verdict for one in before.duties]
    assert [one.verdict for one in after.duties[: len(verdicts)]] == verdicts


@each_way
def test_an_approval_of_one_domain_lets_nothing_go_in_the_other(
    scene: Scene, made: Domain, shown: Domain
) -> None:
    """Neither that domain's officers about this domain's record, nor these officers about that one's act."""
    cn, world = scene.nodes["cn"], scene.world
    people = {
        "live": [world.officer(f"cn-{one}") for one in ("first", "second")],
        "exercise": [world.officer(f"cn-exercise-{one}") for one in ("first", "second")],
    }

    def signed(act: bytes, by: Domain) -> bytes:
        return envelope.dump(founding.joined([one.sign(ACT_TYPE, act) for one in people[by]]))

    act, other = (cn.act(scene.told[one], "us", domain=one) for one in (shown, made))
    with pytest.raises(DetenteError, match=r"charter\.10"):
        cn.approve(scene.told[shown], "us", signed(act, made), shown)
    with pytest.raises(DetenteError, match=r"approval\.2"):
        cn.approve(scene.told[shown], "us", signed(other, shown), shown)
    rows = [one for one in cn.release(scene.told[shown], "us", shown) if "title" in one.paths]
    assert [one.state for one in rows] == ["waiting"], "it waits for its own officers"


@each_way
def test_a_charter_of_one_domain_changes_no_key_in_the_other(
    scene: Scene, made: Domain, shown: Domain
) -> None:
    cn, world = scene.nodes["cn"], scene.world
    before = cn.key_list(shown)
    cn.draw_keys(made)
    payload = cn.next_charter(domain=made)
    holders = ("first", "second") if made == "live" else ("exercise-first", "exercise-second")
    people = [world.officer(f"cn-{one}") for one in holders]
    signed = envelope.dump(founding.joined([one.sign(CHARTER_TYPE, payload) for one in people]))
    text = base64.urlsafe_b64encode(signed).decode().rstrip("=")
    scene.say(shown, "accord.key-change", 104, charter=text)
    for node in (scene.nodes[party] for party in PARTIES):
        assert node.key_list(shown) == before
