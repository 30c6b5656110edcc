"""Rules: the traps of the runtime, the fragment, and what an explanation says."""

from typing import Any

import pytest
from cel_expr_python import cel  # type: ignore[import-untyped]
from treaty import ReportFacts, agreed, report, rule, variables, view

from detente.accord import rule as rules
from detente.accord.pillar import Statement
from detente.accord.standing import COUNTS
from detente.trust.errors import Malformed, Misuse


def test_the_runtime_returns_an_error_as_a_truthy_value_and_the_rule_does_not_grant() -> None:
    """A missing map key, read past the fragment: the value is truthy, the grant is not."""
    raw = rule("true").environment.compile("standing['nobody'].toy.overdue == 0").eval(data=variables())
    assert raw.type() == cel.Type.ERROR
    assert raw.value()
    assert not rules.is_true(raw)


def test_bool_of_a_false_value_is_true_and_the_rule_does_not_grant() -> None:
    raw = rule("true").environment.compile("1 == 2").eval(data=variables())
    assert bool(raw)
    assert not rules.is_true(raw)


@pytest.mark.parametrize("text", ["1", "'true'", "null", "['x']"])
def test_a_truthy_value_that_is_no_bool_does_not_grant(text: str) -> None:
    assert not rules.is_true(rule("true").environment.compile(text).eval(data=variables()))


def test_error_or_true_is_true_to_the_runtime_so_errors_cannot_be_written() -> None:
    text = "standing['nobody'].toy.overdue == 0 || true"
    assert rule("true").environment.compile(text).eval(data=variables()).value() is True
    with pytest.raises(Malformed, match=r"rule\.7"):
        rule(text)
    with pytest.raises(Malformed, match=r"rule\.4"):
        rule("facts.level / 0 == 1 || true")


@pytest.mark.parametrize(
    "text", ["facts.guess == 0", "facts.guess < 1", "facts.guess != 3", "!(facts.guess == 3)"]
)
def test_an_unstated_number_is_not_zero_and_grants_nothing_however_it_is_asked(text: str) -> None:
    assert not rule(text).grants(variables(guess=None))
    assert rule(text).grants(variables(guess=0))


def test_an_unknown_is_not_outvoted_by_true() -> None:
    assert not rule("open.sure || true").grants(variables(sure=None))
    assert rule("open.sure || true").grants(variables(sure=False))


def test_a_rule_may_ask_whether_something_is_stated() -> None:
    assert rule("!has(open.sure)").grants(variables(sure=None))
    assert rule("open.sure == null").grants(variables(sure=None))
    assert not rule("has(open.guess) && open.guess == 2").grants(variables(guess=None))
    assert rule("has(open.guess) && open.guess == 2").grants(variables(guess=2))


def test_zero_is_stated() -> None:
    assert rule("has(open.guess)").grants(variables(guess=0))
    assert rule("facts.level == 0").grants(variables(level=0))


def test_a_standing_that_lacks_a_party_a_pillar_or_a_count_is_refused_not_read_as_zero() -> None:
    world = agreed().versions[1].world
    whole = {name: {"toy": dict.fromkeys(COUNTS, 0)} for name in world.parties}
    lacking: list[Any] = [
        {name: row for name, row in whole.items() if name != "cn"},
        whole | {"cn": {}},
        whole | {"cn": {"toy": {name: 0 for name in COUNTS if name != "overdue"}}},
    ]
    for standing in lacking:
        with pytest.raises(Misuse, match=r"world\.1"):
            world.encode_standing(standing, "")


def test_an_unset_number_reads_as_zero_to_the_runtime_so_a_count_is_never_left_unset() -> None:
    """`overdue == 0` would hold of nobody in particular: so every count is written, even zeros."""
    world = agreed().versions[1].world
    unset = {name: world.messages["Standing"]() for name in world.parties}
    raw = rule("true").environment.compile("standing['cn'].toy.overdue == 0")
    assert raw.eval(data=variables() | {"standing": unset}).value() is True
    assert all(view().parties[name].HasField("toy") for name in world.parties)
    with pytest.raises(Misuse, match=r"world\.1"):
        world.encode_standing({name: {} for name in world.parties}, "")


