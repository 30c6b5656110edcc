"""What others do to a node: each attack is refused at a numbered check and kept, and changes nothing."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from detente.node import auditor, bundle, store
from detente.node.clock import SetClock
from detente.node.errors import Behind, ClockBack, HomeInUse, NoSuchThing, PeerAway
from detente.node.home import Home
from detente.node.node import Node
from detente.node.source import FolderSource, Source
from detente.node.writer import Batch
from detente.trust import envelope, fork, note, record, witness
from detente.trust.errors import DetenteError, Unproven
from detente.trust.exhibit import origin
from detente.trust.record import Record
from detente.trust.tree import Tree
from homes import START, World, draft, installed


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


@dataclass
class Altered:
    """A tree in which an attacker changes what it likes."""

    inner: Source
    alter: Callable[[str, bytes], bytes | None]

    def get(self, path: str) -> bytes | None:
        data = self.inner.get(path)
        return None if data is None else self.alter(path, data)


@dataclass
class Victim:
    """The node of us, whose only source is what a test hands it as cn's tree."""

    world: World
    source: Source
    stack: list[Node] = field(default_factory=list)

    def open(self) -> Node:
        node = self.world.open("us", {"cn": self.source})
        self.stack.append(node)
        return node


@pytest.fixture
def victim(world: World) -> Iterator[Victim]:
    made = Victim(world, FolderSource(world.home("cn") / "public"))
    yield made
    for node in made.stack:
        node.close()


def _twin(world: World) -> Path:
    """A copy of cn's home, keys and all: with it cn can say two things."""
    twin = world.folder / "twin"
    shutil.copytree(world.home("cn"), twin)
    return twin


def _table(world: World, home: Path, *numbers: int) -> None:
    with Node.open(home, installed(), clock=world.clock, sources={}) as node:
        for number in numbers:
            node.table(draft(number))
            node.publish()


def _write(world: World, home: Path, entry: Record) -> None:
    """Log a record past the gate, as only its owner can: the keys are its own."""
    with Node.open(home, installed(), clock=world.clock, sources={}) as node:
        branch = node.branches["live"]
        signed = record.seal(entry, branch.realm.identity.keys["record"][0])

        def act(batch: Batch) -> int:
            return branch.sequencer.append(batch, entry, signed)

        branch.realm.writer.settle(act)


def _record(world: World, home: Path, **changes: object) -> Record:
    with Node.open(home, installed(), clock=world.clock, sources={}) as node:
        name = node.table(draft(900)).id
        entry = node.branches["live"].library[name]
    return msgspec.structs.replace(entry, nonce="ab" * 16, **changes)


@pytest.mark.parametrize(("mine", "theirs"), [([1], [2]), ([1], [2, 3]), ([1, 4], [2])])
def test_a_party_that_shows_two_histories_is_refused_and_the_proof_convinces_a_third_party(
    world: World, victim: Victim, mine: list[int], theirs: list[int]
) -> None:
    twin = _twin(world)
    _table(world, world.home("cn"), *mine)
    _table(world, twin, *theirs)
    node = victim.open()
    node.sync()
    seen = node.status().domains["live"].others["cn"]
    node._sources["cn"] = FolderSource(twin / "public")  # noqa: SLF001 (the same address, another answer)
    node.sync()
    found = [one for one in node.evidence() if one.kind == "fork"]
    assert [one.error for one in found] == ["Fork"]
    evidence = fork.parse(node.evidence_data(found[0].digest))
    keys = node.branches["live"].realm.keys("cn", "log", 1)
    above, below = fork.verify(evidence, origin(world.genesis, "live", "cn"), keys)
    assert above != below
    (world.folder / "evidence.json").write_bytes(node.exhibit(found[0].digest))
    report = auditor.verify(world.folder / "evidence.json", genesis=world.genesis)
    assert (report.ok, report.kind) == (True, "evidence"), report.faults
    assert "signed two histories" in next(iter(report.counts))
    after = node.status().domains["live"].others["cn"]
    assert (after.seen, after.here, after.forked) == (seen.seen, seen.here, found[0].digest)
    node._sources["cn"] = FolderSource(world.home("cn") / "public")  # noqa: SLF001
    _table(world, world.home("cn"), 50)
    assert node.sync()[0].leaves["cn"] == 0, "a forked log is refused from there on"
    node.heartbeat()
    node.heartbeat()
    logged = node.records(kind="accord.fork")
    assert [node.record(one.id).open["of"] for one in logged] == ["cn"], "the proof is logged, once"


