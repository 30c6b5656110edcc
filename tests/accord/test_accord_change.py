"""More time, a duty let go, a party that leaves: what each does to standing, and what it cannot."""

import pytest
from toy import ACK, DAY, NOTIFY, TEMPO, Book, H, Toy

from detente.accord.duty import DutySpec
from detente.accord.standing import Duty

PARTIES = ("a", "b", "n")
GAMMA = TEMPO.tolerance
DUE = 18 * H
"""The term of a notice about a report of 10 o'clock."""


def _book(*specs: DutySpec, **more: frozenset[str]) -> tuple[Book, str]:
    book = Book(Toy(PARTIES, versions=(specs or (NOTIFY,),), **more))
    return book, book.report("a", at=10 * H)


def _found(book: Book, as_of: int, debtor: str = "a", spec: str = "notify") -> Duty:
    return next(d for d in book.standing(as_of).duties if (d.spec, d.debtor) == (spec, debtor))


def _relief(book: Book, base: str, until: int, at: int) -> str:
    return book.say("accord.relieve", "a", at, change=["relief", f"1:notify:{base}", until])


def _pass(book: Book, first: int, last: int) -> None:
    for at in range(first, last, 4 * H):
        book.all_receipts(at)


def test_more_time_that_is_logged_in_time_moves_the_term() -> None:
    book, base = _book()
    _relief(book, base, 40 * H, at=12 * H)
    _pass(book, 13 * H, 35 * H)
    assert _found(book, 36 * H).due == (40 * H, 40 * H)
    assert _found(book, 36 * H).verdict == "owed"
    book.say("toy.notice", "a", 38 * H, thread=base)
    _pass(book, 38 * H + 1, 80 * H)
    assert _found(book, 80 * H).verdict == "kept"


def test_a_moved_term_that_passes_is_missed_all_the_same() -> None:
    book, base = _book()
    _relief(book, base, 40 * H, at=12 * H)
    _pass(book, 13 * H, 41 * H + 2 * GAMMA)
    found = _found(book, 90 * H)
    assert (found.verdict, found.due) == ("missed", (40 * H, 40 * H))


def test_more_time_that_comes_when_the_term_is_over_changes_nothing_that_was_missed() -> None:
    book, base = _book()
    _pass(book, 11 * H, DUE + 2 * GAMMA)
    before = _found(book, 60 * H)
    assert before.verdict == "missed"
    _relief(book, base, 90 * H, at=60 * H)
    _pass(book, 60 * H + 1, 70 * H)
    assert _found(book, 70 * H).verdict == "missed"


def test_while_more_time_may_have_come_in_time_nobody_has_missed_anything() -> None:
    book, base = _book()
    book.all_receipts(11 * H)
    _relief(book, base, 40 * H, at=12 * H)
    for at in range(13 * H, DUE + 2 * GAMMA, 4 * H):
        book.receipt("a", at)  # nobody else has said yet that it holds the relief
    assert _found(book, DUE + 2 * GAMMA).verdict != "missed"


def test_more_time_is_given_again_before_the_moved_term_is_over() -> None:
    book, base = _book()
    _relief(book, base, 30 * H, at=12 * H)
    _relief(book, base, 50 * H, at=29 * H)
    _pass(book, 12 * H + 1, 45 * H)
    assert _found(book, 46 * H).due == (50 * H, 50 * H)


def test_what_all_let_go_in_time_is_excused_and_what_is_let_go_late_is_missed() -> None:
    book, base = _book()
    _relief(book, base, 0, at=12 * H)
    _pass(book, 13 * H, DUE + 2 * GAMMA)
    assert _found(book, 60 * H).verdict == "excused"
    late, base = _book()
    _pass(late, 11 * H, DUE + 2 * GAMMA)
    _relief(late, base, 0, at=60 * H)
    _pass(late, 60 * H + 1, 70 * H)
    assert _found(late, 70 * H).verdict == "missed"


def test_more_time_for_one_duty_is_none_for_another() -> None:
    book, base = _book(NOTIFY, ACK)
    book.say("accord.relieve", "a", 12 * H, change=["relief", f"1:acknowledge:{base}", 40 * H])
    _pass(book, 13 * H, DUE + 2 * GAMMA)
    assert _found(book, 60 * H).verdict == "missed"


# --- leaving -----------------------------------------------------------------------------------------------

DAILY = DutySpec("daily", "toy", ("toy.nil",), within=8 * H, every="P1D")