def test_a_fraction_equates_numbers_that_differ_so_none_can_be_written() -> None:
    """Doubles equate 2^53 with 2^53 + 1, and an integer of 10^26 does not compile: bands are exact."""
    raw = rule("true").environment.compile("double(9007199254740993) == double(9007199254740992)")
    assert raw.eval(data=variables()).value() is True
    for text in (
        "double(facts.level) == 2.0",
        "facts.level == 2.0",
        "facts.level < 100000000000000000000000000",
    ):
        with pytest.raises(Malformed, match=r"rule\.(1|4)"):
            rule(text)


def test_an_unknown_denies_and_raises_an_alarm_and_an_error_too() -> None:
    together = rules.bank([rule("facts.guess < 3"), rule("facts.level == 2")])
    assert together.ask(variables(guess=None)) == (
        (together.rules[1],),
        (rules.Alarm(together.rules[0], "unknown"),),
    )
    assert together.ask(variables(guess=5)) == ((together.rules[1],), ())
    lame = {name: value for name, value in variables(guess=2).items() if name != "facts"}
    granting, alarms = together.ask(lame)
    assert granting == ()
    assert {one.rule.text for one in alarms if one.truth == "error"} == {
        "facts.guess < 3",
        "facts.level == 2",
    }


def test_a_fact_that_may_not_be_null_is_refused_not_read_as_zero() -> None:
    said = agreed().judge(report(), {}).facts
    assert isinstance(said, Statement)
    broken = ReportFacts(level=None, guess=None, to="cn")  # type: ignore[arg-type]
    with pytest.raises(Misuse, match=r"world\.2"):
        agreed().versions[1].world.encode(said.kind, said.party, said.open, broken)


OUTSIDE = [
    ("rule.1", "facts.levl == 1"),
    ("rule.1", "facts.level == 'x'"),
    ("rule.1", "facts.level == 1.0"),
    ("rule.1", "facts.level > 1e26"),
    ("rule.1", "100000000000000000000000000 > facts.level"),
    ("rule.1", "facts.level != null"),
    ("rule.1", "facts.level =="),
    ("rule.1", "standing[audience].nopillar.overdue == 0"),
    ("rule.1", "unknown_variable"),
    ("rule.2", "facts.level"),
    ("rule.2", "'true'"),
    ("rule.3", " && ".join(["facts.level == 1"] * 120)),
    ("rule.4", "1e26 > 1.0"),
    ("rule.4", "1.5 < 2.0"),
    ("rule.4", "1u == 1u"),
    ("rule.4", "b'x' == b'x'"),
    ("rule.4", "9007199254740993 == 9007199254740992"),
    ("rule.4", "open.domain.matches('b.*')"),
    ("rule.4", "open.domain.startsWith('b')"),
    ("rule.4", "timestamp('2026-01-01T00:00:00Z') < timestamp('2027-01-01T00:00:00Z')"),
    ("rule.4", "duration('1s') < duration('2s')"),
    ("rule.4", "dyn(1) == 1"),
    ("rule.4", "type(1) == int"),
    ("rule.4", "string(facts.level) == '1'"),
    ("rule.4", "facts.level * 2 == 4"),
    ("rule.4", "facts.level % 2 == 0"),
    ("rule.4", "{'a': 1}['a'] == 1"),
    ("rule.4", "detente.Counts{overdue: 1}.overdue == 1"),
    ("rule.4", "parties.exists_one(p, p == 'us')"),
    ("rule.4", "size(party) == 2"),
    ("rule.5", "facts == facts"),
    ("rule.5", "open.tags == ['a']"),
    ("rule.5", "standing[audience].toy == standing[party].toy"),
    ("rule.5", "party + 'x' == 'usx'"),
    ("rule.6", "open.tags.exists(t, t == 'a')"),
    ("rule.6", "['us'].all(p, p == 'us')"),
    ("rule.7", "standing['nobody'].toy.overdue == 0"),
    ("rule.7", "standing[open.to].toy.overdue == 0"),
    ("rule.7", "'us' in standing"),
    ("rule.7", "'witness' in roles['nobody']"),
    ("rule.8", "open.domain == 'boi'"),
    ("rule.8", "'boi' != open.domain"),
    ("rule.8", "open.domain in ['bio', 'boi']"),
    ("rule.8", "'c' in open.tags"),
    ("rule.8", "audience == 'fr'"),
    ("rule.8", "open.to == 'fr'"),
    ("rule.8", "'judge' in roles[audience]"),
    ("rule.9", "has(facts.level)"),
    ("rule.9", "has(standing[audience].toy)"),
    ("rule.9", "null == null"),
]


