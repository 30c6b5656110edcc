"""SM2 with SM3: the signatures of GB/T 32918.2 over the curve of GB/T 32918.5, with the default identity.

    Signer(seed).sign(message)         r and s, 32 bytes each
    Verifier(raw).verify(signature, message)

`cryptography` has SM3 and no SM2. GmSSL signs, which is in the extra `sm`; the node that needs it is the one
that signs. Verifying is done here, on public values alone, so that every party can verify what a party of
`sm-1` signs, whatever is installed. Whoever signs verifies before handing out: two programs have to agree.
"""

import importlib
from typing import Protocol, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SM3, Hash

from detente.trust.errors import Misuse

PUBLIC_BYTES = 64
SIGNATURE_BYTES = 64
IDENTITY = b"1234567812345678"
"""The identity where none was agreed (GM/T 0009, section 10)."""

_P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
_N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
_G = (
    0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7,
    0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0,
)
_BYTES = 32

_Affine = tuple[int, int]
_Jacobian = tuple[int, int, int]
_NOWHERE: _Jacobian = (1, 1, 0)


class _Library(Protocol):
    """What is used of GmSSL."""

    def sm2_sign(self, private_key: bytes, public_key: bytes, message: bytes, signer_id: bytes) -> bytes:
        """Return a DER signature."""


class Verifier:
    """A public key: x and y, 32 bytes each."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._point = _numbers(raw)

    @classmethod
    def from_public_bytes(cls, raw: bytes) -> "Verifier":
        """Return the key of these bytes."""
        return cls(raw)

    def public_bytes_raw(self) -> bytes:
        """Return the bytes of the key."""
        return self._raw

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return if the signature is this key's over the message (GB/T 32918.2, section 7.1).

        Raises:
            InvalidSignature: it is not.
        """
        if len(signature) != SIGNATURE_BYTES:
            raise InvalidSignature
        r, s = _numbers(signature)
        t = (r + s) % _N
        if not (0 < r < _N and 0 < s < _N) or t == 0:
            raise InvalidSignature
        found = _affine(_both(s, _G, t, self._point))
        if found is None or (_digest(self._raw, message) + found[0]) % _N != r:
            raise InvalidSignature


class Signer:
    """A private key, of a seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        # From 1 to n − 2 (GB/T 32918.1, section 6.1). A seed beyond n has a chance of 2 to the −32.
        number = int.from_bytes(seed, "big") % (_N - 2) + 1
        self._private = number.to_bytes(_BYTES, "big")
        point = _affine(_both(number, _G, 0, _G))
        self._public = Verifier(b"".join(one.to_bytes(_BYTES, "big") for one in point or (0, 0)))

    def public_key(self) -> Verifier:
        """Return the public half."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Return a signature that was verified.

        Raises:
            Misuse: `sm2.1`: GmSSL is not installed; `sm2.2`: it made a signature that does not verify.
        """
        # 1. The library that signs is here.
        try:
            library = cast("_Library", importlib.import_module("gmssl_pyx"))
        except ImportError as error:
            raise Misuse(
                "sm2.1",
                "To sign with SM2, the extra `sm` has to be installed.",
                "Install it: python -m pip install --require-hashes -r requirements-sm.lock",
            ) from error
        public = self._public.public_bytes_raw()
        r, s = decode_dss_signature(library.sm2_sign(self._private, public, message, IDENTITY))
        signature = r.to_bytes(_BYTES, "big") + s.to_bytes(_BYTES, "big")
        # 2. What it made is a signature: a fault in signing can give the key away.
        try:
            self._public.verify(signature, message)
        except InvalidSignature as error:
            raise Misuse("sm2.2", "A signature of SM2 came out wrong.", "Check this machine.") from error
        return signature


def is_point(raw: bytes) -> bool:
    """Tell whether these bytes are a point of the curve: its order is prime, so that all others bind."""
    x, y = _numbers(raw)
    return x < _P and y < _P and (y * y - (x * x * x + _A * x + _B)) % _P == 0


def _digest(public: bytes, message: bytes) -> int:
    """Return e: SM3 of Z, which binds identity, curve and key, and of the message (section 5.5)."""
    constants = b"".join(one.to_bytes(_BYTES, "big") for one in (_A, _B, *_G))
    bound = _sm3((len(IDENTITY) * 8).to_bytes(2, "big") + IDENTITY + constants + public)
    return int.from_bytes(_sm3(bound + message), "big")


def _sm3(data: bytes) -> bytes:
    made = Hash(SM3())
    made.update(data)
    return made.finalize()


def _numbers(data: bytes) -> _Affine:
    return int.from_bytes(data[:_BYTES], "big"), int.from_bytes(data[_BYTES:], "big")


def _both(k: int, p: _Affine, m: int, q: _Affine) -> _Jacobian:
    """Return kP + mQ, a bit of both at a time."""
    one, two = (*p, 1), (*q, 1)
    table = (_NOWHERE, one, two, _add(one, two))
    found = _NOWHERE
    for bit in range(max(k.bit_length(), m.bit_length()) - 1, -1, -1):
        found = _double(found)
        which = (k >> bit & 1) + 2 * (m >> bit & 1)
        if which:
            found = _add(found, table[which])
    return found


def _double(p: _Jacobian) -> _Jacobian:
    x, y, z = p
    if z == 0:
        return _NOWHERE
    delta, gamma = z * z % _P, y * y % _P
    beta = x * gamma % _P
    alpha = 3 * (x - delta) * (x + delta) % _P  # a = −3
    x3 = (alpha * alpha - 8 * beta) % _P
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % _P, 2 * y * z % _P


def _add(p: _Jacobian, q: _Jacobian) -> _Jacobian:
    if p[2] == 0 or q[2] == 0:
        return q if p[2] == 0 else p
    (x1, y1, z1), (x2, y2, z2) = p, q
    zz1, zz2 = z1 * z1 % _P, z2 * z2 % _P
    u1, u2 = x1 * zz2 % _P, x2 * zz1 % _P
    s1, s2 = y1 * z2 * zz2 % _P, y2 * z1 * zz1 % _P
    if u1 == u2:
        return _double(p) if s1 == s2 else _NOWHERE
    h, r = u2 - u1, s2 - s1
    hh = h * h % _P
    hhh, v = h * hh % _P, u1 * hh % _P
    x3 = (r * r - hhh - 2 * v) % _P
    return x3, (r * (v - x3) - s1 * hhh) % _P, z1 * z2 * h % _P


def _affine(p: _Jacobian) -> _Affine | None:
    if p[2] == 0:
        return None
    inverse = pow(p[2], -1, _P)
    return p[0] * inverse * inverse % _P, p[1] * inverse * inverse * inverse % _P
