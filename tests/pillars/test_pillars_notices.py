"""What the pillar `notices` says beyond its examples."""

import hashlib
import json

import msgspec

from detente.accord.pillar import Grounds, Statement
from detente.pillars.notices.kinds import Acknowledge, CannotLawfullySend, Lift, Notice, NoticeFacts, Pause
from detente.pillars.notices.rules import judge, tally

GROUNDS = Grounds(parties={"us": frozenset(), "cn": frozenset()}, laboratories={}, scales={})
AT = 1_795_000_000_000
OPERATIVE = Notice(
    template="event",
    precedence="flash",
    about=None,
    subject="loss_of_control",
    level=None,
    ongoing=None,
    internal_use=None,
    seen_at=None,
    actions=("contained", "investigating"),
    wish="read_back",
    respond_by=None,
    tlp="red",
)
NOTICE = Statement("a" * 64, "notices.notice", "cn", AT, None, OPERATIVE)


def acknowledge(digest: str, name: str = "b") -> Statement:
    stated = Acknowledge(of=NOTICE.id, read_back=digest)
    return Statement(name * 64, "notices.acknowledge", "us", AT + 1, NOTICE.id, stated)


def read_back(kind: str = "notices.notice", **changed: object) -> str:
    """As a stranger would compute it from the protocol page."""
    plain = {name: getattr(OPERATIVE, name) for name in OPERATIVE.__struct_fields__}
    said = {"kind": kind, "open": {**plain, **changed}}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_a_stranger_computes_the_same_read_back() -> None:
    assert judge(acknowledge(read_back()), {NOTICE.id: NOTICE}, GROUNDS).stands


def test_every_operative_field_is_under_the_read_back() -> None:
    for name in OPERATIVE.__struct_fields__:
        wrong = acknowledge(read_back(**{name: "another"}))
        refusals = judge(wrong, {NOTICE.id: NOTICE}, GROUNDS).refusals
        assert [refusal.code for refusal in refusals] == ["read-back-differs"], name


def test_the_read_back_of_another_kind_is_another() -> None:
    assert not judge(acknowledge(read_back("notices.query")), {NOTICE.id: NOTICE}, GROUNDS).stands


def test_a_notice_about_what_was_certified_says_so_and_one_about_anything_else_does_not() -> None:
    said = {}
    for kind in ("assurance.card", "assurance.statement", "assurance.certificate", "incidents.report"):
        named = Statement("f" * 64, kind, "us", AT, None, OPERATIVE)
        about = msgspec.structs.replace(OPERATIVE, about=named.id)
        facts = judge(msgspec.structs.replace(NOTICE, open=about), {named.id: named}, GROUNDS).facts
        said[kind] = isinstance(facts, NoticeFacts) and facts.assured
    assert said == dict.fromkeys(said, True) | {"incidents.report": False}
    assert judge(NOTICE, {}, GROUNDS).facts.assured is False  # type: ignore[attr-defined] (facts of a notice)


def test_acknowledging_twice_counts_once() -> None:
    twice = (NOTICE, acknowledge(read_back()), acknowledge(read_back(), "c"))
    assert all(judge(one, {NOTICE.id: NOTICE}, GROUNDS).stands for one in twice)
    assert tally(twice, GROUNDS)["acknowledge"] == 1


def test_what_cannot_lawfully_be_sent_is_counted_by_its_basis() -> None:
    stated = CannotLawfullySend(of="d" * 64, legal_basis="privacy_law", withheld=("affected",))
    alone = Statement("e" * 64, "notices.cannot-lawfully-send", "us", AT, None, stated)
    assert judge(alone, {}, GROUNDS).stands
    assert tally((alone,), GROUNDS)["legal_basis.privacy_law"] == 1


def pause(party: str, binds: str, name: str = "c") -> Statement:
    stated = Pause(
        binds=binds,
        about=None,
        activity="agents_with_tools",
        grounds="precaution",
        until=AT + 86_400_000,
        precedence="flash",
        respond_by=None,
    )
    return Statement(name * 64, "notices.pause", party, AT, None, stated)


def test_a_pause_is_lifted_in_its_own_thread_alone() -> None:
    own = pause("cn", "cn")
    for thread, refusals in ((own.id, []), ("f" * 64, ["not-in-this-thread"])):
        lift = Statement("d" * 64, "notices.lift", "cn", AT + 1, thread, Lift(of=own.id, because="resolved"))
        judged = judge(lift, {own.id: own}, GROUNDS)
        assert [refusal.code for refusal in judged.refusals] == refusals


def test_a_request_for_a_pause_names_who_owes_an_answer_and_an_own_pause_is_no_request() -> None:
    asked, own = (judge(pause("us", binds), {}, GROUNDS).facts for binds in ("cn", "us"))
    assert (getattr(asked, "to", ""), getattr(asked, "requested", None)) == ("cn", True)
    assert (getattr(own, "to", ""), getattr(own, "requested", None)) == ("us", False)


def test_requested_pauses_are_counted_among_all() -> None:
    counted = tally((pause("us", "us"), pause("us", "cn"), pause("cn", "cn", "e")), GROUNDS)
    assert (counted["pause"], counted["requested"]) == (3, 1)
