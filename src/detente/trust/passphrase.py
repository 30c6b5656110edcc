"""A passphrase: what a person remembers, and the lock that only it opens.

    lock(secret, "…", bound, salt, nonce, STRONG)  ->  nonce + AES-256-GCM(Argon2id(…), secret, bound)

Argon2id is RFC 9106 (version 0x13, a 32-byte tag), AES-256-GCM is NIST SP 800-38D. The cost of each guess
stands beside the lock, where whoever wrote the file put it; so it has a floor, that nobody weakens a lock,
and a ceiling, that a stranger's file cannot take all memory. Pure: salt and nonce are arguments.
"""

from unicodedata import normalize

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from detente.trust.errors import Malformed, Misuse, TooLarge, WrongPassphrase

SALT_BYTES = 16
NONCE_BYTES = 12

FEWEST = 15
"""The fewest characters of a passphrase that stands alone (NIST SP 800-63B-4, section 3.1.1.2)."""

MOST = 512
"""The most characters of a passphrase."""


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one guess costs: KiB of memory, passes over it, lanes (RFC 9106, section 3.1: m, t, p)."""

    memory: int
    passes: int
    lanes: int


STRONG = Cost(memory=65_536, passes=3, lanes=4)
"""RFC 9106, section 4, the second recommended option: the default, and the floor for memory and passes."""

CEILING = Cost(memory=2_097_152, passes=16, lanes=16)
"""Memory as in the first recommended option of RFC 9106, section 4: 2 GiB."""


def normal(text: str) -> bytes:
    """Return a passphrase as bytes: NFKC, so that it is the same from every keyboard; UTF-8.

    Raises:
        Malformed: `passphrase.1`: too short, or it holds what cannot be typed again.
        TooLarge: `passphrase.1`.
    """
    found = normalize("NFKC", text)
    # 1. A sentence: long enough that guessing is dear, printable so that it can be typed again.
    if len(found) > MOST:
        raise TooLarge("passphrase.1", f"It has {len(found)} characters.", f"Take at most {MOST}.")
    if len(found) < FEWEST or not found.isprintable():
        raise Malformed(
            "passphrase.1",
            f"A passphrase has at least {FEWEST} printable characters.",
            "Take five or six words that do not belong together.",
        )
    return found.encode()


def check(cost: Cost) -> None:
    """Return if a lock of this cost is neither weak nor beyond what a machine has.

    Raises:
        Malformed: `passphrase.2`. TooLarge: `passphrase.3`.
    """
    # 2. Not below the floor.
    if cost.memory < STRONG.memory or cost.passes < STRONG.passes or cost.lanes < 1:
        raise Malformed(
            "passphrase.2",
            f"A lock of {cost.memory} KiB and {cost.passes} passes is weaker than is allowed here.",
            "Somebody weakened it, or it comes from elsewhere: do not type the passphrase; make new keys.",
        )
    # 3. Not above the ceiling.
    if cost.memory > CEILING.memory or cost.passes > CEILING.passes or cost.lanes > CEILING.lanes:
        raise TooLarge(
            "passphrase.3",
            f"To open it takes {cost.memory} KiB, {cost.passes} passes and {cost.lanes} lanes.",
            f"The most is {CEILING.memory} KiB, {CEILING.passes} passes and {CEILING.lanes} lanes.",
        )


def lock(secret: bytes, text: str, bound: bytes, salt: bytes, nonce: bytes, cost: Cost = STRONG) -> bytes:
    """Return a secret that only this passphrase opens: the nonce, the ciphertext, its tag.

    Args:
        secret: what is locked.
        text: the passphrase.
        bound: bytes in the open that the lock holds fast: with any other, it does not open.
        salt: 16 random bytes, new for each lock.
        nonce: 12 random bytes, new for each lock.
        cost: of one guess.

    Raises:
        Misuse: `passphrase.4`. As `normal`, `check`.
    """
    # 4. Salt and nonce have their lengths.
    if (len(salt), len(nonce)) != (SALT_BYTES, NONCE_BYTES):
        raise Misuse("passphrase.4", f"{len(salt)} and {len(nonce)} bytes.", "Fix the caller.")
    return nonce + AESGCM(_key(text, salt, cost)).encrypt(nonce, secret, bound)


def unlock(locked: bytes, text: str, bound: bytes, salt: bytes, cost: Cost) -> bytes:
    """Return what was locked.

    Raises:
        WrongPassphrase: `passphrase.5`: another passphrase, or somebody changed the lock or what it binds.
        As `normal`, `check`.
    """
    key = _key(text, salt, cost)
    # 5. It opens, with exactly what was bound to it.
    try:
        return AESGCM(key).decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise WrongPassphrase(
            "passphrase.5",
            "The passphrase does not open it, or somebody changed the file.",
            "Try again; if you are sure of the passphrase, take the file from your copy.",
        ) from error


def _key(text: str, salt: bytes, cost: Cost) -> bytes:
    check(cost)
    derived = Argon2id(
        salt=salt, length=32, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory
    )
    return derived.derive(normal(text))
