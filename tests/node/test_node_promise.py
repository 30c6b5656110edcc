"""Heads that a doorbell brings before their leaves: they bind their signer, and stop nobody else."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.node import archive, auditor, bundle, promise, store
from detente.node.doorbell import Doorbell
from detente.node.errors import PeerAway, Unready
from detente.node.home import Home
from detente.node.node import Node
from detente.node.source import FolderSource, HttpSource, MemorySource, Source
from detente.node.writer import Writer
from detente.trust import checkpoint, note
from detente.trust.errors import DetenteError, Fork
from detente.trust.exhibit import origin
from detente.trust.witness import Submission
from homes import DAY, MINUTE, World, draft, installed


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


def _twin(world: World, name: str = "twin") -> Path:
    """A copy of cn's home, keys and all: with it cn can say two things."""
    shutil.copytree(world.home("cn"), world.folder / name)
    return world.folder / name


def _table(world: World, home: Path, *numbers: int) -> None:
    with Node.open(home, installed(), clock=world.clock, sources={}) as node:
        for number in numbers:
            node.table(draft(number))
            node.publish()


def _ring(world: World, node: Node, home: Path, old: int) -> bytes | int:
    """Ring at a node with the newest head of a home of cn, proven from `old` leaves."""
    with Node.open(home, installed(), clock=world.clock, sources={}) as rival:
        realm = rival.branches["live"].realm
        tree = realm.trees["cn"]
        proof = tuple(tree.consistency(old, len(tree))) if old else ()
    head = (home / "public/live/cn/checkpoint").read_bytes()
    return node.submit(origin(world.genesis, "live", "cn"), Submission(old, proof, head))


@contextmanager
def _reading(world: World, home: Path) -> Iterator[Node]:
    with world.open("us", {"cn": FolderSource(home / "public")}) as node:
        yield node


def _show(node: Node, home: Path) -> None:
    node._sources["cn"] = FolderSource(home / "public")  # noqa: SLF001 (the same address, another answer)
    node.sync()


def _state(node: Node) -> tuple[int, int]:
    seen = node.status().domains["live"].others["cn"]
    return seen.seen, seen.here


def _size(path: Path) -> int:
    return checkpoint.parse_text(note.parse(path.read_bytes()).text).size


def _proven(world: World, node: Node) -> None:
    """The one fork that a node keeps convinces somebody who has no node."""
    (digest,) = (one.digest for one in node.evidence() if one.kind == "fork")
    (world.folder / "evidence.json").write_bytes(node.exhibit(digest))
    report = auditor.verify(world.folder / "evidence.json", genesis=world.genesis)
    assert report.ok, report.faults
    assert node.status().domains["live"].others["cn"].forked == digest


def test_a_head_whose_leaves_are_never_shown_freezes_nothing_and_is_never_cosigned_below(
    world: World,
) -> None:
    home, twin = world.home("cn"), _twin(world)
    _table(world, twin, 1, 2, 3, 4)
    _table(world, home, 11)
    public = world.home("us") / "public/live/cn"
    with _reading(world, home) as node:
        assert isinstance(_ring(world, node, twin, 0), bytes)
        node.sync()
        assert _state(node) == (4, 1)
        _table(world, home, 12)
        world.clock.advance(MINUTE)
        node.sync()
        node.heartbeat()
        assert _state(node) == (4, 2)
        assert _size(public / "checkpoint") == 2, "the mirror stands at the leaves that are held"
        assert _size(public / "cosigned/us") == 4, "a witness never goes back"
        said = node.branches["live"].heartbeat.last(node._readers.conn)  # noqa: SLF001 (as it stands in the store)
        assert said is not None
        assert (said.heads["cn"].size, said.heads["cn"].missing) == (2, ())
        assert node.status().domains["live"].others["cn"].waiting_since is not None
        assert node.evidence() == (), "to be late is no crime yet"
    with world.open("neutral", {"us": FolderSource(world.home("us") / "public")}) as reader:
        reader.sync()
        assert _state(reader) == (2, 2), "others read the mirror on"
        assert _size(world.home("neutral") / "public/live/cn/cosigned/neutral") == 2
    assert auditor.verify(world.home("us"), genesis=world.genesis, installed=installed()).ok


