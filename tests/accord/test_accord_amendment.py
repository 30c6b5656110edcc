"""What an amendment widens and narrows: asked of what rules do, each case replayed under both versions."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
import treaty
from agreement import Grammar, drawn
from msgspec import Meta
from starters import starter
from test_accord_proofs import duties, release
from treaty import version

from detente.accord import edition, terms
from detente.accord.document import from_source
from detente.accord.pillar import Facts, Kind, KindSpec, Pillar, Rules
from detente.accord.proofs.amendment import Amendment, Difference, compare
from detente.accord.proofs.balance import Book
from detente.accord.proofs.case import replay
from detente.accord.proofs.effect import Effect
from detente.accord.source import Source
from detente.accord.version import Version
from detente.trust import charter
from detente.trust.errors import Malformed

PAIR = tuple[Version, Version]
GRAVE = {"when": "facts.level > 3"}


def shifts(amendment: Amendment) -> set[str]:
    return {one.shift for one in amendment.changed}


SAME: dict[str, Callable[[], PAIR]] = {
    "said otherwise": lambda: (
        release({"when": "facts.level > 3 && open.domain == 'bio'"}),
        release({"when": "!(open.domain != 'bio' || facts.level <= 3)"}),
    ),
    "split in two": lambda: (
        release({}),
        release({"when": "facts.level > 3"}, {"when": "facts.level <= 3"}),
    ),
    "a party's name for its role": lambda: (release({}), release({"to": "us"}, {"to": "cn"})),
    "renamed": lambda: (release({"id": "one"}), release({"id": "another"})),
    "covered by another": lambda: (release({}), release({}, GRAVE)),
    "a slower duty beside a faster": lambda: (
        duties({"owes": "author", "within": "PT1H"}),
        duties({"owes": "author", "within": "PT1H"}, {"owes": "author", "within": "PT2H"}),
    ),
}
NARROWED: dict[str, Callable[[], PAIR]] = {
    "a stricter condition": lambda: (release(GRAVE), release({"when": "facts.level > 4"})),
    "a condition on standing": lambda: (
        release({}),
        release({"when": "standing[audience].toy.overdue == 0"}),
    ),
    "to one party instead of two": lambda: (release({}), release({"to": "us"})),
    "an officer where none was asked": lambda: (release({"by": "node"}), release({})),
    "no longer owed": lambda: (release({"within": "P1D"}), release({})),
    "a longer term": lambda: (
        duties({"owes": "author", "within": "PT1H"}),
        duties({"owes": "author", "within": "PT2H"}),
    ),
    "one more excuse": lambda: (
        duties({"owes": "author"}),
        duties({"owes": "author", "excuse": ["toy.report"]}),
    ),
    "one more way to perform": lambda: (
        duties({"owes": "author"}),
        duties({"owes": "author", "what": ["toy.reply", "toy.report"]}),
    ),
    "struck out": lambda: (release(GRAVE), release()),
    "a calendar of fewer": lambda: (monthly("all"), monthly("us")),
}


def monthly(owes: str) -> Version:
    clause = {"id": "monthly", "every": "P1M", "owes": owes, "what": "toy.report", "within": "P7D"}
    return version(duties=[clause], withdrawal={"notice": "P90D"})


@pytest.mark.parametrize("case", SAME, ids=lambda name: name)
def test_what_only_reads_otherwise_is_unchanged_either_way(case: str) -> None:
    old, new = SAME[case]()
    assert compare(old, new).changed == ()
    assert compare(new, old).changed == ()


@pytest.mark.parametrize("case", NARROWED, ids=lambda name: name)
def test_less_is_narrowed_and_the_reverse_is_widened_each_with_a_replayed_case(case: str) -> None:
    old, new = NARROWED[case]()
    there, back = compare(old, new), compare(new, old)
    assert shifts(there) <= {"narrowed"}, there.changed
    assert shifts(back) <= {"widened"}, back.changed
    assert {_place(one) for one in there.changed} == {_place(one) for one in back.changed} != set()
    for one in there.changed:
        shown = one.narrowed
        assert shown is not None
        assert shown.case is not None
        assert shown.mirror is not None
        assert (shown.case.clauses, bool(shown.mirror.clauses)) == ((), True)


def _place(one: Difference) -> tuple[Any, ...]:
    return one.effects, one.author, one.other


def test_a_condition_that_moves_is_both_with_one_case_of_each() -> None:
    amendment = compare(release(GRAVE), release({"when": "facts.level < 6"}))
    assert shifts(amendment) == {"both"}
    one = amendment.changed[0]
    assert one.widened is not None
    assert one.narrowed is not None
    assert one.widened.case is not None
    assert one.narrowed.case is not None
    assert int(str(one.widened.case.facts["level"])) <= 3
    assert int(str(one.narrowed.case.facts["level"])) >= 6


def test_the_case_tells_what_the_struck_condition_read() -> None:
    """The new clause reads nothing: without the old one's reads the case would not say why it shows."""
    found = compare(release({"when": "facts.level > 3 && standing['us'].toy.missed == 0"}), release({}))
    shown = found.changed[0].widened
    assert shown is not None
    assert shown.case is not None
    assert shown.case.facts.keys() == {"level"}
    assert shown.case.standing["us"]["toy"].keys() == {"missed"}


