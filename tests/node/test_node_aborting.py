"""Time to read, and one person's abort: attacks by who signs early, backdates, or aborts too late."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.accord import abort, approval
from detente.accord.abort import AbortAct
from detente.faces import founding
from detente.node import auditor, backup
from detente.node.approvals import LIFE
from detente.node.delivery import Delivery
from detente.node.home import Home
from detente.node.node import Node
from detente.node.report import Report
from detente.trust import canonical, envelope
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import DetenteError, Malformed, NotValidThen, WrongContext, WrongKey
from homes import ACCORD, DAY, MINUTE, PARTIES, World, draft, installed

READING = 10 * MINUTE
READ = ACCORD.replace("hand_over: P2D}", "hand_over: P2D, reading: PT10M}")
PEOPLE = ("us-first", "us-second")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world whose accord gives officers ten minutes, with one report of `us` that all hold."""
    world = World(tmp_path_factory.mktemp("founded"), accord=READ).found()
    with world.nodes() as nodes:
        nodes["us"].table(draft())
        world.settle(nodes)
    return world


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    return founded.copy(tmp_path)


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        yield found


def report_of(node: Node) -> str:
    return next(one.id for one in node.records(kind="incidents.report"))


def named(payload: bytes) -> str:
    return envelope.statement_id(ACT_TYPE, payload)


def signed(world: World, payload: bytes, *people: str) -> bytes:
    by = [world.officer(one).sign(ACT_TYPE, payload) for one in people or PEOPLE]
    return envelope.dump(founding.joined(by))


def stop(world: World, node: Node, payload: bytes, who: str = "us-first") -> bytes:
    """The abort of an act, signed by one."""
    return signed(world, node.abort_act(named(payload), "doubt"), who)


def approved(world: World, us: Node) -> tuple[str, bytes]:
    """The report of `us`, and the act by which its officers let it go to `cn`."""
    told = report_of(us)
    payload = us.act(told, "cn")
    us.approve(told, "cn", signed(world, payload))
    return told, payload


def row(rows: tuple[Delivery, ...]) -> tuple[str, str, int]:
    found = next(one for one in rows if "pattern" in one.paths)
    return (found.state, found.code, found.until)


def steps(node: Node) -> list[str]:
    return [one.step for one in node.evidence() if one.kind == "approval"]


def audited(world: World, node: Node, to: Path) -> Report:
    return auditor.verify(node.export_log(to), genesis=world.genesis, installed=installed())


def test_what_two_officers_sign_at_once_goes_when_there_was_time_to_read_it_and_not_a_millisecond_before(
    world: World, nodes: dict[str, Node], tmp_path: Path
) -> None:
    us = nodes["us"]
    told = report_of(us)
    payload = us.act(told, "cn")
    begun = us.laid()[0].at
    us.approve(told, "cn", signed(world, payload))
    assert row(us.release(told, "cn")) == ("waiting", "reading", begun + READING)
    world.clock.at = begun + READING - 1
    assert row(us.release(told, "cn"))[:2] == ("waiting", "reading")
    world.clock.advance(1)
    assert [one.audience for one in us.release_due() if "pattern" in one.paths] == ["cn"], "by itself, then"
    world.settle(nodes)
    kinds = [one.kind for one in us.records() if one.kind in ("accord.lay", "accord.approve")]
    assert kinds == ["accord.lay", "accord.approve"]
    seen = audited(world, nodes["cn"], tmp_path / "export")
    assert seen.ok, seen.faults
    assert seen.counts["releases reviewed"] >= 1
    assert not [one for one in nodes["cn"].evidence() if one.kind == "release"]


