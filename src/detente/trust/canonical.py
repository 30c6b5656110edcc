"""The one spelling of a value: RFC 8785 (JCS) JSON, in a profile in which nothing is left to choose.

    {"at":1790000000000,"kind":"incidents.report","party":"us"}

The profile keeps what every JCS implementation agrees on: null, booleans, integers within ±(2^53−1),
strings of Unicode scalar values, lists, and objects with ASCII keys. There are no floats, hence no number
formatting; ASCII keys sort alike by byte, by code point and by UTF-16 unit; duplicate keys and other
spellings fall to the last check, which encodes again and compares. Strings are not normalised: two
spellings of é are two values. Pure: bytes in, a value or a named error out.
"""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from detente.trust.errors import Malformed, NotCanonical, TooLarge

Value: TypeAlias = bool | int | str | list["Value"] | dict[str, "Value"] | None
"""Exactly these types: a subclass (an enumeration, say), a tuple or a float is refused."""

MAX_BYTES = 1_048_576
"""The most that `decode` reads unless told less."""

MAX_DEPTH = 16
"""How many lists and objects may stand inside one another; a scalar alone has depth 0."""

MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON implementation keeps exact (RFC 7493, section 2.2)."""

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder()


def encode(value: Value) -> bytes:
    """Return the canonical bytes of a value.

    Raises:
        TooLarge: `canonical.3`: nested deeper than `MAX_DEPTH`.
        Malformed: `canonical.4`: a float, a large integer, a key beyond ASCII, a lone surrogate.
    """
    _check(value, 0)
    return _encoder.encode(value)


def decode(data: bytes, limit: int = MAX_BYTES) -> Value:
    """Return the value that these bytes spell, if this is its canonical spelling, in `limit` bytes at most.

    Raises:
        TooLarge: `canonical.1` or `canonical.3`.
        Malformed: `canonical.2` or `canonical.4`.
        NotCanonical: `canonical.5`.
    """
    # 1. The size is within the limit.
    if len(data) > limit:
        raise TooLarge("canonical.1", f"{len(data)} bytes are more than {limit}.", "Send less, or in parts.")
    # 2. The bytes are UTF-8 and JSON; 3. and 4. depth and types keep the profile.
    value = _read(data)
    if data.isascii() and b"\\" not in data:
        _check_plain(value, 0)
    else:
        _check(value, 0)
    # 5. No other spelling: order, spaces, escapes, -0, and keys given twice all end here.
    if _encoder.encode(value) != data:
        raise NotCanonical(
            "canonical.5",
            "These bytes are not the canonical spelling of their value.",
            "Encode by RFC 8785, and give each key once.",
        )
    return value


def _read(data: bytes) -> Value:
    try:
        value: Value = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("canonical.2", f"Not UTF-8 JSON: {error}.", "Send JSON.") from error
    except RecursionError as error:  # beyond MAX_DEPTH by far: the parser gave up
        raise _too_deep() from error
    return value


def _check(value: Value, depth: int) -> None:
    kind = type(value)
    if kind is dict or kind is list:
        _check_members(value, depth + 1)
    elif kind is str:
        _check_string(value)
    elif kind is int:
        _check_integer(value)
    elif value is not None and kind is not bool:
        raise Malformed(
            "canonical.4",
            f"A value of type {kind.__name__} has no place in the profile.",
            "Write fractions as decimal strings or as scaled integers.",
        )


def _check_members(value: Value, depth: int) -> None:
    # 3. Depth.
    if depth > MAX_DEPTH:
        raise _too_deep()
    members: Iterable[Value] = ()
    if isinstance(value, dict):
        # 4. Types and ranges: keys.
        for key in value:
            if type(key) is not str or not key.isascii():
                raise _bad_key(key)
        members = value.values()
    elif isinstance(value, list):
        members = value
    for member in members:
        if type(member) is not str or not member.isascii():  # most are, and need no more looking at
            _check(member, depth)


def _check_plain(value: Value, depth: int) -> None:
    """As `_check`, of a value read from ASCII without escapes: each string and key in it is plain."""
    kind = type(value)
    if isinstance(value, dict | list):
        # 3. Depth.
        if depth >= MAX_DEPTH:
            raise _too_deep()
        for member in value.values() if isinstance(value, dict) else value:
            if type(member) is not str:
                _check_plain(member, depth + 1)
    elif kind is not str:
        _check(value, depth)


def _bad_key(key: object) -> Malformed:
    return Malformed("canonical.4", f"The key {key!a} is not an ASCII string.", "Name fields in ASCII.")


def _check_integer(value: Value) -> None:
    # 4. Types and ranges: integers.
    if isinstance(value, int) and not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise Malformed(
            "canonical.4",
            f"An integer of {value.bit_length()} bits is beyond ±(2^53−1).",
            "Write large quantities as decimal strings.",
        )


def _check_string(value: Value) -> None:
    # 4. Types and ranges: strings hold Unicode scalar values, so no half of a surrogate pair.
    try:
        str(value).encode()
    except UnicodeEncodeError as error:
        raise Malformed(
            "canonical.4", "A string holds a lone surrogate.", "Send whole characters."
        ) from error


def _too_deep() -> TooLarge:
    return TooLarge("canonical.3", f"Nested deeper than {MAX_DEPTH}.", "Flatten the value.")
