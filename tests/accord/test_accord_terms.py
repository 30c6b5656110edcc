"""The terms: what a version compiles to, what standing is told, and what pillars do not bear."""

from typing import Any

import msgspec
import pytest
from treaty import AT, CEILINGS, NONCE, PILLAR, TEXTS, accord, agreed, data, disclosures, report, toy, version

from detente.accord import edition, terms
from detente.accord.assumption import assume
from detente.accord.cut import Cut
from detente.accord.document import from_source
from detente.accord.duty import Finding, Pact, Precedent, Tempo
from detente.accord.pillar import Statement
from detente.accord.source import Source
from detente.accord.standing import COUNTS, Standing
from detente.trust.errors import DetenteError, Misuse, WrongContext
from detente.trust.record import AccordRef, Record, record_id

HOUR = 3_600_000


def test_the_terms_are_what_standing_asks_for() -> None:
    pact: Pact = agreed()
    assert pact.parties == ("cn", "hub", "us")
    assert pact.tempo == Tempo(1, HOUR, 5 * 60_000, 60_000, 6 * HOUR)
    assert pact.effective(1) == 1_767_225_600_000
    assert pact.effective(2) is None
    assert pact.keys("us").sign(report(), 0)
    assert not pact.keys("us").sign(report("cn"), 0)


def test_duties_are_read_from_the_document_and_from_grants_that_have_a_term() -> None:
    assert [(one.id, one.what, one.within) for one in agreed().duties(1)] == [
        ("answer", ("toy.reply",), 24 * HOUR),
        ("follow", ("toy.report",), 7 * 24 * HOUR),
        ("monthly", ("toy.report",), 7 * 24 * HOUR),
        ("all-to-hub@hub", ("accord.release",), 24 * HOUR),
    ]


def test_a_grant_that_depends_on_standing_is_no_duty_even_with_a_term() -> None:
    plain = data()
    plain["release"][0]["within"] = "P1D"
    made = terms.build([from_source(Source(plain, {}))], [toy()], [])
    assert "pattern-to-peers" not in {one.id.partition("@")[0] for one in made.duties(1)}


def owed(**changes: Any) -> dict[str, tuple[str, ...]]:  # noqa: ANN401
    record = report(**changes)
    facts = agreed().judge(record, {}).facts
    return {one.id: agreed().owes(one, record, facts) for one in agreed().duties(1) if one.on}


def test_a_duty_arises_only_if_its_condition_is_exactly_true() -> None:
    assert owed(guess=5) == {"answer": ("cn",), "follow": ("us",), "all-to-hub@hub": ("us",)}
    assert owed(guess=None)["follow"] == ()
    assert owed(guess=3)["follow"] == ()
    assert owed(level=0)["all-to-hub@hub"] == ()
    assert owed(to="hub")["answer"] == ("hub",)


def test_a_duty_of_the_calendar_is_owed_by_all() -> None:
    monthly = next(one for one in agreed().duties(1) if one.every)
    assert agreed().debtors(monthly) == ("cn", "hub", "us")
    assert agreed().debtors(agreed().duties(1)[0]) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"accord": AccordRef("0" * 64, 1)}, "accord-other"),
        ({"party": "fr"}, "party-unknown"),
        ({"kind": "toy.unheard"}, "kind-unknown"),
        ({"at": AT * 2}, "pillar-not-in-force"),
        ({"sealed": {}}, "sealed-paths"),
        ({"open": {}}, "open-malformed"),
        ({"open": report().open | {"to": "us"}}, "to-oneself"),
    ],
)
def test_a_record_that_does_not_stand_says_why(change: dict[str, Any], code: str) -> None:
    judged = agreed().judge(msgspec.structs.replace(report(), **change), {})
    assert (judged.stands, judged.refusals) == (False, (code,))


def core(kind: str, **opened: object) -> Record:
    return msgspec.structs.replace(report(), kind=kind, open=opened, sealed={})


def precedent(record: Record) -> dict[str, Precedent]:
    name = record_id(record)
    return {name: Precedent(name, record, agreed().judge(record, {}).facts)}


