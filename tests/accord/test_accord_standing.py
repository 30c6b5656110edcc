"""Which assumption buys what, and what happens beyond it: one world for each row of the table that breaks.

Rows are those of the protocol page, section 4.9. Within the assumption the simulation asks the same claims.
"""

import pytest
from toy import ACK, DAILY, DAY, NOTIFY, Book, H, Toy, one, tempo, verdict

from detente.accord.fold import Fold, standing
from detente.accord.standing import Incomplete, Log
from detente.trust.errors import BadProof, Malformed, Misuse
from detente.trust.record import Leaf

THREE = ("a", "b", "n")
FIVE = ("a", "b", "c", "d", "n")
T0 = 100 * H


def book_of(parties: tuple[str, ...], k: int) -> Book:
    return Book(Toy(parties, tempo(k), ((NOTIFY,),)))


def performed(book: Book, at: int, attesting: tuple[str, ...], until: int = 60) -> str:
    """Report at T0, notify at `at` hours; only these parties log receipts, every four hours."""
    base = book.report("a", T0)
    notified = False
    for hour in range(1, until, 4):
        if hour > at and not notified:
            book.say("toy.notice", "a", T0 + at * H, thread=base)
            notified = True
        book.all_receipts(T0 + hour * H, attesting)
    return verdict(book.standing(T0 + until * H), "notify", "a")


def test_row_1_an_honest_party_is_missed_only_if_m_minus_b_plus_1_witnesses_withhold() -> None:
    """Three parties, k = 1: m − b + 1 = 2 witnesses must lie; one is not enough."""

    def withheld_by(liars: tuple[str, ...]) -> str:
        book = book_of(THREE, 1)
        base = book.report("a", T0)
        book.all_receipts(T0 + H)
        book.say("toy.notice", "a", T0 + 2 * H, thread=base)
        notice = len(book.logs["a"]) - 1
        for hour in range(3, 60, 4):
            for name in ("b", "n"):
                book.receipt(name, T0 + hour * H, missing={"a": [notice] if name in liars else []})
        return verdict(book.standing(T0 + 60 * H), "notify", "a")

    assert withheld_by(("n",)) == "kept"
    assert withheld_by(("b", "n")) == "missed"


def test_row_2_a_late_performance_is_kept_only_if_its_author_and_c_witnesses_collude() -> None:
    """A back-dated record, held by a back-dated receipt: with k = 1 these two are one too many."""

    def back_dated(accomplices: tuple[str, ...]) -> str:
        book = book_of(FIVE, 2)
        base = book.report("a", T0)
        for hour in range(1, 40, 4):
            book.all_receipts(T0 + hour * H, [p for p in FIVE if p not in ("a", *accomplices)])
        book.say("toy.notice", "a", T0 + 2 * H, thread=base)  # logged at 40
        for name in accomplices:
            book.receipt(name, T0 + 3 * H)
        for hour in range(41, 60, 4):
            book.all_receipts(T0 + hour * H, [p for p in FIVE if p not in ("a", *accomplices)])
        return verdict(book.standing(T0 + 60 * H), "notify", "a")

    assert back_dated(("n",)) == "missed"
    assert back_dated(("d", "n")) == "kept"


def test_row_3_a_counted_body_is_unreadable_only_if_author_and_c_witnesses_claim_it_falsely() -> None:
    book = book_of(THREE, 1)
    ghost = book.say("toy.notice", "a", T0, body=False)
    book.receipt("b", T0 + H, missing={"a": [0]})
    book.receipt("n", T0 + H)  # claims to hold what a gave to nobody
    with pytest.raises(Incomplete) as refused:
        book.standing(T0 + 2 * H)
    assert [(x.id, x.owed_by) for x in refused.value.lacking] == [(ghost, ("n",))]


def test_row_4_an_honest_performance_is_kept_once_c_witnesses_attest_and_not_before() -> None:
    assert performed(book_of(FIVE, 2), 2, ("b", "c")) == "kept"
    assert performed(book_of(FIVE, 2), 2, ("b",)) == ""  # its own base does not stand either: no duty
    book = book_of(FIVE, 2)
    base = book.report("a", T0)
    book.all_receipts(T0 + H)
    book.say("toy.notice", "a", T0 + 2 * H, thread=base)
    for hour in range(3, 60, 4):
        book.receipt("b", T0 + hour * H)
    assert verdict(book.standing(T0 + 60 * H), "notify", "a") == "unobservable"


