"""A rival with keys of its own: what it serves, posts, packs or relays reaches nothing beyond its own log."""

import asyncio
import gzip
import os
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

import httpx
import pytest

from detente.faces.peer import application
from detente.node import auditor, bundle, exchange, line, source
from detente.node.errors import PeerAway
from detente.node.node import Node
from detente.node.replica import DOORBELL
from detente.node.source import FolderSource, HttpSource, Source, ZipSource
from detente.node.writer import Batch
from detente.trust import checkpoint, cosignature, note, record, witness
from detente.trust.checkpoint import Checkpoint
from detente.trust.envelope import Envelope
from detente.trust.errors import DetenteError, Malformed, TooLarge
from detente.trust.exhibit import origin
from detente.trust.exhibit import witness as witness_name
from detente.trust.note import Note, NoteSignature
from detente.trust.record import Domain, Record
from detente.trust.witness import Submission
from homes import START, VALUES, World, draft, installed

HUGE = 2**60
Alter = Callable[[str, bytes | None], bytes | None]


@dataclass
class Altered:
    """A tree in which a rival changes what it likes, also what is not there."""

    inner: Source
    alter: Alter

    def get(self, path: str) -> bytes | None:
        return self.alter(path, self.inner.get(path))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


def _tree(world: World, party: str) -> FolderSource:
    return FolderSource(world.home(party) / "public")


def _table(world: World, party: str, *numbers: int) -> list[str]:
    with world.open(party, {}) as node:
        found = [node.table(draft(number)).id for number in numbers]
        node.publish()
    return found


def _log(node: Node, entry: Record, signed: Envelope, domain: Domain = "live") -> None:
    """Log any leaf past the gate, as only the owner of a log can."""
    branch = node.branches[domain]

    def act(batch: Batch) -> int:
        return branch.sequencer.append(batch, entry, signed)

    branch.realm.writer.settle(act)


