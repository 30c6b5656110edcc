"""The identity: the private keys that a node works with, on disk, one file each, for its owner alone.

    H/keys/live/log-ml-dsa-44.seed       32 bytes, 0600

A node signs records, checkpoints of its own log, and cosignatures. It never holds an officer's key: grave
acts are done by people. The two domains share no key. Seeds come from the caller's source of randomness.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from detente.node import durable
from detente.node.errors import HomeMissing, HomeUnsafe
from detente.node.home import Home
from detente.trust.errors import Malformed
from detente.trust.key import SEED_BYTES, PrivateKey
from detente.trust.record import Domain
from detente.trust.suite import Role, row

NODE_ROLES: tuple[Role, ...] = ("record", "log", "witness")
SUITE = "nist-1"


@dataclass(frozen=True)
class Identity:
    """The keys of one node in one domain, by role, in the order of the suite's row."""

    domain: Domain
    keys: dict[Role, tuple[PrivateKey, ...]]

    @classmethod
    def create(cls, home: Home, domain: Domain, draw: Callable[[int], bytes] = os.urandom) -> "Identity":
        """Draw new keys and keep them.

        Raises:
            HomeMissing: `identity.1`: there are keys already. DiskFailed: `disk.1`.
        """
        folder = _folder(home, domain)
        # 1. No key is ever overwritten.
        if folder.exists() and any(folder.iterdir()):
            raise HomeMissing(
                "identity.1", f"{folder} holds keys already.", "Keep them; rotate by a charter."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for role in NODE_ROLES:
            for algorithm in row(SUITE, role):
                durable.write(folder / f"{role}-{algorithm}.seed", draw(SEED_BYTES))
        return cls.at(home, domain)

    @classmethod
    def at(cls, home: Home, domain: Domain) -> "Identity":
        """Read the keys of a home.

        Raises:
            HomeMissing: `identity.2`. HomeUnsafe: `identity.3`. Malformed: `identity.4`.
        """
        folder = _folder(home, domain)
        keys: dict[Role, tuple[PrivateKey, ...]] = {}
        for role in NODE_ROLES:
            paths = [(folder / f"{role}-{algorithm}.seed", algorithm) for algorithm in row(SUITE, role)]
            keys[role] = tuple(PrivateKey.from_seed(algorithm, _seed(path)) for path, algorithm in paths)
        return cls(domain, keys)


def _folder(home: Home, domain: Domain) -> Path:
    return home.path / "keys" / domain


def _seed(path: Path) -> bytes:
    data = durable.read(path)
    # 2. The key is there.
    if data is None:
        raise HomeMissing("identity.2", f"The key {path} is missing.", "Make the keys, or restore them.")
    # 3. Nobody else can read it.
    if path.stat().st_mode & 0o077:
        raise HomeUnsafe(
            "identity.3", f"Others can read {path}.", f"Run: chmod 600 {path}, and rotate the key."
        )
    # 4. It is whole.
    if len(data) != SEED_BYTES:
        raise Malformed(
            "identity.4", f"{path} has {len(data)} bytes, not {SEED_BYTES}.", "Restore that file."
        )
    return data