def _leave(book: Book, at: int = 11 * H, effective: int = 3 * DAY) -> str:
    return book.say("accord.withdraw", "a", at, change=["leave", effective, effective + DAY])


def test_what_arises_before_the_day_of_leaving_is_owed_and_what_would_arise_after_is_not() -> None:
    book, _ = _book(DAILY)
    _leave(book)
    _pass(book, 12 * H, 6 * DAY)
    rows = {d.start // DAY: d.verdict for d in book.standing(6 * DAY).duties if d.debtor == "a" and d.start}
    assert rows == {1: "missed", 2: "missed"}
    others = {d.start // DAY for d in book.standing(6 * DAY).duties if d.debtor == "b" and d.spec == "daily"}
    assert others >= {1, 2, 3, 4}


def test_a_duty_that_survives_goes_on_arising() -> None:
    book, _ = _book(DAILY, surviving=frozenset({"daily"}))
    _leave(book)
    _pass(book, 12 * H, 6 * DAY)
    starts = {d.start // DAY for d in book.standing(6 * DAY).duties if d.debtor == "a" and d.spec == "daily"}
    assert starts >= {1, 2, 3, 4}


def test_nothing_arises_from_what_others_report_after_a_party_left() -> None:
    book, _ = _book(ACK)
    _leave(book)
    _pass(book, 12 * H, 2 * DAY)
    early = book.report("b", at=2 * DAY)
    _pass(book, 2 * DAY + 1, 4 * DAY)
    late = book.report("b", at=4 * DAY)
    _pass(book, 4 * DAY + 1, 6 * DAY)
    owed = {d.base for d in book.standing(6 * DAY).duties if d.debtor == "a"}
    assert early in owed
    assert late not in owed


def test_a_withdrawal_that_was_written_back_in_time_ends_nothing_that_arose_before_others_held_it() -> None:
    book, _ = _book(DAILY)
    _leave(book, effective=DAY)
    for at in range(12 * H, 4 * DAY, 4 * H):
        for party in ("b", "n"):
            book.receipt(party, at, {"a": 1, "b": len(book.logs["b"]), "n": len(book.logs["n"])})
    book.all_receipts(4 * DAY)
    _pass(book, 4 * DAY + 1, 7 * DAY)
    rows = {d.start // DAY: d.verdict for d in book.standing(7 * DAY).duties if d.debtor == "a" and d.start}
    assert set(rows) >= {1, 2, 3}
    assert 5 not in rows


def test_everybody_owes_it_to_finish_with_a_party_that_left() -> None:
    book, _ = _book()
    name = _leave(book)
    _pass(book, 12 * H, 3 * DAY)
    book.say("accord.finish", "b", 3 * DAY, names=[name], change=["finish", "a"])
    _pass(book, 3 * DAY + 1, 6 * DAY)
    rows = {d.debtor: d.verdict for d in book.standing(6 * DAY).duties if d.spec == "accord.finish"}
    assert rows == {"a": "missed", "b": "kept", "n": "missed"}


def test_what_officers_have_to_sign_and_did_not_does_not_stand() -> None:
    book, base = _book()
    book.say("accord.withdraw", "a", 11 * H, change=["leave", 0, DAY], forged=True)
    _pass(book, 12 * H, 40 * H)
    standing = book.standing(40 * H)
    assert [(one.party, one.codes) for one in standing.refused] == [("a", ("not-by-officers",))]
    assert _found(book, 40 * H).base == base


@pytest.mark.parametrize("step", [1, 2, 3])
def test_what_was_final_stays_final_while_reliefs_and_a_withdrawal_arrive(step: int) -> None:
    book, base = _book(NOTIFY, ACK, DAILY)
    _relief(book, base, 30 * H, at=12 * H)
    _leave(book, at=13 * H, effective=2 * DAY)
    _pass(book, 13 * H + 1, 2 * DAY)
    book.report("b", at=2 * DAY + step)
    _pass(book, 2 * DAY + 5, 5 * DAY)
    final: dict[tuple[object, ...], str] = {}
    for size in range(2, max(map(len, book.logs.values())) + 1, step):
        cut = book.cut(**{party: min(size, len(log)) for party, log in book.logs.items()})
        now = {d.key: d.verdict for d in book.standing(9 * DAY, cut).duties}
        for key, verdict in final.items():
            assert now.get(key) == verdict
        final |= {key: verdict for key, verdict in now.items() if verdict in ("kept", "missed")}
    assert "missed" in final.values()
