"""An officer: a person with keys of their own, in a file of their own, on no node.

    {"holder": "first", "party": "us", "seeds": {"ed25519": "…", "ml-dsa-65": "…"}}       0600

What an officer hands out is the same without seeds: the public keys that go into the party's charter. What an
officer signs is a file that they can read first; the signature is an envelope with their two signatures.
"""

import base64
import os
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from detente.node import durable
from detente.node.errors import HomeMissing, HomeUnsafe
from detente.trust.charter import CharterKey
from detente.trust.envelope import Envelope, sign
from detente.trust.errors import Malformed
from detente.trust.key import SEED_BYTES, Algorithm, PrivateKey, PublicKey
from detente.trust.suite import row

SUITE = "nist-1"
T = TypeVar("T")


class Public(Struct, frozen=True, forbid_unknown_fields=True):
    """What an officer hands out: who they are, and their keys by algorithm in base64."""

    party: str
    holder: str
    keys: dict[Algorithm, str]

    @classmethod
    def read(cls, path: Path) -> "Public":
        """Read the public part of an officer. Raises Malformed: `officer.1`."""
        return _read(path, cls)

    def entries(self, expires: int | None) -> dict[str, CharterKey]:
        """Return keyid to entry, as a charter has them."""
        names = {algorithm: _keyid(algorithm, public) for algorithm, public in self.keys.items()}
        return {
            names[algorithm]: CharterKey(algorithm, public, self.holder, expires)
            for algorithm, public in self.keys.items()
        }


class Officer(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's private keys."""

    party: str
    holder: str
    seeds: dict[Algorithm, str]

    @classmethod
    def create(cls, path: Path, party: str, holder: str) -> "Officer":
        """Draw new keys into a new file that only its owner can read.

        Raises:
            HomeMissing: `officer.2` there is such a file already. DiskFailed: `disk.1`.
        """
        # 2. No key is ever overwritten.
        if path.exists():
            raise HomeMissing("officer.2", f"{path} is there already.", "Choose another file.")
        officer = cls(party, holder, {one: os.urandom(SEED_BYTES).hex() for one in row(SUITE, "officer")})
        durable.write(path, msgspec.json.encode(officer, order="sorted") + b"\n")
        return officer

    @classmethod
    def read(cls, path: Path) -> "Officer":
        """Read an officer's keys.

        Raises:
            Malformed: `officer.1`. HomeUnsafe: `officer.3` others can read them.
        """
        officer = _read(path, cls)
        # 3. Nobody else can read it.
        if path.stat().st_mode & 0o077:
            raise HomeUnsafe(
                "officer.3", f"Others can read {path}.", f"Run: chmod 600 {path}, and rotate the keys."
            )
        return officer

    @property
    def public(self) -> Public:
        """What the officer hands out."""
        keys = {key.public.algorithm: base64.b64encode(key.public.raw).decode() for key in self._keys()}
        return Public(self.party, self.holder, keys)

    def sign(self, payload_type: str, payload: bytes) -> Envelope:
        """Return an envelope with this officer's signatures, one of each algorithm."""
        return sign(payload_type, payload, self._keys())

    def _keys(self) -> list[PrivateKey]:
        return [PrivateKey.from_seed(one, bytes.fromhex(seed)) for one, seed in self.seeds.items()]


def _keyid(algorithm: Algorithm, public: str) -> str:
    return PublicKey(algorithm, base64.b64decode(public)).keyid


def _read(path: Path, kind: type[T]) -> T:
    # 1. The file is what it is taken for.
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise Malformed(
            "officer.1", f"{path}: {error}.", "Name a file that `detente officer` made."
        ) from error
