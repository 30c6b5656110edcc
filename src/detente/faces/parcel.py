r"""The parcel: a file of a private match as it travels, which only who was released its key can read.

    detente-match/v1\n <nonce: 12 bytes> <AES-256-GCM ciphertext, 16 bytes of tag>

The key is 32 random bytes, sealed in a record of the run: it leaves through the gate or not at all, and is in
the delivery ledger. Associated data are the id of the match, what the file is, and its author, a line each.
The nonce is the first 12 bytes of HMAC-SHA-256 under the key over those and the SHA-256 of the plaintext: one
file has one nonce, and two files never share one (after RFC 5297, section 1.1).
"""

import hashlib
import hmac
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from detente.trust.errors import BadProof, Malformed, TooLarge

MAGIC = b"detente-match/v1\n"
NONCE_BYTES, TAG_BYTES = 12, 16
MOST = 80 * 1024 * 1024
What = Literal["points", "reply", "pairs", "openings"]


class Label(Struct, frozen=True):
    """What a parcel is for.

    Args:
        match: id of the record that proposed the run.
        what: which file of its author.
        party: its author.
    """

    match: str
    what: What
    party: str

    @property
    def data(self) -> bytes:
        """Return the associated data."""
        return f"{self.match}\n{self.what}\n{self.party}\n".encode()


def seal(key: bytes, label: Label, plain: bytes) -> bytes:
    """Return the parcel of a file; the same for the same file."""
    nonce = hmac.digest(key, label.data + hashlib.sha256(plain).digest(), "sha256")[:NONCE_BYTES]
    return MAGIC + nonce + AESGCM(key).encrypt(nonce, plain, label.data)


def unseal(key: bytes, label: Label, parcel: bytes) -> bytes:
    """Return the file in a parcel.

    Raises:
        TooLarge: `parcel.1`. Malformed: `parcel.2`. BadProof: `parcel.3`.
    """
    # 1. No longer than a file of a run can be.
    if len(parcel) > MOST:
        raise TooLarge("parcel.1", f"A file of {len(parcel)} bytes.", f"{MOST} at most.")
    # 2. It is a parcel.
    start = len(MAGIC) + NONCE_BYTES
    if not parcel.startswith(MAGIC) or len(parcel) < start + TAG_BYTES:
        raise Malformed(
            "parcel.2", "No file of a private match.", "Ask for the file that detente match wrote."
        )
    # 3. It was made with this key, for this step of this run, by this party.
    try:
        return AESGCM(key).decrypt(parcel[len(MAGIC) : start], parcel[start:], label.data)
    except InvalidTag as error:
        raise BadProof(
            "parcel.3",
            f"This is not {label.party}'s file of {label.what} for this run, or it was changed.",
            "Ask its author for the file of this step again.",
        ) from error
