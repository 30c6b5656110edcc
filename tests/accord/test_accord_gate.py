"""The gate: nothing leaves except what ceiling, rules, standing, law, officer and budget all let through."""

from typing import Any, Literal

import msgspec
import pytest
from treaty import AT, NONCE, PILLAR, agreed, data, disclosures, judged, report, toy, variables, view

from detente.accord import content, gate, preview, terms
from detente.accord.document import from_source
from detente.accord.gate import Clearance, Decision, Request, Spend, Warned, may_release, may_table
from detente.accord.pillar import Kind, Statement
from detente.accord.source import Source
from detente.trust import disclosure, recipient, sealing
from detente.trust.record import AccordRef, Record

EVERYTHING = frozenset(PILLAR.kinds["report"].paths)
FINE = Clearance("treaty", "public")
GRAVE = Clearance("treaty", "public", {"pattern": "secret"})
DAY = 86_400_000
BUDGET = 10_000
PACKAGE = content.size(report(), "cn", [100])


def ask(audience: str = "cn", record: Record | None = None, **changes: Any) -> Request:  # noqa: ANN401
    """A request in which all is well, altered."""
    record = record or report()
    said = judged(record).facts
    assert isinstance(said, Statement)
    whole = Request(
        record=record,
        said=said,
        audience=audience,
        standing=view(),
        at=AT,
        sizes=dict.fromkeys(record.sealed, 100),
        clearance=FINE,
        approved=EVERYTHING,
    )
    return msgspec.structs.replace(whole, **changes)


def codes(decision: Decision) -> dict[str, str]:
    """Path to why not."""
    return {denial.path: denial.code for denial in decision.denials}


def test_a_record_with_every_open_field_and_every_sealed_path_may_be_tabled() -> None:
    decision = may_table(report(), {}, agreed())
    assert decision.allowed
    assert decision.facts.facts.level == 2


def _without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("gate.1", {"accord": AccordRef("0" * 64, 1)}),
    ("gate.2", {"accord": AccordRef(agreed().genesis, 2)}),
    ("gate.3", {"party": "fr"}),
    ("gate.3", {"domain": "exercise"}),
    ("gate.4", {"kind": "other.report"}),
    ("gate.4", {"at": AT + 20 * 366 * DAY}),
    ("gate.5", {"kind": "toy.unheard"}),
    ("gate.5", {"kind": "accord.unheard"}),
    ("gate.6", {"open": _without(report().open, "level")}),
    ("gate.6", {"open": report().open | {"remark": "free text"}}),
    ("gate.6", {"open": report().open | {"domain": "free text"}}),
    ("gate.6", {"open": report().open | {"to": "not a party name"}}),
    ("gate.6", {"open": report().open | {"level": 8}}),
    ("gate.6", {"open": report().open | {"level": "2"}}),
    ("gate.6", {"open": report().open | {"tags": ["a"] * 5}}),
    ("gate.7", {"sealed": _without(report().sealed, "secret")}),
    ("gate.7", {"sealed": report().sealed | {"more": "A" * 43}}),
    ("gate.7", {"sealed": {}}),
    ("gate.8", {"open": report().open | {"to": "us"}}),
    ("gate.8", {"open": report().open | {"to": "fr"}}),
    ("gate.8", {"thread": "0" * 64}),
]


@pytest.mark.parametrize(("step", "changes"), WRONG, ids=[f"{step}-{n}" for n, (step, _) in enumerate(WRONG)])
def test_a_record_that_says_too_much_or_too_little_is_not_tabled(step: str, changes: dict[str, Any]) -> None:
    decision = may_table(msgspec.structs.replace(report(), **changes), {}, agreed())
    assert not decision.allowed
    assert {denial.step for denial in decision.denials} == {step}
    assert all(denial.why for denial in decision.denials)


