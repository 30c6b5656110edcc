"""Live and exercise side by side: nothing crosses, and a NO-DUFF stops the one and leaves the other alone."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from detente.accord.acts import EXERCISE, NO_DUFF
from detente.faces.cli import main
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.node import Node
from detente.node.source import FolderSource, Source
from detente.trust import record
from detente.trust.record import AccordRef, Domain, Record
from homes import START, World, draft

pytestmark = pytest.mark.slow

NIL = {"period": START, "returns_for": "incidents"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, domains=("live", "exercise")).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        world.settle(found)
        yield found


def _played(kind: str, **fields: Any) -> Draft:  # noqa: ANN401 (open fields of any kind)
    return Draft.new(kind, fields).within("exercise")


def _stopped(nodes: dict[str, Node], world: World) -> str:
    """Let us open an exercise, and cn stop it; return the exercise's id."""
    opened = nodes["us"].table(_played(EXERCISE, scenario="harbour-1")).id
    world.settle(nodes)
    nodes["cn"].table(_played(NO_DUFF, exercise=opened, reason="harm"))
    world.settle(nodes)
    return opened


def test_after_a_no_duff_of_one_party_nothing_else_is_tabled_in_the_exercise_by_any(
    nodes: dict[str, Node], world: World
) -> None:
    _stopped(nodes, world)
    for party, node in nodes.items():
        with pytest.raises(Refused) as caught:
            node.table(_played("notices.nil", **NIL))
        assert caught.value.step == "drill.1", party
        assert "NO-DUFF by cn (harm)" in caught.value.what
        rows = [one for one in node.deliveries("exercise") if one.state == "refused"]
        assert ["stopped-by-no-duff" in one.why for one in rows] == [True], "it is in the ledger"
        assert node.status().domains["exercise"].stopped is not None


def test_a_no_duff_leaves_the_live_domain_alone(nodes: dict[str, Node], world: World) -> None:
    before = {party: node.standing(as_of=START).counts for party, node in nodes.items()}
    _stopped(nodes, world)
    for party, node in nodes.items():
        assert node.status().domains["live"].stopped is None
        assert node.standing(as_of=START).counts == before[party]
        node.table(Draft.new("notices.nil", dict(NIL)))


def test_a_new_exercise_begins_after_a_no_duff(nodes: dict[str, Node], world: World) -> None:
    _stopped(nodes, world)
    nodes["neutral"].table(_played(EXERCISE, scenario="harbour-2"))
    world.settle(nodes)
    for node in nodes.values():
        assert node.table(_played("notices.nil", **NIL)).domain == "exercise"
        assert node.status().domains["exercise"].stopped is None


def test_what_nobody_opened_can_be_stopped(nodes: dict[str, Node], world: World) -> None:
    nodes["us"].table(_played("notices.nil", **NIL))
    nodes["us"].table(_played(NO_DUFF, exercise=None, reason="confusion"))
    world.settle(nodes)
    with pytest.raises(Refused, match=r"drill\.1"):
        nodes["neutral"].table(_played("notices.nil", **NIL))


def test_a_stopped_exercise_goes_on_with_receipts_and_keys_and_releases_nothing(
    nodes: dict[str, Node], world: World
) -> None:
    report = nodes["us"].table(draft(1, domain="exercise")).id
    _stopped(nodes, world)
    world.clock.advance(5 * 3_600_000)
    assert nodes["us"].heartbeat("exercise") is not None
    assert nodes["us"].release_due("exercise") == ()
    with pytest.raises(Refused, match=r"drill\.1"):
        nodes["us"].release(report, "cn", "exercise")