def test_leaves_promised_and_not_shown_within_the_term_are_evidence_with_the_signed_head(
    world: World,
) -> None:
    home, twin = world.home("cn"), _twin(world)
    _table(world, twin, 1, 2)
    _table(world, home, 11)
    with _reading(world, home) as node:
        _ring(world, node, twin, 0)
        world.clock.advance(2 * DAY)
        node.sync()
        assert node.evidence() == (), "the term has not passed"
        world.clock.advance(1)
        for _ in range(2):
            node.sync()
        (found,) = node.evidence()
        assert (found.kind, found.party) == ("checkpoint", "cn")
        assert (found.step, found.error) == ("pull.8", "Withheld")
        kept = node.evidence_data(found.digest)
        head = node.branches["live"].realm.verify_head("cn", kept)
        assert head.size == 2, "what is kept is signed by the log"


def test_leaves_that_come_after_all_fulfil_what_was_promised(world: World) -> None:
    home = world.home("cn")
    _table(world, home, 1)
    old = _twin(world, "old")
    _table(world, home, 2, 3)
    with _reading(world, old) as node:
        assert isinstance(_ring(world, node, home, 0), bytes)
        node.sync()
        assert _state(node) == (3, 1)
        _show(node, home)
        assert _state(node) == (3, 3)
        assert node.status().domains["live"].others["cn"].waiting_since is None
        world.clock.advance(3 * DAY)
        node.sync()
        assert node.evidence() == ()
        assert _size(world.home("us") / "public/live/cn/checkpoint") == 3


@pytest.mark.parametrize("shown", [[11, 12], [11, 12, 13], [11]])
def test_a_history_beside_a_promised_head_is_a_fork_as_soon_as_either_grows_past_the_other(
    world: World, shown: list[int]
) -> None:
    home, twin = world.home("cn"), _twin(world)
    _table(world, twin, 1, 2)
    _table(world, home, *shown)
    with _reading(world, home) as node:
        _ring(world, node, twin, 0)
        node.sync()
        if len(shown) < 2:
            assert _state(node) == (2, 1)
            assert node.evidence() == (), "one leaf says nothing yet of a root over two"
            _show(node, twin)
        _proven(world, node)


def test_a_later_head_from_the_doorbell_hides_no_fork_under_an_earlier_one(world: World) -> None:
    home, twin = world.home("cn"), _twin(world)
    _table(world, home, 1, 2)
    _table(world, twin, 11, 12)
    with _reading(world, home) as node:
        node.sync()
        _table(world, home, 3, 4)
        assert isinstance(_ring(world, node, home, 2), bytes)
        assert _state(node) == (4, 2)
        _show(node, twin)
        _proven(world, node)


def test_a_second_history_at_a_size_that_only_a_doorbell_named_is_proven(world: World) -> None:
    home, twin = world.home("cn"), _twin(world)
    _table(world, home, 1, 2)
    _table(world, twin, 11, 12, 13)
    with world.open("us", {"cn": MemorySource({})}) as node:
        _ring(world, node, home, 0)
        _table(world, home, 3, 4)
        _ring(world, node, home, 2)
        assert _state(node) == (4, 0)
        _show(node, twin)
        _proven(world, node)


def test_an_old_head_of_a_second_history_rung_at_the_door_is_a_fork(world: World) -> None:
    home, twin = world.home("cn"), _twin(world)
    _table(world, home, 1, 2, 3)
    _table(world, twin, 11, 12)
    with _reading(world, home) as node:
        node.sync()
        with pytest.raises(Fork) as caught:
            _ring(world, node, twin, 0)
        assert caught.value.step == "pull.1"
        _proven(world, node)


def test_an_old_head_of_the_one_history_rung_at_the_door_is_only_stale(world: World) -> None:
    home = world.home("cn")
    _table(world, home, 1)
    old = _twin(world, "old")
    _table(world, home, 2)
    with _reading(world, home) as node:
        node.sync()
        assert _ring(world, node, old, 0) == 2
        # A step back at the door is kept, and proves nothing.
        assert {(one.kind, one.step) for one in node.evidence()} == {("request", "witness.8")}


def test_heads_that_wait_are_kept_over_a_restart_and_never_forgotten_for_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promise, "MAX_PROMISES", 2)
    home = world.home("cn")
    nothing: dict[str, Source] = {"cn": MemorySource({})}
    for number in (1, 2):
        _table(world, home, number)
        with world.open("us", nothing) as node:
            assert isinstance(_ring(world, node, home, number - 1), bytes)
    _table(world, home, 3)
    with world.open("us", nothing) as node:
        with pytest.raises(Unready) as caught:
            _ring(world, node, home, 2)
        assert caught.value.step == "pull.7"
        _show(node, home)
        assert _state(node) == (3, 3), "a pull brings what the doorbell may not"
        assert node.evidence() == ()


