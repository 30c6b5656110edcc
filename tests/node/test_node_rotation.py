"""Keys change and are revoked on nodes at work: by officers, by log position, and for everybody alike."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from serving import free_port, served

from detente.faces import founding
from detente.node import auditor, bundle
from detente.node.home import Home, PeerSettings
from detente.node.identity import Identity
from detente.node.node import Node
from detente.node.source import FolderSource, Source, open_source
from detente.node.writer import Batch
from detente.trust import charter, envelope, record
from detente.trust.envelope import ACT_TYPE, CHARTER_TYPE
from detente.trust.errors import BelowThreshold, NotValidThen, WrongContext, WrongKey
from detente.trust.key import PrivateKey
from homes import DAY, MINUTE, World, draft, installed


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


def _signed(world: World, party: str, kind: str, payload: bytes, *holders: str) -> bytes:
    people = [world.officer(f"{party}-{one}") for one in holders or ("first", "second")]
    return envelope.dump(founding.joined([one.sign(kind, payload) for one in people]))


def _rotate(world: World, node: Node) -> int:
    """Let the officers of a node's party put new keys into a new charter; return its index."""
    node.draw_keys()
    return node.change_keys(_signed(world, node.party, CHARTER_TYPE, node.next_charter())).index


def _rotate_record_key(world: World, node: Node) -> int:
    """The same, of the key alone that signs records: heads go on under the keys they had."""
    node.draw_keys()
    ring = node.branches["live"].realm.keyrings[node.party]
    old, new = ring.spans[-1].charter, charter.parse(node.next_charter())
    roles = old.roles | {"record": new.roles["record"]}
    named = {keyid for role in roles.values() for keyid in role.keys}
    keys = {keyid: key for keyid, key in (old.keys | new.keys).items() if keyid in named}
    payload = charter.dump(msgspec.structs.replace(new, roles=roles, keys=keys))
    return node.change_keys(_signed(world, node.party, CHARTER_TYPE, payload)).index


def _forge(world: World, node: Node, key: PrivateKey, number: int) -> str:
    """Log a record signed by a key that may have had its day, as whoever has the log keys can."""
    branch = node.branches["live"]
    made = node.table(draft(number)).id
    entry = msgspec.structs.replace(
        branch.library[made], nonce=f"{number + 5000:032x}", key=key.public.keyid, at=world.clock.now()
    )

    def act(batch: Batch) -> int:
        return branch.sequencer.append(batch, entry, record.seal(entry, key))

    branch.realm.writer.settle(act)
    return record.record_id(entry)