@pytest.mark.parametrize(
    ("domain", "kind", "fields", "code"),
    [
        ("live", EXERCISE, {"scenario": "harbour-1"}, "not-in-an-exercise"),
        ("live", NO_DUFF, {"exercise": None, "reason": "harm"}, "not-in-an-exercise"),
        ("exercise", NO_DUFF, {"exercise": "5d" * 32, "reason": "harm"}, "no-exercise"),
    ],
)
def test_exercises_begin_and_end_in_their_own_domain(
    nodes: dict[str, Node], domain: Domain, kind: str, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        nodes["us"].table(Draft.new(kind, fields).within(domain))
    assert (caught.value.step, code in caught.value.what) == ("gate.8", True)


def test_no_thread_crosses_from_one_domain_to_the_other(nodes: dict[str, Node], world: World) -> None:
    real = nodes["us"].table(draft(1)).id
    played = nodes["us"].table(draft(2, domain="exercise")).id
    world.settle(nodes)
    for root, domain in ((real, "exercise"), (played, "live")):
        answer = _about(root).within(domain)  # type: ignore[arg-type]
        with pytest.raises(Refused, match=r"gate\.8"):
            nodes["us"].table(answer)
        assert nodes["us"].table(_about(played if root == real else real).within(domain)).domain == domain  # type: ignore[arg-type]


def _about(root: str) -> Draft:
    return Draft.new("accord.dispute", {"record": root, "about": "facts", "clause": None})


def test_a_node_takes_part_in_both_over_one_link_with_two_standings(
    nodes: dict[str, Node], world: World
) -> None:
    nodes["us"].table(draft(1))
    for number in (2, 3):
        nodes["us"].table(draft(number, domain="exercise"))
    world.settle(nodes)
    now = world.clock.now()
    told: dict[Domain, set[str]] = {}
    for domain in ("live", "exercise"):
        cut = nodes["us"].cut(domain)
        told[domain] = {node.standing(cut, now, domain).digest for node in nodes.values()}
    assert [len(digests) for digests in told.values()] == [1, 1], "each is the same everywhere"
    assert told["live"] != told["exercise"]
    sizes = {domain: node.cut(domain).heads["us"].size for node in nodes.values() for domain in told}
    assert sizes["exercise"] == sizes["live"] + 1


OPEN: dict[str, dict[str, Any]] = {
    "accord.announce": {"key": "AAAA", "expires": START + 1},
    "accord.receipt": {"heads": {}},
    "accord.fork": {"of": "us", "evidence": "AAAA"},
    "accord.opening": {"record": "5d" * 32, "path": "title", "disclosure": "AAAA"},
    "accord.dispute": {"record": "5d" * 32, "about": "facts", "clause": None},
    NO_DUFF: {"exercise": None, "reason": "harm"},
    "notices.nil": NIL,
}


@pytest.mark.parametrize("shown", ["live", "exercise"])
@pytest.mark.parametrize("kind", OPEN)
def test_no_record_of_any_kind_crosses_into_the_log_of_the_other_domain(
    world: World, kind: str, shown: Domain
) -> None:
    other: Domain = "exercise" if shown == "live" else "live"
    with world.open("cn", {}) as rival:
        key = rival.branches[other].realm.identity.keys["record"][0]
        entry = Record(
            v=1,
            domain=other,
            kind=kind,
            party="cn",
            accord=AccordRef(world.genesis, 1),
            thread=None,
            at=START,
            nonce="ab" * 16,
            key=key.public.keyid,
            open=OPEN[kind],
            sealed={},
        )
        signed = record.seal(entry, key)
        sequencer = rival.branches[shown].sequencer
        rival.branches[shown].realm.writer.settle(lambda batch: sequencer.append(batch, entry, signed))
        size = rival.status().domains[shown].own.size
    with world.open("us", {"cn": FolderSource(world.home("cn") / "public")}) as node:
        node.sync(shown)
        refused = [(one.domain, one.party, one.step) for one in node.evidence()]
        assert refused == [(shown, "cn", "envelope.6")]
        assert node.status().domains[shown].others["cn"].missing == ((size - 1, size - 1),)
        assert node.status().domains[shown].stopped is None


@dataclass
class Renamed:
    """The tree of one domain, shown under the name of the other."""

    inner: Source
    asked: str
    shown: str

    def get(self, path: str) -> bytes | None:
        if path.startswith(f"{self.shown}/"):
            return None
        return self.inner.get(path.replace(f"{self.asked}/", f"{self.shown}/", 1))


@pytest.mark.parametrize(("asked", "shown"), [("live", "exercise"), ("exercise", "live")])
def test_no_head_and_no_cosignature_crosses(
    nodes: dict[str, Node], world: World, asked: Domain, shown: Domain
) -> None:
    for domain in (asked, shown):
        nodes["us"].table(Draft.new("notices.nil", dict(NIL)).within(domain))
    world.settle(nodes)
    branch = nodes["us"].branches[asked]
    before = nodes["us"].status().domains[asked].own.cosigned
    tree = Renamed(FolderSource(world.home("cn") / "public"), asked, shown)
    branch.replica.pull("cn", tree, "cn")
    branch.cosigner.collect("cn", tree, "cn")
    kinds = {(one.kind, one.step) for one in nodes["us"].evidence(asked)}
    assert kinds == {("checkpoint", "checkpoint.7"), ("cosignature", "cosigned.1")}
    assert nodes["us"].status().domains[asked].own.cosigned == before


def _spoken(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def told(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setattr("detente.node.node.SystemClock", lambda *_: world.clock)
    return lambda *words: _spoken(*words, "--home", str(world.home("us")))


def test_everything_that_is_told_of_an_exercise_says_so_in_both_languages(
    told: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, err = told("exercise", "open", "harbour-1", "--json")
    assert code == 0, err
    name = json.loads(out)[0]["id"]
    for words in (
        ("record", "show", name),
        ("record", "list", "--exercise"),
        ("standing", "--exercise"),
        ("status", "--lang", "zh"),
        ("exercise", "no-duff", "--lang", "en"),
    ):
        code, out, err = told(*words)
        assert (code, "EXERCISE / 演习" in out) == (0, True), (words, out, err)
    assert "EXERCISE" not in told("record", "list")[1]
    for language, said in (("en", "NO-DUFF: this exercise was stopped"), ("zh", "本次演习已中止")):
        assert said in told("status", "--lang", language)[1]
    code, _, err = told("exercise", "no-duff")
    assert (code, "exercise.1" in err) == (68, True), "stopped is stopped"