def test_an_old_tree_is_no_news_and_no_crime(world: World, victim: Victim) -> None:
    _table(world, world.home("cn"), 1)
    old = _twin(world)
    _table(world, world.home("cn"), 2)
    node = victim.open()
    node.sync()
    before = node.status().domains["live"].others["cn"]
    node._sources["cn"] = FolderSource(old / "public")  # noqa: SLF001
    node.sync()
    assert node.status().domains["live"].others["cn"] == before
    assert node.evidence() == ()


def _flip(wanted: str) -> Callable[[str, bytes], bytes]:
    def alter(path: str, data: bytes) -> bytes:
        return data if wanted not in path else data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]

    return alter


@pytest.mark.parametrize(
    ("wanted", "kind", "steps"),
    [
        ("cn/checkpoint", "checkpoint", {"cosignature.5", "checkpoint.8", "note.5"}),
        ("tile/entries", "entries", {"pull.3", "tiles.3", "leaf.1", "bundle.3"}),
        (
            "bodies",
            "record",
            {"envelope.1", "envelope.2", "envelope.3", "envelope.7", "canonical.2", "canonical.5"},
        ),
    ],
)
def test_altered_files_are_refused_by_name_accuse_nobody_and_heal(
    world: World, victim: Victim, wanted: str, kind: str, steps: set[str]
) -> None:
    _table(world, world.home("cn"), 1)
    honest = victim.source
    victim.source = Altered(honest, _flip(wanted))
    node = victim.open()
    node.sync()
    found = node.evidence()
    assert {one.kind for one in found} == {kind}
    assert {one.step for one in found} <= steps
    assert node.status().domains["live"].others["cn"].forked is None
    assert all(place.party == "us" or not place.kind for place in node.records())
    node._sources["cn"] = honest  # noqa: SLF001
    node.sync()
    assert node.status().domains["live"].others["cn"].missing == ()
    assert len(node.evidence()) == len(found)


def _exchanged(path: str, data: bytes) -> bytes:
    """Give the body of leaf 0 for leaf 1."""
    if "bodies" not in path:
        return data
    bodies = bundle.parse(data, int(path.rpartition("/")[2]))
    return bundle.dump([bodies[0], bodies[0], *bodies[2:]])


def test_a_body_of_another_leaf_is_refused(world: World, victim: Victim) -> None:
    _table(world, world.home("cn"), 1, 2)
    victim.source = Altered(victim.source, _exchanged)
    node = victim.open()
    node.sync()
    (refused,) = node.evidence()
    assert refused.step == "leaf.2"
    with pytest.raises(NoSuchThing) as caught:
        node.exhibit(refused.digest)
    assert caught.value.step == "accusation.1", "a sound record at the wrong leaf convicts nobody"
    assert node.status().domains["live"].others["cn"].missing == ((1, 1),)


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"party": "us"}, "body.4"),
        ({"open": {"note": "free text"}}, "floor.3"),
        ({"kind": "incidents.rumour"}, "floor.2"),
        ({"sealed": {}}, "record.11"),
        ({"accord": record.AccordRef("00" * 32, 1)}, "body.5"),
        ({"domain": "exercise"}, "envelope.6"),
    ],
)
def test_a_record_that_fails_any_check_is_kept_with_step_and_reason_and_its_leaf_stays_missing(
    world: World, victim: Victim, changes: dict[str, object], step: str
) -> None:
    entry = _record(world, world.home("cn"), **changes)
    _write(world, world.home("cn"), entry)
    node = victim.open()
    node.sync()
    found = node.evidence()
    assert len(found) == 1
    assert (found[0].kind, found[0].party, found[0].via) == ("record", "cn", "cn")
    assert found[0].step == step
    assert found[0].what
    assert node.status().domains["live"].others["cn"].missing == ((1, 1),)
    node.heartbeat()
    said = node.branches["live"].heartbeat.last(node._readers.conn)  # noqa: SLF001
    assert said is not None
    assert said.heads["cn"].missing == ((1, 1),)
    node.sync()
    assert len(node.evidence()) == 1, "the same bytes refused twice are kept once"


