"""An officer: a person with keys of their own, on no node.

    officer = Officer.draw("us", "ada")       new keys, in memory alone
    officer.public                            what goes into the party's charter
    officer.sign(ACT_TYPE, payload)           an envelope with a signature of each algorithm

Where the private keys rest is told elsewhere: in a file under a passphrase (`faces.keyfile`).
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from detente.trust.charter import CharterKey
from detente.trust.envelope import Envelope, sign
from detente.trust.errors import Malformed
from detente.trust.key import SEED_BYTES, Algorithm, PrivateKey, PublicKey
from detente.trust.suite import row

SUITE = "nist-1"


class Public(Struct, frozen=True, forbid_unknown_fields=True):
    """What an officer hands out: who they are, and their keys by algorithm in base64."""

    party: str
    holder: str
    keys: dict[Algorithm, str]

    @classmethod
    def read(cls, path: Path) -> "Public":
        """Read the public part of an officer. Raises Malformed: `officer.1`."""
        # 1. The file is what it is taken for.
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError) as error:
            raise Malformed(
                "officer.1", f"{path}: {error}.", "Name a file that `detente officer` made."
            ) from error

    def entries(self, expires: int | None) -> dict[str, CharterKey]:
        """Return keyid to entry, as a charter has them."""
        names = {algorithm: _keyid(algorithm, public) for algorithm, public in self.keys.items()}
        return {
            names[algorithm]: CharterKey(algorithm, public, self.holder, expires)
            for algorithm, public in self.keys.items()
        }


@dataclass(frozen=True)
class Officer:
    """A person's private keys, in memory: one of each algorithm."""

    party: str
    holder: str
    keys: tuple[PrivateKey, ...]

    @classmethod
    def of(cls, party: str, holder: str, seeds: Mapping[Algorithm, bytes]) -> Self:
        """Return the officer whose keys these seeds determine."""
        return cls(party, holder, tuple(PrivateKey.from_seed(one, seed) for one, seed in seeds.items()))

    @classmethod
    def draw(cls, party: str, holder: str, suite: str = SUITE) -> Self:
        """Return an officer with new keys that nobody keeps."""
        return cls.of(party, holder, seeds(suite))

    @property
    def public(self) -> Public:
        """What the officer hands out."""
        keys = {key.public.algorithm: base64.b64encode(key.public.raw).decode() for key in self.keys}
        return Public(self.party, self.holder, keys)

    def sign(self, payload_type: str, payload: bytes) -> Envelope:
        """Return an envelope with this officer's signatures, one of each algorithm."""
        return sign(payload_type, payload, self.keys)


def seeds(suite: str) -> dict[Algorithm, bytes]:
    """Draw a seed for each algorithm that a suite asks of an officer. Raises Malformed: `suite.1`."""
    return {one: os.urandom(SEED_BYTES) for one in row(suite, "officer")}


def _keyid(algorithm: Algorithm, public: str) -> str:
    return PublicKey(algorithm, base64.b64decode(public)).keyid
