"""A rival who writes its own log, receipts and drafts of the accord: what it gains by that is nothing."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from founding import OFFICERS, with_key
from toy import DAY, SPECS, Book, H, Toy, make, verdict
from treaty import accord, agreed, data, party, report, rule, variables

from detente.accord import document, fragment, gate, signing
from detente.accord.ledger import CLOCK_BACK, FOREIGN, NO_KEY, REPEATED, WRONG_CLASS
from detente.accord.receipt import Seen, heads
from detente.accord.rule import bank
from detente.accord.source import Source
from detente.accord.standing import COUNTS, Standing
from detente.trust import canonical, charter, envelope
from detente.trust.charter import Charter
from detente.trust.envelope import ACCORD_TYPE
from detente.trust.errors import BelowThreshold, Malformed, WrongKey
from detente.trust.record import Leaf, leaf_bytes
from detente.trust.tree import Tree, leaf_hash

HUGE = 2**53 - 1
TRIO = ("a", "b", "n")


def _book(**changes: Any) -> Book:  # noqa: ANN401
    return Book(Toy(TRIO, **changes))


def _codes(result: Standing, party_name: str) -> dict[int, tuple[str, ...]]:
    return {one.index: one.codes for one in result.refused if one.party == party_name}


def _through(book: Book, start: int, hours: int, parties: tuple[str, ...] = TRIO) -> None:
    """Let parties log receipts every two hours."""
    for at in range(start, start + hours * H, 2 * H):
        book.all_receipts(at, parties)


# Receipts


@pytest.mark.timeout(20)  # walking over the leaves would take for ever
@pytest.mark.parametrize(
    "head",
    [
        {"size": HUGE, "root": "ab" * 32, "missing": [[0, HUGE - 1]]},
        {"size": HUGE, "root": "ab" * 32, "missing": []},
    ],
)
def test_a_receipt_over_all_the_leaves_there_could_be_is_read_at_once_and_waits(head: dict[str, Any]) -> None:
    book = _book()
    book.report("a", at=10 * H)
    book.log("b", make("accord.receipt", "b", 11 * H, 900, heads={"a": head}))
    _through(book, 11 * H, 40, ("a", "n"))
    result = book.standing(as_of=60 * H)
    assert result.stopped["b"] == {}
    assert result.cut.heads["b"].size == 1


@pytest.mark.parametrize(
    "missing",
    [[[-1, 0]], [[0, HUGE]], [[2, 1]], [[0, 2], [2, 3]], [[0, 1], [2, 3]], [[3, 3], [0, 0]], [[0, 0]] * 3],
    ids=["negative", "beyond", "backwards", "overlap", "touch", "descend", "repeat"],
)
def test_ranges_that_are_none_spoil_the_receipt_and_not_even_its_authors_clock_moves(
    missing: list[list[int]],
) -> None:
    book = _book()
    for _ in range(5):
        book.report("a", at=10 * H)
    head = {"size": 5, "root": book.trees["a"].root(5).hex(), "missing": missing}
    spoilt = make("accord.receipt", "b", 11 * H, 900, heads={"a": head})
    assert heads(spoilt, "b") is None
    before = book.standing(as_of=12 * H)
    book.log("b", spoilt)
    after = book.standing(as_of=12 * H)
    assert (after.duties, after.counts, after.stopped) == (before.duties, before.counts, before.stopped)


def test_a_receipt_about_itself_or_about_nobody_moves_only_its_authors_clock() -> None:
    said: Mapping[str, Seen] = {name: Seen(HUGE, "ab" * 32) for name in ("b", "x")}
    plain, boastful = _book(), _book()
    for book, extra in ((plain, {}), (boastful, said)):
        book.report("a", at=10 * H)
        book.receipt("b", 11 * H, heads=dict(extra))
        _through(book, 12 * H, 30)
    one, other = plain.standing(as_of=50 * H), boastful.standing(as_of=50 * H)
    assert one.counts == other.counts
    assert other.stopped == {"a": {}, "b": {}, "n": {}}


def test_a_witness_whose_clock_goes_back_is_stopped_and_condemns_nobody() -> None:
    book = _book()
    base = book.report("a", at=10 * H)
    _through(book, 10 * H, 6)
    book.say("toy.notice", "a", 15 * H, thread=base)
    book.receipt("n", 300 * DAY)
    _through(book, 16 * H, 30)
    result = book.standing(as_of=60 * H)
    assert result.stopped["n"] == {"a": "back", "b": "back"}
    assert verdict(result, "notify", "a", base) == "kept"


# Records


def test_a_record_dated_ten_years_ahead_is_late_for_its_author_and_its_next_one_is_not_heard() -> None:
    book = _book()
    base = book.report("b", at=10 * H)
    _through(book, 10 * H, 4)
    book.say("toy.ack", "a", 3650 * DAY, thread=base)
    book.say("toy.ack", "a", 15 * H, thread=base)
    _through(book, 16 * H, 40, ("b", "n"))
    result = book.standing(as_of=80 * H)
    assert verdict(result, "acknowledge", "a", base) == "missed"
    assert list(_codes(result, "a").values()) == [(CLOCK_BACK,)]


def test_a_record_that_is_logged_again_or_in_anothers_log_or_as_another_class_does_not_stand() -> None:
    book = _book()
    first = make("toy.report", "a", 10 * H, 1, serious=True)
    book.log("a", first)
    book.log("a", first)
    book.log("b", first)
    disguised = book.say("accord.receipt", "n", 10 * H, heads={})
    book.logs["n"] = [Leaf("record", disguised)]
    book.trees["n"] = Tree([leaf_hash(leaf_bytes(book.logs["n"][0]))])
    _through(book, 11 * H, 20)
    result = book.standing(as_of=40 * H)
    assert _codes(result, "a") == {1: (REPEATED,)}
    assert _codes(result, "b") == {0: (FOREIGN,)}
    assert _codes(result, "n") == {0: (WRONG_CLASS,)}
    assert {duty.base for duty in result.duties} == {book.logs["a"][0].id}


def test_a_record_by_a_key_that_an_earlier_one_took_away_does_not_stand() -> None:
    book = _book(first_keys={"a": frozenset({"old"})})
    book.say("accord.key-change", "a", 10 * H, key="old", keys=["new"])
    stolen = book.report("a", 11 * H, key="old")
    own = book.report("a", 11 * H, key="new")
    _through(book, 12 * H, 20)
    result = book.standing(as_of=40 * H)
    assert _codes(result, "a") == {1: (NO_KEY,)}
    assert {duty.base for duty in result.duties} == {own} != {stolen}


def test_a_thread_that_names_a_record_of_nowhere_does_not_stand_and_shields_nobody() -> None:
    book = _book()
    base = book.report("a", at=10 * H)
    _through(book, 10 * H, 4)
    book.say("toy.ack", "b", 14 * H, thread="ee" * 32)
    _through(book, 15 * H, 60)
    result = book.standing(as_of=100 * H)
    assert list(_codes(result, "b").values()) == [("names-what-was-not-there",)]
    assert verdict(result, "acknowledge", "b", base) == "missed"


def test_a_receipts_leaf_without_its_body_keeps_nothing_and_harms_nobody_else() -> None:
    book = _book()
    base = book.report("a", at=10 * H)
    _through(book, 11 * H, 2)
    book.log("b", make("accord.receipt", "b", 12 * H, 999, heads={}), body=False)
    book.say("toy.notice", "a", 13 * H, thread=base)
    book.say("toy.ack", "n", 13 * H, thread=base)
    _through(book, 14 * H, 60, ("a", "n"))
    result = book.fold().at(100 * H)
    assert verdict(result, "acknowledge", "b", base) not in ("kept", "excused", "")
    assert verdict(result, "acknowledge", "n", base) == "kept"
    assert verdict(result, "notify", "a", base) == "kept"


def test_a_debtor_that_withholds_a_receipt_is_missed_by_witnesses_that_name_no_further() -> None:
    book = _book()
    base = book.report("a", at=10 * H)
    _through(book, 11 * H, 2)
    read = len(book.logs["b"])
    book.log("b", make("accord.receipt", "b", 12 * H, 999, heads={}), body=False)
    book.say("toy.notice", "a", 13 * H, thread=base)
    for at in range(14 * H, 200 * H, 2 * H):
        for witness in ("a", "n"):
            book.receipt(witness, at, sizes={party: len(book.logs[party]) for party in "an"} | {"b": read})
    assert verdict(book.fold().at(200 * H), "acknowledge", "b", base) == "missed"


@pytest.mark.timeout(60)  # what is quadratic in leaves would not end by then
def test_thousands_of_leaves_of_nothing_are_folded_in_a_moment() -> None:
    book = _book(versions=(SPECS,))
    for n in range(3_000):
        book.log("a", make("toy.report", "a", 10 * H, n, serious=True), body=False)
    for at in range(11, 41, 2):
        for witness in ("b", "n"):
            book.receipt(witness, at * H, missing={"a": range(3_000)})
    result = book.standing(as_of=60 * H)
    assert (result.duties, len(result.void["a"])) == ((), 3_000)


# The accord's own signatures


def _charter(name: str, made: Charter) -> dict[str, Any]:
    plain = data()
    plain["parties"][name]["charters"]["live"] = charter.to_value(made)
    return plain


def _signed(payload: bytes, us: tuple[str, ...]) -> envelope.Envelope:
    keys = [key for name in ("cn", "hub") for key in party(name).held(*OFFICERS)]
    return envelope.sign(ACCORD_TYPE, payload, [*keys, *party("us").held(*us)])


def test_one_officer_who_signs_with_every_key_there_is_stays_one_officer() -> None:
    payload = document.dump(accord())
    with pytest.raises(BelowThreshold) as caught:
        signing.verify(_signed(payload, OFFICERS[:1]), at=0)
    assert caught.value.step == "charter.12"
    assert signing.verify(_signed(payload, OFFICERS[:2]), at=0) == accord()


def test_one_officer_with_the_keys_of_two_is_one_holder() -> None:
    us, made = party("us"), party("us").charter()
    for key in us.held(OFFICERS[1]):
        made = with_key(made, key.public.keyid, holder=OFFICERS[0])
    plain = _charter("us", made)
    payload = canonical.encode(document.to_value(document.from_source(Source(plain, {}))))
    with pytest.raises(BelowThreshold) as caught:
        signing.verify(_signed(payload, OFFICERS[:2]), at=0)
    assert caught.value.step == "charter.12"


def test_a_key_of_one_party_is_not_an_officer_of_another() -> None:
    us, cn = party("us").charter(), party("cn")
    keyid = party("us").held(OFFICERS[0])[0].public.keyid
    theirs = charter.to_value(with_key(us, keyid, holder="somebody"))
    plain = data()
    assert isinstance(theirs, dict)
    plain["parties"]["cn"]["charters"]["live"] = theirs | {"party": "cn"}
    with pytest.raises(WrongKey) as caught:
        document.from_source(Source(plain, {}))
    assert caught.value.step == "document.5"
    assert cn.charter().party == "cn"


def test_an_accord_that_only_its_author_signed_binds_nobody() -> None:
    payload = document.dump(accord())
    alone = envelope.sign(ACCORD_TYPE, payload, party("us").held(*OFFICERS))
    with pytest.raises((BelowThreshold, WrongKey)) as caught:
        signing.verify(alone, at=0)
    assert caught.value.step in ("charter.10", "charter.12")


# Rules and the gate


@pytest.mark.parametrize(
    "text",
    [
        "(" * 900 + "true" + ")" * 900,
        "!" * 1900 + "true",
        "parties.all(a, parties.all(b, parties.all(c, parties.all(d, parties.all(e, true)))))",
        "-" * 1000 + "1 < 0",
        " || ".join(["true"] * 330),
    ],
    ids=["brackets", "negations", "macros", "signs", "width"],
)
@pytest.mark.timeout(20)  # a rule that is exponential to read would not end by then
def test_a_rule_made_to_be_slow_is_refused_or_read_at_once(text: str) -> None:
    with suppress(Malformed):
        rule(text).grants(variables())


def test_macros_in_macros_that_the_runtime_would_give_up_on_are_refused_before_they_are_signed() -> None:
    text = "facts.level == 2"
    for depth in range(4):
        text = f"parties.all(p{depth}, {text})"
    most = rule(text)
    assert bank([most] * 60).granting(variables()) == (most,) * 60
    with pytest.raises(Malformed) as caught:
        rule(f"parties.all(p, {text})")
    assert caught.value.step == "rule.6"


@pytest.mark.parametrize(
    "text", ["facts.level > 0.5", "facts.level == 1.0e0", "double(facts.level) > 0.0", "0.1 + 0.2 == 0.3"]
)
def test_no_rule_computes_with_fractions(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        rule(text)
    assert caught.value.step in ("rule.1", "rule.4")


@pytest.mark.parametrize(
    "text",
    [
        "true || facts.guess > 3",
        "facts.guess > 3 || facts.guess <= 3",
        "facts.guess > 3 ? true : true",
        "!(facts.guess > 3 && facts.guess < 2)",
        "parties.exists(p, facts.guess > 3 || true)",
        "(facts.guess == null || true) && facts.guess != 9",
        "facts.guess in [1, 2] || !(facts.guess in [1, 2])",
    ],
)
def test_a_rule_that_would_be_true_whatever_is_missing_grants_nothing_while_it_is_missing(text: str) -> None:
    once = rule(text)
    assert list(fragment.reads(once.node))
    assert not once.grants(variables(guess=None))
    assert bank([once]).granting(variables(guess=None)) == ()


def test_what_was_judged_of_another_record_opens_nothing_of_this_one() -> None:
    low, high = report(level=0), report(level=7)
    said = agreed().judge(high, {}).facts
    request = gate.Request(
        record=low,
        said=said,  # type: ignore[arg-type]
        audience="hub",
        standing=agreed().versions[1].world.encode_standing(_nothing_owed(), "0" * 64),
        at=low.at,
        sizes=dict.fromkeys(low.sealed, 10),
        clearance=gate.Clearance("treaty", "public"),
    )
    assert gate.may_release(request, agreed()).granted == {}


def _nothing_owed() -> dict[str, dict[str, dict[str, int]]]:
    world = agreed().versions[1].world
    return {name: {"toy": dict.fromkeys(COUNTS, 0)} for name in world.parties}
