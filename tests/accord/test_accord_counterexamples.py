"""The twelve ways in which an earlier wording of time and standing broke, and those found since: each a test.

One to twelve as numbered in the protocol page, section 4.10; from thirteen on found by this simulation.
Everybody is `a`, `b`, the neutral `n`, and `c`, `d` where more are needed. Γ is 7 h, T and every term 8 h.
"""

import pytest
from toy import ACK, DAILY, DAY, NOTIFY, Book, H, Toy, fork_fields, make, one, tempo, verdict

from detente.accord.receipt import Seen
from detente.accord.standing import Incomplete
from detente.trust.errors import Malformed
from detente.trust.record import record_id

THREE = ("a", "b", "n")
FIVE = ("a", "b", "c", "d", "n")
ONLY_NOTIFY = ((NOTIFY,),)
T0 = 100 * H


def three(k: int = 1) -> Book:
    return Book(Toy(THREE, tempo(k), ONLY_NOTIFY))


def five() -> Book:
    return Book(Toy(FIVE, tempo(2), ONLY_NOTIFY))


def hours(book: Book, first: int, last: int, parties: tuple[str, ...] | None = None) -> None:
    """Let these parties log honest receipts every four hours."""
    for hour in range(first, last, 4):
        book.all_receipts(T0 + hour * H, parties)


def test_1_a_body_handed_to_one_party_only_gives_no_second_answer() -> None:
    """Who lacks a body that counts does not answer, and is told who owes it."""
    book = three()
    base = book.report("a", T0)
    hours(book, 1, 40)
    notice = book.say("toy.notice", "a", T0 + 2 * H, thread=base)
    book.receipt("b", T0 + 40 * H)  # b has the body of the notice
    book.receipt("n", T0 + 40 * H, missing={"a": [len(book.logs["a"]) - 1]})  # n does not
    with pytest.raises(Incomplete) as refused:
        book.standing(T0 + 40 * H, without=[notice])
    assert [(x.party, x.id, x.owed_by) for x in refused.value.lacking] == [("a", notice, ("b",))]


def test_1_a_body_that_no_receipt_says_is_held_changes_nothing() -> None:
    book = three()
    base = book.report("a", T0)
    hours(book, 1, 9)
    notice = book.say("toy.notice", "a", T0 + 9 * H, thread=base)
    hidden = {"a": [len(book.logs["a"]) - 1]}
    book.receipt("b", T0 + 10 * H, missing=hidden)
    book.receipt("n", T0 + 10 * H, missing=hidden)
    assert book.standing(T0 + 10 * H).dump() == book.standing(T0 + 10 * H, without=[notice]).dump()


def test_2_a_party_that_takes_no_receipts_does_not_choose_its_lower_bound() -> None:
    """The others' lows move on without it, so a silent debtor is missed all the same."""
    book = three()
    base = book.report("a", T0)
    hours(book, 1, 40, ("b", "n"))
    book.say("toy.notice", "a", T0 + 2 * H, thread=base)  # says two hours; nobody had seen it for forty
    hours(book, 41, 60, ("b", "n"))
    assert verdict(book.standing(T0 + 60 * H), "notify", "a") == "missed"


def test_3_one_back_dated_receipt_keeps_nothing_late() -> None:
    """With k = 2 one liar is fewer than c holders."""
    book = five()
    base = book.report("a", T0)
    hours(book, 1, 40, ("a", "b", "c", "d"))
    book.say("toy.notice", "a", T0 + 40 * H, thread=base)
    book.receipt("n", T0 + 5 * H)  # the liar was silent, and now says it held all this long ago
    hours(book, 41, 60, ("a", "b", "c", "d"))
    assert verdict(book.standing(T0 + 60 * H), "notify", "a") == "missed"


def test_3_with_k_1_the_authors_own_clock_stands_against_one_back_dated_receipt() -> None:
    book = three()
    base = book.report("a", T0)
    hours(book, 1, 40, ("a", "b"))
    book.say("toy.notice", "a", T0 + 40 * H, thread=base)
    book.receipt("n", T0 + 5 * H)
    hours(book, 41, 60, ("a", "b"))
    assert verdict(book.standing(T0 + 60 * H), "notify", "a") == "missed"


def test_4_a_foreign_clock_that_runs_fast_makes_nobody_late() -> None:
    book = three()
    book.receipt("n", T0 + 4000 * H)  # n's clock runs ahead by half a year
    base = book.report("a", T0)
    hours(book, 1, 5, ("a", "b"))
    book.receipt("n", T0 + 4005 * H)
    book.say("toy.notice", "a", T0 + 6 * H, thread=base)
    hours(book, 7, 40, ("a", "b"))
    book.receipt("n", T0 + 4040 * H)
    assert verdict(book.standing(T0 + 40 * H), "notify", "a") == "kept"