def test_the_ids_that_a_record_names_are_its_root_and_its_references() -> None:
    reply = core("toy.reply", of="2" * 64)
    assert agreed().refs(msgspec.structs.replace(reply, thread="1" * 64)) == ("1" * 64, "2" * 64)
    assert agreed().refs(core("toy.reply", of="not an id")) == ()
    assert agreed().refs(msgspec.structs.replace(reply, kind="accord.receipt")) == ()


def test_an_opening_stands_if_it_opens_what_was_sealed_and_a_contradiction_is_a_finding() -> None:
    low = report(level=0)
    thread, name = precedent(low), record_id(low)
    opening = core("accord.opening", record=name, path="story", disclosure=disclosures()["story"].encoded)
    assert agreed().judge(opening, thread).stands
    assert agreed().findings(opening, thread) == (Finding("us", name, "story"),)
    high = report(level=3)
    honest = core(
        "accord.opening", record=record_id(high), path="story", disclosure=disclosures()["story"].encoded
    )
    assert agreed().findings(honest, precedent(high)) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"path": "pattern"}, "opening-false"),
        ({"disclosure": disclosures("cn")["story"].encoded}, "opening-false"),
        ({"disclosure": "AAAA"}, "opening-false"),
        ({"record": "0" * 64}, "not-your-record"),
        ({"record": "zz"}, "open-malformed"),
    ],
)
def test_an_opening_of_something_else_is_refused(change: dict[str, str], code: str) -> None:
    base = report()
    fields = {
        "record": record_id(base),
        "path": "story",
        "disclosure": disclosures()["story"].encoded,
    } | change
    assert agreed().judge(core("accord.opening", **fields), precedent(base)).refusals == (code,)


def test_an_erasure_speaks_for_whoever_logs_it_and_names_a_record_that_is_known() -> None:
    theirs = report("cn", to="us")
    erase = core("accord.erase", record=record_id(theirs), paths=["story"], reason="law")
    assert agreed().judge(erase, precedent(theirs)).stands
    assert agreed().judge(msgspec.structs.replace(erase, party="cn"), precedent(theirs)).stands
    assert agreed().judge(erase, {}).refusals == ("record-unknown",)


def test_garbage_proves_no_fork() -> None:
    keys = {one: agreed().keys(one) for one in agreed().parties}
    for evidence in ("AAAA", "not base64!", ""):
        assert agreed().forker(core("accord.fork", of="cn", evidence=evidence), keys) is None
    assert agreed().forker(core("accord.fork", of="fr", evidence="AAAA"), keys) is None


def test_a_receipt_that_says_nothing_that_counts_does_not_stand() -> None:
    assert agreed().judge(core("accord.receipt", heads={}), {}).stands
    assert agreed().judge(core("accord.receipt", heads={"cn": 1}), {}).refusals == ("receipt-malformed",)


@pytest.mark.parametrize(
    ("period", "instant"),
    [("2026-11", 1_793_491_200_000), (5, 5), ("2026-13", None), (True, None), (None, None)],
)
def test_a_record_may_name_its_period(period: object, instant: int | None) -> None:
    assert agreed().period(core("toy.report", period=period)) == instant


ROWS = [(2, 1, 0, False), (3, 1, 1, True), (3, 2, 0, False), (5, 2, 2, True), (4, 2, 1, False)]


@pytest.mark.parametrize(("parties", "k", "b", "decisive"), ROWS)
def test_the_row_of_assumptions_is_that_of_the_protocol(
    parties: int, k: int, b: int, *, decisive: bool
) -> None:
    row = assume(Tempo(k, HOUR, 0, 0, HOUR), parties)
    assert (row.b, row.c, row.decisive, row.tolerance) == (b, k, decisive, HOUR)
    assert row.en
    assert row.zh