@pytest.mark.parametrize(("step", "text"), OUTSIDE, ids=[text[:40] for _, text in OUTSIDE])
def test_what_is_outside_the_fragment_is_refused_with_its_place(step: str, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        rule(text)
    assert caught.value.step == step
    assert "$.test" in caught.value.what


INSIDE = [
    "facts.level - 1 > 0 && -facts.level < 0",
    "open.domain == 'bio' ? facts.level == 2 : false",
    "'a' in open.tags && size(open.tags) == 1",
    "party == 'us' && party in parties && audience != party",
    "parties.all(p, standing[p].toy.overdue == 0) && parties.exists(p, 'clearinghouse' in roles[p])",
    "parties.all(p, parties.exists(q, p == q))",
    "standing['cn'].toy.missed <= standing[party].toy.missed",
    "facts.level in [1, 2, 3] // a remark",
]


@pytest.mark.parametrize("text", INSIDE)
def test_what_is_inside_the_fragment_is_true_here(text: str) -> None:
    assert rule(text).grants(variables())


@pytest.mark.parametrize("text", INSIDE)
def test_a_rule_written_out_again_means_the_same(text: str) -> None:
    once = rule(text)
    assert rule(once.guarded).grants(variables()) == once.grants(variables())


@pytest.mark.parametrize("effect", ["duty", "trigger"])
def test_a_duty_cannot_depend_on_standing_or_audience(effect: Any) -> None:  # noqa: ANN401
    for text in ("standing['us'].toy.overdue == 0", "audience == 'us'"):
        with pytest.raises(Malformed, match=r"rule\.1"):
            rule(text, effect)


def test_an_explanation_names_every_condition_with_what_it_read() -> None:
    found = rule("facts.level >= 3 && (facts.guess < 2 || standing[audience].toy.overdue == 0)")
    told = [(leaf.text, leaf.truth, leaf.reads) for leaf in rules.explain(found, variables())]
    assert told == [
        ("(facts.level >= 3)", "false", {"facts.level": 2}),
        ("(facts.guess < 2)", "unknown", {"facts.guess": None}),
        (
            "(standing[audience].toy.overdue == 0)",
            "true",
            {"standing[audience].toy.overdue": 0, "audience": "cn"},
        ),
    ]


def test_an_explanation_of_a_macro_speaks_of_each_party() -> None:
    seen = variables() | {"standing": view(hub=1).parties}
    told = {
        leaf.text: leaf.truth
        for leaf in rules.explain(rule("parties.all(p, standing[p].toy.overdue == 0)"), seen)
    }
    assert told == {
        '(standing["cn"].toy.overdue == 0)': "true",
        '(standing["hub"].toy.overdue == 0)': "false",
        '(standing["us"].toy.overdue == 0)': "true",
    }


def test_a_bank_grants_exactly_what_its_rules_grant_one_by_one() -> None:
    many = [rule(f"facts.level {op} {n}") for n in range(-40, 40) for op in ("<=", "==", "!=")]
    together = rules.bank(many)
    for level in range(8):
        seen = variables(level=level)
        assert together.granting(seen) == tuple(one for one in many if one.grants(seen))
        assert together.alarms(seen) == ()


def test_a_bank_whose_evaluation_fails_grants_nothing_and_says_which_rule() -> None:
    together = rules.bank([rule("facts.level == 2"), rule("standing[audience].toy.overdue == 0")])
    lame = {name: value for name, value in variables().items() if name != "standing"}
    assert together.granting(lame) == ()
    assert together.alarms(lame) == (together.rules[1],)