def test_a_witness_with_a_database_from_yesterday_goes_on_mirroring_below_what_it_cosigned(
    world: World,
) -> None:
    home, us = world.home("cn"), world.home("us")
    with world.open("us", {}):
        shutil.copy(us / "node.db", world.folder / "yesterday.db")
    _table(world, home, 1)
    old = _twin(world, "old")
    _table(world, home, 2)
    with _reading(world, home) as node:
        node.sync()
    shutil.copy(world.folder / "yesterday.db", us / "node.db")
    with _reading(world, old) as node:
        node.sync()
        assert _state(node) == (2, 1)
        _show(node, home)
        assert _state(node) == (2, 2)
        assert node.evidence() == ()


class _Watched(Source):
    """A tree that notes what it is asked, or cannot be reached."""

    def __init__(self, party: str, tree: Source, asked: list[str]) -> None:
        self._party, self._tree, self._asked, self.away = party, tree, asked, False

    def get(self, path: str) -> bytes | None:
        self._asked.append(f"{self._party} {path}")
        if self.away:
            raise PeerAway("line.1", "It is away.", "Wait.")
        return self._tree.get(path)


def _watched(world: World, asked: list[str]) -> dict[str, Source]:
    return {
        party: _Watched(party, FolderSource(world.home(party) / "public"), asked)
        for party in ("neutral", "cn")
    }


def test_what_a_doorbell_told_of_is_here_before_anybody_else_is_asked(world: World) -> None:
    asked: list[str] = []
    _table(world, world.home("cn"), 1)
    with world.open("us", _watched(world, asked)) as node:
        _ring(world, node, world.home("cn"), 0)
        node.sync()
        assert _state(node) == (1, 1)
    bodies = next(place for place, one in enumerate(asked) if "/bodies/" in one)
    assert all(one.startswith("cn ") for one in asked[: bodies + 1]), asked


def test_what_is_told_during_a_round_is_here_before_the_round_goes_on(world: World) -> None:
    asked: list[str] = []
    _table(world, world.home("cn"), 1)
    told: list[int] = []
    with world.open("us", _watched(world, asked)) as node:

        def first() -> None:
            if any(one.startswith("neutral ") for one in asked) and not told:
                _ring(world, node, world.home("cn"), 0)
                told.append(len(asked))
                node.hasten()
                assert _state(node) == (1, 1)
                told.append(len(asked))

        node.sync(first=first)
        between, after = asked[told[0] : told[1]], asked[told[1] :]
        assert between == ["cn live/cn/tile/entries/000.p/1", "cn live/cn/bodies/000.p/1"], "its head is here"
        assert "neutral live/neutral/checkpoint" in after, "the round went on"
        assert node.evidence() == ()


def test_whoever_keeps_us_waiting_between_two_steps_is_not_asked_again_there(world: World) -> None:
    asked: list[str] = []
    _table(world, world.home("cn"), 1)
    sources = _watched(world, asked)
    with world.open("us", sources) as node:
        node.sync()
        _table(world, world.home("cn"), 2)
        _ring(world, node, world.home("cn"), 1)
        sources["cn"].away = True  # type: ignore[attr-defined]  # a source of this file
        asked.clear()
        for _ in range(5):
            node.hasten()
        assert asked == ["cn live/cn/tile/entries/000.p/2"]
        sources["cn"].away = False  # type: ignore[attr-defined]  # a source of this file
        node.sync()
        assert _state(node) == (2, 2)


def test_an_author_that_has_grown_since_it_told_is_no_evidence_against_it(world: World) -> None:
    """Its bodies are asked for at the size that it showed, and that file may be gone."""
    _table(world, world.home("cn"), 1)
    gone = shutil.ignore_patterns("bodies")
    tree = shutil.copytree(world.home("cn") / "public", world.folder / "gone", ignore=gone)
    with world.open("us", {"cn": FolderSource(tree)}) as node:
        _ring(world, node, world.home("cn"), 0)
        node.hasten()
        assert _state(node) == (1, 1)
        assert [one.kind for one in node.records("live")] == [""]
        assert node.evidence() == ()
        _show(node, world.home("cn"))
        assert [one.kind for one in node.records("live")] == ["incidents.report"]


