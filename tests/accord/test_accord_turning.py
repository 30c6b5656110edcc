"""What would turn a rule: the smallest sets of conditions, and none that would not."""

import itertools

import pytest
from treaty import agreed, judged, report, rule, variables, version, view

from detente.accord import reason
from detente.accord.pillar import Statement
from detente.accord.rule import explain
from detente.accord.turning import Turn, turns

PARTIES = ("cn", "hub", "us")


def turned(text: str, **changes: object) -> set[frozenset[tuple[str, bool]]]:
    one, seen = rule(text), variables(**changes)
    return {
        frozenset((wanted.text, wanted.truth) for wanted in turn.wanted)
        for turn in turns(one, explain(one, seen), PARTIES)
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("facts.level > 3", [{("(facts.level > 3)", True)}]),
        ("facts.level > 3 && party == 'us'", [{("(facts.level > 3)", True)}]),
        ("facts.level > 3 && party == 'cn'", [{("(facts.level > 3)", True), ('(party == "cn")', True)}]),
        ("facts.level > 3 || party == 'cn'", [{("(facts.level > 3)", True)}, {('(party == "cn")', True)}]),
        ("!(facts.level < 3)", [{("(facts.level < 3)", False)}]),
        ("facts.level < 3 || party == 'us'", [{("(facts.level < 3)", False), ('(party == "us")', False)}]),
        (
            "party == 'us' ? facts.level > 3 : facts.level < 3",
            [{("(facts.level > 3)", True)}, {('(party == "us")', False)}],
        ),
        ("true", []),
    ],
)
def test_the_smallest_sets_that_turn_it_are_found_and_no_larger(
    text: str, expected: list[set[tuple[str, bool]]]
) -> None:
    assert turned(text, level=2) == {frozenset(one) for one in expected}


def test_what_is_unstated_has_to_be_settled_first() -> None:
    """The rule would be true by its other half, and yet does not grant: it reads what is not stated."""
    assert turned("facts.guess > 3 || party == 'us'") == {
        frozenset({("(facts.guess > 3)", True)}),
        frozenset({("(facts.guess > 3)", False)}),
    }


def test_each_turn_of_a_macro_is_a_condition_of_its_own() -> None:
    one = "parties.all(p, standing[p].toy.overdue == 0)"
    assert turned(one) == {frozenset({(f'(standing["{p}"].toy.overdue == 0)', False)}) for p in PARTIES}


def test_a_search_that_would_take_too_long_ends_and_claims_nothing() -> None:
    texts = [f"facts.level == {n}" for n in range(8)] + [f"open.level == {n}" for n in range(8)]
    texts += [f"facts.level < {n}" for n in range(8)] + [f"size(open.tags) == {n}" for n in range(8)]
    assert turned(" && ".join(texts), level=2) == set()


def test_every_set_that_is_given_turns_the_answer() -> None:
    """Held against a truth table of the whole rule, which the search does not have."""
    text = "(facts.level > 3 && party == 'us') || (audience == 'hub' && !(facts.to == 'cn'))"
    one, seen = rule(text), variables(level=2)
    leaves = explain(one, seen)
    now = {leaf.text: leaf.truth == "true" for leaf in leaves}

    def holds(found: dict[str, bool]) -> bool:
        a, b, c, d = (found[leaf.text] for leaf in leaves)
        return (a and b) or (c and not d)

    given = turns(one, leaves, PARTIES)
    smallest = len(given[0].wanted)
    table = [
        frozenset(chosen)
        for size in range(1, smallest + 1)
        for chosen in itertools.combinations(now, size)
        if holds(now | {text: not now[text] for text in chosen}) != holds(now)
    ]
    assert {frozenset(wanted.text for wanted in turn.wanted) for turn in given} == set(table)


def test_a_reason_names_clause_debtors_and_the_records_behind_a_count() -> None:
    said = judged(report(level=6)).facts
    assert isinstance(said, Statement)
    found = {one.clause: one for one in reason.arising(said, version())}
    assert {name: (one.holds, one.to) for name, one in found.items()} == {
        "answer": (True, ("cn",)),
        "follow": (False, ()),
        "all-to-hub@hub": (True, ("us",)),
        "grave": (True, ()),
    }
    (grant,) = reason.shown(said, "cn", view(cn=1), agreed().versions[1])
    assert (grant.clause, grant.holds, grant.what) == ("pattern-to-peers", False, ("pattern",))
    assert grant.turns == (Turn(grant.turns[0].wanted),)
    assert reason.shown(said, "us", view(), agreed().versions[1]) == ()