@pytest.mark.parametrize("state", ["dormant", "prepared", "suspended", "retired"])
def test_a_pillar_that_is_not_running_lets_nothing_out(state: str) -> None:
    plain = data()
    plain["pillars"]["toy"]["state"] = state
    asleep = terms.build([from_source(Source(plain, {}))], [toy()], [])
    record = msgspec.structs.replace(report(), accord=AccordRef(asleep.genesis, 1))
    assert may_table(record, {}, asleep).denials[0].code == "pillar-not-in-force"
    assert may_release(ask(record=report()), asleep).denials[0].step == "gate.10"


def test_a_peer_gets_what_ceiling_and_clause_and_officer_allow() -> None:
    decision = may_release(ask(), agreed())
    assert decision.granted == {"pattern": ("pattern-to-peers",)}
    assert codes(decision) == {"secret": "above-ceiling", "story": "above-ceiling"}
    assert decision.standing == "0" * 64


def test_the_clearinghouse_gets_more_without_an_officer() -> None:
    decision = may_release(ask("hub", approved=frozenset()), agreed())
    assert decision.granted == {"pattern": ("all-to-hub",), "story": ("all-to-hub",)}
    assert codes(decision) == {"secret": "above-ceiling"}


def test_only_what_is_asked_for_is_granted() -> None:
    assert set(may_release(ask("hub", paths=("story",)), agreed()).granted) == {"story"}


@pytest.mark.parametrize("audience", ["", "fr", "us", "public", "peer", "clearinghouse", "*", "cn "])
def test_an_unknown_or_empty_audience_is_nobody(audience: str) -> None:
    decision = may_release(ask(audience), agreed())
    assert not decision.allowed
    assert [denial.code for denial in decision.denials] == ["nobody"]


TAKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("gate.11", "path-unknown", {"paths": ("nothing",)}),
    ("gate.11", "path-unknown", {"paths": ("pattern",), "sizes": {}}),
    ("gate.12", "above-ceiling", {"paths": ("secret",)}),
    ("gate.13", "clause-not-met", {"standing": view(cn=1), "paths": ("pattern",)}),
    ("gate.14", "withheld", {"withheld": {"pattern": "privacy_law"}, "paths": ("pattern",)}),
    ("gate.14", "no-basis", {"clearance": None, "paths": ("pattern",)}),
    ("gate.14", "basis-unknown", {"clearance": Clearance("hearsay", "public"), "paths": ("pattern",)}),
    ("gate.14", "above-classification", {"clearance": Clearance("treaty", "secret"), "paths": ("pattern",)}),
    ("gate.14", "above-classification", {"clearance": GRAVE, "paths": ("pattern",)}),
    ("gate.14", "class-unknown", {"clearance": Clearance("treaty", "unheard"), "paths": ("pattern",)}),
    ("gate.15", "officer", {"approved": frozenset(), "paths": ("pattern",)}),
    ("gate.15", "officer", {"approved": frozenset({"story"}), "paths": ("pattern",)}),
    ("gate.16", "budget", {"spent": (Spend(AT, BUDGET - PACKAGE + 1),), "paths": ("pattern",)}),
    ("gate.16", "budget-too-small", {"sizes": {"pattern": BUDGET}, "paths": ("pattern",)}),
    ("gate.16", "budget", {"spent": (Spend(AT, -1),), "paths": ("pattern",)}),
    ("gate.16", "budget-too-small", {"sizes": {"pattern": -1}, "paths": ("pattern",)}),
]


@pytest.mark.parametrize(
    ("step", "code", "changes"), TAKEN, ids=[f"{code}-{n}" for n, (_, code, _) in enumerate(TAKEN)]
)
def test_each_check_alone_takes_the_value_away(step: str, code: str, changes: dict[str, Any]) -> None:
    decision = may_release(ask(**changes), agreed())
    assert not decision.allowed
    assert decision.granted == {}
    assert (decision.denials[0].step, decision.denials[0].code) == (step, code)


def test_the_budget_is_reached_exactly_and_not_passed() -> None:
    assert may_release(ask(spent=(Spend(AT, BUDGET - PACKAGE),)), agreed()).allowed
    assert not may_release(ask(spent=(Spend(AT, BUDGET - PACKAGE + 1),)), agreed()).allowed


