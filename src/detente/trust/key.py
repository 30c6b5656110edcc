r"""Keys: a public key raises if a signature is wrong; a private key does not show itself.

    PublicKey(algorithm="ed25519", raw=<32 bytes>).keyid == hex(sha256("ed25519\n" + raw))

The algorithm belongs to the key, which a charter pins; it is never read from a message. Ed25519 is RFC 8032
with the cofactorless equation; ML-DSA is FIPS 204 with an empty context; SM2 is GB/T 32918 (`sm2`). Ed25519
signatures are deterministic; those of ML-DSA are hedged inside the library (FIPS 204, section 3.4) and those
of SM2 are random, so two signatures of one message differ, and nothing names a statement by its signature. A
passkey (`passkey`) lives in an authenticator: here it has a public half only. A key that lies elsewhere, on a
token say, is a public half and whoever asks that place for a signature.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, Protocol, Self, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
    MLDSA65PrivateKey,
    MLDSA65PublicKey,
)

from detente.trust import passkey, sm2
from detente.trust.errors import BadSignature, Malformed, Misuse

Algorithm: TypeAlias = Literal["ed25519", "ml-dsa-44", "ml-dsa-65", "sm2", "webauthn-es256"]

SEED_BYTES = 32
"""What any private key is made of and kept as."""


@dataclass(frozen=True)
class Sizes:
    """Lengths in bytes of an algorithm's raw public key and of its signatures."""

    public: int
    signature: int


SIZES: MappingProxyType[str, Sizes] = MappingProxyType(
    {
        "ed25519": Sizes(32, 64),  # RFC 8032, section 5.1
        "ml-dsa-44": Sizes(1312, 2420),  # FIPS 204, table 2
        "ml-dsa-65": Sizes(1952, 3309),  # FIPS 204, table 2
        "sm2": Sizes(sm2.PUBLIC_BYTES, sm2.SIGNATURE_BYTES),  # GB/T 32918.2: x and y; r and s
    }
)
"""Of the algorithms whose private keys are made from a seed."""

_PRIME = 2**255 - 19
_ORDER_8_Y = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y = frozenset({0, 1, _PRIME - 1, _ORDER_8_Y, _PRIME - _ORDER_8_Y})
"""The y coordinates of the eight points whose order divides 8; under such a key anyone can sign anything."""


@dataclass(frozen=True)
class PublicKey:
    """A public key, checked when it is made.

    Args:
        algorithm: which algorithm it verifies with.
        raw: the key as its standard encodes it.

    Raises:
        Malformed: `key.1` to `key.3`.
    """

    algorithm: Algorithm
    raw: bytes

    def __post_init__(self) -> None:
        # 1. The algorithm is one of ours.
        sizes = _sizes(self.algorithm)
        # 2. The length is the algorithm's; that of a passkey varies with its origin.
        if sizes is not None and len(self.raw) != sizes.public:
            raise Malformed(
                "key.2",
                f"{self.algorithm} keys have {sizes.public} bytes, this one {len(self.raw)}.",
                "Send the raw public key.",
            )
        # 3. A key on a curve is a canonical point of it, not of small order: that would bind nobody.
        if self.algorithm == "ed25519":
            _check_point(self.raw)
        if self.algorithm == "sm2" and not sm2.is_point(self.raw):
            raise Malformed("key.3", "This is no point of the curve of SM2.", "Make a new key.")
        if self.algorithm == "webauthn-es256" and not passkey.is_key(self.raw):
            raise Malformed("key.3", "This is no passkey of an origin.", "Register it again.")

    @property
    def keyid(self) -> str:
        """The key's name: hexadecimal SHA-256 of its algorithm, a newline and its raw bytes."""
        return _keyid(self.algorithm, self.raw)

    def verify(self, message: bytes, signature: bytes, step: str) -> None:
        """Return if the signature is this key's over the message.

        Args:
            message: the bytes that were signed.
            signature: raw bytes, of the length the algorithm has.
            step: the number of the caller's check, for the error.

        Raises:
            BadSignature: at `step`.
        """
        try:
            _load(self.algorithm, self.raw).verify(signature, message)
        except InvalidSignature as error:
            raise BadSignature(
                step,
                f"The {self.algorithm} signature by key {self.keyid[:16]} does not verify.",
                "Ask the sender for the signed original; keep these bytes.",
            ) from error


