"""The opening file: an intake officer's or a keeper's private keys under a passphrase, on their own machine.

    {"lock":{…},"name":"duty-1","role":"officer","sealed":"…","v":1}    0600

`sealed` is what `trust.passphrase` makes of the pairs of seeds, the newest first; name and role are bound to
it. `rotate` puts a new pair before the others; `forget` ends with the older ones all that was sealed to them.
"""

import base64
import os
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from detente.faces.keyfile import Lock
from detente.node import durable
from detente.node.confidence.card import Officer
from detente.node.confidence.officer import Opener
from detente.node.errors import HomeMissing, HomeUnsafe
from detente.trust import canonical, passphrase
from detente.trust.errors import Malformed
from detente.trust.key import SEED_BYTES
from detente.trust.passphrase import NONCE_BYTES, SALT_BYTES, STRONG

Role: TypeAlias = Literal["officer", "keeper"]


class OpeningFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The keys as they rest.

    Attributes:
        v: the version of this format, 1.
        name: as on the card.
        role: whether they open reports or identities.
        lock: how the passphrase becomes a key.
        sealed: the seeds, in base64.
    """

    v: Literal[1] = 1
    name: str
    role: Role
    lock: Lock
    sealed: str

    @classmethod
    def read(cls, path: Path) -> "OpeningFile":
        """Read a file; it stays locked. Raises Malformed: `openingfile.1`. HomeUnsafe: `openingfile.2`."""
        # 1. The file is what it is taken for.
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError) as error:
            raise Malformed(
                "openingfile.1", f"{path}: {error}.", "Name a file that `detente intake keys` made."
            ) from error
        # 2. Nobody else can read it.
        if path.stat().st_mode & 0o077:
            raise HomeUnsafe(
                "openingfile.2", f"Others can read {path}.", f"Run: chmod 600 {path}, and rotate."
            )
        return found

    def unlock(self, text: str) -> Opener:
        """Return the keys. Raises as `passphrase.unlock`."""
        bound, cost = _bound(self.name, self.role, self.lock), self.lock.cost
        salt, sealed = base64.b64decode(self.lock.salt), base64.b64decode(self.sealed)
        opened = passphrase.unlock(sealed, text, bound, salt, cost)
        pairs = msgspec.json.decode(opened, type=tuple[tuple[bytes, bytes], ...])
        return Opener(self.name, pairs)

    def public(self, opener: Opener) -> Officer:
        """Return what goes onto the card."""
        return opener.public if self.role == "officer" else opener.keeper


def create(path: Path, name: str, role: Role, text: str) -> Officer:
    """Draw keys into a new file, and return what goes onto the card.

    Raises:
        HomeMissing: `openingfile.4`. DiskFailed: `disk.1`. As `passphrase.lock`.
    """
    # 4. No key is ever overwritten.
    if path.exists():
        raise HomeMissing("openingfile.4", f"{path} is there already.", "Choose another file.")
    return _written(path, Opener(name, (_pair(),)), role, text)


def rotate(path: Path, found: OpeningFile, text: str, *, forget: bool = False) -> Officer:
    """Put a new pair before the others, or end with the others; return what goes onto the next card.

    Raises:
        As `OpeningFile.unlock`, `passphrase.lock`. DiskFailed: `disk.1`.
    """
    held = found.unlock(text).seeds
    seeds = held[:1] if forget else (_pair(), *held)
    return _written(path, Opener(found.name, seeds), found.role, text)


def _pair() -> tuple[bytes, bytes]:
    return os.urandom(SEED_BYTES), os.urandom(SEED_BYTES)


def _written(path: Path, opener: Opener, role: Role, text: str) -> Officer:
    salt = os.urandom(SALT_BYTES)
    how = Lock(STRONG, base64.b64encode(salt).decode())
    secret = msgspec.json.encode(opener.seeds)
    bound = _bound(opener.name, role, how)
    sealed = passphrase.lock(secret, text, bound, salt, os.urandom(NONCE_BYTES), STRONG)
    file = OpeningFile(name=opener.name, role=role, lock=how, sealed=base64.b64encode(sealed).decode())
    durable.write(path, msgspec.json.encode(file, order="sorted") + b"\n")
    return file.public(opener)


def _bound(name: str, role: str, how: Lock) -> bytes:
    value: canonical.Value = msgspec.to_builtins({"v": 1, "name": name, "role": role, "lock": how})
    return canonical.encode(value)