def test_5_an_old_cut_read_late_is_unobservable_and_names_the_logs_that_lag() -> None:
    book = three()
    book.report("a", T0)
    hours(book, 1, 9)
    duty = one(book.standing(T0 + 1000 * H), "notify", "a")
    assert duty is not None
    assert (duty.verdict, duty.lags) == ("unobservable", ("b", "n"))
    assert verdict(book.standing(T0 + 10 * H), "notify", "a") == "owed"


def test_6_an_empty_leaf_seen_in_time_with_its_body_later_is_void() -> None:
    book = three()
    base = book.report("a", T0)
    hours(book, 1, 5)
    book.say("toy.notice", "a", T0 + 5 * H, thread=base)
    empty = len(book.logs["a"]) - 1
    for hour in range(6, 30, 4):
        for name in THREE:
            book.receipt(name, T0 + hour * H, missing={"a": [empty]})
    hours(book, 30, 60)  # now the body is held by all
    result = book.standing(T0 + 60 * H)
    assert result.void["a"] == (empty,)
    assert verdict(result, "notify", "a") == "missed"


def test_6_of_several_empty_leaves_none_may_be_chosen_late() -> None:
    book = three()
    base = book.report("a", T0)
    hours(book, 1, 5)
    for serious in (True, False):
        book.say("toy.notice", "a", T0 + 5 * H, thread=base, serious=serious)
    empty = [len(book.logs["a"]) - 2, len(book.logs["a"]) - 1]
    for hour in range(6, 30, 4):
        for name in THREE:
            book.receipt(name, T0 + hour * H, missing={"a": empty})
    for name in THREE:
        book.receipt(name, T0 + 31 * H, missing={"a": empty[:1]})  # the second is revealed
    assert book.standing(T0 + 31 * H).void["a"] == tuple(empty)


def test_7_a_receipt_logged_late_on_purpose_moves_no_final_verdict() -> None:
    book = three()
    base = book.report("a", T0)
    hours(book, 1, 5)
    book.say("toy.notice", "a", T0 + 30 * H, thread=base)
    hours(book, 31, 60, ("a", "b"))
    before = book.cut()
    settled = verdict(book.standing(T0 + 60 * H, before), "notify", "a")
    book.receipt("n", T0 + 6 * H)  # n logs at last that it had held everything at once
    assert settled == verdict(book.standing(T0 + 60 * H), "notify", "a") == "missed"


def test_8_one_silent_party_neither_stalls_the_others_nor_flips_them_later() -> None:
    book = three()
    base = book.report("a", T0)
    hours(book, 1, 5, ("a", "b"))
    book.say("toy.notice", "a", T0 + 6 * H, thread=base)
    hours(book, 7, 40, ("a", "b"))
    assert verdict(book.standing(T0 + 40 * H), "notify", "a") == "kept"
    book.receipt("n", T0 + 39 * H)  # speaks at last, of a time when all was late
    assert verdict(book.standing(T0 + 40 * H), "notify", "a") == "kept"


def test_9_forking_before_ones_own_trigger_does_not_erase_the_duty() -> None:
    """The duty is shown as forked once two signed roots are logged; what was settled stays settled."""
    book = three()
    first = book.report("a", T0)
    hours(book, 1, 5)
    book.say("toy.notice", "a", T0 + 6 * H, thread=first)
    hours(book, 7, 11)
    second = book.report("a", T0 + 12 * H)
    hours(book, 13, 17)
    size = len(book.logs["a"])
    roots = (book.trees["a"].root(size).hex(), "ab" * 32)
    book.say("accord.fork", "b", T0 + 17 * H, **fork_fields("a", size, roots))
    book.receipt("b", T0 + 18 * H)
    book.receipt("n", T0 + 18 * H, heads={"a": Seen(size, roots[1])})  # n is on the other branch
    for hour in range(22, 60, 4):
        book.receipt("b", T0 + hour * H)
        book.receipt("n", T0 + hour * H, heads={"a": Seen(size, roots[1])})
    result = book.standing(T0 + 60 * H)
    assert result.forked == ("a",)
    assert result.stopped["n"] == {"a": "fork"}
    assert verdict(result, "notify", "a", first) == "kept"
    assert verdict(result, "notify", "a", second) == "forked"


