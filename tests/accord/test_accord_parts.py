"""A duty towards one party, in parts: what goes to somebody else, or is something else, performs nothing."""

import msgspec
import pytest
from toy import Book, H, Toy, tempo, verdict
from treaty import agreed, data, report, toy

from detente.accord import terms
from detente.accord.document import from_source
from detente.accord.duty import DutySpec, Part
from detente.accord.fold import Fold
from detente.accord.source import Source
from detente.trust.record import AccordRef, record_id

FOUR = ("a", "b", "c", "n")
T0 = 100 * H
END = T0 + 60 * H
TO_B, TO_C = (
    DutySpec(
        f"tell@{to}",
        "toy",
        ("toy.release",),
        on="toy.report",
        within=8 * H,
        excuse=("toy.cannot",),
        to=to,
        parts=("x", "y"),
    )
    for to in ("b", "c")
)


class Towards(Toy, frozen=True):
    """Terms in which an author owes its report's values to b and to c."""

    def owes(self, spec: DutySpec, record: object, facts: object) -> tuple[str, ...]:
        del record, facts
        return ("a",) if spec.to != "a" else ()


def told(*said: tuple[str, int, str, tuple[str, ...]]) -> Book:
    """A report of a's, and what a said after it: kind, hour, to whom, which parts."""
    book = Book(Towards(FOUR, tempo(1), ((TO_B, TO_C),)))
    base = book.report("a", T0)
    for hour in range(1, 60, 4):
        book.all_receipts(T0 + hour * H)
        for kind, at, to, parts in said:
            if hour <= at < hour + 4:
                book.say(kind, "a", T0 + at * H, thread=base, to=to, parts=list(parts))
    return book


def verdicts(book: Book) -> tuple[str, str]:
    standing = book.standing(END)
    return verdict(standing, "tell@b", "a"), verdict(standing, "tell@c", "a")


WHOLE = ("x", "y")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("toy.release", 2, "b", WHOLE)], ("kept", "missed")),
        ([("toy.release", 2, "n", WHOLE)], ("missed", "missed")),
        ([("toy.release", 2, "b", ("x",))], ("missed", "missed")),
        ([("toy.release", 2, "b", ("x",)), ("toy.release", 3, "c", ("y",))], ("missed", "missed")),
        ([("toy.release", 2, "b", ("x",)), ("toy.release", 5, "b", ("y",))], ("kept", "missed")),
        ([("toy.release", 2, "b", ("x",)), ("toy.release", 40, "b", ("y",))], ("missed", "missed")),
        ([("toy.release", 2, "b", ("x",)), ("toy.cannot", 2, "", ("y",))], ("excused", "missed")),
        ([("toy.cannot", 2, "", WHOLE)], ("excused", "excused")),
        ([("toy.cannot", 2, "", ())], ("missed", "missed")),
        ([("toy.cannot", 40, "", WHOLE)], ("missed", "missed")),
    ],
)
def test_a_release_performs_the_duty_towards_its_party_alone_and_only_when_all_its_parts_have_gone(
    said: list[tuple[str, int, str, tuple[str, ...]]], expected: tuple[str, str]
) -> None:
    assert verdicts(told(*said)) == expected


def test_a_part_that_comes_late_clears_overdue_and_the_miss_stays() -> None:
    book = told(("toy.release", 2, "b", ("x",)), ("toy.release", 40, "b", ("y",)))
    duty = next(one for one in book.standing(END).duties if one.spec == "tell@b")
    assert (duty.verdict, duty.overdue) == ("missed", False)
    assert book.bodies[duty.by].open["parts"] == ["y"]
    early = next(one for one in told(("toy.release", 2, "b", ("x",))).standing(END).duties)
    assert (early.verdict, early.overdue, early.by) == ("missed", True, "")


def test_a_duty_in_parts_is_the_same_batch_incremental_and_from_a_snapshot() -> None:
    book = told(
        ("toy.release", 2, "b", ("x",)), ("toy.cannot", 3, "", ("y",)), ("toy.release", 9, "b", ("y",))
    )
    fold = Fold(book.toy, book.bodies)
    for place in range(max(map(len, book.logs.values()))):
        for party, leaves in book.logs.items():
            if place < len(leaves):
                fold.append(party, leaves[place])
        fold = Fold.load(fold.dump(), book.toy, book.bodies)
    assert fold.at(END).dump() == book.standing(END).dump()


def test_a_grant_with_a_term_is_owed_to_each_party_that_it_speaks_of() -> None:
    """`to: peer` with two peers beside the author: two duties, and neither is the other's."""
    plain = data()
    plain["release"] = [
        {"id": "lesson", "kind": "toy.report", "fields": ["pattern"], "to": "peer", "within": "P1D"}
    ]
    plain["duties"] = []
    plain["withdrawal"]["surviving"] = []
    plain["parties"]["hub"]["roles"] = []
    plain["dispute"]["then"] = None
    many = terms.build([from_source(Source(plain, {}))], [toy()], [])
    record = msgspec.structs.replace(report(), accord=AccordRef(many.genesis, 1))
    facts = many.judge(record, {}).facts
    assert {one.id: many.owes(one, record, facts) for one in many.duties(1)} == {
        "lesson@cn": ("us",),
        "lesson@hub": ("us",),
        "lesson@us": (),
    }


def test_a_release_is_read_as_its_paths_towards_its_party() -> None:
    opened = {
        "record": record_id(report()),
        "to": "cn",
        "paths": ["pattern", "story"],
        "clauses": ["all-to-hub"],
        "basis": "treaty",
        "classification": "public",
        "blob": "5d" * 32,
        "bytes": 1,
        "cut": [f"cn/17/{'5d' * 32}"],
        "as_of": 1,
        "standing": "5d" * 32,
        "approval": None,
    }
    release = msgspec.structs.replace(report(), kind="accord.release", open=opened, sealed={})
    assert agreed().parts(release) == (Part("cn", "pattern"), Part("cn", "story"))
    silent = {"of": record_id(report()), "legal_basis": "privacy_law", "withheld": ["story"]}
    cannot = msgspec.structs.replace(report(), kind="toy.cannot", open=silent, sealed={})
    assert agreed().parts(cannot) == (Part("", "story"),)
    assert agreed().parts(report()) == ()