@pytest.mark.parametrize("change", ["at", "expires", "nonce", "all"])
def test_an_act_that_signers_wrote_themselves_was_never_laid_before_them(
    world: World, nodes: dict[str, Node], change: str
) -> None:
    """Backdated, longer-lived, or exactly as the node would have made it: its times are the node's word."""
    us = nodes["us"]
    told = report_of(us)
    real = us.act(told, "cn")
    act: dict[str, Any] = dict(canonical.decode(real))  # type: ignore[arg-type]  # an object
    new = {"at": act["at"] - DAY, "expires": act["expires"] + 1000 * DAY, "nonce": "5d" * 16}
    forged = canonical.encode(act | (new if change == "all" else {change: new[change]}))
    with pytest.raises(WrongContext, match=r"laid\.2"):
        us.approve(told, "cn", signed(world, forged))
    assert steps(us) == ["laid.2"]
    world.clock.advance(READING)
    assert row(us.release(told, "cn"))[:2] == ("waiting", "officer")


def test_an_act_is_handed_out_again_as_it_is_so_that_its_time_does_not_begin_anew(
    world: World, nodes: dict[str, Node]
) -> None:
    us = nodes["us"]
    told = report_of(us)
    first = us.act(told, "cn")
    world.clock.advance(LIFE // 2)
    assert us.act(told, "cn") == first
    assert us.act(told, "cn", ("title",)) != first
    world.clock.advance(2 * READING)
    later = us.act(told, "cn")
    assert later != first
    assert len([one for one in us.records() if one.kind == "accord.lay"]) == 3
    us.approve(told, "cn", signed(world, later))
    assert row(us.release(told, "cn"))[1] == "reading", "the new act has its own time"


def test_one_officer_stops_what_two_have_signed_and_a_new_act_begins_anew(
    world: World, nodes: dict[str, Node], tmp_path: Path
) -> None:
    us = nodes["us"]
    told, payload = approved(world, us)
    world.clock.advance(READING)
    shown = stop(world, us, payload, "us-second")
    logged = us.abort(shown)
    assert us.laid() == ()
    assert row(us.release(told, "cn"))[:2] == ("waiting", "officer")
    assert us.release_due() == () or all(one.audience != "cn" for one in us.release_due())
    # Signatures that come after it are refused and kept; the abort again is the same abort.
    with pytest.raises(NotValidThen, match=r"approval\.6"):
        us.approve(told, "cn", signed(world, payload))
    assert steps(us) == ["approval.6"]
    again = us.abort(stop(world, us, payload, "us-first"))
    assert (again.id, again.index, again.at, again.again) == (logged.id, logged.index, logged.at, True)
    # Another act for the same release is laid out anew, and an abort that is replayed does not touch it.
    anew = us.act(told, "cn")
    assert named(anew) != named(payload)
    assert us.abort(shown).again
    us.approve(told, "cn", signed(world, anew))
    assert row(us.release(told, "cn"))[:2] == ("waiting", "reading")
    world.clock.advance(READING)
    assert row(us.release(told, "cn"))[0] == "sent"
    world.settle(nodes)
    assert audited(world, nodes["cn"], tmp_path / "export").ok


def test_only_one_of_this_partys_own_officers_aborts(world: World, nodes: dict[str, Node]) -> None:
    """An officer of the other side, one of nobody, an abort of something else: refused, kept, no effect."""
    us = nodes["us"]
    told, payload = approved(world, us)
    ask = us.abort_act(named(payload), "doubt")
    for who in ("cn-first", "us-stranger"):
        with pytest.raises(WrongKey, match=r"charter\.10"):
            us.abort(signed(world, ask, who))
    made = msgspec.convert(canonical.decode(ask), AbortAct)
    for change in ({"domain": "exercise"}, {"party": "cn"}, {"genesis": "5d" * 32}):
        bent = abort.dump(msgspec.structs.replace(made, **change))
        with pytest.raises(WrongContext, match=r"abort\.2"):
            us.abort(signed(world, bent, "us-first"))
    with pytest.raises(WrongContext, match=r"laid\.2"):
        us.abort(signed(world, abort.dump(msgspec.structs.replace(made, aborts="5d" * 32)), "us-first"))
    with pytest.raises(WrongContext, match=r"laid\.2"):
        nodes["cn"].abort_act(named(payload), "doubt")
    for odd in ("", "zz", "a.act", named(payload)[:16], named(payload).upper()):
        with pytest.raises(Malformed, match=r"laid\.1"):
            us.abort_act(odd, "doubt")
    assert sorted(steps(us)) == ["abort.2"] * 3 + ["charter.10"] * 2 + ["laid.2"]
    world.clock.advance(READING)
    assert row(us.release(told, "cn"))[0] == "sent"


def test_what_has_gone_is_not_aborted_and_what_is_left_of_it_is(world: World, nodes: dict[str, Node]) -> None:
    us = nodes["us"]
    told = report_of(us)
    payload = us.act(told, "cn", ("pattern", "title"))
    us.approve(told, "cn", signed(world, payload))
    world.clock.advance(READING)
    assert {one.paths for one in us.release(told, "cn", only=("title",)) if one.state == "sent"} == {
        ("title",)
    }
    other = us.act(told, "cn", ("title",))
    with pytest.raises(NotValidThen, match=r"aborting\.1"):
        us.abort(stop(world, us, other))
    assert steps(us) == ["aborting.1"]
    us.abort(stop(world, us, payload))
    assert row(us.release(told, "cn"))[:2] == ("waiting", "officer")


def test_an_abort_between_the_decision_and_the_log_comes_in_time(
    world: World, nodes: dict[str, Node]
) -> None:
    """The gate has granted it and it is sealed: what is not logged yet is still stopped."""
    us = nodes["us"]
    told, payload = approved(world, us)
    world.clock.advance(READING)
    releasing = us.branches["live"].releasing
    releasing._decide(told, "cn", us.standing())  # noqa: SLF001 (the moment between the two)
    assert releasing._dispatch.spent("cn")  # noqa: SLF001 (it waits to go)
    us.abort(stop(world, us, payload))
    assert releasing._dispatch.go() == []  # noqa: SLF001 (and does not)
    assert row(us.release(told, "cn"))[:2] == ("waiting", "officer")
    assert not [one for one in us.records() if one.kind in ("accord.release", "accord.approve")]


def test_what_lay_before_officers_and_who_aborted_it_survives_a_restart(world: World) -> None:
    with world.open("us") as us:
        told = report_of(us)
        kept, stopped = us.act(told, "cn"), us.act(told, "cn", ("title",))
        us.abort(stop(world, us, stopped))
    world.clock.advance(READING)
    with world.open("us") as us:
        assert [one.id for one in us.laid()] == [named(kept)]
        with pytest.raises(NotValidThen, match=r"approval\.6"):
            us.approve(told, "cn", signed(world, stopped))
        us.approve(told, "cn", signed(world, kept))
        assert row(us.release(told, "cn"))[0] == "sent"


def test_a_node_made_from_a_backup_learns_from_its_log_what_was_aborted_after_it(
    world: World, tmp_path: Path
) -> None:
    """It forgets what was laid out after the backup: that is laid out anew; no abort is forgotten."""
    with world.nodes() as nodes:
        us = nodes["us"]
        told = report_of(us)
        old = us.act(told, "cn")
        us.approve(told, "cn", signed(world, old))
        backup.write(Home.at(world.home("us")), tmp_path / "us.backup", world.clock.at, keys=True)
        late = us.act(told, "cn", ("title",))
        us.abort(stop(world, us, old))
        world.settle(nodes)
    for one in sorted(world.home("us").rglob("*"), reverse=True):
        one.unlink() if one.is_file() or one.is_symlink() else one.rmdir()
    world.home("us").rmdir()
    backup.restore(tmp_path / "us.backup", world.home("us"))
    world.clock.advance(READING)
    with world.nodes() as nodes:
        us = nodes["us"]
        assert row(us.deliveries(record=told))[0] == "waiting"
        world.settle(nodes)
        assert us.laid() == ()
        assert not [one for one in us.release_due() if one.audience == "cn"]
        assert row(us.release(told, "cn"))[:2] == ("waiting", "officer")
        for payload, step in ((old, "approval.6"), (late, "laid.2")):
            with pytest.raises(DetenteError, match=step):
                us.approve(told, "cn", signed(world, payload))


def _lie(world: World, us: Node, told: str, payload: bytes) -> None:
    """Release at once what was signed, whatever this party's node thinks of it: as a changed node would."""
    branch = us.branches["live"]
    row = ("live", bytes.fromhex(told), "cn", signed(world, payload))
    sql = "INSERT OR REPLACE INTO approval (domain, record, audience, act) VALUES (?, ?, ?, ?)"
    ready = "UPDATE laid SET ready = 0, aborted = x''"
    branch.realm.writer.do(
        lambda batch: (batch.conn.execute(sql, row).rowcount, batch.conn.execute(ready).rowcount)
    )
    assert [one.audience for one in us.release(told, "cn") if one.state == "sent"] == ["cn"]


@pytest.mark.parametrize("lie", ["too soon", "never laid out", "aborted", "honest"])
def test_others_see_in_the_log_what_went_too_soon_or_after_an_abort(
    world: World, nodes: dict[str, Node], tmp_path: Path, lie: str
) -> None:
    us = nodes["us"]
    told = report_of(us)
    if lie == "never laid out":
        # A node whose accord says so lays out nothing: it believes in an accord without time to read.
        us.branches["live"].questions.approvals.tabling = _Mute(us)  # type: ignore[assignment]  # that is the lie
    payload = us.act(told, "cn")
    if lie != "too soon":
        world.clock.advance(READING)
    if lie == "aborted":
        us.abort(stop(world, us, payload))
    _lie(world, us, told, payload)
    world.settle(nodes)
    want = {
        "too soon": ["releaseaudit.2"],
        "never laid out": ["releaseaudit.2"],
        "aborted": ["releaseaudit.3"],
    }
    for party in ("cn", "neutral"):
        kept = [one.step for one in nodes[party].evidence() if one.kind == "release"]
        assert kept == want.get(lie, []), party
    seen = audited(world, nodes["cn"], tmp_path / "export")
    assert [one.step for one in seen.faults] == want.get(lie, [])


class _Mute:
    """Stands for the tabling of a node that logs nothing of what it lays out."""

    def __init__(self, node: Node) -> None:
        self._real = node.branches["live"].tabling

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def write(self, _batch: object, _draft: object) -> object:
        return msgspec.defstruct("Tabled", [("at", int)])(self._real.realm.clock.now())


def test_an_abort_that_no_officer_signed_accuses_nobody(
    world: World, nodes: dict[str, Node], tmp_path: Path
) -> None:
    """A node that logs one by itself stops nothing by it, and a later release is no breach."""
    us = nodes["us"]
    told = report_of(us)
    payload = us.act(told, "cn")
    false = signed(world, us.abort_act(named(payload), "doubt"), "cn-first")
    text = base64.urlsafe_b64encode(false).decode().rstrip("=")
    said = {"act": named(payload), "reason": "doubt", "approval": text}
    us.table(draft(7, kind="accord.abort", open=said, values={}))
    us.approve(told, "cn", signed(world, payload))
    world.clock.advance(READING)
    assert row(us.release(told, "cn"))[0] == "sent"
    world.settle(nodes)
    assert audited(world, nodes["cn"], tmp_path / "export").ok


def test_without_time_to_read_nothing_is_logged_but_what_was_never_laid_out_is_refused_all_the_same(
    tmp_path: Path,
) -> None:
    world = World(tmp_path).found()
    with world.nodes() as nodes:
        us = nodes["us"]
        told = us.table(draft()).id
        world.settle(nodes)
        payload = us.act(told, "cn")
        before = msgspec.convert(canonical.decode(payload), approval.ReleaseAct)
        own = msgspec.structs.replace(before, expires=before.expires + DAY)
        with pytest.raises(WrongContext, match=r"laid\.2"):
            us.approve(told, "cn", signed(world, approval.dump(own)))
        us.approve(told, "cn", signed(world, payload))
        assert row(us.release(told, "cn"))[0] == "sent"
        assert not [one for one in us.records() if one.kind == "accord.lay"]
        assert set(nodes) == set(PARTIES)
