"""What leaves is exactly what the preview shows; what officers approve is exactly one act."""

import json

import msgspec
import pytest
from test_accord_gate import ask
from treaty import AT, Party, agreed, disclosures, party, report

from detente.accord import approval, content
from detente.accord.approval import ReleaseAct
from detente.accord.preview import dry_run
from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import (
    BadOpening,
    BelowThreshold,
    Malformed,
    NotValidThen,
    WrongContext,
    WrongKey,
)
from detente.trust.record import AccordRef, record_id

ENCODED = {path: one.encoded for path, one in disclosures().items()}
BOTH = ("officer-1", "officer-2")


def test_a_preview_holds_for_each_audience_exactly_the_bytes_that_would_leave() -> None:
    shown = dry_run([ask(), ask("hub", approved=frozenset())], ENCODED, agreed())
    assert set(shown) == {"cn", "hub"}
    assert shown["cn"].content == content.dump(report(), "cn", {"pattern": ENCODED["pattern"]})
    assert shown["hub"].content == content.dump(
        report(), "hub", {path: ENCODED[path] for path in ("pattern", "story")}
    )


def test_a_preview_without_approval_is_empty_and_says_why() -> None:
    shown = dry_run([ask(approved=frozenset())], ENCODED, agreed())["cn"]
    assert shown.content == b""
    assert "gate.15" in {denial.step for denial in shown.decision.denials}


def test_what_is_not_granted_is_nowhere_in_the_bytes() -> None:
    for shown in dry_run([ask(), ask("hub")], ENCODED, agreed()).values():
        assert ENCODED["secret"] not in shown.content.decode()


def test_the_recipient_opens_what_was_sent_and_nothing_else() -> None:
    sent = content.dump(report(), "cn", {"pattern": ENCODED["pattern"]})
    assert content.parse(sent, report(), "cn") == {"pattern": "look for this"}
    with pytest.raises(Malformed, match=r"package\.2"):
        content.parse(sent, report(), "hub")
    with pytest.raises(Malformed, match=r"package\.2"):
        content.parse(sent, report(level=3), "cn")
    with pytest.raises(Malformed, match=r"package\.2"):
        content.parse(b"{}", report(), "cn")
    more = json.dumps(json.loads(sent) | {"x": 1}, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(Malformed, match=r"package\.2"):
        content.parse(more, report(), "cn")


def test_a_disclosure_under_another_path_or_of_another_record_is_not_packed() -> None:
    with pytest.raises(BadOpening, match=r"package\.1"):
        content.dump(report(), "cn", {"pattern": ENCODED["story"]})
    with pytest.raises(WrongContext, match=r"disclosure\.7"):
        content.dump(report("cn", to="us"), "us", {"pattern": ENCODED["pattern"]})


def act(**changes: object) -> ReleaseAct:
    made = ReleaseAct(
        v=1,
        act="accord.release",
        accord=AccordRef(agreed().genesis, 1),
        domain="live",
        party="us",
        record=record_id(report()),
        to="cn",
        paths=("pattern",),
        at=AT,
        expires=AT + 1000,
        nonce="0f" * 16,
    )
    return msgspec.structs.replace(made, **changes)


def _signed(made: ReleaseAct, by: Party, *holders: str) -> envelope.Envelope:
    return envelope.sign(ACT_TYPE, approval.dump(made), by.held(*holders))


US = party("us")


def test_two_officers_approve_one_release() -> None:
    assert approval.verify(_signed(act(), US, *BOTH), US.charter(), AT) == act()
    approval.check(act(), act(at=0, expires=0, nonce="1e" * 16))
    assert len(approval.act_id(act())) == 64


def test_one_officer_or_anothers_officers_do_not() -> None:
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        approval.verify(_signed(act(), US, "officer-1"), US.charter(), AT)
    with pytest.raises(WrongKey, match=r"charter\.10"):
        approval.verify(_signed(act(), party("cn"), *BOTH), US.charter(), AT)


def test_an_officer_whose_key_was_revoked_approves_nothing() -> None:
    revoked = US.held("officer-1")[0].public.keyid
    with pytest.raises(NotValidThen, match=r"charter\.11"):
        approval.verify(_signed(act(), US, *BOTH), US.charter(), AT, {revoked})
    three = _signed(act(), US, *BOTH, "officer-3")
    assert approval.verify(three, US.charter(), AT, {revoked}) == act()


@pytest.mark.parametrize("at", [AT - 1, AT + 1000])
def test_an_approval_counts_only_in_its_time(at: int) -> None:
    with pytest.raises(NotValidThen, match=r"approval\.3"):
        approval.verify(_signed(act(), US, *BOTH), US.charter(), at)


@pytest.mark.parametrize("change", [{"party": "cn"}, {"domain": "exercise"}])
def test_an_approval_for_another_party_or_domain_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(WrongContext, match=r"approval\.2"):
        approval.verify(_signed(act(**change), US, *BOTH), US.charter(), AT)


@pytest.mark.parametrize("change", [{"act": "accord.erase"}, {"v": 2}, {"paths": "pattern"}, {"unheard": 1}])
def test_what_is_no_act_of_release_is_refused(change: dict[str, object]) -> None:
    bent = json.dumps(json.loads(approval.dump(act())) | change, sort_keys=True, separators=(",", ":"))
    with pytest.raises(Malformed, match=r"approval\.1"):
        approval.verify(envelope.sign(ACT_TYPE, bent.encode(), US.held(*BOTH)), US.charter(), AT)


@pytest.mark.parametrize(
    "change",
    [
        {"accord": AccordRef("0" * 64, 1)},
        {"accord": AccordRef(agreed().genesis, 2)},
        {"domain": "exercise"},
        {"party": "cn"},
        {"record": "0" * 64},
        {"to": "hub"},
        {"paths": ("pattern", "story")},
    ],
)
def test_an_approval_of_a_slightly_different_act_approves_nothing(change: dict[str, object]) -> None:
    with pytest.raises(WrongContext, match=r"approval\.4"):
        approval.check(act(), act(**change))


def test_fewer_paths_than_were_approved_are_approved() -> None:
    approval.check(act(paths=("pattern", "story")), act(paths=("story",)))


def test_the_preview_is_of_the_same_form_as_the_package() -> None:
    assert json.loads(content.dump(report(), "cn", {}))["v"] == content.FORMAT
