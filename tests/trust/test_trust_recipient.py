"""Recipients: short-lived keys to seal to, and keys that no one should seal to."""

import base64
import hashlib

import pytest

from detente.trust import recipient
from detente.trust.errors import Malformed, Misuse, NotCanonical, NotValidThen
from detente.trust.recipient import MAX_LIFE, OpeningKey, Recipient

AT = 1_790_000_000_000
KEY = OpeningKey.from_seed("cn", b"\x07" * 32, AT + MAX_LIFE)
PUBLIC = KEY.recipient.public
SPELLED = base64.b64encode(PUBLIC).decode()


def test_a_key_is_named_by_its_bytes_alone() -> None:
    assert KEY.recipient.keyid == hashlib.sha256(b"x-wing\n" + PUBLIC).hexdigest()
    assert Recipient("us", PUBLIC, AT).keyid == KEY.recipient.keyid


def test_a_private_key_does_not_show_itself() -> None:
    assert "\\x07" * 4 not in repr(KEY)
    assert "opener" not in repr(KEY)


def test_what_was_announced_is_the_key() -> None:
    assert recipient.announced("cn", SPELLED, AT, AT + MAX_LIFE) == KEY.recipient


@pytest.mark.parametrize("party", ["", "CN", "c n", "c" * 33])
def test_a_key_belongs_to_a_named_party(party: str) -> None:
    with pytest.raises(Malformed, match=r"recipient\.1"):
        Recipient(party, PUBLIC, AT)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(Malformed, match=r"recipient\.1"):
        Recipient("cn", PUBLIC[:-1], AT)


SMALL_ORDER = (
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    (2**255 - 20).to_bytes(32, "little"),
)


@pytest.mark.parametrize("point", SMALL_ORDER, ids=range(len(SMALL_ORDER)))
def test_a_key_with_a_point_of_small_order_is_refused(point: bytes) -> None:
    with pytest.raises(Malformed, match=r"recipient\.2"):
        Recipient("cn", PUBLIC[:1184] + point, AT)


def test_a_key_that_is_not_reduced_modulo_q_is_refused() -> None:
    with pytest.raises(Malformed, match=r"recipient\.2"):
        Recipient("cn", b"\xff" * 1184 + PUBLIC[1184:], AT)


def test_a_seed_of_another_length_is_our_own_fault() -> None:
    with pytest.raises(Misuse, match=r"recipient\.3"):
        OpeningKey.from_seed("cn", b"\x07" * 31, AT)


def test_an_announcement_has_one_spelling() -> None:
    with pytest.raises(Malformed, match=r"recipient\.4"):
        recipient.announced("cn", "!" + SPELLED[1:], AT, AT + 1)
    assert SPELLED.endswith("=")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bent = SPELLED.rstrip("=")
    other = bent[:-1] + last[last.index(bent[-1]) + 1] + "=" * (len(SPELLED) - len(bent))
    with pytest.raises(NotCanonical, match=r"recipient\.4"):
        recipient.announced("cn", other, AT, AT + 1)


@pytest.mark.parametrize("life", [-1, 0, MAX_LIFE + 1])
def test_a_key_that_is_dead_or_lives_too_long_is_not_announced(life: int) -> None:
    with pytest.raises(Malformed, match=r"recipient\.5"):
        recipient.announced("cn", SPELLED, AT, AT + life)


def test_the_newest_announced_key_that_lives_is_sealed_to() -> None:
    keys = [OpeningKey.from_seed("cn", bytes([n]) * 32, AT + life).recipient for n, life in ((1, 9), (2, 5))]
    assert recipient.newest(keys, AT) == keys[1]
    assert recipient.newest(keys, AT + 5) == keys[0]
    with pytest.raises(NotValidThen, match=r"recipient\.6"):
        recipient.newest(keys, AT + 9)
