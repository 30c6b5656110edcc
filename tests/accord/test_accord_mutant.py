"""Every small change of a template is caught by a stated case or by a proof, or changes nothing."""

from collections.abc import Callable

import fates
import pytest

from detente.accord import expectation
from detente.accord.expectation import consequences
from detente.accord.mutant import mutants
from detente.trust.errors import Malformed

STARTER = "starter"
CASE = """[[case]]
en = "A"
zh = "甲"
kind = "incidents.report"
author = "us"
follows = []
"""


@pytest.mark.parametrize("name", [one for one in fates.templates() if fates.cases(one)])
def test_a_template_does_what_is_stated_beside_it_in_both_languages(name: str) -> None:
    cases = fates.cases(name)
    assert expectation.unmet(cases, fates.original(name)) == ()
    assert all(one.en and one.zh and one.en != one.zh for one in cases)
    assert len({one.en for one in cases}) == len(cases)


@pytest.mark.parametrize("name", fates.templates())
def test_every_kind_that_a_clause_speaks_of_has_a_stated_case(name: str) -> None:
    accord = fates.original(name).accord
    spoken = {one.on for one in (*accord.duties, *accord.triggers)} | {one.kind for one in accord.release}
    assert {one for one in spoken if one} - {case.kind for case in fates.cases(name)} == set()


@pytest.mark.slow
def test_no_drawn_mutant_of_the_starter_survives(record_property: Callable[[str, object], None]) -> None:
    counts, alive = fates.of(STARTER, every=9)
    record_property("mutants of the starter, every ninth", dict(counts))
    assert [(one.clause, one.change) for one in alive] == []
    assert counts["expected"] > 30


def test_the_engine_changes_every_clause_and_every_sort_of_thing_in_a_rule() -> None:
    before = fates.original(STARTER)
    every = list(mutants(before))
    accord = before.accord
    clauses = {one.id for one in (*accord.duties, *accord.release, *accord.triggers)}
    assert {one.clause for one in every} == clauses
    assert all(one.accord != accord for one in every)
    assert len({one.accord.digest for one in every}) == len(every)
    changed = {one.change for one in every if one.clause == "account-to-peers"}
    assert {
        "struck out",
        "when: true",
        "when: ((facts.level > 2) && (standing[audience].incidents.overdue == 0))",
        "when: ((facts.level >= 3) && (standing[audience].incidents.overdue == 0))",
        "when: ((facts.level >= 2) || (standing[audience].incidents.overdue == 0))",
        "when: (facts.level >= 2)",
        "when: ((facts.level >= 2) && (standing[party].incidents.overdue == 0))",
        "when: ((facts.level >= 2) && (standing[audience].incidents.missed == 0))",
        "by: node",
        "to: us",
    } <= changed


def test_a_case_that_comes_out_otherwise_says_what_lacks_and_what_is_beyond() -> None:
    version = fates.original(STARTER)
    (odd,) = expectation.unmet(expectation.parse(CASE.replace("[]", '["us owes nothing"]')), version)
    assert odd.lacking == ("us owes nothing",)
    assert "cn may see sources" in odd.beyond
    assert odd.beyond == consequences(odd.case, version)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("[[case]", "1"),
        ('[[case]]\nen = "A"', "1"),
        (CASE + "odd = 1", "1"),
        (CASE * 201, "1"),
        (CASE.replace("incidents.report", "incidents.nonesuch"), "2"),
        (CASE.replace('"us"', '"sg"'), "2"),
        (CASE + "facts = {nonesuch = 1}", "2"),
        (CASE + "facts = {level = 99}", "2"),
        (CASE + "standing = {sg = {incidents = {overdue = 1}}}", "2"),
        (CASE + "standing = {us = {incidents = {nonesuch = 1}}}", "2"),
    ],
)
def test_expectations_that_say_nothing_about_this_accord_are_refused(text: str, step: str) -> None:
    with pytest.raises(Malformed, match=rf"expectation\.{step}"):
        expectation.unmet(expectation.parse(text), fates.original(STARTER))