def _agree(world: World, nodes: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    """Let all nodes catch up, hold their standings equal at each one's cut, and return what was refused."""
    world.settle(nodes)
    as_of = world.clock.now() + DAY
    for one in nodes.values():
        cut = one.cut()
        assert len({node.standing(cut, as_of).dump() for node in nodes.values()}) == 1
    whole = nodes["neutral"].standing(as_of=as_of)
    return {one.id: one.codes for one in whole.refused}


def test_who_changed_its_keys_still_writes_to_a_store_where_the_change_was_not_read(tmp_path: Path) -> None:
    world = World(tmp_path, unsigned=False).found()
    port = free_port()
    place = f"store:neutral:http://127.0.0.1:{port}/"
    us, neutral = Home.at(world.home("us")), Home.at(world.home("neutral"))
    peers = us.settings.peers | {"neutral": PeerSettings(f"http://127.0.0.1:{port}/")}
    Home(us.path, msgspec.structs.replace(us.settings, peers=peers, publish_to=(place,))).save()
    inward = neutral.settings.peers | {"us": PeerSettings(f"dir:{neutral.path / 'store' / 'us'}")}
    Home(neutral.path, msgspec.structs.replace(neutral.settings, peers=inward, store=50_000_000)).save()
    (neutral.path / "store/us").mkdir(parents=True)
    with (
        Node.open(us.path, installed(), clock=world.clock) as author,
        Node.open(neutral.path, installed(), clock=world.clock) as store,
        served(store, port),
    ):
        author.table(draft(1))
        assert author.sync()[0].away == {}
        store.sync()
        _rotate(world, author)
        after = author.table(draft(2)).id
        assert author.sync()[0].away == {}, "the store takes what is signed with the key that it knows"
        store.sync()
        assert store.record(after).stands
        assert author.sync()[0].away == {}
        assert {one.step for one in store.evidence()} == {"request.6"}, "it says what it did not know"


def test_new_keys_sign_and_old_ones_no_longer_stand_on_any_node(world: World) -> None:
    old = Identity.at(Home.at(world.home("us")), "live").keys
    with world.nodes() as nodes:
        before = nodes["us"].table(draft(1)).id
        world.settle(nodes)
        changed = _rotate(world, nodes["us"])
        after = nodes["us"].table(draft(2)).id
        stale = _forge(world, nodes["us"], old["record"][0], 3)
        assert _agree(world, nodes) == {stale: ("key-not-valid-here",)}
        library = nodes["cn"].branches["live"].library
        assert library[before].key == old["record"][0].public.keyid != library[after].key
        for node in nodes.values():
            assert node.record(before).stands
            assert node.record(after).stands
            assert not node.record(stale).stands
            assert node.evidence() == ()
        held = {one.state for one in nodes["cn"].key_list() if one.party == "us" and one.role != "officer"}
        assert held == {"in force", "replaced"}
        assert changed < nodes["us"].record(after).index
    with world.nodes() as nodes:  # again from disk
        fresh = nodes["us"].table(draft(4)).id
        assert _agree(world, nodes) == {stale: ("key-not-valid-here",)}
        assert all(node.record(fresh).stands for node in nodes.values())
        kept = Identity.at(nodes["us"].home, "live")
        assert not {key.public for key in kept.keys["log"]} & {key.public for key in old["log"]}
    for party in ("us", "cn", "neutral"):
        report = auditor.verify(world.home(party), genesis=world.genesis, installed=installed())
        assert report.ok, report.faults


def test_a_party_that_was_away_while_keys_changed_twice_catches_up_and_by_bundle_too(
    world: World, tmp_path: Path
) -> None:
    with world.open("us") as us, world.open("neutral") as neutral:
        nodes = {"us": us, "neutral": neutral}
        us.table(draft(1))
        world.settle(nodes)
        for number in (2, 3):
            _rotate(world, us)
            us.table(draft(number))
            world.settle(nodes)
        us.export_bundle(tmp_path / "us.zip")
        as_of = world.clock.now()
        cut, wanted = neutral.cut(), neutral.standing(neutral.cut(), as_of).dump()
        sources: tuple[dict[str, Source], ...] = (
            {"us": FolderSource(world.home("us") / "public"), "neutral": neutral.tree},
            {"us": open_source(f"zip:{tmp_path / 'us.zip'}"), "neutral": neutral.tree},
        )
        for way, trees in enumerate(sources):
            shutil.copytree(world.home("cn"), tmp_path / f"cn-{way}")
            with Node.open(tmp_path / f"cn-{way}", installed(), clock=world.clock, sources=trees) as cn:
                for _ in range(3):
                    cn.sync()
                assert cn.evidence() == ()
                assert cn.standing(cut, as_of).dump() == wanted


class _Without(Source):
    """A tree that keeps some bodies back for a while."""

    def __init__(self, inner: Source, hidden: set[int]) -> None:
        self.inner, self.hidden = inner, hidden

    def get(self, path: str) -> bytes | None:
        data = self.inner.get(path)
        if data is None or "/bodies/" not in path or not path.startswith("live/us/"):
            return data
        held = bundle.parse(data, int(path.rpartition("/")[2]))
        return bundle.dump([None if index in self.hidden else one for index, one in enumerate(held)])


def test_whoever_meets_a_record_before_the_change_of_its_key_says_what_the_others_say(world: World) -> None:
    """Before, such a node kept what the others refused, or refused what they counted: standing never met."""
    old = Identity.at(Home.at(world.home("us")), "live").keys["record"][0]
    with world.open("us") as us, world.open("neutral") as neutral:
        us.table(draft(1))
        changed = _rotate_record_key(world, us)
        stale = _forge(world, us, old, 2)
        late = _Without(us.tree, {changed})
        with world.open("cn", {"us": late, "neutral": neutral.tree}) as cn:
            cn.sync()
            branch = cn.branches["live"]
            assert stale in branch.library, "met before the body that took its key away"
            late.hidden = set()
            assert _agree(world, {"us": us, "cn": cn, "neutral": neutral}) == {stale: ("key-not-valid-here",)}


def test_a_body_whose_key_is_not_known_yet_waits_and_is_no_evidence(world: World) -> None:
    with world.open("us") as us:
        changed = _rotate(world, us)
        after = us.table(draft(2)).id
        us.publish()
        late = _Without(us.tree, set())
        with world.open("cn", {"us": late}) as cn:
            cn.sync()
            world.clock.advance(MINUTE)
            _rotate(world, us)
            newest = us.table(draft(3)).id
            us.publish()
            late.hidden = {us.record(newest).index - 1}
            cn.sync()
            assert newest not in cn.branches["live"].library
            late.hidden = set()
            cn.sync()
            cn.sync()
            assert newest in cn.branches["live"].library
            assert after in cn.branches["live"].library
            assert changed == 0


def test_a_revoked_key_is_shown_so_and_an_officer_revoked_approves_no_release(world: World) -> None:
    with world.nodes() as nodes:
        us = nodes["us"]
        tabled = us.table(draft(1)).id
        world.settle(nodes)
        lost = world.officer("us-second")
        keyid = next(iter(lost.public.entries(None)))
        payload = us.act(tabled, "cn")
        signed = _signed(world, "us", ACT_TYPE, payload)
        us.approve(tabled, "cn", signed)
        us.revoke_key(keyid, "stolen", _signed(world, "us", ACT_TYPE, us.key_act(keyid)))
        with pytest.raises(NotValidThen, match=r"charter\.11"):
            us.approve(tabled, "cn", signed)
        assert _agree(world, nodes) == {}
        assert all(
            row.state not in ("sent", "held") for row in us.release(tabled, "cn") if "title" in row.paths
        )
        for node in nodes.values():
            states = {one.keyid: one.state for one in node.key_list()}
            assert states[keyid] == "revoked"


def test_what_officers_did_not_sign_or_would_make_the_node_mute_is_refused_before_it_is_logged(
    world: World,
) -> None:
    with world.nodes() as nodes:
        us = nodes["us"]
        with pytest.raises(WrongContext, match=r"rotation\.1"):
            us.next_charter()
        us.draw_keys()
        proposed = us.next_charter()
        with pytest.raises(BelowThreshold, match=r"charter\.12"):
            us.change_keys(_signed(world, "us", CHARTER_TYPE, proposed, "first"))
        with pytest.raises(WrongKey, match=r"charter\.10"):
            us.change_keys(_signed(world, "cn", CHARTER_TYPE, proposed))
        own = us.branches["live"].realm.own_keys("record", 0)[0].public.keyid
        approved = _signed(world, "us", ACT_TYPE, us.key_act(own))
        with pytest.raises(WrongContext, match=r"rotation\.3"):
            us.revoke_key(own, "stolen", approved)
        with pytest.raises(WrongContext, match=r"keyact\.3"):
            us.revoke_key("00" * 32, "stolen", approved)
        with pytest.raises(WrongKey, match=r"keyring\.3"):
            us.revoke_key("00" * 32, "lost", _signed(world, "us", ACT_TYPE, us.key_act("00" * 32)))
        assert us.records(kind="accord.key-change") == us.records(kind="accord.revoke") == ()


def test_a_charter_with_keys_that_this_home_has_not_is_refused(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.home("us"), tmp_path / "twin")
    with world.open("us", {}) as us:
        us.draw_keys()
        signed = _signed(world, "us", CHARTER_TYPE, us.next_charter())
    with (
        Node.open(tmp_path / "twin", installed(), clock=world.clock, sources={}) as twin,
        pytest.raises(WrongKey, match=r"rotation\.2"),
    ):
        twin.change_keys(signed)


def test_a_head_still_verifies_when_the_keys_that_signed_it_have_expired(tmp_path: Path) -> None:
    """An audit used to ask the reader's clock, and a home did not open again over its own old head."""
    world = World(tmp_path)
    world.expires = world.clock.now() + 30 * DAY
    world.found()
    with world.nodes() as nodes:
        nodes["us"].table(draft(1))
        world.settle(nodes)
    with world.open("neutral") as neutral:
        world.clock.advance(31 * DAY)
        data = (world.home("us") / "public" / "live" / "us" / "checkpoint").read_bytes()
        assert neutral.branches["live"].realm.verify_head("us", data).size > 0
        assert neutral.branches["live"].realm.verify_head("neutral", _own(world)).size > 0
    assert auditor.verify(world.home("us"), genesis=world.genesis).ok


def _own(world: World) -> bytes:
    return (world.home("neutral") / "public" / "live" / "neutral" / "checkpoint").read_bytes()
