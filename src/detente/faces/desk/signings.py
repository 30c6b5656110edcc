"""The signings: what officers were asked to sign at this desk, and the passkeys that they registered here.

    H/desk/officers/passkeys/9f….json     a passkey's public half, by its keyid; the private one is not here
    H/desk/officers/statements/5d….json   one statement, by its id, with the signatures so far

Nothing of it counts by being here: each signature is checked again by whoever uses it.
"""

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from detente.faces.officer import Public
from detente.faces.statement import TYPES, Kind
from detente.node import durable
from detente.node.errors import Exceeded, NoSuchThing
from detente.trust import envelope
from detente.trust.envelope import Envelope, Signature
from detente.trust.record import Domain

NAME = re.compile(r"[0-9a-f]{64}")
MOST = 200
Kept = TypeVar("Kept", bound=Struct)


class Passkey(Struct, frozen=True):
    """A passkey of an officer.

    Attributes:
        keyid: its name in the charter.
        credential: its name with the authenticator, base64url.
        counter: the highest that was seen of it.
        public: what the officer hands out.
    """

    keyid: str
    credential: str
    counter: int
    public: Public


class Asked(Struct, frozen=True, kw_only=True):
    """A statement that waits for officers.

    Attributes:
        id: of the statement, which is what a passkey is challenged with.
        kind: what it is.
        domain: in which it was brought.
        payload: its bytes.
        at: when it was brought, in milliseconds.
        record: of a release, which record; else empty.
        to: of a release, to which party; else empty.
        back: of an act that was begun at this desk, its page: `/act/decide?record=…`; else empty.
        signed: keyid to signature.
    """

    id: str
    kind: Kind
    domain: Domain
    payload: bytes
    at: int
    record: str = ""
    to: str = ""
    back: str = ""
    signed: dict[str, bytes] = {}

    @property
    def envelope(self) -> Envelope:
        """The statement with all its signatures."""
        signed = tuple(Signature(keyid, self.signed[keyid]) for keyid in sorted(self.signed))
        return Envelope(TYPES[self.kind], self.payload, signed)


@dataclass
class Signings:
    """What one home's desk keeps for its officers."""

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def passkeys(self) -> list[Passkey]:
        """Return the passkeys that were registered here, by holder."""
        found = [_read(path, Passkey) for path in sorted((self.folder / "passkeys").glob("*.json"))]
        return sorted(found, key=lambda one: (one.public.holder, one.keyid))

    def register(self, one: Passkey) -> None:
        """Keep a passkey. Raises Exceeded: `signings.1`. DiskFailed: `disk.1`."""
        self._keep("passkeys", one.keyid, msgspec.json.encode(one))

    def asked(self, domain: Domain) -> list[Asked]:
        """Return the statements that wait, newest first."""
        found = [_read(path, Asked) for path in (self.folder / "statements").glob("*.json")]
        return sorted((one for one in found if one.domain == domain), key=lambda one: -one.at)

    def get(self, name: str) -> Asked:
        """Return one statement. Raises NoSuchThing: `signings.2`."""
        path = self.folder / "statements" / f"{name}.json"
        # 2. It waits here.
        if not NAME.fullmatch(name) or not path.exists():
            raise NoSuchThing(
                "signings.2", f"Nothing of the name {name[:16]!a} waits here.", "Bring it again."
            )
        return _read(path, Asked)

    def ask(self, one: Asked) -> Asked:
        """Keep a statement, or return the one that waits already under its id, with the page it is now from.

        Raises Exceeded: `signings.1`. DiskFailed: `disk.1`.
        """
        path = self.folder / "statements" / f"{one.id}.json"
        with self._lock:
            if path.exists():
                old = _read(path, Asked)
                made = msgspec.structs.replace(old, back=one.back or old.back)
                self._write("statements", one.id, msgspec.json.encode(made))
                return made
        self._keep("statements", one.id, msgspec.json.encode(one))
        return one

    def sign(self, name: str, passkey: Passkey, signature: bytes, counter: int) -> Asked:
        """Put a signature, which was checked, to a statement. Raises NoSuchThing: `signings.2`."""
        with self._lock:
            one = self.get(name)
            made = msgspec.structs.replace(one, signed={**one.signed, passkey.keyid: signature})
            self._write("statements", name, msgspec.json.encode(made))
            counted = msgspec.structs.replace(passkey, counter=counter)
            self._write("passkeys", passkey.keyid, msgspec.json.encode(counted))
        return made

    def drop(self, name: str) -> None:
        """Let a statement wait no more. Raises NoSuchThing: `signings.2`."""
        self.get(name)
        (self.folder / "statements" / f"{name}.json").unlink(missing_ok=True)

    def _keep(self, shelf: str, name: str, data: bytes) -> None:
        with self._lock:
            # 1. There is room: nobody has so many in hand.
            if len(list((self.folder / shelf).glob("*.json"))) >= MOST:
                raise Exceeded("signings.1", f"There are {MOST} of them.", "Remove what waits no more.")
            self._write(shelf, name, data)

    def _write(self, shelf: str, name: str, data: bytes) -> None:
        (self.folder / shelf).mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.place(self.folder / shelf / f"{name}.json", data, 0o600)


def named(kind: Kind, payload: bytes) -> str:
    """Return the id of a statement."""
    return envelope.statement_id(TYPES[kind], payload)


def _read(path: Path, kind: type[Kept]) -> Kept:
    return msgspec.json.decode(durable.read(path) or b"", type=kind)