def test_row_5_missed_is_reached_with_fewer_than_b_silent_or_by_own_admission() -> None:
    def never_performed(speaking: tuple[str, ...]) -> str:
        book = book_of(FIVE, 2)
        book.report("a", T0)
        book.all_receipts(T0 + H)
        for hour in range(5, 60, 4):
            book.all_receipts(T0 + hour * H, speaking)
        return verdict(book.standing(T0 + 60 * H), "notify", "a")

    assert never_performed(("b", "c", "d")) == "missed"  # one silent, of b = 2
    assert never_performed(("b", "c")) == "unobservable"  # b silent
    assert never_performed(("a", "b")) == "missed"  # the debtor's own clock moved on


def test_two_parties_and_a_neutral_with_k_2_give_nothing_false_and_often_nothing_at_all() -> None:
    """(b, c) = (0, 2): a debtor that is silent leaves it undecided."""
    assert performed(book_of(THREE, 2), 2, ("b", "n")) == "kept"
    book = book_of(THREE, 2)
    book.report("a", T0)
    for hour in range(1, 60, 4):
        book.all_receipts(T0 + hour * H, ("b", "n"))
    assert verdict(book.standing(T0 + 60 * H), "notify", "a") == "disputed"


def test_two_parties_alone_miss_by_their_own_admission_only() -> None:
    pair = ("a", "b")
    assert performed(book_of(pair, 1), 40, ("b",)) == "disputed"
    assert performed(book_of(pair, 1), 40, ("a", "b")) == "missed"
    assert performed(book_of(pair, 1), 2, ("a", "b")) == "kept"


def test_a_party_and_the_neutral_together_decide_nothing_with_five_parties_and_k_2() -> None:
    """The liars b and n withhold and back-date together; a's honest notice is kept all the same."""
    book = book_of(FIVE, 2)
    base = book.report("a", T0)
    for name in ("b", "n"):
        book.receipt(name, T0 - 50 * H)
    book.all_receipts(T0 + H, ("a", "c", "d"))
    book.say("toy.notice", "a", T0 + 2 * H, thread=base)
    for hour in range(3, 60, 4):
        book.all_receipts(T0 + hour * H, ("a", "c", "d"))
        for name in ("b", "n"):
            book.receipt(name, T0 + hour * H, missing={"a": [0, 2]})
    assert verdict(book.standing(T0 + 60 * H), "notify", "a") == "kept"


def test_cannot_lawfully_send_stops_the_clock_without_fault_and_is_counted_apart() -> None:
    book = book_of(THREE, 1)
    base = book.report("a", T0)
    book.all_receipts(T0 + H)
    book.say("toy.cannot", "a", T0 + 2 * H, thread=base)
    for hour in range(3, 60, 4):
        book.all_receipts(T0 + hour * H)
    result = book.standing(T0 + 60 * H)
    assert result.counts["a"]["toy"]["excused"] == 1
    assert result.counts["a"]["toy"]["missed"] == 0


def test_cannot_lawfully_send_said_too_late_excuses_nothing() -> None:
    book = book_of(THREE, 1)
    base = book.report("a", T0)
    for hour in range(1, 40, 4):
        book.all_receipts(T0 + hour * H)
    book.say("toy.cannot", "a", T0 + 40 * H, thread=base)
    for hour in range(41, 60, 4):
        book.all_receipts(T0 + hour * H)
    assert verdict(book.standing(T0 + 60 * H), "notify", "a") == "missed"


def test_late_performance_clears_overdue_and_missed_is_history() -> None:
    book = book_of(THREE, 1)
    base = book.report("a", T0)
    for hour in range(1, 40, 4):
        book.all_receipts(T0 + hour * H)
    before = one(book.standing(T0 + 40 * H), "notify", "a")
    book.say("toy.notice", "a", T0 + 40 * H, thread=base)
    book.all_receipts(T0 + 41 * H)
    result = book.standing(T0 + 41 * H)
    after = one(result, "notify", "a")
    assert before is not None
    assert after is not None
    assert (before.verdict, before.overdue) == ("missed", True)
    assert (after.verdict, after.overdue) == ("missed", False)
    assert result.counts["a"]["toy"]["overdue"] == 0


def test_an_opening_that_contradicts_what_was_declared_is_a_finding() -> None:
    book = Book(Toy(THREE, tempo(1), ((NOTIFY, ACK),)))
    declared = book.report("a", T0, serious=False)
    book.all_receipts(T0 + H)
    book.say("accord.opening", "a", T0 + 2 * H, thread=declared, serious=True)
    book.all_receipts(T0 + 3 * H)
    result = book.standing(T0 + 3 * H)
    assert [(f.party, f.record, f.path) for f in result.findings] == [("a", declared, "serious")]
    assert result.duties == ()  # what was declared stays what was declared


