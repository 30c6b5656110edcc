"""Keyrings: keys by log position; what was signed before binds, and what comes after is refused."""

import pytest
from founding import AT, Party, signed, with_key

from detente.trust import envelope
from detente.trust.envelope import ACT_TYPE
from detente.trust.errors import BelowThreshold, Malformed, NotValidThen, WrongContext, WrongKey
from detente.trust.key import PrivateKey
from detente.trust.keyring import Disavowal, Keyring
from detente.trust.suite import Role

OLD, NEW, STRANGER = Party(seed=1), Party(seed=2), Party(seed=3)
FIRST = OLD.charter()
SECOND = NEW.after(FIRST)
CHANGE = signed(SECOND, *OLD.held("officer-1", "officer-2"), *NEW.held("officer-1", "officer-2"))
FOUNDED = Keyring.found(FIRST)
OLD_KEY, NEW_KEY = OLD.held("node", role="record")[0].public, NEW.held("node", role="record")[0].public
CHANGED = FOUNDED.change(12, CHANGE, AT)


def test_the_first_charter_rules_from_the_first_entry() -> None:
    assert FOUNDED.keys("record", 0, AT) == FOUNDED.keys("record", 10**9, AT) == (OLD_KEY,)


def test_a_later_charter_founds_no_keyring() -> None:
    with pytest.raises(WrongContext, match=r"keyring\.1"):
        Keyring.found(SECOND)


def test_an_unsound_charter_founds_no_keyring() -> None:
    with pytest.raises(Malformed, match=r"charter\.2"):
        Keyring.found(OLD.charter(party="US"))


def test_the_entry_that_changes_the_keys_is_the_last_of_the_old() -> None:
    assert CHANGED.keys("record", 12, AT) == (OLD_KEY,)
    assert CHANGED.keys("record", 13, AT) == (NEW_KEY,)
    assert CHANGED.charter(12) == FIRST
    assert CHANGED.charter(13) == SECOND


def test_an_old_key_after_its_charter_and_a_new_key_before_it_are_not_valid_then() -> None:
    for key, position in ((OLD_KEY, 13), (NEW_KEY, 12)):
        with pytest.raises(NotValidThen, match=r"keyring\.9"):
            CHANGED.require("record", key.keyid, position, AT)
    assert CHANGED.require("record", OLD_KEY.keyid, 12, AT) == OLD_KEY


def test_a_key_of_another_role_is_named_as_such() -> None:
    log = OLD.held("node", role="log")[0].public
    with pytest.raises(WrongKey, match=r"keyring\.10"):
        FOUNDED.require("record", log.keyid, 0, AT)


def test_a_foreign_key_is_named_as_such() -> None:
    foreign = STRANGER.held("node", role="record")[0].public
    with pytest.raises(WrongKey, match=r"keyring\.11"):
        FOUNDED.require("record", foreign.keyid, 0, AT)


def test_revocation_looks_forward_only() -> None:
    revoked = FOUNDED.revoke(7, OLD_KEY.keyid)
    assert revoked.keys("record", 7, AT) == (OLD_KEY,)
    assert revoked.revoked(7) == frozenset()
    with pytest.raises(NotValidThen, match=r"keyring\.8"):
        revoked.keys("record", 8, AT)
    with pytest.raises(NotValidThen, match=r"keyring\.9"):
        revoked.require("record", OLD_KEY.keyid, 8, AT)
    assert FOUNDED.keys("record", 8, AT) == (OLD_KEY,)