def _head(world: World, node: Node, size: int, root: bytes = b"\x07" * 32) -> bytes:
    """A head that a party signs of its own log, whatever the log holds."""
    made = Checkpoint(origin(world.genesis, "live", node.party), size, root)
    keys = node.branches["live"].realm.identity.keys["log"]
    return note.dump(checkpoint.sign(made, keys, START // 1000))


def _rival_head(world: World, size: int) -> bytes:
    with world.open("cn", {}) as rival:
        return _head(world, rival, size)


def _junk(name: str, count: int) -> tuple[NoteSignature, ...]:
    return tuple(NoteSignature(name, bytes([n, 1, 2, 3]), b"j" * 2500) for n in range(count))


def _seen(node: Node) -> tuple[int, int]:
    other = node.status().domains["live"].others["cn"]
    return other.seen, other.here


def _logs(node: Node) -> dict[str, int]:
    realm = node.branches["live"].realm
    return {party: len(realm.trees[party]) for party in realm.trees}


# Heads


@pytest.mark.timeout(30)  # walking over the leaves would take for ever
def test_a_head_of_two_to_the_sixty_leaves_rung_at_the_door_costs_no_memory_and_stops_no_clock(
    world: World,
) -> None:
    head = _rival_head(world, HUGE)
    with world.open("us", {"cn": _tree(world, "cn")}) as node:
        node.submit(origin(world.genesis, "live", "cn"), Submission(0, (), head))
        node.heartbeat()
        node.sync()
        node.heartbeat()
        said = node.branches["live"].heartbeat.last(node._readers.conn)  # noqa: SLF001
        assert said is not None
        assert "cn" not in said.heads, "a leaf that nobody showed was seen by nobody"


def test_a_head_of_two_to_the_sixty_leaves_in_a_tree_without_them_is_refused(world: World) -> None:
    _table(world, "cn", 1)
    head = _rival_head(world, HUGE)
    served = Altered(_tree(world, "cn"), lambda path, data: head if path.endswith("cn/checkpoint") else data)
    with world.open("us", {"cn": served}) as node:
        node.sync()
        found = node.evidence()
        assert {(one.kind, one.error) for one in found} <= {("entries", "BadProof"), ("entries", "Malformed")}
        assert found
        assert (_seen(node), _logs(node)["cn"]) == ((0, 0), 0)


def test_lines_of_nobody_in_a_rivals_head_get_no_further_and_the_node_opens_again(world: World) -> None:
    _table(world, "cn", 1)
    name = origin(world.genesis, "live", "cn")

    def stuffed(path: str, data: bytes | None) -> bytes | None:
        if data is None or not path.endswith("cn/checkpoint"):
            return data
        signed = note.parse(data)
        return note.dump(Note(signed.text, (*signed.signatures, *_junk(name, 62))))

    for _ in range(2):
        with world.open("us", {"cn": Altered(_tree(world, "cn"), stuffed)}) as node:
            node.sync()
            assert _seen(node) == (1, 1)
            assert node.status().trouble == ""
            mine = _tree(world, "us").get("live/cn/cosigned/us")
            assert mine is not None
            assert len(note.parse(mine).signatures) == 4


def test_a_witness_cannot_write_others_lines_into_our_head(world: World) -> None:
    _table(world, "us", 1)
    with world.open("cn", {"us": _tree(world, "us")}) as rival:
        rival.sync()
    with world.open("neutral", {}) as neutral:
        public = neutral.branches["live"].realm.identity.keys["witness"][0].public
    name = witness_name(world.genesis, "live", "neutral")
    forged = NoteSignature(name, cosignature.key(name, public).keyid, b"\0" * 72)

    def poisoned(path: str, data: bytes | None) -> bytes | None:
        if data is None or not path.endswith("us/cosigned/cn"):
            return data
        signed = note.parse(data)
        return note.dump(Note(signed.text, (*signed.signatures, forged, *_junk("somebody", 40))))

    with world.open("us", {"cn": Altered(_tree(world, "cn"), poisoned)}) as node:
        node.sync()
        own = _tree(world, "us").get("live/us/checkpoint")
        assert own is not None
        names = [one.name for one in note.parse(own).signatures]
        assert sorted(set(names)) == sorted(
            [origin(world.genesis, "live", "us"), witness_name(world.genesis, "live", "cn")]
        )
        assert len(names) == 4
        export = node.export_log(world.folder / "export")
    assert auditor.verify(export, genesis=world.genesis, installed=installed()).ok


@pytest.mark.parametrize("name", ["neutral", "us", "cn/witness"])
def test_a_cosignature_under_another_name_is_refused_and_changes_no_head(world: World, name: str) -> None:
    _table(world, "us", 1)
    head = _tree(world, "us").get("live/us/checkpoint")
    assert head is not None
    with world.open("cn", {}) as rival:
        keys = rival.branches["live"].realm.identity.keys["witness"]
    claimed = checkpoint.parse_text(note.parse(head).text)
    wrong = f"{origin(world.genesis, 'live', name)}/witness"
    lines = [cosignature.sign(claimed, wrong, key, START // 1000) for key in keys]
    data = note.dump(Note(note.parse(head).text, tuple(lines)))
    served = Altered(_tree(world, "cn"), lambda path, own: data if path.endswith("us/cosigned/cn") else own)
    with world.open("us", {"cn": served}) as node:
        node.sync()
        assert [(one.kind, one.party, one.error) for one in node.evidence()] == [
            ("cosignature", "cn", "WrongKey")
        ]
    assert _tree(world, "us").get("live/us/checkpoint") == head


def test_a_cosignature_on_a_head_that_we_never_had_is_evidence(world: World) -> None:
    _table(world, "us", 1)
    with world.open("cn", {}) as rival:
        keys = rival.branches["live"].realm.identity.keys["witness"]
    never = Checkpoint(origin(world.genesis, "live", "us"), HUGE, b"\x09" * 32)
    name = witness_name(world.genesis, "live", "cn")
    lines = [cosignature.sign(never, name, key, START // 1000) for key in keys]
    data = note.dump(Note(never.text, tuple(lines)))
    served = Altered(_tree(world, "cn"), lambda path, own: data if path.endswith("us/cosigned/cn") else own)
    with world.open("us", {"cn": served}) as node:
        node.sync()
        assert [(one.kind, one.step) for one in node.evidence()] == [("cosignature", "cosigned.3")]
        assert node.status().domains["live"].own.cosigned == {}


def test_a_genuine_head_that_a_stranger_sends_with_false_proofs_is_not_laid_to_its_author(
    world: World,
) -> None:
    _table(world, "cn", 1)
    with world.open("us", {"cn": _tree(world, "cn")}) as node:
        node.sync()
        _table(world, "cn", 2)
        head = _tree(world, "cn").get("live/cn/checkpoint")
        assert head is not None
        for number in range(3):
            with pytest.raises(DetenteError) as caught:
                node.submit(origin(world.genesis, "live", "cn"), Submission(1, (bytes([number]) * 32,), head))
            assert caught.value.step == "consistency.4"
        assert {(one.via, one.kind) for one in node.evidence()} == {("/add-checkpoint", "request")}
        assert _seen(node) == (1, 1)


def test_a_rival_that_rings_with_a_thousand_second_histories_fills_one_row(world: World) -> None:
    _table(world, "cn", 1)
    with world.open("us", {"cn": _tree(world, "cn")}) as node:
        node.sync()
        with world.open("cn", {}) as rival:
            heads = [_head(world, rival, 1, bytes([n]) * 32) for n in range(5)]
        for head in heads:
            with pytest.raises(DetenteError) as caught:
                node.submit(origin(world.genesis, "live", "cn"), Submission(1, (), head))
            assert caught.value.step == "witness.6"
        assert [one.kind for one in node.evidence()] == ["fork"]
        assert node.status().domains["live"].others["cn"].forked == node.evidence()[0].digest


# Leaves and bodies


def test_a_leaf_with_the_id_of_anothers_record_holds_nothing_and_frames_no_mirror(world: World) -> None:
    (name,) = _table(world, "us", 1)
    with world.open("us", {}) as ours:
        library = ours.branches["live"].library
        entry, signed = library[name], library.envelope(name)
    with world.open("cn", {}) as rival:
        _log(rival, entry, signed)
    with world.open("us", {"cn": _tree(world, "cn")}) as node:
        node.sync()
        assert node.status().domains["live"].others["cn"].missing == ((0, 0),)
        assert [(one.kind, one.step) for one in node.evidence()] == [("record", "body.4")]
        mirrored = _tree(world, "us").get("live/cn/bodies/000.p/1")
        assert mirrored is None or bundle.parse(mirrored, 1) == [None]
    with world.open("neutral", {"us": _tree(world, "us")}) as third:
        third.sync()
        assert third.evidence() == (), "nothing that a mirror shows of it is to be refused"


@pytest.mark.parametrize("kind", ["record", "receipt"])
def test_a_leaf_of_the_exercise_in_the_live_log_is_no_body_of_the_live_domain(
    tmp_path: Path, kind: str
) -> None:
    world = World(tmp_path, ("live", "exercise")).found()
    with world.open("cn", {}) as rival:
        branch = rival.branches["exercise"]
        made = rival.table(draft(1, domain="exercise")).id if kind == "record" else branch.beat()
        assert made is not None
        rival.publish()
        _log(rival, branch.library[made], branch.library.envelope(made))
    with world.open("us", {"cn": _tree(world, "cn")}) as node:
        for _ in range(2):
            node.sync()
            node.heartbeat()
        assert made in node.branches["exercise"].library
        assert made not in node.branches["live"].library
        assert node.status().domains["live"].others["cn"].missing == ((0, 0),)
        assert [one.step for one in node.evidence("live")] == ["envelope.6"]
        assert node.branches["live"].heartbeat.said("cn") == {}
    with world.open("us", {}) as again:
        assert again.status().trouble == ""


def test_a_record_logged_twice_stands_once(world: World) -> None:
    (name,) = _table(world, "cn", 1)
    with world.open("cn", {}) as rival:
        library = rival.branches["live"].library
        _log(rival, library[name], library.envelope(name))
    with world.nodes() as nodes:
        world.settle(nodes)
        world.clock.advance(3 * 3_600_000)
        world.settle(nodes)
        standing = nodes["us"].standing()
        assert [(one.party, one.index, one.codes) for one in standing.refused] == [("cn", 1, ("repeated",))]
        assert nodes["us"].record(name).index == 0


def test_a_bundle_longer_than_any_is_left_where_it_is(world: World) -> None:
    _table(world, "cn", 1)
    too_long = (2**32 - 1).to_bytes(4, "big") + b"x" * 64
    served = Altered(_tree(world, "cn"), lambda path, data: too_long if "bodies" in path else data)
    with world.open("us", {"cn": served}) as node:
        node.sync()
        assert [(one.kind, one.step) for one in node.evidence()] == [("entries", "bodies.1")]
        assert node.status().domains["live"].others["cn"].missing == ((0, 0),)


# Packages


def test_a_relay_that_alters_a_package_delays_it_and_does_not_suppress_it(world: World) -> None:
    with world.nodes() as nodes:
        tabled = nodes["us"].table(draft()).id
        world.settle(nodes)
        nodes["us"].release_due()
        nodes["us"].publish()

    def without(path: str, data: bytes | None) -> bytes | None:
        return None if "/blob/" in path else data

    def garbage(path: str, data: bytes | None) -> bytes | None:
        return b"garbage" if "/blob/" in path else data

    ours = _tree(world, "us")
    with world.open(
        "neutral", {"us": Altered(ours, without), "cn": Altered(_tree(world, "cn"), garbage)}
    ) as node:
        node.sync()
        assert node.record(tabled).values == {}
        assert {(one.kind, one.step, one.via) for one in node.evidence()} == {
            ("package", "receiving.3", "cn")
        }
    with world.open("neutral", {"us": ours}) as node:
        node.sync()
        assert node.record(tabled).values == {path: VALUES[path] for path in ("summary", "title")}


@pytest.mark.parametrize("what", ["package", "body"])
def test_a_release_whose_package_or_body_comes_late_is_opened_when_it_comes(world: World, what: str) -> None:
    """A later release was opened meanwhile: what lies before it is looked at again all the same."""
    with world.nodes() as nodes:
        names = [nodes["us"].table(draft(number)).id for number in range(2)]
        world.settle(nodes)
        first, _ = nodes["us"].release_due()
        nodes["us"].publish()
        shown = nodes["us"].record(first.release)
    hidden = {first.record}

    def late(path: str, data: bytes | None) -> bytes | None:
        if data is None or not hidden:
            return data
        if what == "body" and "/bodies/" in path:
            width = int(path.rpartition("/")[2])
            found = bundle.parse(data, width)
            return bundle.dump([None if at == shown.index else one for at, one in enumerate(found)])
        return None if what == "package" and path.endswith(str(shown.open["blob"])) else data

    with world.open("neutral", {"us": Altered(_tree(world, "us"), late)}) as node:
        for _ in range(2):
            node.sync()
            opened = {name for name in names if node.record(name).values}
            assert opened == set(names) - hidden
        hidden.clear()
        node.sync()
        assert all(node.record(name).values for name in names)
        assert node.evidence() == ()


# Sources


@dataclass
class Server:
    """A server that answers anything with these parts, pausing after each; endless repeats the last."""

    listener: socket.socket
    parts: Sequence[bytes]
    pause: float
    endless: bool
    ending: threading.Event

    def run(self) -> None:
        with suppress(OSError):  # the listener closes, and that is the end
            while not self.ending.is_set():
                line, _ = self.listener.accept()
                with line, suppress(OSError):
                    self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        line.recv(65_536)
        for part in chain(self.parts, repeat(self.parts[-1]) if self.endless else ()):
            line.sendall(part)
            if self.ending.wait(self.pause):
                return


@contextmanager
def _serving(parts: Sequence[bytes], pause: float = 0.0, *, endless: bool = False) -> Iterator[str]:
    ending = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener, parts, pause, endless, ending)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        ending.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n"


@pytest.mark.timeout(30)  # what is not cut off drips for ever
@pytest.mark.parametrize(
    ("first", "drop"), [(HEAD, b"x: y\r\n"), (HEAD + b"\r\n", b"x")], ids=["headers", "body"]
)
def test_an_answer_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch, first: bytes, drop: bytes) -> None:
    monkeypatch.setattr(line, "DEADLINE", 0.4)
    with _serving([first, drop], 0.05, endless=True) as address:
        peer = HttpSource(address)
        with pytest.raises(PeerAway) as caught:
            peer.get("live/cn/checkpoint")
        peer.close()
        assert caught.value.step == "line.1"


def test_an_answer_without_end_is_read_to_its_limit_only() -> None:
    with _serving([b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536], endless=True) as address:
        peer = HttpSource(address)
        with pytest.raises(PeerAway) as caught:
            peer.get("live/cn/tile/0/000")
        peer.close()
        assert caught.value.step == "line.2"


def test_a_packed_answer_is_taken_as_it_is_sent_and_never_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 4_000_000)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    with _serving([head + bomb]) as address:
        peer = HttpSource(address)
        assert peer.get("live/cn/tile/0/000") == bomb
        peer.close()


def test_pipes_and_devices_on_a_stick_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "live" / "cn").mkdir(parents=True)
    os.mkfifo(tmp_path / "live/cn/checkpoint")
    (tmp_path / "live/cn/endless").symlink_to("/dev/zero")
    stick = FolderSource(tmp_path)
    assert stick.get("live/cn/checkpoint") is None
    assert stick.get("live/cn/endless") is None


def test_a_zip_file_with_spoilt_bytes_inside_is_a_source_that_cannot_be_asked(tmp_path: Path) -> None:
    file = exchange.write_zip({"live/cn/checkpoint": b"head " * 200}, tmp_path / "a.zip")
    data = bytearray(file.read_bytes())
    start = data.index(b"checkpoint") + len("checkpoint")
    data[start : start + 6] = b"\xff" * 6
    file.write_bytes(data)
    with pytest.raises(PeerAway) as away:
        ZipSource(file).get("live/cn/checkpoint")
    assert away.value.step == "source.2"
    with pytest.raises(Malformed) as malformed:
        dict(exchange.read_zip(file))
    assert malformed.value.step == "exchange.4"


def test_a_zip_bomb_of_files_each_within_its_limit_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2):
            archive.writestr(f"live/cn/bodies/00{number}", b"\0" * 9_000_000)
    with pytest.raises(TooLarge) as caught:
        exchange.read_zip(tmp_path / "b.zip")
    assert caught.value.step == "exchange.3"


# The peer endpoint


def _ask(node: Node, path: str, body: bytes | None = None) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application(node))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request("GET" if body is None else "POST", path, content=body)

    return asyncio.run(ask())