def test_a_duty_keeps_the_version_under_which_it_arose() -> None:
    """Version 2 drops the clause; what arose under version 1 is owed, and adopting is a duty of all."""
    toy = Toy(THREE, tempo(1), ((NOTIFY,), ()), (0, T0 + 4 * H))
    book = Book(toy)
    book.report("a", T0)
    book.all_receipts(T0 + H)
    later = book.report("a", T0 + 5 * H, version=2)
    for hour in range(6, 60, 4):
        book.all_receipts(T0 + hour * H)
    result = book.standing(T0 + 60 * H)
    assert verdict(result, "notify", "a") == "missed"
    assert verdict(result, "notify", "a", later) == ""
    assert {d.debtor: d.verdict for d in result.duties if d.spec == "accord.adopt"} == {
        "a": "kept",
        "b": "missed",
        "n": "missed",
    }


def test_who_accedes_says_nothing_under_a_version_before_and_witnesses_nobody() -> None:
    toy = Toy(THREE, tempo(1), ((NOTIFY,), (NOTIFY,)), (0, T0), joins={"n": 2})
    book = Book(toy)
    book.report("n", T0 + H)
    later = book.report("n", T0 + H, version=2)
    mine = book.report("a", T0 + H)
    book.receipt("n", T0 + 2 * H)
    alone = book.standing(T0 + 2 * H)
    assert alone.refused == alone.duties == ()
    book.all_receipts(T0 + 3 * H, "ab")
    result = book.standing(T0 + 4 * H)
    assert [(one.party, one.index, one.codes) for one in result.refused] == [("n", 0, ("version-went-back",))]
    assert verdict(result, "notify", "n", later) == "owed"
    assert verdict(result, "notify", "a", mine) == "owed"
    assert result.stopped.keys() == {"a", "b"}


@pytest.mark.parametrize(
    ("versions", "codes"),
    [
        ((2, 1), ("version-went-back",)),
        ((2,), ()),
    ],
)
def test_the_version_of_a_log_never_goes_back(versions: tuple[int, ...], codes: tuple[str, ...]) -> None:
    book = Book(Toy(THREE, tempo(1), ((NOTIFY,), (NOTIFY,)), (0, T0)))
    for version in versions:
        book.report("a", T0 + H, version=version)
    book.all_receipts(T0 + 2 * H)
    assert tuple(r.codes[0] for r in book.standing(T0 + 2 * H).refused) == codes


def test_a_version_used_before_it_takes_effect_does_not_stand() -> None:
    book = Book(Toy(THREE, tempo(1), ((NOTIFY,), (NOTIFY,)), (0, T0)))
    book.report("a", T0 - H, version=2)
    book.all_receipts(T0 + H)
    assert [r.codes for r in book.standing(T0 + H).refused] == [("version-not-in-force",)]


def test_a_version_that_is_not_known_here_makes_the_answer_incomplete() -> None:
    book = book_of(THREE, 1)
    book.report("a", T0, version=3)
    book.all_receipts(T0 + H)
    with pytest.raises(Incomplete) as refused:
        book.standing(T0 + H)
    assert refused.value.versions == (3,)


