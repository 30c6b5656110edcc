"""Translations signed off: a party's people read each item in two languages, and say that they ask the same.

    act(suite, "zh", "cn")              what officers sign: every item that was read, by its digest
    compare(suite, parse(payload))      which items that covers, which have changed since, which nobody read

An item is named by the leaf hash of RFC 6962 over its canonical JSON, as in the suite's root: text, check and
origin, in every language. A sign-off says that people of a party read both texts; whether they read them well
is theirs to answer for. Pure.
"""

from collections.abc import Collection

import msgspec

from detente.instruments.suite import Suite
from detente.trust import canonical, tree
from detente.trust.errors import Malformed, WrongContext

ACT = "evaluations.translation"
FORMAT = 1
ORIGINAL = "en"
"""The language that others are held against."""


class SignOff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What officers of a party sign.

    Args:
        v: the format, 1.
        act: `evaluations.translation`.
        party: in whose name.
        suite: its name.
        number: its version.
        language: that was read beside English.
        items: id of each item that was read to its leaf hash, in hex.
    """

    v: int
    act: str
    party: str
    suite: str
    number: int
    language: str
    items: dict[str, str]


class Fates(msgspec.Struct, frozen=True):
    """Items of a suite by what a sign-off says of them, each by its id."""

    signed: tuple[str, ...]
    changed: tuple[str, ...]
    unsigned: tuple[str, ...]


def act(suite: Suite, language: str, party: str, but: Collection[str] = ()) -> bytes:
    """Return the act by which a party signs off a translation, but for some items.

    Raises:
        WrongContext: `translation.1`: the suite is not in that language. Malformed: `translation.2`: an item
        that is left out is not in it, or none is left.
    """
    require(suite, language)
    read = {name: digest for name, digest in _digests(suite).items() if name not in but}
    unknown = sorted(set(but) - {one.id for one in suite.items})
    # 2. Items that are left out are there, and others too.
    if unknown or not read:
        what = f"There is no item {unknown[0][:80]!a}." if unknown else "Every item is left out."
        raise Malformed("translation.2", what, "detente evaluate translation sheet lists them.")
    made = SignOff(FORMAT, ACT, party, suite.name, suite.number, language, read)
    return canonical.encode(msgspec.to_builtins(made))


def parse(payload: bytes) -> SignOff:
    """Read what was signed.

    Raises:
        Malformed, NotCanonical, TooLarge: `translation.3`, `canonical.*`.
    """
    # 3. It is a sign-off, of this format.
    try:
        found = msgspec.convert(canonical.decode(payload), SignOff)
    except msgspec.ValidationError as error:
        raise _no_sign_off(str(error)) from error
    if (found.v, found.act) != (FORMAT, ACT):
        raise _no_sign_off("another act, or another format")
    return found


def compare(suite: Suite, said: SignOff) -> Fates:
    """Return what a sign-off says of each item of a suite as it is now.

    Raises:
        WrongContext: `translation.1`, `translation.4`: it is of another suite.
    """
    # 4. It is of this suite; another version may have the same items.
    if said.suite != suite.name:
        what = f"It is of the suite {said.suite[:60]!a}, not {suite.name}."
        raise WrongContext("translation.4", what, "Ask for the one of this suite.")
    require(suite, said.language)
    now = _digests(suite)
    return Fates(
        signed=tuple(name for name, digest in now.items() if said.items.get(name) == digest),
        changed=tuple(name for name, digest in now.items() if said.items.get(name, digest) != digest),
        unsigned=tuple(name for name in now if name not in said.items),
    )


def require(suite: Suite, language: str) -> None:
    """Check that a suite is in English and in another language. Raises WrongContext: `translation.1`."""
    # 1. There is a translation.
    if language == ORIGINAL or not {language, ORIGINAL} <= set(suite.languages):
        what = f"The suite {suite.name} is in {', '.join(suite.languages)}."
        raise WrongContext("translation.1", what, "Name a language that it has beside English.")


def _digests(suite: Suite) -> dict[str, str]:
    return {one.id: tree.leaf_hash(one.canonical()).hex() for one in suite.items}


def _no_sign_off(why: str) -> Malformed:
    return Malformed("translation.3", f"This signs off no translation: {why}.", "Ask for what was signed.")