def test_10_late_evidence_reorders_nothing() -> None:
    """Two duties of one party are judged alike whichever evidence comes first: they have no order."""
    book = three()
    one_base = book.report("a", T0)
    other = book.report("a", T0 + H)
    hours(book, 2, 6, ("a", "b"))
    book.say("toy.notice", "a", T0 + 6 * H, thread=other)
    book.say("toy.notice", "a", T0 + 6 * H, thread=one_base)
    hours(book, 7, 40, ("a", "b"))
    before = book.standing(T0 + 40 * H)
    book.receipt("n", T0 + 2 * H, sizes={"a": 1})
    book.receipt("n", T0 + 30 * H)
    after = book.standing(T0 + 40 * H)
    assert [d.verdict for d in before.duties] == [d.verdict for d in after.duties] == ["kept", "kept"]


def test_11_a_debtor_does_not_veto_its_duty_by_not_taking_the_base() -> None:
    book = Book(Toy(THREE, tempo(1), ((ACK,),)))
    base = book.report("a", T0)
    for hour in range(1, 60, 4):
        book.receipt("a", T0 + hour * H)
        book.receipt("b", T0 + hour * H, missing={"a": [0]})  # b is the debtor, and says it never got it
        book.receipt("n", T0 + hour * H)
    assert verdict(book.standing(T0 + 60 * H), "acknowledge", "b", base) == "missed"


def test_11_nor_does_a_debtor_bring_about_the_base_by_its_word_alone() -> None:
    book = Book(Toy(THREE, tempo(1), ((ACK,),)))
    base = book.report("a", T0)
    for hour in range(1, 60, 4):
        book.receipt("a", T0 + hour * H)
        book.receipt("b", T0 + hour * H)
        book.receipt("n", T0 + hour * H, missing={"a": [0]})
    result = book.standing(T0 + 60 * H)
    assert verdict(result, "acknowledge", "b", base) == ""
    assert verdict(result, "acknowledge", "n", base) == "missed"


def test_12_a_record_between_two_periods_performs_the_one_it_names() -> None:
    book = Book(Toy(THREE, tempo(1), ((DAILY,),), (10 * DAY,)))
    edge = 11 * DAY
    book.all_receipts(edge - H)
    book.say("toy.nil", "a", edge + H, period=10 * DAY)
    for hour in range(2, 60, 4):
        book.all_receipts(edge + hour * H)
    result = book.standing(edge + 60 * H)
    by_start = {d.start: d.verdict for d in result.duties if d.debtor == "a"}
    assert by_start[10 * DAY] == "kept"
    assert by_start[11 * DAY] == "missed"


def test_13_a_debtor_that_dates_its_own_record_ahead_postpones_nothing() -> None:
    """STANDING.md let `own` bound the base in full: the term then ended ten years later (ADR 0041)."""
    book = three()
    book.report("a", T0 + 87_600 * H)
    hours(book, 1, 60, ("b", "n"))
    duty = one(book.standing(T0 + 60 * H), "notify", "a")
    assert duty is not None
    assert duty.due == (T0 + 9 * H, T0 + 9 * H)
    assert (duty.verdict, duty.overdue) == ("missed", True)


def test_14_a_body_handed_over_at_the_edge_of_t_lets_no_single_clock_set_the_base() -> None:
    """Some hold just in time, some just too late; a liar's 2036 is not the second smallest (ADR 0042)."""
    book = five()
    book.report("a", T0)
    for name in ("b", "c", "d"):
        book.receipt(name, T0 + H, missing={"a": [0]})
    book.receipt("b", T0 + 9 * H)  # T after it saw the leaf: in time
    book.receipt("n", T0 + 87_600 * H)  # the author's accomplice holds it, in ten years
    for hour in range(10, 70, 4):
        for name in ("b", "c", "d"):
            book.receipt(name, T0 + hour * H)
    duty = one(book.standing(T0 + 70 * H), "notify", "a")
    assert duty is not None
    assert duty.due[1] <= T0 + 9 * H + 8 * H + 7 * H
    assert duty.verdict == "missed"


def test_15_a_false_root_in_a_receipt_is_no_proof_of_a_fork() -> None:
    """Anyone can write one; STANDING.md showed the victim's duties as forked (ADR 0043)."""
    book = three()
    base = book.report("a", T0)
    book.receipt("n", T0 + H, heads={"a": Seen(1, "ab" * 32)})
    hours(book, 1, 5, ("a", "b"))
    book.say("toy.notice", "a", T0 + 6 * H, thread=base)
    hours(book, 7, 40, ("a", "b"))
    result = book.standing(T0 + 40 * H)
    assert result.forked == ()
    assert result.stopped["n"] == {"a": "fork"}
    assert verdict(result, "notify", "a") == "kept"