@pytest.mark.parametrize("spoilt", ["missing", "other", "no entries"])
def test_what_is_not_in_place_yet_under_a_head_that_was_told_is_no_evidence(
    world: World, spoilt: str
) -> None:
    """Whoever tells first and writes then, or copies its tree slowly to a store, has lied to nobody."""
    _table(world, world.home("cn"), 1)
    before = shutil.copytree(world.home("cn") / "public", world.folder / "before")
    _table(world, world.home("cn"), 2)
    entries = before / "live/cn/tile/entries/000.p"
    if spoilt == "other":
        shutil.copy(entries / "1", entries / "2")
    elif spoilt == "no entries":
        (entries / "2").write_bytes(b"\0")
    with world.open("us", {"cn": FolderSource(before)}) as node:
        _ring(world, node, world.home("cn"), 0)
        node.hasten()
        assert node.evidence() == ()
        assert _state(node) == (2, 1), "what its tree shows is taken"
        _show(node, world.home("cn"))
        assert _state(node) == (2, 2)
        assert node.evidence() == ()


@pytest.mark.parametrize("spoilt", ["another's", "no bundle", "missing"])
def test_a_body_that_does_not_belong_to_a_leaf_that_was_told_is_judged_behind_it(
    world: World, spoilt: str
) -> None:
    _table(world, world.home("cn"), 1, 2)
    tree = shutil.copytree(world.home("cn") / "public", world.folder / "spoilt")
    file = tree / "live/cn/bodies/000.p/2"
    first, second = bundle.parse(file.read_bytes(), 2)
    assert first != second
    file.write_bytes(b"{" if spoilt == "no bundle" else bundle.dump([first, first]))
    if spoilt == "missing":
        file.unlink()
    with world.open("us", {"cn": FolderSource(tree)}) as node:
        _ring(world, node, world.home("cn"), 0)
        node.hasten()
        assert _state(node) == (2, 2), "the leaves are taken whatever their bodies are"
        kinds = {"another's": ["record"], "no bundle": ["entries"], "missing": []}
        assert [one.kind for one in node.evidence()] == kinds[spoilt]
        held = [one.kind for one in node.records("live") if one.kind]
        assert held == (["incidents.report"] if spoilt == "another's" else [])
        _show(node, world.home("cn"))
        assert [one.kind for one in node.records("live")] == ["incidents.report"] * 2


def test_leaves_that_were_told_and_their_bodies_are_durable_in_one_commit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _table(world, world.home("cn"), 1, 2, 3)
    with world.open("us", {"cn": FolderSource(world.home("cn") / "public")}) as node:
        _ring(world, node, world.home("cn"), 0)
        commits: list[int] = []
        commit = Writer._commit  # noqa: SLF001 (each commit is counted)

        def counted(self: Writer, jobs: list[Any]) -> None:
            commits.append(len(jobs))
            commit(self, jobs)

        monkeypatch.setattr(Writer, "_commit", counted)
        node.hasten()
        assert commits == [1]
        assert [one.kind for one in node.records("live")] == ["incidents.report"] * 3


def test_whoever_rings_with_one_head_and_shows_another_is_judged_by_what_it_shows(world: World) -> None:
    twin = _twin(world)
    _table(world, world.home("cn"), 1)
    _table(world, twin, 2)
    with world.open("us", {"cn": FolderSource(twin / "public")}) as node:
        _ring(world, node, world.home("cn"), 0)
        node.hasten()
        assert [one.kind for one in node.evidence()] == ["fork"]
        assert _state(node)[1] == 0


def test_a_head_is_heard_of_when_it_is_durable_and_before_it_is_cosigned(world: World) -> None:
    _table(world, world.home("cn"), 1)
    heard: list[tuple[int, dict[str, tuple[int, int]]]] = []
    head = (world.home("cn") / "public/live/cn/checkpoint").read_bytes()
    name = origin(world.genesis, "live", "cn")
    with world.open("us", {}) as node:
        realm = node.branches["live"].realm

        def hear() -> None:
            conn = store.open_reading(world.home("us") / "node.db")
            log = realm.log("cn")
            heard.append((len(promise.waiting(conn, log)), archive.cosigned(conn, log)))
            conn.close()

        lines = node.submit(name, Submission(0, (), head), hear)
        assert heard == [(1, {})]
        assert isinstance(lines, bytes), "and it is cosigned all the same"
        with pytest.raises(DetenteError):
            node.submit(name, Submission(1, (b"\0" * 32,), head), hear)
        assert len(heard) == 1, "what is refused is not heard of"


