"""The token: a device, or a program in its place, which keeps a private key and signs with it (PKCS#11).

    for one in tokens(module): ...                  what is there, and what each can do
    held, public = draw(module, "ada", None, pin)   a new Ed25519 key, made there, which never leaves
    Hand(held, public, pin).sign(message)           a signature by the token, verified before it is handed on

A token is named by its label, and by its serial number where two have one label. The PIN is handed to the
token's library and to nothing else. Which mechanisms a token has is asked, never taken from its maker's name.
"""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from detente.node.errors import NoSuchThing, Unready
from detente.trust.errors import WrongPassphrase
from detente.trust.key import Algorithm, PublicKey

if TYPE_CHECKING:
    from pkcs11 import Session, Token, TokenFlag

ON_TOKEN: Algorithm = "ed25519"  # noqa: S105 (the name of an algorithm)
"""What a token signs with here: of the officers' algorithms, the one that tokens have had for long."""

ED25519 = (bytes.fromhex("06032b6570"), bytes.fromhex("130c656477617264733235353139"))
"""The curve as tokens know it: by its object identifier (RFC 8410), and by its name (PKCS#11 3.0, 2.3.5)."""

POINT_BYTES = 32
NAME_BYTES = 16

Pin = Literal["set", "wrong before", "one try left", "locked", "not set"]


