"""A lock opens with its passphrase and with exactly what was bound to it; nobody weakens it."""

import msgspec
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from detente.trust import passphrase
from detente.trust.errors import Malformed, Misuse, TooLarge, WrongPassphrase
from detente.trust.passphrase import CEILING, STRONG, Cost

SENTENCE = "a kettle, two herons, rain"
SALT, NONCE = b"s" * 16, b"n" * 12


@pytest.fixture(scope="module")
def locked() -> bytes:
    return passphrase.lock(b"seeds", SENTENCE, b"us/ada", SALT, NONCE)


def test_argon2id_is_that_of_rfc_9106() -> None:
    # RFC 9106, section 5.3.
    found = Argon2id(
        salt=b"\2" * 16, length=32, iterations=3, lanes=4, memory_cost=32, secret=b"\3" * 8, ad=b"\4" * 12
    ).derive(b"\1" * 32)
    assert found.hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"


def test_the_default_is_the_second_recommended_option_of_rfc_9106() -> None:
    assert (STRONG.memory, STRONG.passes, STRONG.lanes) == (64 * 1024, 3, 4)


def test_it_opens_with_its_passphrase_typed_on_any_keyboard(locked: bytes) -> None:
    wide = SENTENCE.replace("a", "\uff41")  # as an input method for Chinese writes it in full width
    assert passphrase.unlock(locked, wide, b"us/ada", SALT, STRONG) == b"seeds"


@pytest.mark.parametrize(
    ("text", "bound", "salt", "flip"),
    [
        (SENTENCE + ".", b"us/ada", SALT, 0),
        (SENTENCE, b"us/bo", SALT, 0),
        (SENTENCE, b"us/ada", b"t" * 16, 0),
        (SENTENCE, b"us/ada", SALT, 1),
    ],
    ids=["another passphrase", "another holder", "another salt", "a flipped bit"],
)
def test_it_opens_with_nothing_else(locked: bytes, text: str, bound: bytes, salt: bytes, flip: int) -> None:
    changed = locked[:-1] + bytes([locked[-1] ^ flip])
    with pytest.raises(WrongPassphrase, match=r"passphrase\.5"):
        passphrase.unlock(changed, text, bound, salt, STRONG)


@pytest.mark.parametrize("bytes_", [b"", b"short"])
def test_what_is_no_lock_is_refused_and_does_not_crash(bytes_: bytes) -> None:
    with pytest.raises(WrongPassphrase):
        passphrase.unlock(bytes_, SENTENCE, b"", SALT, STRONG)


@pytest.mark.parametrize("field", ["memory", "passes", "lanes"])
def test_nobody_makes_the_next_guess_cheaper(field: str) -> None:
    less = {"memory": STRONG.memory - 1, "passes": STRONG.passes - 1, "lanes": 0}[field]
    with pytest.raises(Malformed, match=r"passphrase\.2"):
        passphrase.unlock(b"", SENTENCE, b"", SALT, msgspec.structs.replace(STRONG, **{field: less}))


@pytest.mark.parametrize("field", ["memory", "passes", "lanes"])
def test_no_file_of_a_stranger_takes_all_memory_or_all_day(field: str) -> None:
    more = msgspec.structs.replace(CEILING, **{field: getattr(CEILING, field) + 1})
    with pytest.raises(TooLarge, match=r"passphrase\.3"):
        passphrase.check(more)
    passphrase.check(CEILING)


@pytest.mark.parametrize("text", ["", "fourteen chars", "a sentence with\ta tab in it"])
def test_what_is_short_or_cannot_be_typed_again_is_no_passphrase(text: str) -> None:
    with pytest.raises(Malformed, match=r"passphrase\.1"):
        passphrase.normal(text)


def test_fifteen_characters_of_any_language_are_enough_and_five_hundred_and_twelve_the_most() -> None:
    assert passphrase.normal("一二三四五六七八九十甲乙丙丁戊") == "一二三四五六七八九十甲乙丙丁戊".encode()
    passphrase.normal("x" * 512)
    with pytest.raises(TooLarge):
        passphrase.normal("x" * 513)


def test_a_salt_that_is_no_salt_is_our_own_fault() -> None:
    with pytest.raises(Misuse):
        passphrase.lock(b"", SENTENCE, b"", b"", NONCE, Cost(1, 1, 1))
