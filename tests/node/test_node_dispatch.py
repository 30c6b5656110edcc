"""What goes out in one turn: one commit and one checkpoint, an exact budget, and each release for itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.node import delivery
from detente.node.delivery import Delivery
from detente.node.dispatch import Dispatch
from detente.node.node import Node
from detente.node.spending import Spending
from detente.trust.errors import Misuse
from homes import ACCORD, DAY, MINUTE, World, draft

REPORTS = 4


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        world.settle(found)
        yield found


def _tabled(us: Node, count: int = REPORTS) -> list[str]:
    names = [us.table(draft(number)).id for number in range(count)]
    us.publish()
    return names


def _sent(us: Node) -> list[Delivery]:
    return [row for row in us.deliveries() if row.state == "sent"]


def _dispatch(us: Node) -> Dispatch:
    return us.branches["live"].releasing._dispatch  # noqa: SLF001 (the one door to what waits in memory)


def test_all_releases_of_a_turn_are_signed_for_once(
    nodes: dict[str, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    us = nodes["us"]
    _tabled(us)
    signed: list[int] = []
    keep = us.branches["live"].sequencer._signed  # noqa: SLF001 (counted, not replaced)

    def counted(head: object) -> bytes:
        signed.append(head.size)  # type: ignore[attr-defined]  # a checkpoint
        return keep(head)  # type: ignore[arg-type]

    monkeypatch.setattr(us.branches["live"].sequencer, "_signed", counted)
    monkeypatch.setattr("detente.node.writer.BATCH", 1)  # what is not queued together is not committed so
    before = us.status().domains["live"].own.size
    assert len(us.release_due()) == REPORTS
    assert signed == [before + REPORTS]
    assert us.status().domains["live"].own.signed == before + REPORTS


def test_a_turn_that_is_to_end_leaves_the_rest_for_the_next_and_loses_nothing(
    nodes: dict[str, Node],
) -> None:
    us = nodes["us"]
    _tabled(us)
    asked: list[None] = []

    def going() -> bool:
        asked.append(None)
        return len(asked) < 3

    assert len(us.release_due("live", going)) == 2
    assert len(us.release_due("live", lambda: False)) == 0
    assert len(us.release_due()) == REPORTS - 2
    assert len(_sent(us)) == REPORTS


def test_the_budget_of_a_turn_counts_what_the_same_turn_lets_go(
    nodes: dict[str, Node], tmp_path: Path
) -> None:
    """Two packages fit, and a third but for one byte: it waits, though all are decided in the same breath."""
    (name,) = _tabled(nodes["us"], 1)
    length = next(one.bytes for one in nodes["us"].preview(name) if one.audience == "neutral")
    text = ACCORD.replace("bytes: 1000000}", f"bytes: {3 * length - 1}}}")
    world = World(tmp_path / "tight", accord=text).found()
    with world.nodes() as tight:
        world.settle(tight)
        us = tight["us"]
        _tabled(us)
        assert len(us.release_due()) == 2
        assert us.release_due() == ()
        assert sum(row.bytes for row in _sent(us)) == 2 * length
        world.settle(tight)
        assert tight["cn"].evidence() == tight["neutral"].evidence() == ()


def test_what_was_granted_goes_though_a_later_decision_of_the_turn_fails_and_nothing_goes_twice(
    world: World, nodes: dict[str, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    us, drawn = nodes["us"], []
    names = _tabled(us)

    def draw(count: int) -> bytes:
        drawn.append(count)
        if len(drawn) == 5:  # two for each release: the third cannot be sealed
            raise Misuse("test.1", "no randomness", "none")
        return len(drawn).to_bytes(1, "big") * count

    monkeypatch.setattr(_dispatch(us), "draw", draw)
    with pytest.raises(Misuse):
        us.release_due()
    assert {row.record for row in _sent(us)} == set(names[:2])
    us.release_due()
    assert sorted(row.record for row in _sent(us)) == sorted(names)
    world.settle(nodes)
    assert len(us.records(kind="accord.release")) == REPORTS
    assert nodes["neutral"].evidence() == ()


def test_what_is_erased_between_decision_and_commit_does_not_go(
    world: World, nodes: dict[str, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    us = nodes["us"]
    names = _tabled(us)
    go = _dispatch(us).go

    def late() -> list[Delivery]:
        monkeypatch.undo()
        us.erase(names[1], ("title",), "law")
        return go()

    monkeypatch.setattr(_dispatch(us), "go", late)
    assert [row.record for row in us.release_due()] == [names[0], *names[2:]]
    again = us.release_due()
    assert [(row.record, row.paths) for row in again] == [(names[1], ("summary",))]
    world.settle(nodes)
    assert nodes["neutral"].evidence() == ()


def test_more_than_fits_one_commit_goes_in_several(
    nodes: dict[str, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    us = nodes["us"]
    names = _tabled(us)
    monkeypatch.setattr("detente.node.dispatch.FULL_BYTES", 1)
    before = us.status().domains["live"].own.size
    assert [row.record for row in us.release_due()] == names
    assert us.status().domains["live"].own.signed == before + REPORTS


def test_what_was_spent_is_what_the_ledger_says_whatever_was_asked_before(
    world: World, nodes: dict[str, Node]
) -> None:
    us = nodes["us"]
    realm = us.branches["live"].realm
    spending, start = Spending(realm), world.clock.now()

    def ledger(since: int) -> list[object]:
        return sorted(delivery.spends(realm.readers.conn, "live", "neutral", since))

    for number in range(4):  # the last two at one instant
        us.table(draft(number))
        us.release_due()
        for since in (start - DAY, start + number * MINUTE - 1, start - 1, start - DAY):
            assert sorted(spending.since("neutral", since)) == ledger(since)
        world.clock.advance(MINUTE if number < 2 else 0)
    assert len(ledger(start - DAY)) == 4
    assert len(spending.since("neutral", start)) == 3
    assert spending.since("cn", start - DAY) == ()
