"""Every node sees what is paused, who was asked to pause, and that each pause ends by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.faces import declaring
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.node import Node
from homes import ACCORD, DAY, HOUR, World

pytestmark = pytest.mark.slow

SPONSORED = "charters: {}\n    laboratories: {lab: {en: A laboratory, zh: 实验室}}"
"""The first party of the accord, us, sponsors one."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, accord=ACCORD.replace("charters: {}", SPONSORED, 1)).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        world.settle(found)
        yield found


def _pause(world: World, binds: str, days: int = 3, reply: int | None = None) -> Draft:
    now = world.clock.now()
    said = {"binds": binds, "about": None, "activity": "training_run", "grounds": "precaution"}
    times = {"until": now + days * DAY, "respond_by": None if reply is None else now + reply}
    return Draft.new("notices.pause", {**said, **times, "precedence": "immediate"})


def _states(nodes: dict[str, Node]) -> set[tuple[tuple[str, str, str], ...]]:
    return {
        tuple(sorted((one.asker, one.who, one.state) for one in node.status().domains["live"].pauses))
        for node in nodes.values()
    }


def test_a_request_binds_nobody_is_seen_to_wait_and_is_accepted_by_pausing(
    nodes: dict[str, Node], world: World
) -> None:
    asked = nodes["us"].table(_pause(world, "cn", reply=2 * HOUR)).id
    world.settle(nodes)
    assert _states(nodes) == {(("us", "cn", "requested"),)}
    world.clock.advance(3 * HOUR)
    assert _states(nodes) == {(("us", "cn", "unanswered"),)}
    nodes["cn"].table(_pause(world, "cn").answering(asked))
    world.settle(nodes)
    assert _states(nodes) == {(("cn", "cn", "running"), ("us", "cn", "accepted"))}
    nodes["us"].table(_pause(world, "us").answering(asked))
    world.settle(nodes)
    rows = (("cn", "cn", "running"), ("us", "cn", "mutual"), ("us", "us", "running"))
    assert _states(nodes) == {rows}
    world.clock.advance(4 * DAY)
    assert _states(nodes) == {()}


def test_a_request_that_was_accepted_ends_with_the_pause_that_accepted_it(
    nodes: dict[str, Node], world: World
) -> None:
    asked = nodes["us"].table(_pause(world, "cn")).id
    world.settle(nodes)
    accepting = nodes["cn"].table(_pause(world, "cn").answering(asked)).id
    other = nodes["cn"].table(_pause(world, "cn")).id
    world.settle(nodes)
    too = nodes["us"].table(_pause(world, "us").answering(asked)).id
    world.settle(nodes)
    assert ("us", "cn", "mutual") in next(iter(_states(nodes)))

    def lift(party: str, pause: str, thread: str) -> set[tuple[str, str, str]]:
        said = Draft.new("notices.lift", {"of": pause, "because": "resolved"}).answering(thread)
        nodes[party].table(said)
        world.settle(nodes)
        (seen,) = _states(nodes)
        return set(seen)

    # The asker ends its own: the other goes on with what it accepted.
    assert lift("us", too, asked) == {("cn", "cn", "running"), ("us", "cn", "accepted")}
    # A pause that accepted nothing ends nothing but itself.
    assert lift("cn", other, other) == {("cn", "cn", "running"), ("us", "cn", "accepted")}
    assert lift("cn", accepting, asked) == set()


def test_an_own_pause_is_lifted_by_its_author_and_a_request_is_declined_by_who_was_asked(
    nodes: dict[str, Node], world: World
) -> None:
    own = nodes["us"].table(_pause(world, "us")).id
    asked = nodes["us"].table(_pause(world, "cn")).id
    world.settle(nodes)
    assert _states(nodes) == {(("us", "cn", "requested"), ("us", "us", "running"))}
    said = {"of": asked, "reply": "declined", "level": None, "reason": "pausing_endangers"}
    nodes["cn"].table(Draft.new("notices.answer", said).answering(asked))
    nodes["us"].table(Draft.new("notices.lift", {"of": own, "because": "resolved"}).answering(own))
    world.settle(nodes)
    assert _states(nodes) == {()}


def test_a_laboratory_attests_the_pause_of_its_own_party_and_of_no_other(
    nodes: dict[str, Node], world: World
) -> None:
    asked = nodes["us"].table(_pause(world, "cn")).id
    own = nodes["us"].table(_pause(world, "us")).id
    world.settle(nodes)

    def attest(party: str, pause: str, laboratory: str = "lab", claim: str = "done") -> None:
        shown = nodes[party].record(pause)
        nodes[party].table(declaring.attestation(pause, shown.open, laboratory, claim))

    for party, pause, laboratory, code in (
        ("us", asked, "lab", "not-your-pause"),
        ("cn", own, "lab", "not-your-pause"),
        ("us", own, "another", "laboratory-unknown"),
    ):
        with pytest.raises(Refused, match=code):
            attest(party, pause, laboratory)
    attest("us", own, claim="not-done")
    world.settle(nodes)
    rows = {one.id: one for one in nodes["cn"].status().domains["live"].pauses}
    assert rows[own].attested == ()
    attest("us", own)
    world.settle(nodes)
    rows = {one.id: one for one in nodes["cn"].status().domains["live"].pauses}
    assert (rows[own].attested, rows[asked].attested) == (("lab",), ())
    assert rows[own].vouched == ()
