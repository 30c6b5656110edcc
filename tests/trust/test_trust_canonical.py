"""Canonical form: one value, one spelling, and every other spelling refused at a numbered check."""

import enum
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from detente.trust import canonical
from detente.trust.errors import DetenteError, Malformed, NotCanonical, TooLarge

KEYS = st.text(st.characters(max_codepoint=127), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner), max_leaves=12
)


@given(VALUES)
def test_encoding_equals_rfc8785_of_another_author(value: canonical.Value) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_was_encoded_decodes_to_itself(value: canonical.Value) -> None:
    assert canonical.decode(canonical.encode(value)) == value


@given(VALUES)
def test_any_other_spelling_is_refused(value: canonical.Value) -> None:
    spelling = json.dumps(value, ensure_ascii=True, indent=1, sort_keys=False).encode()
    if spelling == canonical.encode(value):
        return
    with pytest.raises(NotCanonical, match=r"canonical\.5"):
        canonical.decode(spelling)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_refused_by_name_or_are_canonical(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except Malformed:
        return
    assert canonical.encode(value) == data


@pytest.mark.parametrize(
    ("data", "step", "error"),
    [
        (b"", "canonical.2", Malformed),
        (b"{", "canonical.2", Malformed),
        (b"nul", "canonical.2", Malformed),
        (b"01", "canonical.2", Malformed),
        (b"NaN", "canonical.2", Malformed),
        (b"1 2", "canonical.2", Malformed),
        (b'"a\nb"', "canonical.2", Malformed),
        (b'"\xff"', "canonical.2", Malformed),
        (b"\xef\xbb\xbf1", "canonical.2", Malformed),
        (b'{"a":1}\x00', "canonical.2", Malformed),
        (b'"\\ud800 and more text"', "canonical.2", Malformed),
        (b'"\\udc00\\ud800 the wrong way round"', "canonical.2", Malformed),
        (b'"\xed\xa0\x80"', "canonical.2", Malformed),
        (b"[" * 17 + b"]" * 17, "canonical.3", TooLarge),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "canonical.3", TooLarge),
        (b"[" * 100_000 + b"]" * 100_000, "canonical.3", TooLarge),
        (b"1.0", "canonical.4", Malformed),
        (b"1e3", "canonical.4", Malformed),
        (b"[0.1]", "canonical.4", Malformed),
        (b"9007199254740992", "canonical.4", Malformed),
        (b"-9007199254740992", "canonical.4", Malformed),
        (b"123456789012345678901234567890", "canonical.4", Malformed),
        ('{"ключ":1}'.encode(), "canonical.4", Malformed),
        (b'{"\\u00e9":1}', "canonical.4", Malformed),
        (b'{"a":1,"a":1}', "canonical.5", NotCanonical),
        (b'{"a":1,"a":2}', "canonical.5", NotCanonical),
        (b'{"a":1,"\\u0061":2}', "canonical.5", NotCanonical),
        (b'{"b":1,"a":2}', "canonical.5", NotCanonical),
        (b'{"a": 1}', "canonical.5", NotCanonical),
        (b" 1", "canonical.5", NotCanonical),
        (b"1\n", "canonical.5", NotCanonical),
        (b"-0", "canonical.5", NotCanonical),
        (b'"\\u0041"', "canonical.5", NotCanonical),
        (b'"\\/"', "canonical.5", NotCanonical),
        (b'"\\u00E9"', "canonical.5", NotCanonical),
        (b'"\\u000A"', "canonical.5", NotCanonical),
        (b'"\\ud83d\\ude00"', "canonical.5", NotCanonical),
    ],
)
def test_a_bad_spelling_is_refused_at_its_check(data: bytes, step: str, error: type[DetenteError]) -> None:
    with pytest.raises(error) as refusal:
        canonical.decode(data)
    assert refusal.value.step == step


def test_the_size_limit_is_exact() -> None:
    assert canonical.decode(b'"abc"', limit=5) == "abc"
    with pytest.raises(TooLarge, match=r"canonical\.1"):
        canonical.decode(b'"abcd"', limit=5)


def test_the_depth_limit_is_exact() -> None:
    at_limit = b"[" * canonical.MAX_DEPTH + b"]" * canonical.MAX_DEPTH
    assert canonical.encode(canonical.decode(at_limit)) == at_limit


class _Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        "\ud800",
        "x\udfff",
        {"é": 1},
        {1: 2},
        2**53,
        -(2**53),
        b"raw",
        (1, 2),
        {1},
        _Level.HIGH,
    ],
)
def test_what_is_not_of_the_profile_cannot_be_encoded(value: canonical.Value) -> None:
    for wrapped in (value, [value], {"a": value}):
        with pytest.raises(Malformed, match=r"canonical\.4"):
            canonical.encode(wrapped)


def test_a_value_that_contains_itself_is_too_deep_to_encode() -> None:
    loop: list[canonical.Value] = []
    loop.append(loop)
    with pytest.raises(TooLarge, match=r"canonical\.3"):
        canonical.encode(loop)


def test_two_normal_forms_of_one_character_are_two_values() -> None:
    assert canonical.encode("\u00e9") != canonical.encode("e\u0301")