def test_15_a_proof_of_a_fork_whose_signatures_are_not_genuine_proves_nothing() -> None:
    book = three()
    book.report("a", T0)
    fields = fork_fields("a", 1, ("aa" * 32, "bb" * 32))
    fields["one"]["sig"] = fields["other"]["sig"]
    book.say("accord.fork", "b", T0 + H, **fields)
    hours(book, 2, 10)
    assert book.standing(T0 + 10 * H).forked == ()


def test_16_a_record_that_does_not_stand_shields_nobody_from_missed() -> None:
    """`every leaf not standing` held *missed* up for ever: a debtor logged junk in time (ADR 0044)."""
    book = three()
    base = book.report("a", T0)
    book.say("toy.notice", "a", T0 + H, thread=base, junk=True)
    hours(book, 2, 60)
    result = book.standing(T0 + 60 * H)
    assert [r.codes for r in result.refused] == [("junk",)]
    assert verdict(result, "notify", "a") == "missed"


def test_16_a_record_that_names_what_never_was_shields_nobody_either() -> None:
    book = three()
    base = book.report("a", T0)
    book.say("toy.notice", "a", T0 + H, thread=base, names=["00" * 32])
    hours(book, 2, 60)
    result = book.standing(T0 + 60 * H)
    assert [r.codes for r in result.refused] == [("names-what-was-not-there",)]
    assert verdict(result, "notify", "a") == "missed"


def test_16_what_was_named_before_it_was_there_does_not_count_when_it_comes() -> None:
    """Refused at a small cut is refused at every larger one, though the name is in a log by then."""
    book = three()
    base = book.report("n", T0)
    later = make("toy.report", "a", T0 + 60 * H, 999, serious=True)
    book.say("toy.notice", "n", T0 + H, thread=base, names=[record_id(later)])
    hours(book, 2, 60)
    before = book.standing(T0 + 60 * H)
    book.log("a", later)
    hours(book, 61, 90)
    after = book.standing(T0 + 90 * H)
    assert before.refused == after.refused
    assert verdict(before, "notify", "n") == verdict(after, "notify", "n", base) == "missed"


def test_17_a_key_revoked_by_an_empty_leaf_takes_back_nothing_that_was_final() -> None:
    """A log is read in order: behind a leaf whose body is withheld nothing stands yet (ADR 0045)."""
    toy = Toy(THREE, tempo(1), ONLY_NOTIFY, first_keys={"a": frozenset({"old"})})
    book = Book(toy)
    base = book.report("a", T0, key="old")
    hours(book, 1, 5)
    book.say("accord.key-change", "a", T0 + 5 * H, keys=["new"], key="old")
    hidden = len(book.logs["a"]) - 1
    book.say("toy.notice", "a", T0 + 6 * H, thread=base, key="old")
    for name in ("b", "n"):
        book.receipt(name, T0 + 7 * H, missing={"a": [hidden]})
    early = verdict(book.standing(T0 + 7 * H), "notify", "a")
    hours(book, 11, 60)  # the body is revealed within T: the notice was signed by a revoked key
    result = book.standing(T0 + 60 * H)
    assert early == "owed"
    assert [r.codes for r in result.refused] == [("key-not-valid-here",)]
    assert verdict(result, "notify", "a") == "missed"


def test_18_an_author_that_dates_ahead_does_not_void_the_honest_answer() -> None:
    """What was there is for its witnesses to say; two parties, where nothing else caps its author's clock."""
    book = Book(Toy(("a", "b"), tempo(1), ((ACK,),)))
    base = book.report("a", T0 + 900 * H)
    book.receipt("b", T0 + H)
    book.say("toy.ack", "b", T0 + 2 * H, thread=base)
    for hour in range(3, 60, 4):
        book.receipt("a", T0 + (900 + hour) * H)
        book.receipt("b", T0 + hour * H)
    result = book.standing(T0 + 60 * H)
    assert result.refused == ()
    assert verdict(result, "acknowledge", "b") != "missed"


def test_19_time_constants_that_assume_no_fault_are_refused() -> None:
    """With k = 0 no holder would be needed, and a body could count that nobody ever saw."""
    with pytest.raises(Malformed) as refused:
        Book(Toy(THREE, tempo(0))).standing(T0)
    assert refused.value.step == "tempo.1"
