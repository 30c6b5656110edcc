"""Each node shows its standing and compares the others'; who shows another is named, and nothing moves."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from detente.node import auditor, reckoning
from detente.node.comparison import FILE, STANDING_TYPE
from detente.node.draft import Draft
from detente.node.node import Node
from detente.node.source import FolderSource, Source
from detente.trust import canonical, envelope
from detente.trust.key import PrivateKey
from homes import DAY, NOTICE, START, World

pytestmark = pytest.mark.slow
PATH = f"live/cn/{FILE}"
Told = dict[str, Any]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        world.settle(found)
        found["us"].table(Draft.new("notices.notice", dict(NOTICE)))
        world.settle(found)
        world.clock.advance(DAY // 4)
        world.settle(found)
        yield found


@dataclass
class Lying:
    """The tree of cn, in which its standing is another."""

    inner: Source
    standing: bytes

    def get(self, path: str) -> bytes | None:
        return self.standing if path == PATH else self.inner.get(path)


def _lied(world: World, node: Node, change: Callable[[Told], Told], key: PrivateKey | None = None) -> bytes:
    told = json.loads(envelope.parse((world.home("cn") / "public" / PATH).read_bytes()).payload)
    signer = key or node.branches["live"].realm.identity.keys["record"][0]
    return envelope.dump(envelope.sign(STANDING_TYPE, canonical.encode(change(told)), [signer]))


def _altered(told: Told) -> Told:
    told["answer"]["duties"][0]["verdict"] = "missed"
    return told | {"digest": hashlib.sha256(canonical.encode(told["answer"])).hexdigest()}


def test_honest_nodes_show_the_same_standing_and_no_alarm_is_raised(
    nodes: dict[str, Node], world: World
) -> None:
    for node in nodes.values():
        assert node.evidence() == ()
        assert node.status().domains["live"].differences == ()
        assert set(node.branches["live"].comparison._looked) == set(nodes) - {node.party}  # noqa: SLF001
        compared = [state for _, state in node.branches["live"].comparison._looked.values()]  # noqa: SLF001
        assert () in compared, "some answer was compared, not only waited for"
        report = auditor.verify(world.home(node.party))
        assert (report.ok, report.counts["standing"]) == (True, 1), report.faults


@pytest.mark.parametrize("followed", [reckoning.FOLLOWED, 0], ids=["in memory", "on disk"])
def test_going_on_from_the_last_cut_of_a_peer_gives_what_the_first_leaf_on_gives_also_after_going_back(
    nodes: dict[str, Node], world: World, followed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reckoning, "FOLLOWED", followed)
    us, kept = nodes["us"].branches["live"].reckoning, world.home("us") / "standing" / "live.cn"
    named = []
    for _ in range(3):
        named.append((world.clock.now(), us.cut()))
        nodes["cn"].table(Draft.new("notices.notice", dict(NOTICE)))
        world.clock.advance(DAY // 4)
        world.settle(nodes)
    assert len({sum(head.size for head in cut.heads.values()) for _, cut in named}) == 3
    assert len({us.at(as_of, cut).digest for as_of, cut in named}) == 3
    odd = [(named[0][0], named[2][1]), (named[2][0], named[2][1]), (named[2][0] + DAY, named[0][1])]
    for as_of, cut in [*named, *reversed(named), *named, *odd]:
        assert us.after("cn", as_of, cut).dump() == us.at(as_of, cut).dump()
    assert kept.exists() is not bool(followed)


def test_a_peer_that_shows_another_digest_raises_an_alarm_with_both_values_and_the_first_duty(
    nodes: dict[str, Node], world: World
) -> None:
    us = nodes["us"]
    before = us.standing(as_of=START).dump()
    lie = _lied(world, nodes["cn"], _altered)
    us._sources["cn"] = Lying(FolderSource(world.home("cn") / "public"), lie)  # noqa: SLF001
    us.sync()
    us.sync()
    (found,) = us.evidence()
    assert (found.party, found.kind, found.step, found.error) == (
        "cn",
        "standing",
        "compare.5",
        "Disagreement",
    )
    told = json.loads(envelope.parse(lie).payload)
    assert f"cn computes {told['digest']}, we compute " in found.what
    assert "First duty that differs: acknowledge of cn" in found.what
    assert "they say missed" in found.what
    assert us.status().domains["live"].differences == (found.what,)
    assert us.standing(as_of=START).dump() == before, "an alarm moves nothing"


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda told: told | {"digest": "5d" * 32}, "compare.3"),
        (lambda told: told | {"party": "us"}, "compare.2"),
        (lambda told: told | {"domain": "exercise"}, "compare.2"),
        (lambda told: told | {"note": ""}, "compare.1"),
        (lambda told: told | {"cut": {"cn": {"size": 1, "root": "5d" * 32}}}, "compare.4"),
        (lambda told: told | {"cut": {"fr": {"size": 0, "root": "5d" * 32}}}, "compare.4"),
        (lambda told: told | {"cut": {"cn": {"size": -1, "root": ""}}}, "cut.2"),
        (lambda told: told | {"answer": None, "digest": "5d" * 32}, "compare.5"),
    ],
)
def test_what_is_told_of_standing_is_refused_at_a_numbered_check(
    nodes: dict[str, Node], world: World, change: Callable[[Told], Told], step: str
) -> None:
    lie = _lied(world, nodes["cn"], change)
    nodes["us"]._sources["cn"] = Lying(FolderSource(world.home("cn") / "public"), lie)  # noqa: SLF001
    nodes["us"].sync()
    assert [(one.party, one.kind, one.step) for one in nodes["us"].evidence()] == [("cn", "standing", step)]


def test_nobody_raises_an_alarm_in_anothers_name(nodes: dict[str, Node], world: World) -> None:
    forger = nodes["neutral"].branches["live"].realm.identity.keys["record"][0]
    lie = _lied(world, nodes["cn"], _altered, forger)
    nodes["us"]._sources["cn"] = Lying(FolderSource(world.home("cn") / "public"), lie)  # noqa: SLF001
    nodes["us"].sync()
    assert [(one.step, one.error) for one in nodes["us"].evidence()] == [("envelope.8", "WrongKey")]
    assert nodes["us"].status().domains["live"].differences == ()


def test_an_answer_dated_far_ahead_waits_and_costs_nothing(nodes: dict[str, Node], world: World) -> None:
    lie = _lied(world, nodes["cn"], lambda told: told | {"as_of": 2**53 - 1, "answer": None})
    nodes["us"]._sources["cn"] = Lying(FolderSource(world.home("cn") / "public"), lie)  # noqa: SLF001
    nodes["us"].sync()
    assert nodes["us"].evidence() == ()