def test_a_record_signed_by_a_stranger_is_refused(world: World, victim: Victim) -> None:
    _table(world, world.home("cn"), 1)
    stranger = world.open("neutral").branches["live"].realm
    key = stranger.identity.keys["record"][0]

    def resign(path: str, data: bytes) -> bytes:
        if "bodies" not in path:
            return data
        held = bundle.parse(data, int(path.rpartition("/")[2]))[0]
        assert held is not None
        signed = envelope.parse(held)
        return bundle.dump([envelope.dump(envelope.sign(signed.payload_type, signed.payload, [key]))])

    victim.source = Altered(victim.source, resign)
    node = victim.open()
    node.sync()
    stranger.writer.close()
    assert [one.error for one in node.evidence()] == ["WrongKey"]


def test_withheld_bodies_are_missing_until_any_holder_relays_them(world: World, victim: Victim) -> None:
    _table(world, world.home("cn"), 1)
    with world.open("neutral") as neutral:
        neutral.sync()
    victim.source = Altered(victim.source, lambda path, data: None if "bodies" in path else data)
    node = victim.open()
    node.sync()
    assert node.status().domains["live"].others["cn"].missing == ((0, 0),)
    node._sources["neutral"] = FolderSource(world.home("neutral") / "public")  # noqa: SLF001
    node.sync()
    assert node.status().domains["live"].others["cn"].missing == ()
    assert node.evidence() == ()


def test_a_log_is_read_through_a_mirror_when_its_owner_is_away(world: World) -> None:
    _table(world, world.home("cn"), 1)
    with world.open("neutral") as neutral:
        neutral.sync()
    with world.open("us", {"neutral": FolderSource(world.home("neutral") / "public")}) as node:
        node.sync()
        assert node.status().domains["live"].others["cn"].here == 1
        assert node.status().domains["live"].others["cn"].missing == ()


def test_a_database_from_yesterday_signs_nothing(world: World) -> None:
    home = world.home("us")
    _table(world, home, 1)
    shutil.copy(home / "node.db", world.folder / "yesterday.db")
    _table(world, home, 2)
    shutil.copy(world.folder / "yesterday.db", home / "node.db")
    with pytest.raises(Behind) as caught:
        world.open("us", {})
    assert caught.value.step == "anchor.1"
    kept = (home / "signed/live/us").read_bytes()
    with pytest.raises(Behind):
        world.open("us", {})
    assert (home / "signed/live/us").read_bytes() == kept


def test_a_database_with_another_past_signs_nothing(world: World) -> None:
    home = world.home("us")
    shutil.copytree(home, world.folder / "other")
    _table(world, home, 1)
    _table(world, world.folder / "other", 2, 3)
    shutil.copy(world.folder / "other/node.db", home / "node.db")
    with pytest.raises(Behind) as caught:
        world.open("us", {})
    assert caught.value.step == "anchor.2"


def test_a_witness_with_a_database_from_yesterday_does_not_cosign_a_second_history(world: World) -> None:
    twin = _twin(world)
    home = world.home("us")
    with world.open("us", {}) as fresh:
        fresh.publish()
    shutil.copy(home / "node.db", world.folder / "yesterday.db")
    _table(world, world.home("cn"), 1)
    _table(world, twin, 2)
    with world.open("us", {"cn": FolderSource(world.home("cn") / "public")}) as node:
        node.sync()
        cosigned = (home / "public/live/cn/cosigned/us").read_bytes()
    shutil.copy(world.folder / "yesterday.db", home / "node.db")
    with world.open("us", {"cn": FolderSource(twin / "public")}) as node:
        node.sync()
        assert [one.kind for one in node.evidence()] == ["fork"]
    head = note.parse((home / "public/live/cn/cosigned/us").read_bytes()).text
    assert head == note.parse(cosigned).text