def test_what_is_over_the_budget_waits_until_exactly_when_it_may_go() -> None:
    spent = (Spend(AT - 5, 2_000), Spend(AT - 3, 3_000), Spend(AT - 1, 4_000))
    waits = may_release(ask(spent=spent), agreed()).denials[-1]
    assert (waits.code, waits.path, waits.until) == ("budget", "pattern", AT - 5 + DAY)
    assert not may_release(ask(spent=spent, at=waits.until - 1), agreed()).allowed
    assert may_release(ask(spent=spent, at=waits.until), agreed()).allowed


def test_what_is_over_the_whole_budget_has_no_time_at_which_it_may_go() -> None:
    waits = may_release(ask(sizes={"pattern": BUDGET}), agreed()).denials[-1]
    assert (waits.code, waits.until) == ("budget-too-small", 0)


def test_the_budget_counts_the_bytes_of_the_sealed_package_exactly() -> None:
    """What the gate decided on is what leaves, to the byte, padding and wrapped key included."""
    key = recipient.OpeningKey.from_seed("hub", bytes(32), AT + DAY).recipient
    for length in (0, 90, 3_000, *range(1_230, 1_290)):  # across the edge of a bucket, byte by byte
        told = {"pattern": "x" * length, "story": "grave", "secret": "nobody"}
        made = disclosure.commit_all(
            ("us", NONCE), tuple(told), told, {path: bytes([n]) * 16 for n, path in enumerate(told)}
        )
        opened = {path: one.encoded for path, one in made.items()}
        record = msgspec.structs.replace(report(), sealed={path: one.digest for path, one in made.items()})
        asked = ask("hub", record=record, sizes={path: len(one) for path, one in opened.items()})
        shown = preview.show(asked, opened, agreed())
        made_for = content.context(record, asked.said.id, "hub")
        assert len(sealing.seal(shown.content, [key], made_for, bytes(32), AT)) == shown.decision.bytes


def test_a_lower_ceiling_towards_one_audience_holds_for_it_alone() -> None:
    """The author's class may go to the clearinghouse, and not to a peer."""
    plain = data()
    plain["parties"]["us"]["lawful"]["towards"] = {"peer": "public"}
    lower = terms.build([from_source(Source(plain, {}))], [toy()], [])
    record = msgspec.structs.replace(report(), accord=AccordRef(lower.genesis, 1))
    inner = Clearance("treaty", "inner")
    to_peer = may_release(msgspec.structs.replace(ask(clearance=inner), record=record), lower)
    assert codes(to_peer)["pattern"] == "above-classification"
    assert may_release(msgspec.structs.replace(ask("hub", clearance=inner), record=record), lower).allowed
    assert may_release(msgspec.structs.replace(ask(), record=record), lower).allowed


def test_one_value_of_a_higher_class_stays_and_the_others_go() -> None:
    decision = may_release(ask("hub", clearance=Clearance("treaty", "public", {"story": "secret"})), agreed())
    assert set(decision.granted) == {"pattern"}
    assert codes(decision)["story"] == "above-classification"


@pytest.mark.parametrize(
    "change", [{"party": "cn"}, {"at": AT + 1}, {"thread": "0" * 64}, {"kind": "toy.reply"}]
)
def test_what_was_judged_of_another_record_opens_nothing(change: dict[str, Any]) -> None:
    other = msgspec.structs.replace(ask().said, **change)
    decision = may_release(ask(said=other), agreed())
    assert (decision.allowed, decision.denials[0].step) == (False, "gate.10")


def test_the_facts_of_a_graver_report_do_not_release_a_lighter_one() -> None:
    decision = may_release(ask("hub", record=report(level=0), said=ask().said), agreed())
    assert (decision.allowed, decision.denials[0].step) == (False, "gate.10")


def test_a_record_of_another_accord_is_not_released() -> None:
    alien = msgspec.structs.replace(report(), accord=AccordRef("0" * 64, 1))
    assert may_release(ask(said=judged(report()).facts, record=report()), agreed()).allowed
    assert may_release(msgspec.structs.replace(ask(), record=alien), agreed()).denials[0].step == "gate.10"


