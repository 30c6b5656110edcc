"""The key file: an officer's private keys under a passphrase, on the officer's own machine or stick.

    {"holder":"ada","keys":{"ed25519":"…","ml-dsa-65":"…"},
     "lock":{"cost":{"lanes":4,"memory":65536,"passes":3},"salt":"…"},"party":"us","sealed":"…","v":1}    0600

`keys` are the public halves, so that the file can be shown without the passphrase. `sealed` is what
`trust.passphrase` makes of the seeds by algorithm; everything else in the file is bound to it, so that a file
whose party, holder, public keys or cost were changed does not open.

An officer with a token has the Ed25519 key there: `token` says on which, the seeds of the other algorithms
lie in the file as ever, and each signature takes both. `token` is bound as the rest is, so that no file that
somebody changed makes this program load another library.
"""

import base64
import binascii
import os
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from detente.faces import secrecy
from detente.faces.officer import SUITE, Officer, Public, seeds
from detente.faces.speech import Voice
from detente.faces.token import ON_TOKEN, Hand, Holding
from detente.node import durable
from detente.node.errors import HomeMissing, HomeUnsafe
from detente.trust import canonical, passphrase
from detente.trust.canonical import Value
from detente.trust.errors import Malformed, WrongPassphrase
from detente.trust.key import Algorithm, PrivateKey, PublicKey
from detente.trust.passphrase import NONCE_BYTES, SALT_BYTES, STRONG, Cost


class Lock(Struct, frozen=True, forbid_unknown_fields=True):
    """How the passphrase becomes a key: Argon2id with this cost and this salt (base64)."""

    cost: Cost
    salt: str


class KeyFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """An officer's keys as they rest.

    Attributes:
        v: the version of this format, 1.
        party: for whom the officer signs.
        holder: their short name within the party.
        keys: the public keys by algorithm, in base64.
        lock: how the passphrase becomes a key.
        sealed: the seeds, in base64; none of the key that lies on a token.
        token: where the Ed25519 key lies, if not here.
    """

    v: Literal[1]
    party: str
    holder: str
    keys: dict[Algorithm, str]
    lock: Lock
    sealed: str
    token: Holding | None = None

    @classmethod
    def create(
        cls,
        path: Path,
        party: str,
        holder: str,
        text: str,
        suite: str = SUITE,
        held: tuple[Holding, PublicKey] | None = None,
    ) -> "KeyFile":
        """Draw new keys into a new file that only its owner can read, and only the passphrase opens.

        Args:
            path: the new file.
            party: for whom the officer signs.
            holder: their short name.
            text: the passphrase.
            suite: which algorithms sign.
            held: the key that a token has, which takes the place of a seed.

        Raises:
            HomeMissing: `keyfile.2` there is such a file already. DiskFailed: `disk.1`.
            Malformed, TooLarge: `passphrase.1`.
        """
        vacant(path)
        drawn = seeds(suite)
        where, known = (None, {}) if held is None else (held[0], {ON_TOKEN: _text(held[1].raw)})
        drawn = {one: seed for one, seed in drawn.items() if one not in known}
        made = Officer.of(party, holder, drawn).public
        public = Public(party, holder, known | made.keys)
        return _written(path, _locked(public, {one: seed.hex() for one, seed in drawn.items()}, text, where))

    @classmethod
    def read(cls, path: Path) -> "KeyFile":
        """Read a key file; it stays locked.

        Raises:
            Malformed: `keyfile.1`. HomeUnsafe: `keyfile.3` others can read it.
        """
        # 1. The file is what it is taken for.
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError) as error:
            raise Malformed(
                "keyfile.1", f"{path}: {error}.", "Name a file that `detente officer new` made."
            ) from error
        # 3. Nobody else can read it.
        if path.stat().st_mode & 0o077:
            raise HomeUnsafe(
                "keyfile.3", f"Others can read {path}.", f"Run: chmod 600 {path}, and rotate the keys."
            )
        return found

    @property
    def public(self) -> Public:
        """What the officer hands out."""
        return Public(self.party, self.holder, self.keys)

    def unlock(self, text: str, pin: str = "") -> Officer:
        """Return the officer.

        Args:
            text: the passphrase.
            pin: of the token, if one of the keys lies there; the token is asked when it signs.

        Raises:
            WrongPassphrase: `passphrase.5`; `keyfile.5`. Malformed: `keyfile.4`.
            As `passphrase.unlock`.
        """
        officer = Officer.of(
            self.party, self.holder, {one: bytes.fromhex(seed) for one, seed in self._seeds(text).items()}
        )
        if self.token is not None:
            public = PublicKey(ON_TOKEN, _bytes(self.keys[ON_TOKEN]))
            key = PrivateKey.elsewhere(public, Hand(self.token, public, pin))
            officer = Officer(self.party, self.holder, (key, *officer.keys))
        # 5. The seeds are those of the public keys.
        if officer.public != self.public:
            raise WrongPassphrase(
                "keyfile.5", "The public keys are not those of the seeds.", "Take the file from your copy."
            )
        return officer

    def opened(self, voice: Voice, passphrase_fd: int | None, pin_fd: int | None) -> Officer:
        """Return the officer, after asking for the passphrase, and for the token's PIN if there is one.

        Raises:
            As `secrecy.known`, `unlock`.
        """
        text = secrecy.known(voice, passphrase_fd)
        pin = "" if self.token is None else secrecy.asked(secrecy.ASK_PIN, voice, pin_fd)
        return self.unlock(text, pin)

    def relock(self, path: Path, old: str, new: str) -> "KeyFile":
        """Put the same keys under another passphrase, with a new salt, and replace the file.

        Raises:
            As `unlock`, and `passphrase.lock`. DiskFailed: `disk.1`.
        """
        return _written(path, _locked(self.public, self._seeds(old), new, self.token))

    def _seeds(self, text: str) -> dict[Algorithm, str]:
        bound, cost = _bound(self.public, self.lock, self.token), self.lock.cost
        opened = passphrase.unlock(_bytes(self.sealed), text, bound, _bytes(self.lock.salt), cost)
        return msgspec.json.decode(opened, type=dict[Algorithm, str])


def vacant(path: Path) -> None:
    """Return if there is no file at a path yet. Raises HomeMissing: `keyfile.2`."""
    # 2. No key is ever overwritten.
    if path.exists():
        raise HomeMissing("keyfile.2", f"{path} is there already.", "Choose another file.")


def _locked(public: Public, found: dict[Algorithm, str], text: str, where: Holding | None) -> KeyFile:
    salt = os.urandom(SALT_BYTES)
    how = Lock(STRONG, _text(salt))
    secret = msgspec.json.encode(found, order="sorted")
    bound = _bound(public, how, where)
    sealed = passphrase.lock(secret, text, bound, salt, os.urandom(NONCE_BYTES), STRONG)
    return KeyFile(
        v=1,
        party=public.party,
        holder=public.holder,
        keys=public.keys,
        lock=how,
        sealed=_text(sealed),
        token=where,
    )


def _written(path: Path, kept: KeyFile) -> KeyFile:
    durable.write(path, msgspec.json.encode(kept, order="sorted") + b"\n")
    return kept


def _bound(public: Public, how: Lock, where: Holding | None) -> bytes:
    """The rest of the file, as canonical JSON."""
    value: Value = msgspec.to_builtins({"v": 1, "public": public, "lock": how, "token": where})
    return canonical.encode(value)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    # 4. What is binary is base64.
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("keyfile.4", f"Not base64: {error}.", "Take the file from your copy.") from error
