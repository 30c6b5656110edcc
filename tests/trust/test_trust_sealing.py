"""Sealed packages: who can open them, what they are for, and everything that must not open."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from detente.trust import sealing
from detente.trust.errors import (
    BadOpening,
    DetenteError,
    Malformed,
    Misuse,
    NotCanonical,
    NotValidThen,
    TooLarge,
    WrongContext,
    WrongKey,
)
from detente.trust.recipient import OpeningKey
from detente.trust.sealing import Context, Header

AT = 1_790_000_000_000
KEYS = {
    party: OpeningKey.from_seed(party, bytes([number]) * 32, AT + 1000)
    for number, party in enumerate(("cn", "neutral", "sg"), 1)
}
CN, NEUTRAL, SG = KEYS.values()
CONTEXT = Context(
    genesis="5d" * 32, domain="live", author="us", record="ab" * 32, recipients=("cn", "neutral")
)
TEXT = "what was sealed, 密封".encode()
RANDOM = b"\x09" * 32


def make(
    text: bytes = TEXT, context: Context = CONTEXT, keys: Sequence[OpeningKey] = (CN, NEUTRAL), at: int = AT
) -> bytes:
    return sealing.seal(text, [key.recipient for key in keys], context, RANDOM, at)


PACKAGE = make()


def unseal(
    data: bytes, context: Context = CONTEXT, key: OpeningKey = CN, at: int = AT, **given: str
) -> bytes:
    party = given.get("party", key.recipient.party)
    digest = given.get("digest", hashlib.sha256(data).hexdigest())
    return sealing.open_package(data, digest, context, party, {key.recipient.keyid: key}, at)


@pytest.mark.parametrize("key", [CN, NEUTRAL], ids=["cn", "neutral"])
def test_each_recipient_opens_what_was_sealed(key: OpeningKey) -> None:
    assert unseal(PACKAGE, key=key) == TEXT


def test_a_party_that_is_no_recipient_opens_nothing() -> None:
    with pytest.raises(WrongKey, match=r"sealing\.8"):
        unseal(PACKAGE, key=SG)


def test_no_recipient_opens_with_the_place_of_another() -> None:
    with pytest.raises(NotValidThen, match=r"sealing\.9"):
        unseal(PACKAGE, key=CN, party="neutral")


def test_a_key_destroyed_after_use_opens_nothing_again() -> None:
    digest = hashlib.sha256(PACKAGE).hexdigest()
    with pytest.raises(NotValidThen, match=r"sealing\.9"):
        sealing.open_package(PACKAGE, digest, CONTEXT, "cn", {}, AT)


def test_nothing_is_sealed_to_or_released_to_an_expired_key() -> None:
    with pytest.raises(NotValidThen, match=r"sealing\.10"):
        make(at=AT + 1000)
    with pytest.raises(NotValidThen, match=r"sealing\.10"):
        unseal(PACKAGE, at=AT + 1000)


@pytest.mark.parametrize(
    "change",
    [
        {"genesis": "5e" * 32},
        {"domain": "exercise"},
        {"author": "sg"},
        {"record": "ac" * 32},
        {"recipients": ("cn",)},
        {"recipients": ("cn", "sg")},
    ],
    ids=["accord", "domain", "author", "record", "fewer recipients", "other recipients"],
)
def test_a_package_replayed_for_anything_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WrongContext, match=r"sealing\.7"):
        unseal(PACKAGE, context=msgspec.structs.replace(CONTEXT, **change))


def test_a_package_that_the_release_does_not_name_is_refused() -> None:
    with pytest.raises(WrongContext, match=r"sealing\.2"):
        unseal(make(), digest=hashlib.sha256(PACKAGE).hexdigest())


def test_no_byte_of_a_package_can_be_altered() -> None:
    header = len(sealing.parse(PACKAGE).header_bytes)
    step = 7
    accepted = []
    for at in [*range(len(sealing.MAGIC) + 4 + header), *range(0, len(PACKAGE), step)]:
        bent = PACKAGE[:at] + bytes([PACKAGE[at] ^ 1]) + PACKAGE[at + 1 :]
        try:
            unseal(bent)
        except DetenteError:
            continue
        accepted.append(at)
    assert not accepted


def _forge(
    keys: Sequence[bytes], wrapped_for: Sequence[str] = ("cn", "neutral"), *, padded: bytes | None = None
) -> bytes:
    """Return a package as its author could make it dishonestly: a content key for each recipient."""
    header = msgspec.structs.replace(sealing.parse(PACKAGE).header, commitment=sealing.commitment(keys[0]))
    spelled = sealing.spell(header)
    wraps = [
        sealing.HPKE.encrypt(key, one.recipient.load(), info=sealing.info(party, spelled))
        for key, one, party in zip(keys, (CN, NEUTRAL), wrapped_for, strict=True)
    ]
    prefix = b"".join([sealing.MAGIC, len(spelled).to_bytes(4), spelled, *wraps])
    return prefix + AESGCM(keys[0]).encrypt(bytes(12), padded or sealing.pad(TEXT), prefix)


A_KEY, ANOTHER_KEY = b"\x0a" * 32, b"\x0b" * 32


def test_the_forger_of_these_tests_can_also_be_honest() -> None:
    assert unseal(_forge([A_KEY, A_KEY]), key=NEUTRAL) == TEXT


def test_an_author_cannot_send_two_recipients_two_keys() -> None:
    package = _forge([A_KEY, ANOTHER_KEY])
    assert unseal(package, key=CN) == TEXT
    with pytest.raises(BadOpening, match=r"sealing\.12"):
        unseal(package, key=NEUTRAL)


def test_a_wrap_made_for_another_party_does_not_open() -> None:
    with pytest.raises(BadOpening, match=r"sealing\.11"):
        unseal(_forge([A_KEY, A_KEY], ("neutral", "cn")))


def test_wraps_that_changed_places_do_not_open() -> None:
    package = sealing.parse(PACKAGE)
    at = len(package.prefix) - 2 * sealing.WRAP_BYTES
    swapped = PACKAGE[:at] + package.wraps[1] + package.wraps[0] + package.ciphertext
    with pytest.raises(BadOpening, match=r"sealing\.11"):
        unseal(swapped)


def test_a_ciphertext_under_another_packages_header_does_not_open() -> None:
    with pytest.raises(BadOpening, match=r"sealing\.13"):
        unseal(sealing.parse(PACKAGE).prefix + sealing.parse(make(b"else")).ciphertext)


@pytest.mark.parametrize(
    "padded",
    [
        (4).to_bytes(4) + b"text" + b"\1" * 1016,
        (1021).to_bytes(4) + b"t" * 1020,
        (2**32 - 1).to_bytes(4) + b"t" * 1020,
        (4).to_bytes(4) + b"text" + bytes(2040),
    ],
    ids=["no zeros", "longer than it is", "far longer", "a larger bucket"],
)
def test_padding_that_could_carry_a_message_is_refused(padded: bytes) -> None:
    with pytest.raises(Malformed, match=r"sealing\.14"):
        unseal(_forge([A_KEY, A_KEY], padded=padded))


Fields = dict[str, Any]
HEADERS: list[tuple[str, type[DetenteError], str, Callable[[Fields], Fields]]] = [
    ("a field missing", Malformed, "sealing.4", lambda it: {k: v for k, v in it.items() if k != "v"}),
    ("a field too many", Malformed, "sealing.4", lambda it: it | {"note": "x"}),
    ("another version", Malformed, "sealing.4", lambda it: it | {"v": 2}),
    ("another domain", Malformed, "sealing.4", lambda it: it | {"domain": "test"}),
    ("no digest", Malformed, "sealing.4", lambda it: it | {"record": "x"}),
    ("no commitment", Malformed, "sealing.4", lambda it: it | {"commitment": ""}),
    ("an author ill named", Malformed, "sealing.4", lambda it: it | {"author": "US"}),
    ("nobody to read it", Malformed, "sealing.5", lambda it: it | {"recipients": []}),
    ("too many", Malformed, "sealing.5", lambda it: it | {"recipients": it["recipients"] * 9}),
    ("out of order", NotCanonical, "sealing.5", lambda it: it | {"recipients": it["recipients"][::-1]}),
    ("one twice", NotCanonical, "sealing.5", lambda it: it | {"recipients": it["recipients"][:1] * 2}),
    ("one more", Malformed, "sealing.6", lambda it: it | {"recipients": [*it["recipients"], _named("us")]}),
]


def _named(party: str) -> dict[str, str]:
    return {"party": party, "keyid": "5d" * 32}


def _with_header(spelled: bytes) -> bytes:
    package = sealing.parse(PACKAGE)
    return b"".join([sealing.MAGIC, len(spelled).to_bytes(4), spelled, *package.wraps, package.ciphertext])


@pytest.mark.parametrize(("error", "step", "change"), [h[1:] for h in HEADERS], ids=[h[0] for h in HEADERS])
def test_a_header_that_is_wrong_is_refused(
    error: type[DetenteError], step: str, change: Callable[[Fields], Fields]
) -> None:
    fields = change(json.loads(sealing.parse(PACKAGE).header_bytes))
    bent = _with_header(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode())
    with pytest.raises(DetenteError) as refusal:
        unseal(bent)
    assert (type(refusal.value), refusal.value.step) == (error, step)


def test_another_spelling_of_a_header_is_refused() -> None:
    with pytest.raises(NotCanonical, match=r"canonical\.5"):
        unseal(_with_header(sealing.parse(PACKAGE).header_bytes + b" "))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PACKAGE[:5],
        b"x" + PACKAGE[1:],
        PACKAGE[: len(sealing.MAGIC)] + bytes(4) + PACKAGE[len(sealing.MAGIC) + 4 :],
        PACKAGE[: len(sealing.MAGIC)] + b"\xff" * 4 + PACKAGE[len(sealing.MAGIC) + 4 :],
    ],
    ids=["nothing", "cut short", "other magic", "no header", "endless header"],
)
def test_what_does_not_begin_as_a_package_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match=r"sealing\.3"):
        unseal(data)


@pytest.mark.parametrize("data", [PACKAGE[:-1], PACKAGE + b"x", PACKAGE[:-1040], PACKAGE[:-3000]])
def test_a_package_that_is_not_one_bucket_long_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match=r"sealing\.6"):
        unseal(data)


def test_an_oversized_package_is_refused_unread() -> None:
    with pytest.raises(TooLarge, match=r"sealing\.1"):
        unseal(PACKAGE + bytes(sealing.MAX_PACKAGE))


def test_more_than_the_limit_is_not_sealed() -> None:
    with pytest.raises(TooLarge, match=r"sealing\.1"):
        make(bytes(sealing.MAX_PLAINTEXT + 1))


def test_lengths_within_a_bucket_look_alike() -> None:
    assert {len(make(bytes(size))) for size in (0, 1, 500, 1020)} == {len(PACKAGE)}
    assert len(make(bytes(1021))) == len(PACKAGE) + 1024


@given(st.binary(max_size=5000))
def test_what_was_sealed_opens_to_itself(text: bytes) -> None:
    assert unseal(make(text)) == text


def test_randomness_given_twice_does_not_encrypt_two_texts_under_one_key() -> None:
    def commitment(data: bytes) -> str:
        return sealing.parse(data).header.commitment

    other = msgspec.structs.replace(CONTEXT, record="ac" * 32)
    assert len({commitment(made) for made in (make(), make(b"else"), make(context=other))}) == 3
    assert commitment(make()) == commitment(PACKAGE)


@pytest.mark.parametrize(
    ("keys", "randomness"),
    [
        ((CN,), RANDOM),
        ((CN, SG), RANDOM),
        ((CN, NEUTRAL, SG), RANDOM),
        ((CN, NEUTRAL, CN), RANDOM),
        ((CN, NEUTRAL), b""),
    ],
    ids=["one too few", "another", "one too many", "one twice", "no randomness"],
)
def test_keys_and_randomness_must_be_those_asked_for(keys: tuple[OpeningKey, ...], randomness: bytes) -> None:
    with pytest.raises(Misuse, match=r"sealing\.seal"):
        sealing.seal(TEXT, [key.recipient for key in keys], CONTEXT, randomness, AT)


def test_a_context_out_of_order_is_not_sealed() -> None:
    with pytest.raises(NotCanonical, match=r"sealing\.5"):
        make(context=msgspec.structs.replace(CONTEXT, recipients=("neutral", "cn")))


def test_the_header_names_who_may_read_and_to_which_keys() -> None:
    header: Header = sealing.parse(PACKAGE).header
    assert {one.party: one.keyid for one in header.recipients} == {
        party: KEYS[party].recipient.keyid for party in CONTEXT.recipients
    }