def test_a_record_whose_kind_has_another_form_by_now_is_not_released() -> None:
    class Report2(Kind, frozen=True):
        domain: Literal["bio"]

    record = msgspec.structs.replace(report(), open={"domain": "bio"})
    old = msgspec.structs.replace(ask().said, open=Report2(domain="bio"))
    decision = may_release(msgspec.structs.replace(ask(), record=record, said=old), agreed())
    assert [denial.code for denial in decision.denials] == ["other-edition"]


def test_a_clause_that_speaks_of_nobody_here_is_named_as_missing() -> None:
    plain = data()
    plain["release"] = [one for one in plain["release"] if one["id"] == "all-to-hub"]
    less = terms.build([from_source(Source(plain, {}))], [toy()], [])
    record = msgspec.structs.replace(report(), accord=AccordRef(less.genesis, 1))
    decision = may_release(msgspec.structs.replace(ask(), record=record, paths=("pattern",)), less)
    assert codes(decision) == {"pattern": "no-clause"}


def test_an_explanation_names_the_clause_its_conditions_and_what_they_read() -> None:
    leaves = gate.explain_release(ask(standing=view(cn=2)), agreed())["pattern-to-peers"]
    assert [(leaf.truth, leaf.reads["standing[audience].toy.overdue"]) for leaf in leaves] == [("false", 2)]


def test_a_standing_that_fails_to_evaluate_grants_nothing_and_raises_an_alarm() -> None:
    lame = msgspec.structs.replace(view(), parties={})
    decision = may_release(ask(standing=lame), agreed())
    assert decision.granted == {}
    assert decision.alarms == (Warned("pattern-to-peers", "error"),)


def test_a_clause_that_reads_an_unknown_grants_nothing_and_raises_an_alarm() -> None:
    plain = data()
    plain["release"] = [
        {"id": "unsure", "kind": "toy.report", "fields": ["pattern"], "to": "peer", "when": "facts.guess < 9"}
    ]
    doubtful = terms.build([from_source(Source(plain, {}))], [toy()], [])
    for guess, alarms in ((None, (Warned("unsure", "unknown"),)), (3, ())):
        record = msgspec.structs.replace(report(guess=guess), accord=AccordRef(doubtful.genesis, 1))
        said = doubtful.judge(record, {}).facts
        decision = may_release(msgspec.structs.replace(ask(), record=record, said=said), doubtful)
        assert decision.alarms == alarms
        assert set(decision.granted) == (set() if alarms else {"pattern"})


def test_the_gate_can_only_take_away_whatever_the_other_arguments_say() -> None:
    """Over every combination of arguments, what is granted is inside ceiling and clause."""
    for audience in ("cn", "hub"):
        most = {"cn": {"pattern"}, "hub": {"pattern", "story"}}[audience]
        for approved in (frozenset[str](), EVERYTHING):
            for standing in (view(), view(cn=1), view(us=1)):
                for clearance in (None, FINE):
                    asked = ask(audience, approved=approved, standing=standing, clearance=clearance)
                    assert set(may_release(asked, agreed()).granted) <= most


def test_a_decision_over_sixty_clauses_grants_by_those_that_hold() -> None:
    plain = data()
    plain["release"] = [
        {"id": f"r{n}", "kind": "toy.report", "fields": ["pattern"], "to": "peer", "by": "node",
         "when": f"facts.level >= {n % 7} && open.domain == 'bio' && standing[audience].toy.overdue == 0"}
        for n in range(60)
    ]  # fmt: skip
    plain["duties"], plain["withdrawal"]["surviving"] = [], []
    many = terms.build([from_source(Source(plain, {}))], [toy()], [])
    record = msgspec.structs.replace(report(), accord=AccordRef(many.genesis, 1))
    asked = msgspec.structs.replace(ask(), record=record)
    assert len(may_release(asked, many).granted["pattern"]) == 27


def test_the_test_data_is_what_it_claims() -> None:
    assert set(disclosures()) == set(EVERYTHING)
    assert variables()["audience"] == "cn"
