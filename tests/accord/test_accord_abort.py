"""One officer aborts an act, for good; and what is approved waits for the time to read."""

import json

import msgspec
import pytest
from test_accord_preview import BOTH, act
from treaty import AT, Party, party

from detente.accord import abort, approval
from detente.accord.abort import AbortAct
from detente.accord.approval import Course
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE, Envelope
from detente.trust.errors import DetenteError, Malformed, NotValidThen, WrongContext, WrongKey

US = party("us")
NAME = approval.act_id(act())
GENESIS = act().accord.genesis


def stop(**changes: object) -> AbortAct:
    made = AbortAct(
        v=1,
        act="accord.abort",
        genesis=GENESIS,
        domain="live",
        party="us",
        aborts=NAME,
        reason="doubt",
    )
    return msgspec.structs.replace(made, **changes)


def by(who: Party, made: AbortAct, *holders: str) -> Envelope:
    return envelope.sign(ACT_TYPE, abort.dump(made), who.held(*holders))


def approved(at: int, course: Course | None) -> approval.ReleaseAct:
    signed = envelope.sign(ACT_TYPE, approval.dump(act()), US.held(*BOTH))
    return approval.verify(signed, US.charter(), at, course=course)


def test_one_officer_alone_aborts_where_two_have_to_approve() -> None:
    assert US.charter().roles["officer"].threshold == 2
    assert abort.verify(by(US, stop(), "officer-3"), US.charter(), AT, genesis=GENESIS) == stop()


def test_others_officers_and_the_nodes_own_keys_abort_nothing() -> None:
    node = envelope.sign(ACT_TYPE, abort.dump(stop()), US.held("node", role="record"))
    for signed in (by(party("cn"), stop(), *BOTH), node):
        with pytest.raises(WrongKey, match=r"charter\.10"):
            abort.verify(signed, US.charter(), AT, genesis=GENESIS)


def test_half_of_an_officers_keys_abort_nothing() -> None:
    """An officer of `nist-1` signs with both algorithms, or not at all."""
    half = envelope.sign(ACT_TYPE, abort.dump(stop()), US.held("officer-1")[:1])
    with pytest.raises(DetenteError, match=r"charter\.12"):
        abort.verify(half, US.charter(), AT, genesis=GENESIS)


def test_a_revoked_officer_aborts_nothing() -> None:
    revoked = frozenset(key.public.keyid for key in US.held("officer-1"))
    with pytest.raises(NotValidThen, match=r"charter\.11"):
        abort.verify(by(US, stop(), "officer-1"), US.charter(), AT, revoked, genesis=GENESIS)


@pytest.mark.parametrize("change", [{"party": "cn"}, {"domain": "exercise"}, {"genesis": "0" * 64}])
def test_an_abort_for_another_party_domain_or_accord_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(WrongContext, match=r"abort\.2"):
        abort.verify(by(US, stop(**change), "officer-1"), US.charter(), AT, genesis=GENESIS)


@pytest.mark.parametrize("change", [{"act": "accord.release"}, {"v": 2}, {"reason": "spite"}, {"at": 1}])
def test_what_is_no_abort_is_refused(change: dict[str, object]) -> None:
    bent = json.dumps(json.loads(abort.dump(stop())) | change, sort_keys=True, separators=(",", ":"))
    signed = envelope.sign(ACT_TYPE, bent.encode(), US.held("officer-1"))
    with pytest.raises(Malformed, match=r"abort\.1"):
        abort.verify(signed, US.charter(), AT, genesis=GENESIS)


def test_an_approval_counts_from_the_very_millisecond_at_which_it_could_be_read() -> None:
    course = Course(AT + 100, 300)
    with pytest.raises(NotValidThen, match=rf"from {AT + 400} on.*approval\.5"):
        approved(AT + 399, course)
    assert approved(AT + 400, course) == act()
    with pytest.raises(NotValidThen, match=r"approval\.3"):
        approved(AT + 1000, course)


def test_an_aborted_act_counts_at_no_time() -> None:
    for at in (AT, AT + 500, AT + 1000):
        with pytest.raises(NotValidThen, match=r"approval\.6"):
            approved(at, Course(AT, aborted=True))