@pytest.mark.parametrize("role", ["log", "witness"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_role_that_lacks_one_algorithm_of_its_suite_signs_nothing(role: Role, which: int) -> None:
    revoked = FOUNDED.revoke(7, FIRST.roles[role].keys[which])
    assert len(revoked.keys(role, 7, AT)) == 2
    with pytest.raises(NotValidThen, match=r"keyring\.8"):
        revoked.keys(role, 8, AT)


def test_a_key_that_is_not_in_force_cannot_be_revoked_nor_one_twice() -> None:
    with pytest.raises(WrongKey, match=r"keyring\.3"):
        FOUNDED.revoke(7, NEW_KEY.keyid)
    with pytest.raises(WrongKey, match=r"keyring\.4"):
        FOUNDED.revoke(7, OLD_KEY.keyid).revoke(8, OLD_KEY.keyid)


def test_a_key_once_revoked_never_returns_not_even_two_charters_later() -> None:
    ring = FOUNDED.revoke(7, OLD_KEY.keyid).change(12, CHANGE, AT)
    third = OLD.after(SECOND)
    back = signed(third, *NEW.held("officer-1", "officer-2"), *OLD.held("officer-1", "officer-2"))
    with pytest.raises(WrongKey, match=r"succession\.4"):
        ring.change(13, back, AT)
    assert CHANGED.change(13, back, AT).charter(14) == third


def test_a_revoked_officer_cannot_help_to_change_the_charter() -> None:
    ring = FOUNDED.revoke(7, OLD.held("officer-1")[0].public.keyid)
    with pytest.raises(NotValidThen, match=r"charter\.11"):
        ring.change(12, CHANGE, AT)


def test_acts_are_folded_in_the_order_of_the_log_each_once() -> None:
    ring = FOUNDED.revoke(7, OLD_KEY.keyid)
    for position in (6, 7):
        with pytest.raises(Malformed, match=r"keyring\.2"):
            ring.change(position, CHANGE, AT)
        with pytest.raises(Malformed, match=r"keyring\.2"):
            ring.revoke(position, OLD.held("officer-1")[0].public.keyid)
        with pytest.raises(Malformed, match=r"keyring\.2"):
            ring.disavow(position, OLD_KEY.keyid, 3, 5)


def test_the_same_change_twice_is_refused() -> None:
    with pytest.raises(WrongKey, match=r"charter\.10"):
        CHANGED.change(13, signed(SECOND, *OLD.held("officer-1", "officer-2")), AT)
    with pytest.raises(WrongContext, match=r"succession\.2"):
        CHANGED.change(13, CHANGE, AT)


def test_a_disavowal_is_shown_and_undoes_nothing() -> None:
    ring = FOUNDED.revoke(7, OLD_KEY.keyid).disavow(15, OLD_KEY.keyid, 3, 6)
    assert ring.disavowed(3, OLD_KEY.keyid) == (Disavowal(15, OLD_KEY.keyid, 3, 6),)
    assert ring.disavowed(7, OLD_KEY.keyid) == ring.disavowed(3, NEW_KEY.keyid) == ()
    assert ring.keys("record", 5, AT) == (OLD_KEY,)


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (5, 4), (3, 15), (15, 16)])
def test_only_a_past_range_is_disavowed(first: int, last: int) -> None:
    ring = FOUNDED.revoke(7, OLD_KEY.keyid)
    with pytest.raises(Malformed, match=r"keyring\.5"):
        ring.disavow(15, OLD_KEY.keyid, first, last)


def test_nobody_disavows_a_key_and_goes_on_using_it() -> None:
    with pytest.raises(WrongKey, match=r"keyring\.6"):
        FOUNDED.disavow(15, OLD_KEY.keyid, 3, 6)


def test_a_key_is_disavowed_only_where_it_was_in_force() -> None:
    with pytest.raises(WrongKey, match=r"keyring\.6"):
        CHANGED.disavow(15, OLD_KEY.keyid, 13, 14)
    with pytest.raises(WrongKey, match=r"keyring\.6"):
        CHANGED.disavow(15, STRANGER.held("node", role="record")[0].public.keyid, 3, 6)
    assert CHANGED.disavow(15, OLD_KEY.keyid, 10, 14).upto == 15


def test_an_expiry_is_compared_with_the_time_that_is_given() -> None:
    ring = Keyring.found(with_key(FIRST, OLD_KEY.keyid, expires=AT))
    assert ring.keys("record", 5, AT - 1) == (OLD_KEY,)
    with pytest.raises(NotValidThen, match=r"keyring\.8"):
        ring.keys("record", 5, AT)
    with pytest.raises(NotValidThen, match=r"keyring\.9"):
        ring.require("record", OLD_KEY.keyid, 5, AT)


def test_no_log_has_a_negative_position() -> None:
    with pytest.raises(Malformed, match=r"keyring\.7"):
        FOUNDED.keys("record", -1, AT)


def _act(*keys: PrivateKey) -> envelope.Envelope:
    return envelope.sign(ACT_TYPE, b"{}", keys)


def test_the_officers_of_a_position_approve_an_act_at_it_and_no_others() -> None:
    act = _act(*OLD.held("officer-1", "officer-3"))
    assert CHANGED.verify(act, ACT_TYPE, "officer", 12, AT) == {"officer-1", "officer-3"}
    with pytest.raises(WrongKey, match=r"charter\.10"):
        CHANGED.verify(act, ACT_TYPE, "officer", 13, AT)


def test_an_act_below_the_threshold_is_refused() -> None:
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        FOUNDED.verify(_act(*OLD.held("officer-1")), ACT_TYPE, "officer", 0, AT)