class Signer(Protocol):
    """What signs with a private key: a library that has it, or whoever asks the place where it lies."""

    def sign(self, message: bytes, /) -> bytes:
        """Return the raw signature of a message."""


@dataclass(frozen=True)
class PrivateKey:
    """A private key; neither its `repr` nor its errors show the seed."""

    public: PublicKey
    _signer: Signer = field(repr=False, compare=False)

    @classmethod
    def elsewhere(cls, public: PublicKey, signer: Signer) -> Self:
        """Return a key that does not lie in this program; whoever signs makes sure that it fits."""
        return cls(public, signer)

    @classmethod
    def from_seed(cls, algorithm: Algorithm, seed: bytes) -> Self:
        """Return the key that these 32 bytes determine (RFC 8032 seed, FIPS 204 ξ).

        Raises:
            Misuse: `key.1` or `key.4`: an unknown algorithm, or a seed of another length.
        """
        # 4. The seed has its length, and the algorithm has seeds.
        if algorithm not in SIZES or len(seed) != SEED_BYTES:
            raise Misuse(
                "key.4",
                f"A seed of {algorithm} needs {SEED_BYTES} bytes, got {len(seed)}.",
                "Fix the caller.",
            )
        signer = _SIGNERS[algorithm](seed)
        return cls(PublicKey(algorithm, signer.public_key().public_bytes_raw()), signer)

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature of a message.

        Raises:
            Misuse: `sm2.1`, `sm2.2`: with SM2 alone, where GmSSL is missing or fails.
        """
        return self._signer.sign(message)


def _sizes(algorithm: str) -> Sizes | None:
    if algorithm not in _VERIFIERS:
        raise Malformed(
            "key.1", f"The algorithm {algorithm!a} is not known.", f"Use one of: {', '.join(_VERIFIERS)}."
        )
    return SIZES.get(algorithm)


def _check_point(raw: bytes) -> None:
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _PRIME or y in _SMALL_ORDER_Y or not _on_curve(y):
        raise Malformed("key.3", "This is no Ed25519 key that binds its holder.", "Make a new key.")


def _on_curve(y: int) -> bool:
    # RFC 8032, section 5.1.3: x² = (y² − 1) / (d·y² + 1) is a square; x = 0 was refused before.
    d = -121665 * pow(121666, -1, _PRIME)
    x_squared = (y * y - 1) * pow(d * y * y + 1, -1, _PRIME) % _PRIME
    return pow(x_squared, (_PRIME - 1) // 2, _PRIME) == 1


_Signer: TypeAlias = Ed25519PrivateKey | MLDSA44PrivateKey | MLDSA65PrivateKey | sm2.Signer
_Verifier: TypeAlias = (
    Ed25519PublicKey | MLDSA44PublicKey | MLDSA65PublicKey | sm2.Verifier | passkey.Verifier
)

_SIGNERS: MappingProxyType[Algorithm, Callable[[bytes], _Signer]] = MappingProxyType(
    {
        "ed25519": Ed25519PrivateKey.from_private_bytes,
        "ml-dsa-44": MLDSA44PrivateKey.from_seed_bytes,
        "ml-dsa-65": MLDSA65PrivateKey.from_seed_bytes,
        "sm2": sm2.Signer,
    }
)
_VERIFIERS: MappingProxyType[Algorithm, Callable[[bytes], _Verifier]] = MappingProxyType(
    {
        "ed25519": Ed25519PublicKey.from_public_bytes,
        "ml-dsa-44": MLDSA44PublicKey.from_public_bytes,
        "ml-dsa-65": MLDSA65PublicKey.from_public_bytes,
        "sm2": sm2.Verifier,
        "webauthn-es256": passkey.Verifier,
    }
)


@lru_cache(maxsize=4096)
def _keyid(algorithm: Algorithm, raw: bytes) -> str:
    return hashlib.sha256(algorithm.encode() + b"\n" + raw).hexdigest()


@lru_cache(maxsize=4096)
def _load(algorithm: Algorithm, raw: bytes) -> _Verifier:
    return _VERIFIERS[algorithm](raw)
