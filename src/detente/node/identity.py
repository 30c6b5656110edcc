"""The identity: the private keys that a node works with, on disk, one file each, for its owner alone.

    H/keys/live/log-ml-dsa-44.seed       32 bytes, 0600
    H/keys/live/log-ml-dsa-44.2.seed     the next generation: drawn, put into a charter, then used

A node signs records, checkpoints of its own log, and cosignatures. It never holds an officer's key: grave
acts are done by people. The two domains share no key. Seeds come from the caller's source of randomness.
Which generation signs is decided by the log: by the charter in force where the signature will stand.
"""

import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from detente.node import durable
from detente.node.errors import HomeMissing, HomeUnsafe
from detente.node.home import Home
from detente.trust.errors import Malformed
from detente.trust.key import SEED_BYTES, Algorithm, PrivateKey
from detente.trust.record import Domain
from detente.trust.suite import SUITES, Role, row

NODE_ROLES: tuple[Role, ...] = ("record", "log", "witness")
SUITE = "nist-1"
NAME = re.compile(r"[a-z]+-[a-z0-9-]+?(?:\.([0-9]{1,6}))?\.seed")


@dataclass(frozen=True)
class Identity:
    """The keys of one node in one domain, by role, in the order of the suite's row.

    `keys` is the oldest generation that is here, `later` are those drawn after it.
    """

    domain: Domain
    keys: dict[Role, tuple[PrivateKey, ...]]
    later: tuple[dict[Role, tuple[PrivateKey, ...]], ...] = ()

    @property
    def newest(self) -> dict[Role, tuple[PrivateKey, ...]]:
        """The keys drawn last."""
        return self.later[-1] if self.later else self.keys

    def among(self, role: Role, keyids: Collection[str]) -> tuple[PrivateKey, ...]:
        """Return those keys of a role, of any generation, that are among these."""
        all_keys = [key for one in (self.keys, *self.later) for key in one[role]]
        return tuple(key for key in all_keys if key.public.keyid in keyids)

    @classmethod
    def create(
        cls, home: Home, domain: Domain, draw: Callable[[int], bytes] = os.urandom, suite: str = SUITE
    ) -> "Identity":
        """Draw the new keys of a suite, and keep them.

        Raises:
            Malformed: `suite.1`.
            HomeMissing: `identity.1`: there are keys already. DiskFailed: `disk.1`.
        """
        folder = _folder(home, domain)
        # 1. No key is ever overwritten.
        if folder.exists() and any(folder.iterdir()):
            raise HomeMissing(
                "identity.1", f"{folder} holds keys already.", "Keep them; rotate by a charter."
            )
        paths = _paths(folder, 1, suite)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _draw(paths, draw)
        return cls.at(home, domain)

    @classmethod
    def at(cls, home: Home, domain: Domain) -> "Identity":
        """Read the keys of a home.

        Raises:
            HomeMissing: `identity.2`. HomeUnsafe: `identity.3`. Malformed: `identity.4`.
        """
        folder = _folder(home, domain)
        read = [_generation(folder, number) for number in _numbers(folder) or [1]]
        return cls(domain, read[0], tuple(read[1:]))

    @classmethod
    def renew(
        cls,
        home: Home,
        domain: Domain,
        suite: str | None = None,
        draw: Callable[[int], bytes] = os.urandom,
    ) -> "Identity":
        """Draw the next generation beside those here, of a suite, or of the same one.

        Raises:
            Malformed: `suite.1`. DiskFailed: `disk.1`.
        """
        folder = _folder(home, domain)
        newest = max(_numbers(folder), default=0)
        _draw(_paths(folder, newest + 1, suite or _suite(folder, newest)), draw)
        return cls.at(home, domain)

    @classmethod
    def retire(cls, home: Home, domain: Domain, used: Collection[str]) -> "Identity":
        """Destroy the generations before the first that has a key in use; whoever keeps one can lie with it.

        Args:
            home: where.
            domain: live or exercise.
            used: keyids of the charter in force.
        """
        folder = _folder(home, domain)
        for number in _numbers(folder):
            keys = [key.public.keyid for of_role in _generation(folder, number).values() for key in of_role]
            if set(keys) & set(used):
                break
            if number != _numbers(folder)[-1]:
                for path in _paths(folder, number, _suite(folder, number)).values():
                    path.unlink()
        return cls.at(home, domain)


def _draw(paths: dict[tuple[Role, Algorithm], Path], draw: Callable[[int], bytes]) -> None:
    for path in paths.values():
        durable.write(path, draw(SEED_BYTES))


def _generation(folder: Path, number: int) -> dict[Role, tuple[PrivateKey, ...]]:
    keys: dict[Role, tuple[PrivateKey, ...]] = {}
    for (role, algorithm), path in _paths(folder, number, _suite(folder, number)).items():
        keys[role] = (*keys.get(role, ()), PrivateKey.from_seed(algorithm, _seed(path)))
    return keys


def _suite(folder: Path, number: int) -> str:
    """Return of which suite a generation is: the first of which most keys are here."""
    return max(
        SUITES, key=lambda suite: sum(path.exists() for path in _paths(folder, number, suite).values())
    )


def _paths(folder: Path, number: int, suite: str) -> dict[tuple[Role, Algorithm], Path]:
    suffix = "" if number == 1 else f".{number}"
    return {
        (role, algorithm): folder / f"{role}-{algorithm}{suffix}.seed"
        for role in NODE_ROLES
        for algorithm in row(suite, role)
    }


def _numbers(folder: Path) -> list[int]:
    """Return the numbers of the generations that are here, ascending."""
    found = {NAME.fullmatch(path.name) for path in folder.glob("*.seed")} - {None}
    return sorted({int(match[1] or 1) for match in found if match})


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