def test_a_field_and_an_audience_are_told_apart() -> None:
    old = release({"to": "hub", "fields": ["pattern", "story"]})
    new = release({"to": "hub", "fields": ["story"]})
    assert {(one.effects[0].what, one.other, one.shift) for one in compare(old, new).changed} == {
        (("pattern",), "hub", "narrowed")
    }


def _joined(name: str) -> Version:
    """The treaty with a peer more."""
    parties = treaty.data()["parties"]
    charters = {"live": charter.to_value(treaty.Party(name, seed=9).charter())}
    parties[name] = parties["us"] | {"charters": charters}
    return version(parties=parties)


def test_a_party_that_joins_widens_what_it_sees_and_owes_and_had_no_case_before() -> None:
    found = compare(version(), _joined("sg")).changed
    assert {one.shift for one in found} == {"widened"}
    assert all("sg" in (one.author, one.other) for one in found)
    assert all(one.widened is not None and one.widened.mirror is None for one in found)
    left = compare(_joined("sg"), version()).changed
    assert {one.shift for one in left} == {"narrowed"}
    assert all(one.narrowed is not None and one.narrowed.case is None for one in left)


class Report(Kind, frozen=True):
    """The treaty's report, with domains for levels."""

    domain: Literal["bio", "cyber"]
    level: Literal["a", "b"]
    guess: Annotated[int, Meta(ge=0, le=7)] | None
    sure: bool | None
    tags: Annotated[tuple[Literal["a", "b"], ...], Meta(max_length=4)]
    to: treaty.PartyName


class Named(Facts, frozen=True):
    """Levels by letter."""

    level: Literal["a", "b"]
    to: treaty.PartyName


def test_a_field_that_became_another_sort_is_undecided_and_named() -> None:
    specs = treaty.SPECS | {"report": KindSpec(open=Report, sealed=treaty.ReportSealed, facts=Named)}
    rules = Rules(judge=treaty.judge, tally=treaty.tally, contradicts=treaty.contradicts)
    more = '\n[values.level.a]\nen = "a"\nzh = "甲"\n[values.level.b]\nen = "b"\nzh = "乙"'
    texts = treaty.TEXTS | {"words.toml": treaty.WORDS + more, "kinds.py": "others\n"}
    newer = edition.attach(Pillar(name="toy", kinds=specs, rules=rules), texts)
    data = treaty.data()
    data["pillars"]["toy"]["edition"] = newer.digest
    data["release"][1]["when"] = "facts.level == 'a'"
    data["duties"], data["triggers"], data["withdrawal"] = [], [], {"notice": "P90D"}
    new = terms.build([from_source(Source(data, {}))], [newer], []).versions[1]
    old = version(duties=[], triggers=[], withdrawal={"notice": "P90D"})
    found = compare(old, new)
    assert shifts(found) == {"undecided"}
    assert "facts.level is another sort of field" in found.changed[0].why


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"outflow": {"period": "P1D", "bytes": 9999}}, {"narrowed"}),
        ({"outflow": {"period": "PT12H", "bytes": 10000}}, {"widened"}),
        ({"outflow": {"period": "P2D", "bytes": 20000}}, {"both"}),
        ({"outflow": {"period": "P1D", "bytes": 10000, "per": {"us": 1}}}, {"narrowed"}),
        ({}, set()),
    ],
)
def test_a_budget_that_changes_is_a_bound(changes: dict[str, Any], expected: set[str]) -> None:
    assert {one.shift for one in compare(version(), version(**changes)).bounds} == expected


def test_a_class_and_a_pillar_in_force_are_bounds() -> None:
    data = treaty.data()
    data["parties"]["us"]["lawful"]["towards"] = {"cn": "public"}
    data["pillars"]["toy"]["state"] = "dormant"
    found = compare(version(), version(parties=data["parties"], pillars=data["pillars"])).bounds
    assert [(one.about, one.names, one.shift) for one in found] == [
        ("classified", ("us", "cn"), "narrowed"),
        ("runs", ("toy",), "narrowed"),
    ]


def test_the_starter_against_itself_is_unchanged_everywhere() -> None:
    found = compare(starter(), starter())
    assert found.changed == ()
    assert found.bounds == ()
    assert len(found.differences) > 100


def test_no_drawn_state_tells_rules_apart_otherwise_than_the_verdict_says() -> None:
    """The verdict is held against the runtime, which is asked in states that the prover did not choose."""
    dice = random.Random(20261126)  # noqa: S311 (no secret: a seed that can be played again)
    effect = Effect("may", "toy.report", ("pattern",))
    seen = Counter[str]()
    while seen.total() < 30:
        grammar = Grammar(version(), "toy.report", dice)
        try:
            old, new = (release({"when": grammar.condition(1)}) for _ in range(2))
        except Malformed:
            continue
        books = Book.of(old, new), Book.of(new, old)
        for one in compare(old, new).differences:
            for _ in range(6):
                case = drawn(books[1].states["toy.report"], one.author, one.other, dice)
                said = tuple(bool(replay(book, effect, case)) for book in books)
                assert said in POSSIBLE[one.shift], (one.shift, case)
            seen[one.shift] += 1
    assert len(seen) >= 3


POSSIBLE: dict[str, set[tuple[bool, bool]]] = {
    "unchanged": {(False, False), (True, True)},
    "widened": {(False, False), (True, True), (False, True)},
    "narrowed": {(False, False), (True, True), (True, False)},
    "both": {(False, False), (True, True), (False, True), (True, False)},
}
"""By verdict, whether the old version and the new may say yes in some one state."""