def test_a_calendar_of_an_older_version_ends_where_its_debtor_adopts_the_next() -> None:
    toy = Toy(THREE, tempo(1), ((DAILY,), ()), (10 * DAY, 11 * DAY))
    book = Book(toy)
    book.all_receipts(10 * DAY + H)
    book.say("toy.nil", "a", 11 * DAY + H, period=10 * DAY, version=2)
    for hour in range(2, 80, 4):
        book.all_receipts(11 * DAY + hour * H)
    result = book.standing(14 * DAY)
    starts = {d.start // DAY: d.verdict for d in result.duties if d.debtor == "a" and d.spec == "daily"}
    assert starts == {10: "kept", 11: "missed"}  # it adopted an hour into day 11; day 12 is version 2's


def test_a_period_that_was_succeeded_and_then_turns_out_to_be_kept_is_counted_as_at_once() -> None:
    """Found by the simulation (seed 41273): the incremental counts had closed it (ADR 0046)."""
    book = Book(Toy(THREE, tempo(1), ((DAILY,), ()), (10 * DAY, 10 * DAY)))
    book.report("a", 10 * DAY, version=2, serious=False)
    book.all_receipts(10 * DAY + H)
    fold = book.fold()
    assert fold.counts(11 * DAY)["a"].get("toy") is None
    book.say("toy.nil", "a", 11 * DAY + H, period=10 * DAY, version=2)
    fold.append("a", book.logs["a"][-1])
    for name in THREE:
        book.receipt(name, 11 * DAY + 2 * H)
        fold.append(name, book.logs[name][-1])
    result = book.standing(11 * DAY + 2 * H)
    assert result.counts["a"]["toy"]["kept"] == 1
    assert fold.counts(11 * DAY + 2 * H) == result.counts


def test_a_record_in_anothers_log_and_one_logged_twice_do_not_stand() -> None:
    book = book_of(THREE, 1)
    book.report("a", T0)
    copied = book.bodies[book.logs["a"][0].id]
    book.log("a", copied)
    book.log("b", copied)
    for hour in range(1, 9, 4):
        book.all_receipts(T0 + hour * H)
    found = {(r.party, r.codes[0]) for r in book.standing(T0 + 9 * H).refused}
    assert found == {("a", "repeated"), ("b", "not-the-author's-log")}


def test_a_record_dated_before_its_authors_own_clock_does_not_stand() -> None:
    book = book_of(THREE, 1)
    book.receipt("a", T0)
    book.report("a", T0 - H)
    book.all_receipts(T0 + H)
    assert [r.codes for r in book.standing(T0 + H).refused] == [("clock-went-back",)]


def test_a_cut_of_other_logs_is_refused_by_number() -> None:
    book = book_of(THREE, 1)
    book.report("a", T0)
    other = book_of(THREE, 1)
    other.report("b", T0)
    with pytest.raises(BadProof) as refused:
        book.standing(T0, other.cut())
    assert refused.value.step == "standing.1"


def test_a_cut_covers_a_log_only_as_far_as_its_receipts_are_held() -> None:
    book = book_of(THREE, 1)
    book.report("a", T0)
    receipt = book.receipt("b", T0 + H)
    book.report("b", T0 + 2 * H)
    held = {entry: record for entry, record in book.bodies.items() if entry != receipt}
    fold = Fold(book.toy, held)
    for party, entries in book.logs.items():
        for entry in entries:
            fold.append(party, entry)
    assert fold.cut().heads["b"].size == 0
    with pytest.raises(Incomplete) as refused:
        standing(book.toy, {p: Log(x, held) for p, x in book.logs.items()}, book.cut(), T0)
    assert [(x.party, x.index) for x in refused.value.lacking] == [("b", 0)]


def test_a_fold_counts_as_its_standing_does_and_survives_a_snapshot() -> None:
    book = book_of(THREE, 1)
    base = book.report("a", T0)
    book.all_receipts(T0 + H)
    fold = book.fold()
    assert fold.counts(T0 + 2 * H) == fold.at(T0 + 2 * H).counts
    again = Fold.load(fold.dump(), book.toy, book.bodies)
    entry = book.say("toy.notice", "a", T0 + 2 * H, thread=base)
    again.append("a", book.logs["a"][-1])
    for name in THREE:
        book.receipt(name, T0 + 3 * H)
        again.append(name, book.logs[name][-1])
    result = again.at(T0 + 4 * H)
    assert result.dump() == book.standing(T0 + 4 * H).dump()
    assert result.duties[0].by == entry
    assert result.counts == again.counts(T0 + 4 * H)


def test_facts_that_are_not_kept_any_more_are_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the history is, a late word about an early record means the same."""
    monkeypatch.setattr("detente.accord.fold.FACTS", 1)
    book = book_of(THREE, 1)
    base = book.report("a", T0)
    for hour in range(1, 4):
        book.report("b", T0 + hour * H)
    book.all_receipts(T0 + 4 * H)
    fold = book.fold()
    fold.at(T0 + 4 * H)
    assert len(fold._facts) == 1  # noqa: SLF001 (memory is bounded by it)
    entry = book.say("toy.notice", "a", T0 + 5 * H, thread=base)
    fold.append("a", book.logs["a"][-1])
    for name in THREE:
        book.receipt(name, T0 + 6 * H)
        fold.append(name, book.logs[name][-1])
    result = fold.at(T0 + 7 * H)
    monkeypatch.undo()
    assert result.dump() == book.standing(T0 + 7 * H).dump()
    assert entry in {duty.by for duty in result.duties}


def test_a_snapshot_that_is_none_and_a_time_that_goes_back_are_refused() -> None:
    book = book_of(THREE, 1)
    with pytest.raises(Malformed) as malformed:
        Fold.load(b"\x00", book.toy, book.bodies)
    fold = book.fold()
    fold.at(T0)
    with pytest.raises(Misuse) as misuse:
        fold.at(T0 - 1)
    with pytest.raises(Misuse) as stranger:
        fold.append("zz", Leaf("record", "00" * 32))
    assert (malformed.value.step, misuse.value.step, stranger.value.step) == ("fold.3", "fold.2", "fold.1")
