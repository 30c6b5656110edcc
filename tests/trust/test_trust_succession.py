"""Succession: a charter follows another by two thresholds, and a thief of today's keys has no heirs."""

from typing import Any

import msgspec
import pytest
from founding import AT, Party, signed, with_key

from detente.trust import charter, succession
from detente.trust.charter import Charter
from detente.trust.errors import (
    BadSignature,
    BelowThreshold,
    Malformed,
    NotValidThen,
    WrongContext,
    WrongKey,
)
from detente.trust.key import PrivateKey

OLD, NEW, THIEF = Party(seed=1), Party(seed=2), Party(seed=3)
FIRST = OLD.charter()
SECOND = NEW.after(FIRST)
OLD_TWO = OLD.held("officer-1", "officer-2")
NEW_TWO = NEW.held("officer-1", "officer-2")
COMMITTED = OLD.charter(next=succession.commitment(NEW.charter()))


def _follow(
    old: Charter, new: Charter, *keys: PrivateKey, at: int = AT, revoked: tuple[str, ...] = ()
) -> Charter:
    return succession.succeed(old, signed(new, *keys), at, revoked)


def test_both_thresholds_make_a_new_charter() -> None:
    assert _follow(FIRST, SECOND, *OLD_TWO, *NEW_TWO) == SECOND


def test_a_new_charter_without_the_old_threshold_is_refused() -> None:
    with pytest.raises(BelowThreshold, match=r"By version 1.*charter\.12"):
        _follow(FIRST, SECOND, *OLD.held("officer-1"), *NEW_TWO)


def test_a_new_charter_without_its_own_threshold_is_refused() -> None:
    with pytest.raises(BelowThreshold, match=r"By version 2.*charter\.12"):
        _follow(FIRST, SECOND, *OLD_TWO, *NEW.held("officer-1"))


def test_a_new_charter_signed_by_the_new_alone_is_a_take_over() -> None:
    with pytest.raises(WrongKey, match=r"By version 1.*charter\.10"):
        _follow(FIRST, SECOND, *NEW_TWO)


def test_a_new_charter_signed_by_the_old_alone_may_name_keys_that_nobody_has() -> None:
    with pytest.raises(WrongKey, match=r"By version 2.*charter\.10"):
        _follow(FIRST, SECOND, *OLD_TWO)


def test_officers_in_both_charters_sign_once_for_both() -> None:
    more = msgspec.structs.replace(OLD.after(FIRST), next="5d" * 32)
    assert _follow(FIRST, more, *OLD_TWO) == more


def test_raising_the_threshold_asks_for_the_higher_one_at_once() -> None:
    stricter = OLD.after(FIRST, threshold=3)
    with pytest.raises(BelowThreshold, match="By version 2"):
        _follow(FIRST, stricter, *OLD_TWO)


def test_lowering_the_threshold_asks_for_the_higher_one_still() -> None:
    looser = OLD.after(FIRST, threshold=1)
    with pytest.raises(BelowThreshold, match="By version 1"):
        _follow(FIRST, looser, *OLD.held("officer-1"))


def test_a_charter_of_another_party_is_refused() -> None:
    foreign = NEW.after(FIRST, party="cn")
    with pytest.raises(WrongContext, match=r"succession\.1"):
        _follow(FIRST, foreign, *OLD_TWO, *NEW_TWO)


def test_a_charter_of_the_other_domain_is_refused() -> None:
    with pytest.raises(WrongContext, match=r"succession\.1"):
        _follow(FIRST, NEW.after(FIRST, domain="exercise"), *OLD_TWO, *NEW_TWO)


@pytest.mark.parametrize(
    "changes", [{"version": 3}, {"previous": "5d" * 32}, {"version": 1, "previous": None}]
)
def test_a_charter_that_skips_repeats_or_replays_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(WrongContext, match=r"succession\.2"):
        _follow(FIRST, NEW.after(FIRST, **changes), *OLD_TWO, *NEW_TWO)


def test_a_charter_that_is_unsound_is_refused_though_officers_signed_it() -> None:
    with pytest.raises(Malformed, match=r"charter\.2"):
        _follow(FIRST, NEW.after(FIRST, v=2), *OLD_TWO, *NEW_TWO)


def test_the_committed_officers_take_over() -> None:
    follows = NEW.after(COMMITTED)
    assert _follow(COMMITTED, follows, *OLD_TWO, *NEW_TWO) == follows


def test_a_thief_of_all_officers_keys_cannot_name_other_officers() -> None:
    with pytest.raises(WrongKey, match=r"succession\.3"):
        _follow(COMMITTED, THIEF.after(COMMITTED), *OLD_TWO, *THIEF.held("officer-1", "officer-2"))


def test_a_thief_of_all_officers_keys_cannot_withdraw_or_replace_the_commitment() -> None:
    for other in (None, succession.commitment(THIEF.charter())):
        with pytest.raises(WrongKey, match=r"succession\.3"):
            _follow(COMMITTED, OLD.after(COMMITTED, next=other), *OLD_TWO)


def test_a_thief_cannot_lower_the_threshold_of_the_committed_officers() -> None:
    with pytest.raises(WrongKey, match=r"succession\.3"):
        _follow(COMMITTED, NEW.after(COMMITTED, threshold=1), *OLD_TWO, *NEW_TWO)


def test_a_nodes_keys_change_while_officers_and_commitment_stay() -> None:
    mixed = Party(seed=1)
    mixed.keys = {**OLD.keys, "record": THIEF.keys["record"]}
    follows = mixed.after(COMMITTED, next=COMMITTED.next)
    assert _follow(COMMITTED, follows, *OLD_TWO) == follows


def test_a_revoked_key_does_not_come_back() -> None:
    (gone,) = OLD.held("node", role="record")
    with pytest.raises(WrongKey, match=r"succession\.4"):
        _follow(FIRST, OLD.after(FIRST), *OLD_TWO, revoked=(gone.public.keyid,))


def test_officers_whose_keys_have_expired_found_nothing() -> None:
    lapsing = FIRST
    for key in OLD_TWO:
        lapsing = with_key(lapsing, key.public.keyid, expires=AT)
    with pytest.raises(NotValidThen, match=r"By version 1.*charter\.11"):
        _follow(lapsing, NEW.after(lapsing), *OLD_TWO, *NEW_TWO)


def test_new_officers_whose_keys_have_expired_already_take_nothing_over() -> None:
    lapsed = SECOND
    for key in NEW_TWO:
        lapsed = with_key(lapsed, key.public.keyid, expires=AT)
    with pytest.raises(NotValidThen, match=r"By version 2.*charter\.11"):
        _follow(FIRST, lapsed, *OLD_TWO, *NEW_TWO)


def test_signatures_moved_to_another_charter_are_refused() -> None:
    made = signed(SECOND, *OLD_TWO, *NEW_TWO)
    moved = msgspec.structs.replace(made, payload=charter.dump(NEW.after(FIRST, threshold=1)))
    with pytest.raises(BadSignature, match=r"envelope\.7"):
        succession.succeed(FIRST, moved, AT)


def test_the_two_domains_share_no_key() -> None:
    live, exercise = Party(domain="live").charter(), Party(domain="exercise").charter()
    succession.require_apart(live, exercise)
    with pytest.raises(WrongContext, match=r"succession\.5"):
        succession.require_apart(live, msgspec.structs.replace(live, domain="exercise"))
    with pytest.raises(WrongContext, match=r"succession\.5"):
        succession.require_apart(exercise, live)
