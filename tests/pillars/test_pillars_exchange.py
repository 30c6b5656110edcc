"""What the pillar `exchange` says beyond its examples."""

from itertools import product
from typing import Any

from detente.accord.ceiling import AUDIENCES
from detente.accord.field import fields
from detente.accord.pillar import Grounds, Statement
from detente.faces import pillars
from detente.pillars.exchange import pillar
from detente.pillars.exchange.kinds import ARTEFACT_LIMIT, Application, Call, Placement, PlacementFacts
from detente.pillars.exchange.rules import judge

GROUNDS = Grounds(parties={"us": frozenset(), "cn": frozenset()}, laboratories={}, scales={})
AT = 1_795_651_200_000
CALL, ONE, TWO = "a" * 64, "b" * 64, "c" * 64
LEAST_WEIGHTS = 100_000_000
"""Bytes: a model of a hundred million parameters at eight bits each, which nobody calls a frontier model."""


def codes(hosts: tuple[int, int], sends: tuple[int, int], lead: int) -> set[str]:
    call = Call(form="expert_visit", topics=("human_control",), closes_at=AT + 1, lead=lead, seats=4)
    thread = {CALL: Statement(CALL, "exchange.call", "us", AT, None, call)}
    for name, party in ((ONE, "us"), (TWO, "cn")):
        applied = Application(offers=2, seeks=2, topics=("human_control",))
        thread[name] = Statement(name, "exchange.application", party, AT, CALL, applied)
    placed = Placement(applications=(ONE, TWO), hosts=hosts, sends=sends)
    said = Statement("d" * 64, "exchange.placement", "us", AT, CALL, placed)
    judgement = judge(said, thread, GROUNDS)
    if judgement.stands:
        assert isinstance(judgement.facts, PlacementFacts)
        assert judgement.facts.balanced == (hosts == sends)
    return {refusal.code for refusal in judgement.refusals}


def test_no_placement_stands_beyond_the_balance_that_was_declared() -> None:
    """Every placement of two parties with up to three seats each, under every balance of up to two."""
    seats = range(4)
    for one, other, sent, back, lead in product(seats, seats, seats, seats, range(3)):
        unfair = max(abs(one - sent), abs(other - back)) > lead
        lost = one + other != sent + back
        beyond = max(one, other, sent, back) > 2
        expected = {"beyond-balance": unfair, "hosts-and-sends-differ": lost, "more-than-applied": beyond}
        assert codes((one, other), (sent, back), lead) == {code for code, so in expected.items() if so}


def test_exchanging_the_two_parties_changes_nothing() -> None:
    for hosts, sends in ((((2, 1), (1, 2))), ((2, 0), (0, 2)), ((1, 1), (1, 1))):
        assert codes(hosts, sends, 1) == codes(hosts[::-1], sends[::-1], 1)


def test_no_kind_can_carry_weights() -> None:
    """All that every audience together could ever be shown of one record is too small by far."""
    table = pillars.editions()["exchange"].ceilings
    for short, spec in pillar.kinds.items():
        shown = [field for field in fields(spec.sealed, text=True) if table[short][field.name] & AUDIENCES]
        held = sum(
            (field.item.high or 0) * (field.high or 0) if field.item else field.high or 0 for field in shown
        )
        assert held * 4 < LEAST_WEIGHTS // 100, short
    assert ARTEFACT_LIMIT < LEAST_WEIGHTS


def test_no_value_of_the_pillar_names_weights() -> None:
    described: list[Any] = [field for spec in pillar.kinds.values() for field in fields(spec.open)]
    values = {value for field in described for value in (field.item or field).values}
    assert not {value for value in values if "weight" in value or "checkpoint" in value or "model" in value}
