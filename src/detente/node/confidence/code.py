"""The follow-up code: what a reporter keeps, and the only way back to a report.

    Code.draw(<16 random bytes>).text == "4CTM-…-9Q"

26 symbols of Crockford's base32 for 16 bytes, and two more that find slips of the pen. From the bytes follow,
by HMAC-SHA-256 with a label each: the lookup under which a desk keeps the report, the key that opens its
answers (X-Wing), and the key that signs the reporter's replies (Ed25519). So a desk that knows the lookup can
neither read nor answer. 128 random bits need no stretching. Pure.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from detente.trust.errors import Malformed
from detente.trust.key import PrivateKey
from detente.trust.recipient import OpeningKey

BYTES = 16
REPORTER = "reporter"
FOREVER = 253_402_300_799_000
"""The end of the year 9999: the code itself has no end, for answers may come late."""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans("OIL", "011")
_SYMBOLS = 26
_CHECKS = 2
_GROUP = 4


@dataclass(frozen=True)
class Code:
    """A follow-up code; its `repr` does not show it."""

    raw: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "Code":
        """Read a code as a person types it: any case, with or without dashes, O for 0, I and L for 1.

        Raises:
            Malformed: `code.1`, `code.2`.
        """
        kept = "".join(text.upper().translate(_ALIKE).replace("-", " ").split())
        # 1. It has the letters of a code, and as many.
        if len(kept) != _SYMBOLS + _CHECKS or not set(kept) <= set(_LETTERS):
            raise Malformed(
                "code.1",
                "This is no follow-up code: it has 28 letters and digits.",
                "Type all of it, as it stands on the receipt; dashes may be left out.",
            )
        number = 0
        for one in kept[:_SYMBOLS]:
            number = number << 5 | _LETTERS.index(one)
        # 2. It was typed as it was given.
        found = cls((number >> 2).to_bytes(BYTES + 1)[-BYTES:])
        if found.text.replace("-", "") != kept:
            raise Malformed(
                "code.2",
                "The follow-up code is mistyped.",
                "Compare it with what you wrote down, and type it again.",
            )
        return found

    @property
    def text(self) -> str:
        """The code as it is written down, in groups of four."""
        number = int.from_bytes(self.raw) << 2
        letters = [_LETTERS[number >> 5 * at & 31] for at in reversed(range(_SYMBOLS))]
        check = int.from_bytes(hashlib.sha256(b"detente/v1 code check\n" + self.raw).digest()[:2]) >> 6
        whole = "".join(letters) + _LETTERS[check >> 5] + _LETTERS[check & 31]
        return "-".join(whole[at : at + _GROUP] for at in range(0, len(whole), _GROUP))

    @property
    def lookup(self) -> str:
        """Under what a desk keeps the report: 64 hexadecimal digits that tell nothing of the code."""
        return self._derive(b"lookup").hex()

    def opener(self) -> OpeningKey:
        """Return the key to which a desk's messages are sealed."""
        return OpeningKey.from_seed(REPORTER, self._derive(b"opening key"), FOREVER)

    def signer(self) -> PrivateKey:
        """Return the key that signs what the reporter adds."""
        return PrivateKey.from_seed("ed25519", self._derive(b"signing key"))

    def _derive(self, label: bytes) -> bytes:
        return hmac.digest(self.raw, b"detente/v1 follow-up " + label + b"\n", "sha256")