def test_whoever_told_of_a_head_and_is_away_is_waited_for_once_a_round(world: World) -> None:
    """It may not stop the others by ringing and then being slow to show what it rang for."""
    asked: list[str] = []
    _table(world, world.home("cn"), 1)
    sources = _watched(world, asked)
    with world.open("us", sources) as node:
        _ring(world, node, world.home("cn"), 0)
        sources["cn"].away = True  # type: ignore[attr-defined]  # a source of this file
        node.sync()
        asked.clear()
        node.sync()
        assert [one for one in asked if one.startswith("cn ")] == ["cn live/cn/checkpoint"]
        sources["cn"].away = False  # type: ignore[attr-defined]  # a source of this file
        node.sync()
        assert _state(node) == (1, 1)


def _bells(world: World) -> None:
    settings = Home.at(world.home("us")).settings
    peers = {
        name: msgspec.structs.replace(one, doorbell="http://127.0.0.1:9/")
        for name, one in settings.peers.items()
    }
    Home.at(world.home("us")).change(msgspec.structs.replace(settings, peers=peers))


def test_a_head_is_told_to_all_at_once_and_a_slow_one_is_waited_for_beside_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _bells(world)
    _table(world, world.home("cn"), 1)
    asked: list[str] = []
    both = threading.Barrier(3, timeout=30)
    threads: set[str] = set()

    def ring(_: Doorbell, party: str, address: str) -> bool:
        del address
        threads.add(threading.current_thread().name)
        both.wait()
        if party == "neutral":
            raise PeerAway("line.1", "It is away.", "Wait.")
        return True

    class Meeting(_Watched):
        def get(self, path: str) -> bytes | None:
            if path.startswith("live/cn/tile/entries/"):
                both.wait()
            return super().get(path)

    monkeypatch.setattr(Doorbell, "ring", ring)
    sources = _watched(world, asked) | {"cn": Meeting("cn", FolderSource(world.home("cn") / "public"), asked)}
    with world.open("us", sources) as node:
        node.table(draft(1))
        _ring(world, node, world.home("cn"), 0)
        node.hasten()
        assert _state(node) == (1, 1), "taken while both rings were under way"
        haste = node.branches["live"].haste
        assert haste.settle() == {"cn"}
        assert len(threads) == 2
        assert haste.lost == {"neutral"}


@pytest.mark.timeout(60)
def test_whoever_does_not_answer_its_ring_keeps_nobody_from_what_others_tell_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _bells(world)
    asked: list[str] = []
    go, rings = threading.Event(), list[tuple[str, int]]()

    def ring(bell: Doorbell, party: str, address: str) -> bool:
        del address
        rings.append((party, bell.owed(party)))
        assert go.wait(30)
        return True

    monkeypatch.setattr(Doorbell, "ring", ring)
    with world.open("us", _watched(world, asked)) as node:
        node.table(draft(1))
        node.hasten()
        _table(world, world.home("cn"), 1)
        _ring(world, node, world.home("cn"), 0)
        node.table(draft(2))
        node.hasten()
        assert _state(node) == (1, 1)
        assert sorted(rings) == [("cn", 1), ("neutral", 1)], "one ring at a time for each party"
        go.set()
        assert node.branches["live"].haste.settle() == {"cn", "neutral"}
        assert sorted(rings) == [("cn", 1), ("cn", 2), ("neutral", 1), ("neutral", 2)], "then of the newest"


def test_rings_of_two_domains_and_questions_never_share_a_line(tmp_path: Path) -> None:
    world = World(tmp_path, domains=("live", "exercise"))
    world.found(dict.fromkeys(("us", "cn", "neutral"), "http://127.0.0.1:9/"))
    with Node.open(world.home("us"), installed(), clock=world.clock) as node:
        lines = [line for one in node.branches.values() for line in one.doorbell.lines.values()]
        lines += [one.line for one in node._sources.values() if isinstance(one, HttpSource)]  # noqa: SLF001 (compared)
        assert len(lines) == 6
        assert len({id(one) for one in lines}) == 6


def test_a_new_head_of_ours_is_told_before_anybody_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    _bells(world)
    rung: set[str] = set()
    both = threading.Event()

    def ring(_: Doorbell, party: str, address: str) -> bool:
        assert address == "http://127.0.0.1:9/"
        rung.add(party)
        if rung == {"cn", "neutral"}:
            both.set()
        return True

    class Patient(_Watched):
        def get(self, path: str) -> bytes | None:
            assert both.wait(30), "read before the others were told"
            return super().get(path)

    monkeypatch.setattr(Doorbell, "ring", ring)
    patient: dict[str, Source] = {
        party: Patient(party, FolderSource(world.home(party) / "public"), asked)
        for party in ("neutral", "cn")
    }
    with world.open("us", patient) as node:
        node.table(draft(1))
        (done,) = node.sync()
    assert done.cosigned == ("cn", "neutral")
