"""A party leaves with notice, a duty gets more time: by officers' signatures, at every node."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.accord import solemn
from detente.accord.acts import CONSENT, FINISH, RELIEVE, WITHDRAW
from detente.accord.solemn import SolemnAct
from detente.faces import founding
from detente.faces.cli import main
from detente.node.draft import Draft
from detente.node.errors import Refused
from detente.node.node import Node
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import BelowThreshold, WrongContext
from homes import ACCORD, World, draft, notice

pytestmark = pytest.mark.slow

HOUR = 3_600_000
DAY = 24 * HOUR
SHORT = ACCORD.replace("withdrawal: {notice: P90D", "withdrawal: {disposal: P1D, notice: P1D")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, accord=SHORT).found()


@pytest.fixture
def nodes(world: World) -> Iterator[dict[str, Node]]:
    with world.nodes() as found:
        world.settle(found)
        yield found


def _solemn(world: World, node: Node, kind: str, *by: str, **says: object) -> Draft:
    """Return the draft of an act that a party's officers signed."""
    said = node.status()
    act = SolemnAct(1, kind, said.genesis, "live", node.party, dict(says))
    people = [world.officer(f"{node.party}-{one}") for one in by or ("first", "second")]
    signed = founding.joined([one.sign(ACT_TYPE, solemn.dump(act)) for one in people])
    text = base64.urlsafe_b64encode(envelope.dump(signed)).decode().rstrip("=")
    return Draft.new(kind, {**says, "approval": text})


def _withdraw(world: World, node: Node, after: int = DAY + HOUR, *by: str) -> str:
    return node.table(_solemn(world, node, WITHDRAW, *by, effective=world.clock.now() + after)).id


def _finish(node: Node, name: str, of: str) -> Draft:
    head = node.cut().heads[of]
    shown = f"{of}/{head.size}/{head.root}"
    return Draft.new(FINISH, {"withdrawal": name, "head": shown, "disposal": "destroyed"})


def test_a_party_leaves_after_its_notice_and_what_it_was_shown_ends_there(
    nodes: dict[str, Node], world: World
) -> None:
    name = _withdraw(world, nodes["cn"])
    world.settle(nodes)
    assert {node.status().domains["live"].leaving["cn"][1] for node in nodes.values()} == {"leaving"}
    nodes["cn"].table(draft(3))
    nodes["us"].table(notice(1))
    world.clock.advance(DAY + HOUR)
    world.settle(nodes)
    assert {node.status().domains["live"].leaving["cn"][1] for node in nodes.values()} == {"left"}
    with pytest.raises(Refused, match=r"cn has left") as caught:
        nodes["cn"].table(draft(4))
    assert caught.value.step == "departure.1"
    report = nodes["neutral"].table(draft(5)).id
    nodes["neutral"].release_due()
    rows = {one.audience: one.code for one in nodes["neutral"].deliveries(record=report)}
    assert rows["cn"] == "left"
    for party, node in nodes.items():
        node.table(_finish(node, name, "cn"))
        world.settle(nodes)
        expected = "closed" if party == list(nodes)[-1] else "left"
        assert nodes["us"].status().domains["live"].leaving["cn"][1] == expected
    now = world.clock.now()
    cut = nodes["us"].cut()
    assert len({node.standing(cut, now).digest for node in nodes.values()}) == 1
    finished = [d.verdict for d in nodes["us"].standing().duties if d.spec == FINISH]
    assert finished == ["kept", "kept", "kept"]


def test_a_withdrawal_closes_by_itself_when_somebody_never_says_what_became_of_things(
    nodes: dict[str, Node], world: World
) -> None:
    _withdraw(world, nodes["cn"])
    world.settle(nodes)
    world.clock.advance(2 * DAY + 2 * HOUR)
    assert nodes["us"].status().domains["live"].leaving["cn"][1] == "closed"


def test_notice_that_is_too_short_or_signed_by_too_few_is_not_logged(
    nodes: dict[str, Node], world: World
) -> None:
    with pytest.raises(Refused, match="notice-too-short: It would leave sooner than the notice"):
        _withdraw(world, nodes["cn"], HOUR)
    with pytest.raises(BelowThreshold):
        _withdraw(world, nodes["cn"], 2 * DAY, "first")