def test_a_genuine_head_with_a_garbage_proof_is_refused_and_accuses_nobody(
    world: World, victim: Victim
) -> None:
    _table(world, world.home("cn"), 1)
    node = victim.open()
    node.sync()
    _table(world, world.home("cn"), 2)
    head = (world.home("cn") / "public/live/cn/checkpoint").read_bytes()
    name = origin(world.genesis, "live", "cn")
    with pytest.raises(Unproven):
        node.submit(name, witness.Submission(1, (b"\0" * 32,), head))
    assert node.status().domains["live"].others["cn"].seen == 1
    assert node.submit(name, witness.Submission(0, (), head)) == 1, "stale: the size that is known"
    proof = tuple(_tree(world).consistency(1, 2))
    lines = node.submit(name, witness.Submission(1, proof, head))
    assert isinstance(lines, bytes)
    assert len(note.parse_lines(lines)) == 2
    assert node.status().domains["live"].others["cn"].seen == 2
    assert node.status().domains["live"].others["cn"].forked is None
    node.heartbeat()
    said = node.branches["live"].heartbeat.last(node._readers.conn)  # noqa: SLF001
    assert said is not None
    assert said.heads["cn"].size == 1, "known by its proof alone is not seen: its leaf is not here"
    node.sync()
    assert node.status().domains["live"].others["cn"].here == 2


def test_a_doorbell_rung_with_a_second_history_is_a_fork(world: World, victim: Victim) -> None:
    twin = _twin(world)
    _table(world, world.home("cn"), 1)
    _table(world, twin, 2)
    node = victim.open()
    node.sync()
    head = (twin / "public/live/cn/checkpoint").read_bytes()
    with pytest.raises(DetenteError) as caught:
        node.submit(origin(world.genesis, "live", "cn"), witness.Submission(1, (), head))
    assert caught.value.step == "witness.6"
    assert [one.kind for one in node.evidence()] == ["fork"]


def test_a_clock_that_was_set_back_writes_nothing(world: World) -> None:
    _table(world, world.home("us"), 1)
    late = SetClock(START - 3_600_000)
    with (
        Node.open(world.home("us"), installed(), clock=late, sources={}) as node,
        pytest.raises(ClockBack) as caught,
    ):
        node.table(draft(2))
    assert caught.value.step == "tabling.3"


def test_a_home_in_use_is_not_opened_twice(world: World) -> None:
    with world.open("us"), pytest.raises(HomeInUse):
        world.open("us")
    with world.open("us") as node:
        assert node.party == "us"


def test_a_source_that_is_away_is_said_and_harms_nothing(world: World) -> None:
    @dataclass
    class Away:
        def get(self, path: str) -> bytes | None:
            raise PeerAway("source.2", f"{path}: no line.", "Try again later.")

    with world.open("us", {"cn": Away()}) as node:
        assert "no line" in node.sync()[0].away["cn"]
        assert node.table(draft(1)).index >= 0


def test_a_flood_fills_its_own_share_of_evidence_and_no_more(
    world: World, victim: Victim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.node.evidence.MAX_EACH", 5)
    _table(world, world.home("cn"), 1)
    counter = iter(range(256))

    def noise(path: str, data: bytes) -> bytes:
        return data if not path.endswith("checkpoint") else b"noise %d\n" % next(counter)

    victim.source = Altered(victim.source, noise)
    node = victim.open()
    for _ in range(10):
        node.sync()
    assert len(node.evidence()) == 5


def test_settings_of_a_home_name_its_stores(world: World, tmp_path: Path) -> None:
    home = Home.at(world.home("us"))
    settings = msgspec.structs.replace(home.settings, publish_to=(str(tmp_path / "store/us"),))
    Home(home.path, settings).save()
    with world.open("us", {}) as node:
        node.table(draft(1))
        node.publish()
        node.sync()
    with world.open("cn", {"us": FolderSource(tmp_path / "store/us")}) as reader:
        reader.sync()
        assert reader.status().domains["live"].others["us"].missing == ()
    conn = store.open_reading(world.home("cn") / "node.db")
    assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    conn.close()


def _tree(world: World) -> Tree:
    with world.open("neutral", {"cn": FolderSource(world.home("cn") / "public")}) as node:
        node.sync()
        return node.branches["live"].realm.trees["cn"]
