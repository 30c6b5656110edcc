"""The rounds of a node that runs: what cannot wait for one is done between two of its steps."""

import threading
from pathlib import Path

import msgspec
import pytest

from detente.faces.serve import Rounds
from detente.node.doorbell import Doorbell
from detente.node.errors import PeerAway
from detente.node.home import Home
from detente.node.source import Source
from homes import World, draft

LONG = 60.0


class Slow(Source):
    """A tree of a peer that lets nobody read until it is told to, and shows nothing then."""

    def __init__(self, party: str, happened: list[str]) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        self._party, self._happened = party, happened

    def get(self, path: str) -> bytes | None:
        del path
        self.asked.set()
        assert self.go.wait(LONG)
        self._happened.append(f"{self._party} shows")
        return None


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Homes of which us knows doorbells of the others, and takes a round once a day."""
    made = World(tmp_path).found()
    home = Home.at(made.home("us"))
    peers = {
        name: msgspec.structs.replace(one, doorbell=f"http://{name}/")
        for name, one in home.settings.peers.items()
    }
    home.change(msgspec.structs.replace(home.settings, peers=peers, poll_ms=86_400_000))
    return made


def test_what_is_tabled_during_a_round_is_told_before_the_round_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    told, ended = threading.Event(), threading.Event()

    def ring(self: Doorbell, party: str, address: str) -> bool:
        del address
        if not len(self.realm.trees[self.realm.party]) or f"{party} told" in happened:
            return False
        happened.append(f"{party} told")
        if len([one for one in happened if one.endswith("told")]) == len(slow):
            told.set()
        return True

    monkeypatch.setattr(Doorbell, "ring", ring)
    slow = {party: Slow(party, happened) for party in ("cn", "neutral")}
    with world.open("us", dict(slow)) as node:
        rounds = Rounds(node, lambda *_, **__: None, ended.set)
        rounds.start()
        first = slow["cn"]
        assert first.asked.wait(LONG)
        node.table(draft(1))
        rounds.stir()
        first.go.set()
        assert told.wait(LONG), "while the round waits for the other"
        for one in slow.values():
            one.go.set()
        assert ended.wait(LONG)
        rounds.close()
    shown, one, other = happened[:3]
    assert shown.endswith("shows")
    assert {one, other} == {"cn told", "neutral told"}
    assert happened[3].endswith("shows"), "the round went on"


def test_what_stands_in_the_way_of_haste_is_told_and_the_round_is_taken_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    ended = threading.Event()
    with world.open("us", {}) as node:

        def hasten() -> None:
            raise PeerAway("line.1", "Nothing.", "Wait.")

        monkeypatch.setattr(node, "hasten", hasten)

        def tell(event: str, /, **more: str) -> None:
            said.append(f"{event} {more.get('where')}")

        rounds = Rounds(node, tell, ended.set)
        rounds.stir()
        rounds.start()
        assert ended.wait(LONG)
        rounds.close()
        assert "trouble haste" in said
