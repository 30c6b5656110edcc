"""The door: what a node answers to its owner's commands, however long it is."""

import errno
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from detente.faces import door
from detente.node import delivery
from detente.node.delivery import Delivery
from detente.node.errors import DiskFailed, PeerAway
from detente.node.node import Node
from detente.node.store import failed
from homes import World, draft

ROWS = 6_000
WHY = "No clause grants it to cn. [gate.13 no-clause] " * 64
"""Rows whose answer, as JSON, is beyond 16 MB: as long as the ledger of a home with 18,000 reports."""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with World(tmp_path).found().open("us") as one:
        for number in range(3):
            one.table(draft(number))
        yield one


@pytest.fixture
def keeper(node: Node) -> Iterator[door.Doorkeeper]:
    one = door.Doorkeeper(node, lambda: None)
    yield one
    one.close()


def test_a_list_comes_through_the_door_in_parts_and_is_the_same_list(
    node: Node, keeper: door.Doorkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "PART", 200)
    asked = door._encode(door.Request("deliveries", {}))  # noqa: SLF001 (the line as a command writes it)
    lines = [msgspec.json.decode(one, type=door.Answer) for one in keeper.answer(asked)]
    assert [one.more for one in lines] == [True] * (len(lines) - 1) + [False]
    assert len(lines) > len(node.branches["live"].realm.others)
    monkeypatch.setattr(door, "MAX_LINE", max(len(one.result) for one in lines) + 100)
    with door.reach(node.home.path) as there:
        assert there.deliveries() == node.deliveries() != ()
        assert there.records(kind="incidents.report") == node.records(kind="incidents.report") != ()
        assert there.records(kind="runs.planned") == ()
        assert there.key_list() == node.key_list(), "what no verb yields one by one is a list as well"


@pytest.mark.slow
def test_a_ledger_beyond_16_megabytes_comes_whole_and_a_node_never_has_more_than_a_part_in_memory(
    node: Node, keeper: door.Doorkeeper
) -> None:
    rows = [
        Delivery(
            domain="live",
            record=f"{number:064x}",
            audience="cn",
            paths=("evidence", "system"),
            state="not-eligible",
            code="no-clause",
            why=WHY,
            at=number,
        )
        for number in range(ROWS)
    ]
    node.blotter.writer.do(lambda batch: delivery.put(batch.conn, rows))
    tracemalloc.start()
    length = sum(map(len, keeper.answer(door._encode(door.Request("deliveries", {})))))  # noqa: SLF001
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert length > door.MAX_LINE
    assert peak < 8 * door.PART
    with door.reach(node.home.path) as there:
        assert [one for one in there.deliveries() if one.at < ROWS and one.code == "no-clause"] == rows


def test_a_refusal_in_the_middle_of_a_list_is_raised_and_half_a_list_is_not_handed_on(
    node: Node, keeper: door.Doorkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = node.deliveries()

    def breaking(*_: object) -> Iterator[Delivery]:
        yield from rows
        raise failed(OSError("full"))

    monkeypatch.setattr(door, "PART", 1)
    monkeypatch.setattr(node, "each_delivery", breaking)
    asked = door._encode(door.Request("deliveries", {}))  # noqa: SLF001 (the line as a command writes it)
    assert len(list(keeper.answer(asked))) == len(rows) > 1
    with door.reach(node.home.path) as there, pytest.raises(DiskFailed, match="full"):
        there.deliveries()


def test_a_node_that_closes_cuts_a_list_off_and_whoever_asked_is_told(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, keeper = node.deliveries(), door.Doorkeeper(node, lambda: None)

    def closing(*_: object) -> Iterator[Delivery]:
        yield from rows
        keeper.close()
        yield from rows

    monkeypatch.setattr(door, "PART", 1)
    monkeypatch.setattr(node, "each_delivery", closing)
    with door.reach(node.home.path) as there, pytest.raises(PeerAway, match="cut off"):
        there.deliveries()


def test_whoever_comes_while_too_many_wait_at_the_door_waits_and_is_answered(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as busy, ExitStack() as crowd:
        busy.bind(str(tmp_path / "door"))
        busy.listen(0)
        full = False
        while not full:
            one = crowd.enter_context(socket.socket(socket.AF_UNIX))
            one.settimeout(0)
            full = one.connect_ex(str(tmp_path / "door")) == errno.EAGAIN

        def answer() -> None:
            while True:
                line, _ = busy.accept()
                with line:
                    if line.recv(4_096):
                        return line.sendall(b'{"result":[]}\n')

        def begin() -> None:
            crowd.close()
            answer()

        later = threading.Timer(0.5, begin)
        later.start()
        with door.reach(tmp_path) as there:
            assert there.deliveries() == ()
        later.join()
