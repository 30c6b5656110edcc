r"""The recipient: a short-lived key that a party announces in its log, to be sent what is sealed.

    Recipient("cn", <1216 bytes>, expires=1790600000000).keyid == hex(sha256("x-wing\n" + <1216 bytes>))

The algorithm is MLKEM768-X25519, also called X-Wing (draft-ietf-hpke-pq; draft-connolly-cfrg-xwing-kem):
the private key is a seed of 32 bytes, the public key 1,184 bytes of ML-KEM-768 and then 32 of X25519. What
was sealed to a key can be read for as long as its seed exists, so keys live for days, and a node destroys
the seed when it has opened what it waited for. Pure.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

from detente.trust.errors import Malformed, Misuse, NotCanonical, NotValidThen
from detente.trust.record import PARTY

ALGORITHM = "x-wing"
SEED_BYTES = 32
PUBLIC_BYTES = 1216
"""1,184 of ML-KEM-768 (FIPS 203, table 3) and 32 of X25519 (RFC 7748)."""

MAX_LIFE = 31 * 24 * 3_600_000
"""The longest that an announced key may live, in milliseconds."""

_ML_KEM_BYTES = 1184
_PROBE = X25519PrivateKey.from_private_bytes(bytes([1]) * 32)
"""Any private key: with a point of small order it agrees on zero, which the library refuses."""


@dataclass(frozen=True)
class Recipient:
    """A public key to seal to, checked when it is made.

    Args:
        party: whose key it is.
        public: the raw key, `PUBLIC_BYTES` long.
        expires: milliseconds since the Unix epoch from which nothing is sealed to it.

    Raises:
        Malformed: `recipient.1`, `recipient.2`.
    """

    party: str
    public: bytes
    expires: int

    def __post_init__(self) -> None:
        # 1. The party has a name, and the key its length.
        if not PARTY.fullmatch(self.party) or len(self.public) != PUBLIC_BYTES:
            raise Malformed(
                "recipient.1",
                f"No recipient: {self.party[:33]!a} with a key of {len(self.public)} bytes.",
                f"Name the party and send {PUBLIC_BYTES} raw bytes.",
            )
        # 2. Both halves are sound keys: reduced modulo q (FIPS 203, section 7.2), not of small order.
        try:
            self.load()
            _PROBE.exchange(X25519PublicKey.from_public_bytes(self.public[_ML_KEM_BYTES:]))
        except ValueError as error:
            raise Malformed("recipient.2", "This is no X-Wing key.", "Make a new key.") from error

    @property
    def keyid(self) -> str:
        """The key's name: hexadecimal SHA-256 of `x-wing`, a newline and its raw bytes."""
        return hashlib.sha256(ALGORITHM.encode() + b"\n" + self.public).hexdigest()

    def load(self) -> MLKEM768X25519PublicKey:
        """Return the key as the library takes it."""
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.public[:_ML_KEM_BYTES]),
            X25519PublicKey.from_public_bytes(self.public[_ML_KEM_BYTES:]),
        )


@dataclass(frozen=True)
class OpeningKey:
    """The private half of a recipient's key; neither its `repr` nor its errors show the seed."""

    recipient: Recipient
    _opener: MLKEM768X25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, party: str, seed: bytes, expires: int) -> Self:
        """Return the key that these 32 bytes determine: SHAKE-256 makes of them both halves' seeds.

        Raises:
            Misuse: `recipient.3`: a seed of another length.
        """
        # 3. The seed has its length.
        if len(seed) != SEED_BYTES:
            raise Misuse("recipient.3", f"A seed has {SEED_BYTES} bytes, not {len(seed)}.", "Fix the caller.")
        expanded = hashlib.shake_256(seed).digest(96)
        ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        public = ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        return cls(Recipient(party, public, expires), MLKEM768X25519PrivateKey(ml_kem, x25519))

    def load(self) -> MLKEM768X25519PrivateKey:
        """Return the key as the library takes it."""
        return self._opener


def announced(party: str, public: str, at: int, expires: int) -> Recipient:
    """Return the key that a party's record of time `at` announces.

    Args:
        party: the author of the record.
        public: the raw key in standard base64.
        at: the record's time, milliseconds since the Unix epoch.
        expires: from when nothing is sealed to it any more.

    Raises:
        Malformed, NotCanonical: `recipient.4`. Malformed: `recipient.5`, `recipient.1`, `recipient.2`.
    """
    # 4. The key is base64 in its one spelling.
    try:
        raw = base64.b64decode(public, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("recipient.4", f"Not base64: {error}.", "Use the standard alphabet.") from error
    if base64.b64encode(raw).decode() != public:
        raise NotCanonical("recipient.4", "The base64 has another spelling.", "Encode the key again.")
    # 5. It is short-lived.
    if not at < expires <= at + MAX_LIFE:
        raise Malformed(
            "recipient.5", f"A life of {expires - at} ms.", f"Announce keys for at most {MAX_LIFE} ms."
        )
    return Recipient(party, raw, expires)


def newest(announcements: Iterable[Recipient], at: int) -> Recipient:
    """Return the key to seal to at a time: of those announced, in the order of the log, the last that lives.

    Raises:
        NotValidThen: `recipient.6`.
    """
    living = [one for one in announcements if at < one.expires]
    # 6. One of them lives.
    if not living:
        raise NotValidThen(
            "recipient.6", "No announced key lives.", "Ask the party to announce a key; nothing is sent."
        )
    return living[-1]