def test_a_standing_is_read_with_nothing_owed_where_nothing_was_counted() -> None:
    rows = {"us": {"toy": dict.fromkeys(COUNTS, 1)}, "cn": {}, "hub": {}}
    told = Standing(Cut({}), 0, rows, (), {}, (), (), (), {})
    seen = agreed().view(told, agreed().versions[1])
    assert (seen.parties["us"].toy.overdue, seen.parties["cn"].toy.overdue) == (1, 0)
    assert seen.digest == told.digest
    with pytest.raises(Misuse, match=r"world\.1"):
        agreed().view(msgspec.structs.replace(told, counts={"us": rows["us"]}), agreed().versions[1])


def duty(**changes: str) -> dict[str, Any]:
    return {"duties": [data()["duties"][0] | changes]}


def grant(field: str, to: str) -> dict[str, Any]:
    return {"release": [data()["release"][0] | {"fields": [field], "to": to}]}


BAD: list[tuple[str, dict[str, Any]]] = [
    ("terms.1", {"pillars": {"toy": data()["pillars"]["toy"] | {"edition": "0" * 64}}}),
    ("terms.2", {"scales": {"severity": "0" * 64}}),
    ("terms.3", duty(on="toy.unheard")),
    ("terms.3", duty(on="accord.receipt")),
    ("terms.3", duty(what="accord.unheard")),
    ("terms.4", grant("unheard", "peer")),
    ("terms.5", grant("secret", "peer")),
    ("terms.5", grant("story", "cn")),
    ("terms.6", duty(owes="facts.level")),
    ("terms.6", duty(owes="facts.more")),
    ("rule.1", {"triggers": [data()["triggers"][0] | {"when": "facts.unheard"}]}),
    ("rule.8", {"triggers": [data()["triggers"][0] | {"when": "open.domain == 'boi'"}]}),
]


@pytest.mark.parametrize(("step", "change"), BAD, ids=[f"{step}-{n}" for n, (step, _) in enumerate(BAD)])
def test_an_accord_that_its_pillars_do_not_bear_is_refused_by_name(step: str, change: dict[str, Any]) -> None:
    with pytest.raises(DetenteError) as caught:
        version(**change)
    assert caught.value.step == step


def test_another_edition_is_refused_with_both_digests_named() -> None:
    other = edition.attach(PILLAR, TEXTS | {"ceilings.toml": CEILINGS + " "})
    with pytest.raises(WrongContext) as caught:
        terms.build([accord()], [other], [])
    assert toy().digest in caught.value.what
    assert other.digest in caught.value.what


def test_an_old_edition_stays_runnable_beside_a_new_one() -> None:
    other = edition.attach(PILLAR, TEXTS | {"ceilings.toml": CEILINGS + " "})
    first = accord()
    pillars = {"toy": data()["pillars"]["toy"] | {"edition": other.digest}}
    second = accord(
        version=2, genesis=first.digest, previous=first.digest, pillars=pillars, starts="2027-01-01T00:00:00Z"
    )
    both = terms.build([second, first], [toy(), other], [])
    assert both.in_force(AT).accord.version == 1
    assert both.in_force(both.versions[2].starts).editions["toy"].digest == other.digest
    assert both.judge(report(), {}).stands


def test_versions_with_a_gap_or_of_another_accord_are_refused() -> None:
    first = accord()
    for wrong in (
        [],
        [accord(version=2, genesis=first.digest, previous=first.digest)],
        [first, accord(version=2, genesis=first.digest, previous="0" * 64)],
        [first, accord(version=2, genesis="0" * 64, previous=first.digest)],
        [first, first],
    ):
        with pytest.raises(WrongContext, match=r"terms\.8"):
            terms.build(wrong, [toy()], [])


def test_asking_for_a_version_that_is_not_here_is_our_own_fault() -> None:
    with pytest.raises(Misuse, match=r"terms\.7"):
        agreed().duties(2)


def test_a_statement_is_handed_on_with_its_facts() -> None:
    facts = agreed().judge(report(), {}).facts
    assert isinstance(facts, Statement)
    assert facts.id == record_id(report())
    assert report().nonce == NONCE