class Holding(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a private key lies.

    Args:
        module: path of the PKCS#11 library that speaks to the token.
        label: of the token.
        serial: of the token, as it prints it.
        id: CKA_ID of the key, in hexadecimal.
    """

    module: str
    label: str
    serial: str
    id: str


class Shown(Struct, frozen=True):
    """A token as a person looks at it.

    Args:
        label: its name.
        serial: its number.
        maker: as it says itself.
        model: as it says itself.
        signs: algorithms of this house that it both draws keys for and signs with.
        pin: how its PIN stands.
    """

    label: str
    serial: str
    maker: str
    model: str
    signs: tuple[Algorithm, ...]
    pin: Pin


def tokens(module: str) -> list[Shown]:
    """Return the tokens that a library sees now.

    Raises:
        Unready: `token.1`, `token.2`, `token.11`.
    """
    with _answers(""):
        return [_shown(one) for one in _present(module)]


def draw(module: str, label: str, serial: str | None, pin: str) -> tuple[Holding, PublicKey]:
    """Make a new Ed25519 key on a token, which does not give it out.

    Raises:
        NoSuchThing: `token.3`, `token.4`. WrongPassphrase: `token.5`.
        Unready: `token.1`, `token.2`, `token.6` to `token.8`, `token.11`.
    """
    name = os.urandom(NAME_BYTES)
    found = _named(module, label, serial)
    with _session(found, pin, writes=True) as session:
        point = _drawn(session, name)
    # A library that wraps the point in DER and one that does not both end in its 32 bytes.
    public = PublicKey(ON_TOKEN, point[-POINT_BYTES:])
    return Holding(module, label, _serial(found), name.hex()), public


class Hand:
    """Signs with a key on a token: the session is opened for one signature, and closed after it."""

    def __init__(self, held: Holding, public: PublicKey, pin: str) -> None:
        self._held = held
        self._public = public
        self._pin = pin

    def sign(self, message: bytes, /) -> bytes:
        """Return the token's signature of a message.

        Raises:
            Unready: `token.9` the key is not on the token. BadSignature: `token.10`. As `draw`.
        """
        found = _named(self._held.module, self._held.label, self._held.serial)
        with _session(found, self._pin, writes=False) as session:
            signature = _signed(session, self._held, message)
        # 10. It is a signature by the key that the charter names: a token that was swapped is found out here.
        self._public.verify(message, signature, "token.10")
        return signature


def _drawn(session: "Session", name: bytes) -> bytes:
    """Draw a key pair under this name, and return the public point as the token spells it."""
    known = _pkcs11()
    faults: list[Exception] = []
    for curve in ED25519:
        try:
            parameters = session.create_domain_parameters(
                known.KeyType.EC_EDWARDS, {known.Attribute.EC_PARAMS: curve}, local=True
            )
            public, _ = parameters.generate_keypair(
                id=name,
                label="detente",
                store=True,
                private_template={known.Attribute.SENSITIVE: True, known.Attribute.EXTRACTABLE: False},
            )
            return bytes(public[known.Attribute.EC_POINT])
        except known.PKCS11Error as error:
            faults.append(error)
    raise faults[0]


def _signed(session: "Session", held: Holding, message: bytes) -> bytes:
    known = _pkcs11()
    try:
        key: Any = session.get_key(known.ObjectClass.PRIVATE_KEY, id=bytes.fromhex(held.id))
    except known.NoSuchKey as error:
        # 9. The key is there.
        raise Unready(
            "token.9",
            f"The token {held.label} ({held.serial}) has no key {held.id[:16]}.",
            "Take the token on which it was made; if that was wiped, the key is lost: detente keys revoke.",
        ) from error
    return bytes(key.sign(message, mechanism=known.Mechanism.EDDSA))


def _named(module: str, label: str, serial: str | None) -> "Token":
    with _answers(label):
        present = list(_present(module))
    found = [one for one in present if one.label == label and serial in (None, _serial(one))]
    # 3. It is here.
    if not found:
        here = ", ".join(f"{one.label} ({_serial(one)})" for one in present) or "none"
        wanted = label if serial is None else f"{label} ({serial})"
        raise NoSuchThing("token.3", f"There is no token {wanted}.", f"Plug it in. There are: {here}.")
    # 4. The name is one token's alone: which one signs is never guessed.
    if len(found) > 1:
        serials = ", ".join(map(_serial, found))
        raise NoSuchThing(
            "token.4", f"{len(found)} tokens are called {label}: {serials}.", "Name one: --serial NUMBER."
        )
    # 8. It has what is needed.
    if ON_TOKEN not in _signs(found[0]):
        raise Unready(
            "token.8",
            f"The token {label} does not draw and sign Ed25519 (CKM_EDDSA).",
            "Take another token, or a key file: detente officer new without --token.",
        )
    return found[0]


@contextmanager
def _session(token: "Token", pin: str, *, writes: bool) -> Iterator["Session"]:
    with _answers(token.label), token.open(rw=writes, user_pin=pin) as session:
        yield session


@contextmanager
def _answers(label: str) -> Iterator[None]:
    """Turn what a token answers into refusals of this house; none of them has the PIN in it."""
    known = _pkcs11()
    try:
        yield
    except (known.PinIncorrect, known.PinLenRange, known.PinInvalid) as error:
        # 5. The PIN is right.
        raise WrongPassphrase(
            "token.5",
            f"This is not the PIN of the token {label}.",
            "Look how many tries are left before the next: detente officer tokens.",
        ) from error
    except known.PinLocked as error:
        # 6. The PIN is not locked.
        raise Unready(
            "token.6",
            f"The PIN of the token {label} is locked, after too many wrong ones.",
            "Unlock it by its maker's program; if that fails, the key is lost: detente keys revoke.",
        ) from error
    except (known.UserPinNotInitialized, known.PinExpired) as error:
        # 7. A PIN was chosen.
        raise Unready(
            "token.7",
            f"The token {label} has no PIN of its user yet, or it has ended.",
            "Choose one by its maker's program.",
        ) from error
    except known.PKCS11Error as error:
        # 11. It answers at all.
        raise Unready(
            "token.11",
            f"The token's library answers {type(error).__name__}.",
            "Take the token out, put it back, and try again.",
        ) from error


def _present(module: str) -> Iterator["Token"]:
    known = _pkcs11()
    # 2. The library is there, and answers.
    try:
        library = known.lib(str(Path(module).absolute()))
    except (known.PKCS11Error, RuntimeError, OSError) as error:
        raise Unready(
            "token.2",
            f"{module} is no PKCS#11 library that can be used here.",
            "Name the .so that the token's maker installs, by --module.",
        ) from error
    for one in library.get_tokens():
        if known.TokenFlag.TOKEN_INITIALIZED in one.flags:
            yield one


def _shown(token: "Token") -> Shown:
    return Shown(token.label, _serial(token), token.manufacturer_id, token.model, _signs(token), _pin(token))


def _signs(token: "Token") -> tuple[Algorithm, ...]:
    known = _pkcs11()
    needed = {known.Mechanism.EDDSA, known.Mechanism.EC_EDWARDS_KEY_PAIR_GEN}
    return (ON_TOKEN,) if needed <= set(token.slot.get_mechanisms()) else ()


def _pin(token: "Token") -> Pin:
    flag = _pkcs11().TokenFlag
    states: tuple[tuple[TokenFlag, Pin], ...] = (
        (flag.USER_PIN_LOCKED, "locked"),
        (flag.USER_PIN_FINAL_TRY, "one try left"),
        (flag.USER_PIN_COUNT_LOW, "wrong before"),
    )
    said = next((state for one, state in states if one in token.flags), None)
    return said or ("set" if flag.USER_PIN_INITIALIZED in token.flags else "not set")


def _serial(token: "Token") -> str:
    return token.serial.decode("ascii", "replace").strip()


def _pkcs11() -> Any:  # noqa: ANN401 (another author's module, loaded where a token is used)
    # 1. What speaks to tokens is here: it is an extra, which no node needs.
    try:
        return importlib.import_module("pkcs11")
    except ImportError as error:
        raise Unready(
            "token.1",
            "What speaks to tokens is not installed.",
            "Install it: python -m pip install --require-hashes -r requirements-token.lock",
        ) from error
