"""Slow and lying lines: a backlog longer than one round comes in several, and a drip costs nobody else."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from detente.node import branch
from detente.node.errors import PeerAway
from detente.node.source import FolderSource
from homes import World, draft

LEAVES = 600
"""Two full pages of entries, and a partial one."""


@dataclass
class _Slow:
    """A tree over a line that lets so many pages of entries through, and then none until the next round."""

    inner: FolderSource
    pages: int
    bent: bool = False
    asked: list[str] = field(default_factory=list)

    def get(self, path: str) -> bytes | None:
        data = self.inner.get(path)
        if "/tile/entries/" in path:
            self.asked.append(path)
            if len(self.asked) > self.pages:
                raise PeerAway("source.6", path, "Later.")
            if self.bent and data is not None:
                return data[:-1] + bytes([data[-1] ^ 1])
        return data


@pytest.fixture
def long(tmp_path: Path) -> World:
    world = World(tmp_path).found()
    with world.open("us", {}) as us:
        writer, tabling = us.branches["live"].realm.writer, us.branches["live"].tabling
        writer.settle(lambda batch: [tabling.write(batch, draft(number)) for number in range(LEAVES)])
        us.publish()
    return world


def test_a_backlog_that_takes_longer_than_a_round_comes_page_by_page(long: World) -> None:
    public = FolderSource(long.home("us") / "public")
    for number in range(3):
        slow = _Slow(public, 1)
        with long.open("cn", {"us": slow}) as cn:  # the node is stopped between two rounds, too
            (live,) = cn.sync()
            assert live.leaves["us"] == (LEAVES if number == 2 else 0)
            assert "000" in slow.asked[0] if number == 0 else slow.asked[0].endswith(("/001", "/002.p/88"))
            assert cn.evidence() == ()
    assert not list((long.home("cn") / "spool").rglob("*.*")), "what was taken is not kept twice"
    assert not (long.home("cn") / "spool/live/us/us").exists()


def test_pages_of_a_liar_are_forgotten_and_hold_up_nobody(long: World) -> None:
    public = FolderSource(long.home("us") / "public")
    with long.open("cn", {"us": _Slow(public, 99, bent=True)}) as cn:
        assert cn.sync()[0].leaves["us"] == 0
        assert {one.step for one in cn.evidence()} <= {"pull.3", "record.8", "leaf.1", "bundle.4"}
    with long.open("cn", {"us": public}) as cn:
        assert cn.sync()[0].leaves["us"] == LEAVES


@dataclass
class _Dripping:
    """A tree that takes its time."""

    inner: FolderSource

    def get(self, path: str) -> bytes | None:
        time.sleep(0.6)
        return self.inner.get(path)


def test_a_peer_that_drips_takes_nobody_elses_time(long: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branch, "ROUND", 0.5)
    quick, slow = (FolderSource(long.home(party) / "public") for party in ("us", "neutral"))
    with long.open("cn", {"neutral": _Dripping(slow), "us": quick}) as cn:
        (live,) = cn.sync()
        assert live.leaves["us"] > 0