def test_signatures_for_one_day_of_leaving_are_none_for_another(nodes: dict[str, Node], world: World) -> None:
    made = _solemn(world, nodes["cn"], WITHDRAW, effective=world.clock.now() + 3 * DAY)
    other = Draft.new(WITHDRAW, made.open | {"effective": world.clock.now() + 2 * DAY})
    with pytest.raises(WrongContext, match=r"solemn\.3"):
        nodes["cn"].table(other)


def test_nobody_finishes_with_a_party_that_is_still_there(nodes: dict[str, Node], world: World) -> None:
    name = _withdraw(world, nodes["cn"])
    world.settle(nodes)
    with pytest.raises(Refused, match="not-yet-left"):
        nodes["us"].table(_finish(nodes["us"], name, "cn"))
    report = nodes["us"].table(draft(9)).id
    with pytest.raises(Refused, match="not-a-withdrawal"):
        nodes["us"].table(_finish(nodes["us"], report, "us"))


def _duty(node: Node, debtor: str) -> dict[str, object]:
    found = next(d for d in node.standing().duties if d.debtor == debtor and d.base and d.spec != FINISH)
    return {"clause": found.spec, "version": found.version, "base": found.base, "start": None}


def test_a_duty_gets_more_time_when_all_to_whom_it_is_owed_consent_and_its_debtor_logs_it(
    nodes: dict[str, Node], world: World
) -> None:
    nodes["us"].table(notice(1))
    world.settle(nodes)
    duty = _duty(nodes["us"], "cn")
    until = world.clock.now() + 30 * DAY
    said = {**duty, "until": until}
    given = [
        nodes[party].table(_solemn(world, nodes[party], CONSENT, **said, debtor="cn")).id
        for party in ("neutral", "us")
    ]
    world.settle(nodes)
    for wrong, code in (({"until": until + 1}, "another-duty"), ({"clause": "other"}, "another-duty")):
        with pytest.raises(Refused, match=code):
            nodes["cn"].table(Draft.new(RELIEVE, {**said, **wrong, "consents": sorted(given)}))
    nodes["cn"].table(Draft.new(RELIEVE, {**said, "consents": sorted(given)}))
    world.settle(nodes, 4)
    cut, now = nodes["us"].cut(), world.clock.now()
    for node in nodes.values():
        rows = node.standing(cut, now).duties
        assert {d.due for d in rows if d.base == duty["base"] and d.debtor == "cn"} == {(until, until)}


def test_nobody_consents_to_its_own_duty_and_no_single_consent_is_enough_where_two_are_owed(
    nodes: dict[str, Node], world: World
) -> None:
    base = nodes["us"].table(draft(1)).id
    world.settle(nodes)
    said = {"clause": "none-such", "version": 1, "base": base, "start": None, "until": None}
    with pytest.raises(Refused, match="own-duty"):
        nodes["us"].table(_solemn(world, nodes["us"], CONSENT, **said, debtor="us"))
    given = nodes["cn"].table(_solemn(world, nodes["cn"], CONSENT, **said, debtor="us")).id
    world.settle(nodes)
    with pytest.raises(Refused, match="not-all-consent"):
        nodes["us"].table(Draft.new(RELIEVE, {**said, "consents": [given]}))


def test_leaving_and_more_time_go_by_command(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(world.home("us"))]
    file = tmp_path / "act"
    when = ["withdraw", "--effective", "2036-01-01T00:00:00Z"]
    assert main(["accord", *when, "--file", str(file), *home]) == 0
    signed = []
    for holder in ("first", "second"):
        person = world.officer(f"us-{holder}")
        signed.append(tmp_path / f"signed-{holder}")
        signed[-1].write_bytes(envelope.dump(person.sign(ACT_TYPE, file.read_bytes())))
    words = [word for path in signed for word in ("--approval", str(path))]
    assert main(["accord", *when, *words, *home]) == 0
    capsys.readouterr()
    assert main(["status", "--lang", "both", *home]) == 0
    out = capsys.readouterr().out
    assert "us: leaving  通知期内, 2036-01-01" in out
    assert main(["accord", "relieve", "to-peers@cn/1/0/us", *home]) != 0
    assert "leaving.3" in capsys.readouterr().err
    assert main(["accord", "consent", "nothing", "--file", str(file), *home]) != 0
    assert "leaving.2" in capsys.readouterr().err
    assert main(["accord", "finish", "cn", "--disposal", "destroyed", *home]) != 0
    assert "leaving.1" in capsys.readouterr().err
