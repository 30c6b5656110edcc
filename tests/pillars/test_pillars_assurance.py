"""What the pillar `assurance` says beyond its examples."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from detente.accord.pillar import Grounds, Judgement
from detente.accord.pillar import Statement as Said
from detente.faces.pillars import editions
from detente.pillars.assurance.frameworks import ITEMS
from detente.pillars.assurance.kinds import (
    Card,
    CardFacts,
    Declaration,
    DeclarationFacts,
    Revocation,
    Statement,
    Suspension,
)
from detente.pillars.assurance.rules import judge

FACTS = Path(__file__).parents[2] / "src" / "detente" / "faces" / "facts" / "standards_catalogs.yaml"
GROUNDS = Grounds(
    parties={"us": frozenset(), "cn": frozenset(), "hub": frozenset({"standards"})},
    laboratories={},
    scales={},
)
DAY = 86_400_000
AT = 1_804_000_000_000
DOMAINS: tuple[Any, ...] = tuple(sorted(editions()["assurance"].words.values["tested"]))


def card(**stated: Any) -> Said:  # noqa: ANN401 (any field of a card)
    whole: dict[str, Any] = {
        "model": "1" * 64,
        "number": 1,
        "supersedes": None,
        "tested": DOMAINS[:2],
        "outcomes": ("pass", "pass"),
        "untested": DOMAINS[2:],
        "evidence": ("2" * 64,),
        "access": "internal",
        "mitigations": (),
        "valid_until": AT + 100 * DAY,
    }
    whole |= stated
    whole.setdefault("attempts", (1,) * len(whole["outcomes"]))
    return Said("a" * 64, "assurance.card", "us", AT, None, Card(**whole))


def statement(at: int = AT) -> Said:
    stated = Statement(
        model="1" * 64, domains=DOMAINS[:1], basis="own_run", evidence=("2" * 64,), valid_until=AT + 50 * DAY
    )
    return Said("b" * 64, "assurance.statement", "us", at, "a" * 64, stated)


def codes(judgement: Judgement) -> list[str]:
    return [refusal.code for refusal in judgement.refusals]


def test_the_items_of_the_frameworks_are_those_of_the_facts() -> None:
    facts = yaml.safe_load(FACTS.read_text(encoding="utf-8"))
    nist = facts["nist_ai_rmf_1_0"]["functions"].values()
    named = {item.replace(" ", "-") for one in nist for item in one["subcategories"]}
    assert ITEMS["nist_ai_rmf_1_0"] == named
    assert ITEMS["iso_42001_annex_a"] == {one["id"] for one in facts["iso_42001_annex_a"]["controls"]}
    eu = facts["eu_gpai_code_safety_security"]
    assert ITEMS["eu_gpai_code"] == {item for row in eu["list"].values() for item in row}
    assert len(ITEMS["eu_gpai_code"]) == eu["measures"]
    assert len(ITEMS["nist_ai_600_1"]) == len(facts["nist_ai_600_1"]["risks"])
    tc260 = facts["tc260_framework_2_0"]
    assert {item.partition("/")[0] for item in ITEMS["tc260_2_0"]} == set(_classes(tc260))


def _classes(tc260: dict[str, Any]) -> Iterator[str]:
    yield from tc260["key_sections"]
    yield "3.3"  # derivative risks have two classes without numbers
    for tree in list(tc260["risk_tree"].values())[:2]:
        for name in tree:
            yield name.partition(" ")[0]


@pytest.mark.parametrize("size", range(len(DOMAINS) + 1))
def test_a_card_cannot_pass_over_any_domain(size: int) -> None:
    assert judge(
        card(tested=DOMAINS[:size], outcomes=("pass",) * size, untested=DOMAINS[size:]), {}, GROUNDS
    ).stands
    for silent in DOMAINS[size:]:
        less = tuple(one for one in DOMAINS[size:] if one != silent)
        passed_over = card(tested=DOMAINS[:size], outcomes=("pass",) * size, untested=less)
        assert codes(judge(passed_over, {}, GROUNDS)) == ["domain-unsaid"]


def test_a_domain_that_is_listed_on_both_sides_hides_no_other() -> None:
    twice = card(tested=DOMAINS[:1], outcomes=("pass",), untested=DOMAINS[:1] + DOMAINS[2:])
    assert codes(judge(twice, {}, GROUNDS)) == ["domain-unsaid"]


def test_one_failure_is_the_worst_whatever_else_passed() -> None:
    facts = judge(card(outcomes=("fail", "pass")), {}, GROUNDS).facts
    assert isinstance(facts, CardFacts)
    assert (facts.worst, facts.left_out) == ("fail", len(DOMAINS) - 2)


@pytest.mark.parametrize("model", ["1" * 64, "3" * 64])
def test_a_card_says_whether_it_is_of_another_system_than_the_card_before(model: str) -> None:
    after = msgspec.structs.replace(card(number=2, supersedes="a" * 64, model=model), id="d" * 64)
    judged = judge(after, {"a" * 64: card()}, GROUNDS)
    assert judged.stands
    assert isinstance(judged.facts, CardFacts)
    assert judged.facts.another_system is (model != "1" * 64)


def test_nothing_that_has_lapsed_can_be_ended_and_nothing_lasts_for_ever() -> None:
    thread = {one.id: one for one in (card(), statement())}
    for days, refusals in ((49, []), (50, ["lapsed-already"])):
        ended = Revocation(of="b" * 64, because="own_request", evidence=None)
        late = Said("c" * 64, "assurance.revocation", "us", AT + days * DAY, "a" * 64, ended)
        assert codes(judge(late, thread, GROUNDS)) == refusals
    assert codes(judge(card(valid_until=AT + 367 * DAY), {}, GROUNDS)) == ["term-too-long"]


@pytest.mark.parametrize(("party", "stands"), [("us", True), ("hub", True), ("cn", False)])
def test_its_author_and_a_standards_body_suspend_a_statement_and_no_rival_does(
    party: str, *, stands: bool
) -> None:
    thread = {one.id: one for one in (card(), statement())}
    stated = Suspension(of="b" * 64, because="incident", evidence="d" * 64, until=AT + 9 * DAY)
    said = Said("c" * 64, "assurance.suspension", party, AT + DAY, "a" * 64, stated)
    assert judge(said, thread, GROUNDS).stands == stands


def test_a_declaration_that_was_renewed_too_late_shows_the_gap() -> None:
    def declared(at: int, renews: str | None, until: int) -> Said:
        stated = Declaration(topic="red_lines", properties=(), renews=renews, valid_until=until)
        name = "b" if renews else "a"
        return Said(name * 64, "assurance.declaration", "us", at, renews, stated)

    first = declared(AT, None, AT + 10 * DAY)
    for days, unbroken in ((10, True), (11, False)):
        again = declared(AT + days * DAY, first.id, AT + 90 * DAY)
        facts = judge(again, {first.id: first}, GROUNDS).facts
        assert isinstance(facts, DeclarationFacts)
        assert facts.unbroken == unbroken


def test_how_safeguards_work_is_for_facilities_and_standards_bodies_alone() -> None:
    assert editions()["assurance"].ceilings["card"]["safeguards"] == {"testing", "standards"}