BODIES = [
    ("witness.2", b"", 400),
    ("witness.2", b"old -1\n\nx", 400),
    ("witness.2", b"old 99999999999999999999\n\nx", 400),
    ("witness.3", b"old 1\n" + b"AAAA\n" * 80 + b"\nx", 413),
    ("witness.4", b"old 1\n!!!!\n\nx", 400),
    ("note.", b"old 0\n\nno note at all", 400),
    ("note.2", b"old 0\n\n\xff\xfe", 400),
    ("checkpoint.1", b"old 0\n\nonly\n\n\xe2\x80\x94 name AAAAAAAA\n", 400),
]


@pytest.mark.parametrize(("step", "body", "status"), BODIES)
def test_a_malformed_request_to_cosign_is_answered_by_name_and_changes_nothing(
    world: World, step: str, body: bytes, status: int
) -> None:
    with world.open("us", {}) as node:
        before = node.status().domains
        answer = _ask(node, "/add-checkpoint", body)
        assert (answer.status_code, step in answer.text) == (status, True), answer.text
        assert _ask(node, "/add-checkpoint", b"x" * (witness.MAX_BYTES + 1)).status_code == 413
        assert (node.status().domains, node.evidence()) == (before, ())


def test_heads_of_strangers_and_heads_signed_by_others_keys_are_not_cosigned(world: World) -> None:
    with world.open("cn", {}) as rival:
        keys = rival.branches["live"].realm.identity.keys["log"]
    with world.open("us", {}) as node:
        for name, status in (
            ("detente/0000000000000000/live/cn", 404),
            (origin(world.genesis, "exercise", "cn"), 404),
            (origin(world.genesis, "live", "us"), 404),
            (origin(world.genesis, "live", "neutral"), 403),
        ):
            made = Checkpoint(name, 1, b"\x01" * 32)
            body = witness.dump(Submission(0, (), note.dump(checkpoint.sign(made, keys, START // 1000))))
            assert _ask(node, "/add-checkpoint", body).status_code == status
        kept = [(one.via, one.party, one.kind, one.error) for one in node.evidence()]
        assert kept == [(DOORBELL, "neutral", "request", "WrongKey")], "of logs that are witnessed here alone"
        assert all(one.seen == 0 for one in node.status().domains["live"].others.values())


@pytest.mark.parametrize(
    "path", ["/../keys", "/%2e%2e/keys", "/live/..%2f..%2fnode.db", "/live/%00", "//etc/passwd", "/LIVE/us"]
)
def test_no_path_of_the_endpoint_leaves_the_tree(world: World, path: str) -> None:
    with world.open("us", {}) as node:
        assert _ask(node, path).status_code == 404


# Receipts


@pytest.mark.parametrize(
    "heads",
    [
        {"us": {"size": HUGE - 128, "root": "ab" * 32, "missing": [[0, HUGE // 256]]}},
        {"us": {"size": 1, "root": "ab" * 32, "missing": [[-5, 0]]}},
        {"us": {"size": 9, "root": "ab" * 32, "missing": [[0, 5], [3, 8]]}},
        {"cn": {"size": 1, "root": "ab" * 32, "missing": []}},
        {"nobody": {"size": 1, "root": "ab" * 32, "missing": []}},
    ],
    ids=["huge", "negative", "overlapping", "itself", "nobody"],
)
def test_a_hostile_receipt_leaves_every_honest_standing_equal(world: World, heads: dict[str, object]) -> None:
    _table(world, "us", 1)
    if "us" in heads and isinstance(heads["us"], dict) and heads["us"]["size"] > 2**53:
        heads["us"] = {"size": 2**53 - 1, "root": "ab" * 32, "missing": [[0, 2**53 - 2]]}
    with world.open("cn", {}) as rival:
        (made,) = [rival.branches["live"].beat()]
        assert made is not None
        library = rival.branches["live"].library
        key = rival.branches["live"].realm.identity.keys["record"][0]
        crafted = Record(
            v=1,
            domain="live",
            kind=record.RECEIPT_KIND,
            party="cn",
            accord=library[made].accord,
            thread=None,
            at=world.clock.now(),
            nonce="ab" * 16,
            key=key.public.keyid,
            open={"heads": heads},
            sealed={},
        )
        _log(rival, crafted, record.seal(crafted, key))
    with world.nodes() as nodes:
        honest = {party: nodes[party] for party in ("us", "neutral")}
        world.settle(honest)
        as_of = world.clock.now()
        cut = honest["neutral"].cut()
        assert len({node.standing(cut, as_of).dump() for node in honest.values()}) == 1
        assert honest["us"].standing().forked == ()
        assert honest["us"].record(honest["us"].records(kind="incidents.report")[0].id).stands


def test_errors_of_this_house_are_no_errors_of_a_zip_file() -> None:
    assert not issubclass(DetenteError, source.UNREADABLE)
